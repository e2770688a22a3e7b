#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packs what a TDX host consists of, but for the kernel: what every test VM has, the kernel's own
# modules for TDX, the programs and scenarios of this directory.
#
#	initramfs.sh KVER OUT
#
# WITH_KERNEL in the environment: and the kernel and all this once more, in /boot, for kexec.
set -eu
cd "$(dirname "$0")/../.."
kver=$1
out=$2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
kernel=build/cache/linux-$kver/modules/kernel

MODULES="build/$kver/kmod/tdx_update.ko $(find "$kernel" -name 'kvm*.ko' -o -name irqbypass.ko \
	-o -name tdx-host.ko | tr '\n' ' ')" tests/vm/initramfs.sh "$kver" "$out.new"
# append: what is in $root
append()
{
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >>"$out.new"
}

mkdir -p "$root/bin" "$root/scenarios"
cp build/platform/tdxhost build/platform/kvm_td build/platform/kexec_now "$root/bin/"
cp tests/platform/*.t tests/platform/*.guest "$root/scenarios/"
cp tests/platform/host.sh "$root/"
append
if [ -n "${WITH_KERNEL-}" ]; then
	mkdir "$root/boot"
	cp "$out.new" "$root/boot/initrd"
	cp -L "build/cache/linux-$kver/vmlinux" "$root/boot/"
	append
fi
mv "$out.new" "$out"
