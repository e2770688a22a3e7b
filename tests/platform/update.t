#!/usr/bin/env -S tests/platform/run.sh -c 4 -t 2400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An update of ours on a kernel that has brought the module up itself: what the kernel does with
# TDX afterwards works, and what it remembers of the old module is told.
. /lib.sh
. /host.sh
as_new

updated()
{
	start_td create init finalize wait
	wait_for grep -q 'finalize: done' /tmp/td.out
	tell log clear
	tell mark ours begins
	exits 0 tdxupd apply /images/first.blob
	tell mark ours ends
	says '1.5.24 -> 1.5.25'
	[ "$(platform version)" = 1.5.25 ]
	[ "$(platform sys_state)" = SYS_READY ]
	[ "$(calls SEAMLDR.INSTALL)" = 4 ]
	[ "$(calls TDH.SYS.LP.INIT)" = 4 ]
	[ "$(calls TDH.SYS.UPDATE)" = 1 ]
	tds running=1 dead=0 corrupted=0
	td_goes_on
	td_ended
	tds total=0
}
check "our driver updates the module under the kernel and under a TD of KVM's" updated

hotplug()
{
	for cpu in 1 2 3; do
		echo 0 >/sys/devices/system/cpu/cpu$cpu/online
		exits 78 tdxupd apply /images/v2.blob --dry-run
		says "CPU $cpu"
		echo 1 >/sys/devices/system/cpu/cpu$cpu/online
	done
	[ "$(cat /sys/devices/system/cpu/online)" = 0-3 ]
	exits 0 tdxupd status
	says 'TDX module +1.5.25'
}
check "CPUs go off- and online, and the module is ready on them" hotplug

kvm()
{
	for _ in 1 2 3; do
		kvm_td create capabilities init finalize
	done
	tds total=0
}
check "KVM creates, initialises, finalises and destroys TDs" kvm

remembered()
{
	[ "$(kernel_version)" = 1.5.24 ]
	[ "$(cat $kernel/num_remaining_updates)" = 14 ]
	exits 0 tdxupd status
	says 1.5.25
}
check "the kernel's driver tells the live number of updates, but the old version" remembered

