// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The TDX module hands over: SHUTDOWN packs what the next module needs, UPDATE takes it. Fact
 * sheet, sections 8, 11 and 12.
 */

#include "model.h"

enum {
	COMPAT_COUNT_MAX = 0xffff,
	V0_PAGES = 25, /* that 2.0.14 takes of handoff version 0 */
	V1_5_28_BYTES = 14 * FW_PAGE - sizeof(struct fw_handoff_header),
};

/*
 * As far as the fact sheet's section 12 says; between two that it names, the older one's. It knows
 * of no size in the 2.0 series.
 */
static const struct fw_rules rules[] = {
	{ 2, 0, 18, FW_TAKES_ANY, true, true, sizeof(struct fw_handoff_payload) },
	{ 2, 0, 16, FW_TAKES_ANY, true, false, sizeof(struct fw_handoff_payload) },
	{ 2, 0, 14, FW_TAKES_V0_LONG, true, false, sizeof(struct fw_handoff_payload) },
	{ 2, 0, 0, FW_TAKES_AREA, false, false, sizeof(struct fw_handoff_payload) },
	{ 1, 5, 34, FW_TAKES_ANY, true, true, V1_5_28_BYTES },
	{ 1, 5, 28, FW_TAKES_ANY, true, false, V1_5_28_BYTES },
	{ 0, 0, 0, FW_TAKES_OWN, false, false, sizeof(struct fw_handoff_payload) },
};

static u64 ordered(u16 major, u16 minor, u16 update)
{
	return (u64)major << 32 | (u32)minor << 16 | update;
}

const struct fw_rules *fw_rules(const struct fw *fw)
{
	const struct fw_desc *desc = &fw->mod.desc;
	const struct fw_rules *r = rules;

	while (ordered(desc->major, desc->minor, desc->update) <
	       ordered(r->major, r->minor, r->update))
		r++;
	return r;
}

u32 fw_handoff_size(const struct fw *fw)
{
	return fw->mod.desc.handoff_size ? fw->mod.desc.handoff_size : fw_rules(fw)->writes;
}

/* TDH.SYS.SHUTDOWN */

static bool others_inside(const struct fw *fw, u32 lp)
{
	u32 i;

	for (i = 0; i < fw->platform.num_lps; i++)
		if (i != lp && (fw->lp[i].busy ||
				__atomic_load_n(&fw->lp[i].inside, __ATOMIC_SEQ_CST)))
			return true;
	return false;
}

static bool hv_accepted(const struct fw *fw, u64 hv)
{
	const struct fw_sysinfo *s = &fw->ldr.sysinfo;

	return hv >= s->min_update_hv && hv <= s->module_hv &&
	       (!s->no_downgrade || hv == s->module_hv);
}

static u64 sensitive(u32 count, enum tdxu_compat_sensitive_reason reason)
{
	u64 told = count < COMPAT_COUNT_MAX ? count : COMPAT_COUNT_MAX;

	return TDXU_TDX_UPDATE_COMPAT_SENSITIVE | told << 16 | reason;
}

/* Would an update now break what a TD is in the middle of, as far as anybody has counted? */
static u64 check_sensitive(struct fw *fw)
{
	u32 builds = fw_count(fw, FW_COUNT_BUILDS);
	u32 migrations = fw_count(fw, FW_COUNT_MIGRATIONS);

	if (builds)
		return sensitive(builds, TDXU_COMPAT_SENSITIVE_BUILD);
	if (migrations)
		return sensitive(migrations, TDXU_COMPAT_SENSITIVE_MIGRATION);
	return 0;
}

/* The counts exist in the format from handoff version 1 on; non-blocking export, from 2 on. */
static void drop_unknown(struct fw *fw, u16 hv)
{
	if (!fw_counts(fw) || hv < 1) {
		fw_set_count(fw, FW_COUNT_BUILDS, 0);
		fw_set_count(fw, FW_COUNT_MIGRATIONS, 0);
	}
	if (hv < 2)
		fw_set_count(fw, FW_NB_EXPORT, 0);
}

static void pack_handoff(struct fw *fw, u16 hv)
{
	struct fw_handoff_header *header = fw_handoff(fw);
	u8 *payload = fw->handoff + sizeof(*header);
	size_t size = fw_handoff_size(fw);
	u8 reserved = header->reserved;

	drop_unknown(fw, hv);
	memset(fw->handoff, 0, sizeof(fw->handoff));
	memcpy(payload, &fw->mod.live,
	       size < sizeof(fw->mod.live) ? size : sizeof(fw->mod.live));
	header->reserved = reserved;
	header->hv = hv;
	header->size = size;
	header->valid = 1;
}

static u64 shutdown_locked(struct fw *fw, u32 lp, u64 hv, bool avoid)
{
	u64 rax = avoid ? check_sensitive(fw) : 0;

	if (others_inside(fw, lp))
		return TDXU_TDX_SYS_BUSY;
	if (rax)
		return rax;
	if (fw_handoff_size(fw) + sizeof(struct fw_handoff_header) > fw_handoff_area(fw)) {
		fw_die(fw, "TDH.SYS.SHUTDOWN has more to hand over than its area holds");
		return 0;
	}
	pack_handoff(fw, hv);
	fw->mod.sys_state = FW_SYS_SHUTDOWN;
	fw_td_tell(fw, FW_TD_SHUTDOWN, hv);
	return FW_SUCCESS;
}

u64 fw_sys_shutdown(struct fw *fw, u32 lp, u64 rcx)
{
	u64 flag = fw_counts(fw) ? TDXU_SHUTDOWN_AVOID_COMPAT_SENSITIVE : 0;
	u64 rax;

	if (!hv_accepted(fw, rcx & ~flag))
		return fw_operand_invalid(FW_OPERAND_RCX);
	if (!fw_lock_exclusive(&fw->mod))
		return TDXU_TDX_SYS_BUSY;
	rax = shutdown_locked(fw, lp, rcx & ~flag, rcx & flag);
	fw_unlock_exclusive(&fw->mod);
	return rax;
}

/* TDH.SYS.UPDATE */

static bool handoff_acceptable(struct fw *fw)
{
	const struct fw_handoff_header *h = fw_handoff(fw);
	const struct fw_sysinfo *s = &fw->ldr.sysinfo;

	return h->valid && h->hv >= s->min_update_hv && h->hv <= s->module_hv;
}

/* What is not taken is no error code: the module ends itself. */
static bool handoff_size_sane(struct fw *fw)
{
	const struct fw_handoff_header *h = fw_handoff(fw);
	u64 area = fw_handoff_area(fw) - sizeof(*h);

	switch (fw_rules(fw)->takes) {
	case FW_TAKES_ANY:
		return true;
	case FW_TAKES_V0_LONG:
		if (!h->hv)
			area = V0_PAGES * FW_PAGE;
		return h->size && h->size <= area;
	case FW_TAKES_AREA:
		return h->size && h->size <= area;
	default:
		return h->size && h->size >= fw_handoff_size(fw) && h->size <= area;
	}
}

static void unpack_handoff(struct fw *fw)
{
	const struct fw_handoff_header *header = fw_handoff(fw);
	struct fw_handoff_payload *live = &fw->mod.live;
	size_t size = header->size < sizeof(*live) ? header->size : sizeof(*live);

	memcpy(live, fw->handoff + sizeof(*header), size);
	drop_unknown(fw, header->hv);
}

u64 fw_enable(struct fw *fw, const struct fw_regs *regs, bool nb_export)
{
	bool asks = fw_leaf_version(regs->rax);
	u64 features = asks ? regs->r9 : 0;

	if (features & ~fw->mod.desc.features0)
		return fw_operand_invalid(FW_OPERAND_R9);
	if (asks && regs->r10)
		return fw_operand_invalid(FW_OPERAND_R10);
	if (nb_export && !(features & 1ULL << fw->mod.desc.nb_export))
		return fw_operand_invalid(FW_OPERAND_R9);
	fw->mod.tells_mismatch = features & TDXU_FEATURE_UPDATE_COMPAT;
	return 0;
}

static u64 update_locked(struct fw *fw, const struct fw_regs *regs)
{
	struct fw_handoff_header *header = fw_handoff(fw);
	u64 rax;

	if (fw->mod.sys_state != FW_SYSINIT_DONE || !fw_all_lps_init(fw))
		return TDXU_TDX_SYS_STATE_INCORRECT;
	if (!handoff_acceptable(fw))
		return TDXU_TDX_SYS_INVALID_HANDOFF;
	if (!handoff_size_sane(fw)) {
		fw_die(fw, "TDH.SYS.UPDATE met a handoff payload of a size it cannot take");
		return 0;
	}
	unpack_handoff(fw);
	rax = fw_enable(fw, regs, fw_rules(fw)->restates && fw_count(fw, FW_NB_EXPORT));
	if (rax)
		return rax;
	header->valid = 0;
	header->size = 0;
	fw->mod.sys_state = FW_SYS_READY;
	fw_td_tell(fw, FW_TD_UPDATED, header->hv);
	return FW_SUCCESS;
}

u64 fw_sys_update(struct fw *fw, const struct fw_regs *regs)
{
	u64 rax;

	if (!fw_lock_exclusive(&fw->mod))
		return TDXU_TDX_SYS_BUSY;
	rax = update_locked(fw, regs);
	fw_unlock_exclusive(&fw->mod);
	return rax;
}
