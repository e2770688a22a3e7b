#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Prints the kernel inside a compressed one, which a VM boots eight seconds sooner.
#
#	vmlinux.sh VMLINUZ
set -eu

# setup_sects, payload_offset and payload_length of the x86 boot protocol; the length includes four
# bytes that are not part of the compressed stream.
sectors=$(od -An -tu1 -j 497 -N 1 "$1")
offset=$(((sectors + 1) * 512 + $(od -An -tu4 -j 584 -N 4 "$1")))
length=$(($(od -An -tu4 -j 588 -N 4 "$1") - 4))
case $(od -An -tx1 -j $offset -N 4 "$1") in
' fd 37 7a 58') decompress=xz ;;
' 28 b5 2f fd') decompress=zstd ;;
*)
	echo "vmlinux: $1 is compressed neither by xz nor by zstd; teach tests/vm/vmlinux.sh how" >&2
	exit 1
	;;
esac
tail -c +$((offset + 1)) "$1" | head -c $length | $decompress -dc
