/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_LOG_H
#define TDXU_LOG_H

/* What the kernel's log says. Context of all: may sleep; by one caller at a time. */

#include "candidate.h"
#include "outcome.h"
#include "window.h"

/**
 * tdxu_log_plan() - Just before the machine stops: should it not go on, a crash dump or pstore has
 * this line.
 * @uploads: TDXU_NR_IMAGES; those that are tried once more within a minute are not told again, and
 *	neither is a result that they are busy.
 */
void tdxu_log_plan(const struct tdxu_plan *plan, struct tdxu_upload *uploads, uid_t uid);

void tdxu_log_result(const struct tdxu_result *result);

/** tdxu_log_found_lost() - A question has found that there is no module any more. */
void tdxu_log_found_lost(void);

/** tdxu_log_lost_vmcs() - If any were lost since the last call: a question can do that, too. */
void tdxu_log_lost_vmcs(void);

#endif
