#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# QEMU of Debian's backports, whose plugins can set registers and reach physical memory. It lives
# in a directory of its own with all its libraries; nothing is installed.
#
#	qemu.sh --fetch		fetch it, unless it is there
#	qemu.sh ARGUMENT...	run it
set -eu
cache=$(cd "$(dirname "$0")/../.." && pwd)/build/cache
root=$cache/qemu

if [ "${1-}" != --fetch ]; then
	lib=$root/usr/lib/x86_64-linux-gnu
	exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$root/usr/bin/qemu-system-x86_64" \
		-L "$root/usr/share/qemu" -L "$root/usr/share/seabios" "$@"
fi
[ ! -e "$root" ] || exit 0

new=$cache/qemu.new
rm -rf "$new"
mkdir -p "$new"
# With all libraries.
"$(dirname "$0")/../vm/apt.sh" --bare "$new/apt" trixie trixie-backports
APT_CONFIG=$new/apt/conf apt-get -qy -t trixie-backports --no-install-recommends --download-only \
	install qemu-system-x86
for package in "$new"/apt/cache/archives/*.deb; do
	dpkg-deb -x "$package" "$new/root"
done
rm -rf "$new/root/usr/share/doc" "$new/root/usr/share/man" "$new/root/usr/share/locale"
mv "$new/root" "$root"
rm -rf "$new"
