#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a command in a root directory of another Debian release, with its compilers, libraries and
# packaging tools, and this tree at the path that it has outside. The root is made at first use and
# kept; delete build/cache/root-SUITE for a newer one. Wants root.
#
#	suite.sh SUITE COMMAND...	bookworm, trixie, sid, or experimental (sid, but OpenSSL)
set -eu
cd "$(dirname "$0")/.."
suite=$1
shift
mkdir -p build/cache
cache=$(realpath build/cache)
root=$cache/root-$suite

packages='build-essential check debhelper dh-dkms dkms libjansson-dev libnl-3-dev libnl-genl-3-dev
libssl-dev lintian make openssl perl pkgconf'
gcc='gcc-12 gcc-14 gcc-15 gcc-16'
clang='clang-19 clang-21 clang-22 clang-23'

# What of a suite is installed beyond that.
case $suite in
bookworm) packages="$packages systemd gcc-12 clang-19 libclang-rt-19-dev" ;;
trixie) packages="$packages systemd-dev gcc-14 clang-19 libclang-rt-19-dev" ;;
sid) packages="$packages systemd-dev $gcc $clang $(echo "$clang" | sed 's/clang-\([0-9]*\)/libclang-rt-\1-dev/g')" ;;
experimental) packages="$packages gcc-16" ;;
*)
	echo "suite: there is no suite '$suite' here; choose bookworm, trixie, sid or experimental" >&2
	exit 64
	;;
esac

make_root()
{
	new=$root.new
	rm -rf --one-file-system "$new" "$new.apt"
	echo "suite: making a root of $suite" >&2
	release=$suite
	[ "$suite" != experimental ] || release='sid experimental'
	# shellcheck disable=SC2086 # one word a suite
	tests/vm/apt.sh "$new.apt" $release >&2
	# sid and experimental expire within a week, and a mirror may lag.
	mmdebstrap --quiet --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' \
		--include="$(echo $packages | tr ' ' ,)" \
		"${release%% *}" "$new" "$new.apt/sources/suites.sources" >&2
	if [ "$suite" = experimental ]; then
		mount --rbind /dev "$new/dev"
		chroot "$new" apt-get -q update >&2
		chroot "$new" apt-get -qy -t experimental install libssl-dev >&2
	fi
	rm -rf "$new.apt"
	mv "$new" "$root"
}

# Mounts are this process's own and end with it.
if [ "${SUITE_UNSHARED-}" != "$suite" ]; then
	SUITE_UNSHARED=$suite exec unshare --mount "$0" "$suite" "$@"
fi
unset SUITE_UNSHARED
# Who comes second waits for the root.
exec 9>"$root.lock"
flock 9
[ -e "$root" ] || make_root
exec 9>&-
for directory in /dev /proc "$PWD" "$cache"; do
	mkdir -p "$root$directory"
	mount --rbind "$directory" "$root$directory"
done
exec chroot "$root" env -C "$PWD" LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
