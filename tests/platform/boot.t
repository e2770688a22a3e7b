#!/usr/bin/env -S tests/platform/run.sh -c 4 -t 2400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A kernel with its own TDX code brings the module up, before any module of ours is loaded; its own
# driver, KVM and we then see the same platform.
. /lib.sh
. /host.sh

by_the_kernel()
{
	dmesg | grep -F 'virt/tdx:'
	dmesg | grep -qF 'BIOS enabled: private KeyID range [32, 64)'
	dmesg | grep -qF 'Module version: 1.5.24'
	dmesg | grep -q 'virt/tdx: [0-9]* KB allocated for PAMT'
	dmesg | grep -qF 'TDX-Module initialized'
	[ "$(platform sys_state)" = SYS_READY ]
	[ "$(platform lps_initialized)" = 0,1,2,3 ]
	[ "$(calls TDH.SYS.INIT)" = 1 ]
	[ "$(calls TDH.SYS.LP.INIT)" = "$(nproc)" ]
	[ "$(calls TDH.SYS.CONFIG)" = 1 ]
	[ "$(calls TDH.SYS.KEY.CONFIG)" = 1 ]
}
check "the kernel brings the TDX module up at boot" by_the_kernel

by_its_driver()
{
	modprobe tdx-host
	[ "$(kernel_version)" = 1.5.24 ]
	[ "$(cat $kernel/seamldr_version)" = 1.5.00 ]
	[ "$(cat $kernel/num_remaining_updates)" = 15 ]
	[ -e $updater/loading ]
}
check "its own driver tells versions, updates left, and offers its updater" by_its_driver

by_ours()
{
	modprobe tdx_update
	exits 0 tdxupd status
	says 'TDX module +1.5.24'
	says '15 updates left'
	exits 0 tdxupd apply /images/v2.blob --dry-run
	! grep -q refused $output || false
}
check "ours tells the same, and would update" by_ours

by_kvm()
{
	load_kvm
	grep -qx Y /sys/module/kvm_intel/parameters/tdx
	kvm_td create capabilities init finalize
	tds total=0
	for leaf in MNG.CREATE MNG.KEY.CONFIG MNG.ADDCX MNG.INIT MR.FINALIZE MNG.VPFLUSHDONE \
		PHYMEM.CACHE.WB MNG.KEY.FREEID PHYMEM.PAGE.RECLAIM PHYMEM.PAGE.WBINVD; do
		[ "$(calls TDH.$leaf)" != 0 ]
	done
}
check "KVM creates, initialises, finalises and destroys a TD" by_kvm

counts()
{
	mount -t cgroup2 none /sys/fs/cgroup
	exits 0 tdxupd
	says 'TDs +not known: the kernel counts none.*wants .echo .misc'
	# As it says; without, the files are not there.
	echo +misc >/sys/fs/cgroup/cgroup.subtree_control
	counted 0
	start_td create wait init wait
	wait_for grep -q 'create: done' /tmp/td.out
	counted 0
	td_goes_on
	wait_for grep -q 'init: done' /tmp/td.out
	counted 1
	td_goes_on
	td_ended
	counted 0
}
check "TDs of KVM's are counted, from KVM_TDX_INIT_VM on" counts

unlike()
{
	tell msr 0x3b 2 1000
	exits 78 tdxupd apply /images/v2.blob --dry-run
	says 'cpus-alike'
	exits 78 tdxupd apply /images/v2.blob
	says 'CPU 2'
	says '0x3b'
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	[ "$(platform version)" = 1.5.24 ]
	tell msr 0x3b 2
	exits 0 tdxupd apply /images/v2.blob --dry-run
}
check "a CPU whose TSC_ADJUST differs is named, and nothing is shut down" unlike

# Each by itself, of those that only a second reading of LP.INIT has shown.
unlike_all()
{
	for msr in 0xfe 0x87 0x981 0x982 0x98 0x99; do
		tell msr $msr 1 0x1234567
		exits 78 tdxupd apply /images/v2.blob
		says "MSR $msr is 0x[0-9a-f]+ on CPU [0-9]+ and 0x"
		tell msr $msr 1
	done
	tell msr 0x1a0 2 0x400000
	exits 78 tdxupd apply /images/v2.blob
	says 'bit 22 of MSR 0x1a0 .IA32_MISC_ENABLE. is 1 on CPU 2'
	tell msr 0x1a0 2
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	exits 0 tdxupd apply /images/v2.blob --dry-run
}
check "so is each other MSR that LP.INIT compares, and a limit on CPUID" unlike_all
