#!/usr/bin/env -S tests/platform/run.sh -c 4 -t 2400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the kernel's own updater does with an image while a CPU is offline, which it does not look
# for: every call succeeds, as P-SEAMLDR waits for the last CPU, and no module is installed.
. /lib.sh
. /host.sh
as_theirs

lost_for_one_cpu()
{
	td_runs
	tell log clear
	echo 0 >/sys/devices/system/cpu/cpu2/online
	[ "$(by_kernel /images/first.blob)" = transferring:firmware-invalid ]
	[ "$(calls TDH.SYS.SHUTDOWN)" = 1 ]
	[ "$(calls SEAMLDR.INSTALL)" = 3 ]
	[ "$(platform seam_ready)" = 0 ]
	stays_lost
}
check "with a CPU offline the kernel goes on and loses the module; tdxupd then says so" lost_for_one_cpu
