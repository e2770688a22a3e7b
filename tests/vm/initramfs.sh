#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packs what a test VM consists of, but for the kernel, into one archive: busybox, the modules,
# the programs with their libraries, the images, the scenarios.
#
#	initramfs.sh KVER OUT
set -eu
cd "$(dirname "$0")/../.."
kver=$1
out=$2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# install_to DIR FILE...
install_to()
{
	dir=$root$1
	shift
	mkdir -p "$dir"
	cp -L "$@" "$dir/"
}

# A dynamically linked program needs what ldd lists, at the place where ldd finds it.
install_program()
{
	install_to /bin "$1"
	for library in $(ldd "$1" | grep -o '/[^ ]*'); do
		install_to "$(dirname "$library")" "$library"
	done
}

modules=/lib/modules/$kver
cache=build/cache/linux-$kver/modules
install_to "$modules" "$cache/modules.order" "$cache/modules.builtin" \
	"$cache/modules.builtin.modinfo"
# SHA-384 is a module of its own in some kernels, and built in in others.
sha=$cache/kernel/crypto/sha512_generic.ko
[ ! -e "$sha" ] || install_to "$modules/kernel" "$sha"
install_to "$modules/extra" "build/$kver/kmod/tdx_update.ko" "build/$kver/tests/sim/tdx_sim.ko"
depmod -b "$root" "$kver"

install_to /bin /bin/busybox
install_program cli/tdxupd
install_program build/tests/nlraw
install_to /images build/tests/images/*
install_to /scenarios tests/vm/*.t tests/vm/demo
install_to / tests/vm/init tests/vm/lib.sh
mkdir -p "$root/etc" "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
chmod 755 "$root"
ln -s bin "$root/sbin"
echo 'root:x:0:0:root:/:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/sh' >"$root/etc/passwd"

mkdir -p "$(dirname "$out")"
(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$out.new"
mv "$out.new" "$out"
