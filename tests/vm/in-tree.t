#!/usr/bin/env -S tests/vm/fw_upload/run.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tdxupd where only the kernel's own updater is: a real fw_upload device, behind which a test
# module (tests/vm/fw_upload) stands in for the tdx_host driver of Linux 7.2 and 7.3. The real one
# is tried in tests/platform/theirs.t.
. /lib.sh

device=/sys/class/firmware/tdx_module

# stub [ANSWER [VERSION [UPDATES-LEFT [MEETINGS]]]]: the updater as after a boot.
stub()
{
	rm -rf /var/lib/tdxupd
	modprobe tdx_host_stub
	echo "${1-ok} ${2-1.5.24} ${3-15} ${4-0}" >$device/device/reset
	cp /images/v1.blob /tmp/tdx_module_1.5.28.blob
}

version()
{
	cat $device/device/version
}

nothing_there()
{
	exits 69 tdxupd
	says 'install the packages tdx-update-dkms and linux-headers-'
	says 'modprobe tdx-host'
}
check "with neither driver it names both" nothing_there

status()
{
	stub
	exits 0 tdxupd
	says "tdx_host \(the kernel's own updater\)"
	says 'TDX module +1.5.24'
	says '15 updates left'
	says 'Race protection +no'
	exits 0 tdxupd status --json
	says '"backend": ?"tdx_host"'
	says '"mrseam": ?null'
	exits 0 as_nobody tdxupd
	says 'P-SEAMLDR +only root may ask'
	exits 0 tdxupd status --prometheus
	says '^tdx_module_info\{version="1.5.24",mrseam=""\} 1$'
}
check "the kernel's own updater is found, and status tells what it tells" status

at_own_risk()
{
	stub
	exits 78 tdxupd apply /tmp/tdx_module_1.5.28.blob
	says 'cannot see a TD that is being built or migrated'
	says 'add --at-own-risk'
	[ "$(cat $device/device/received)" = 0 ]
	exits 0 tdxupd apply /tmp/tdx_module_1.5.28.blob --at-own-risk
	says 'cannot see a TD that is being built or migrated'
	says '1.5.24 -> 1.5.28'
	[ "$(version)" = 1.5.28 ]
	cmp /images/v1.blob /var/lib/tdxupd/*.blob
}
check "it is used only --at-own-risk, says why, and gets v2 of a v1 image" at_own_risk

formats()
{
	for image in v1.blob v2.blob module.so; do
		stub
		exits 0 tdxupd apply /images/$image --at-own-risk --quiet
		[ ! -s $output ]
		[ "$(cat $device/device/received)" = "$(stat -c %s /images/v2.blob)" ]
	done
}
check "every format of image arrives as v2" formats

# idle_again ATTEMPTS: the node holds nothing of ours, and the updater was asked so often.
idle_again()
{
	[ "$(cat $device/loading)" = 0 ]
	[ "$(cat $device/status)" = idle ]
	[ "$(cat $device/device/attempts)" = "$1" ]
}

untouched()
{
	stub refused
	exits 74 tdxupd apply /images/v2.blob --at-own-risk
	[ "$(cat $device/error)" = transferring:firmware-invalid ]
	says 'it says transferring:firmware-invalid'
	says 'nothing has changed, and the module 1.5.24 runs on with all TDs'
	idle_again 1
	exits 0 tdxupd
	says 'State +idle'
	stub
	exits 0 tdxupd apply /images/v2.blob --at-own-risk
}
check "firmware-invalid with a version to be read is a failure that has changed nothing" untouched

lost()
{
	stub lost
	exits 70 tdxupd apply /images/v2.blob --at-own-risk
	says 'has lost the TDX module'
	says 'reboot the host$'
	exits 0 tdxupd
	says 'LOST'
	exits 0 tdxupd status --json
	says '"state": ?"lost"'
	for how in --at-own-risk --dry-run '--at-own-risk --retry-for 1m --json'; do
		# shellcheck disable=SC2086 # words
		exits 70 tdxupd apply /images/v2.blob $how
		says 'lost in an earlier update'
	done
	idle_again 1
}
check "firmware-invalid without a version is a loss, which stays one" lost

unproved()
{
	stub nothing
	exits 74 tdxupd apply /images/v2.blob --at-own-risk
	[ -z "$(cat $device/error)" ]
	says 'nothing proves an update: version 1.5.24, 1.5.24 before'
	says 'updates left 15, 15 before'
	[ ! -e /var/lib/tdxupd/*.blob ]
	stub twice
	exits 74 tdxupd apply /images/v2.blob --at-own-risk
	says 'version 1.5.28, 1.5.24 before'
	says 'updates left 13, 15 before'
}
check "no error is no success: the counter of updates must be one less" unproved

by_counter()
{
	stub ok 1.5.28
	exits 0 tdxupd apply /images/v2.blob --at-own-risk
	[ "$(cat $device/device/num_remaining_updates)" = 14 ]
}
check "of the same version, the counter alone proves it" by_counter

meetings()
{
	stub ok 1.5.24 15 5
	exits 0 tdxupd
	says '15 updates left'
	stub ok 1.5.24 15 5
	exits 0 tdxupd apply /images/v2.blob --at-own-risk
	stub ok 1.5.24 15 1000000
	exits 78 tdxupd apply /images/v2.blob --at-own-risk
	says 'the kernel does not tell what this check needs'
	idle_again 0
}
check "who meets another caller of P-SEAMLDR asks again; a counter that stays unread refuses" meetings

others_load()
{
	stub
	echo 1 >$device/loading
	exits 75 tdxupd apply /images/v2.blob --at-own-risk
	says 'another program has begun to load'
	[ "$(cat $device/loading)" = 1 ]
	# What it says, helps.
	echo -1 >$device/loading
	exits 0 tdxupd apply /images/v2.blob --at-own-risk
}
check "what another program has begun is left alone, and the way out is told" others_load

is_stopped()
{
	grep -q '^State:.T' "/proc/$1/status"
}

mixture()
{
	stub
	STOP_AT=/sys/class/firmware/tdx_module/data LD_PRELOAD=/lib/kill_at.so tdxupd apply /images/v2.blob --at-own-risk \
		>$output 2>&1 &
	client=$!
	wait_for is_stopped $client
	printf x | dd of=$device/data bs=1 seek=9000 conv=notrunc
	kill -CONT $client
	wait $client && code=0 || code=$?
	cat $output
	[ $code = 75 ]
	says 'holds other bytes than were written'
	idle_again 0
	exits 0 tdxupd apply /images/v2.blob --at-own-risk
}
check "bytes of a second writer are found before anything begins" mixture

transferring()
{
	grep -qx transferring $device/status
}

stuck()
{
	stub stuck
	exits 71 tdxupd apply /images/v2.blob --at-own-risk
	says 'does not come to an end: after 30 seconds it is still in the state .transferring.'
	exits 75 tdxupd apply /images/v2.blob --at-own-risk --json
	says 'at work for another program'
	exits 0 tdxupd
	says 'State +updating'
	echo 1 >$device/device/release
	wait_for grep -qx idle $device/status
	[ "$(version)" = 1.5.28 ]
}
check "a stuck transfer is told, with the state that it is stuck in" stuck

interrupted()
{
	stub stuck
	tdxupd apply /images/v2.blob --at-own-risk >$output 2>&1 &
	client=$!
	wait_for transferring
	kill -TERM $client
	wait_for says 'update #1 cannot be stopped'
	stops_at TERM $client 71
	says 'update #1 was begun, and its result is not known'
	echo 1 >$device/device/release
	wait_for grep -qx idle $device/status
}
check "a second signal ends the waiting for a transfer" interrupted

cpu_online()
{
	echo 1 >/sys/devices/system/cpu/cpu1/online
}

checked_before()
{
	stub
	echo 0 >/sys/devices/system/cpu/cpu1/online
	exits 78 tdxupd apply /images/v2.blob --at-own-risk || { cpu_online; false; }
	says '1 of 2 present CPUs are offline' || { cpu_online; false; }
	exits 0 tdxupd
	says 'cpus-online'
	cpu_online
	exits 65 tdxupd apply /images/broken-hash.blob --at-own-risk
	stub ok 1.5.24 0
	exits 78 tdxupd apply /images/v2.blob --at-own-risk
	says 'no update left; .*it supports none'
	stub ok 1.5.16
	exits 78 tdxupd apply /images/v2.blob --at-own-risk
	says 'older than 1.5.24'
	stub ok 2.0.14
	exits 65 tdxupd apply /images/v2.blob --at-own-risk
	[ "$(cat $device/device/received)" = 0 ]
	stub ok 3.0.1
	exits 78 tdxupd apply /images/v2.blob --at-own-risk
	says 'of a series that'
	stub ok what
	exits 78 tdxupd apply /images/v2.blob --at-own-risk
	says 'the kernel does not tell'
	[ "$(cat $device/device/attempts)" = 0 ]
	stub ok 1.5.34
	exits 65 tdxupd apply /tmp/tdx_module_1.5.28.blob --at-own-risk
	says 'take a newer module'
}
check "what can be known is checked before the kernel is asked" checked_before

no_fallback()
{
	stub
	exits 64 tdxupd apply /images/v2.blob --at-own-risk --fallback /images/v1.blob
	says 'has no fallback'
	exits 0 tdxupd apply /images/v2.blob --dry-run
	says 'pass +hash'
	says 'unknown +cpus-alike'
	[ "$(version)" = 1.5.24 ]
}
check "it has no fallback; a dry run needs no risk and lists what is not known" no_fallback

# The last: whatever IMA has forbidden, the node stays as it is until the reboot.
forbidden()
{
	mount -t securityfs none /sys/kernel/security 2>/dev/null || true
	stub
	echo 'appraise func=FIRMWARE_CHECK appraise_type=imasig' >/sys/kernel/security/ima/policy
	exits 77 tdxupd apply /images/v2.blob --at-own-risk
	says "IMA's policy forbids"
	! says 'run it as root' || false
	idle_again 0
	exits 74 tdxupd apply /images/v2.blob --at-own-risk
	says 'takes no image any more'
	idle_again 0
}
check "what IMA forbids is told as that, and that the node then takes nothing" forbidden
