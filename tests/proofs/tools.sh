#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The provers, from those releases of Debian that have them, unpacked beside the kernels with all
# libraries: this machine may be of another release, and nothing is installed on it. The memory
# model is the kernel's own, from the newest source that Debian has for its stable release.
#
#	tools.sh			fetch those that are not there
#	tools.sh cbmc|goto-cc|goto-instrument|spin|herd7 ARG...	execute one
set -eu
mkdir -p "$(dirname "$0")/../../build/cache"
cache=$(realpath "$(dirname "$0")/../../build/cache")
apt=$(realpath "$(dirname "$0")/../vm/apt.sh")
model=$cache/memory-model

# execute PACKAGE PROGRAM ARG...
execute()
{
	root=$cache/$1 program=$2
	shift 2
	lib=$root/usr/lib/x86_64-linux-gnu
	exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib:$root/usr/lib" \
		"$root/usr/bin/$program" "$@"
}

case ${1-} in
cbmc | goto-*) execute cbmc "$@" ;;
spin) execute spin "$@" ;;
herd7)
	shift
	cd "$model"
	execute herdtools7 herd7 -set-libdir "$cache/herdtools7/usr/share/herdtools7/herd" \
		-conf linux-kernel.cfg "$@"
	;;
esac

# Who comes second finds them there.
exec 9>"$cache/proofs.lock"
flock 9
new=$cache/proofs.new
trap 'rm -rf "$new"' EXIT

# archive SUITE...: from now on apt-get is one of theirs, on a machine that has nothing.
archive()
{
	rm -rf "$new"
	mkdir -p "$new"
	"$apt" --bare "$new/apt" "$@"
	export APT_CONFIG="$new/apt/conf"
}

# fetch PACKAGE SUITE
fetch()
{
	[ ! -e "$cache/$1" ] || return 0
	archive "$2"
	apt-get -qy --no-install-recommends --download-only install "$1"
	for package in "$new"/apt/cache/archives/*.deb; do
		dpkg-deb -x "$package" "$new/root"
	done
	rm -rf "$new/root/usr/share/doc" "$new/root/usr/share/locale" "$new/root/usr/share/man"
	mv "$new/root" "$cache/$1"
}

fetch_model()
{
	[ ! -e "$model" ] || return 0
	archive trixie trixie-backports
	source=$(apt-cache -t trixie-backports depends linux-source |
		sed -n 's/.*Depends: \(linux-source-.*\)/\1/p')
	(cd "$new" && apt-get -q -t trixie-backports download "$source")
	dpkg-deb --fsys-tarfile "$new"/linux-source-*.deb |
		tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
		tar -xJ -C "$new" --wildcards --strip-components 2 '*/tools/memory-model'
	mv "$new/memory-model" "$model"
}

fetch cbmc trixie
fetch spin trixie
fetch herdtools7 sid
fetch_model
