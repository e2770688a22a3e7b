/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_OUTCOME_H
#define TDXU_OUTCOME_H

/* What an update came to: one of six outcomes, an errno, and a sentence. */

#include "core/metadata.h"
#include "core/preflight.h"
#include "tdxmod.h"
#include "uapi/tdx_update.h"
#include "window.h"

#include <linux/time64.h>

enum {
	TDXU_MESSAGE_TEXT = 400,
};

/* How an update ended; the fields are those of TDX_UPDATE_A_RESULT_*. */
struct tdxu_result {
	u32 update_id;
	enum tdx_update_outcome outcome;
	int error; /* positive errno */
	char message[TDXU_MESSAGE_TEXT];
	enum tdx_update_phase phase;
	const char *check; /* NULL: none refused */
	enum tdx_update_busy_reason busy_reason;
	u32 busy_count;
	struct tdxu_window_result window; /* its patience_ms is 0 if it was not opened */
	struct tdxu_module_info from; /* see tdxu_module_answered() */
	struct tdxu_module_info to;
	struct tdxu_timings timings;
	time64_t finished;
	u32 nr_changes; /* of metadata */
	char change[TDXU_NR_METADATA][TDXU_CHANGE_TEXT];
};

/** tdxu_module_answered() - Is @info a module's, or was there none that said its version? */
static inline bool tdxu_module_answered(const struct tdxu_module_info *info)
{
	return info->known & 1u << TDXU_FACT_VERSION;
}

/**
 * tdxu_outcome_refused() - A preflight check said no.
 * tdxu_outcome_nothing_to_do() - The target runs already.
 * tdxu_outcome_not_tried() - Something kept the update from starting; @what could not be had.
 * tdxu_outcome_of_window() - The window was opened; it and the timings must be set, too.
 *
 * Each fills @result's outcome, error, sentence and where it ended; FROM must be set. None has
 * side effects.
 */
void tdxu_outcome_refused(struct tdxu_result *result, const struct tdxu_verdict *verdict);
void tdxu_outcome_nothing_to_do(struct tdxu_result *result);
void tdxu_outcome_not_tried(struct tdxu_result *result, int error, const char *what);
void tdxu_outcome_of_window(struct tdxu_result *result);

/**
 * tdxu_outcome_verified() - The module that was installed has been asked what it is.
 * @now: its answers; @result's TO must be set if there are any.
 * @gone: there is evidence that no module runs.
 * @expected: MRSEAM of the image that should run.
 *
 * Turns "updated" into "lost" if @gone, and says so if something else answers or the proof is not
 * complete.
 */
void tdxu_outcome_verified(struct tdxu_result *result, const struct tdxu_facts *now, bool gone,
			   const u8 *expected);

#endif
