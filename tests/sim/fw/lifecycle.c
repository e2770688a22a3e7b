// SPDX-License-Identifier: GPL-2.0-or-later
/* The TDX module comes up: INIT, LP.INIT, CONFIG, KEY.CONFIG. Fact sheet, section 8. */

#include "model.h"

enum { TDMR_ARRAY_ALIGN = 512 };

#define TDX_KEY_CONFIGURED 0x0000081500000000ULL

/* MSRs that LP.INIT compares with those of INIT's LP; the first INIT demands a value of, too. */
static const struct {
	u32 number;
	u64 sound;
} msrs[] = {
	{ 0x03b, 0 }, /* TSC_ADJUST */
	{ 0x0bc, 0 }, /* MISC_PACKAGE_CTLS */
	{ 0x0bd, 1 }, /* XAPIC_DISABLE_STATUS */
	{ 0x0cf, 0 }, /* CORE_CAPABILITIES */
	{ 0x10a, 0 }, /* ARCH_CAPABILITIES */
	{ 0x345, 0 }, /* PERF_CAPABILITIES */
	{ 0x480, 0 }, { 0x481, 0 }, { 0x482, 0 }, { 0x483, 0 }, { 0x484, 0 }, { 0x485, 0 },
	{ 0x486, 0 }, { 0x487, 0 }, { 0x488, 0 }, { 0x489, 0 }, { 0x48a, 0 }, { 0x48b, 0 },
	{ 0x48c, 0 }, { 0x48d, 0 }, { 0x48e, 0 }, { 0x48f, 0 }, { 0x490, 0 }, { 0x491, 0 },
	/* Fact sheet, section 12. */
	{ 0x0fe, 0 }, { 0x087, 0 }, { 0x981, 0 }, { 0x982, 0 }, { 0x098, 0 }, { 0x099, 0 },
};
static_assert(ARRAY_SIZE(msrs) == FW_NUM_MSRS);
enum { DEMANDED = 24, MSR_MISC_ENABLE = 0x1a0, MISC_ENABLE_LIMIT_CPUID = 1 << 22 };

void fw_module_start(struct fw *fw, const struct fw_desc *desc)
{
	memset(&fw->mod, 0, sizeof(fw->mod));
	fw->mod.desc = *desc;
	fw->mod.sys_state = FW_SYSINIT_PENDING;
}

static u64 msr_poke(const struct fw *fw, u32 lp, u32 number)
{
	const struct fw_pokes *p = &fw->pokes;

	return number == p->msr_bad_addr && (!p->msr_bad_lp_only || lp == p->msr_bad_lp);
}

static u64 read_msr(struct fw *fw, u32 lp, size_t i)
{
	u64 value = msrs[i].sound;

	if (fw->hooks.msr && !fw->hooks.msr(fw->hooks.ctx, lp, msrs[i].number, &value))
		value = msrs[i].sound;
	return value ^ msr_poke(fw, lp, msrs[i].number);
}

static u32 seam_caps(const struct fw *fw)
{
	return fw->pokes.seam_caps_set ? fw->pokes.seam_caps : FW_SEAM_CAPS;
}

/* TDH.SYS.INIT */

/* A host's real MSRs need not be a TDX machine's: only a poke makes one wrong. */
static u64 check_msrs(struct fw *fw, u32 lp)
{
	size_t i;

	for (i = 0; i < DEMANDED; i++)
		if (msr_poke(fw, lp, msrs[i].number))
			return TDXU_TDX_INCORRECT_MSR_VALUE | msrs[i].number;
	return 0;
}

static void record_cpu(struct fw *fw, u32 lp)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		fw->mod.msr[i] = read_msr(fw, lp, i);
	fw->mod.seam_caps = seam_caps(fw);
}

/* Does the sigstruct promise what the code was built for? */
static bool sigstruct_fits(const struct fw *fw)
{
	const struct fw_sysinfo *told = &fw->ldr.sysinfo;
	const struct fw_desc *built = &fw->mod.desc;

	return told->module_hv == built->module_hv &&
	       told->min_update_hv >= built->min_update_hv &&
	       (told->no_downgrade || !built->no_downgrade) &&
	       fw_handoff_area(fw) >= fw_handoff_size(fw) + sizeof(struct fw_handoff_header);
}

static u64 init_locked(struct fw *fw, u32 lp, u64 rcx)
{
	u64 canary;
	u64 rax;

	if (rcx)
		return fw_operand_invalid(FW_OPERAND_RCX);
	if (fw->mod.sys_state != FW_SYSINIT_PENDING)
		return TDXU_TDX_SYS_INIT_NOT_PENDING;
	rax = check_msrs(fw, lp);
	if (rax)
		return rax;
	if ((seam_caps(fw) & FW_SEAM_CAPS) != FW_SEAM_CAPS)
		return TDXU_TDX_INCOMPATIBLE_SEAM_CAPABILITIES;
	if (!sigstruct_fits(fw))
		return TDXU_TDX_SYS_INCOMPATIBLE_SIGSTRUCT;
	if (!fw_rdrand(fw, &canary))
		return TDXU_TDX_RND_NO_ENTROPY;
	record_cpu(fw, lp);
	fw->mod.sys_state = FW_SYSINIT_DONE;
	return FW_SUCCESS;
}

u64 fw_sys_init(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	u64 attributes = regs->rcx;
	u64 rax;

	regs->rcx = regs->rdx = regs->r8 = regs->r9 = regs->r10 = 0;
	if (!fw_lock_exclusive(&fw->mod))
		return TDXU_TDX_SYS_BUSY;
	rax = init_locked(fw, lp, attributes);
	fw_unlock_exclusive(&fw->mod);
	return rax;
}

/* TDH.SYS.LP.INIT */

/* Of IA32_MISC_ENABLE: the bit by which a BIOS limits CPUID. Fact sheet, section 12. */
static bool cpuid_is_limited(struct fw *fw, u32 lp)
{
	u64 value = 0;

	if (fw->hooks.msr && !fw->hooks.msr(fw->hooks.ctx, lp, MSR_MISC_ENABLE, &value))
		value = 0;
	return (value & MISC_ENABLE_LIMIT_CPUID) || msr_poke(fw, lp, MSR_MISC_ENABLE);
}

static u64 compare_cpu(struct fw *fw, u32 lp)
{
	size_t i;

	if (cpuid_is_limited(fw, lp))
		return TDXU_TDX_INCORRECT_MSR_VALUE | MSR_MISC_ENABLE;

	if (seam_caps(fw) != fw->mod.seam_caps)
		return TDXU_TDX_INCOMPATIBLE_SEAM_CAPABILITIES;
	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		if (read_msr(fw, lp, i) != fw->mod.msr[i])
			return TDXU_TDX_INCONSISTENT_MSR | msrs[i].number;
	return 0;
}

static bool lock_shared(struct fw_module *mod)
{
	if (mod->global_lock & FW_LOCK_EXCLUSIVE)
		return false;
	mod->global_lock += FW_LOCK_SHARED;
	return true;
}

static u64 lp_init_locked(struct fw *fw, u32 lp)
{
	struct fw_module *mod = &fw->mod;
	u64 seed;
	u64 rax;

	if (mod->sys_state != FW_SYSINIT_DONE)
		return TDXU_TDX_SYS_LP_INIT_NOT_PENDING;
	if (mod->lp_init[lp])
		return TDXU_TDX_SYS_LP_INIT_DONE;
	if (!fw_rdrand(fw, &seed))
		return TDXU_TDX_RND_NO_ENTROPY;
	rax = compare_cpu(fw, lp);
	if (rax)
		return rax;
	mod->lp_init[lp] = 1;
	mod->num_init_lps++;
	return FW_SUCCESS;
}

u64 fw_sys_lp_init(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	u64 rax;

	regs->rcx = regs->rdx = regs->r8 = 0;
	if (!lock_shared(&fw->mod))
		return TDXU_TDX_SYS_BUSY;
	rax = lp_init_locked(fw, lp);
	fw->mod.global_lock -= FW_LOCK_SHARED;
	return rax;
}

/* TDH.SYS.CONFIG, TDH.SYS.KEY.CONFIG */

static bool private_hkid(const struct fw *fw, u64 hkid)
{
	const struct fw_platform *p = &fw->platform;

	return hkid > p->last_shared_hkid && hkid - p->last_shared_hkid <= p->num_private_hkids;
}

static bool asks_nb_export(const struct fw *fw, const struct fw_regs *regs)
{
	u16 bit = fw->mod.desc.nb_export;

	return bit && fw_leaf_version(regs->rax) && regs->r9 >> bit & 1;
}

static u64 config_locked(struct fw *fw, const struct fw_regs *regs)
{
	struct fw_module *mod = &fw->mod;
	u64 rax;

	if (mod->sys_state != FW_SYSINIT_DONE || !fw_all_lps_init(fw))
		return TDXU_TDX_SYS_CONFIG_NOT_PENDING;
	if (!fw_shared_pa(fw, regs->rcx, TDMR_ARRAY_ALIGN))
		return fw_operand_invalid(FW_OPERAND_RCX);
	if (!regs->rdx || regs->rdx > mod->desc.max_tdmrs)
		return fw_operand_invalid(FW_OPERAND_RDX);
	if (!private_hkid(fw, regs->r8))
		return fw_operand_invalid(FW_OPERAND_R8);
	rax = fw_enable(fw, regs, false);
	if (!rax)
		rax = fw_tdmr_config(fw, regs->rcx, regs->rdx);
	if (rax)
		return rax;
	fw_set_count(fw, FW_NB_EXPORT, asks_nb_export(fw, regs));
	mod->live.num_tdmrs = regs->rdx;
	mod->live.global_hkid = regs->r8;
	mod->live.kot[regs->r8 % FW_KOT_ENTRIES].state = FW_KOT_RESERVED;
	mod->sys_state = FW_SYSCONFIG_DONE;
	/* In place of UPDATE: whatever handoff there is, nobody takes it over any more. */
	fw_td_tell(fw, FW_TD_RELOADED, 0);
	return FW_SUCCESS;
}

u64 fw_sys_config(struct fw *fw, const struct fw_regs *regs)
{
	u64 rax;

	if (!fw_lock_exclusive(&fw->mod))
		return TDXU_TDX_SYS_BUSY;
	rax = config_locked(fw, regs);
	fw_unlock_exclusive(&fw->mod);
	return rax;
}

static u64 key_config_locked(struct fw *fw, u32 lp)
{
	struct fw_module *mod = &fw->mod;
	u32 package = fw_package_bit(fw, lp);

	if (mod->sys_state != FW_SYSCONFIG_DONE)
		return TDXU_TDX_SYS_KEY_CONFIG_NOT_PENDING;
	if (mod->live.pkg_config_bitmap & package)
		return TDX_KEY_CONFIGURED;
	mod->live.pkg_config_bitmap |= package;
	if (mod->live.pkg_config_bitmap == fw_all_packages(fw))
		mod->sys_state = FW_SYS_READY;
	return FW_SUCCESS;
}

u64 fw_sys_key_config(struct fw *fw, u32 lp)
{
	u64 rax;

	if (!fw_lock_exclusive(&fw->mod))
		return TDXU_TDX_SYS_BUSY;
	rax = key_config_locked(fw, lp);
	fw_unlock_exclusive(&fw->mod);
	return rax;
}

/*
 * TDH.SYS.DISABLE: all that the module holds is given back, and it can be brought up from the
 * start, by a kernel that follows this one. No published source has it: a module here has it if it
 * is told so, whatever its features are.
 */
u64 fw_sys_disable(struct fw *fw)
{
	struct fw_desc desc = fw->mod.desc;

	if (!desc.sys_disable)
		return fw_operand_invalid(FW_OPERAND_RAX);
	if (!fw_lock_exclusive(&fw->mod))
		return TDXU_TDX_SYS_BUSY;
	fw_td_tell(fw, FW_TD_DISABLED, 0);
	fw_module_start(fw, &desc);
	return FW_SUCCESS;
}
