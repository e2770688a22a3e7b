// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The platform around the two firmware parts: power-on, the SEAMCALL instruction itself, and the
 * services that both parts use.
 */

#include "model.h"

enum fw_outcome fw_die(struct fw *fw, const char *why)
{
	fw->dead = true;
	fw->dead_why = why;
	fw_td_tell(fw, FW_TD_FATAL, 0);
	return FW_UD2;
}

void fw_td_tell(struct fw *fw, enum fw_td_event event, u64 detail)
{
	if (fw->td_ops)
		fw->td_ops->event(fw, event, detail);
}

u32 fw_package(const struct fw *fw, u32 lp)
{
	return fw->platform.x2apic_id[lp] >> fw->platform.pkg_shift;
}

u32 fw_all_packages(const struct fw *fw)
{
	u32 lp, mask = 0;

	for (lp = 0; lp < fw->platform.num_lps; lp++)
		if (fw_package(fw, lp) < FW_MAX_PACKAGES)
			mask |= 1u << fw_package(fw, lp);
	return mask;
}

bool fw_package_beyond(const struct fw *fw)
{
	u32 lp;

	for (lp = 0; lp < fw->platform.num_lps; lp++)
		if (fw_package(fw, lp) >= FW_MAX_PACKAGES)
			return true;
	return false;
}

void fw_mark_dirty(struct fw *fw)
{
	struct fw_seamldr *ldr = &fw->ldr;

	ldr->key_dirty = fw_all_packages(fw);
	ldr->cache_dirty = ldr->key_dirty;
	memset(ldr->keys_done, 0, sizeof(ldr->keys_done));
	memset(ldr->blocks_done, 0, sizeof(ldr->blocks_done));
}

/* splitmix64: the fixed sequence of a host without a random hook. */
static bool random_bits(struct fw *fw, u64 *value)
{
	u64 z;

	if (fw->hooks.random)
		return fw->hooks.random(fw->hooks.ctx, value);
	z = fw->random_seed += 0x9e3779b97f4a7c15ULL;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	*value = z ^ z >> 31;
	return true;
}

bool fw_rdrand(struct fw *fw, u64 *value)
{
	fw->rdrand_count++;
	if (fw->pokes.rdrand_fail || fw->rdrand_count == fw->pokes.rdrand_fail_index)
		return false;
	return random_bits(fw, value);
}

bool fw_rdseed(struct fw *fw, u64 *value)
{
	return !fw->pokes.rdseed_fail && random_bits(fw, value);
}

/* Physical addresses: the key id is in the upper bits. */

static u32 hkid_of(const struct fw *fw, u64 pa)
{
	const struct fw_platform *p = &fw->platform;

	return pa >> (p->max_pa - p->keyid_bits) & ((1u << p->keyid_bits) - 1);
}

static u64 strip_hkid(const struct fw *fw, u64 pa)
{
	return pa & ((1ULL << (fw->platform.max_pa - fw->platform.keyid_bits)) - 1);
}

bool fw_shared_pa(const struct fw *fw, u64 pa, u64 align)
{
	const struct fw_platform *p = &fw->platform;

	if (pa & (align - 1) || pa >> p->max_pa || hkid_of(fw, pa) > p->last_shared_hkid)
		return false;
	return strip_hkid(fw, pa) - p->seamrr_base >= p->seamrr_size;
}

void fw_read(struct fw *fw, u64 pa, void *data, size_t size)
{
	if (!fw->hooks.read(fw->hooks.ctx, strip_hkid(fw, pa), data, size))
		memset(data, 0xff, size);
}

void fw_write(struct fw *fw, u64 pa, const void *data, size_t size)
{
	fw->hooks.write(fw->hooks.ctx, strip_hkid(fw, pa), data, size);
}

/* Power-on */

void fw_init(struct fw *fw, const struct fw_hooks *hooks)
{
	memset(fw, 0, sizeof(*fw));
	fw->hooks = *hooks;
}

void fw_platform_defaults(struct fw_platform *p, u32 num_lps)
{
	u32 i;

	memset(p, 0, sizeof(*p));
	p->num_lps = num_lps;
	p->num_packages = 1;
	for (i = 0; i < num_lps; i++)
		p->x2apic_id[i] = i;
	p->pkg_shift = 16;
	for (i = 0; i < FW_MAX_PACKAGES; i++)
		p->cpuid_fms[i] = 0x806f8;
	p->addressable_lps = num_lps;
	p->seam_present = true;
	p->seamldr_present = true;
	p->max_pa = 46;
	p->keyid_bits = 6;
	p->last_shared_hkid = 31;
	p->num_private_hkids = 32;
	p->seamrr_size = 32ULL << 20;
	/* The top of the address space that carries no key id: no RAM of the host's is there. */
	p->seamrr_base = (1ULL << (p->max_pa - p->keyid_bits)) - p->seamrr_size;
	p->seamldr_range_size = 2ULL << 20;
	p->seamdb_size = 16;
	p->cache_blocks = 32;
	p->seamldr_major = 1;
	p->seamldr_minor = 5;
	p->seamldr_build_num = 744;
	p->seamldr_build_date = 20240101;
}

void fw_reset(struct fw *fw)
{
	u32 lp;

	memset(&fw->pokes, 0, sizeof(fw->pokes));
	memset(&fw->ldr, 0, sizeof(fw->ldr));
	memset(&fw->mod, 0, sizeof(fw->mod));
	memset(fw->lp, 0, sizeof(fw->lp));
	memset(fw->handoff, 0, sizeof(fw->handoff));
	memset(fw->code, 0, sizeof(fw->code));
	for (lp = 0; lp < FW_MAX_LPS; lp++)
		fw->lp[lp].current_vmcs = ~0ULL;
	fw->dead = false;
	fw->dead_why = NULL;
	fw->ldr.ext.p_seamldr_ready = fw->platform.seamldr_present;
	fw->ldr.ext.system_under_debug = fw->platform.debug_unlocked;
}

void fw_desc_default(struct fw_desc *desc)
{
	static const struct fw_desc like_1_5_01 = {
		.magic = FW_DESC_MAGIC_BYTES,
		.major = 1,
		.minor = 5,
		.update = 1,
		.module_hv = 3,
		.min_update_hv = 1,
		.features0 = TDXU_FEATURE_TD_PRESERVING,
		.max_tdmrs = 64,
		.max_reserved_per_tdmr = 16,
		.pamt_entry_size = { 16, 16, 16 },
		.tdr_base_size = 4096,
		.tdcs_base_size = 16384,
		.tdvps_base_size = 24576,
		.num_cpuid_config = 6,
		.max_vcpus_per_td = 576,
	};

	*desc = like_1_5_01;
}

/* What LOAD, CONFIG and KEY.CONFIG of a booting host leave behind. */
static void configure_module(struct fw *fw)
{
	struct fw_module *mod = &fw->mod;
	u32 lp;

	mod->sys_state = FW_SYS_READY;
	mod->num_init_lps = fw->platform.num_lps;
	for (lp = 0; lp < fw->platform.num_lps; lp++)
		mod->lp_init[lp] = 1;
	mod->live.num_tdmrs = 1;
	mod->live.global_hkid = fw->platform.last_shared_hkid + 1;
	mod->live.kot[mod->live.global_hkid % FW_KOT_ENTRIES].state = FW_KOT_RESERVED;
	mod->live.pkg_config_bitmap = fw_all_packages(fw);
}

static void describe_module(struct fw *fw, const struct fw_boot_module *module)
{
	static const u8 none[TDXU_SHA384_BYTES];
	struct tdxu_seamextend *ext = &fw->ldr.ext;

	ext->valid = 0x1ff;
	ext->tcb_svn_minor = module->svn_minor;
	ext->tcb_svn_major = module->svn_major;
	ext->seam_ready = 1;
	memcpy(ext->mrseam, module->mrseam, sizeof(ext->mrseam));
	if (memcmp(module->mrseam, none, sizeof(none)))
		return;
	fw->hooks.sha384_init(fw->hooks.ctx);
	fw->hooks.sha384_update(fw->hooks.ctx, &module->desc, sizeof(module->desc));
	fw->hooks.sha384_final(fw->hooks.ctx, ext->mrseam);
}

void fw_boot_module(struct fw *fw, const struct fw_boot_module *module)
{
	struct fw_seamldr *ldr = &fw->ldr;

	describe_module(fw, module);
	ldr->canary_ready = true;
	ldr->init_done = true;
	ldr->range_initialized = true;
	ldr->seamdb_entries = 1;
	ldr->updates_left = fw->platform.seamdb_size - 1;
	fw_mark_dirty(fw);
	ldr->sysinfo.module_hv = module->desc.module_hv;
	ldr->sysinfo.min_update_hv = module->desc.min_update_hv;
	ldr->sysinfo.no_downgrade = module->desc.no_downgrade;
	ldr->sysinfo.num_handoff_pages = module->num_handoff_pages;
	memset(fw->handoff, 0, sizeof(fw->handoff));
	fw_module_start(fw, &module->desc);
	configure_module(fw);
}

/* The instruction */

static bool is_seamldr(u64 rax)
{
	return rax >> 63;
}

static bool callable(const struct fw *fw, u64 rax)
{
	if (fw->dead)
		return false;
	return is_seamldr(rax) ? fw->ldr.ext.p_seamldr_ready : fw->ldr.ext.seam_ready;
}

enum fw_outcome fw_dispatch(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	bool seamldr = is_seamldr(regs->rax);
	enum fw_outcome outcome;

	if (lp >= fw->platform.num_lps)
		return FW_VMFAIL;
	if (fw->platform.vmx_off[lp])
		return FW_UD;
	if (!fw->platform.seam_present)
		return FW_GP;
	if (!callable(fw, regs->rax))
		return FW_VMFAIL;
	fw->rdrand_count = 0;
	outcome = seamldr ? fw_seamldr_dispatch(fw, lp, regs) : fw_module_dispatch(fw, lp, regs);
	if (fw->rdrand_count >= fw->pokes.rdrand_fail_index)
		fw->pokes.rdrand_fail_index = 0;
	if (seamldr && outcome == FW_RETURN && fw->platform.erratum)
		fw->lp[lp].current_vmcs = ~0ULL;
	return outcome;
}

static unsigned long lock(struct fw *fw)
{
	return fw->hooks.lock ? fw->hooks.lock(fw->hooks.ctx) : 0;
}

static void unlock(struct fw *fw, unsigned long flags)
{
	if (fw->hooks.unlock)
		fw->hooks.unlock(fw->hooks.ctx, flags);
}

/* For latencies: is this the INSTALL that will do the work, and how much of it? */
static void foresee_install(struct fw *fw, struct fw_call *call)
{
	u64 pages;

	if (call->regs->rax != TDXU_SEAMLDR_INSTALL || !callable(fw, call->regs->rax) ||
	    fw->ldr.in_update[call->lp] ||
	    fw->ldr.lps_in_update + 1 != fw->platform.num_lps)
		return;
	call->last_install = true;
	if (!fw_shared_pa(fw, call->regs->rcx, FW_PAGE))
		return;
	fw_read(fw, call->regs->rcx + offsetof(struct tdxu_seamldr_params, num_module_pages),
		&pages, sizeof(pages));
	if (pages <= TDXU_MAX_MODULE_PAGES)
		call->pages = pages;
}

/* One call, alone in P-SEAMLDR if it is for it. The lock is dropped for the time it takes. */
static void execute(struct fw *fw, struct fw_call *call)
{
	unsigned long flags = lock(fw);

	fw->leftovers += fw_leaf_has_leftovers(&call->in);
	if (fw->hooks.before)
		fw->hooks.before(fw->hooks.ctx, call);
	foresee_install(fw, call);
	unlock(fw, flags);
	if (fw->hooks.stall)
		fw->hooks.stall(fw->hooks.ctx, call);
	flags = lock(fw);
	if (!call->skip)
		call->outcome = fw_dispatch(fw, call->lp, call->regs);
	if (fw->hooks.after)
		fw->hooks.after(fw->hooks.ctx, call);
	unlock(fw, flags);
}

static void refuse(struct fw *fw, struct fw_call *call)
{
	unsigned long flags = lock(fw);

	call->outcome = FW_VMFAIL;
	if (fw->hooks.after)
		fw->hooks.after(fw->hooks.ctx, call);
	unlock(fw, flags);
}

enum fw_outcome fw_seamcall(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	struct fw_regs work = *regs;
	struct fw_call call = { .lp = lp, .in = *regs, .regs = &work, .outcome = FW_RETURN };

	if (lp >= FW_MAX_LPS)
		return FW_VMFAIL;
	if (!is_seamldr(regs->rax)) {
		__atomic_store_n(&fw->lp[lp].inside, 1, __ATOMIC_SEQ_CST);
		execute(fw, &call);
		__atomic_store_n(&fw->lp[lp].inside, 0, __ATOMIC_SEQ_CST);
	} else if (__atomic_exchange_n(&fw->seamldr_busy, 1, __ATOMIC_SEQ_CST)) {
		refuse(fw, &call);
	} else {
		execute(fw, &call);
		__atomic_store_n(&fw->seamldr_busy, 0, __ATOMIC_SEQ_CST);
	}
	if (call.outcome == FW_RETURN)
		*regs = work;
	return call.outcome;
}
