#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fetches the kernels that test VMs boot, with all that modules for them are built with. Nothing is
# installed: Debian 13's headers would bring a bootable kernel along.
#
# Another release's kernel wants that release's compiler and C library: each is a root directory
# with them, which building enters. That takes root or user namespaces.
#
#	kernels.sh			fetch those of "make check", unless they are there
#	kernels.sh --more		those of "make check-all", too
#	kernels.sh --default		print the version of the first
#	kernels.sh --others		print those of the others of "make check"
#	kernels.sh --flavours		print those that only "make check-all" has
#	kernels.sh --headers KVER	print the directory of the headers of any kernel
#	kernels.sh --run KVER COMMAND...	run it where that kernel's compiler is
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build/cache
cache=$(realpath build/cache)
release=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
tools='bash coreutils dash findutils gawk grep make perl sed sparse'

# SUITE/FLAVOUR, or SUITE/SERIES-FLAVOUR where it is not the suite's newest. The first is the kernel
# of this release.
case $release in
bookworm) checked='bookworm/amd64 bookworm-backports/amd64 trixie-backports/amd64' ;;
*) checked='trixie/amd64 bookworm/amd64 trixie-backports/amd64' ;;
esac
more='bookworm/rt-amd64 trixie-backports/rt-amd64 trixie-backports/cloud-amd64
	trixie-backports/7.2-amd64'

# place KERNEL: its directory.
place()
{
	echo "$cache/${1%/*}-${1#*/}"
}

# version KERNEL: the one whose headers are there, or nothing.
version()
{
	for headers in "$(place "$1")"/usr/src/linux-headers-*amd64; do
		[ ! -e "$headers" ] || echo "${headers##*/linux-headers-}"
	done
}

versions()
{
	for kernel; do
		version "$kernel"
	done
}

# kernel_of KVER: which of those above it is; nothing if it is none.
kernel_of()
{
	for kernel in $checked $more; do
		[ "$(version "$kernel")" != "$1" ] || echo "$kernel"
	done
}

# run KVER COMMAND...
run()
{
	kernel=$(kernel_of "$1")
	shift
	suite=${kernel%/*}
	if [ -z "$kernel" ] || [ "${suite%-backports}" = "$release" ]; then
		exec "$@"
	fi
	[ "$(id -u)" = 0 ] && as= || as=--map-root-user
	# shellcheck disable=SC2086 # an option or none
	exec unshare --mount $as "$0" --enter "$(place "$kernel")" "$@"
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
	# Not by LC_ALL: the kernel takes that out of the environment.
	exec env LANG=C chroot "$root" "$@"
}

# headers KVER: where they are; of a kernel that is none of ours, where a package puts them.
headers()
{
	kernel=$(kernel_of "$1")
	echo "${kernel:+$(place "$kernel")}/usr/src/linux-headers-$1"
}

# newest FLAVOUR: the version of a suite's newest kernel, or of its newest of a series.
newest()
{
	case $1 in
	[0-9]*)
		apt-cache pkgnames "linux-headers-${1%%-*}." |
			sed -n "s/^linux-headers-\([0-9.]*+deb[0-9]*-${1#*-}\)\$/\1/p" | sort -V |
			tail -n 1
		;;
	*)
		apt-cache show "linux-image-$1" |
			sed -n "s/^Depends:.*linux-image-\([0-9][^ ,]*-$1\).*/\1/p" | head -n 1
		;;
	esac
}

# Nothing counts as installed, so apt fetches all that the headers and tools need. The kernel itself
# is in a package of its own from 7.0 on.
get()
{
	apt-get -qy --no-install-recommends --download-only install "linux-headers-$version" $tools
	package=linux-binary-$version
	apt-cache show "$package" >"$new/image" 2>/dev/null || package=linux-image-$version
	(cd "$new" && apt-get -q download "$package")
}

# Without modules, but for those of SHA-384, and without data, but for what perl needs.
unpack()
{
	mkdir -p "$new/root/tmp" "$new/root/usr/bin" "$new/root/usr/lib" "$new/root/usr/lib64"
	for directory in bin lib lib64; do
		ln -s usr/$directory "$new/root/$directory"
	done
	find "$new" -name '*.deb' | while read -r package; do
		dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$new/root" \
			--exclude '*lib/modules/*/kernel/[!c]*' --exclude './usr/share/[!p]*'
	done
	[ -e "$new/root/usr/bin/awk" ] || ln -s gawk "$new/root/usr/bin/awk"
	# Headers name each other by absolute paths.
	sed -i "s|/usr/src/|$1/usr/src/|" "$new/root/usr/src/linux-headers-$version/Makefile"
}

# What a VM boots.
boot_files()
{
	mkdir -p "$new/boot/modules/kernel"
	tests/vm/vmlinux.sh "$(find "$new/root" -name 'vmlinuz*' -type f | head -n 1)" >"$new/boot/vmlinux"
	cp "$new/root/lib/modules/$version"/modules.* "$new/boot/modules/"
	[ ! -e "$new/root/lib/modules/$version/kernel/crypto" ] ||
		cp -R "$new/root/lib/modules/$version/kernel/crypto" "$new/boot/modules/kernel/"
	rm -rf "$cache/linux-$version"
	mv "$new/boot" "$cache/linux-$version"
}

# fetch KERNEL: what was begun and not ended before begins anew.
fetch()
{
	version=$(version "$1")
	[ -z "$version" ] || [ ! -e "$cache/linux-$version" ] || return 0
	rm -rf "$(place "$1")"
	new=$(place "$1").new
	suite=${1%/*}
	rm -rf "$new"
	mkdir -p "$new"
	# shellcheck disable=SC2046 # one word a suite
	tests/vm/apt.sh --bare "$new/apt" "${suite%-backports}-security" \
		$(echo "${suite%-backports} $suite" | tr ' ' '\n' | uniq)
	export APT_CONFIG="$new/apt/conf"
	version=$(newest "${1#*/}")
	[ -n "$version" ] || {
		echo "kernels: $suite has no kernel '${1#*/}'; choose another in $0" >&2
		exit 1
	}
	echo "kernels: fetching $version of $suite"
	get
	unpack "$(place "$1")"
	boot_files
	rm -rf "$new/root/boot" "$new/root/lib/modules"
	mv "$new/root" "$(place "$1")"
	rm -rf "$new"
	unset APT_CONFIG
}

# shellcheck disable=SC2086 # one word a kernel
case ${1-} in
--default) version "${checked%% *}" ;;
--others) versions ${checked#* } ;;
--flavours) versions $more ;;
--headers) headers "$2" ;;
--run) shift; run "$@" ;;
--enter) shift; enter "$@" ;;
--more) for kernel in $checked $more; do fetch "$kernel"; done ;;
*) for kernel in $checked; do fetch "$kernel"; done ;;
esac
