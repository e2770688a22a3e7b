#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Brings a Debian 12 machine to the point where everything builds and every test runs. Quick when
# there is nothing to do. Needs root or sudo only while a package is missing.
#
#	setup.sh		install missing packages, fetch the kernel that the test VMs boot
#	setup.sh --packaging	install what making and testing Debian packages needs
#	setup.sh --kernel-build	install what building a kernel needs
#	setup.sh --bench	install what benchmarks need
#	setup.sh --kernel	print the version of that kernel, or nothing before the set-up
set -eu
cd "$(dirname "$0")/../.."

packages='
build-essential busybox-static check clang cpio dkms kmod libjansson-dev libnl-3-dev
libnl-genl-3-dev libssl-dev linux-headers-amd64 mandoc openssl pahole perl pkg-config
python3-jsonschema python3-yaml qemu-system-x86 sparse systemd time xz-utils zstd'
packaging='debhelper dh-dkms lintian mmdebstrap'
kernel_build='bc bison flex libelf-dev'
bench='gnuplot-nox python3'

# The kernel that Debian's linux-headers-amd64 stands for, as far as it is installed.
kernel_version()
{
	dpkg-query -W -f '${Depends}\n' linux-headers-amd64 2>/dev/null |
		sed -n 's/.*linux-headers-\([^ ,]*-amd64\).*/\1/p'
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "setup: cannot run '$*': not root and no sudo;" \
			"install the packages as root and try again" >&2
		exit 1
	fi
}

missing_packages()
{
	for package; do
		dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null |
			grep -qx installed || echo "$package"
	done
}

install_missing()
{
	# shellcheck disable=SC2046 # one word a package
	set -- $(missing_packages "$@")
	[ $# = 0 ] || install_packages "$@"
}

install_packages()
{
	echo "setup: installing" "$@"
	as_root apt-get -q update
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -qy install --no-install-recommends "$@"
}

# download VERSION: get the kernel's package, the one that the installed headers belong to.
download()
{
	echo "setup: fetching the kernel $1 for the test VMs"
	rm -rf build/cache/fetch
	mkdir -p build/cache/fetch
	(cd build/cache/fetch && apt-get -q -o APT::Sandbox::User=root download \
		"linux-image-$1=$(dpkg-query -W -f '${Version}' "linux-headers-$1")")
}

# unpack VERSION: take what a VM needs. Not installed: that would run hooks and make it bootable.
unpack()
{
	mkdir build/cache/fetch/root build/cache/fetch/new
	dpkg-deb --fsys-tarfile build/cache/fetch/*.deb |
		tar -x -C build/cache/fetch/root --wildcards './boot/vmlinuz-*' \
			'./lib/modules/*/modules.*' './lib/modules/*/kernel/crypto'
	tests/vm/vmlinux.sh build/cache/fetch/root/boot/vmlinuz-* >build/cache/fetch/new/vmlinux
	mv "build/cache/fetch/root/lib/modules/$1" build/cache/fetch/new/modules
	mv build/cache/fetch/new "build/cache/linux-$1"
	rm -rf build/cache/fetch
}

# An archive keeps only its newest kernel: where ours is gone from it, take the newest.
fetch_kernel()
{
	[ -e "build/cache/linux-$(kernel_version)" ] && return
	if ! download "$(kernel_version)"; then
		install_packages linux-headers-amd64
		download "$(kernel_version)"
	fi
	unpack "$(kernel_version)"
}

# shellcheck disable=SC2086 # one word a package
case ${1-} in
--kernel) kernel_version; exit ;;
--packaging) install_missing $packages $packaging; exit ;;
--kernel-build) install_missing $kernel_build; exit ;;
--bench) install_missing $bench; exit ;;
*) install_missing $packages ;;
esac
fetch_kernel

# Only promtool is wanted of the package, not a server that runs.
fetch_promtool()
{
	[ -x build/cache/promtool ] && return
	echo "setup: fetching promtool"
	rm -rf build/cache/fetch
	mkdir -p build/cache/fetch
	(cd build/cache/fetch && apt-get -q -o APT::Sandbox::User=root download prometheus)
	dpkg-deb --fsys-tarfile build/cache/fetch/*.deb |
		tar -x -C build/cache/fetch ./usr/bin/promtool
	mv build/cache/fetch/usr/bin/promtool build/cache/promtool
	rm -rf build/cache/fetch
}

fetch_promtool
# The other kernels that everything is built for and tested on.
tests/vm/backport.sh
