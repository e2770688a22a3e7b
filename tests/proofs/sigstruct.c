// SPDX-License-Identifier: GPL-2.0-or-later
/* Any sigstruct with any number of module pages. */

#include "core/image.c"

u32 nondet_u32(void);
struct tdxu_sigstruct nondet_sigstruct(void);

void main(void)
{
	struct tdxu_sigstruct sig = nondet_sigstruct();
	u32 pages = nondet_u32();
	enum tdxu_image_rule rule = tdxu_sigstruct_check(&sig, pages);
	u64 bytes = (u64)pages * TDXU_PAGE_SIZE;

	__CPROVER_assert(rule < TDXU_IMAGE_NR_RULES, "a rule that has a name");
	if (rule)
		return;
	__CPROVER_assert(pages >= 1 && pages <= TDXU_MAX_MODULE_PAGES, "1 to 496 pages");
	__CPROVER_assert(sig.min_update_hv <= sig.module_hv, "handoff versions in order");
	__CPROVER_assert(sig.gdt_idt_offset + 4096ULL <= bytes, "GDT and IDT inside the module");
	__CPROVER_assert(sig.fault_wrapper_offset + 512ULL <= bytes, "fault wrapper inside");
	__CPROVER_assert(sig.cpuid_table_size <= TDXU_SIGSTRUCT_CPUID_ENTRIES, "CPU table inside");
}
