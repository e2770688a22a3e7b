#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Debian packages on each release: built, checked by that release's lintian, taken from one release
# to the next; and kernels that DKMS must skip without harm to apt. TAP on stdout. Wants root.
set -u
cd "$(dirname "$0")/../.." || exit 1
if [ "$(id -u)" != 0 ]; then
	echo '1..0 # SKIP needs root, for chroots'
	exit
fi
out=build/suites
version=$(sed -n 's/.*TDXU_PROJECT_VERSION "\(.*\)"/\1/p' kmod/version.h)
rm -rf "$out"
mkdir -p "$out"
failed=0

# check SENTENCE SUITE FUNCTION
check()
{
	{
		sed '1,/^# --- inside/d' "$0"
		echo "out=$out version=$version suite=$2 DEBIAN_FRONTEND=noninteractive"
		echo "export DEBIAN_FRONTEND; set -ex; $3"
	} >"$out/script"
	if tests/suite.sh "$2" sh "$out/script" >"$out/log" 2>&1; then
		echo "ok - $2: $1"
		return
	fi
	failed=1
	echo "not ok - $2: $1"
	tail -n 60 "$out/log" | sed 's/^/# /'
}

run_checks()
{
	suites='bookworm trixie sid'
	echo 1..8
	for suite in $suites; do
		check 'packages are built, and lintian has nothing to say' "$suite" builds
	done
	check 'installed' bookworm installs
	check "bookworm's packages are replaced by trixie's, with their units" trixie upgrades
	for suite in bookworm trixie; do
		check 'a kernel that lacks what the driver needs is skipped, and says why' "$suite" skips
	done
	check 'a kernel that has it gets the driver' bookworm serves
	exit "$failed"
}

run_checks
# --- inside -------------------------------------------------------------------------------------

builds()
{
	make --no-print-directory deb-source DEB="$out/$suite/tdx-update"
	(cd "$out/$suite/tdx-update" && dpkg-buildpackage -us -uc)
	lintian --allow-root --info --display-info --pedantic \
		--fail-on pedantic,info,warning,error "$out/$suite"/*.changes >"$out/said" 2>&1 ||
		{ cat "$out/said"; false; }
	! grep . "$out/said" || false
}

# of RELEASE: its packages, by dpkg: their version is the same, which apt would leave as it is.
of()
{
	dpkg -i "$out/$1"/tdx-update-dkms_"$version"_all.deb "$out/$1"/tdxupd_"$version"_amd64.deb
	dpkg --audit | (! grep .)
	tdxupd --version | grep -qx "tdxupd $version"
}

units()
{
	dpkg -L tdxupd | grep -c "^$1/systemd/system/tdxupd-apply.[st]"
}

installs()
{
	of bookworm
	[ "$(units /lib)" = 2 ]
}

upgrades()
{
	of bookworm
	of trixie
	[ "$(units /usr/lib)" = 2 ] && ! units /lib
	for unit in service timer; do
		[ -s "/usr/lib/systemd/system/tdxupd-apply.$unit" ]
	done
}

# kernel VERSION OPTION...: headers, as far as DKMS looks at them.
kernel()
{
	build=/lib/modules/$1/build
	mkdir -p "$build/include/config"
	shift
	printf 'CONFIG_%s=y\n' "$@" | tee "$build/.config" >"$build/include/config/auto.conf"
}

# As the package of a kernel does it: what fails there leaves that package half-configured.
hook()
{
	/etc/kernel/postinst.d/dkms "$1" 2>&1 | tee "$out/said"
	! /etc/kernel/postinst.d/dkms "$1" 2>&1 >/dev/null | grep -i error || false
	sh -c "/etc/kernel/postinst.d/dkms $1" >/dev/null 2>&1
}

skips()
{
	of "$suite"
	kernel 6.1.0-99-amd64 MODULES SMP NET CPU_SUP_INTEL CRYPTO_SHA512
	kernel 5.10.0-1-amd64 MODULES SMP NET CPU_SUP_INTEL CRYPTO_SHA512 CRYPTO_RSA
	hook 6.1.0-99-amd64
	grep -q 'skipped for the kernel 6.1.0-99-amd64, which lacks CONFIG_CRYPTO_RSA$' "$out/said"
	hook 5.10.0-1-amd64
	grep -q 'skipped for the kernel 5.10.0-1-amd64, which lacks what Linux 6.1' "$out/said"
	rm -r /lib/modules/6.1.0-99-amd64 /lib/modules/5.10.0-1-amd64
}

serves()
{
	of bookworm
	apt-get -q update
	apt-get -qy --no-install-recommends install linux-headers-amd64
	for kernel in /lib/modules/*-amd64; do
		[ ! -e "$kernel/build/Makefile" ] || hook "${kernel##*/}"
	done
	dkms status | grep 'tdx_update.*: installed'
}
