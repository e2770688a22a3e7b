#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# After an update of ours the machine is rebooted: the trace shows that the kernel gives the module
# up, in order. QEMU ends where a machine would start again.
set -eu
cd "$(dirname "$0")/../.."
KVER=$(tests/platform/kernel.sh --kernel)
export KVER QEMU=tests/platform/machine.sh INITRAMFS="build/$KVER/vm/host.cpio"
export arguments="${arguments-kmemleak=off no_debug_objects lockdep.prove_locking=0}"
logs=build/$KVER/vm/reboot
failed=0

# ok_if CONDITION SENTENCE
ok_if()
{
	if eval "$1"; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		failed=1
	fi
}

# after LEAF: the lines of the trace from the last call of it on.
after()
{
	sed -n "$(grep -n "$1" "$logs/trace" | tail -n 1 | cut -d : -f 1),\$p" "$logs/trace"
}

echo 1..5
tests/vm/boot.sh 4 2400 "$logs" reboot.guest || true
ok_if 'grep -qx 0 "$logs/status"' "the machine was rebooted"
ok_if 'after DISABLE | grep -q "TDH.SYS.DISABLE .* -> return rax=0x0 "' \
	"the kernel disables the updated module"
ok_if '[ "$(after DISABLE | grep -c "VMXOFF .* -> ok")" = 4 ]' "then leaves VMX on every CPU"
ok_if '[ "$(after DISABLE | grep -c SEAMCALL)" = 1 ]' "and no SEAMCALL follows"
exit "$failed"
