/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_PLATFORM_H
#define TDXU_PLATFORM_H

/* Collects the facts that the preflight checks, by asking the firmware and the kernel. */

#include "core/preflight.h"

/** tdxu_platform_init() - Watch for suspend. Context: may sleep. */
void tdxu_platform_init(void);
void tdxu_platform_uninit(void);

/** tdxu_platform_goes_down() - The system reboots: from now on it is not running. Context: any. */
void tdxu_platform_goes_down(void);

/**
 * tdxu_platform_collect() - Ask the firmware, each CPU and the kernel.
 * @facts: filled, also on a machine without TDX; what could not be asked for, memory being short
 *	included, is TDXU_CANNOT_TELL.
 *
 * Makes one TDH.SYS.RD on every online CPU, a few more on one, one SEAMLDR.INFO and one
 * SEAMLDR.SEAMINFO; that again for two seconds, if another caller keeps P-SEAMLDR busy.
 *
 * Context: may sleep.
 */
void tdxu_platform_collect(struct tdxu_facts *facts);

/**
 * tdxu_platform_not_asked() - What is known before anybody has asked the firmware.
 * @facts: filled; what takes a SEAMCALL is TDXU_NOT_ASKED.
 *
 * Makes no SEAMCALL. Context: may sleep.
 */
void tdxu_platform_not_asked(struct tdxu_facts *facts);

/** tdxu_platform_count_cpus() - Renew what @facts says of CPUs online and of the system. */
void tdxu_platform_count_cpus(struct tdxu_facts *facts);

/**
 * tdxu_platform_system_running() - Neither suspending nor going down? Context: any.
 */
bool tdxu_platform_system_running(void);

/** tdxu_platform_module_told_all() - Is nothing unknown that the module says of itself? */
bool tdxu_platform_module_told_all(const struct tdxu_facts *facts);

/**
 * tdxu_platform_module_is_gone() - Does no CPU reach a TDX module, for want of one?
 * @shut_down: set if that is because a module was shut down and never replaced.
 *
 * Every CPU answers VMfailInvalid or TDX_SYS_SHUTDOWN. Any other answer, an error included, is a
 * sign of life; #UD says nothing of the module; and a kernel that goes down may itself have
 * disabled it. Context: may sleep.
 */
bool tdxu_platform_module_is_gone(bool *shut_down);

/**
 * tdxu_platform_is_lost() - Is the module lost, no matter who lost it or was told?
 * @facts: as tdxu_platform_collect() found them.
 *
 * Asked of the firmware: a module that was shut down and never replaced, or SEAMEXTEND that
 * describes one while SEAM_READY is 0. A platform on which none was ever loaded has neither.
 * Context: may sleep.
 */
bool tdxu_platform_is_lost(const struct tdxu_facts *facts);

/**
 * tdxu_platform_caches_are_dirty() - An update went past SHUTDOWN.
 * tdxu_platform_write_caches_back() - WBINVD on all CPUs, if one did.
 *
 * Cache lines that SEAM software has written on our behalf must not be written back when another
 * kernel uses the memory, and the kernel's own note of who has some is private to it. Once is
 * enough, when no SEAMCALL of ours can follow: docs/hazards.md. Context: by the owner of the
 * firmware; may sleep.
 */
void tdxu_platform_caches_are_dirty(void);
void tdxu_platform_write_caches_back(void);

#endif
