#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Does everything build, as strictly as the tools can look, without a warning? For every kernel that
# tests know. TAP on stdout.
cd "$(dirname "$0")/.." || exit 1
kver=$(tests/vm/setup.sh --kernel)
kernels="$kver $(tests/vm/kernels.sh --others)"
headers=$(tests/vm/kernels.sh --headers "$kver")
strict=$PWD/build/strict
rm -rf "$strict"
mkdir -p "$strict"
cp -Rs "$PWD/cli" "$PWD/kmod" "$strict/"
rm -rf "$strict/cli/build" "$strict/cli/tdxupd"

# report SENTENCE STATUS LOG
report()
{
	if [ "$2" = 0 ]; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		sed 's/^/# /' "$3"
	fi
}

# silently COMMAND...: it succeeds and warns of nothing.
silently()
{
	"$@" >"$strict/log" 2>&1 && ! grep -Ei 'warning|error:' "$strict/log" >/dev/null
}

# checked_by_sparse COMMAND...: Debian's sparse is older than Linux 7: there kbuild would leave it
# out, for an operator of C that it lacks, and it takes no MODULE_ macro for constant.
checked_by_sparse()
{
	"$@" KBUILD_CHECKSRC=1 CHECK='sparse -D__typeof_unqual__=__typeof__' >"$strict/all" 2>&1
	built=$?
	grep -v 'error: bad constant expression' "$strict/all" >"$strict/log"
	[ $built = 0 ] && grep -q '^  CHECK ' "$strict/log" &&
		! grep -Ei 'warning|error:' "$strict/log" >/dev/null
}

# strict_module KERNEL DIRECTORY: in a place of its own, since builds write beside the sources.
strict_module()
{
	sources=$strict/$1/$2
	mkdir -p "${sources%/*}"
	cp -Rs "$PWD/kmod" "$strict/$1/" 2>/dev/null
	cp -Rs "$PWD/$2" "${sources%/*}/" 2>/dev/null
	checked_by_sparse tests/vm/kernels.sh --run "$1" make \
		-C "$(tests/vm/kernels.sh --headers "$1")" M="$sources" W=1 modules
	report "$2 builds for $1, W=1 and sparse have nothing to say" $? "$strict/log"
}

strict_cli()
{
	CFLAGS='-O2 -Werror' silently make -C "$strict/cli"
	report "tdxupd builds without a warning" $? "$strict/log"
}

# The version in version.h is the one that everything else says. The packages': packages.t.
one_version()
{
	version=$(sed -n 's/.*TDXU_PROJECT_VERSION "\(.*\)"/\1/p' kmod/version.h)
	{
		echo "dkms.conf $(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)"
		echo "NEWS.md $(sed -n 's/^## \([^ ]*\) .*/\1/p' docs/NEWS.md | head -n 1)"
		echo "tdxupd $("$strict/cli/tdxupd" --version | sed 's/^tdxupd //')"
		for kernel in $kernels; do
			echo "modinfo $(modinfo -F version "$strict/$kernel/kmod/tdx_update.ko")"
		done
	} >"$strict/versions"
	! grep -v " $version\$" "$strict/versions" >"$strict/log"
	report "dkms.conf, NEWS.md, tdxupd and modinfo name the version of version.h, $version" \
		$? "$strict/log"
}

# DKMS wants root. With trees of its own it leaves nothing on the machine, but for the signing key
# that it makes where there is none.
dkms_builds()
{
	sentence="DKMS builds the driver for $kver from what make dkms-install installs"
	if [ "$(id -u)" != 0 ]; then
		echo "ok - $sentence # SKIP needs root"
		return
	fi
	mkdir -p "$strict/dkms" "$strict/installed"
	silently make dkms-install DESTDIR="$strict/root" &&
		silently dkms build "tdx_update/$version" -k "$kver" --kernelsourcedir "$headers" \
			--sourcetree "$strict/root/usr/src" --dkmstree "$strict/dkms" \
			--installtree "$strict/installed" &&
		[ -e "$strict/dkms/tdx_update/$version/$kver/x86_64/module/tdx_update.ko" ]
	report "$sentence" $? "$strict/log"
}

fuzzers_build()
{
	CFLAGS='-O1 -g -Werror' silently make -C tests/fuzz OUT="$strict/fuzz"
	report "the fuzzers build without a warning" $? "$strict/log"
}

# install_says PATTERN [COMMAND...]: what "make install" does for a driver, for the kernel of the VMs
# and below a directory, run by COMMAND.
install_says()
{
	pattern=$1
	shift
	"$@" make modules-install BUILD="$strict/install" KVER="$kver" KDIR="$headers" \
		DESTDIR="$strict/host" >"$strict/log" 2>&1
	status=$?
	grep -q "^make: $pattern" "$strict/log" && return $status
	return 99
}

# Debian's headers have no System.map: there kbuild leaves depmod out, and succeeds.
driver_is_found()
{
	place=$strict/host/lib/modules/$kver
	install_says 'there is no kernel .*run depmod' && [ ! -e "$place/modules.dep" ]
	report "make install leaves depmod to others where a package is staged" $? "$strict/log"

	: >"$place/modules.builtin"
	install_says 'modprobe finds .*/extra/tdx_update' &&
		grep -q '^extra/tdx_update.ko' "$place/modules.dep"
	report "make install runs depmod, and proves that modprobe finds the driver" $? "$strict/log"

	# In a chroot there is no user namespace to be had, and root needs none.
	[ "$(id -u)" = 0 ] && as= || as=--map-root-user
	# shellcheck disable=SC2086 # an option or none
	install_says '.*modprobe does not find tdx_update' unshare $as --mount sh -c \
		'mount -t tmpfs none /run && mkdir /run/depmod.d &&
		echo exclude extra >/run/depmod.d/none.conf && exec "$@"' sh
	[ $? = 2 ]
	report "make install fails where depmod is told to leave the driver out" $? "$strict/log"

	mkdir -p "$place/updates/dkms"
	cp "$strict/$kver/tests/sim/tdx_sim.ko" "$place/updates/dkms/tdx_update.ko"
	install_says 'modprobe would load another tdx_update, .*/updates/dkms/'
	[ $? = 2 ]
	report "make install fails where modprobe would load another driver" $? "$strict/log"
}

set_of_modules='kmod tests/sim tests/vectors/seamcall tests/bench/tdx_bench'
echo 1..$(($(echo "$kernels" | wc -w) * $(echo "$set_of_modules" | wc -w) + 8))
for kernel in $kernels; do
	for module in $set_of_modules; do
		strict_module "$kernel" "$module"
	done
done
strict_cli
one_version
dkms_builds
driver_is_found
fuzzers_build
