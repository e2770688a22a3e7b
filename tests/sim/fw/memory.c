// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The SEAM range as a module fills it: what P-SEAMLDR estimates before it touches anything, and
 * what mapping really takes. Nothing is mapped here, only counted. Fact sheet, section 4 and
 * section 3, steps 27, 30 and 31.
 */

#include "model.h"

enum {
	PAGES_PER_TABLE = 512, /* entries of a page table of any level */
	PAGES_PER_2M = 512,
	PAGES_PER_1G = 512 * 512,
	CODE_PAGES = 512, /* the code region is 2 MiB whatever the image needs */
};

static u64 ceil_div(u64 a, u64 b)
{
	return (a + b - 1) / b;
}

static u64 round_up_pow2(u64 n)
{
	u64 p = 1;

	while (p < n)
		p <<= 1;
	return p;
}

void fw_layout(const struct fw *fw, struct fw_layout *l)
{
	const struct tdxu_sigstruct *s = &fw->ldr.sig;
	u64 n = round_up_pow2(fw->platform.addressable_lps) * fw->platform.num_packages;

	l->vmcs = n;
	l->stacks = n * (s->num_stack_pages + 2); /* one is the shadow stack */
	l->data = n * (s->num_tls_pages + 1) + s->num_global_data_pages + 1 +
		  s->num_handoff_pages + 1;
	l->keyholes = n * (s->num_keyhole_pages + 1);
	l->keyhole_edit = ceil_div(l->keyholes, PAGES_PER_TABLE);
	l->image = fw->ldr.params.num_module_pages;
}

/* Pages of page tables as the loader estimates them: short for small regions. */
static u64 estimated_tables(u64 pages)
{
	return ceil_div(pages, PAGES_PER_TABLE) +
	       ceil_div(pages / PAGES_PER_2M, PAGES_PER_TABLE) +
	       ceil_div(pages / PAGES_PER_1G, PAGES_PER_TABLE);
}

static u64 module_range_pages(const struct fw *fw)
{
	return (fw->platform.seamrr_size - fw->platform.seamldr_range_size) / FW_PAGE;
}

/* Everything but page tables. */
static u64 fixed_pages(const struct fw_layout *l)
{
	return 1 + l->vmcs + l->stacks + l->data + CODE_PAGES;
}

bool fw_layout_estimate_fits(const struct fw *fw, const struct fw_layout *l)
{
	u64 paging = 1 + estimated_tables(1) + estimated_tables(l->stacks) +
		     estimated_tables(l->data) + estimated_tables(l->keyholes) +
		     estimated_tables(l->keyhole_edit) + estimated_tables(l->image);

	return fixed_pages(l) + paging <= module_range_pages(fw);
}

/* Page tables and page directories that mapping a region really takes. */
static u64 real_tables(u64 pages)
{
	return ceil_div(pages, PAGES_PER_2M) + ceil_div(pages, PAGES_PER_1G);
}

/*
 * Each region starts at its own gigabyte of one 512 GiB slot, so they share one directory
 * pointer table; the key hole edit region lies in another slot. Out of pages in the first part
 * is an error that the loader returns, in the second one that it does not survive.
 */
u64 fw_layout_map(struct fw *fw, const struct fw_layout *l)
{
	u64 range = module_range_pages(fw);
	u64 pml4 = 1;
	u64 pdpt = 1;
	u64 first = pdpt + real_tables(l->image) + real_tables(l->data) +
		    real_tables(l->stacks) + real_tables(1);
	u64 second = real_tables(l->keyholes) + pdpt + real_tables(l->keyhole_edit);

	if (fixed_pages(l) + pml4 + first > range)
		return TDXU_SEAMLDR_ENOMEM;
	if (fixed_pages(l) + pml4 + first + second > range)
		fw_die(fw, "P-SEAMLDR ran out of page table pages while mapping key holes");
	return 0;
}
