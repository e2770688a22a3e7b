// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any sigstruct, up to 496 module pages, up to 4096 logical processors in each of up to 255
 * packages.
 * Options: --unsigned-overflow-check
 */

#include "core/memory.c"

u8 nondet_u8(void);
u16 nondet_u16(void);
struct tdxu_sigstruct nondet_sigstruct(void);

void main(void)
{
	struct tdxu_sigstruct sig = nondet_sigstruct();
	u32 module_pages = nondet_u16() % 512u, lps = nondet_u16() & 0x1fff;
	u64 pages;

	__CPROVER_assume(module_pages <= TDXU_MAX_MODULE_PAGES && lps <= 4096);
	pages = tdxu_memory_pages(&sig, module_pages, lps, nondet_u8());
	__CPROVER_assert(pages > CODE_PAGES && pages < 1ULL << 40, "a size that a host can have");
}
