/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_TDXMOD_H
#define TDXU_TDXMOD_H

/*
 * Leaves of the TDX module, and what they make readable. All leaves: any context, on a CPU that
 * the caller cannot be moved away from; they return RAX or TDXU_SEAMCALL_*. Intel TDX Module ABI
 * specification, by the leaf's name.
 */

#include "core/preflight.h"
#include "seamcall.h"

/**
 * tdxu_tdh_sys_rd_once() - TDH.SYS.RD.
 * @value: set if the status is 0.
 */
static __always_inline u64 tdxu_tdh_sys_rd_once(u64 field, u64 *value)
{
	struct tdxu_args args = { .rdx = field };
	u64 rax = tdxu_seamcall(TDXU_TDH_SYS_RD, &args);

	if (!rax)
		*value = args.r8;
	return rax;
}

/**
 * tdxu_tdh_sys_rd() - TDH.SYS.RD, again for as long as that can help.
 * @value: set if the status is 0.
 * @retries: how often it was called again is added.
 */
u64 tdxu_tdh_sys_rd(u64 field, u64 *value, u32 *retries);

/**
 * tdxu_tdh_sys_shutdown() - TDH.SYS.SHUTDOWN, always with AVOID_COMPAT_SENSITIVE.
 * @hv: handoff version that the module is to write.
 */
u64 tdxu_tdh_sys_shutdown(u16 hv);

u64 tdxu_tdh_sys_init(void);

/* Inline, as all that every CPU calls while the machine is stopped. */
static __always_inline u64 tdxu_tdh_sys_lp_init(void)
{
	struct tdxu_args args = {};

	return tdxu_seamcall(TDXU_TDH_SYS_LP_INIT, &args);
}

u64 tdxu_tdh_sys_update(void);

/**
 * tdxu_tdxmod_read_version() - Version of the running module.
 * @retries: as above.
 *
 * Return: 0, or the first RAX that was not.
 */
u64 tdxu_tdxmod_read_version(struct tdxu_version *version, u32 *retries);

/**
 * tdxu_tdxmod_read_facts() - Read what TDH.SYS.RD says of the module and @facts does not have yet;
 * SVN and MRSEAM, which only SEAMLDR.INFO knows, are left alone.
 *
 * Each field by itself: one that cannot be read is no reason not to know the others. Without a
 * version none is asked for.
 *
 * Context: as for a leaf.
 */
void tdxu_tdxmod_read_facts(struct tdxu_facts *facts);

#endif
