// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The update, step by step.
 *
 *	recheck -> shutdown -> install -> init -> lp-init -> update -> running
 *
 * Up to and including a failed shutdown nothing is touched. After it, whatever fails leads to
 * recover, which chooses an image and goes back to install, or finds that nothing is left.
 */

#include "sequence.h"

#define END(step) { step, step, step, step }

static const struct tdxu_step_info steps[TDXU_NR_STEPS] = {
	[TDXU_STEP_RECHECK] = {
		.name = "recheck",
		.scope = TDXU_EVERY_CPU,
		.next = {
			[TDXU_STEP_OK] = TDXU_STEP_SHUTDOWN,
			[TDXU_STEP_FAILED] = TDXU_END_UNTOUCHED,
			[TDXU_STEP_HALF_DONE] = TDXU_END_UNTOUCHED,
			[TDXU_STEP_GONE] = TDXU_END_UNTOUCHED,
		},
	},
	[TDXU_STEP_SHUTDOWN] = {
		.name = "shutdown",
		.scope = TDXU_ONE_CPU,
		.next = {
			[TDXU_STEP_OK] = TDXU_STEP_INSTALL,
			[TDXU_STEP_FAILED] = TDXU_END_UNTOUCHED,
			[TDXU_STEP_HALF_DONE] = TDXU_END_UNTOUCHED,
			[TDXU_STEP_GONE] = TDXU_END_UNTOUCHED,
		},
	},
	[TDXU_STEP_INSTALL] = {
		.name = "install",
		.scope = TDXU_ONE_BY_ONE,
		.past_no_return = true,
		.next = {
			[TDXU_STEP_OK] = TDXU_STEP_INIT,
			[TDXU_STEP_FAILED] = TDXU_STEP_RECOVER,
			[TDXU_STEP_HALF_DONE] = TDXU_STEP_CLOSE_SESSION,
			[TDXU_STEP_GONE] = TDXU_END_LOST,
		},
	},
	[TDXU_STEP_CLOSE_SESSION] = {
		.name = "close-session",
		.scope = TDXU_ONE_BY_ONE,
		.past_no_return = true,
		.next = {
			[TDXU_STEP_OK] = TDXU_STEP_RECOVER,
			[TDXU_STEP_FAILED] = TDXU_END_LOST,
			[TDXU_STEP_HALF_DONE] = TDXU_STEP_CLOSE_SESSION,
			[TDXU_STEP_GONE] = TDXU_END_LOST,
		},
	},
	[TDXU_STEP_RECOVER] = {
		.name = "recover",
		.scope = TDXU_ONE_CPU,
		.past_no_return = true,
		.next = {
			[TDXU_STEP_OK] = TDXU_STEP_INSTALL,
			[TDXU_STEP_FAILED] = TDXU_END_LOST,
			[TDXU_STEP_HALF_DONE] = TDXU_END_LOST,
			[TDXU_STEP_GONE] = TDXU_END_LOST,
		},
	},
	[TDXU_STEP_INIT] = {
		.name = "init",
		.scope = TDXU_ONE_CPU,
		.past_no_return = true,
		.next = {
			[TDXU_STEP_OK] = TDXU_STEP_LP_INIT,
			[TDXU_STEP_FAILED] = TDXU_STEP_RECOVER,
			[TDXU_STEP_HALF_DONE] = TDXU_STEP_RECOVER,
			[TDXU_STEP_GONE] = TDXU_END_LOST,
		},
	},
	[TDXU_STEP_LP_INIT] = {
		.name = "lp-init",
		.scope = TDXU_EVERY_CPU,
		.past_no_return = true,
		.next = {
			[TDXU_STEP_OK] = TDXU_STEP_UPDATE,
			[TDXU_STEP_FAILED] = TDXU_STEP_RECOVER,
			[TDXU_STEP_HALF_DONE] = TDXU_STEP_RECOVER,
			[TDXU_STEP_GONE] = TDXU_END_LOST,
		},
	},
	[TDXU_STEP_UPDATE] = {
		.name = "update",
		.scope = TDXU_ONE_CPU,
		.past_no_return = true,
		.next = {
			[TDXU_STEP_OK] = TDXU_END_RUNNING,
			[TDXU_STEP_FAILED] = TDXU_STEP_RECOVER,
			[TDXU_STEP_HALF_DONE] = TDXU_STEP_RECOVER,
			[TDXU_STEP_GONE] = TDXU_END_LOST,
		},
	},
	[TDXU_END_UNTOUCHED] = { .name = "untouched", .next = END(TDXU_END_UNTOUCHED) },
	[TDXU_END_RUNNING] = { .name = "running", .next = END(TDXU_END_RUNNING) },
	[TDXU_END_LOST] = { .name = "lost", .next = END(TDXU_END_LOST) },
};

const struct tdxu_step_info *tdxu_step_info(enum tdxu_step step)
{
	return &steps[step];
}

/* Could P-SEAMLDR take it, and has it not been tried too often? */
static bool possible(const struct tdxu_recovery *r, enum tdxu_which_image image)
{
	u8 limit = r->hopeless[image] ? TDXU_MAX_REFUSALS : TDXU_MAX_INSTALL_FAILURES;

	return r->have[image] && r->updates_left > 0 && r->svn[image] >= r->platform_svn &&
	       r->installs[image] < TDXU_MAX_INSTALLS && r->refusals[image] < limit;
}

static bool promising(const struct tdxu_recovery *r, enum tdxu_which_image image)
{
	return possible(r, image) && !r->hopeless[image];
}

/* The target has failed in service, and there is one update left for it or for the fallback. */
static bool last_update_is_for_fallback(const struct tdxu_recovery *r)
{
	return r->updates_left == 1 && r->installs[TDXU_TARGET] && promising(r, TDXU_FALLBACK);
}

enum tdxu_step_result tdxu_recovery_choose(const struct tdxu_recovery *r,
					   enum tdxu_which_image *image)
{
	if (promising(r, r->tried) && !last_update_is_for_fallback(r))
		*image = r->tried;
	else if (promising(r, TDXU_FALLBACK))
		*image = TDXU_FALLBACK;
	else if (possible(r, TDXU_TARGET))
		*image = TDXU_TARGET;
	else if (possible(r, TDXU_FALLBACK))
		*image = TDXU_FALLBACK;
	else
		return TDXU_STEP_GONE;
	return TDXU_STEP_OK;
}
