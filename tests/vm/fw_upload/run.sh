#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a scenario with nothing but the stand-in for the kernel's own updater, on KVER if that has
# CONFIG_FW_UPLOAD and faux devices (Linux 6.14), else on the first other kernel that does. The
# interpreter of tests/vm/in-tree.t.
set -eu
cd "$(dirname "$0")/../../.."
kernels=tests/vm/kernels.sh
for kver in ${KVER-} $($kernels --others); do
	printf '6.14\n%s\n' "$kver" | sort -CV || continue
	headers=$($kernels --headers "$kver")
	! grep -qx CONFIG_FW_UPLOAD=y "$headers/.config" || break
done
export KVER="$kver"
built=$PWD/build/$KVER/fw_upload
rm -rf "$built"
mkdir -p "$built"
cp tests/vm/fw_upload/Kbuild tests/vm/fw_upload/*.c "$built/"
$kernels --run "$KVER" make -s -C "$headers" M="$built" W=1 modules >"$built/log" 2>&1 ||
	{ cat "$built/log" >&2; exit 1; }
export INITRAMFS="$built/initramfs.cpio"
MODULES="$built/tdx_host_stub.ko" tests/vm/initramfs.sh "$KVER" "$INITRAMFS"
exec tests/vm/run.sh -c 2 "$1"
