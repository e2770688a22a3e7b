#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is not for a kernel, built with each compiler and each OpenSSL that a Debian release has: tdxupd,
# unit tests, golden vectors, the simulator in both, QEMU's plugins and tools for tests; with clang
# the fuzzers, too. None may warn, and unit tests and vectors pass. TAP on stdout, a line each. Wants
# root.
set -u

compilers='bookworm gcc-12
bookworm clang-19
trixie gcc-14
trixie clang-19
sid gcc-12
sid gcc-14
sid gcc-15
sid gcc-16
sid clang-19
sid clang-21
sid clang-22
sid clang-23
experimental gcc-16'

# --- inside of a release's root ------------------------------------------------------------------

# In a place of its own: builds write beside the sources. Without KVER make would look for a kernel.
copy()
{
	mkdir -p "$out"
	cp -R Makefile cli docs kmod tests "$out/"
	rm -rf "$out/cli/build" "$out/cli/tdxupd"
	cd "$out" || exit 1
	export MAKEFLAGS="--no-print-directory -j$(nproc) CC=$cc KVER=none"
}

build()
{
	make cli unit vectors build/bench/plugin.so build/tests/mkimage build/tests/nlraw \
		build/tests/kill_at.so build/tests/end_vm &&
		make -C tests/platform ../../build/platform/platform.so || return
	case $cc in
	clang*) make -C tests/fuzz ;;
	esac
}

run()
{
	make -s run-check-unit &&
		make -C tests/vectors OUT="$PWD/build/vectors" check
}

inside()
{
	log=$PWD/build/toolchains/log
	{ "$cc" --version | head -n 1 && openssl version | cut -d ' ' -f 1,2; } |
		paste -sd , | sed 's|,|, |' >"$log.row"
	copy
	build >"$log" 2>&1 || return
	! grep -i warning "$log" | grep -v '^make.*jobserver' >"$log.warnings" || { mv "$log.warnings" "$log"; return 1; }
	run >"$log" 2>&1
}

if [ "${1-}" = --inside ]; then
	suite=$2
	cc=$3
	out=build/toolchains/$suite-$cc
	inside
	exit
fi

# --- outside -------------------------------------------------------------------------------------

cd "$(dirname "$0")/../.." || exit 1
if [ "$(id -u)" != 0 ]; then
	echo '1..0 # SKIP needs root, for chroots'
	exit
fi
rm -rf build/toolchains
mkdir -p build/toolchains
log=build/toolchains/log
failed=0
echo "1..$(echo "$compilers" | wc -l)"
while read -r suite cc; do
	rm -f "$log" "$log.row"
	result=ok
	tests/suite.sh "$suite" tests/packages/toolchains.t --inside "$suite" "$cc" \
		>"$log.root" 2>&1 </dev/null || result='not ok' failed=1
	echo "$result - $suite: $(cat "$log.row" 2>/dev/null || echo "$cc")"
	[ "$result" = ok ] || tail -n 60 "$log.root" "$log" | sed 's/^/# /'
done <<END
$compilers
END
exit "$failed"
