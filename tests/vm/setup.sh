#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Brings a machine with Debian 12 or 13 to the point where everything builds and every test runs.
# Quick when there is nothing to do. Needs root or sudo only while a package is missing.
#
#	setup.sh		install missing packages, fetch the kernels that the test VMs boot
#	setup.sh --packaging	install what making and testing Debian packages needs
#	setup.sh --kernel-build	install what building a kernel needs
#	setup.sh --bench	install what benchmarks need
#	setup.sh --fresh	install what making an empty Debian needs
#	setup.sh --more		fetch what only "make check-all" tries, besides kernels
#	setup.sh --kernel	print the version of the first, or nothing before the set-up
set -eu
cd "$(dirname "$0")/../.."

packages='
build-essential busybox-static check clang cpio dkms kmod libjansson-dev libnl-3-dev
libnl-genl-3-dev libssl-dev mandoc openssl pahole perl pkg-config
python3-jsonschema python3-yaml qemu-system-x86 sparse systemd time xz-utils zstd'
packaging='debhelper dh-dkms lintian mmdebstrap'
kernel_build='bc bison flex libelf-dev'
bench='gnuplot-nox python3'

# Before anything else: elsewhere one package after the other would be missing.
known_release()
{
	case $(. /etc/os-release && echo "${VERSION_CODENAME-}") in
	# Clang's own libraries; and systemd.pc, which has a package of its own since trixie.
	bookworm) packages="$packages libclang-rt-14-dev" ;;
	trixie)
		packages="$packages libclang-rt-dev"
		packaging="$packaging systemd-dev"
		;;
	*)
		echo "setup: this is $(. /etc/os-release && echo "${PRETTY_NAME-no known system}")," \
			"and only Debian 12 (bookworm) and 13 (trixie) are supported; use one of" \
			"them, in a VM or chroot for example" >&2
		exit 1
		;;
	esac
}

fail()
{
	echo "setup: $*" >&2
	exit 1
}

# can_install PACKAGE...
can_install()
{
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
		fail "not root and no sudo; as root, run 'apt-get install $*', then try again"
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# full DIRECTORY: is less than a gigabyte left there?
full()
{
	[ "$(df -Pk "$1" | awk 'NR == 2 { print $4 }')" -lt 1000000 ]
}

# What was fetched stays, and what was half fetched begins anew.
explain_and_fail()
{
	for directory in "$PWD" /var/cache/apt; do
		! full "$directory" || fail "$1 failed, and the disk of $directory is nearly full;" \
			"have 8 GB free there and try again"
	done
	fail "$1 failed, for the reason above; if the archive is out of reach, look at the network" \
		"and /etc/apt, and try again"
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
	can_install "$@"
	echo "setup: installing" "$@"
	{
		as_root apt-get -q update &&
			as_root env DEBIAN_FRONTEND=noninteractive \
				apt-get -qy install --no-install-recommends "$@"
	} || explain_and_fail "installing packages"
}

# fetch_promtool FILE: only that is wanted, which is in a package of its own from Debian 13 on, and
# not a server.
fetch_promtool()
{
	[ -x "build/cache/$1" ] && return
	package=promtool
	apt-cache show $package >/dev/null 2>&1 || package=prometheus
	echo "setup: fetching $1"
	rm -rf build/cache/fetch
	mkdir -p build/cache/fetch &&
		(cd build/cache/fetch && apt-get -q -o APT::Sandbox::User=root download $package) &&
		dpkg-deb --fsys-tarfile build/cache/fetch/*.deb |
		tar -x -C build/cache/fetch ./usr/bin/promtool &&
		mv build/cache/fetch/usr/bin/promtool "build/cache/$1" &&
		rm -rf build/cache/fetch
}

# Prometheus 3 is in no release yet that is supported here.
fetch_promtool_3()
{
	[ -x build/cache/promtool-3 ] && return
	apt=$(mktemp -d)
	tests/vm/apt.sh "$apt" forky && APT_CONFIG=$apt/conf fetch_promtool promtool-3
	code=$?
	rm -rf "$apt"
	return $code
}

known_release
# shellcheck disable=SC2086 # one word a package
case ${1-} in
--kernel) exec tests/vm/kernels.sh --default ;;
--packaging) install_missing $packages $packaging; exit ;;
--kernel-build) install_missing $kernel_build; exit ;;
--bench) install_missing $bench; exit ;;
--fresh) install_missing mmdebstrap; exit ;;
--more) fetch_promtool_3 || explain_and_fail "fetching promtool of Prometheus 3"; exit ;;
*) install_missing $packages ;;
esac

fetch_promtool promtool || explain_and_fail "fetching promtool"
tests/vm/kernels.sh || explain_and_fail "fetching kernels"
