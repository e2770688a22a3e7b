#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Boots a VM, runs scenarios in it, and shows what they print. Succeeds if all of them did and the
# kernel had nothing to complain of. The kernel log is in LOGDIR/kernel.log.
#
#	boot.sh CPUS SECONDS LOGDIR SCENARIO...
#
# QEMU in the environment is another program than QEMU; it finds LOGDIR there. KNOWN is a function of
# the kernel's whose warnings count for nothing.
set -eu
cd "$(dirname "$0")/../.."
kver=${KVER:-$(tests/vm/setup.sh --kernel)}
cpus=$1
seconds=$2
logdir=$3
shift 3
export LOGDIR="$logdir"

# What a kernel says when something is wrong with it, whatever the scenarios think.
complaints='WARNING:|BUG:|BUG at|Oops|Call Trace|general protection|unable to handle|Kernel panic'
complaints="$complaints|possible recursive lock|possible circular lock|inconsistent lock state"
complaints="$complaints|suspicious RCU|rcu.*(stall|starved)|soft lockup|hard LOCKUP|blocked for more"
complaints="$complaints|sleeping function|scheduling while atomic|unchecked MSR|refcount_t:|corruption"
complaints="$complaints|KASAN|UBSAN|KCSAN|Unknown symbol|disagrees about version|suspected memory leak"

# Debian's cloud kernel crashes QEMU 7.2.
case $kver in
*-cloud-*) qemu=${QEMU:-tests/platform/qemu.sh} ;;
*) qemu=${QEMU:-qemu-system-x86_64} ;;
esac
mkdir -p "$logdir"
status=0
# Single-threaded: QEMU 7.2 with a thread for each CPU can kill a guest that patches its own text.
# What a kernel makes of a timer that comes late on a loaded machine is no case (no_timer_check).
# A Sapphire Rapids (000806F8), so that CPU tables of images can be real ones. The variable
# "arguments" goes to the kernel, and NAME=VALUE in it to process 1; "emulator" goes to QEMU.
# shellcheck disable=SC2086 # words
timeout "$seconds" "$qemu" -accel tcg,thread=single -machine q35 \
	-smp "$cpus" -m 512 \
	-cpu max,la57=off,vendor=GenuineIntel,family=6,model=143,stepping=8 \
	-nodefaults -no-user-config -display none -nic none -vga none -no-reboot \
	-monitor none -device isa-debug-exit,iobase=0xf4,iosize=0x04 \
	-serial "file:$logdir/kernel.log" -chardev stdio,id=tap,signal=off -serial chardev:tap \
	-kernel "build/cache/linux-$kver/vmlinux" -initrd "${INITRAMFS:-build/$kver/vm/initramfs.cpio}" \
	-append "rdinit=/init console=ttyS0 panic=-1 loglevel=5 tsc=reliable no_timer_check \
		${arguments-} -- $*" \
	${emulator-} </dev/null || status=$?

echo "$status" >"$logdir/status"
sed "/WARNING: .* at ${KNOWN:-no function}+/,/end trace/d" "$logdir/kernel.log" |
	grep -E "$complaints" | sort -u >"$logdir/complaints"
[ "$status" = 33 ] && [ ! -s "$logdir/complaints" ]
