/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_PLATFORM_H
#define TDXU_PLATFORM_H

/* Collects the facts that the preflight judges, by asking the firmware and the kernel. */

#include "core/preflight.h"

/**
 * tdxu_platform_init() - Watch for suspend and reboot.
 *
 * Return: 0 or an errno. Context: may sleep.
 */
int tdxu_platform_init(void);
void tdxu_platform_uninit(void);

/**
 * tdxu_platform_collect() - Ask everybody.
 * @facts: filled, also on a machine without TDX.
 *
 * Makes one TDH.SYS.RD on every online CPU, a few more on one, one SEAMLDR.INFO
 * and one SEAMLDR.SEAMINFO.
 *
 * Return: 0 or -ENOMEM. Context: may sleep.
 */
int tdxu_platform_collect(struct tdxu_facts *facts);

/** tdxu_platform_count_cpus() - Renew what @facts says of CPUs online and of the system. */
void tdxu_platform_count_cpus(struct tdxu_facts *facts);

/**
 * tdxu_platform_system_running() - Neither suspending nor going down? Context: any.
 */
bool tdxu_platform_system_running(void);

/** tdxu_platform_readiness() - What the RAX of a TDH.SYS.RD says of the CPU it was made on. */
enum tdxu_readiness tdxu_platform_readiness(u64 rax);

/** tdxu_platform_read_seamldr() - SEAMLDR.INFO; fills what @facts says of it. Context: any. */
u64 tdxu_platform_read_seamldr(struct tdxu_facts *facts);

#endif
