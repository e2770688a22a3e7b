#!/usr/bin/env -S tests/platform/run.sh -c 2 -t 2400
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel's own updater, the real one, loses the module at TDH.SYS.UPDATE.
. /lib.sh
. /host.sh
as_theirs

lost()
{
	theirs_lost first TDH.SYS.UPDATE status=0xC000050A00000000
}
check "a TDH.SYS.UPDATE that fails is a loss: 70, and so it stays" lost
