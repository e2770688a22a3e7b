// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TD memory regions: what CONFIG is told, and TDMR.INIT. Where the platform does not say which
 * memory can be converted (num_cmrs = 0), CONFIG takes the number of TDMRs on trust, and no page
 * is ever usable for a TD.
 *
 * The table is part of the handoff: the next module knows the TDMRs from there only.
 */

#include "model.h"

#define INVALID_TDMR		     0xC0000A0000000000ULL
#define NON_ORDERED_TDMR	     0xC0000A0100000000ULL
#define TDMR_OUTSIDE_CMRS	     0xC0000A0200000000ULL
#define TDMR_ALREADY_INITIALIZED     0x00000A0300000000ULL
#define INVALID_PAMT		     0xC0000A1000000000ULL
#define PAMT_OUTSIDE_CMRS	     0xC0000A1100000000ULL
#define PAMT_OVERLAP		     0xC0000A1200000000ULL
#define INVALID_RESERVED_IN_TDMR     0xC0000A2000000000ULL
#define NON_ORDERED_RESERVED_IN_TDMR 0xC0000A2100000000ULL

#define GIB	       (1ULL << 30)
#define INIT_PER_CALL  (1024ULL * FW_PAGE) /* of a TDMR, by one TDMR.INIT */

enum {
	TDMR_INFO_ALIGN = 512,
	PAMT_LEVELS = 3, /* 4 KiB, 2 MiB, 1 GiB */
};

/* TDMR_INFO, as the VMM hands it over. PAMTs come with the largest page size first. */
struct tdmr_info {
	struct fw_range tdmr;
	struct fw_range pamt[PAMT_LEVELS];
	struct fw_range reserved[FW_MAX_RESERVED]; /* from the TDMR's base; size 0: no more */
};

static u64 end_of(const struct fw_range *r)
{
	return r->base + r->size;
}

static bool wraps(const struct fw_range *r)
{
	return end_of(r) < r->base;
}

static bool overlap(const struct fw_range *a, const struct fw_range *b)
{
	return a->base < end_of(b) && b->base < end_of(a);
}

/* Detail of a status: which TDMR, and which of its PAMTs or reserved areas. */
static u64 of(u64 status, u64 tdmr, u64 part)
{
	return status | tdmr | part << 8;
}

/* Below the addresses that carry a key id. */
static bool plain(const struct fw *fw, const struct fw_range *r)
{
	return !wraps(r) && end_of(r) <= 1ULL << (fw->platform.max_pa - fw->platform.keyid_bits);
}

static bool aligned(const struct fw_range *r, u64 align)
{
	return !(r->base & (align - 1)) && !(r->size & (align - 1));
}

/* CMRs are in order; neighbours count as one. */
static bool in_cmrs(const struct fw *fw, const struct fw_range *r)
{
	u64 covered = r->base;
	u32 i;

	for (i = 0; i < fw->platform.num_cmrs && covered < end_of(r); i++) {
		const struct fw_range *cmr = &fw->platform.cmr[i];

		if (cmr->base <= covered && end_of(cmr) > covered)
			covered = end_of(cmr);
	}
	return covered >= end_of(r);
}

/* The part of a TDMR before its nth reserved area, or after the last one. */
static struct fw_range available(const struct tdmr_info *info, u32 n)
{
	const struct fw_range *r = info->reserved;
	u64 from = n ? end_of(&r[n - 1]) : 0;
	u64 to = n < FW_MAX_RESERVED && r[n].size ? r[n].base : info->tdmr.size;

	return (struct fw_range){ info->tdmr.base + from, to - from };
}

static u32 count_reserved(const struct tdmr_info *info)
{
	u32 n = 0;

	while (n < FW_MAX_RESERVED && info->reserved[n].size)
		n++;
	return n;
}

static u64 check_reserved(const struct tdmr_info *info, u64 tdmr)
{
	u32 count = count_reserved(info);
	u32 i;

	for (i = 0; i < FW_MAX_RESERVED; i++) {
		const struct fw_range *r = &info->reserved[i];

		if (!r->size)
			continue;
		if (i >= count)
			return of(NON_ORDERED_RESERVED_IN_TDMR, tdmr, count);
		if (wraps(r))
			return of(INVALID_RESERVED_IN_TDMR, tdmr, i);
		if (i && r->base < end_of(r - 1))
			return of(NON_ORDERED_RESERVED_IN_TDMR, tdmr, i);
		if (!aligned(r, FW_PAGE) || end_of(r) > info->tdmr.size)
			return of(INVALID_RESERVED_IN_TDMR, tdmr, i);
	}
	return 0;
}

static u64 pamt_bytes(const struct fw *fw, const struct tdmr_info *info, u32 level)
{
	static const u8 shift[PAMT_LEVELS] = { 12, 21, 30 };

	return (info->tdmr.size >> shift[level]) * fw->mod.desc.pamt_entry_size[level];
}

static u64 check_pamt_sizes(const struct fw *fw, const struct tdmr_info *info, u64 tdmr)
{
	u32 level;

	for (level = PAMT_LEVELS; level-- > 0;) {
		const struct fw_range *pamt = &info->pamt[level];

		if (!plain(fw, pamt) || !aligned(pamt, FW_PAGE) ||
		    pamt->size < pamt_bytes(fw, info, level))
			return of(INVALID_PAMT, tdmr, level);
	}
	return 0;
}

static bool meets_pamt(const struct tdmr_info *info, const struct fw_range *r, u32 levels)
{
	u32 i;

	for (i = 0; i < levels; i++)
		if (overlap(&info->pamt[i], r))
			return true;
	return false;
}

static bool meets_available(const struct tdmr_info *info, const struct fw_range *r)
{
	u32 count = count_reserved(info);
	u32 i;

	for (i = 0; i <= count; i++) {
		struct fw_range area = available(info, i);

		if (area.size && overlap(&area, r))
			return true;
	}
	return false;
}

static void load_info(struct fw *fw, u64 array, u64 i, struct tdmr_info *info)
{
	u64 words[2 + 2 * PAMT_LEVELS];
	u64 pa;
	u32 level;

	fw_read(fw, array + i * sizeof(pa), &pa, sizeof(pa));
	fw_read(fw, pa, words, sizeof(words));
	fw_read(fw, pa + sizeof(words), info->reserved, sizeof(info->reserved));
	info->tdmr = (struct fw_range){ words[0], words[1] };
	for (level = 0; level < PAMT_LEVELS; level++) {
		const u64 *pair = &words[2 * (PAMT_LEVELS - level)];

		info->pamt[level] = (struct fw_range){ pair[0], pair[1] };
	}
}

/* Against itself and all TDMRs before it, both ways. @array: where those are described. */
static u64 check_pamt_overlaps(struct fw *fw, u64 array, const struct tdmr_info *info, u64 tdmr)
{
	struct tdmr_info other;
	u32 level;
	u64 j;

	for (level = 0; level < PAMT_LEVELS; level++)
		if (meets_pamt(info, &info->pamt[level], level) ||
		    meets_available(info, &info->pamt[level]))
			return of(PAMT_OVERLAP, tdmr, level);
	for (j = 0; j < tdmr; j++) {
		load_info(fw, array, j, &other);
		for (level = 0; level < PAMT_LEVELS; level++)
			if (meets_pamt(&other, &info->pamt[level], PAMT_LEVELS) ||
			    meets_available(&other, &info->pamt[level]) ||
			    meets_available(info, &other.pamt[level]))
				return of(PAMT_OVERLAP, tdmr, level);
	}
	return 0;
}

static u64 check_cmrs(const struct fw *fw, const struct tdmr_info *info, u64 tdmr)
{
	u32 count = count_reserved(info);
	u32 i;

	for (i = PAMT_LEVELS; i-- > 0;)
		if (!in_cmrs(fw, &info->pamt[i]))
			return of(PAMT_OUTSIDE_CMRS, tdmr, i);
	for (i = 0; i <= count; i++) {
		struct fw_range area = available(info, i);

		if (area.size && !in_cmrs(fw, &area))
			return of(TDMR_OUTSIDE_CMRS, tdmr, 0);
	}
	return 0;
}

static u64 check_place(const struct fw *fw, const struct tdmr_info *info, u64 tdmr)
{
	const struct fw_range *r = &info->tdmr;

	if (wraps(r))
		return of(INVALID_TDMR, tdmr, 0);
	if (tdmr && r->base < fw->mod.live.tdmr[tdmr - 1].base + fw->mod.live.tdmr[tdmr - 1].size)
		return of(NON_ORDERED_TDMR, tdmr, 0);
	if (!r->size || !aligned(r, GIB) || !plain(fw, r))
		return of(INVALID_TDMR, tdmr, 0);
	return 0;
}

static void keep(struct fw *fw, const struct tdmr_info *info, u64 tdmr)
{
	struct fw_tdmr *entry = &fw->mod.live.tdmr[tdmr];
	u32 i;

	entry->base = info->tdmr.base;
	entry->size = info->tdmr.size;
	entry->next = info->tdmr.base;
	for (i = 0; i < PAMT_LEVELS; i++)
		entry->pamt_base[i] = info->pamt[i].base;
	memcpy(entry->reserved, info->reserved, sizeof(entry->reserved));
}

static u64 check_and_keep(struct fw *fw, u64 array, u64 i)
{
	struct tdmr_info info;
	u64 pa, rax;

	fw_read(fw, array + i * sizeof(pa), &pa, sizeof(pa));
	if (!fw_shared_pa(fw, pa, TDMR_INFO_ALIGN))
		return fw_operand_invalid(FW_OPERAND_RCX);
	load_info(fw, array, i, &info);
	rax = check_place(fw, &info, i);
	if (!rax)
		rax = check_reserved(&info, i);
	if (!rax)
		rax = check_pamt_sizes(fw, &info, i);
	if (!rax)
		rax = check_pamt_overlaps(fw, array, &info, i);
	if (!rax)
		rax = check_cmrs(fw, &info, i);
	if (!rax)
		keep(fw, &info, i);
	return rax;
}

u64 fw_tdmr_config(struct fw *fw, u64 array, u64 count)
{
	u64 rax = 0;
	u64 i;

	memset(fw->mod.live.tdmr, 0, sizeof(fw->mod.live.tdmr));
	for (i = 0; fw->platform.num_cmrs && i < count && !rax; i++)
		rax = check_and_keep(fw, array, i);
	return rax;
}

/* TDH.SYS.TDMR.INIT: a part of it with each call. RDX: what is usable up to now, in GiB steps. */
u64 fw_sys_tdmr_init(struct fw *fw, struct fw_regs *regs)
{
	struct fw_handoff_payload *live = &fw->mod.live;
	u32 i;

	regs->rdx = 0;
	for (i = 0; i < live->num_tdmrs && i < FW_MAX_TDMRS; i++)
		if (live->tdmr[i].size && live->tdmr[i].base == regs->rcx)
			break;
	if (i == live->num_tdmrs || i == FW_MAX_TDMRS)
		return fw_operand_invalid(FW_OPERAND_RCX);
	if (live->tdmr[i].next >= live->tdmr[i].base + live->tdmr[i].size)
		return TDMR_ALREADY_INITIALIZED;
	live->tdmr[i].next += INIT_PER_CALL;
	regs->rdx = live->tdmr[i].next & ~(GIB - 1);
	return FW_SUCCESS;
}

static bool is_reserved(const struct fw_tdmr *tdmr, u64 pa)
{
	u32 i;

	for (i = 0; i < FW_MAX_RESERVED && tdmr->reserved[i].size; i++)
		if (pa - tdmr->base - tdmr->reserved[i].base < tdmr->reserved[i].size)
			return true;
	return false;
}

enum fw_memory fw_tdmr_memory(const struct fw *fw, u64 pa)
{
	const struct fw_handoff_payload *live = &fw->mod.live;
	u32 i;

	for (i = 0; i < live->num_tdmrs && i < FW_MAX_TDMRS; i++) {
		const struct fw_tdmr *tdmr = &live->tdmr[i];

		if (pa - tdmr->base >= tdmr->size || pa >= (tdmr->next & ~(GIB - 1)))
			continue;
		return is_reserved(tdmr, pa) ? FW_MEMORY_RESERVED : FW_MEMORY_USABLE;
	}
	return FW_MEMORY_OUTSIDE;
}
