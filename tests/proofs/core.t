#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What CBMC proves of kmod/core, for all inputs up to the bound that a proof names: what it asserts,
# and no undefined behaviour. Then a bug in each: it must be found, by what it breaks.
cd "$(dirname "$0")/../.." || exit 1
tests/proofs/tools.sh >/dev/null || { echo 'Bail out! the provers cannot be fetched'; exit 1; }
. tests/proofs/lib.sh

# compile PROOF KMOD: with what the proof wants replaced. Loops of which PROOF.sed says what holds are
# proved by that, for any number of rounds.
compile()
{
	sources=$2
	if [ -e "tests/proofs/$1.sed" ]; then
		sources=$tmp/loops
		rm -rf "$sources"
		cp -R "$2" "$sources"
		sed -i -f "tests/proofs/$1.sed" "$sources"/core/*.c
	fi
	tests/proofs/tools.sh goto-cc -I "$sources" -o "$tmp/proof" "tests/proofs/$1.c" || return
	for pair in $(sed -n 's/^ \* Replaced: //p' "tests/proofs/$1.c"); do
		tests/proofs/tools.sh goto-instrument --replace-calls "$pair" "$tmp/proof" \
			"$tmp/proof" || return
	done
	[ ! -e "tests/proofs/$1.sed" ] || tests/proofs/tools.sh goto-instrument --dfcc main \
		--apply-loop-contracts "$tmp/proof" "$tmp/proof"
}

# cbmc UNWIND PROOF KMOD
cbmc()
{
	compile "$2" "$3" >"$tmp/output" 2>&1 &&
		tests/proofs/tools.sh cbmc --unwind "$1" --unwinding-assertions --bounds-check \
			--pointer-check --pointer-overflow-check --signed-overflow-check \
			--undefined-shift-check --div-by-zero-check \
			$(sed -n 's/^ \* Options: //p' "tests/proofs/$2.c") \
			"$tmp/proof" >"$tmp/output" 2>&1
}

details()
{
	sed -n '/FAILURE\|rror/p' "$tmp/output"
}

# proof NAME UNWIND
proof()
{
	cbmc "$2" "$1" kmod && grep -q '^VERIFICATION SUCCESSFUL' "$tmp/output"
	is "$1: holds ($(sed -n 's/^\*\* \(0 of [0-9]*\) failed.*/\1 fail/p' "$tmp/output"))" $?
}

# bug PROOF UNWIND FILE SED_SCRIPT BROKEN: that assertion fails where kmod/FILE is changed so.
bug()
{
	rm -rf "$tmp/kmod"
	cp -R kmod "$tmp/"
	sed -i "$4" "$tmp/kmod/$3"
	! cmp -s "kmod/$3" "$tmp/kmod/$3" && ! cbmc "$2" "$1" "$tmp/kmod" &&
		grep -q "$5: FAILURE" "$tmp/output"
	is "$1: a planted bug breaks \"$5\"" $?
}

proof sequence 14
bug sequence 14 core/sequence.c 's/ < TDXU_MAX_INSTALLS/ < 99/' 'recovery ends'
bug sequence 14 core/sequence.c 's/r->svn.image. >= r->platform_svn/true/' 'that P-SEAMLDR takes'
proof sigstruct 130
bug sigstruct 130 core/image.c 's/gdt_idt_offset <= bytes - TDXU_PAGE_SIZE/gdt_idt_offset <= bytes/' \
	'GDT and IDT inside the module'
bug sigstruct 130 core/image.c 's/sig->min_update_hv > sig->module_hv/sig->min_update_hv == 9/' \
	'handoff versions in order'
proof parse 20
bug parse 20 core/image.c 's/if (tdxu_image_checksum/if (!tdxu_image_checksum/' \
	'never OK for a wrong checksum'
bug parse 20 core/image.c 's/checksum(bytes, size)/checksum(bytes, size - 2)/' \
	'never OK for a wrong checksum'
bug parse 20 core/image.c 's/if (size < TDXU_IMAGE_MIN_BYTES)/if (size < 4096)/' '1 to 496 pages'
# As it was once.
bug parse 20 core/image.c 's/\(sigstruct_page\);$/\1 = bytes + TDXU_PAGE_SIZE;/' \
	'pointer outside object bounds in bytes + (signed long int)4096u'
proof loops 8
bug loops 8 core/image.c 's/i + 1 < size/i + 3 < size/' 'the sum of its words'
bug loops 8 core/image.c 's/^\t\tif (p\[i\])/\t\tif (p[i] \& 0x7f)/' 'each byte is zero'
proof version 22
bug version 22 core/version.c 's/return s->demanded > .*/return s->demanded;/' \
	'open only where the module can refuse'
proof handoff 5
bug handoff 5 core/image_checks.c 's/sig->module_hv < high/sig->module_hv > high/' \
	'each image reads that'
bug handoff 5 core/image_checks.c 's/if (running->no_downgrade .*/if (0)/' 'its only one'
proof elf 65
bug elf 65 core/elf.c 's/ || e->num_tables == MAX_TABLES/ || e->num_tables > MAX_TABLES/' \
	'a table that fits'
bug elf 65 core/elf.c 's/fits(target, RELA_TARGET_BYTES, e->size)/target < e->size/' \
	'its target inside the module'
bug elf 65 core/elf.c 's/target + RELA_TARGET_BYTES;/target;/' 'no write to a relocation'
proof elf_loops 18
bug elf_loops 18 core/elf.c 's/fits(at, RELA_BYTES, t->end)/at < t->end/' 'read inside the module'
bug elf_loops 18 core/elf.c 's/fits(at, bytes, size)/fits(at, 1, size)/' \
	'Check invariant after step for loop find_table.0'
bug elf_loops 18 core/elf.c 's/step < size ? step : size/step/' 'all of a table inside the module'
proof memory 15
bug memory 15 core/memory.c 's/u64 lps = power_of_two/u32 lps = power_of_two/' \
	'arithmetic overflow on unsigned .*'
bug memory 15 core/memory.c 's/ceil_div(pages, PAGES_PER_1G)/(pages \& 1)/' 'no fewer page tables'
echo "1..$count"
exit $failed
