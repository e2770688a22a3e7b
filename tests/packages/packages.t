#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Debian packages through their life on a host: a chroot with the stable kernel's headers, which
# later gets the backported kernel, too. What DKMS built there is then loaded in a VM (modules.t).
# TAP on stdout; what the commands said is in build/packages/log. Wants root.
set -u
cd "$(dirname "$0")/../.." || exit 1
if [ "$(id -u)" != 0 ]; then
	echo '1..0 # SKIP needs root, for a chroot with packages in it'
	exit
fi
# Mounts are this process's own and end with it.
[ "${1-}" = --unshared ] || exec unshare --mount "$0" --unshared

work=$PWD/build/packages
root=$work/root
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
kver=$(tests/vm/setup.sh --kernel)
version=$(sed -n 's/.*TDXU_PROJECT_VERSION "\(.*\)"/\1/p' kmod/version.h)
next=$version.1
failed=0
rm -rf "$work"
mkdir -p "$work"
: >"$work/log"

# check SENTENCE FUNCTION: as in the scenarios of VMs.
check()
{
	echo "== $1" >>"$work/log"
	before=$(wc -l <"$work/log")
	(set -ex; "$2") >>"$work/log" 2>&1
	# shellcheck disable=SC2181 # as a condition it would not stop at an error
	if [ $? = 0 ]; then
		echo "ok - $1"
		return
	fi
	failed=1
	echo "not ok - $1"
	tail -n +"$before" "$work/log" | tail -n 60 | sed 's/^/# /'
}

in_root()
{
	chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C INITRD=No \
		DEBIAN_FRONTEND=noninteractive "$@"
}

install_packages()
{
	mkdir -p "$root/packages"
	cp "$work/$1"/tdxupd_*.deb "$work/$1"/tdx-update-dkms_*.deb "$root/packages/"
	in_root apt-get -qy install "/packages/tdxupd_$1_amd64.deb" \
		"/packages/tdx-update-dkms_$1_all.deb"
}

# modules VERSION: each kernel's driver is of this version, and signed.
modules()
{
	in_root dkms status
	for module in "$root"/lib/modules/*/updates/dkms/tdx_update.ko*; do
		[ "$(modinfo -F version "$module")" = "$1" ]
		modinfo -F signer "$module" | grep -q DKMS
	done
	[ "$(in_root dkms status | grep -c "tdx_update/$1.*: installed")" = \
		"$(find "$root/lib/modules" -mindepth 1 -maxdepth 1 | wc -l)" ]
}

# named: the paths on stdin that bear the name. Kernels and their headers have some, too.
named()
{
	grep -i tdx | grep -Ev '/(linux-headers-[^/]*|kernel)/'
}

# What there is, but for what is the package manager's, the indices that depmod makes, and the key
# that DKMS makes.
snapshot()
{
	(cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./tmp -o -path ./run \
		-o -path ./packages -o -path ./var/cache -o -path ./var/log -o -path ./var/lib/apt \
		-o -path './var/lib/dpkg/*-old' -o -path './var/lib/dpkg/status' \
		-o -path './var/lib/dkms/mok.*' \) -prune -o \
		! -path './lib/modules/*/modules.*' ! -path './usr/lib/modules/*/modules.*' \
		-printf '%p %y %m %u %l\n' | sort
	find etc -type f -exec md5sum {} +)
}

make_packages()
{
	make deb
	mkdir "$work/$version"
	cp build/deb/*.deb "$work/$version/"
	# Of a library that it is not linked with, either.
	dpkg-deb -f "$work/$version"/tdxupd_*.deb Depends | grep -q libssl
	lintian --allow-root --info --display-info --pedantic --fail-on pedantic,info,warning,error \
		build/deb/*.changes
}

# A release is made as NEWS.md says.
make_next()
{
	mkdir -p "$work/source"
	cp -R Makefile README.md LICENSE dkms.conf kmod cli docs tests "$work/source/"
	sed -i "s/\"$version\"/\"$next\"/" "$work/source/kmod/version.h" "$work/source/dkms.conf"
	sed -i "s/^## $version .*/## $next (2026-12-01)\n\nNext.\n\n&/" "$work/source/docs/NEWS.md"
	make -C "$work/source" deb
	mv "$work/source/build/deb" "$work/$next"
	rm -r "$work/source"
}

# The Debian archives that this machine uses, in one-line form.
sources()
{
	apt-get indextargets 'Created-By: Packages' 'Component: main' 'Origin: Debian' --format \
		'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) main'
}

# With the libraries that tdxupd needs, whatever this release calls them, so that they are no change
# later.
make_root()
{
	sources >"$work/debian.list"
	[ -s "$work/debian.list" ]
	tests/vm/apt.sh "$work/apt" "$release-backports"
	libraries=$(dpkg-deb -f "$work/$version"/tdxupd_*.deb Depends | sed 's/([^)]*)//g; s/ //g')
	mmdebstrap --quiet --variant=apt --include="linux-headers-$kver,dkms,kmod,openssl" \
		--include="$libraries" "$release" "$root" \
		"$work/debian.list" "$work/apt/sources/suites.sources"
	mount --rbind /dev "$root/dev"
	mount -t proc proc "$root/proc"
	in_root depmod "$kver"
	snapshot >"$work/before"
}

# keep NAME: the driver that DKMS built, which some kernels want compressed.
keep()
{
	xz -dcf "$root/lib/modules/$kver/updates/dkms"/tdx_update.ko* >"$work/$1.ko"
}

installs()
{
	install_packages "$version"
	modules "$version"
	in_root tdxupd --version | grep -qx "tdxupd $version"
	in_root dpkg-query -W -f '${Version}\n' tdxupd tdx-update-dkms | uniq |
		grep -qx "$version"
	for file in man/man8/tdxupd.8.gz man/man8/tdxupd-launch.8.gz man/man7/tdx_update.7.gz \
		bash-completion/completions/tdxupd doc/tdxupd/changelog.gz; do
		[ -s "$root/usr/share/$file" ]
	done
	[ -e "$root/lib/systemd/system/tdxupd-apply.service" ]
	[ -e "$root/lib/systemd/system/tdxupd-apply.timer" ]
	[ -z "$(find "$root/etc/systemd" -name 'tdxupd*')" ]
	keep old
}

upgrades()
{
	install_packages "$next"
	modules "$next"
	[ ! -e "$root/usr/src/tdx_update-$version" ]
	[ ! -e "$root/var/lib/dkms/tdx_update/$version" ]
	in_root tdxupd --version | grep -qx "tdxupd $next"
	keep new
}

# What tdxupd keeps there.
keep_an_image()
{
	mkdir -p "$root/var/lib/tdxupd"
	echo kept >"$root/var/lib/tdxupd/kept.blob"
}

removes()
{
	keep_an_image
	in_root apt-get -qy remove tdxupd tdx-update-dkms
	! (cd "$root" && find lib/modules usr/src var/lib/dkms) | named || false
	[ ! -e "$root/usr/sbin/tdxupd" ]
	[ -e "$root/var/lib/tdxupd/kept.blob" ]
}

purges()
{
	in_root apt-get -qy purge tdxupd tdx-update-dkms
	snapshot | diff "$work/before" -
}

# docs/install.md: without packages.
by_hand()
{
	make dkms-install DESTDIR="$root"
	in_root dkms add "tdx_update/$version"
	in_root dkms build "tdx_update/$version" -k "$kver"
	in_root dkms install "tdx_update/$version" -k "$kver"
	modules "$version"
}

new_kernel()
{
	in_root apt-get -q update
	in_root apt-get -qy --no-install-recommends -t "$release-backports" install \
		linux-headers-amd64
	[ "$(find "$root/lib/modules" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ]
	modules "$version"
}

removes_by_hand()
{
	in_root dkms remove "tdx_update/$version" --all
	rm -r "$root/usr/src/tdx_update-$version"
	! snapshot | named || false
}

# Three that a kernel must refuse under Secure Boot, since none is signed with a key that it trusts.
sign()
{
	cp "build/$kver/kmod/tdx_update.ko" "$work/unsigned.ko"
	cp "$work/unsigned.ko" "$work/local.ko"
	openssl req -new -x509 -newkey rsa:2048 -nodes -days 1 -subj '/CN=Local key/' \
		-keyout "$work/local.key" -outform DER -out "$work/local.der"
	"$(tests/vm/kernels.sh --headers "$kver")/scripts/sign-file" sha256 "$work/local.key" \
		"$work/local.der" "$work/local.ko"
	modinfo -F signer "$work/local.ko" | grep -qx 'Local key'
}

# The base has no driver: the one in it is what DKMS built. And there is one module of the kernel's.
pack()
{
	xz -dcf "build/cache/linux-$kver/modules/kernel/crypto"/md4.ko* >"$work/own.ko"
	mkdir -p "$work/cpio/scenarios" "$work/cpio/built"
	cp tests/packages/modules.t "$work/cpio/scenarios/"
	cp "$work"/*.ko "$work/cpio/built/"
	cp "$work/old.ko" "$work/tdx_update.ko"
	MODULES="$work/tdx_update.ko build/$kver/tests/sim/tdx_sim.ko" \
		tests/vm/initramfs.sh "$kver" "$work/vm.cpio"
	(cd "$work/cpio" && find . | cpio -o -H newc -R 0:0 --quiet) >>"$work/vm.cpio"
}

echo "1..$(cat "$0" tests/packages/modules.t | grep -c '^check "')"
check "make deb builds packages of which lintian has nothing to say" make_packages
check "and those of a next version" make_next
check "mmdebstrap makes a host with DKMS" make_root
check "installed: DKMS built and signed the driver, tdxupd runs, nothing is enabled" installs
check "upgraded: the driver is of the next version, nothing of the old one is left" upgrades
check "removed: no driver, no program; what tdxupd kept is kept" removes
check "purged: everything is as it was before" purges
check "make dkms-install and DKMS by hand: add, build, install" by_hand
check "a newer kernel is installed and gets the driver by itself" new_kernel
check "removed by hand: from both kernels, and nothing is left that bears the name" removes_by_hand
check "sign-file signs the driver with a key made here" sign
check "what DKMS built is packed for a VM" pack
KVER=$kver INITRAMFS=$work/vm.cpio arguments="old=$version new=$next" \
	tests/vm/boot.sh 2 240 "$work" modules.t || failed=1
exit "$failed"
