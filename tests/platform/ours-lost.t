#!/usr/bin/env -S tests/platform/run.sh -c 2 -t 2400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Our driver loses the module: what it shows, and what the kernel's own driver shows, which does not
# hear of it. Both loaded, then the kernel's alone.
. /lib.sh
. /host.sh
as_new

ours_is_lost()
{
	td_runs
	tell fault TDH.SYS.INIT forever status=0xC000050A00000000
	exits 70 tdxupd apply /images/first.blob
	says 'RAX 0xc000050a00000000 TDX_SYS_INCOMPATIBLE_SIGSTRUCT'
	tell fault clear
	exits 0 tdxupd
	says 'STATE +LOST'
	says 'Blockers +lost: .*reboot the host$'
	[ "$(grep -cE '^ +[a-z-]+: ' $output)" = 0 ]
	exits 70 tdxupd apply /images/second.blob
	[ "$(kernel_version)" = 1.5.24 ]
	# KVM warns when it takes down a TD without a module. It need not: this keeps the TD's input
	# open until the machine ends.
	tail -f /dev/null &
}
check "ours has lost it: one blocker, no other advice; the kernel still shows the version of boot" ours_is_lost

# What the kernel tells is no evidence then, and its updater finds no module.
kernels_alone()
{
	echo /bin/false >/proc/sys/kernel/modprobe
	rmmod tdx_update
	[ "$(kernel_version)" = 1.5.24 ]
	exits 0 tdxupd
	says 'TDX module +1.5.24, unless tdx_update has replaced it'
	exits 74 tdxupd apply /images/second.blob --at-own-risk
	says 'whether a TDX module runs is not known: tdx_update may have replaced or lost it'
	! says 'runs on with all TDs' || false
	[ "$(kernel_version)" = 1.5.24 ]
}
check "the kernel's alone after that: a version that is not sure, and no word that TDs run" kernels_alone

# The firmware is asked: a module that was installed and never initialised is what is left.
ours_again()
{
	echo /sbin/modprobe >/proc/sys/kernel/modprobe
	modprobe tdx_update
	exits 0 tdxupd
	says 'TDX module +no TDX module answers'
	exits 69 tdxupd apply /images/second.blob
	says 'TDX_SYS_LP_INIT_NOT_DONE: it is not initialised there; .*reboot'
	[ "$(kernel_version)" = 1.5.24 ]
}
check "ours, loaded anew: no module answers, and what its state is" ours_again
