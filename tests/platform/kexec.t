#!/usr/bin/env -S WITH_KERNEL=1 tests/platform/run.sh -c 4 -t 2400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# After an update of ours the kernel ends, and another one follows by kexec: the first gives the
# module up, the second brings up the one that was installed last. SECOND says which one this is.
. /lib.sh
. /host.sh

updated()
{
	load_kvm
	modprobe tdx_update
	exits 0 tdxupd apply /images/first.blob
	[ "$(platform version)" = 1.5.25 ]
}

[ -n "${SECOND-}" ] || {
check "the first kernel's module is updated" updated
tell log clear
# shellcheck disable=SC2016 # as it is
kexec_now /boot/vmlinux /boot/initrd "$(sed 's/ -- .*//' /proc/cmdline) SECOND=1 WBINVDS=$(wbinvds) -- kexec.t"
}

given_up()
{
	[ -n "$SECOND" ]
	[ "$(calls TDH.SYS.DISABLE)" = 1 ]
	tdxhost show log | grep ' TDH.SYS.DISABLE .*rax=0x0 .* return'
}
check "the first kernel has disabled the module" given_up

# The kernel does so once more after that: one without TDX code of its own would not.
written_back()
{
	echo "$WBINVDS after the update, then $(wbinvds at_disable)"
	[ "$(wbinvds at_disable)" = "$(once_more "$WBINVDS")" ]
}
check "before that, each CPU has written its caches back once" written_back

brought_up()
{
	dmesg | grep -F 'virt/tdx:'
	dmesg | grep -qF 'Module version: 1.5.25'
	dmesg | grep -qF 'TDX-Module initialized'
	[ "$(platform sys_state)" = SYS_READY ]
	[ "$(platform lps_initialized)" = 0,1,2,3 ]
}
check "the second kernel brings up the one that was installed" brought_up

updated_again()
{
	load_kvm
	modprobe tdx_update
	exits 0 tdxupd apply /images/second.blob
	[ "$(platform version)" = 1.5.26 ]
	kvm_td create init finalize
	tds total=0
}
check "there, too, it can be updated, and KVM makes a TD" updated_again
