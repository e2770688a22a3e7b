#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a scenario in a VM where systemd is process 1, with what `make install` installs. The
# interpreter of tests/vm/systemd.t. The systemd is this machine's.
set -eu
cd "$(dirname "$0")/../../.."
KVER=${KVER:-$(tests/vm/setup.sh --kernel)}
export KVER
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
base=build/$KVER/vm/initramfs.cpio
with_systemd=build/$KVER/vm/systemd.cpio

# install_program DIR FILE: with the libraries that it names, where it expects them.
install_program()
{
	mkdir -p "$root$1"
	cp -L "$2" "$root$1/"
	for library in $(ldd "$2" | grep -o '/[^ ]*'); do
		mkdir -p "$root$(dirname "$library")"
		cp -Lu "$library" "$root$library"
	done
}

# systemd of Debian 12 looks for its own in /lib, that of Debian 13 in /usr/lib.
mkdir -p "$root/lib" "$root/usr/lib/systemd"
ln -s ../usr/lib/systemd "$root/lib/systemd"
for program in systemd systemd-journald systemd-executor; do
	[ ! -e /lib/systemd/$program ] || install_program /lib/systemd /lib/systemd/$program
done
install_program /bin "$(command -v systemctl)"
install_program /bin "$(command -v journalctl)"
mkdir -p "$root/lib/systemd/system" "$root/etc/systemd/system" "$root/var/log" "$root/home"
for unit in multi-user basic sysinit timers sockets slices paths local-fs shutdown umount final; do
	cp -L "/lib/systemd/system/$unit.target" "$root/lib/systemd/system/"
done
cp -L /lib/systemd/system/systemd-journald*.service /lib/systemd/system/systemd-journald*.socket \
	"$root/lib/systemd/system/"
cp tests/vm/systemd/*.target tests/vm/systemd/*.service "$root/etc/systemd/system/"
ln -s scenario.target "$root/etc/systemd/system/default.target"
cp tests/vm/systemd/systemd-init tests/vm/systemd/systemd-scenario tests/vm/systemd/power-on "$root/"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
make -s -C cli install DESTDIR="$root" PREFIX=/usr >&2
systemctl -q --root="$root" enable tdxupd-boot.service libvirtd.service systemd-modules-load.service
{
	cat "$base"
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet)
} >"$with_systemd"

INITRAMFS=$with_systemd arguments='rdinit=/systemd-init systemd.show_status=false' \
	tests/vm/run.sh -c 2 -t 480 "$1"
