#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The golden vectors against the firmware model, in a process of this machine. "make" builds it.
# Then vectors that say what the runner does not know, or what cannot be: each must fail, and say
# why.
cd "$(dirname "$0")/.." || exit 1
run=build/vectors/run_native
odd=$(mktemp -d) || exit 1
trap 'rm -rf "$odd"' EXIT

$run tests/vectors/*_vectors.json >"$odd/golden"
failed=$?
grep -v '^1[.][.]' "$odd/golden"
count=$(sed -n 's/^1[.][.]//p' "$odd/golden")

# fails FILE ID SED_SCRIPT WHY: that vector, changed so, fails for this reason.
fails()
{
	count=$((count + 1))
	sed "/\"id\": \"$2\"/ { $3
	}" "tests/vectors/$1_vectors.json" >"$odd/odd.json"
	if ! cmp -s "tests/vectors/$1_vectors.json" "$odd/odd.json" &&
		! $run "$odd/odd.json" "$2" >"$odd/output" 2>&1 && grep -q "$4" "$odd/output"; then
		echo "ok - an error: $4"
	else
		echo "not ok - an error: $4"
		sed 's/^/# /' "$odd/output"
		failed=1
	fi
}

own='runner own-496-pages'
# shellcheck disable=SC2086 # a file and a vector
{
	fails $own 's/"pages": 496/"pages": 497/' 'more pages than P-SEAMLDR takes'
	fails $own 's/"page": 495/"page": 496/' 'a patch that is outside of the pages'
	fails $own 's/"key": "test"/"key": "third"/' 'signed by an unknown key'
	fails $own 's/"signed": true/"signed": "twice"/' 'signed in an unknown way'
	fails $own 's/"num_stack_pages": 3/"num_stack_pages": 300/' 'too small for its value'
	fails $own 's/"num_lps": 2/"num_lps": 513/' 'needs 513 CPUs'
	fails $own 's/"seed": "old"/"hue": 1, &/' 'platform.current.hue: unknown'
	fails $own 's/"seamdb_size": 16/&, "smt": 1/' 'seamldr.platform.smt: unknown to this runner'
	fails $own 's/"rdx_in"/"inject": { "nmi": 1 }, &/' 'seamldr.calls.inject.nmi: unknown'
	fails $own 's/"module_range_wiped"/"mood": 1, &/' 'mood: expected 1'
}
fails tdxmodule mtx-4-sys.shutdown 's/"sys_state": 2/"mood": 2/' 'no such poke: mood'
fails tdxmodule mtx-4-sys.shutdown 's/"op": "set"/"op": "unset"/' 'no such step: unset'

# Random sequences: what must hold does, one can be replayed, and a bug would be found.
random=build/vectors/run_random
is()
{
	count=$((count + 1))
	name=$1
	shift
	if "$@" >"$odd/output" 2>&1; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		sed 's/^/# /' "$odd/output"
		failed=1
	fi
}
replays()
{
	$random -s 1 -p "$1" >"$odd/random.json" 2>/dev/null && $run "$odd/random.json"
}
replays_all()
{
	for sequence in $(seq 21 40); do
		replays "$sequence" || return
	done
}
# RDX written by INFO: at the last step, and nowhere before.
bug_replays()
{
	$random -s 1 -b 15 >"$odd/random.json" 2>/dev/null
	! $run "$odd/random.json" >"$odd/replayed" || return
	grep "step $(grep -c '"op":' "$odd/random.json"): .*rdx" "$odd/replayed"
}
is 'what must hold, holds in 300,000 random calls' $random -s 1 -c 300000
is 'a sequence is printed as a vector, which passes' replays 20
is 'so does each of 20 others' replays_all
bug=1
while $random -s 1 -c 300000 -b $bug >"$odd/random.json" 2>"$odd/output"; status=$?
	[ $status != 64 ]; do
	count=$((count + 1))
	if [ $status = 1 ] && grep -q '"id": "random-1-' "$odd/random.json"; then
		echo "ok - bug $bug is found: $(sed 's/;.*//; q' "$odd/output")"
	else
		echo "not ok - bug $bug is found, and by what it breaks"
		sed 's/^/# /' "$odd/output"
		failed=1
	fi
	bug=$((bug + 1))
done
is 'a bug in each of 22 places was planted' [ $bug = 23 ]
is 'the vector of a bug shows it: it fails where there is none' bug_replays
echo "1..$count"
exit $failed
