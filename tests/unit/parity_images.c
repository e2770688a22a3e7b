// SPDX-License-Identifier: GPL-2.0-or-later
/* Images as wholes: pages, hash, signer, SVN, handoff, CPU models, and the module as ELF. */

#include "parity.h"

enum {
	SECTIONS_AT = 64,
	SECTION_BYTES = 64,
	SECTIONS = 2,
	RELA_SECTION_AT = SECTIONS_AT + SECTION_BYTES,
	RELAS_AT = 512,
	RELA_BYTES = 24,
	RELAS = 2,
	RANDOM_IMAGES = 400,
	RANDOM_CHECKS = 50000,
};

static void set_up(void)
{
	parity_good_host();
	parity_good_image();
	parity_boot();
}

/* Pages, hash, signature */

START_TEST(pages)
{
	u32 page;

	parity_group("pages, hash, signer");
	for (page = 0; page < 4; page++) {
		set_up();
		bench.image.page[page][FW_PAGE - 1] ^= 0x80;
		parity_try("page %u altered", page);
		set_up();
		bench.image.page[page][FW_PAGE - 1] ^= 0x80;
		parity_hash();
		parity_try("page %u altered, hash made anew", page);
		set_up();
		bench.image.page[page][FW_PAGE - 1] ^= 0x80;
		parity_hash();
		parity_sign();
		parity_try("page %u altered, hash and signature made anew", page);
	}
	for (page = 1; page < 4; page++) {
		set_up();
		bench.file_pages = page;
		parity_try("cut down to %u pages", page);
	}
	set_up();
	bench.image.num_pages = 5;
	parity_try("a page too many");
}
END_TEST

START_TEST(signers)
{
	struct tdxu_sigstruct *sig = &bench.image.sig;

	parity_group("pages, hash, signer");
	set_up();
	memset(sig->signature, 0, sizeof(sig->signature));
	parity_try("not signed");
	set_up();
	vec_sign(sig, &bench.other_key);
	parity_try("signed by another key than the one inside");
	set_up();
	memcpy(sig->modulus, bench.other_key.modulus, sizeof(sig->modulus));
	parity_try("another key inside than the one that signed");
	set_up();
	memcpy(sig->modulus, bench.other_key.modulus, sizeof(sig->modulus));
	vec_sign(sig, &bench.other_key);
	parity_try("other-signer");
}
END_TEST

/* SVN */

START_TEST(svns)
{
	static const u8 numbers[] = { 0, 1, 2, 5, 255 };
	size_t n = ARRAY_SIZE(numbers);
	size_t i;

	parity_group("SVN");
	for (i = 0; i < n * n; i++) {
		set_up();
		bench.running.svn_major = numbers[_i];
		bench.running.svn_minor = numbers[i % n];
		parity_boot();
		bench.image.sig.svn_major = numbers[i / n];
		bench.image.sig.svn_minor = 2;
		parity_sign();
		parity_try("SVN %u.%u to %u.2", numbers[_i], numbers[i % n], numbers[i / n]);
	}
}
END_TEST

/* Handoff: the image's code is always built as its sigstruct says. */

static void try_handoff(u16 min, u16 hv, bool no_downgrade, u16 image_min, u16 image_hv)
{
	struct fw_desc *desc = (void *)bench.image.page[FW_DESC_OFFSET / FW_PAGE];

	parity_good_host();
	bench.running.desc.module_hv = hv;
	bench.running.desc.min_update_hv = min;
	bench.running.desc.no_downgrade = no_downgrade;
	parity_good_image();
	bench.image.sig.module_hv = image_hv;
	bench.image.sig.min_update_hv = image_min;
	desc->module_hv = image_hv;
	desc->min_update_hv = image_min;
	parity_hash();
	parity_sign();
	parity_boot();
	parity_try("handoff %u-%u%s to %u-%u", min, hv, no_downgrade ? " only" : "", image_min,
		   image_hv);
}

START_TEST(handoff_versions)
{
	u16 hv = (u16)(_i / 2);
	u16 min, image_min, image_hv;

	parity_group("handoff");
	for (min = 0; min <= hv; min++) {
		for (image_hv = 0; image_hv < 4; image_hv++)
			for (image_min = 0; image_min <= image_hv; image_min++)
				try_handoff(min, hv, _i % 2, image_min, image_hv);
	}
}
END_TEST

/* The good image's data takes 14 pages; areas may be larger than what is in them. */
START_TEST(handoff_areas)
{
	u16 running, image;

	parity_group("handoff");
	for (running = 14; running <= 17; running++) {
		for (image = 13; image <= 18; image++) {
			set_up();
			bench.running.num_handoff_pages = running - 1;
			parity_boot();
			bench.image.sig.num_handoff_pages = image - 1;
			parity_sign();
			parity_try("handoff area of %u pages to %u", running, image);
		}
	}
}
END_TEST

/* CPU models */

static const struct {
	u32 packages;
	u32 model[3]; /* the good image knows 806f0, a06f0, c06f0 */
} models[] = {
	{ 1, { 0x806f8 } },	     { 1, { 0x806ff } },	    { 1, { 0xa06f3 } },
	{ 1, { 0xc06f1 } },	     { 1, { 0xa06d1 } },	    { 1, { 0x806e8 } },
	{ 1, { 0x1806f8 } },	     { 1, { 0 } },		    { 2, { 0x806f8, 0x806f4 } },
	{ 2, { 0x806f8, 0xa06d1 } }, { 2, { 0xa06d1, 0x806f8 } },
	{ 3, { 0x806f8, 0xc06f2, 0xa06f3 } },
	{ 3, { 0x806f8, 0xc06f2, 0xa06d1 } },
};

START_TEST(cpu_models)
{
	struct fw_platform *p = &bench.fw->platform;

	parity_group("CPU models");
	set_up();
	p->num_packages = models[_i].packages;
	p->pkg_shift = 0;
	memcpy(p->cpuid_fms, models[_i].model, sizeof(models[_i].model));
	parity_boot();
	parity_try("CPU models, row %d", _i);
}
END_TEST

/* ELF */

static void put(u32 at, u32 bytes, u64 value)
{
	memcpy(bench.image.page[0] + at, &value, bytes);
}

/* Two sections, of which the second has two relocations. Field places as in the ELF standard. */
static void add_relocations(void)
{
	u32 i;

	memset(bench.image.page[0] + SECTIONS_AT, 0, RELAS_AT + RELAS * RELA_BYTES - SECTIONS_AT);
	put(40, 8, SECTIONS_AT);
	put(58, 2, SECTION_BYTES);
	put(60, 2, SECTIONS);
	put(SECTIONS_AT + 4, 4, 1);
	put(RELA_SECTION_AT + 4, 4, 4);
	put(RELA_SECTION_AT + 16, 8, RELAS_AT);
	put(RELA_SECTION_AT + 24, 8, 0x123); /* sh_offset */
	put(RELA_SECTION_AT + 32, 8, RELAS * RELA_BYTES);
	put(RELA_SECTION_AT + 56, 8, RELA_BYTES);
	for (i = 0; i < RELAS; i++) {
		put(RELAS_AT + i * RELA_BYTES, 8, 0x2000 + 8 * i);
		put(RELAS_AT + i * RELA_BYTES + 8, 8, 8);
		put(RELAS_AT + i * RELA_BYTES + 16, 8, 0x1234);
	}
}

static const struct {
	u32 at, bytes;
	u64 value;
} elf[] = {
	{ 0, 1, 0 }, { 1, 1, 'e' }, { 2, 1, 'l' }, { 3, 1, 'f' }, /* magic */
	{ 4, 1, 1 }, { 4, 1, 0 }, { 5, 1, 2 }, { 5, 1, 0 }, { 6, 1, 0 }, { 6, 1, 2 }, /* identity */
	{ 7, 1, 255 }, { 16, 2, 0xffff }, { 18, 2, 0 }, { 20, 4, 9 }, /* nobody looks */
	{ 40, 8, 0 }, { 40, 8, ~0ULL }, { 40, 8, 0x4000 }, { 40, 8, 0x3f80 }, { 40, 8, 0x3f81 },
	{ 40, 8, 1ULL << 63 }, { 58, 2, 0 }, { 58, 2, 63 }, { 58, 2, 65 }, { 60, 2, 0 },
	{ 60, 2, 1 }, { 60, 2, 0xffff },
	{ SECTIONS_AT + 4, 4, 4 }, /* the empty section becomes one of relocations */
	{ RELA_SECTION_AT + 4, 4, 9 }, { RELA_SECTION_AT + 16, 8, 0x4000 },
	{ RELA_SECTION_AT + 16, 8, 0x3fd0 }, { RELA_SECTION_AT + 16, 8, 0x3fd1 },
	{ RELA_SECTION_AT + 16, 8, ~0ULL }, { RELA_SECTION_AT + 24, 8, ~0ULL },
	{ RELA_SECTION_AT + 32, 8, 0 }, { 58, 2, 24 }, { 58, 2, 128 }, { 58, 2, 0xffff },
	{ RELA_SECTION_AT + 56, 8, 1 }, { RELA_SECTION_AT + 56, 8, 8 },
	{ RELA_SECTION_AT + 56, 8, 25 }, { RELA_SECTION_AT + 56, 8, 48 },
	{ RELAS_AT, 8, 40 }, { RELAS_AT, 8, RELA_SECTION_AT }, { RELAS_AT, 8, RELAS_AT + 24 },
	{ RELA_SECTION_AT + 32, 8, 47 }, { RELA_SECTION_AT + 32, 8, 49 },
	{ RELA_SECTION_AT + 32, 8, ~0ULL }, { RELA_SECTION_AT + 32, 8, 0x4000 },
	{ RELA_SECTION_AT + 56, 8, 0 }, { RELA_SECTION_AT + 56, 8, 23 },
	{ RELA_SECTION_AT + 56, 8, 1ULL << 32 | 24 },
	{ RELAS_AT, 8, 0x3ff8 }, { RELAS_AT, 8, 0x3ff9 }, { RELAS_AT, 8, ~0ULL },
	{ RELAS_AT + 8, 8, 1 }, { RELAS_AT + 8, 8, 1ULL << 32 | 8 }, { RELAS_AT + 8, 8, 0 },
	{ RELAS_AT + 16, 8, 0x3fff }, { RELAS_AT + 16, 8, 0x4000 }, { RELAS_AT + 16, 8, ~0ULL },
	{ RELAS_AT + 24, 8, 0x3ff9 }, { RELAS_AT + 32, 8, 7 }, { RELAS_AT + 40, 8, 0x4000 },
};

START_TEST(elf_fields)
{
	parity_group("ELF");
	set_up();
	add_relocations();
	if (_i > 0)
		put(elf[_i - 1].at, elf[_i - 1].bytes, elf[_i - 1].value);
	parity_hash();
	parity_sign();
	parity_try("ELF, row %d", _i - 1);
}
END_TEST

/* Offsets that matter, numbers that are near a limit. */
static void scramble_elf(void)
{
	static const u64 values[] = { 0, 1, 4, 8, 24, 64, 0x3fc0, 0x3fe8, 0x3ff8, 0x4000, ~0ULL };
	u32 changes = 1 + parity_random(3);

	add_relocations();
	while (changes--) {
		u32 i = parity_random(ARRAY_SIZE(elf));
		u64 value = values[parity_random(ARRAY_SIZE(values))] + parity_random(3) - 1;

		put(elf[i].at, elf[i].bytes, value);
	}
}

START_TEST(random_elf)
{
	int i;

	parity_group("ELF");
	for (i = 0; i < RANDOM_IMAGES; i++) {
		set_up();
		scramble_elf();
		parity_hash();
		parity_sign();
		parity_try("random ELF %d", i);
	}
}
END_TEST

static u64 get(const u8 *image, u64 at, u32 bytes)
{
	u64 value = 0;

	memcpy(&value, image + at, bytes);
	return value;
}

static bool in_table(u64 byte, u64 at, u64 step, u64 count, u64 bytes)
{
	return count && byte >= at && byte < at + (count - 1) * step + bytes;
}

/* Is it a byte that relocating begins with: of headers, or of relocations? */
static bool is_read(const u8 *image, u64 size, u64 byte)
{
	u64 at = get(image, 40, 8), step = get(image, 58, 2), count = get(image, 60, 2), i;

	if (byte < 64 || in_table(byte, at, step, count, SECTION_BYTES))
		return true;
	for (i = 0; i < count && at <= size - SECTION_BYTES; i++, at += step) {
		u64 entry = get(image, at + 56, 8);

		if (get(image, at + 4, 4) == 4 && entry &&
		    in_table(byte, get(image, at + 16, 8), entry,
			     get(image, at + 32, 8) / entry, RELA_BYTES))
			return true;
	}
	return false;
}

bool parity_relocates_itself(const u8 *before, const u8 *after, u64 size)
{
	u64 byte;

	for (byte = 0; byte < size; byte++)
		if (before[byte] != after[byte] && is_read(before, size, byte))
			return true;
	return false;
}

/*
 * The same without everything around it, many more times. The preflight lets nothing pass that the
 * firmware refuses, and refuses, of what it takes, what relocates its own headers or relocations.
 */
START_TEST(random_elf_checks)
{
	static u8 good[4 * FW_PAGE], relocated[4 * FW_PAGE];
	struct tdxu_image image = { .module_pages = 4, .module = bench.image.page[0] };
	u32 i, itself = 0;

	set_up();
	memcpy(good, bench.image.page, sizeof(good));
	for (i = 0; i < RANDOM_CHECKS; i++) {
		bool takes, passes, own;

		memcpy(bench.image.page, good, sizeof(good));
		scramble_elf();
		memcpy(relocated, bench.image.page, sizeof(relocated));
		takes = fw_elf_relocate(relocated, sizeof(relocated), 0xffff800000000000ULL);
		passes = !tdxu_elf_check(&image);
		own = takes && !passes &&
		      parity_relocates_itself(bench.image.page[0], relocated, sizeof(relocated));
		ck_assert_msg(takes == passes || own, "%u: the firmware %s it", i,
			      takes ? "takes" : "refuses");
		itself += own;
	}
	ck_assert_uint_lt(itself, RANDOM_CHECKS / 10);
}
END_TEST

void parity_add_images(TCase *tc)
{
	tcase_add_test(tc, pages);
	tcase_add_test(tc, signers);
	tcase_add_loop_test(tc, svns, 0, 5);
	tcase_add_loop_test(tc, handoff_versions, 0, 8);
	tcase_add_test(tc, handoff_areas);
	tcase_add_loop_test(tc, cpu_models, 0, ARRAY_SIZE(models));
	tcase_add_loop_test(tc, elf_fields, 0, 1 + ARRAY_SIZE(elf));
	tcase_add_test(tc, random_elf);
	tcase_add_test(tc, random_elf_checks);
}
