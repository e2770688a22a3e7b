#!/usr/bin/env -S tests/platform/run.sh -c 4 -t 2400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The race, with a TD that KVM is building: between KVM_TDX_INIT_VM and KVM_TDX_FINALIZE_VM.
. /lib.sh
. /host.sh
as_new

ours_is_busy()
{
	start_td create init wait finalize wait
	wait_for grep -q 'init: done' /tmp/td.out
	tds building=1
	exits 75 tdxupd apply /images/first.blob
	says '1 TD is being built'
	[ "$(platform version)" = 1.5.24 ]
	[ "$(platform sys_state)" = SYS_READY ]
	[ "$(calls SEAMLDR.INSTALL)" = 0 ]
	[ "$(calls TDH.SYS.SHUTDOWN)" = 1 ]
	tds building=1 dead=0 corrupted=0
	td_goes_on
	wait_for grep -q 'finalize: done' /tmp/td.out
	tds running=1 dead=0 corrupted=0
	exits 0 tdxupd apply /images/first.blob
	[ "$(platform version)" = 1.5.25 ]
	tds running=1 dead=0 corrupted=0
	td_goes_on
	td_ended
}
check "ours: busy with count 1, nothing is touched, and after the build it goes" ours_is_busy

theirs_is_not()
{
	start_td create init wait finalize wait
	wait_for grep -q 'init: done' /tmp/td.out
	[ -z "$(by_kernel /images/second.blob)" ]
	[ "$(platform version)" = 1.5.26 ]
	td_goes_on
	wait_for grep -q 'finalize: done' /tmp/td.out
	tds running=1 corrupted=1
	td_goes_on
	td_ended
	tds total=0
}
check "the kernel's own updates all the same; KVM sees no error; the measurement is wrong" theirs_is_not

busy_at_retry()
{
	start_td create init wait finalize wait
	wait_for grep -q 'init: done' /tmp/td.out
	tdxupd apply /images/third.blob --retry-for 5m >/tmp/retry 2>&1 &
	retry=$!
	wait_for grep -q 'busy' /tmp/retry
	td_goes_on
	wait $retry
	[ "$(platform version)" = 1.5.27 ]
	tds running=1 dead=0 corrupted=0
	td_goes_on
	td_ended
}
check "ours with --retry-for waits for KVM's build to end" busy_at_retry

# To write them back holds up the whole machine for longer than an update does.
caches_stay()
{
	before=$(wbinvds)
	start_td create init wait finalize
	wait_for grep -q 'init: done' /tmp/td.out
	exits 75 tdxupd apply /images/v2.blob
	td_goes_on
	td_ended
	tell platform updates_left=0
	exits 78 tdxupd apply /images/v2.blob
	tell platform updates_left=15
	exits 0 tdxupd apply /images/v2.blob
	[ "$(platform version)" = 1.5.28 ]
	echo "$before, then $(wbinvds)"
	[ "$(wbinvds)" = "$before" ]
}
check "no CPU writes its caches back for an update that is busy, refused or done" caches_stay
