#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packs what a test VM consists of, but for the kernel, into one archive: busybox, the modules,
# the programs with their libraries, the images, the scenarios.
#
#	initramfs.sh KVER OUT
#
# MODULES in the environment replaces the list of modules.
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

# What ldd lists, at the place where ldd finds it.
install_libraries()
{
	for library in $(ldd "$1" | grep -o '/[^ ]*'); do
		install_to "$(dirname "$library")" "$library"
	done
}

install_program()
{
	install_to /bin "$1"
	install_libraries "$1"
}

modules=/lib/modules/$kver
cache=build/cache/linux-$kver/modules
install_to "$modules" "$cache/modules.order" "$cache/modules.builtin" \
	"$cache/modules.builtin.modinfo"
# SHA-384 is a module of its own in some kernels, and built in in others.
sha=$cache/kernel/crypto/sha512_generic.ko
[ ! -e "$sha" ] || install_to "$modules/kernel" "$sha"
built=build/$kver
default="$built/kmod/tdx_update.ko $built/tests/sim/tdx_sim.ko
	$built/tests/vectors/seamcall/vec_seamcall.ko
	$built/tests/vectors/seamcall/fail_return.ko"
# shellcheck disable=SC2086 # one word a module
install_to "$modules/extra" ${MODULES:-$default}
depmod -b "$root" "$kver"

install_to /bin /bin/busybox
install_program cli/tdxupd
install_libraries cli/build/loaded.so
install_program "$(command -v flock)"
install_program "$(command -v chrt)"
install_to /usr/sbin cli/launch/tdxupd-launch cli/launch/libvirt-hook
install_program build/tests/nlraw
install_program build/tests/nlfuzz
install_program build/tests/end_vm
install_to /lib build/tests/kill_at.so
install_program build/vectors/run_vm
install_program build/vectors/seamcall
install_to /vectors tests/vectors/*.json build/vectors/random_vectors.json build/tests/key.pem
install_to /images build/tests/images/*
install_to /scenarios tests/vm/*.t tests/vm/demo
# Here they take a second, in a VM a minute.
for rows in tests/vm/*.rows; do
	sh "$rows" >"$root/scenarios/${rows##*/}"
done
install_to / tests/vm/init tests/vm/lib.sh
mkdir -p "$root/etc" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/run" "$root/root" \
	"$root/var/lib"
chmod 755 "$root"
ln -s bin "$root/sbin"
echo 'root:x:0:0:root:/:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/sh' >"$root/etc/passwd"

# As a pre-production host has it: our images are signed with a key of ours.
mkdir "$root/etc/modprobe.d"
echo "options tdx_update signer=$(cat build/tests/images/signer)" \
	>"$root/etc/modprobe.d/tdx_update.conf"

mkdir -p "$(dirname "$out")"
(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$out.new"
mv "$out.new" "$out"
