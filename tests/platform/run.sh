#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a scenario on a TDX host: a kernel with its own TDX code, and QEMU with the plugin. The
# interpreter of the *.t files here, once "make check-host" has built everything. The log and the
# trace are kept in build/KVER/vm/SCENARIO-CPUS.
#
#	run.sh [OPTION...] SCENARIO		as tests/vm/run.sh
set -eu
cd "$(dirname "$0")/../.."
KVER=$(tests/platform/kernel.sh --kernel)
export KVER QEMU=tests/platform/machine.sh
# Each first CPU that goes offline makes Linux 7.3 say that it may be preempted there.
export KNOWN=tdx_offline_cpu
# What makes this kernel slow; "arguments=" in the environment leaves all of it on.
slow='kmemleak=off no_debug_objects lockdep.prove_locking=0 rcupdate.rcu_expedited=1'
export arguments="${arguments-$slow}"
INITRAMFS=build/$KVER/vm/host${WITH_KERNEL:+-kernel}.cpio
export INITRAMFS
exec tests/vm/run.sh "$@"
