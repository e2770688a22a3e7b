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

#define NEXT(ok, failed, half_done, gone) {                                                 \
		[TDXU_STEP_OK] = TDXU_##ok, [TDXU_STEP_FAILED] = TDXU_##failed,           \
		[TDXU_STEP_HALF_DONE] = TDXU_##half_done, [TDXU_STEP_GONE] = TDXU_##gone, \
	}

/* Name, who does it, whether TDs die if the sequence stops there, and what comes next. */
static const struct tdxu_step_info steps[TDXU_NR_STEPS] = {
	[TDXU_STEP_RECHECK] = { "recheck", TDXU_EVERY_CPU, false,
		NEXT(STEP_SHUTDOWN, END_UNTOUCHED, END_UNTOUCHED, END_UNTOUCHED) },
	[TDXU_STEP_SHUTDOWN] = { "shutdown", TDXU_ONE_CPU, false,
		NEXT(STEP_INSTALL, END_UNTOUCHED, END_UNTOUCHED, END_UNTOUCHED) },
	[TDXU_STEP_INSTALL] = { "install", TDXU_ONE_BY_ONE, true,
		NEXT(STEP_INIT, STEP_RECOVER, STEP_CLOSE_SESSION, END_LOST) },
	[TDXU_STEP_CLOSE_SESSION] = { "close-session", TDXU_ONE_BY_ONE, true,
		NEXT(STEP_RECOVER, END_LOST, STEP_CLOSE_SESSION, END_LOST) },
	[TDXU_STEP_RECOVER] = { "recover", TDXU_ONE_CPU, true,
		NEXT(STEP_INSTALL, END_LOST, END_LOST, END_LOST) },
	[TDXU_STEP_INIT] = { "init", TDXU_ONE_CPU, true,
		NEXT(STEP_LP_INIT, STEP_RECOVER, STEP_RECOVER, END_LOST) },
	[TDXU_STEP_LP_INIT] = { "lp-init", TDXU_EVERY_CPU, true,
		NEXT(STEP_UPDATE, STEP_RECOVER, STEP_RECOVER, END_LOST) },
	[TDXU_STEP_UPDATE] = { "update", TDXU_ONE_CPU, true,
		NEXT(END_RUNNING, STEP_RECOVER, STEP_RECOVER, END_LOST) },
	[TDXU_END_UNTOUCHED] = { .name = "untouched",
		.next = NEXT(END_UNTOUCHED, END_UNTOUCHED, END_UNTOUCHED, END_UNTOUCHED) },
	[TDXU_END_RUNNING] = { .name = "running",
		.next = NEXT(END_RUNNING, END_RUNNING, END_RUNNING, END_RUNNING) },
	[TDXU_END_LOST] = { .name = "lost",
		.next = NEXT(END_LOST, END_LOST, END_LOST, END_LOST) },
};

const struct tdxu_step_info *tdxu_step_info(enum tdxu_step step)
{
	return &steps[step];
}

/* Could P-SEAMLDR take it, and has it not been tried too often? */
static bool possible(const struct tdxu_recovery *r, enum tdxu_which_image image)
{
	return r->have[image] && r->svn[image] >= r->platform_svn && !r->out_of_time[image] &&
	       r->installs[image] < TDXU_MAX_INSTALLS && r->refusals[image] < TDXU_MAX_REFUSALS;
}

static bool promising(const struct tdxu_recovery *r, enum tdxu_which_image image)
{
	return possible(r, image) && !r->refusals[image];
}

/* May an image that was installed and has failed have another update, or do others need all? */
static bool update_to_spare(const struct tdxu_recovery *r, enum tdxu_which_image image)
{
	u32 i, others = 0;

	for (i = 0; i < TDXU_NR_IMAGES; i++)
		others += i != image && !r->installs[i] && promising(r, i);
	return !others || (r->counter_known && r->updates_left > others);
}

/* TDXU_NR_IMAGES if there is none. */
static enum tdxu_which_image with_lowest_svn(const struct tdxu_recovery *r,
					     bool (*fits)(const struct tdxu_recovery *r,
							  enum tdxu_which_image image))
{
	enum tdxu_which_image i, lowest = TDXU_NR_IMAGES;

	for (i = 0; i < TDXU_NR_IMAGES; i++) {
		if (fits(r, i) && (lowest == TDXU_NR_IMAGES || r->svn[i] < r->svn[lowest]))
			lowest = i;
	}
	return lowest;
}

/* One that has not failed in service yet. */
static bool fresh(const struct tdxu_recovery *r, enum tdxu_which_image image)
{
	return promising(r, image) && !r->installs[image];
}

enum tdxu_step_result tdxu_recovery_choose(const struct tdxu_recovery *r,
					   enum tdxu_which_image *image)
{
	static bool (*const fits[])(const struct tdxu_recovery *r, enum tdxu_which_image image) = {
		fresh, promising, possible,
	};
	enum tdxu_which_image found = TDXU_NR_IMAGES;
	u32 i;

	if (promising(r, r->tried) &&
	    (!r->installs[r->tried] || update_to_spare(r, r->tried)))
		found = r->tried;
	for (i = 0; i < ARRAY_SIZE(fits) && found == TDXU_NR_IMAGES; i++)
		found = with_lowest_svn(r, fits[i]);
	if (found == TDXU_NR_IMAGES)
		return TDXU_STEP_GONE;
	*image = found;
	return TDXU_STEP_OK;
}
