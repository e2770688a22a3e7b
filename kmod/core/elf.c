// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module as an ELF file, as far as P-SEAMLDR looks at it when it relocates the module. It looks
 * only after it has wiped the old one, so here is the last chance to find fault with it.
 *
 * What it was seen to do: it compares all of r_info, finds entries by sh_addr, steps by whatever
 * e_shentsize and sh_entsize say, and wants inside the image what it reads and writes, one by one.
 * It writes while it reads, to an address that it draws by chance: what becomes of an image that
 * relocates its own headers or relocations cannot be known before. Such an image is refused; no
 * linker makes one.
 */

#include "image.h"

enum {
	ELF_HEADER_BYTES = 64,
	ELF_SHOFF_AT = 40,
	ELF_SHENTSIZE_AT = 58,
	ELF_SHNUM_AT = 60,

	SECTION_BYTES = 64,
	SECTION_TYPE_AT = 4,
	SECTION_ADDRESS_AT = 16,
	SECTION_SIZE_AT = 32,
	SECTION_ENTSIZE_AT = 56,
	SECTION_TYPE_RELA = 4,

	RELA_BYTES = 24,
	RELA_INFO_AT = 8,
	RELA_ADDEND_AT = 16,
	RELA_TYPE_RELATIVE = 8,
	RELA_TARGET_BYTES = 8,

	MAX_TABLES = 16, /* of relocations; a linker makes one or two */
};

/* What the loader reads: COUNT things of BYTES each, STEP apart. */
struct table {
	u64 at, step, count, bytes;
};

struct elf {
	const u8 *module;
	u64 size;
	struct table sections;
	struct table relocations[MAX_TABLES];
	u32 num_tables;
	u64 num_relocations; /* of all tables */
};

/* 64 bits, little-endian, version 1 */
static const u8 identity[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };

static u64 read(const u8 *p, int bytes)
{
	u64 value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

static bool fits(u64 offset, u64 bytes, u64 size)
{
	return offset <= size && bytes <= size - offset;
}

/* Is all of a table inside the image? */
static bool table_fits(const struct table *t, u64 size)
{
	u64 room;

	if (!t->count)
		return true;
	if (!fits(t->at, t->bytes, size))
		return false;
	room = size - t->at - t->bytes;
	return t->count == 1 || (t->step <= room && t->count - 1 <= room / t->step);
}

/* From its first byte to its last, gaps included. */
static bool writes_into(u64 target, const struct table *t)
{
	return t->count && target < t->at + (t->count - 1) * t->step + t->bytes &&
	       t->at < target + RELA_TARGET_BYTES;
}

static bool writes_what_is_read(const struct elf *e, u64 target)
{
	u32 i;

	if (target < ELF_HEADER_BYTES || writes_into(target, &e->sections))
		return true;
	for (i = 0; i < e->num_tables; i++)
		if (writes_into(target, &e->relocations[i]))
			return true;
	return false;
}

static bool relocation_ok(const struct elf *e, const u8 *rela)
{
	u64 target = read(rela, 8);

	return read(rela + RELA_INFO_AT, 8) == RELA_TYPE_RELATIVE &&
	       fits(target, RELA_TARGET_BYTES, e->size) &&
	       read(rela + RELA_ADDEND_AT, 8) < e->size && !writes_what_is_read(e, target);
}

static bool relocations_ok(const struct elf *e)
{
	const struct table *t;
	u64 i;

	for (t = e->relocations; t < e->relocations + e->num_tables; t++)
		for (i = 0; i < t->count; i++)
			if (!relocation_ok(e, e->module + t->at + i * t->step))
				return false;
	return true;
}

/*
 * Tables that lie side by side have no more entries than the image has room for. With more than
 * that the look at them would take as long as somebody likes.
 */
static bool add_table(struct elf *e, const u8 *section)
{
	u64 step = read(section + SECTION_ENTSIZE_AT, 8);
	struct table t = {
		.at = read(section + SECTION_ADDRESS_AT, 8),
		.step = step,
		.bytes = RELA_BYTES,
	};

	if (!step)
		return false;
	t.count = read(section + SECTION_SIZE_AT, 8) / step;
	if (!table_fits(&t, e->size) || e->num_tables == MAX_TABLES ||
	    t.count > e->size / RELA_BYTES - e->num_relocations)
		return false;
	e->num_relocations += t.count;
	e->relocations[e->num_tables++] = t;
	return true;
}

static bool add_tables(struct elf *e)
{
	u64 i;

	for (i = 0; i < e->sections.count; i++) {
		const u8 *section = e->module + e->sections.at + i * e->sections.step;

		if (read(section + SECTION_TYPE_AT, 4) == SECTION_TYPE_RELA &&
		    !add_table(e, section))
			return false;
	}
	return true;
}

enum tdxu_image_rule tdxu_elf_check(const struct tdxu_image *image)
{
	const u8 *module = image->module;
	struct elf e = {
		.module = module,
		.size = (u64)image->module_pages * TDXU_PAGE_SIZE,
		.sections = {
			.at = read(module + ELF_SHOFF_AT, 8),
			.step = read(module + ELF_SHENTSIZE_AT, 2),
			.count = read(module + ELF_SHNUM_AT, 2),
			.bytes = SECTION_BYTES,
		},
	};

	if (memcmp(module, identity, sizeof(identity)))
		return TDXU_ELF_HEADER;
	if ((e.sections.count && !e.sections.step) || !table_fits(&e.sections, e.size))
		return TDXU_ELF_SECTIONS;
	if (!add_tables(&e) || !relocations_ok(&e))
		return TDXU_ELF_RELOCATIONS;
	return TDXU_IMAGE_OK;
}
