/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_PATIENCE_H
#define TDXU_PATIENCE_H

/*
 * How long a step past the point of no return goes on trying. Time and not a count: a call takes a
 * microsecond, and lack of entropy can take seconds. In each step the CPUs share one clock, which
 * the first refusal starts: N CPUs that are refused one after the other do not take N times as
 * long. A CPU that waits for others in lockstep has no limit of its own. What is limited by count,
 * too, session.c says. Context of all: machine stopped, interrupts off.
 */

#include <linux/types.h>

enum {
	TDXU_PATIENCE_IN_ALL = 4, /* times the limit of one step */
};

/* Of ktime_get_mono_fast_ns(). CPUs that are refused at once write nearly the same values. */
struct tdxu_patience {
	u64 limit_ns; /* in a step */
	u64 since;    /* the first refusal in this step; 0: there was none */
	u64 until;    /* in all steps; 0: there was no refusal yet */
	u64 waited_ns; /* in the steps before */
};

/* The attempts of one CPU at one call. */
struct tdxu_attempts {
	u32 tries; /* after the first */
	bool late; /* time was up before the last call: a CPU that was held up gets one more, too */
};

/** tdxu_touch_watchdogs() - This CPU has not hung. */
void tdxu_touch_watchdogs(void);

/** tdxu_patience_over() - Is time up, in this step or in all? Starts the clock. */
bool tdxu_patience_over(struct tdxu_patience *patience);

/**
 * tdxu_patience_again() - Make another attempt?
 * @can_pass: whether there is any use in it.
 * @attempts: zeroed before the first call; counted up.
 *
 * TDXU_MAX_RETRIES attempts are made however long they take, and more until time is up. Pauses.
 */
bool tdxu_patience_again(struct tdxu_patience *patience, bool can_pass,
			 struct tdxu_attempts *attempts);

/** tdxu_patience_step_over() - The step has ended. By one CPU, while the others wait. */
void tdxu_patience_step_over(struct tdxu_patience *patience);

#endif
