// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module as an ELF file, as far as P-SEAMLDR looks at it when it relocates the module. It looks
 * only after it has wiped the old one, so here is the last chance to find fault with it.
 */

#include "image.h"

enum {
	ELF_SHOFF_AT = 40,
	ELF_SHENTSIZE_AT = 58,
	ELF_SHNUM_AT = 60,

	SECTION_BYTES = 64,
	SECTION_TYPE_AT = 4,
	SECTION_OFFSET_AT = 24,
	SECTION_SIZE_AT = 32,
	SECTION_ENTSIZE_AT = 56,
	SECTION_TYPE_RELA = 4,

	RELA_BYTES = 24,
	RELA_INFO_AT = 8,
	RELA_ADDEND_AT = 16,
	RELA_TYPE_RELATIVE = 8,
	RELA_TARGET_BYTES = 8,
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

static bool relocation_ok(const u8 *rela, u64 size)
{
	return (u32)read(rela + RELA_INFO_AT, 8) == RELA_TYPE_RELATIVE &&
	       fits(read(rela, 8), RELA_TARGET_BYTES, size) &&
	       read(rela + RELA_ADDEND_AT, 8) < size;
}

static bool section_ok(const u8 *module, u64 size, const u8 *section)
{
	u64 at = read(section + SECTION_OFFSET_AT, 8);
	u64 left = read(section + SECTION_SIZE_AT, 8);

	if (read(section + SECTION_TYPE_AT, 4) != SECTION_TYPE_RELA)
		return true;
	if (read(section + SECTION_ENTSIZE_AT, 8) != RELA_BYTES || !fits(at, left, size))
		return false;
	for (; left >= RELA_BYTES; left -= RELA_BYTES, at += RELA_BYTES) {
		if (!relocation_ok(module + at, size))
			return false;
	}
	return true;
}

enum tdxu_image_rule tdxu_elf_check(const struct tdxu_image *image)
{
	const u8 *module = image->module;
	u64 size = (u64)image->module_pages * TDXU_PAGE_SIZE;
	u64 at = read(module + ELF_SHOFF_AT, 8);
	u64 sections = read(module + ELF_SHNUM_AT, 2);
	u64 i;

	if (memcmp(module, identity, sizeof(identity)))
		return TDXU_ELF_HEADER;
	if (!sections)
		return TDXU_IMAGE_OK;
	if (read(module + ELF_SHENTSIZE_AT, 2) != SECTION_BYTES ||
	    !fits(at, sections * SECTION_BYTES, size))
		return TDXU_ELF_SECTIONS;
	for (i = 0; i < sections; i++) {
		if (!section_ok(module, size, module + at + i * SECTION_BYTES))
			return TDXU_ELF_RELOCATIONS;
	}
	return TDXU_IMAGE_OK;
}
