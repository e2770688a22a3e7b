/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_STEPS_H
#define TDXU_STEPS_H

/*
 * What each step of the sequence does, and how its result is judged. Called with the machine
 * stopped and interrupts off: nothing here allocates, prints or sleeps.
 */

#include "window.h"

#include <linux/cache.h>
#include <linux/cpumask.h>

/* Written by its CPU alone, read by the last to arrive. */
struct tdxu_cpu_slot {
	u64 rax;
	u64 rdx;
	u32 retries[TDXU_NR_STEPS]; /* transient statuses */
} ____cacheline_aligned_in_smp;

/* What the steps work on. Written by the last to arrive, between two turns. */
struct tdxu_work {
	const struct tdxu_plan *plan;
	struct tdxu_window_result *result;
	struct tdxu_cpu_slot *slots; /* nr_cpu_ids */
	u64 params_pa;		     /* of the image that is being tried */
	bool trouble; /* set by any CPU whose part went wrong; so slots are read only then */

	/* Above is what every CPU reads, and as good as nobody writes. */
	cpumask_var_t cpus ____cacheline_aligned_in_smp; /* online when all was prepared */
	struct tdxu_recovery recovery;
	u32 close_rounds; /* in which it was tried to end the session that is open */
};

/**
 * tdxu_steps_my_part() - This CPU's part in a step of all CPUs.
 *
 * Return: false if it went wrong; the slot says how.
 */
bool tdxu_steps_my_part(const struct tdxu_work *work, enum tdxu_step step,
			struct tdxu_cpu_slot *slot);

/** tdxu_steps_judge() - The result of a step in which every CPU has done its part. */
enum tdxu_step_result tdxu_steps_judge(struct tdxu_work *work, enum tdxu_step step);

/** tdxu_steps_do() - Do a step of one CPU, on this one. */
enum tdxu_step_result tdxu_steps_do(struct tdxu_work *work, enum tdxu_step step);

#endif
