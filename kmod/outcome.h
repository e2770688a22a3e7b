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
	TDXU_MAX_TIMINGS = TDXU_MAX_RUNS + 2, /* preflight, verify */
};

/* One run of a phase. */
struct tdxu_timing {
	enum tdx_update_phase phase;
	u64 start_ns; /* since the update began */
	u64 end_ns;
	u32 retries; /* of all runs of the phase; in the first of them */
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
	bool has_seamcall;
	u32 cpu;
	u64 leaf;
	u64 rax;
	u64 rdx;
	/* Past the point of no return, for what can pass. */
	u32 waited_ms;
	u32 patience_ms; /* the limit in each step; 0: the window was not opened */
	bool has_from;
	bool has_to;
	struct tdxu_module_info from;
	struct tdxu_module_info to;
	u32 nr_timings;
	struct tdxu_timing timing[TDXU_MAX_TIMINGS]; /* in their order */
	time64_t finished;
	u32 nr_changes; /* of metadata */
	char change[TDXU_NR_METADATA][TDXU_CHANGE_TEXT];
};

/** tdxu_outcome_timing() - The first run of a phase; NULL if there was none. */
struct tdxu_timing *tdxu_outcome_timing(struct tdxu_result *result, enum tdx_update_phase phase);

/**
 * tdxu_outcome_refused() - A preflight check said no.
 * tdxu_outcome_nothing_to_do() - The target runs already.
 * tdxu_outcome_not_tried() - Something kept the update from starting; @what could not be had.
 * tdxu_outcome_of_window() - The window was opened.
 *
 * Each fills @result's outcome, error, sentence and where it ended; FROM must be set. None has
 * side effects.
 */
void tdxu_outcome_refused(struct tdxu_result *result, const struct tdxu_verdict *verdict);
void tdxu_outcome_nothing_to_do(struct tdxu_result *result);
void tdxu_outcome_not_tried(struct tdxu_result *result, int error, const char *what);
void tdxu_outcome_of_window(struct tdxu_result *result, const struct tdxu_window_result *window,
			    u64 began_ns);

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
