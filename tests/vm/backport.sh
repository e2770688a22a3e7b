#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fetches the kernels of Debian's backports with all that modules for them are built with, beside
# the stable kernel that setup.sh fetches. Nothing is installed.
#
# The next release's kernel wants that release's compiler and C library: it gets a root directory
# with them, which building enters. That takes root or user namespaces.
#
#	backport.sh			fetch them, unless they are there
#	backport.sh --kernels		print their versions
#	backport.sh --headers KVER	print the directory of the headers of any kernel
#	backport.sh --run KVER COMMAND...	run it where that kernel's compiler is
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build/cache
cache=$(realpath build/cache)
suites='bookworm-backports trixie-backports'
tools='bash coreutils dash findutils gawk grep make sed sparse'

# The kernel that is in the cache of a suite: the one whose headers are there.
version()
{
	for headers in "$cache/$1"/usr/src/linux-headers-*-amd64; do
		[ ! -e "$headers" ] || echo "${headers##*/linux-headers-}"
	done
}

# root KVER: the directory with its headers, or nothing for a kernel that is no backport.
root()
{
	for suite in $suites; do
		[ "$(version "$suite")" != "$1" ] || echo "$cache/$suite"
	done
}

foreign()
{
	# shellcheck source=/dev/null
	[ "$1" != "$(. /etc/os-release && echo "$VERSION_CODENAME")-backports" ]
}

# run KVER COMMAND...
run()
{
	root=$(root "$1")
	shift
	if [ -z "$root" ] || ! foreign "${root##*/}"; then
		exec "$@"
	fi
	[ "$(id -u)" = 0 ] && as= || as=--map-root-user
	# shellcheck disable=SC2086 # an option or none
	exec unshare --mount $as "$0" --enter "$root" "$@"
}

# enter ROOT COMMAND...: with the sources and the headers where they are outside.
enter()
{
	root=$1
	shift
	for directory in /proc /dev "$PWD" "$cache"; do
		mkdir -p "$root$directory"
		mount --rbind "$directory" "$root$directory"
	done
	exec chroot "$root" "$@"
}

newest()
{
	apt-cache show linux-image-amd64 |
		sed -n 's/^Depends:.*linux-image-\([^ ,]*-amd64\).*/\1/p' | head -n 1
}

get()
{
	echo "backport: fetching the kernel $kernel"
	(cd "$new" && apt-get -q download "$@")
}

# This release's: what the headers need beyond it is installed.
get_native()
{
	tests/vm/apt.sh "$new/apt" "$1"
	kernel=$(newest)
	get "linux-image-$kernel" "linux-headers-$kernel" "linux-headers-${kernel%-amd64}-common" \
		"linux-kbuild-${kernel%-amd64}"
}

# Another's: nothing is installed, so apt fetches all that the headers and tools need.
get_foreign()
{
	tests/vm/apt.sh --bare "$new/apt" "${1%-backports}" "$1"
	kernel=$(newest)
	get "linux-binary-$kernel"
	# shellcheck disable=SC2086 # one word a package
	apt-get -qy --no-install-recommends --download-only install "linux-headers-$kernel" $tools
}

unpack()
{
	mkdir -p "$new/root/tmp" "$new/root/usr/bin" "$new/root/usr/lib" "$new/root/usr/lib64"
	for directory in bin lib lib64; do
		ln -s usr/$directory "$new/root/$directory"
	done
	find "$new" -name '*.deb' | while read -r package; do
		dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink \
			-C "$new/root" --exclude '*lib/modules/*/kernel/*' --exclude './usr/share/*'
	done
	ln -s gawk "$new/root/usr/bin/awk"
	# Headers name each other by absolute paths.
	sed -i "s|/usr/src/|$1/usr/src/|" "$new/root/usr/src/linux-headers-$kernel/Makefile"
}

# What a VM boots: no module of the kernel's own is needed in it.
boot_files()
{
	mkdir -p "$new/boot/modules"
	tests/vm/vmlinux.sh "$(find "$new/root" -name 'vmlinuz*')" >"$new/boot/vmlinux"
	cp "$new/root/lib/modules/$kernel"/modules.* "$new/boot/modules/"
	rm -rf "$cache/linux-$kernel"
	mv "$new/boot" "$cache/linux-$kernel"
}

# fetch SUITE
fetch()
{
	new=$cache/$1.new
	rm -rf "$new"
	mkdir -p "$new"
	export APT_CONFIG="$new/apt/conf"
	if foreign "$1"; then
		get_foreign "$1"
	else
		get_native "$1"
	fi
	unpack "$cache/$1"
	boot_files
	rm -rf "$new/root/boot" "$new/root/lib/modules"
	mv "$new/root" "$cache/$1"
	rm -rf "$new"
}

case ${1-} in
--kernels) for suite in $suites; do version "$suite"; done ;;
--headers) echo "$(root "$2")/usr/src/linux-headers-$2" ;;
--run) shift; run "$@" ;;
--enter) shift; enter "$@" ;;
*) for suite in $suites; do [ -n "$(version "$suite")" ] || fetch "$suite"; done ;;
esac
