// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * P-SEAMLDR's relocation of a module image. Fact sheet, section 12, "ELF": it reads everything from
 * the image in the moment of use and writes into the same image, so that a relocation can change
 * what the walk comes to later. Steps are whatever the image says, if not 0; what has to be inside
 * the image is what is read and what is written, no table as a whole.
 */

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

static bool load(const u8 *code, u32 size, u64 at, void *to, u32 bytes)
{
	if (!within(at, bytes, size))
		return false;
	memcpy(to, code + at, bytes);
	return true;
}

/* The quadword at r_offset becomes the address of the byte r_addend. */
static bool relocate_one(u8 *code, u32 size, u64 base, u64 at)
{
	struct elf_rela rela;
	u64 value;

	if (!load(code, size, at, &rela, sizeof(rela)) ||
	    rela.info != ELF_RELOCATION_RELATIVE || !within(rela.offset, sizeof(value), size) ||
	    rela.addend >= size)
		return false;
	value = base + rela.addend;
	memcpy(code + rela.offset, &value, sizeof(value));
	return true;
}

/* The section's header is looked at again before each of its entries. */
static bool relocate_section(u8 *code, u32 size, u64 base, u64 at)
{
	struct elf_section s;
	u64 i;

	for (i = 0;; i++) {
		if (!load(code, size, at, &s, sizeof(s)))
			return false;
		if (s.type != ELF_SECTION_RELA)
			return true;
		if (!s.entry_size)
			return false;
		if (i >= s.size / s.entry_size)
			return true;
		if (!relocate_one(code, size, base, s.address + i * s.entry_size))
			return false;
	}
}

bool fw_elf_relocate(u8 *code, u32 size, u64 base)
{
	struct elf_header h;
	u32 i;

	memcpy(&h, code, sizeof(h));
	if (!header_ok(&h))
		return false;
	for (i = 0; i < h.section_count; i++) {
		if (!h.section_entry_size ||
		    !relocate_section(code, size, base,
				      h.section_offset + (u64)i * h.section_entry_size))
			return false;
		memcpy(&h, code, sizeof(h));
	}
	return true;
}
