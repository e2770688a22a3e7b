#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the kernel of a TDX host (host.config) from the source package of Debian's backports,
# unpatched, with its header tree. Takes ten minutes, once: it is kept under a name that follows
# from the configuration and the version of the source.
#
#	kernel.sh		build it, unless it is there
#	kernel.sh --dir		print its directory, or nothing before: vmlinux, modules/, headers/
#	kernel.sh --kernel	print its version, or nothing before
#
# SERIES in the environment, "7.2" for example, chooses another series than the newest; FLAVOUR adds
# FLAVOUR.config to the configuration, without those settings that its line "# without" begins; its line
# "# make" is for make.
set -eu
cd "$(dirname "$0")/../.."
cache=$PWD/build/cache
configs=$PWD/tests/platform/host.config
[ -z "${FLAVOUR-}" ] || configs="$configs $PWD/tests/platform/$FLAVOUR.config"
# shellcheck disable=SC2086 # one word a file
without=$(sed -n 's/^# without //p' $configs | tr ' ' '|')
# shellcheck disable=SC2086
variables=$(sed -n 's/^# make //p' $configs)
package=linux-source${SERIES:+-$SERIES}

configuration()
{
	# shellcheck disable=SC2086 # one word a file
	grep -hvE "^CONFIG_(${without:-nothing})" $configs
}

# key SOURCE-VERSION
key()
{
	{ echo "$package $1"; configuration; } | sha256sum | cut -c 1-12
}

# Of those in the cache, the newest one that was made of this configuration.
dir()
{
	for source in "$cache"/host-kernel-*/source; do
		found=${source%/source}
		[ "${found##*-}" != "$(key "$(cat "$source" 2>/dev/null)")" ] || echo "$found"
	done | tail -n 1
}

case ${1-} in
--dir) dir; exit ;;
--kernel) [ -z "$(dir)" ] || cat "$(dir)/release"; exit ;;
esac
[ -z "$(dir)" ] || exit 0

tests/vm/setup.sh --kernel-build
new=$cache/host-kernel.new${FLAVOUR:+-$FLAVOUR}
rm -rf "$new"
mkdir -p "$new/obj" "$new/out"
tests/vm/apt.sh "$new/apt" trixie trixie-backports
export APT_CONFIG="$new/apt/conf"
version=$(apt-cache madison "$package" | sed -n 's/^[^|]*| *\([^ |]*\) .*/\1/p' | head -n 1)
echo "kernel: building $package $version${FLAVOUR:+, $FLAVOUR}, for a TDX host;" \
	"this takes ten minutes"
depends=$(apt-cache show "$package=$version" | sed -n 's/^Depends:.*\(linux-source-[0-9.]*\).*/\1/p')
(cd "$new" && apt-get -q -t trixie-backports download "${depends:-$package}=$version")
dpkg-deb --fsys-tarfile "$new"/linux-source-*.deb |
	tar -xO --wildcards './usr/src/linux-source-*.tar.xz' | tar -xJ -C "$new"
rm "$new"/linux-source-*.deb

run_make()
{
	# shellcheck disable=SC2086 # words
	nice make -s -C "$new"/linux-source-* O="$new/obj" $variables \
		LOCALVERSION="-tdxhost-$(key "$version")" -j"$(nproc)" "$@"
}

# allowed LINE: did that line of the configuration hold? What another setting rules out is dropped
# silently.
allowed()
{
	case $1 in
	'# '*) name=${1#\# } && ! grep -q "^${name%% *}=" "$new/obj/.config" ;;
	*) grep -qxF "$1" "$new/obj/.config" ;;
	esac
}

configuration >"$new/wanted"
KCONFIG_ALLCONFIG="$new/wanted" run_make alldefconfig
grep -E '^(# )?CONFIG_' "$new/wanted" | while read -r line; do
	allowed "$line" || { echo "kernel: $package does not allow '$line'" >&2; exit 1; }
done
run_make bzImage modules
run_make INSTALL_MOD_PATH="$new/installed" modules_install
# shellcheck disable=SC2016 # make and its shell expand it
run_make DESTINATION="$new/out/headers" \
	KBUILD_RUN_COMMAND='${srctree}/scripts/package/install-extmod-build $(DESTINATION)' run-command

release=$(cat "$new/obj/include/config/kernel.release")
mv "$new/installed/lib/modules/$release" "$new/out/modules"
rm -f "$new/out/modules/build"
cp "$new/obj/arch/x86/boot/bzImage" "$new/out/vmlinux"
cp "$new/obj/.config" "$new/out/config"
echo "$release" >"$new/out/release"
echo "$version" >"$new/out/source"
mv "$new/out" "$cache/host-kernel-$(key "$version")"
# By this name the VMs find it, like any other kernel.
ln -sfn "host-kernel-$(key "$version")" "$cache/linux-$release"
rm -rf "$new"
