/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_FACTS_H
#define TDXU_CLI_FACTS_H

/* What the preflight asks of a host, as far as it can be told from outside of the kernel. */

#include "backend.h"
#include "core/preflight.h"

/**
 * tdxu_facts_from_status() - Fill in what a backend's status and @cpuinfo tell; the rest is
 * unknown. Good for checks of images, not for those of the host.
 */
void tdxu_facts_from_status(const struct tdxu_status *status, const char *cpuinfo,
			    struct tdxu_facts *facts);

#endif
