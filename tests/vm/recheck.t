#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What changes between the preflight and the moment at which the machine is stopped: everything
# that can is looked at once more there, and then it is not too late to back out.
. /lib.sh

# a_host: with eight TDs; and what they are.
a_host()
{
	host
	tell td run 8
	fingerprint >/tmp/before
	tell log clear
}

# was_refused CHECK REGEX: by a result that says so; and nothing has happened to anything.
was_refused()
{
	says "$2"
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	[ "$(platform sys_state)" = SYS_READY ]
	tds running=8 dead=0 corrupted=0
	fingerprint | diff /tmp/before -
	exits 0 tdxupd status --json
	says '"outcome": ?"refused"'
	says "\"check\": ?\"$1\""
	says '"phase": ?"recheck"'
}

# works_now: what was refused.
works_now()
{
	tell fault clear
	exits 0 tdxupd apply /images/small-target.blob
	[ "$(platform version)" = 1.5.28 ]
	tds running=8 dead=0 corrupted=0
}

# has_passed_preflight: it ends with a snapshot, of which this is the last field.
has_passed_preflight()
{
	grep -q 'TDH.SYS.RD rcx=0x0 rdx=0x9900000100000008' $sim/log
}

# The CPU is on its way out, but counted, when the driver looks. Its leaving keeps the lock that
# stop_machine() wants: so the driver waits there until the CPU is gone.
cpu_leaves()
{
	a_host
	online=$(cat /sys/devices/system/cpu/cpu1/hotplug/state)
	tell hold
	echo 0 >/sys/devices/system/cpu/cpu1/online &
	leaving=$!
	wait_for grep -qvx "$online" /sys/devices/system/cpu/cpu1/hotplug/state
	tdxupd apply /images/small-target.blob >$output 2>&1 &
	client=$!
	wait_for has_passed_preflight
	tell go
	wait $leaving
	wait $client && code=0 || code=$?
	cat $output
	[ $code = 78 ]
	was_refused cpus-online 'a CPU went offline while the update was prepared'
	echo 1 >/sys/devices/system/cpu/cpu1/online
	works_now
}
check "a CPU that leaves after the preflight" cpu_leaves

# By a suspend that ends when all tasks are frozen; where no kernel developer's pm_test is, as in the
# cloud's kernel, by a hibernation of which nothing more is asked.
begin_to_suspend()
{
	if [ -e /sys/power/pm_test ]; then
		echo freezer >/sys/power/pm_test
		echo 1 >/sys/module/suspend/parameters/pm_test_delay
		echo mem >/sys/power/state
	else
		exec 5</dev/snapshot
	fi
}

# The preflight is held up, after it has looked at the state of the system, until the suspend begins.
system_suspends()
{
	a_host
	tell hold
	tell fault SEAMLDR.INFO hold
	# The driver works on the CPU that asks it, which then answers nothing: neither what waits here
	# nor its timers may be there.
	read -r pid _ </proc/self/stat
	taskset -p 1 "$pid"
	taskset 2 tdxupd apply /images/small-target.blob >$output 2>&1 &
	client=$!
	wait_for grep -q 'hits=1$' $sim/faults
	begin_to_suspend
	wait $client && code=0 || code=$?
	exec 5<&-
	cat $output
	[ $code = 78 ]
	was_refused system 'the system began to suspend'
	works_now
}
check "a suspend that begins after the preflight" system_suspends

# changes CODE CHECK REGEX FAULT...
changes()
{
	want=$1 by=$2 because=$3
	shift 3
	a_host
	tell fault "$@"
	exits "$want" tdxupd apply /images/small-target.blob
	grep -q 'hits=[1-9]' $sim/faults
	was_refused "$by" "$because"
	tell platform vmx_off=none version=1.5.24
	works_now
}
check "a CPU that leaves VMX operation after the preflight" changes 69 cpus-ready \
	'stopped answering on CPU 1 .RAX 0x8000ff0000000006 #UD. .*cpus-ready' TDH.SYS.RD stopped cpu=1 do platform vmx_off=1
check "a module that falls silent on a CPU after the preflight" changes 69 cpus-ready \
	'stopped answering on CPU 0 .*0xc000050600000000' \
	TDH.SYS.RD stopped cpu=0 status=0xc000050600000000
check "a module that falls silent after the first look" changes 75 alone 'another updater' \
	TDH.SYS.RD stopped call=3 ud
check "a P-SEAMLDR that falls silent after the preflight" changes 75 alone 'another updater' \
	SEAMLDR.INFO stopped forever vmfail
check "another updater's version" changes 75 alone 'another updater' \
	TDH.SYS.RD stopped do platform version=1.5.27
check "another updater's module of the same version" changes 75 alone 'another updater' \
	SEAMLDR.INFO stopped do poke mrseam=1
check "an update that another updater has used up" changes 75 alone 'another updater' \
	SEAMLDR.INFO stopped do platform updates_left=14

# It can come later still, when the window is closed and nothing has been published.
another_module_runs()
{
	a_host
	tell fault SEAMLDR.INFO module=1.5.28 call=2 do poke mrseam=1
	exits 74 tdxupd apply /images/small-target.blob
	grep -q 'hits=1$' $sim/faults
	says 'module 1\.5\.28 answers, .*MRSEAM differs.*another updater'
	tds running=8 dead=0 corrupted=0
	exits 0 tdxupd status --json
	says '"outcome": ?"failed"'
	says '"errno": ?"EIO"'
	says '"phase": ?"verify"'
	says '"mrseam": ?"'"$(platform mrseam)"'"'
}
check "a module that is not the one that was installed is reported" another_module_runs
