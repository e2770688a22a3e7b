// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module as an ELF file, as far as P-SEAMLDR reads it when it relocates the module. It does so
 * only after it has wiped the old one, so this is the last chance to find anything wrong.
 *
 * What was observed: it compares all of r_info, finds entries by sh_addr, steps by whatever
 * e_shentsize and sh_entsize say, and wants inside the image what it reads and writes, one by one.
 * It writes while it reads, to an address that it draws by chance: what becomes of an image that
 * relocates its own headers or relocations cannot be known before. Such an image is refused; no
 * linker makes one.
 */

#include "image.h"

enum {
	ELF_HEADER_BYTES = sizeof(Elf64_Ehdr),
	SECTION_BYTES = sizeof(Elf64_Shdr),
	RELA_BYTES = sizeof(Elf64_Rela),
	RELA_TARGET_BYTES = 8,
	MAX_TABLES = 16, /* of relocations; a linker makes one or two */
};

/* What the loader reads: a thing at AT, and the next each STEP bytes, until END; none if 0. */
struct table {
	u64 at, step, end;
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

/*
 * COUNT things of BYTES each, STEP apart. Steps are added, not multiplied: then nothing overflows.
 * One that is longer than the image leads outside like any other. Return: are all inside?
 */
static bool find_table(struct table *t, u64 at, u64 step, u64 count, u64 bytes, u64 size)
{
	t->at = at;
	t->step = step < size ? step : size;
	t->end = 0;
	for (; count; count--) {
		if (!fits(at, bytes, size))
			return false;
		t->end = at + bytes;
		at += t->step;
	}
	return true;
}

/* From its first byte to its last, gaps included. */
static bool writes_into(u64 target, const struct table *t)
{
	return target < t->end && t->at < target + RELA_TARGET_BYTES;
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

	return read(rela + offsetof(Elf64_Rela, r_info), 8) == R_X86_64_RELATIVE &&
	       fits(target, RELA_TARGET_BYTES, e->size) &&
	       read(rela + offsetof(Elf64_Rela, r_addend), 8) < e->size &&
	       !writes_what_is_read(e, target);
}

static bool table_ok(const struct elf *e, const struct table *t)
{
	u64 at;

	for (at = t->at; fits(at, RELA_BYTES, t->end); at += t->step)
		if (!relocation_ok(e, e->module + at))
			return false;
	return true;
}

static bool relocations_ok(const struct elf *e)
{
	u32 i;

	for (i = 0; i < e->num_tables; i++)
		if (!table_ok(e, &e->relocations[i]))
			return false;
	return true;
}

/*
 * Tables that lie side by side have no more entries than the image has space for. With more, an
 * image could make this check take arbitrarily long.
 */
static bool add_table(struct elf *e, const u8 *section)
{
	u64 address = read(section + offsetof(Elf64_Shdr, sh_addr), 8);
	u64 step = read(section + offsetof(Elf64_Shdr, sh_entsize), 8), count;

	if (!step || e->num_tables == MAX_TABLES)
		return false;
	count = read(section + offsetof(Elf64_Shdr, sh_size), 8) / step;
	if (count > e->size / RELA_BYTES - e->num_relocations ||
	    !find_table(&e->relocations[e->num_tables], address, step, count, RELA_BYTES, e->size))
		return false;
	e->num_tables++;
	e->num_relocations += count;
	return true;
}

static bool add_tables(struct elf *e)
{
	const struct table *t = &e->sections;
	u64 at;

	for (at = t->at; fits(at, SECTION_BYTES, t->end); at += t->step) {
		const u8 *section = e->module + at;

		if (read(section + offsetof(Elf64_Shdr, sh_type), 4) == SHT_RELA &&
		    !add_table(e, section))
			return false;
	}
	return true;
}

enum tdxu_image_rule tdxu_elf_check(const struct tdxu_image *image)
{
	const u8 *module = image->module;
	u64 at = read(module + offsetof(Elf64_Ehdr, e_shoff), 8);
	u64 step = read(module + offsetof(Elf64_Ehdr, e_shentsize), 2);
	u64 count = read(module + offsetof(Elf64_Ehdr, e_shnum), 2);
	struct elf e = {
		.module = module,
		.size = (u64)image->module_pages * TDXU_PAGE_SIZE,
	};

	if (memcmp(module, identity, sizeof(identity)))
		return TDXU_ELF_HEADER;
	if ((count && !step) ||
	    !find_table(&e.sections, at, step, count, SECTION_BYTES, e.size))
		return TDXU_ELF_SECTIONS;
	if (!add_tables(&e) || !relocations_ok(&e))
		return TDXU_ELF_RELOCATIONS;
	return TDXU_IMAGE_OK;
}
