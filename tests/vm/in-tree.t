#!/usr/bin/env -S tests/vm/fw_upload/run.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tdxupd where only the kernel's own updater is: a real fw_upload device, behind which a test
# module (tests/vm/fw_upload) stands in for the tdx_host driver of Linux 7.2.
. /lib.sh

device=/sys/class/firmware/tdx_module

# stub [ANSWER [VERSION [UPDATES-LEFT]]]: the updater as after a boot.
stub()
{
	rm -rf /var/lib/tdxupd
	modprobe tdx_host_stub
	echo "${1-ok} ${2-1.5.24} ${3-15}" >$device/device/reset
	cp /images/v1.blob /tmp/tdx_module_1.5.28.blob
}

version()
{
	cat $device/device/version
}

nothing_there()
{
	exits 69 tdxupd
	says 'modprobe tdx_update'
}
check "with neither driver tdx_update is what it asks for" nothing_there

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
	cmp /images/v1.blob /var/lib/tdxupd/kept.blob
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

busy()
{
	stub busy
	exits 75 tdxupd apply /images/v2.blob --at-own-risk
	says "kernel's updater is busy"
	exits 75 tdxupd apply /images/v2.blob --at-own-risk --retry-for 2s --json
	says '"outcome": ?"busy"'
	[ "$(version)" = 1.5.24 ]
}
check "device-busy is busy" busy

invalid()
{
	stub invalid
	exits 74 tdxupd apply /images/v2.blob --at-own-risk
	says 'firmware-invalid, which can mean a refused image as well as a lost TDX module'
	[ "$(cat $device/error)" = transferring:firmware-invalid ]
}
check "firmware-invalid is a failure, and what it may mean is said" invalid

transferring()
{
	grep -qx transferring $device/status
}

stuck()
{
	stub stuck
	exits 1 tdxupd apply /images/v2.blob --at-own-risk
	says 'does not come to an end: after 30 seconds it is still in the state .transferring.'
	exits 75 tdxupd apply /images/v2.blob --at-own-risk
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
	stops_at TERM $client
	says 'goes on in the kernel'
	echo 1 >$device/device/release
	wait_for grep -qx idle $device/status
}
check "a signal ends the waiting for a transfer" interrupted

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
	says 'no TD-preserving update left'
	stub ok 1.5.16
	exits 78 tdxupd apply /images/v2.blob --at-own-risk
	says 'older than 1.5.24'
	stub ok 2.0.14
	exits 65 tdxupd apply /images/v2.blob --at-own-risk
	[ "$(cat $device/device/received)" = 0 ]
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
