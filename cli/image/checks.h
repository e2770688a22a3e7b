/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_CHECKS_H
#define TDXU_CLI_CHECKS_H

/* The driver's own checks, made in user space: by the same code, of what is known here. */

#include "status.h"
#include "core/preflight.h"
#include "verify.h"

/** tdxu_checks_add() - Append a verdict, as the driver would send it. */
void tdxu_checks_add(struct tdxu_checks *checks, const struct tdxu_verdict *verdict);

/** tdxu_checks_failure() - The first check that fails, or whose verdict is not known; or NULL. */
const struct tdxu_check *tdxu_checks_failure(const struct tdxu_checks *checks);

/** tdxu_candidate() - A sound image, as the checks want it. */
struct tdxu_candidate tdxu_candidate(const struct tdxu_image *image,
				     const struct tdxu_verified *verified);

/**
 * tdxu_checks_of_image() - The checks of a sound image; those of the host are left out.
 * @facts: of the host; all zero if nothing is known of one.
 */
void tdxu_checks_of_image(const struct tdxu_image *image, const struct tdxu_verified *verified,
			  const struct tdxu_facts *facts, struct tdxu_checks *checks);

#endif
