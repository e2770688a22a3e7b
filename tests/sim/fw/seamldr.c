// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The P-SEAMLDR: dispatcher, INFO, SEAMINFO, the INSTALL session, SHUTDOWN, CLEANUP. Fact sheet,
 * sections 2, 3 (steps 1 to 6), 6. What the last LP of an INSTALL session does is in install.c.
 */

#include "model.h"

enum {
	MAX_X2APIC_ID = 1023,
	INFO_ALIGN = 256,
	SEAMINFO_ALIGN = 2048,
	SEAMINFO_SOCKETS = 8,
	SEAMLDR_FEATURE_CLEANUP = 1 << 1,
	/* What CLEANUP zeroes of SEAMEXTEND: all but the state bytes. */
	EXT_IDENTITY_BYTES = offsetof(struct tdxu_seamextend, seam_ready),
};
static_assert(EXT_IDENTITY_BYTES == 128);

struct seaminfo {
	u64 version;
	u32 tot_num_lps;
	u32 tot_num_sockets;
	u32 socket_cpuid[SEAMINFO_SOCKETS];
	u64 seamldr_range_base;
	u64 seamldr_range_size;
	u8 skip_smrr2_check;
	u8 tdx_ac;
	u8 reserved[62];
	struct fw_range cmr[FW_MAX_CMRS];
	u8 unused[SEAMINFO_ALIGN - 640];
} __packed;
static_assert(sizeof(struct seaminfo) == SEAMINFO_ALIGN);
static_assert(offsetof(struct seaminfo, cmr) == 128);
static_assert(offsetof(struct seaminfo, unused) == 640);
static_assert((int)FW_MAX_PACKAGES <= (int)SEAMINFO_SOCKETS);


static u64 info(struct fw *fw, u64 pa)
{
	struct tdxu_seamldr_info out = { .vendor_id = TDXU_SIGSTRUCT_VENDOR_INTEL };

	if (!fw_shared_pa(fw, pa, INFO_ALIGN))
		return TDXU_SEAMLDR_EBADPARAM;
	/* The cache says 0: look at the database, or, should that not answer, claim all of it. */
	if (!fw->ldr.updates_left && !fw->pokes.seamdb_read_fails)
		fw->ldr.updates_left = fw->platform.seamdb_size - fw->ldr.seamdb_entries;
	else if (!fw->ldr.updates_left)
		fw->ldr.updates_left = fw->platform.seamdb_size;
	out.build_date = fw->platform.seamldr_build_date;
	out.build_num = fw->platform.seamldr_build_num;
	out.minor = fw->platform.seamldr_minor;
	out.major = fw->platform.seamldr_major;
	out.update = fw->platform.seamldr_update;
	out.acm_x2apicid = fw->platform.acm_x2apic_id;
	out.num_remaining_updates = fw->ldr.updates_left;
	out.seamextend = fw->ldr.ext;
	out.features0 = SEAMLDR_FEATURE_CLEANUP;
	fw_write(fw, pa, &out, sizeof(out));
	return FW_SUCCESS;
}

static u64 seaminfo(struct fw *fw, u64 pa)
{
	const struct fw_platform *p = &fw->platform;
	struct seaminfo *out = (struct seaminfo *)fw->page;
	u32 i;

	if (!fw_shared_pa(fw, pa, SEAMINFO_ALIGN))
		return TDXU_SEAMLDR_EBADPARAM;
	memset(out, 0, sizeof(*out));
	out->tot_num_lps = p->num_lps;
	out->tot_num_sockets = p->num_packages;
	for (i = 0; i < p->num_packages; i++)
		out->socket_cpuid[i] = p->cpuid_fms[i];
	out->seamldr_range_base = p->seamrr_base + p->seamrr_size - p->seamldr_range_size;
	out->seamldr_range_size = p->seamldr_range_size;
	memcpy(out->cmr, p->cmr, p->num_cmrs * sizeof(*p->cmr));
	fw_write(fw, pa, out, sizeof(*out));
	return FW_SUCCESS;
}

static void open_install(struct fw_seamldr *ldr)
{
	ldr->ext_saved = ldr->ext;
	ldr->ext.seam_ready = 0;
	ldr->flow = FW_FLOW_INSTALL;
}

static void close_install(struct fw_seamldr *ldr)
{
	ldr->flow = FW_FLOW_READY;
	ldr->lps_in_update = 0;
	memset(ldr->in_update, 0, sizeof(ldr->in_update));
	ldr->init_done = true;
}

static enum fw_outcome install(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	struct fw_seamldr *ldr = &fw->ldr;

	regs->rdx = FW_INSTALL_RECOVERABLE;
	regs->rax = TDXU_SEAMLDR_EUNSPECERR;
	if (fw->platform.x2apic_id[lp] > MAX_X2APIC_ID)
		return FW_RETURN;
	regs->rax = TDXU_SEAMLDR_EBADCALL;
	if ((ldr->flow != FW_FLOW_READY && ldr->flow != FW_FLOW_INSTALL) || ldr->in_update[lp])
		return FW_RETURN;
	if (ldr->flow == FW_FLOW_READY)
		open_install(ldr);
	ldr->in_update[lp] = 1;
	ldr->lps_in_update++;
	regs->rax = FW_SUCCESS;
	if (ldr->lps_in_update < fw->platform.num_lps)
		return FW_RETURN;

	regs->rax = fw_install_last(fw, regs->rcx, &regs->rdx);
	if (fw->dead)
		return FW_UD2;
	/* The old module comes back, as far as it was there. */
	if (regs->rax != FW_SUCCESS && regs->rdx == FW_INSTALL_RECOVERABLE)
		ldr->ext = ldr->ext_saved;
	close_install(ldr);
	return FW_RETURN;
}

static u64 shutdown_last(struct fw *fw, u32 lp)
{
	if (fw->platform.x2apic_id[lp] != fw->platform.acm_x2apic_id)
		return TDXU_SEAMLDR_EBADCALL;
	/* P_SEAMLDR_READY is among what is zeroed: nobody calls here again. */
	memset(&fw->ldr.ext, 0, sizeof(fw->ldr.ext));
	return FW_SUCCESS;
}

static u64 shutdown(struct fw *fw, u32 lp)
{
	struct fw_seamldr *ldr = &fw->ldr;

	if (fw->platform.x2apic_id[lp] > MAX_X2APIC_ID)
		return TDXU_SEAMLDR_EUNSPECERR;
	if (ldr->flow != FW_FLOW_READY && ldr->flow != FW_FLOW_SHUTDOWN)
		return TDXU_SEAMLDR_EBADCALL;
	if (ldr->key_dirty || ldr->cache_dirty)
		return TDXU_SEAMLDR_ECLEANUPREQ;
	ldr->ext.seam_ready = 0;
	ldr->flow = FW_FLOW_SHUTDOWN;
	if (!ldr->in_shutdown[lp]) {
		ldr->in_shutdown[lp] = 1;
		ldr->lps_in_shutdown++;
	}
	if (ldr->lps_in_shutdown < fw->platform.num_lps)
		return FW_SUCCESS;
	return shutdown_last(fw, lp);
}

static bool last_of_package(const struct fw *fw, u32 lp)
{
	u32 i;

	for (i = 0; i < fw->platform.num_lps; i++)
		if (fw_package(fw, i) == fw_package(fw, lp) && i != lp && !fw->ldr.in_cleanup[i])
			return false;
	return true;
}

/* Counts within one call, from 1; the interrupt that was asked for comes once. */
static bool interrupted(struct fw *fw, u32 *polls)
{
	if (++*polls != fw->pokes.interrupt_after_polls)
		return false;
	fw->pokes.interrupt_after_polls = 0;
	return true;
}

static bool program_key(struct fw *fw, u32 *keys)
{
	u64 key;

	if (++*keys != fw->pokes.pconfig_fail_index)
		return fw_rdseed(fw, &key);
	fw->pokes.pconfig_fail_index = 0;
	return false;
}

/* Each private key id gets a new key; a call goes on where the one before has stopped. */
static u64 scrub_keys(struct fw *fw, u32 package, u32 *polls)
{
	u32 *done = &fw->ldr.keys_done[package];
	u32 keys = 0;

	if (!(fw->ldr.key_dirty & 1u << package))
		return FW_SUCCESS;
	while (*done < fw->platform.num_private_hkids) {
		if (!program_key(fw, &keys))
			return TDXU_SEAMLDR_ENOENTROPY;
		++*done;
		if (*done == fw->platform.num_private_hkids)
			fw->ldr.key_dirty &= ~(1u << package);
		if (interrupted(fw, polls))
			return TDXU_SEAMLDR_EINTERRUPT;
	}
	return FW_SUCCESS;
}

static u64 scrub_caches(struct fw *fw, u32 package, u32 *polls)
{
	u32 *done = &fw->ldr.blocks_done[package];

	if (!(fw->ldr.cache_dirty & 1u << package))
		return FW_SUCCESS;
	while (*done < fw->platform.cache_blocks) {
		++*done;
		if (*done == fw->platform.cache_blocks)
			fw->ldr.cache_dirty &= ~(1u << package);
		if (interrupted(fw, polls))
			return TDXU_SEAMLDR_EINTERRUPT;
	}
	return FW_SUCCESS;
}

/* The last LP of a package: new keys, then all its caches written back and flushed. */
static u64 scrub_package(struct fw *fw, u32 package)
{
	u32 polls = 0;
	u64 rax;

	if (package >= FW_MAX_PACKAGES) {
		fw_die(fw, "SEAMLDR.CLEANUP on a package whose id P-SEAMLDR has no place for");
		return 0;
	}
	rax = scrub_keys(fw, package, &polls);
	if (!rax)
		rax = scrub_caches(fw, package, &polls);
	return rax;
}

static void open_cleanup(struct fw *fw)
{
	struct tdxu_seamextend *ext = &fw->ldr.ext;

	fw->ldr.flow = FW_FLOW_CLEANUP;
	ext->seam_ready = 0;
	ext->tcb_svn_minor = 0;
	ext->tcb_svn_major = 0;
	ext->tcb_svn_patch = 0;
	fw_handoff(fw)->valid = 0;
	fw_td_tell(fw, FW_TD_CLEANUP, 0);
}

static void close_cleanup(struct fw *fw)
{
	struct fw_seamldr *ldr = &fw->ldr;

	memset(&ldr->ext, 0, EXT_IDENTITY_BYTES);
	ldr->seamdb_entries = 0;
	ldr->updates_left = fw->platform.seamdb_size;
	ldr->lps_in_cleanup = 0;
	memset(ldr->in_cleanup, 0, sizeof(ldr->in_cleanup));
	ldr->flow = FW_FLOW_READY;
}

static u64 cleanup(struct fw *fw, u32 lp)
{
	struct fw_seamldr *ldr = &fw->ldr;
	u64 rax;

	if (fw->platform.x2apic_id[lp] > MAX_X2APIC_ID)
		return TDXU_SEAMLDR_EUNSPECERR;
	if ((ldr->flow != FW_FLOW_READY && ldr->flow != FW_FLOW_CLEANUP) ||
	    ldr->in_cleanup[lp] || !ldr->init_done)
		return TDXU_SEAMLDR_EBADCALL;
	if (ldr->flow == FW_FLOW_READY)
		open_cleanup(fw);
	if (last_of_package(fw, lp)) {
		rax = scrub_package(fw, fw_package(fw, lp));
		if (rax || fw->dead)
			return rax; /* this LP has not done its part: it calls again */
	}
	ldr->in_cleanup[lp] = 1;
	if (++ldr->lps_in_cleanup == fw->platform.num_lps)
		close_cleanup(fw);
	return FW_SUCCESS;
}

/* The stack canary is drawn once, at the very first SEAMCALL. */
static bool have_canary(struct fw *fw)
{
	u64 canary;

	if (!fw->ldr.canary_ready)
		fw->ldr.canary_ready = fw_rdrand(fw, &canary);
	return fw->ldr.canary_ready;
}

enum fw_outcome fw_seamldr_dispatch(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	u64 leaf = regs->rax;

	if (!have_canary(fw)) {
		regs->rax = TDXU_SEAMLDR_EUNSPECERR;
		return FW_RETURN;
	}
	switch (leaf) {
	case TDXU_SEAMLDR_INFO:
		regs->rax = info(fw, regs->rcx);
		return FW_RETURN;
	case TDXU_SEAMLDR_INSTALL:
		return install(fw, lp, regs);
	case FW_SEAMLDR_SHUTDOWN:
		regs->rax = shutdown(fw, lp);
		return FW_RETURN;
	case TDXU_SEAMLDR_SEAMINFO:
		regs->rax = seaminfo(fw, regs->rcx);
		return FW_RETURN;
	case FW_SEAMLDR_CLEANUP:
		regs->rax = cleanup(fw, lp);
		return fw->dead ? FW_UD2 : FW_RETURN;
	default:
		regs->rax = TDXU_SEAMLDR_EBADPARAM;
		return FW_RETURN;
	}
}
