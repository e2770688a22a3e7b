#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the fleet's tests run in: the hosts' initramfs (a small Debian with systemd, sshd, python3
# and this tree's package in an archive of its own), and a root directory with Ansible for the control
# node. Wants root.
#
#	roots.sh KVER	with the package in build/fleet, make build/fleet/host.cpio, build/fleet/key, build/cache/control-SUITE
#
# SUITE in the environment is where Ansible comes from: bookworm (2.14) or trixie (2.19).
set -eu
cd "$(dirname "$0")/../.."
kver=$1
suite=${SUITE:-bookworm}
mkdir -p build/cache build/fleet
cache=$(realpath build/cache)

# root NAME SUITE PACKAGES: as NAME in the cache, and kept there.
root()
{
	[ -e "$cache/$1" ] && return
	echo "fleet: making a root of $2 for $1" >&2
	rm -rf --one-file-system "$cache/$1.new" "$cache/$1.apt"
	tests/vm/apt.sh --bare "$cache/$1.apt" "$2" "$2-updates" "$2-security" >&2
	unshare --mount mmdebstrap --quiet --variant=minbase --include="$3" "$2" "$cache/$1.new" \
		"$cache/$1.apt/sources/suites.sources" >&2
	rm -rf "$cache/$1.apt"
	mv "$cache/$1.new" "$cache/$1"
}

# The network card that QEMU has; the other kernels' modules are not fetched.
network_modules()
{
	modules=$cache/fleet-modules-$kver
	[ -e "$modules" ] && return
	rm -rf "$modules.new"
	mkdir -p "$modules.new"
	(cd "$modules.new" && apt-get -q -o APT::Sandbox::User=root download "linux-image-$kver") >&2
	dpkg-deb --fsys-tarfile "$modules.new"/*.deb | tar -x -C "$modules.new" --wildcards \
		'*/kernel/drivers/virtio/*' '*/virtio_net.ko*' '*/net_failover.ko*' '*/failover.ko*'
	rm "$modules.new"/*.deb
	mv "$modules.new" "$modules"
}

root fleet-host-systemd bookworm \
	busybox-static,kmod,libjansson4,libnl-3-200,libnl-genl-3-200,openssh-server,python3,python3-apt,systemd-sysv
root "control-$suite" "$suite" ansible-core,ansible-lint,openssh-client
network_modules

new=$(mktemp -d "$PWD/build/fleet/new.XXXXXX")
trap 'rm -rf --one-file-system "$new"' EXIT
cp -a "$cache/fleet-host-systemd" "$new/root"
rm -rf "$new/root/usr/share/doc" "$new/root/usr/share/locale" "$new/root/var/cache/apt" \
	"$new/root/var/lib/apt/lists" "$new/root/usr/share/man"
mkdir -p "$new/root/var/cache/apt/archives/partial" "$new/root/var/lib/apt/lists/partial"
touch -d '2 days ago' "$new/root/var/lib/apt/lists"

# The driver is not built in the VM, so its package is one without sources.
mkdir -p "$new/root/repo" "$new/dkms/DEBIAN"
cp build/fleet/tdxupd_*.deb "$new/root/repo/"
printf 'Package: tdx-update-dkms\nVersion: 0.1.0\nArchitecture: all\nMaintainer: nobody <root@localhost>\nDescription: the driver is there already\n' \
	>"$new/dkms/DEBIAN/control"
dpkg-deb -b "$new/dkms" "$new/root/repo" >/dev/null
(cd "$new/root/repo" && dpkg-scanpackages --multiversion . 2>/dev/null >Packages)
rm -f "$new/root/etc/apt/sources.list" "$new"/root/etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/repo ./' >"$new/root/etc/apt/sources.list"

modules=$new/root/lib/modules/$kver
mkdir -p "$modules/extra"
cp "$cache/linux-$kver/modules/modules.order" "$cache"/linux-"$kver"/modules/modules.builtin* "$modules/"
cp -r "$cache/fleet-modules-$kver/lib/modules/$kver/kernel" "$modules/"
cp "$cache/linux-$kver/modules/kernel/crypto/sha512_generic.ko" "$modules/kernel/"
cp "build/$kver/kmod/tdx_update.ko" "build/$kver/tests/sim/tdx_sim.ko" "$modules/extra/"
depmod -b "$new/root" "$kver"
echo "options tdx_update signer=$(cat build/tests/images/signer)" \
	>"$new/root/etc/modprobe.d/tdx_update.conf"
mkdir -p "$new/root/images" "$new/root/root/.ssh"
cp build/tests/images/*.blob build/tests/images/signer "$new/root/images/"
[ -e build/fleet/key ] || ssh-keygen -q -t ed25519 -N '' -f build/fleet/key
cp build/fleet/key.pub "$new/root/root/.ssh/authorized_keys"
chmod 700 "$new/root/root/.ssh"
rm -f "$new"/root/etc/ssh/ssh_host_* "$new"/root/etc/systemd/system/timers.target.wants/*
ssh-keygen -q -t ed25519 -N '' -f "$new/root/etc/ssh/ssh_host_ed25519_key"
cp tests/fleet/init "$new/root/init"
cp tests/fleet/simulator "$new/root/usr/local/bin/"
(cd "$new/root" && find . | cpio -o -H newc -R 0:0 --quiet) >build/fleet/host.cpio.new
mv build/fleet/host.cpio.new build/fleet/host.cpio
