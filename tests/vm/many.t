#!/usr/bin/env -S tests/vm/run.sh -c 16 -t 400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sixteen CPUs, all of which call at once: TDs that run, another module that asks and asks, and an
# update in the middle of it.
. /lib.sh

info=0x8000000000000000
sys_rd=34
build_num=0x8800000100000002

# storm RAX [RCX [RDX]]: calls of all CPUs in every context until /tmp/calm is there, to /tmp/storm.
storm()
{
	rm -f /tmp/calm
	while [ ! -e /tmp/calm ]; do
		for context in process softirq hardirq stopped; do
			seamcall -c all -x $context -n 3 "$@"
		done
	done >/tmp/storm &
	storm=$!
	wait_for has_lines 4
}

calm()
{
	touch /tmp/calm
	wait "$storm"
	sort /tmp/storm | uniq -c
}

has_lines()
{
	[ "$(wc -l </tmp/storm)" -ge "$1" ]
}

# A CPU that is stopped sees nothing of the update: neither a module that is shut down nor none.
update_in_a_storm()
{
	host
	modprobe vec_seamcall
	tell td run 16
	tell activity on 5
	storm $sys_rd 0 $build_num
	exits 0 tdxupd apply /images/v2.blob
	wait_for has_lines $(($(wc -l </tmp/storm) + 4))
	calm
	tell activity off
	[ "$(platform version)" = 1.5.28 ]
	[ "$(platform updates_left)" = 14 ]
	! grep -v '^48 return rax=0x0 ' /tmp/storm || false
	tell td enter all
	tds total=16 running=16 dead=0 corrupted=0
	rmmod vec_seamcall
}
check "an update while 16 TDs run and all CPUs make SEAMCALLs" update_in_a_storm

loader_in_a_storm()
{
	platform_only
	modprobe vec_seamcall
	tell td run 16
	tell activity on 5
	tell latency SEAMLDR.INFO=200
	storm $info page
	wait_for has_lines 12
	calm
	tell activity off
	! grep -Ev '^[0-9]+ (return rax=0x0|vmfail) ' /tmp/storm || false
	grep -q ' return ' /tmp/storm
	grep -q ' vmfail ' /tmp/storm
	[ $(($(awk '{ sum += $1 } END { print sum }' /tmp/storm) % 192)) = 0 ]
	[ "$(platform flow)" = READY ]
	[ "$(platform dead)" = 0 ]
	tds total=16 running=16 dead=0 corrupted=0
	rmmod vec_seamcall
}
check "all CPUs call the P-SEAMLDR: each is answered or turned away, TDs run on" loader_in_a_storm
