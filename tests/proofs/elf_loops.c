// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The loops of the ELF check over any number of sections and relocations, any steps apart, in a
 * module of any size that there can be and of any bytes: they stay inside. What a section adds is
 * what elf.c proves of it; elf_loops.sed says what holds in each round.
 * Replaced: read:read_contract
 * Replaced: add_table:add_table_contract
 */

#include "elf.h"

static u64 size;

static void assert_inside(const u8 *p, u64 bytes)
{
	__CPROVER_assert(__CPROVER_same_object(p, module) &&
			 (u64)__CPROVER_POINTER_OFFSET(p) + bytes <= size, "read inside the module");
}

u64 read_contract(const u8 *p, int bytes)
{
	assert_inside(p, bytes);
	return bytes == 4 ? nondet_u32() : nondet_u64();
}

bool add_table_contract(struct elf *e, const u8 *section)
{
	assert_inside(section, SECTION_BYTES);
	e->num_tables = nondet_u32();
	e->num_relocations = nondet_u64();
	return nondet_bool();
}

static void any_table(void)
{
	u64 count = nondet_u64(), bytes = nondet_bool() ? RELA_BYTES : SECTION_BYTES;
	struct table t;

	if (!find_table(&t, nondet_u64(), nondet_u64(), count, bytes, size))
		return;
	__CPROVER_assert(table_is_sound(&t, size) &&
			 (count ? t.at < t.end && t.end - t.at >= bytes : !t.end),
			 "all of a table inside the module");
}

void main(void)
{
	struct elf e = any_elf();
	u32 i = nondet_u32();

	size = e.size;
	any_table();
	if (i < e.num_tables)
		table_ok(&e, &e.relocations[i]);
	add_tables(&e);
}
