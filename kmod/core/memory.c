// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * P-SEAMLDR estimates what a module will take of the SEAM range before it touches the old one. The
 * estimate is short: it charges a small region no page directory. So there are sizes, a few pages
 * wide, that pass it and then run out of page tables when the old module is gone, by an error or
 * by UD2. Both numbers follow from the sigstruct and the number of CPUs.
 */

#include "image.h"

enum {
	SYS_INFO_PAGES = 1,
	CODE_PAGES = 512, /* 2 MiB, whatever the image needs */
	PML4_PAGES = 1,
	PDPT_PAGES = 2, /* one for all regions, one for that which edits the keyholes */
	TABLE_ENTRIES = 512,
	PAGES_PER_2M = 512,
	PAGES_PER_1G = 512 * 512,
};

/* Each is mapped by page tables of its own. */
struct regions {
	u64 stacks;
	u64 data;
	u64 keyholes;
	u64 keyhole_edit; /* the page tables of the keyholes, mapped so that they can be written */
	u64 image;
};

static u64 ceil_div(u64 n, u64 d)
{
	return (n + d - 1) / d;
}

static u64 power_of_two(u32 n)
{
	u64 p = 1;

	while (p < n)
		p *= 2;
	return p;
}

/* As P-SEAMLDR reckons: a directory for whole 2 MiB only, a pointer table for whole GiB only. */
static u64 estimated_tables(u64 pages)
{
	return ceil_div(pages, TABLE_ENTRIES) + ceil_div(pages / PAGES_PER_2M, TABLE_ENTRIES) +
	       ceil_div(pages / PAGES_PER_1G, TABLE_ENTRIES);
}

static u64 real_tables(u64 pages)
{
	return ceil_div(pages, PAGES_PER_2M) + ceil_div(pages, PAGES_PER_1G);
}

static u64 all_tables(const struct regions *r, u64 (*tables)(u64 pages))
{
	return PML4_PAGES + tables(SYS_INFO_PAGES) + tables(r->stacks) + tables(r->data) +
	       tables(r->keyholes) + tables(r->keyhole_edit) + tables(r->image);
}

u64 tdxu_memory_pages(const struct tdxu_sigstruct *sig, u32 module_pages, u32 addressable_lps,
		      u32 packages)
{
	u64 lps = power_of_two(addressable_lps) * packages;
	u64 vmcs_pages = lps, estimated, real;
	/* Counts are stored less one; every stack has a shadow stack's page besides. */
	struct regions r = {
		.stacks = lps * (sig->num_stack_pages + 2u),
		.data = lps * (sig->num_tls_pages + 1u) + sig->num_global_data_pages + 1u +
			sig->num_handoff_pages + 1u,
		.keyholes = lps * (sig->num_keyhole_pages + 1u),
		.image = module_pages,
	};

	r.keyhole_edit = ceil_div(r.keyholes, TABLE_ENTRIES);
	estimated = all_tables(&r, estimated_tables);
	real = all_tables(&r, real_tables) + PDPT_PAGES;
	return SYS_INFO_PAGES + vmcs_pages + r.stacks + r.data + CODE_PAGES +
	       (real > estimated ? real : estimated);
}
