#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The race: an update while a TD is being built or migrated would corrupt it. The module is asked
# to refuse (bit 16 of RCX); that is "busy", nothing is lost, and later it works.
. /lib.sh

# untouched BUILDING MIGRATING: nothing has happened to anything.
untouched()
{
	[ "$(platform version)" = 1.5.24 ]
	[ "$(platform sys_state)" = SYS_READY ]
	[ "$(calls SEAMLDR.INSTALL)" = 0 ]
	tds running=8 "building=$1" "migrating=$2" dead=0 corrupted=0
}

refused_while_building()
{
	host
	tell td run 8
	tell td build 3
	tell log clear
	exits 75 tdxupd apply /images/v2.blob
	says '3 TD'
	[ "$(calls TDH.SYS.SHUTDOWN)" = 1 ]
	grep ' TDH.SYS.SHUTDOWN ' $sim/log | grep -q 'rax=0x8000051200030000'
	untouched 3 0
}
check "refused with 75 and the count while three TDs are being built" refused_while_building

refused_while_migrating()
{
	host
	tell td run 8
	tell td migrate 2
	tell log clear
	exits 75 tdxupd apply /images/v2.blob --json
	says 'migration'
	says '"count": ?2'
	grep ' TDH.SYS.SHUTDOWN ' $sim/log | grep -q 'rax=0x8000051200020001'
	untouched 0 2
}
check "refused with 75, reason and count while two migrations are interrupted" refused_while_migrating

# The deadline passes and the build goes on.
gives_up()
{
	host
	tell td run 8
	tell td build 1
	exits 75 tdxupd apply /images/v2.blob --retry-for 1s
	untouched 1 0
}
check "retrying ends with 75 when the time is up, and nothing has happened" gives_up

was_refused()
{
	[ "$(calls TDH.SYS.SHUTDOWN)" -ge 1 ]
}

# after_refusal COMMAND...: the build or migration ends once it has been in the way.
after_refusal()
{
	(wait_for was_refused && tell "$@") &
}

# Nothing is lost: neither the TDs that run, nor the one that was in the way.
succeeds_after()
{
	exits 0 tdxupd apply /images/v2.blob --retry-for 2m
	wait
	[ "$(calls TDH.SYS.SHUTDOWN)" -ge 2 ]
	[ "$(platform version)" = 1.5.28 ]
	tds "total=9" running=9 dead=0 corrupted=0
}

succeeds_after_build()
{
	host
	tell td run 8
	tell td build 1
	tell log clear
	after_refusal td finish all
	succeeds_after
}
check "retrying succeeds when the build ends, and its measurement is right" succeeds_after_build

succeeds_after_migration()
{
	host
	tell td run 8
	tell td migrate 1
	tell log clear
	after_refusal td resume all
	succeeds_after
}
check "retrying succeeds when the migration goes on" succeeds_after_migration

# What has happened, in its order; a line each.
traced()
{
	sed -n 's/^ *\([^ ]*\)-[0-9]* .*: \(stopped\|written_back\|page_fault_user\): .*/\1 \2/p' \
		"$tracing/trace"
}

# SEAMCALLs of each attempt while the machine was stopped, up to SHUTDOWN: those behind the last
# field of the metadata, which are what the preflight ends with.
calls_while_stopped()
{
	awk '/ rdx=0x99/ { n = 0; next } { n++ } $4 == "TDH.SYS.SHUTDOWN" { print n }' $sim/log
}

# Each CPU is asked, then three fields of the version and P-SEAMLDR, and SHUTDOWN refuses. An image
# has 148 pages; tdxupd meets a few of its own for the first time.
costs_little()
{
	tracing=/sys/kernel/tracing
	host
	tell td run 8
	tell td build 1
	mount -t tracefs none $tracing
	echo 'p:tdxu/stopped stop_machine' >$tracing/kprobe_events
	echo 'p:tdxu/written_back tdx_update:write_back_this_cpu' >>$tracing/kprobe_events
	echo 1 >$tracing/events/tdxu/enable
	echo 1 >$tracing/events/exceptions/page_fault_user/enable
	tell log clear
	exits 75 tdxupd apply /images/v2.blob --retry-for 6s
	echo 0 >$tracing/tracing_on
	traced >/tmp/traced
	uniq -c /tmp/traced
	attempts=$(calls TDH.SYS.SHUTDOWN)
	[ "$attempts" -ge 3 ]
	[ "$(grep -c ' stopped$' /tmp/traced)" = "$attempts" ]
	! grep ' written_back$' /tmp/traced || false
	[ "$(calls_while_stopped | uniq -c | tr -d ' ')" = "${attempts}7" ]
	last=$(grep -n ' stopped$' /tmp/traced | tail -n 1 | cut -d : -f 1)
	faults=$(head -n "$last" /tmp/traced | sed '1,/ stopped$/d' |
		grep -c 'page_fault_user$' || true)
	[ "$faults" -lt 20 ]
}
check "an attempt stops the machine once, for seven SEAMCALLs; no cache is flushed, no image faulted in" costs_little

# What the flag is for, and proof that the cases above would see it missing.
corrupts_without_flag()
{
	host
	tell td run 8
	tell td build 1
	tell log clear
	tell fault TDH.SYS.SHUTDOWN mask_rcx=0xffff
	exits 0 tdxupd apply /images/v2.blob
	tell td finish all
	tds total=9 dead=0 corrupted=1
	[ "$(grep -c ' corrupted ' $sim/tds)" = 1 ]
}
check "with the flag masked, the update corrupts the TD being built" corrupts_without_flag

# Somebody else's updater has put 1.5.24 under a TD that was begun when nobody counted yet. Neither
# module nor driver can see it: docs/hazards.md, "TDs that nobody counts".
not_counted()
{
	host version=1.5.16 features0=0x226f3f0fbf
	tell td build 1
	tell platform version=1.5.24 features0=0xd1326f3f0fbf
	tell td build 1
	tell td finish 2
	exits 0 tdxupd apply /images/v2.blob
	tds total=2 dead=0 corrupted=1
	grep '^1 building corrupted ' $sim/tds
}
check "a TD begun under a module that does not count is not seen, and is broken" not_counted
