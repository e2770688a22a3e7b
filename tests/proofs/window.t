#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The window's lockstep: Spin goes through all interleavings of its model (window.pml), and herd7
# through all that the kernel's memory model allows (*.litmus); these quote the code. Then the code
# itself runs, with threads as CPUs, under ThreadSanitizer. A bug in each must be found.
cd "$(dirname "$0")/../.." || exit 1
tests/proofs/tools.sh >/dev/null || { echo 'Bail out! the provers cannot be fetched'; exit 1; }
. tests/proofs/lib.sh

details()
{
	head -n 20 "$tmp/output"
}

# copy SED_SCRIPT: of the driver, changed so
copy()
{
	rm -rf "$tmp/kmod"
	cp -R kmod "$tmp/"
	sed -i "$1" "$tmp/kmod/window.c"
	! cmp -s kmod/window.c "$tmp/kmod/window.c"
}

# What the models stand for

quotes()
{
	tests/proofs/quotes.pl "$1" tests/proofs/*.pml tests/proofs/*.litmus >"$tmp/output"
}

# changed SED_SCRIPT MODEL...: they tell that window.c is another.
changed()
{
	copy "$1" || return
	shift
	! quotes "$tmp" &&
		[ "$(sed 's,^tests/proofs/\([^:]*\):.*,\1,' "$tmp/output" | sort -u)" = \
			"$(printf '%s\n' "$@" | sort)" ]
}

quotes .
is 'the models quote the code as it is' $?
changed 's/smp_store_release(&next->turn, turn)/WRITE_ONCE(next->turn, turn)/' \
	window.pml ring.litmus place.litmus
is 'a weaker store in the code is told' $?
changed 's/^\tw->first = place;//' window.pml advance.litmus
is 'a line less in the code is told' $?
changed 's/^\t\tturn++;/&\n\t\tcpu_relax();/' window.pml
is 'a line more in the code is told' $?

# All interleavings

# spin MODEL CPUS GROUP FAILURES COMPILED RUN
spin()
{
	(
		cp "$1" "$tmp/window.pml"
		tools=$PWD/tests/proofs/tools.sh kmod=$PWD/kmod
		cd "$tmp" || exit
		rm -f pan*
		"$tools" spin "-DCPUS=$2" "-DGROUP=$3" "-DFAILURES=$4" -a window.pml || exit
		# shellcheck disable=SC2086 # words
		gcc -O2 -w $5 "-DCPUS=$2" "-DGROUP=$3" -I "$kmod" -o pan pan.c || exit
		# shellcheck disable=SC2086 # an option or none
		./pan -m1000000 $6
	) >"$tmp/output" 2>&1
}

# holds CPUS GROUP FAILURES
holds()
{
	spin tests/proofs/window.pml "$1" "$2" "$3" '-DSAFETY -DCOLLAPSE' '' &&
		grep -q 'errors: 0$' "$tmp/output" && ! grep -q 'search depth too small' "$tmp/output"
	is "$1 CPUs in groups of $2, $3 failures ($(sed -n \
		's/^ *\([0-9]*\) states, stored.*/\1 states/p' "$tmp/output"))" $?
}

for group in 2 8; do
	holds 2 $group 4
	holds 3 $group 4
	holds 4 $group 4
	holds 5 $group 2
done

# No cycle of states: so no run is without end.
for cpus in 2 3 4; do
	spin tests/proofs/window.pml $cpus 2 3 '-DNP -DCOLLAPSE' -l &&
		grep -q 'errors: 0$' "$tmp/output"
	is "$cpus CPUs: every run ends" $?
done

# bug SED_SCRIPT ERROR NAME
bug()
{
	sed "$1" tests/proofs/window.pml >"$tmp/bug.pml"
	! cmp -s tests/proofs/window.pml "$tmp/bug.pml" &&
		spin "$tmp/bug.pml" 3 2 2 -DSAFETY '' && grep -q "$2" "$tmp/output"
	is "a planted bug is found: $3" $?
}

bug 's/^\tstep = next;/\tturn = mine;\n&/' 'assertion violated' 'the turn is open too early'
bug 's/^\tplace_turn\[cpu\] = mine + 1;//' 'invalid end state' 'the ring is not begun'
bug 's/:: NEIGHBOUR == first ->/:: NEIGHBOUR == 0 ->/' 'assertion violated' \
	'the ring ends at CPU 0'
bug 's/== members \* times/== members/' 'invalid end state' 'arrivals are not counted on'
bug 's/last = (arrived == num_online/last = (arrived >= num_online - 1/' 'assertion violated' \
	'a CPU too few is waited for'
bug 's/:: next != RECHECK || online == ALL/:: true/' 'assertion violated' \
	'the recheck does not look at the CPUs'

# All orders of memory

# herd FILE: no bad end and no race?
herd()
{
	tests/proofs/tools.sh herd7 "$1" >"$tmp/output" 2>&1
	grep -q '^Observation .* Never' "$tmp/output" && ! grep -q '^Flag' "$tmp/output"
}

for litmus in tests/proofs/*.litmus; do
	name=$(basename "$litmus")
	herd "$PWD/$litmus"
	is "$name: never" $?
	sed -n 's/^ \* Found if planted: //p' "$litmus" >"$tmp/bugs"
	while read -r script; do
		sed "$script" "$litmus" >"$tmp/bug.litmus"
		! cmp -s "$litmus" "$tmp/bug.litmus" && ! herd "$tmp/bug.litmus" &&
			grep -q '^Observation' "$tmp/output" && grep -q '^Flag data-race' "$tmp/output"
		is "$name: a planted bug is found: $script" $?
	done <"$tmp/bugs"
done

# As it is, with threads as CPUs

# stress KMOD CPUS TURNS
stress()
{
	rm -rf "$tmp/include"
	# What they declare is in linux.h.
	sed -n 's,^#include <\(\(linux\|asm\)/.*\)>,\1,p' "$1"/*.[ch] | while read -r header; do
		mkdir -p "$tmp/include/${header%/*}"
		: >"$tmp/include/$header"
	done
	gcc -std=gnu11 -O2 -g -Wall -Wextra -Wno-tsan -Werror -fsanitize=thread -pthread \
		"-DCPUS=$2" -I "$tmp/include" -I "$1" -include tests/proofs/linux.h \
		-o "$tmp/stress" tests/proofs/stress.c \
		"$1/steps.c" "$1/session.c" "$1/work.c" "$1/patience.c" \
		"$1/core/sequence.c" "$1/core/version.c" >"$tmp/output" 2>&1 &&
		TSAN_OPTIONS=halt_on_error=1 timeout 300 setarch -R "$tmp/stress" "$3" \
			>"$tmp/output" 2>&1
}

stress kmod 4 1000000
is "4 CPUs in a group: $(cat "$tmp/output")" $?
copy 's/GROUP = 8,/GROUP = 2,/; s/76 << 10/100 << 10/' && stress "$tmp/kmod" 5 100000
is "5 CPUs in groups of 2: $(cat "$tmp/output")" $?

# race SED_SCRIPT NAME
race()
{
	copy "$1" && ! stress "$tmp/kmod" 4 100000 &&
		grep -q 'ThreadSanitizer: data race' "$tmp/output"
	is "a planted race is found: $2" $?
}

race 's/smp_store_release(&w->turn, turn)/WRITE_ONCE(w->turn, turn)/' 'the turn without release'
race 's/smp_store_release(&next->turn, turn)/WRITE_ONCE(next->turn, turn)/' \
	'the neighbour without release'
race 's/atomic_inc_return(&group->arrived)/atomic_add_return_relaxed(1, \&group->arrived)/' \
	'arrival without order'
race '/tdxu_steps_part_in_turn(/d; s/last = pass_on(.*/&\n\t\t\ttdxu_steps_part_in_turn(\&w->work, w->step);/' \
	'the neighbour told too early'

echo "1..$count"
exit $failed
