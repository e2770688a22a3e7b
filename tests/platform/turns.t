#!/usr/bin/env -S tests/platform/run.sh -c 4 -t 2400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Our driver and the kernel's own updater take turns.
. /lib.sh
. /host.sh
as_new

# sound VERSION: that runs, and the TD that was there before everything is well.
sound()
{
	[ "$(platform version)" = "$1" ]
	[ "$(platform sys_state)" = SYS_READY ]
	[ "$(platform lps_initialized)" = 0,1,2,3 ]
	tds running=1 dead=0 corrupted=0
	exits 0 tdxupd status
	says "TDX module +$1"
}

turns()
{
	start_td create init finalize wait
	wait_for grep -q 'finalize: done' /tmp/td.out
	exits 0 tdxupd apply /images/first.blob
	sound 1.5.25
	tell mark theirs begins
	[ -z "$(by_kernel /images/second.blob)" ]
	tell mark theirs ends
	sound 1.5.26
	[ "$(kernel_version)" = 1.5.26 ]
	exits 0 tdxupd apply /images/third.blob
	sound 1.5.27
	[ "$(kernel_version)" = 1.5.26 ]
	[ -z "$(by_kernel /images/v2.blob)" ]
	sound 1.5.28
	[ "$(kernel_version)" = 1.5.28 ]
	[ "$(cat $kernel/num_remaining_updates)" = 11 ]
	td_goes_on
	td_ended
	tds total=0
}
check "ours, the kernel's, ours, the kernel's: each finds what the other has left" turns

# By itself the kernel's own tells what it has seen, and what it does is right all the same.
theirs_alone()
{
	exits 0 tdxupd apply /images/first.blob
	loader=$(cat /proc/sys/kernel/modprobe)
	echo /bin/false >/proc/sys/kernel/modprobe
	rmmod tdx_update
	exits 0 tdxupd status
	says 'TDX module +1.5.28, unless tdx_update has replaced it'
	says '10 updates left'
	# Of the version that the kernel tells: it may be what runs, and is not.
	mkdir -p /tmp/images/joined_files/1.5
	cp /images/v2.blob /tmp/images/joined_files/1.5/tdx_module_1.5.28.blob
	echo '{ "tdx_module_releases": [ { "version": "1.5.28" } ] }' \
		>/tmp/images/mapping_file.json
	exits 78 tdxupd apply --newest /tmp/images --at-own-risk
	says 'whether there is anything to do is not known: the kernel tells 1.5.28'
	exits 0 tdxupd apply /images/second.blob --at-own-risk
	says '1.5.28 -> 1.5.26'
	[ "$(platform version)" = 1.5.26 ]
	exits 0 tdxupd status
	says 'TDX module +1.5.26'
	says '9 updates left'
	echo "$loader" >/proc/sys/kernel/modprobe
	modprobe tdx_update
	exits 0 tdxupd status
	says 'TDX module +1.5.26'
}
check "the kernel's alone after ours tells an old version, and updates; ours, loaded anew, is right" theirs_alone

# Whichever comes first: each does its work or says why not, and TDs live.
together()
{
	start_td create init finalize wait
	wait_for grep -q 'finalize: done' /tmp/td.out
	tdxupd apply /images/first.blob >/tmp/ours 2>&1 &
	ours=$!
	theirs=$(by_kernel /images/second.blob)
	wait $ours && code=0 || code=$?
	cat /tmp/ours
	echo "ours: $code, theirs: $theirs"
	[ -z "$theirs" ]
	[ "$code" = 0 ] || [ "$code" = 75 ]
	case $(platform version) in 1.5.25 | 1.5.26) ;; *) false ;; esac
	[ "$(platform sys_state)" = SYS_READY ]
	tds running=1 dead=0 corrupted=0
	td_goes_on
	td_ended
	tds total=0
}
check "both at once: nothing is lost, and nobody lies" together
