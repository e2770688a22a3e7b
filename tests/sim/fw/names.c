// SPDX-License-Identifier: GPL-2.0-or-later
/* Words for the model's numbers, for logs and text interfaces. */

#include "fw.h"

/* Which registers a leaf takes, beside RAX. */
enum { NONE = 0, RCX = 1 << 0, RDX = 1 << 1, ANY = 0xff };

static const struct {
	u64 rax;
	const char *name;
	u8 takes;
} leaves[] = {
	{ TDXU_SEAMLDR_INFO, "SEAMLDR.INFO", RCX },
	{ TDXU_SEAMLDR_INSTALL, "SEAMLDR.INSTALL", RCX },
	{ FW_SEAMLDR_SHUTDOWN, "SEAMLDR.SHUTDOWN", NONE },
	{ TDXU_SEAMLDR_SEAMINFO, "SEAMLDR.SEAMINFO", RCX },
	{ FW_SEAMLDR_CLEANUP, "SEAMLDR.CLEANUP", NONE },
	{ FW_TDH_VP_ENTER, "TDH.VP.ENTER", ANY },
	{ FW_TDH_MNG_CREATE, "TDH.MNG.CREATE", ANY },
	{ FW_TDH_MR_EXTEND, "TDH.MR.EXTEND", ANY },
	{ FW_TDH_MR_FINALIZE, "TDH.MR.FINALIZE", ANY },
	{ FW_TDH_MNG_KEY_FREEID, "TDH.MNG.KEY.FREEID", ANY },
	{ FW_TDH_MNG_ADDCX, "TDH.MNG.ADDCX", ANY },
	{ FW_TDH_MNG_KEY_CONFIG, "TDH.MNG.KEY.CONFIG", ANY },
	{ FW_TDH_MNG_RD, "TDH.MNG.RD", ANY },
	{ FW_TDH_MNG_VPFLUSHDONE, "TDH.MNG.VPFLUSHDONE", ANY },
	{ FW_TDH_PHYMEM_PAGE_RDMD, "TDH.PHYMEM.PAGE.RDMD", ANY },
	{ FW_TDH_PHYMEM_PAGE_RECLAIM, "TDH.PHYMEM.PAGE.RECLAIM", ANY },
	{ FW_TDH_PHYMEM_CACHE_WB, "TDH.PHYMEM.CACHE.WB", ANY },
	{ FW_TDH_PHYMEM_PAGE_WBINVD, "TDH.PHYMEM.PAGE.WBINVD", ANY },
	{ FW_TDH_SYS_DISABLE, "TDH.SYS.DISABLE", ANY },
	{ FW_TDH_MNG_INIT, "TDH.MNG.INIT", ANY },
	{ FW_TDH_EXPORT_STATE_TD, "TDH.EXPORT.STATE.TD", ANY },
	{ FW_TDH_SYS_KEY_CONFIG, "TDH.SYS.KEY.CONFIG", ANY },
	{ FW_TDH_SYS_INFO, "TDH.SYS.INFO", ANY },
	{ TDXU_TDH_SYS_INIT, "TDH.SYS.INIT", RCX },
	{ TDXU_TDH_SYS_RD, "TDH.SYS.RD", RDX },
	{ TDXU_TDH_SYS_LP_INIT, "TDH.SYS.LP.INIT", NONE },
	{ FW_TDH_SYS_TDMR_INIT, "TDH.SYS.TDMR.INIT", ANY },
	{ FW_TDH_SYS_RDALL, "TDH.SYS.RDALL", ANY },
	{ FW_TDH_SYS_LP_SHUTDOWN, "TDH.SYS.LP.SHUTDOWN", ANY },
	{ FW_TDH_SYS_CONFIG, "TDH.SYS.CONFIG", ANY },
	{ TDXU_TDH_SYS_SHUTDOWN, "TDH.SYS.SHUTDOWN", RCX },
	{ TDXU_TDH_SYS_UPDATE, "TDH.SYS.UPDATE", RCX },
};

/* The module's leaf is in bits 15:0, its version above. */
static u64 leaf_of(u64 rax)
{
	return rax >> 63 ? rax : rax & 0xffff;
}

const char *fw_leaf_name(u64 rax)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++)
		if (leaves[i].rax == leaf_of(rax))
			return leaves[i].name;
	return "unknown";
}

bool fw_leaf_has_leftovers(const struct fw_regs *regs)
{
	const u64 given[] = { regs->rcx, regs->rdx, regs->r8, regs->r9, regs->r10, regs->r11 };
	u8 takes = ANY;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++)
		if (leaves[i].rax == leaf_of(regs->rax))
			takes = leaves[i].takes;
	for (i = 0; i < ARRAY_SIZE(given); i++)
		if (given[i] && !(takes & 1 << i))
			return true;
	return false;
}

bool fw_leaf_parse(const char *name, u64 *rax)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		if (strcmp(leaves[i].name, name))
			continue;
		*rax = leaves[i].rax;
		return true;
	}
	return false;
}

const char *fw_outcome_name(enum fw_outcome outcome)
{
	static const char *const names[] = {
		[FW_RETURN] = "return", [FW_VMFAIL] = "vmfail", [FW_UD] = "ud",
		[FW_GP] = "gp",		[FW_UD2] = "ud2",
	};

	return names[outcome];
}

const char *fw_flow_name(u8 flow)
{
	static const char *const names[] = {
		[FW_FLOW_READY] = "READY",
		[FW_FLOW_INSTALL] = "INSTALL",
		[FW_FLOW_SHUTDOWN] = "SHUTDOWN",
		[FW_FLOW_CLEANUP] = "CLEANUP",
	};

	return names[flow];
}

const char *fw_sys_state_name(u8 state)
{
	static const char *const names[] = {
		[FW_SYSINIT_PENDING] = "SYSINIT_PENDING",
		[FW_SYSINIT_DONE] = "SYSINIT_DONE",
		[FW_SYSCONFIG_DONE] = "SYSCONFIG_DONE",
		[FW_SYS_READY] = "SYS_READY",
		[FW_SYS_SHUTDOWN] = "SYS_SHUTDOWN",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}
