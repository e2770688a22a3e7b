/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_SEAMLDR_H
#define TDXU_SEAMLDR_H

/* P-SEAMLDR leaves. One CPU at a time; the SEAMRET erratum is dealt with here. */

#include "core/preflight.h"
#include "seamcall.h"

/**
 * tdxu_seamldr_init() - Get ready to call P-SEAMLDR; makes no call.
 * @restore_vmcs: on CPUs with the SEAMRET erratum, call P-SEAMLDR and put the current VMCS back
 *	after each call. Without it no call is made there.
 *
 * Return: 0 or -ENOMEM. Context: may sleep.
 */
int tdxu_seamldr_init(bool restore_vmcs);
void tdxu_seamldr_uninit(void);

/** tdxu_seamldr_erratum() - Has this machine the SEAMRET erratum, and is it handled? */
enum tdxu_erratum tdxu_seamldr_erratum(void);

/**
 * tdxu_seamldr_info() - SEAMLDR.INFO.
 * @info: filled if the status is 0.
 *
 * Context: any; a raw spinlock is held with interrupts off for the length of the call.
 *
 * Return: RAX. Intel TDX Loader specification, SEAMLDR.INFO.
 */
u64 tdxu_seamldr_info(struct tdxu_seamldr_info *info);

/**
 * tdxu_seamldr_seaminfo() - SEAMLDR.SEAMINFO: the machine as the firmware found it at boot.
 * @seaminfo: filled if the status is 0.
 *
 * Context: as tdxu_seamldr_info().
 *
 * Return: RAX. Intel TDX Loader specification, SEAMLDR.SEAMINFO.
 */
u64 tdxu_seamldr_seaminfo(struct tdxu_seaminfo *seaminfo);

/**
 * tdxu_seamldr_install() - SEAMLDR.INSTALL for this logical processor.
 * @params_pa: physical address of a struct tdxu_seamldr_params. Only the call that completes the
 *	session reads it.
 *
 * Context: with the machine stopped, by one CPU at a time; takes no lock. The completing call takes
 * the time of verifying and copying the whole image.
 *
 * Return: RAX, and RDX: TDXU_INSTALL_UNRECOVERABLE if the old module's memory is gone; RAX alone
 * does not tell. Intel TDX Loader specification, SEAMLDR.INSTALL.
 */
struct tdxu_answer tdxu_seamldr_install(u64 params_pa);

/**
 * tdxu_seamldr_end_session() - Help to end a half-done INSTALL session without installing.
 *
 * No leaf does that: the processors that are missing call SEAMLDR.INSTALL after all, and whichever
 * is the last gets its parameters refused, which leaves everything as it was. One that P-SEAMLDR
 * has counted already is told so, and changes nothing. To be called on every CPU, while a session
 * is open: without one the call begins the next.
 *
 * Return: RAX. Context: as tdxu_seamldr_install().
 */
u64 tdxu_seamldr_end_session(void);

/** tdxu_seamldr_vmcs_lost() - How often a VMCS could not be put back. Should stay 0. */
u32 tdxu_seamldr_vmcs_lost(void);

#endif
