/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of struct elf between two functions of the ELF check. */
#ifndef TDXU_PROOFS_ELF_H
#define TDXU_PROOFS_ELF_H

#include "core/elf.c"

u32 nondet_u32(void);
u64 nondet_u64(void);
_Bool nondet_bool(void);
struct elf nondet_elf(void);

static u8 module[TDXU_MAX_MODULE_PAGES * TDXU_PAGE_SIZE];

/* What find_table() promises: who goes through it from AT by STEP until END stays inside. */
static _Bool table_is_sound(const struct table *t, u64 size)
{
	return t->end <= size && t->step <= size;
}

static _Bool is_sound(const struct elf *e)
{
	for (u32 i = 0; i < MAX_TABLES; i++)
		if (i < e->num_tables && !table_is_sound(&e->relocations[i], e->size))
			return 0;
	return table_is_sound(&e->sections, e->size) && e->num_tables <= MAX_TABLES &&
	       e->num_relocations <= e->size / RELA_BYTES;
}

/* Of a module of any size. */
static struct elf any_elf(void)
{
	struct elf e = nondet_elf();
	u32 pages = nondet_u32();

	__CPROVER_assume(pages >= 1 && pages <= TDXU_MAX_MODULE_PAGES);
	e.module = module;
	e.size = (u64)pages * TDXU_PAGE_SIZE;
	__CPROVER_assume(is_sound(&e));
	return e;
}

#endif
