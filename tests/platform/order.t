#!/usr/bin/env -S tests/platform/run.sh -c 4 -t 2400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The order in which our driver, KVM and the kernel's own driver are loaded and unloaded.
. /lib.sh
. /host.sh

# works IMAGE VERSION: an update, then TDs.
works()
{
	exits 0 tdxupd apply "/images/$1.blob"
	[ "$(platform version)" = "$2" ]
	[ -e /sys/module/kvm_intel ] || load_kvm
	kvm_td create capabilities init finalize
	tds total=0
}

ours_first()
{
	modprobe tdx_update
	works first 1.5.25
}
check "ours alone; KVM is loaded after the update" ours_first

kvm_first()
{
	before=$(wbinvds)
	rmmod tdx_update
	[ "$(wbinvds)" = "$(once_more "$before")" ]
	rmmod kvm_intel
	load_kvm
	modprobe tdx_update
	works second 1.5.26
}
check "KVM is loaded anew, then ours" kvm_first

# It can be loaded, but not unloaded: its updater holds on to it.
theirs_later()
{
	modprobe tdx-host
	[ "$(kernel_version)" = 1.5.24 ]
	[ "$(cat $kernel/num_remaining_updates)" = 13 ]
	works third 1.5.27
}
check "the kernel's own driver, loaded after two updates of ours, tells the version of boot" theirs_later

# After an update the driver does not go without writing caches back, and does so only once.
theirs_first()
{
	before=$(wbinvds)
	rmmod tdx_update
	[ "$(wbinvds)" = "$(once_more "$before")" ]
	modprobe tdx_update
	rmmod tdx_update
	[ "$(wbinvds)" = "$(once_more "$before")" ]
	modprobe tdx_update
	rmmod kvm_intel
	[ "$(platform vmx_off)" = none ]
	works v2 1.5.28
	rmmod kvm_intel
	load_kvm
	grep -qx Y /sys/module/kvm_intel/parameters/tdx
	kvm_td create capabilities init finalize
}
check "ours after it; kvm_intel is unloaded before the update and reloaded after it" theirs_first
