// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One section and one relocation of the ELF check, of any bytes, after any others, in a module of
 * any size that there can be. What is found of a table is what elf_loops.c proves of it.
 * Replaced: find_table:find_table_contract
 */

#include "elf.h"

struct section {
	u8 at[SECTION_BYTES];
};
struct section nondet_section(void);
struct table nondet_table(void);

static struct {
	u64 at, step, count, bytes, size;
} asked;

bool find_table_contract(struct table *t, u64 at, u64 step, u64 count, u64 bytes, u64 size)
{
	asked.at = at;
	asked.step = step;
	asked.count = count;
	asked.bytes = bytes;
	asked.size = size;
	*t = nondet_table();
	__CPROVER_assume(table_is_sound(t, size));
	return nondet_bool();
}

static void one_section(struct elf e)
{
	struct section s = nondet_section();
	u32 before = e.num_tables;

	if (!add_table(&e, s.at))
		return;
	__CPROVER_assert(e.num_tables == before + 1 && before < MAX_TABLES && is_sound(&e),
			 "a table that fits");
	__CPROVER_assert(asked.step &&
			 asked.step == read(s.at + offsetof(Elf64_Shdr, sh_entsize), 8) &&
			 asked.at == read(s.at + offsetof(Elf64_Shdr, sh_addr), 8) &&
			 asked.bytes == RELA_BYTES && asked.size == e.size, "its own table");
	__CPROVER_assert(asked.count <= e.size / RELA_BYTES, "no more than there is room for");
}

static void one_relocation(const struct elf *e)
{
	struct section s = nondet_section();
	u64 target = read(s.at, 8);
	u32 i = nondet_u32();

	if (!relocation_ok(e, s.at))
		return;
	__CPROVER_assert(read(s.at + offsetof(Elf64_Rela, r_info), 8) == R_X86_64_RELATIVE,
			 "relative");
	__CPROVER_assert(target < e->size && e->size - target >= RELA_TARGET_BYTES,
			 "its target inside the module");
	__CPROVER_assert(read(s.at + offsetof(Elf64_Rela, r_addend), 8) < e->size,
			 "its value inside the module");
	__CPROVER_assert(target >= ELF_HEADER_BYTES, "no write to the header");
	__CPROVER_assert(target >= e->sections.end ||
			 target + RELA_TARGET_BYTES <= e->sections.at, "no write to a section");
	__CPROVER_assume(i < e->num_tables);
	__CPROVER_assert(target >= e->relocations[i].end ||
			 target + RELA_TARGET_BYTES <= e->relocations[i].at,
			 "no write to a relocation");
}

void main(void)
{
	struct elf e = any_elf();

	one_relocation(&e);
	one_section(e);
}
