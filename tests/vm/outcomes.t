#!/usr/bin/env -S tests/vm/run.sh -c 2
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How an update can end, as tdxupd, the status and the kernel log tell it, and what is true. The
# fault matrix, faults.t, has every way to get there.
. /lib.sh

# after_fault FAULT...: a host with four TDs, on which this goes wrong.
after_fault()
{
	host
	tell td run 4
	tell fault "$@"
	dmesg -c >/dev/null
}

# tells OUTCOME ERRNO: on standard output, in the status, and once in the kernel log.
tells()
{
	says "\"outcome\": ?\"$1\""
	says "\"errno\": ?$2"
	exits 0 tdxupd status --json
	says "\"outcome\": ?\"$1\""
	says "\"errno\": ?$2"
	[ "$(dmesg | grep -v 'replacing TDX module' | grep -c 'tdx_update: ')" = 1 ]
}

# all_run VERSION: on this module, and the status has the very same.
all_run()
{
	[ "$(platform version)" = "$1" ]
	[ "$(platform sys_state)" = SYS_READY ]
	tell td enter all
	tds running=4 dead=0 corrupted=0
	exits 0 tdxupd status --json
	says "\"version\": ?\"$1\""
	says "\"mrseam\": ?\"$(platform mrseam)\""
}

# timeline PHASE...: of the last status in JSON. None begins before the one before it has ended.
timeline()
{
	tr -d ' \n' <$output | grep -o '"phase":"[^"]*","start_ns":[0-9]*,"end_ns":[0-9]*' |
		sed 's/[^0-9a-z-]\{1,\}/ /g; s/phase \([^ ]*\) start ns \([0-9]*\) end ns/\1 \2/' >/tmp/timeline
	cat /tmp/timeline
	awk '$2 < last || $3 < $2 { exit 1 } { last = $3 }' /tmp/timeline
	[ "$(echo $(sed 's/^ *\([^ ]*\) .*/\1/' /tmp/timeline))" = "$*" ]
}

updated()
{
	after_fault TDH.SYS.INIT times=3 status=0x8000020300000000
	exits 0 tdxupd apply /images/small-target.blob --json
	says '"retries": ?3'
	timeline preflight recheck shutdown install init cpu-init handoff verify
	tells updated null
	all_run 1.5.28
}
check "updated: 0, and how often something was tried again" updated

waited()
{
	after_fault TDH.SYS.INIT for_ms=1500 status=0x8000020300000000
	exits 0 tdxupd apply /images/small-target.blob
	says 'Waited +[0-9]{4} ms of it for what can pass, at most 5000 ms in each step'
	exits 0 tdxupd history
	says 'updated .*, waited [0-9]{4} ms'
	exits 0 tdxupd status --json
	says '"limit_ms": ?5000'
	all_run 1.5.28
}
check "updated: how long was waited for what can pass, and for how long at most" waited

# Each CPU meets a module that is busy for a moment, and so does the CPU that takes the snapshot.
busy_module()
{
	after_fault TDH.SYS.RD times=7 status=0x8000020200000000
	tell fault TDH.SYS.RD call=40 times=5 status=0x8000020200000000
	tell fault TDH.SYS.RD module=1.5.28 times=3 status=0x8000020200000000
	exits 0 tdxupd apply /images/small-target.blob --json
	says '"metadata_changes": ?\[\]'
	tr -d ' \n' <$output | grep -o '"retries":[0-9]*' | sed 's/.*://' >/tmp/retries
	echo $(cat /tmp/retries)
	[ "$(grep -o 'hits=.*' $sim/faults | sed 's/hits=//' | awk '{ n += $1 } END { print n }')" = 15 ]
	[ "$(awk '{ n += $1 } END { print n }' /tmp/retries)" = 15 ]
	all_run 1.5.28
}
check "updated: a module that is busy for a moment is asked again, and that is counted" busy_module

busy()
{
	host
	tell td run 3
	tell td build 1
	dmesg -c >/dev/null
	exits 75 tdxupd apply /images/small-target.blob --json
	tells busy '"EBUSY"'
	tell td finish all
	all_run 1.5.24
}
check "busy: 75, and the old module runs" busy

refused()
{
	host updates_left=0
	tell td run 4
	dmesg -c >/dev/null
	exits 78 tdxupd apply /images/small-target.blob --json
	tells refused '"ENOSPC"'
	all_run 1.5.24
}
check "refused: 78, and the old module runs" refused

failed()
{
	after_fault TDH.SYS.SHUTDOWN status=0xc000010000000001
	exits 74 tdxupd apply /images/small-target.blob --json
	says '"rax": ?"0xc000010000000001"'
	tells failed '"EIO"'
	all_run 1.5.24
}
check "failed: 74, and the old module runs" failed

rolled_back()
{
	after_fault TDH.SYS.LP.INIT module=1.5.28 cpu=1 forever status=0xc000092000000480
	exits 74 tdxupd apply /images/small-target.blob --fallback /images/small-same.blob --json
	says '"rax": ?"0xc000092000000480"'
	says '"cpu": ?1'
	tells rolled-back '"ECANCELED"'
	dmesg | grep -q 'TDH.SYS.LP.INIT on CPU 1.*fallback.*1.5.24 -> 1.5.27'
	all_run 1.5.27
	timeline preflight recheck shutdown install init cpu-init install init cpu-init \
		install init cpu-init handoff verify
	exits 0 tdxupd status
}
check "rolled back: 74, and the fallback runs" rolled_back

# The image that runs is the best fallback there is.
rolled_back_to_the_same()
{
	host
	tell td run 4
	exits 0 tdxupd apply /images/small-same.blob
	tell fault SEAMLDR.INSTALL call=2 status=0x8000000000020000
	exits 74 tdxupd apply /images/small-target.blob --fallback /images/small-same.blob --json
	says '"outcome": ?"rolled-back"'
	says '"rax": ?"0x8000000000020000"'
	all_run 1.5.27
	[ "$(platform updates_left)" = 13 ]
}
check "rolled back to the image that ran before" rolled_back_to_the_same

# What a CPU was told in a session that is over says nothing of the next one: there CPU 1 is refused,
# which is held up so that CPU 0 opens that session.
not_mistaken()
{
	after_fault TDH.SYS.RD cpu=1 stopped last
	tell fault SEAMLDR.INSTALL cpu=0 status=0x8000000000010003
	tell fault SEAMLDR.INSTALL cpu=1 status=0x8000000000010003
	tell fault SEAMLDR.INSTALL cpu=1 call=2 status=0x8000000000020000
	tell log clear
	exits 74 tdxupd apply /images/small-target.blob --fallback /images/small-same.blob
	[ "$(grep -c 'SEAMLDR.INSTALL .*-> rax=0x8000000000020000 ' $sim/log)" = 1 ]
	all_run 1.5.27
}
check "rolled back where P-SEAMLDR refuses for good what it has put off before" not_mistaken

# Sticky: nothing is done any more, and everybody is told why.
lost()
{
	after_fault SEAMLDR.INSTALL call=2 status=0x8000000000020001 rdx=1
	exits 70 tdxupd apply /images/small-target.blob --fallback /images/small-same.blob --json
	says '"rdx": ?"0x1"'
	timeline preflight recheck shutdown install verify
	tells lost '"ENOTRECOVERABLE"'
	! tell td enter all || false
	tds dead=4
	tell log clear
	tab=$(printf '\t')
	talk <<-END
	status-get${tab}ok
	refresh${tab}ENOTRECOVERABLE
	image-begin slot=0 size=16384${tab}ENOTRECOVERABLE
	image-data slot=0 offset=0 data=/images/small-target.blob:0:16384${tab}ENOTRECOVERABLE
	image-drop${tab}ENOTRECOVERABLE
	check${tab}ENOTRECOVERABLE
	update${tab}ENOTRECOVERABLE
	END
	[ "$(grep -c reboot /tmp/answers)" = 6 ]
	exits 70 tdxupd apply /images/small-same.blob
	says reboot
	[ ! -s $sim/log ]
	exits 0 tdxupd status
	says LOST
	[ "$(dmesg -r | grep -c '^<0>.*tdx_update: ')" = 1 ]
}
check "lost: 70, one line at emergency level, and every later request is refused" lost

# Nobody knows at the preflight what an image is until it runs.
changed_metadata()
{
	host
	tell td run 4
	exits 0 tdxupd apply /images/small-other.blob --json
	says 'TDCS_BASE_SIZE 0x4000 -> 0x5000'
	[ "$(grep -c -- ' -> ' $output)" = 1 ]
	exits 0 tdxupd status
	says 'TDCS_BASE_SIZE 0x4000 -> 0x5000'
	exits 0 tdxupd apply /images/small-target.blob --quiet
	says 'TDCS_BASE_SIZE 0x5000 -> 0x4000.*|kernel and KVM'
	all_run 1.5.28
}
check "metadata that kernel and KVM cannot know to have changed is reported" changed_metadata

# KVM takes the CPUID configuration by position: as many entries as before are not the same entries.
changed_cpuid()
{
	host "$1"
	tell td run 4
	exits 0 tdxupd apply /images/small-target.blob
	says "$2"
	! says NUM_CPUID_CONFIG || false
	all_run 1.5.28
}
check "a changed mask in a CPUID configuration of the same length is reported" changed_cpuid \
	cpuid_config_xor=4 'CPUID_CONFIG_VALUES\[0\] 0xff00000fff3ffb -> 0xff00000fff3fff, 0 more'
check "a CPUID configuration in another order is reported" changed_cpuid \
	cpuid_config_first=1 'CPUID_CONFIG_LEAVES\[0\] 0x4 -> 0xffffffff00000001, 5 more'

# A CPU that comes online has VMX a moment after it is there.
slow_cpu()
{
	after_fault TDH.SYS.RD module=1.5.28 cpu=1 times=3 ud
	exits 0 tdxupd apply /images/small-target.blob
	grep -q 'hits=3$' $sim/faults
	all_run 1.5.28
}
check "a CPU that does not reach the new module at once is no loss" slow_cpu

deaf_cpu()
{
	after_fault TDH.SYS.RD module=1.5.28 cpu=1 forever ud
	exits 0 tdxupd apply /images/small-target.blob --json
	says 'CPU 1 does not reach the module'
	[ "$(platform version)" = 1.5.28 ]
	tds running=4 dead=0 corrupted=0
}
check "a CPU that never reaches the new module is reported" deaf_cpu

# milliseconds PHASE KEY: from the timeline of the last status in JSON.
milliseconds()
{
	tr -d ' \n' <$output | sed "s/.*\"phase\":\"$1\",\"start_ns\":\([0-9]*\),\"end_ns\":\([0-9]*\).*/\1 \2/" |
		awk '{ print int(($2 - $1) / 1000000) }'
}

# With the machine stopped for so long, the watchdog would bark: it is set to, after half the time.
# The runner looks for that. RCU keeps its 21 seconds: its own thread is stopped, too, and whether
# it has something to wait for just then is chance.
long_install()
{
	host
	tell td run 4
	tell activity on
	[ "$(cat /proc/sys/kernel/soft_watchdog)" = 1 ]
	[ "$(cat /sys/module/rcupdate/parameters/rcu_cpu_stall_suppress)" = 0 ]
	echo 2 >/proc/sys/kernel/watchdog_thresh
	tell latency SEAMLDR.INSTALL.LAST=10000000
	exits 0 tdxupd apply /images/small-target.blob
	exits 0 tdxupd status --json
	for phase in preflight recheck shutdown install init cpu-init handoff verify; do
		says "\"phase\": ?\"$phase\""
		[ "$(milliseconds $phase)" -ge 0 ]
	done
	[ "$(milliseconds install)" -ge 10000 ]
	tell activity off
	all_run 1.5.28
}
check "an INSTALL of ten seconds disturbs nobody, and is reported" long_install
