#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a newcomer does, on a machine that has nothing: makes an empty Debian root with git and make
# in it, puts a clone of HEAD there, and runs "make TARGET" for each target in turn. What is
# installed on this machine is not seen, so a package that the set-up forgets is missed.
#
# Mounts and processes are those of namespaces of their own and end with them. Needs root, for a
# chroot; about 6 GiB in build/, which are given back, and the archive that this machine uses.
#
#	fresh.sh SUITE TARGET...	SUITE: bookworm or trixie
set -eu
cd "$(dirname "$0")/.."

fail()
{
	echo "fresh: $*" >&2
	exit 1
}

# --- on this machine -----------------------------------------------------------------------------

# With updates and security fixes, as an installer would list them. What mmdebstrap mounts
# in the root is not seen from outside: nothing of this machine can be removed with an unfinished root.
make_root()
{
	tests/vm/apt.sh --bare "$work/apt" "$suite" "$suite-updates" "$suite-security" >"$work/log" 2>&1 ||
		{ cat "$work/log" >&2; fail "no list of $suite could be fetched; look at" \
			"the machine's network and /etc/apt, and try again"; }
	unshare --mount mmdebstrap --quiet --variant=minbase --include=ca-certificates,git,make "$suite" \
		"$work/root" "$work/apt/sources/suites.sources" >"$work/log" 2>&1 ||
		{ tail -n 20 "$work/log" >&2; fail "mmdebstrap could not make a root of $suite;" \
			"see above, and try again"; }
}

clone()
{
	git clone --quiet --no-local "$PWD" "$work/root/root/tdx_update"
	[ -z "$(git status --porcelain)" ] ||
		echo "fresh: what is not committed is not tried" >&2
}

prepare()
{
	[ "$(id -u)" = 0 ] || fail "needs root, for a chroot; run it by sudo"
	tests/vm/setup.sh --fresh
	rm -rf --one-file-system "$work"
	mkdir -p "$work"
	echo "fresh: making an empty $suite"
	make_root
	clone
}

# --- in the namespaces ---------------------------------------------------------------------------

# A mount point of its own, so that the builds in it can make namespaces in turn.
mounts()
{
	mount --bind "$root" "$root"
	mount -t proc proc "$root/proc"
	mount -t sysfs -o ro sysfs "$root/sys"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs tmpfs "$root/run"
	cp /etc/resolv.conf "$root/etc/resolv.conf"
}

# The way to the network is the machine's own, nothing else of its environment.
in_root()
{
	env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		TERM=dumb LANG=C.UTF-8 ${http_proxy:+http_proxy="$http_proxy"} \
		${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} \
		chroot "$root" "$@"
}

run_targets()
{
	mounts
	for target; do
		echo "fresh: $suite: make $target"
		in_root make --no-print-directory -C /root/tdx_update "$target" ||
			fail "make $target has failed on a fresh $suite"
	done
}

if [ "${1-}" = --inside ]; then
	suite=$2
	root=$3
	shift 3
	run_targets "$@"
	exit
fi

[ $# -ge 2 ] || { echo 'usage: fresh.sh SUITE TARGET...' >&2; exit 64; }
suite=$1
shift
case $suite in
bookworm | trixie) ;;
*) fail "$suite is not a release that this is made for; take bookworm or trixie" ;;
esac
work=$PWD/build/fresh/$suite
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'kill -KILL $child 2>/dev/null; exit 130' INT TERM HUP
child=
prepare
# All in them is killed with unshare, and unshare with this shell.
setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child \
	"$0" --inside "$suite" "$work/root" "$@" </dev/null &
child=$!
wait $child
