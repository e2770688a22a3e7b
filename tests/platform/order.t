#!/usr/bin/env -S tests/platform/run.sh -c 4 -t 600
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The order in which our driver, KVM and the kernel's own driver are loaded and unloaded.
. /lib.sh
. /host.sh
as_new
told=$(kernel_version)

# empty_host: none of them is loaded.
empty_host()
{
	for module in tdx_update tdx_host kvm_intel; do
		[ ! -e /sys/module/$module ] || rmmod $module
	done
}

# works IMAGE VERSION: an update, then TDs.
works()
{
	exits 0 tdxupd apply "/images/$1.blob"
	[ "$(platform version)" = "$2" ]
	[ -e /sys/module/kvm_intel ] || load_kvm
	kvm_td create init finalize
	tds total=0
}

ours_alone()
{
	empty_host
	modprobe tdx_update
	works first 1.5.25
}
check "ours alone; KVM is loaded after the update" ours_alone

ours_first()
{
	empty_host
	modprobe tdx_update
	modprobe tdx-host
	load_kvm
	works second 1.5.26
}
check "ours before the kernel's own driver and KVM" ours_first

ours_last()
{
	empty_host
	load_kvm
	modprobe tdx-host
	modprobe tdx_update
	works third 1.5.27
}
check "ours after KVM and the kernel's own driver" ours_last

reloaded()
{
	rmmod kvm_intel
	[ "$(platform vmx_off)" = none ]
	works v2 1.5.28
	rmmod kvm_intel
	load_kvm
	grep -qx Y /sys/module/kvm_intel/parameters/tdx
	kvm_td create capabilities init finalize
}
check "kvm_intel is unloaded before an update and reloaded after it" reloaded

theirs_reloaded()
{
	rmmod tdx_host
	modprobe tdx-host
	[ "$(kernel_version)" = "$told" ]
	[ "$(cat $kernel/num_remaining_updates)" = 11 ]
}
check "the kernel's own driver, loaded after four updates of ours, tells the version of boot" theirs_reloaded
