#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A short run of each fuzzer: it finds nothing, and gets to where it shall. Then a bug in what it
# fuzzes, which it must find.
cd "$(dirname "$0")/../.." || exit 1
. tests/proofs/lib.sh

details()
{
	tail -n 40 "$tmp/log"
}

# run TREE TARGET OPTION...: with the same numbers each time. Addresses are among those that the fuzzer
# tries, so they are the same, too.
run()
{
	tree=$1 target=$2
	shift 2
	rm -rf "$tmp/corpus"
	setarch -R make -C "$tree/tests/fuzz" CORPUS="$tmp/corpus" SEED=1 "$@" "run-$target" >"$tmp/log" 2>&1
}

short()
{
	run . "$1" RUNS=20000
	is "$1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$tmp/log") inputs, and no find" $?
}

# bug TARGET FILE SED_SCRIPT BROKEN: it is found by what that breaks. So many inputs: two runs of five
# did not find the slowest bug of fuzz_image in 3,000,000.
bug()
{
	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/tests" "$tmp/tree/out"
	cp -R kmod cli "$tmp/tree/"
	cp -R tests/fuzz tests/sim tests/tools tests/unit "$tmp/tree/tests/"
	cp build/fuzz/cli.a build/fuzz/seeds "$tmp/tree/out/"
	sed -i "$3" "$tmp/tree/$2"
	echo "$3 changes nothing in $2" >"$tmp/log"
	! cmp -s "$2" "$tmp/tree/$2" &&
		make -C "$tmp/tree/tests/fuzz" OUT="$tmp/tree/out" OBJECTS= \
			"$tmp/tree/out/$1" >"$tmp/log" 2>&1 &&
		! run "$tmp/tree" "$1" OUT="$tmp/tree/out" OBJECTS= RUNS=20000000 TIMES= &&
		grep -qF -- "$4" "$tmp/log"
	is "$1: a planted bug in $2 breaks \"$4\"" $?
}

make -C tests/fuzz all >"$tmp/log" 2>&1
is 'the fuzzers are built' $?

short fuzz_image
# Each rule of the sigstruct and the module, and both without fault: the checksum keeps nothing back.
[ "$(grep -c 'images: *[1-9][0-9]* break \(sigstruct\|elf\)-' "$tmp/log")" = 15 ] &&
	grep -q 'images: *[1-9].* [1-9][0-9]* with both' "$tmp/log"
is 'fuzz_image: images break each rule of the sigstruct and of the module, and none' $?
sed -n 's/^images:/#/p' "$tmp/log"
for target in version tcb mapping allowed history decode; do
	short "fuzz_$target"
done

bug fuzz_image kmod/core/image.c 's/if (tdxu_image_checksum/if (0 \&\& tdxu_image_checksum/' \
	'!sum_of_words(data, size)'
bug fuzz_image kmod/core/image.c 's/sig->min_update_hv > sig->module_hv/sig->min_update_hv == 9/' \
	'sig->min_update_hv <= sig->module_hv'
bug fuzz_image kmod/core/elf.c 's/fits(target, RELA_TARGET_BYTES, e->size)/target < e->size/' \
	'relocates(image->module, bytes)'
bug fuzz_version kmod/core/version.c 's/return s->demanded > .*/return s->demanded;/' \
	'tdxu_version_compare(&minimum, least) >= 0'
bug fuzz_tcb cli/select/tcb_info.c 's/strlen(text) != 12 || strspn(.*) != 12/strlen(text) > 12/' \
	'strlen(info->fmspc) == 12'
bug fuzz_mapping cli/select/mapping.c 's/if (tdxu_mapping_find(mapping, &release.version))/if (0)/' \
	'tdxu_mapping_find(&mapping, &r->version) == r'
bug fuzz_allowed cli/select/allowed.c "s/\\*nul = '?'/*nul = ' '/" \
	'allowed.nr == count_lines(data, size)'
bug fuzz_allowed cli/select/allowed.c 's/if (allowed->nr == TDXU_MAX_ALLOWED)/if (0)/' \
	'ERROR: AddressSanitizer'
bug fuzz_history cli/base/history.c 's/ before + nr : / nr : /' \
	'read_file((u8 *)saved, saved_size, false) == attempts'
bug fuzz_decode cli/backend/decode.c 's/if (nla_len(attr) != field->size)/if (0)/' \
	'ERROR: AddressSanitizer'
bug fuzz_decode cli/backend/decode.c 's/to, field->size);/to, 2 * field->size);/' 'memchr('
echo "1..$count"
exit $failed
