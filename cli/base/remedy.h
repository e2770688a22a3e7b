/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_REMEDY_H
#define TDXU_CLI_REMEDY_H

/* What helps on this host, where the sentence of a check must suit any. */

#include <stddef.h>

/**
 * tdxu_remedy() - Replace the general advice with the one that is right on this host.
 * @check: the name of the check that refuses.
 * @message: its sentence, "REASON; ADVICE". It stays as it is where nothing more is known.
 * @size: of @message, in bytes.
 *
 * CPUs that are offline: sysfs tells (devices/system/cpu/smt/control) whether SMT is off, in which
 * case a CPU's own switch is refused with EPERM.
 */
void tdxu_remedy(const char *check, char *message, size_t size);

#endif
