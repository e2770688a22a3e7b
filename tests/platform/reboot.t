#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# After an update of ours the machine is rebooted, while the driver asks the firmware for somebody,
# and while it verifies another update, or another kernel follows by kexec then: the trace shows that
# the driver comes to an end first, and then the kernel gives the module up, in order. QEMU ends where
# a machine would start again.
set -eu
cd "$(dirname "$0")/../.."
KVER=$(tests/platform/kernel.sh --kernel)
export KVER QEMU=tests/platform/machine.sh INITRAMFS="build/$KVER/vm/host-kernel.cpio"
export arguments="${arguments-kmemleak=off no_debug_objects lockdep.prove_locking=0}"
slow=$arguments
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

# written_back: by which CPUs, from the end of the update to the end of the module.
written_back()
{
	after SYS.UPDATE | sed '/DISABLE/q' | sed -n 's/^[0-9]* \([0-9]*\) WBINVD .*/\1/p' | sort
}

# after LEAF: the lines of the trace from the last call of it on.
after()
{
	sed -n "$(grep -n "$1" "$logs/trace" | tail -n 1 | cut -d : -f 1),\$p" "$logs/trace"
}

# reboot_during WHAT
reboot_during()
{
	logs=build/$KVER/vm/reboot-$1
	arguments="$slow DURING=$1"
	tests/vm/boot.sh 4 2400 "$logs" reboot.guest || true
	ok_if 'grep -qx 0 "$logs/status"' "$1: the machine was rebooted"
	ok_if 'after SEAMINFO | sed "/DISABLE/q" | grep -q "SEAMCALL TDH.SYS.RD "' \
		"what the driver did was waited for"
	ok_if '! grep "no TDX module runs" "$logs/kernel.log"' "nothing was taken for lost"
	ok_if '[ "$(echo $(written_back))" = "0 1 2 3" ]' "each CPU writes its caches back once"
	ok_if 'after DISABLE | grep -q "TDH.SYS.DISABLE .* -> return rax=0x0 "' \
		"the kernel disables the updated module"
	ok_if '[ "$(after DISABLE | grep -c "VMXOFF .* -> ok")" = 4 ]' \
		"then leaves VMX on every CPU"
	ok_if '[ "$(after DISABLE | grep -c SEAMCALL)" = 1 ]' "and no SEAMCALL follows"
}

told_to_have_succeeded()
{
	ok_if 'grep -q "updated (TDX module 1.5.25 -> 1.5.26)" "$logs/kernel.log"' \
		"$1: the update is told to have succeeded"
}

# And a case in each VM, two where a second kernel follows.
echo 1..27
reboot_during check
reboot_during verify
told_to_have_succeeded verify
# In the end the second kernel is rebooted: what is said of that is true of both.
reboot_during kexec
told_to_have_succeeded kexec
exit "$failed"
