/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_FACTS_H
#define TDXU_CLI_FACTS_H

/* What the preflight asks of a host, as far as it can be told from outside of the kernel. */

#include "backend.h"
#include "core/preflight.h"

/**
 * tdxu_facts_cpu_models() - CPUID.1.EAX of the CPUs, each model once.
 * @cpuinfo: path of /proc/cpuinfo.
 * @models: room for TDXU_MAX_CPU_MODELS.
 *
 * Return: how many; 0 if it cannot be told.
 */
u32 tdxu_facts_cpu_models(const char *cpuinfo, u32 *models);

/**
 * tdxu_facts_from_status() - Fill in what a backend's status and @cpuinfo tell; the rest is
 * unknown. Good for checks of images, not for those of the host.
 */
void tdxu_facts_from_status(const struct tdxu_status *status, const char *cpuinfo,
			    struct tdxu_facts *facts);

#endif
