// SPDX-License-Identifier: GPL-2.0-or-later
/* What the P-SEAMLDR's relocation demands of a module image. The model relocates nothing. */

#include "model.h"

enum {
	ELF_CLASS_64 = 2,
	ELF_DATA_LSB = 1,
	ELF_VERSION_CURRENT = 1,
	ELF_SECTION_RELA = 4,
	ELF_RELOCATION_RELATIVE = 8,
};

struct elf_header {
	u8 magic[4];
	u8 class;
	u8 data;
	u8 version;
	u8 unused1[33];
	u64 section_offset;
	u8 unused2[10];
	u16 section_entry_size;
	u16 section_count;
	u16 unused3;
} __packed;
static_assert(sizeof(struct elf_header) == 64);

struct elf_section {
	u32 name;
	u32 type;
	u64 flags;
	u64 address;
	u64 offset;
	u64 size;
	u64 unused[2];
	u64 entry_size;
} __packed;
static_assert(sizeof(struct elf_section) == 64);

struct elf_rela {
	u64 offset;
	u64 info;
	u64 addend;
} __packed;
static_assert(sizeof(struct elf_rela) == 24);

static bool within(u64 offset, u64 bytes, u64 size)
{
	return bytes <= size && offset <= size - bytes;
}

static bool header_ok(const struct elf_header *h)
{
	return !memcmp(h->magic, "\177ELF", 4) && h->class == ELF_CLASS_64 &&
	       h->data == ELF_DATA_LSB && h->version == ELF_VERSION_CURRENT;
}

static bool rela_ok(const u8 *code, u32 size, u64 at)
{
	struct elf_rela rela;

	memcpy(&rela, code + at, sizeof(rela));
	return (u32)rela.info == ELF_RELOCATION_RELATIVE && within(rela.offset, 8, size) &&
	       rela.addend < size;
}

static bool section_ok(const u8 *code, u32 size, u64 at)
{
	struct elf_section s;
	u64 i;

	memcpy(&s, code + at, sizeof(s));
	if (s.type != ELF_SECTION_RELA)
		return true;
	if (s.entry_size != sizeof(struct elf_rela) || !within(s.offset, s.size, size))
		return false;
	for (i = 0; i < s.size / sizeof(struct elf_rela); i++)
		if (!rela_ok(code, size, s.offset + i * sizeof(struct elf_rela)))
			return false;
	return true;
}

bool fw_elf_relocatable(const u8 *code, u32 size)
{
	struct elf_header h;
	u32 i;

	memcpy(&h, code, sizeof(h));
	if (!header_ok(&h))
		return false;
	if (!h.section_count)
		return true;
	if (h.section_entry_size != sizeof(struct elf_section) ||
	    !within(h.section_offset, h.section_count * sizeof(struct elf_section), size))
		return false;
	for (i = 0; i < h.section_count; i++)
		if (!section_ok(code, size, h.section_offset + i * sizeof(struct elf_section)))
			return false;
	return true;
}
