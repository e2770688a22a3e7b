#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# CBMC of Debian 13, unpacked beside the kernels with all libraries: this machine may be of another
# release, and nothing is installed on it.
#
#	cbmc.sh		fetch it, if it is not there
#	cbmc.sh ARG...	execute it
set -eu
cache=$(dirname "$0")/../../build/cache
root=$cache/cbmc
if [ $# -gt 0 ]; then
	lib=$root/usr/lib/x86_64-linux-gnu
	exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib:$root/usr/lib" \
		"$root/usr/bin/cbmc" "$@"
fi
[ ! -e "$root" ] || exit 0

mkdir -p "$cache"
cd "$cache"
new=$PWD/cbmc.new
rm -rf "$new"
mkdir -p "$new"
"$OLDPWD/$(dirname "$0")/../vm/apt.sh" --bare "$new/apt" trixie
APT_CONFIG=$new/apt/conf apt-get -qy --no-install-recommends --download-only install cbmc
for package in "$new"/apt/cache/archives/*.deb; do
	dpkg-deb -x "$package" "$new/root"
done
rm -rf "$new/root/usr/share"
mv "$new/root" cbmc
rm -rf "$new"
