// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any sigstruct, up to 496 module pages, up to 4096 logical processors in each of up to 255
 * packages: nothing overflows. And each part that is no sum or product is no less for more: so is
 * the estimate, since sums and products are that if they do not overflow.
 * Options: --unsigned-overflow-check
 */

#include "core/memory.c"

u8 nondet_u8(void);
u16 nondet_u16(void);
u64 nondet_u64(void);
struct tdxu_sigstruct nondet_sigstruct(void);

static void no_less_for_more(void)
{
	u64 less = nondet_u64(), more = nondet_u64();

	__CPROVER_assume(less <= more && more < 1ULL << 40);
	__CPROVER_assert(ceil_div(less, TABLE_ENTRIES) <= ceil_div(more, TABLE_ENTRIES),
			 "no fewer page tables of keyholes");
	__CPROVER_assert(estimated_tables(less) <= estimated_tables(more),
			 "no fewer page tables, as P-SEAMLDR estimates");
	__CPROVER_assert(real_tables(less) <= real_tables(more), "no fewer page tables");
	__CPROVER_assume(more <= 4096);
	__CPROVER_assert(power_of_two(less) <= power_of_two(more), "no fewer processors");
}

void main(void)
{
	struct tdxu_sigstruct sig = nondet_sigstruct();
	u32 module_pages = nondet_u16() % 512u, lps = nondet_u16() & 0x1fff;
	u64 pages;

	no_less_for_more();
	__CPROVER_assume(module_pages <= TDXU_MAX_MODULE_PAGES && lps <= 4096);
	pages = tdxu_memory_pages(&sig, module_pages, lps, nondet_u8());
	__CPROVER_assert(pages > CODE_PAGES && pages < 1ULL << 40, "a size that a host can have");
}
