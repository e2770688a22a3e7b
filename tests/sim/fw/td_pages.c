// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TDs as a real VMM makes them, of pages of the host's memory: control pages, the key in each
 * package, parameters, and the way back. The TDs of vmm.c lie at imaginary addresses and have no
 * pages; for them none of this is needed. And what the module counts of both kinds.
 */

#include "model.h"
#include "sim.h"

#define PAGE_METADATA_INCORRECT	   0xC000030000000000ULL
#define ASSOCIATED_PAGES_EXIST	   0xC000040000000000ULL
#define LIFECYCLE_STATE_INCORRECT  0xC000060700000000ULL
#define TDCX_NUM_INCORRECT	   0xC000061000000000ULL
#define OPERAND_ADDR_RANGE_ERROR   0xC000010100000000ULL
#define KEY_CONFIGURED		   0x0000081500000000ULL
#define TD_KEYS_NOT_CONFIGURED	   0x8000081000000000ULL
#define WBCACHE_NOT_COMPLETE	   0x8000081700000000ULL
#define NO_HKID_READY_TO_WBCACHE   0x0000082100000000ULL

/* Fields of a TD that MNG.RD knows; of their values nothing depends here. */
#define FIELD_TSC_OFFSET     0x110000000000000aULL
#define FIELD_TSC_MULTIPLIER 0x110000000000000bULL
#define TSC_MULTIPLIER_ONE   (1ULL << 48)

/* Operand ids of what TD_PARAMS say. */
enum {
	OPERAND_ATTRIBUTES = 64,
	OPERAND_XFAM = 65,
	OPERAND_MAX_VCPUS = 68,
};

/* The part of TD_PARAMS that is looked at. */
struct td_params {
	u64 attributes;
	u64 xfam;
	u16 max_vcpus;
} __packed;

enum {
	TD_PARAMS_ALIGN = 1024,
};

struct fw_td_page *fw_td_page_find(struct fw_sim *sim, u64 pa)
{
	u32 i;

	for (i = 0; i < FW_MAX_TD_PAGES; i++)
		if (sim->page[i].type && sim->page[i].pa == pa)
			return &sim->page[i];
	return NULL;
}

bool fw_td_page_free(struct fw_sim *sim, u64 pa)
{
	return !(pa % FW_PAGE) && fw_tdmr_memory(&sim->fw, pa) == FW_MEMORY_USABLE &&
	       !fw_td_page_find(sim, pa);
}

bool fw_td_page_take(struct fw_sim *sim, u64 pa, u32 td, enum fw_td_page_type type)
{
	u32 i;

	for (i = 0; i < FW_MAX_TD_PAGES && sim->page[i].type; i++)
		;
	if (i == FW_MAX_TD_PAGES)
		return false;
	sim->page[i] = (struct fw_td_page){ .pa = pa, .td = td, .type = type };
	return true;
}

void fw_td_pages_drop(struct fw_sim *sim)
{
	memset(sim->page, 0, sizeof(sim->page));
}

static u32 count_pages(const struct fw_sim *sim, u32 td, enum fw_td_page_type type)
{
	u32 i, count = 0;

	for (i = 0; i < FW_MAX_TD_PAGES; i++)
		count += sim->page[i].type == type && sim->page[i].td == td;
	return count;
}

bool fw_td_configured(const struct fw *fw, const struct fw_td *td)
{
	return !td->tdr || td->key_packages == fw_all_packages(fw);
}

static struct fw_kot_entry *key_of(struct fw *fw, const struct fw_td *td)
{
	return &fw->mod.live.kot[td->hkid];
}

static u64 key_config(struct fw *fw, u32 lp, struct fw_td *td)
{
	u32 package = fw_package_bit(fw, lp);

	if (key_of(fw, td)->state != FW_KOT_ASSIGNED)
		return LIFECYCLE_STATE_INCORRECT;
	if (td->key_packages & package)
		return KEY_CONFIGURED;
	td->key_packages |= package;
	return FW_SUCCESS;
}

static u32 tdcs_pages(const struct fw *fw)
{
	return fw->mod.desc.tdcs_base_size / FW_PAGE;
}

static u64 add_control_page(struct fw *fw, struct fw_td *td, u64 pa)
{
	struct fw_sim *sim = fw_sim(fw);

	if (key_of(fw, td)->state != FW_KOT_ASSIGNED)
		return LIFECYCLE_STATE_INCORRECT;
	if (!fw_td_configured(fw, td))
		return TD_KEYS_NOT_CONFIGURED;
	if (count_pages(sim, td->id, FW_PT_TDCX) >= tdcs_pages(fw))
		return TDCX_NUM_INCORRECT;
	if (fw_tdmr_memory(fw, pa) != FW_MEMORY_USABLE)
		return OPERAND_ADDR_RANGE_ERROR | FW_OPERAND_RCX;
	if (!fw_td_page_free(sim, pa))
		return PAGE_METADATA_INCORRECT | FW_OPERAND_RCX;
	return fw_td_page_take(sim, pa, td->id, FW_PT_TDCX) ? FW_SUCCESS : TDXU_TDX_SYS_BUSY;
}

/* What is fixed must be as it is fixed: 1 where @fixed1 is, 0 where @fixed0 is not. */
static bool allowed(u64 value, u64 fixed0, u64 fixed1)
{
	return !(value & ~fixed0) && (value & fixed1) == fixed1;
}

u64 fw_td_params_check(struct fw *fw, const struct fw_td *td, u64 pa)
{
	const struct fw_desc *desc = &fw->mod.desc;
	struct td_params params;

	if (!td->tdr)
		return 0;
	if (count_pages(fw_sim(fw), td->id, FW_PT_TDCX) != tdcs_pages(fw))
		return TDCX_NUM_INCORRECT;
	if (!fw_shared_pa(fw, pa, TD_PARAMS_ALIGN))
		return fw_operand_invalid(FW_OPERAND_RDX);
	fw_read(fw, pa, &params, sizeof(params));
	if (!allowed(params.attributes, desc->attributes_fixed0, desc->attributes_fixed1))
		return TDXU_TDX_OPERAND_INVALID | OPERAND_ATTRIBUTES;
	if (!allowed(params.xfam, desc->xfam_fixed0, desc->xfam_fixed1))
		return TDXU_TDX_OPERAND_INVALID | OPERAND_XFAM;
	if (!params.max_vcpus || params.max_vcpus > desc->max_vcpus_per_td)
		return TDXU_TDX_OPERAND_INVALID | OPERAND_MAX_VCPUS;
	return 0;
}

static u64 read_field(struct fw_regs *regs)
{
	u64 field = regs->rdx;

	regs->r8 = field == FIELD_TSC_MULTIPLIER ? TSC_MULTIPLIER_ONE : 0;
	if (field == FIELD_TSC_OFFSET || field == FIELD_TSC_MULTIPLIER)
		return FW_SUCCESS;
	return TDXU_TDX_METADATA_FIELD_ID_INCORRECT;
}

/*
 * The measurement has come to its end. A count that a handoff of version 0 has dropped, or that an
 * older module in between has, is too small for this: the module notices, and ends itself.
 */
void fw_td_end_build(struct fw *fw, const struct fw_td *td)
{
	u32 count = fw_count(fw, FW_COUNT_BUILDS);

	if (!td->counted || !fw_counts(fw))
		return;
	if (count)
		fw_set_count(fw, FW_COUNT_BUILDS, count - 1);
	else
		fw_die(fw, "the module's count of TDs being built fell below 0");
}

void fw_td_end_streams(struct fw *fw, struct fw_td *td)
{
	u32 count = fw_count(fw, FW_COUNT_MIGRATIONS);

	if (fw_counts(fw) && count < td->streams)
		fw_die(fw, "the module's count of interrupted migrations fell below 0");
	else if (fw_counts(fw))
		fw_set_count(fw, FW_COUNT_MIGRATIONS, count - td->streams);
	td->streams = 0;
}

void fw_td_uncount(struct fw *fw, struct fw_td *td)
{
	if (td->state == FW_TD_BUILDING)
		fw_td_end_build(fw, td);
	fw_td_end_streams(fw, td);
}

/* From here on the TD is only taken apart. */
static u64 flush_done(struct fw *fw, struct fw_td *td)
{
	if (key_of(fw, td)->state != FW_KOT_ASSIGNED)
		return LIFECYCLE_STATE_INCORRECT;
	key_of(fw, td)->state = FW_KOT_FLUSHED;
	key_of(fw, td)->written_back = 0;
	fw_td_uncount(fw, td);
	return FW_SUCCESS;
}

static u64 write_back(struct fw *fw, u32 lp)
{
	u8 package = fw_package_bit(fw, lp);
	u64 rax = NO_HKID_READY_TO_WBCACHE;
	u32 i;

	for (i = 0; i < FW_KOT_ENTRIES; i++) {
		struct fw_kot_entry *entry = &fw->mod.live.kot[i];

		if (entry->state != FW_KOT_FLUSHED || entry->written_back & package)
			continue;
		entry->written_back |= package;
		rax = FW_SUCCESS;
	}
	return rax;
}

u64 fw_td_key_free(struct fw *fw, struct fw_td *td)
{
	if (key_of(fw, td)->state != FW_KOT_FLUSHED)
		return LIFECYCLE_STATE_INCORRECT;
	if (key_of(fw, td)->written_back != fw_all_packages(fw))
		return WBCACHE_NOT_COMPLETE;
	*key_of(fw, td) = (struct fw_kot_entry){ .state = FW_KOT_FREE };
	td->torn_down = true;
	return FW_SUCCESS;
}

static bool has_other_pages(const struct fw_sim *sim, const struct fw_td *td)
{
	u32 i;

	for (i = 0; i < FW_MAX_TD_PAGES; i++)
		if (sim->page[i].type && sim->page[i].td == td->id &&
		    sim->page[i].type != FW_PT_TDR)
			return true;
	return false;
}

static u64 reclaim(struct fw *fw, struct fw_regs *regs)
{
	struct fw_sim *sim = fw_sim(fw);
	struct fw_td_page *page = fw_td_page_find(sim, regs->rcx);
	enum fw_memory memory = fw_tdmr_memory(fw, regs->rcx);
	struct fw_td *td;

	regs->rcx = regs->rdx = regs->r8 = 0;
	if (memory == FW_MEMORY_OUTSIDE)
		return OPERAND_ADDR_RANGE_ERROR | FW_OPERAND_RCX;
	if (!page)
		return PAGE_METADATA_INCORRECT | FW_OPERAND_RCX;
	td = fw_td_find(sim, page->td);
	regs->rcx = page->type;
	regs->rdx = page->type == FW_PT_TDR ? 0 : td->tdr;
	if (!td->torn_down)
		return LIFECYCLE_STATE_INCORRECT;
	if (page->type == FW_PT_TDR && has_other_pages(sim, td))
		return ASSOCIATED_PAGES_EXIST;
	if (page->type == FW_PT_TDR)
		memset(td, 0, sizeof(*td));
	page->type = FW_PT_NDA;
	return FW_SUCCESS;
}

static u64 read_metadata(struct fw *fw, struct fw_regs *regs)
{
	struct fw_td_page *page = fw_td_page_find(fw_sim(fw), regs->rcx);
	enum fw_memory memory = fw_tdmr_memory(fw, regs->rcx);

	regs->rcx = regs->rdx = regs->r8 = 0;
	if (memory == FW_MEMORY_OUTSIDE)
		return OPERAND_ADDR_RANGE_ERROR | FW_OPERAND_RCX;
	if (memory == FW_MEMORY_RESERVED)
		regs->rcx = FW_PT_RSVD;
	else if (page)
		regs->rcx = page->type;
	return FW_SUCCESS;
}

/* The page must be nobody's, whichever key is in its address. */
static u64 write_back_page(struct fw *fw, u64 rcx)
{
	const struct fw_platform *p = &fw->platform;
	u64 pa = rcx & ((1ULL << (p->max_pa - p->keyid_bits)) - 1);

	if (fw_tdmr_memory(fw, pa) != FW_MEMORY_USABLE)
		return OPERAND_ADDR_RANGE_ERROR | FW_OPERAND_RCX;
	if (fw_td_page_find(fw_sim(fw), pa))
		return PAGE_METADATA_INCORRECT | FW_OPERAND_RCX;
	return FW_SUCCESS;
}

static u64 leaf_of_td(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	bool adds = (u16)regs->rax == FW_TDH_MNG_ADDCX;
	u64 tdr = adds ? regs->rdx : regs->rcx;
	struct fw_td *td = fw_td_at(fw_sim(fw), tdr);

	if (!td)
		return fw_operand_invalid(adds ? FW_OPERAND_RDX : FW_OPERAND_RCX);
	switch ((u16)regs->rax) {
	case FW_TDH_MNG_ADDCX:
		return add_control_page(fw, td, regs->rcx);
	case FW_TDH_MNG_KEY_CONFIG:
		return key_config(fw, lp, td);
	case FW_TDH_MNG_RD:
		return read_field(regs);
	default:
		return flush_done(fw, td);
	}
}

bool fw_td_pages_leaf(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	switch ((u16)regs->rax) {
	case FW_TDH_MNG_ADDCX:
	case FW_TDH_MNG_KEY_CONFIG:
	case FW_TDH_MNG_RD:
	case FW_TDH_MNG_VPFLUSHDONE:
		regs->rax = leaf_of_td(fw, lp, regs);
		return true;
	case FW_TDH_PHYMEM_PAGE_RDMD:
		regs->rax = read_metadata(fw, regs);
		return true;
	case FW_TDH_PHYMEM_PAGE_RECLAIM:
		regs->rax = reclaim(fw, regs);
		return true;
	case FW_TDH_PHYMEM_CACHE_WB:
		regs->rax = write_back(fw, lp);
		return true;
	case FW_TDH_PHYMEM_PAGE_WBINVD:
		regs->rax = write_back_page(fw, regs->rcx);
		return true;
	default:
		return false;
	}
}
