#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measures, and writes what it found to build/bench: table.txt, bench.json and two plots. What a VM
# measures is counted by QEMU's plugin, so a machine under load measures the same, only later.
#
#	run.sh CPUS...		the sizes of the VMs
#	run.sh --pause CPUS	the share of the pause that is not the firmware's, in such a VM
#	run.sh --busy CPUS	what an update costs a host that builds TDs, and how long it waits
#
# "make bench" has built all that is used. KVER is the kernel, UPDATES how many are made in a row.
set -eu
cd "$(dirname "$0")/../.."
out=$PWD/build/bench
built=build/$KVER
rounds=7 # two to warm up, five to count
seconds=3600
export KVER INITRAMFS="$out/initramfs.cpio" QEMU=tests/platform/qemu.sh

# What the driver calls in the kernel while the machine is stopped, and what stops it.
stopped='multi_cpu_stop|ktime_get_mono_fast_ns|read_tsc|memcmp|touch_softlockup_watchdog'
stopped="$stopped|arch_touch_nmi_watchdog|rcu_momentary_dyntick_idle|rcu_momentary_eqs"
stopped="$stopped|_raw_spin_lock|_raw_spin_unlock|_raw_spin_lock_irqsave"
stopped="$stopped|_raw_spin_unlock_irqrestore"
# Where interrupts begin, and other tasks.
stopped="$stopped|asm_common_interrupt|asm_sysvec_.*|__switch_to_asm|do_idle"

fail()
{
	echo "bench: $*" >&2
	exit 1
}

# The archive of the tests, and one behind it with what only is measured.
pack()
{
	archive=${1-$built/vm/initramfs.cpio}
	root=$(mktemp -d)
	mkdir -p "$root/bench" "$root/lib/firmware" "$root/scenarios"
	cp "$built/tests/bench/tdx_bench/tdx_bench.ko" "$out/large.blob" "$root/bench/"
	cp "$out"/*.so "$out"/*.sigstruct "$root/lib/firmware/"
	cp tests/bench/*.vm "$root/scenarios/"
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) |
		cat "$archive" - >"$INITRAMFS"
	rm -rf "$root"
}

# boot CPUS DIRECTORY SCENARIO...: a VM of that size. Under load a kernel can find its timer broken: it
# is told not to look.
boot()
{
	cpus=$1
	log=$out/$2
	shift 2
	rm -rf "$log"
	mkdir -p "$log"
	emulator="-serial file:$log/symbols -serial file:$log/trace ${clock-}"
	emulator="$emulator -plugin $out/plugin.so,symbols=$log/symbols,out=$log/measured"
	arguments="rounds=$rounds stopped=$stopped ${latencies:+latencies=$latencies}"
	arguments="$arguments ${possible:+possible_cpus=$possible}"
	emulator="$emulator ${memory:+-m $memory}"
	arguments="$arguments ${updates:+updates=$updates} ${retry_for:+retry_for=$retry_for}"
	export emulator arguments
	echo "bench: measuring with $cpus CPUs ..."
	tests/vm/boot.sh "$cpus" "$seconds" "$log" "$@" >"$log/tap" ||
		fail "the VM with $cpus CPUs could not measure; what happened is in $log"
	[ "${possible-}" ] || [ -s "$log/measured" ] ||
		fail "the plugin saw nothing in the VM with $cpus CPUs; see $log/symbols"
}

# With latencies as they may be; the sum is 31.5 ms with 64 CPUs. Time is what is executed, a
# nanosecond an instruction, and jumps when there is nothing to do.
pause()
{
	rounds=2
	latencies=TDH.SYS.SHUTDOWN=500,SEAMLDR.INSTALL=10,SEAMLDR.INSTALL.LAST=30000
	latencies=$latencies,TDH.SYS.INIT=50,TDH.SYS.LP.INIT=20,TDH.SYS.UPDATE=300
	clock='-icount shift=0,sleep=off'
	boot "$1" pause window.vm
	python3 tests/bench/pause.py "$out/pause" "$latencies"
}

# The build that busy attempts are compared with: whole, beside this one, with the same key.
old=292ad5d
build_old()
{
	rm -rf "$out/old"
	mkdir -p "$out/old/build/tests"
	git archive $old | tar -x -C "$out/old" || fail "git does not have $old, which is compared with"
	ln -s "$PWD/build/cache" "$out/old/build/cache"
	cp build/tests/key.pem "$out/old/build/tests/"
	echo "bench: building $old ..."
	make -C "$out/old" KVER="$KVER" initramfs >"$out/old.log" 2>&1 ||
		fail "$old cannot be built; see $out/old.log"
}

# simulator TREE OUT OPTION...: the whole command line program of a tree, on a clock that jumps.
simulator()
{
	tree=$1
	to=$2
	shift 2
	sources=$(find "$tree/cli" -name '*.c' ! -name main.c)
	# shellcheck disable=SC2046,SC2086 # words
	gcc -O2 -std=gnu11 -Wall -Wextra -Wno-unused -Werror "$@" -I"$tree/kmod" \
		$(dirname $sources | sort -u | sed 's/^/-iquote /') -iquote "$tree/tests/unit" \
		-DTOP_DIRECTORY="\"$tree\"" -o "$to" tests/bench/busy_sim.c $sources \
		"$tree"/kmod/core/*.c -lm $(pkg-config --cflags --libs check jansson libcrypto \
		libnl-genl-3.0)
}

# What attempts cost is counted in VMs, how often they happen is tried with the programs' own code.
busy()
{
	retry_for=30s
	build_old
	simulator . "$out/busy-new" -DCAN_HOLD
	simulator "$out/old" "$out/busy-old"
	boot "$1" busy/new busy.vm
	pack "$out/old/$built/vm/initramfs.cpio"
	boot "$1" busy/old busy.vm
	python3 -B tests/bench/busy.py "$out"
}

# As where so many CPUs could come; the kernel wants memory for all of them.
possible()
{
	possible=$1
	memory=1536
	boot 2 possible memory.vm
}

# The plugin measures both ends and rests in between.
many()
{
	updates=$UPDATES
	seconds=$((seconds + updates))
	if [ "$updates" -lt 300 ] || [ "$updates" -gt 65000 ] || [ $((updates % 2)) = 1 ]; then
		fail "UPDATES=$updates: they alternate between two images, 204 are for the two" \
			"ends, and the simulated P-SEAMLDR allows 65,535; choose an even number" \
			"from 300 to 65000"
	fi
	boot 2 many many.vm
}

pack
if [ "$1" = --pause ]; then
	pause "$2"
	exit
fi
if [ "$1" = --busy ]; then
	busy "$2"
	exit
fi
(many)
(possible 1024)
for cpus; do
	boot "$cpus" "$cpus" memory.vm window.vm
done
python3 tests/bench/cli.py "$out/cli.json" "$out/large.blob" "$out/list" "$out/$1/tap"
python3 -B tests/bench/report.py "$out" "$UPDATES" "$@"
