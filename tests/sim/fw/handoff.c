// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The TDX module hands over: SHUTDOWN packs what the next module needs, UPDATE takes it. Fact
 * sheet, sections 8 and 11.
 */

#include "model.h"

enum { COMPAT_COUNT_MAX = 0xffff };

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

/* The counts exist in the format from handoff version 1 on. */
static void drop_counts(struct fw *fw)
{
	fw_set_count(fw, FW_COUNT_BUILDS, 0);
	fw_set_count(fw, FW_COUNT_MIGRATIONS, 0);
}

static void pack_handoff(struct fw *fw, u16 hv)
{
	struct tdxu_handoff_header *header = fw_handoff(fw);
	u8 *payload = fw->handoff + sizeof(*header);
	size_t size = fw->mod.desc.handoff_size;
	u8 reserved = header->reserved;

	if (!fw_counts(fw) || hv < 1)
		drop_counts(fw);
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
	pack_handoff(fw, hv);
	fw->mod.sys_state = FW_SYS_SHUTDOWN;
	fw_td_tell(fw, FW_TD_SHUTDOWN, hv);
	return TDXU_TDX_SUCCESS;
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
	const struct tdxu_handoff_header *h = fw_handoff(fw);
	const struct fw_sysinfo *s = &fw->ldr.sysinfo;

	return h->valid && h->hv >= s->min_update_hv && h->hv <= s->module_hv;
}

static bool handoff_size_sane(struct fw *fw)
{
	u64 size = fw_handoff(fw)->size;

	return size && size >= fw->mod.desc.handoff_size &&
	       size + sizeof(struct tdxu_handoff_header) <= fw_handoff_area(fw);
}

static void unpack_handoff(struct fw *fw)
{
	struct tdxu_handoff_header *header = fw_handoff(fw);
	struct fw_handoff_payload *live = &fw->mod.live;
	size_t size = header->size < sizeof(*live) ? header->size : sizeof(*live);

	memcpy(live, fw->handoff + sizeof(*header), size);
	if (!fw_counts(fw) || header->hv < 1)
		drop_counts(fw);
	header->valid = 0;
	header->size = 0;
}

static u64 update_locked(struct fw *fw)
{
	if (fw->mod.sys_state != FW_SYSINIT_DONE || !fw_all_lps_init(fw))
		return TDXU_TDX_SYS_STATE_INCORRECT;
	if (!handoff_acceptable(fw))
		return TDXU_TDX_SYS_INVALID_HANDOFF;
	if (!handoff_size_sane(fw)) {
		fw_die(fw, "TDH.SYS.UPDATE met a handoff payload of a size it cannot take");
		return 0;
	}
	unpack_handoff(fw);
	fw->mod.sys_state = FW_SYS_READY;
	fw_td_tell(fw, FW_TD_UPDATED, fw_handoff(fw)->hv);
	return TDXU_TDX_SUCCESS;
}

u64 fw_sys_update(struct fw *fw)
{
	u64 rax;

	if (!fw_lock_exclusive(&fw->mod))
		return TDXU_TDX_SYS_BUSY;
	rax = update_locked(fw);
	fw_unlock_exclusive(&fw->mod);
	return rax;
}
