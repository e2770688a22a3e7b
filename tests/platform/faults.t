#!/usr/bin/env -S tests/platform/run.sh -c 4 -t 2400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the two updaters make of failures: ours goes on or says no in time, the kernel's own leaves
# the machine without a module.
. /lib.sh
. /host.sh
as_new

no_entropy()
{
	td_runs
	tell fault SEAMLDR.INSTALL call=4 status=0x8000000000030001 rdx=0
	exits 0 tdxupd apply /images/first.blob
	[ "$(platform version)" = 1.5.25 ]
	[ "$(calls SEAMLDR.INSTALL)" -gt 4 ]
	tds running=1 dead=0 corrupted=0
	td_goes
}
check "ours: an INSTALL without entropy is repeated, a TD of KVM's lives" no_entropy

fallback()
{
	td_runs
	tell fault TDH.SYS.INIT module=1.5.26 forever status=0xC000050A00000000
	exits 74 tdxupd apply /images/second.blob --fallback /images/third.blob
	tell fault clear
	[ "$(platform version)" = 1.5.27 ]
	[ "$(platform sys_state)" = SYS_READY ]
	tds running=1 dead=0 corrupted=0
	td_goes
}
check "ours: a module that does not start is replaced by the fallback, the TD lives" fallback

no_in_time()
{
	tell log clear
	exits 65 tdxupd apply /images/broken-hash.blob
	[ "$(calls TDH.SYS.SHUTDOWN)" = 0 ]
	[ "$(platform version)" = 1.5.27 ]
}
check "ours: an image with a wrong hash is refused before anything is shut down" no_in_time

theirs_is_lost()
{
	td_runs
	[ -n "$(by_kernel /images/broken-hash.blob)" ]
	[ "$(calls TDH.SYS.SHUTDOWN)" = 1 ]
	[ "$(platform seam_ready)" = 0 ]
	tds running=1 dead=1
	exits 69 tdxupd apply /images/v2.blob
	cat $output
	# KVM warns when it takes down a TD without a module. It need not: this keeps the TD's input
	# open until the machine ends.
	tail -f /dev/null &
}
check "the kernel's own: the same image costs the module and the TD; ours then says so" theirs_is_lost
