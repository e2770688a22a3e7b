// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One section and one relocation of the ELF check, of any bytes, after any others, in a module of
 * any size that there can be. Whether a table fits, and what a relocation writes to, is answered in
 * any way.
 * Replaced: table_fits:table_fits_contract
 * Replaced: writes_what_is_read:writes_what_is_read_contract
 */

#include "core/elf.c"

u32 nondet_u32(void);
_Bool nondet_bool(void);
struct elf nondet_elf(void);

struct section {
	u8 at[SECTION_BYTES];
};
struct section nondet_section(void);

static struct table asked;
static _Bool has_fitted, writes;

bool table_fits_contract(const struct table *t, u64 size)
{
	asked = *t;
	has_fitted = nondet_bool();
	return has_fitted;
}

bool writes_what_is_read_contract(const struct elf *e, u64 target)
{
	writes = nondet_bool();
	return writes;
}

static void one_section(struct elf e)
{
	struct section s = nondet_section();
	u32 before = e.num_tables;
	const struct table *t = &e.relocations[before];

	__CPROVER_assume(e.num_tables <= MAX_TABLES && e.num_relocations <= e.size / RELA_BYTES);
	if (!add_table(&e, s.at))
		return;
	__CPROVER_assert(has_fitted && e.num_tables == before + 1 && before < MAX_TABLES,
			 "a table that fits");
	__CPROVER_assert(t->step && t->step == asked.step && t->count == asked.count &&
			 t->bytes == RELA_BYTES && t->at == read(s.at + SECTION_ADDRESS_AT, 8),
			 "the table that was asked of");
	__CPROVER_assert(e.num_relocations <= e.size / RELA_BYTES, "no more than there is room for");
}

static void one_relocation(const struct elf *e)
{
	struct section s = nondet_section();
	u64 target = read(s.at, 8);

	if (!relocation_ok(e, s.at))
		return;
	__CPROVER_assert(!writes, "no write to what is read");
	__CPROVER_assert(read(s.at + RELA_INFO_AT, 8) == RELA_TYPE_RELATIVE, "relative");
	__CPROVER_assert(target < e->size && e->size - target >= RELA_TARGET_BYTES,
			 "its target inside the module");
	__CPROVER_assert(read(s.at + RELA_ADDEND_AT, 8) < e->size, "its value inside the module");
}

void main(void)
{
	struct elf e = nondet_elf();
	u32 pages = nondet_u32();

	__CPROVER_assume(pages >= 1 && pages <= TDXU_MAX_MODULE_PAGES);
	e.size = (u64)pages * TDXU_PAGE_SIZE;
	one_relocation(&e);
	one_section(e);
}
