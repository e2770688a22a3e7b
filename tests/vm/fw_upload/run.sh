#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a scenario on the kernel of Debian's backports, which has CONFIG_FW_UPLOAD, with nothing but
# the stand-in for the kernel's own updater. The interpreter of tests/vm/in-tree.t.
set -eu
cd "$(dirname "$0")/../../.."
tests/vm/backport.sh >&2
KVER=$(tests/vm/backport.sh --kernel)
export KVER
built=$PWD/build/$KVER/fw_upload
rm -rf "$built"
mkdir -p "$built" "build/$KVER/vm"
cp tests/vm/fw_upload/Kbuild tests/vm/fw_upload/*.c "$built/"
make -s -C "$(tests/vm/backport.sh --headers)" M="$built" W=1 modules >"$built/log" 2>&1 ||
	{ cat "$built/log" >&2; exit 1; }
MODULES="$built/tdx_host_stub.ko" tests/vm/initramfs.sh "$KVER" "build/$KVER/vm/initramfs.cpio"
exec tests/vm/run.sh -c 2 "$1"
