// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The TDX module's dispatcher. Fact sheet, section 8. What is done for TDs is the TD model's
 * (struct fw_td_ops).
 */

#include "model.h"

enum {
	LEAF_VP_INIT = 22,
	LEAF_VP_RD = 26,
};

#define RAX_RESERVED	   0xffffffffff000000ULL
#define RAX_VERSION	   0xff0000ULL
#define RAX_LEAF	   0xffffULL

static u64 td_leaf(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	if (fw->td_ops && fw->td_ops->leaf && fw->td_ops->leaf(fw, lp, regs))
		return regs->rax;
	/* Where there are no TDs, no HKID can be given to one. */
	if ((regs->rax & RAX_LEAF) == FW_TDH_MNG_CREATE)
		return fw_operand_invalid(FW_OPERAND_RDX);
	return fw_operand_invalid(FW_OPERAND_RAX);
}

static bool has_versions(const struct fw *fw, u64 rax)
{
	switch (rax & RAX_LEAF) {
	case FW_TDH_MNG_RD:
	case LEAF_VP_INIT:
	case LEAF_VP_RD:
		return true;
	case TDXU_TDH_SYS_INIT:
	case FW_TDH_SYS_CONFIG:
	case TDXU_TDH_SYS_UPDATE:
		return fw_rules(fw)->versions && fw_leaf_version(rax) == 1;
	default:
		return false;
	}
}

static bool works_unready(u64 leaf)
{
	switch (leaf) {
	case FW_TDH_SYS_KEY_CONFIG:
	case FW_TDH_SYS_INFO:
	case TDXU_TDH_SYS_INIT:
	case TDXU_TDH_SYS_RD:
	case TDXU_TDH_SYS_LP_INIT:
	case FW_TDH_SYS_RDALL:
	case FW_TDH_SYS_LP_SHUTDOWN:
	case FW_TDH_SYS_CONFIG:
	case TDXU_TDH_SYS_UPDATE:
		return true;
	default:
		return false;
	}
}

static u64 refuse(const struct fw *fw, u64 rax)
{
	u64 leaf = rax & RAX_LEAF;

	if (rax & RAX_RESERVED || (rax & RAX_VERSION && !has_versions(fw, rax)))
		return fw_operand_invalid(FW_OPERAND_RAX);
	if (fw->mod.sys_state == FW_SYS_SHUTDOWN && leaf != FW_TDH_SYS_LP_SHUTDOWN)
		return TDXU_TDX_SYS_SHUTDOWN;
	if (fw->mod.sys_state < FW_SYS_READY && !works_unready(leaf) &&
	    !(leaf == FW_TDH_SYS_DISABLE && fw->mod.desc.sys_disable))
		return TDXU_TDX_SYS_NOT_READY;
	return 0;
}

static u64 metadata_leaf(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	bool rd = (regs->rax & RAX_LEAF) == TDXU_TDH_SYS_RD;

	if (!fw->mod.lp_init[lp] && rd)
		fw_sys_rd_none(regs);
	if (!fw->mod.lp_init[lp])
		return TDXU_TDX_SYS_LP_INIT_NOT_DONE;
	switch (regs->rax & RAX_LEAF) {
	case FW_TDH_SYS_INFO:
		return fw_sys_info(fw, regs);
	case TDXU_TDH_SYS_RD:
		return fw_sys_rd(fw, regs);
	default:
		/* SYS.RDALL writes lists that no fact sheet describes. */
		return fw_operand_invalid(FW_OPERAND_RCX);
	}
}

static u64 execute(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	switch (regs->rax & RAX_LEAF) {
	case FW_TDH_SYS_KEY_CONFIG:
		return fw_sys_key_config(fw, lp);
	case FW_TDH_SYS_INFO:
	case TDXU_TDH_SYS_RD:
	case FW_TDH_SYS_RDALL:
		return metadata_leaf(fw, lp, regs);
	case TDXU_TDH_SYS_INIT:
		return fw_sys_init(fw, lp, regs);
	case TDXU_TDH_SYS_LP_INIT:
		return fw_sys_lp_init(fw, lp, regs);
	case FW_TDH_SYS_LP_SHUTDOWN:
		return FW_SUCCESS;
	case FW_TDH_SYS_CONFIG:
		return fw_sys_config(fw, regs);
	case TDXU_TDH_SYS_SHUTDOWN:
		return fw_sys_shutdown(fw, lp, regs->rcx);
	case TDXU_TDH_SYS_UPDATE:
		return fw_sys_update(fw, regs);
	case FW_TDH_SYS_TDMR_INIT:
		return fw_sys_tdmr_init(fw, regs);
	case FW_TDH_SYS_DISABLE:
		return fw_sys_disable(fw);
	default:
		return td_leaf(fw, lp, regs);
	}
}

enum fw_outcome fw_module_dispatch(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	u64 rax = refuse(fw, regs->rax);

	regs->rax = rax ? rax : execute(fw, lp, regs);
	return fw->dead ? FW_UD2 : FW_RETURN;
}
