// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The update window.
 *
 * stop_machine() runs walk() on every online CPU at once, interrupts off. All walk the table in
 * core/sequence.c in lockstep. Steps that every CPU takes part in are separated by turns: each CPU
 * does its part and arrives; the last to arrive judges the step, does by itself all one-CPU steps
 * that follow, and opens the next turn. So a one-CPU step costs no round trip, and no CPU number
 * is special.
 */

#include "window.h"
#include "steps.h"

#include <linux/cpumask.h>
#include <linux/nmi.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>
#include <linux/timekeeping.h>

enum {
	/* Turns of the wait loop between two pats of the watchdogs. */
	SPINS_PER_PAT = 1 << 14,
};

struct window {
	struct tdxu_work work;
	enum tdxu_step step; /* written by the last to arrive, before it opens the next turn */

	atomic_t arrived ____cacheline_aligned_in_smp;
	u32 turn ____cacheline_aligned_in_smp; /* release: opens the turn */
};

/* Sessions that fail, what ends them and what decides on the next are one run of INSTALL. */
static enum tdxu_step told_as(enum tdxu_step step)
{
	return step == TDXU_STEP_CLOSE_SESSION || step == TDXU_STEP_RECOVER ? TDXU_STEP_INSTALL :
									       step;
}

static void step_starts(struct window *w, enum tdxu_step step)
{
	struct tdxu_window_result *result = w->work.result;
	struct tdxu_run *next = &result->run[result->nr_runs];

	if (result->nr_runs == TDXU_MAX_RUNS || (result->nr_runs && next[-1].step == told_as(step)))
		return;
	next->step = told_as(step);
	next->start = ktime_get_mono_fast_ns();
	result->nr_runs++;
}

static enum tdxu_step step_ends(struct window *w, enum tdxu_step step, enum tdxu_step_result res)
{
	struct tdxu_window_result *result = w->work.result;

	result->run[result->nr_runs - 1].end = ktime_get_mono_fast_ns();
	return tdxu_step_info(step)->next[res];
}

/* By the last to arrive: from the end of one step of all CPUs to the start of the next. */
static void advance(struct window *w)
{
	enum tdxu_step step = step_ends(w, w->step, tdxu_steps_judge(&w->work, w->step));

	while (!tdxu_step_is_end(step) && tdxu_step_info(step)->scope == TDXU_ONE_CPU) {
		step_starts(w, step);
		step = step_ends(w, step, tdxu_steps_do(&w->work, step));
	}
	w->work.trouble = false;
	w->step = step;
	if (!tdxu_step_is_end(step))
		step_starts(w, step);
}

static void pat_watchdogs(void)
{
	touch_nmi_watchdog();
	rcu_momentary_eqs();
}

static void wait_for_turn(const struct window *w, u32 turn)
{
	u32 spins = 0;

	while (smp_load_acquire(&w->turn) != turn) {
		cpu_relax();
		if (!(++spins % SPINS_PER_PAT))
			pat_watchdogs();
	}
}

static int walk(void *data)
{
	struct window *w = data;
	struct tdxu_cpu_slot *slot = &w->work.slots[raw_smp_processor_id()];
	int cpus = num_online_cpus(); /* cannot change in here */
	u32 turn = 0;

	while (!tdxu_step_is_end(w->step)) {
		if (!tdxu_steps_my_part(&w->work, w->step, slot))
			WRITE_ONCE(w->work.trouble, true);
		turn++;
		/* Full barrier: the slots are written before the last one reads them. */
		if (atomic_inc_return(&w->arrived) == cpus * turn) {
			advance(w);
			smp_store_release(&w->turn, turn);
		} else {
			wait_for_turn(w, turn);
		}
	}
	pat_watchdogs();
	return 0;
}

static void start_recovery(struct tdxu_recovery *r, const struct tdxu_plan *plan)
{
	int i;

	for (i = 0; i < TDXU_NR_IMAGES; i++) {
		r->have[i] = plan->image[i].params;
		r->svn[i] = plan->image[i].svn;
	}
	r->updates_left = plan->facts->seamldr.updates_left;
	r->platform_svn = plan->facts->running.svn_major << 8 | plan->facts->running.svn_minor;
	r->tried = TDXU_TARGET;
}

static void add_cpu_retries(struct window *w)
{
	enum tdxu_step step;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		for (step = 0; step < TDXU_NR_STEPS; step++)
			w->work.result->retries[step] += w->work.slots[cpu].retries[step];
	}
}

int tdxu_window_run(const struct tdxu_plan *plan, struct tdxu_window_result *result)
{
	struct window *w = kzalloc(sizeof(*w), GFP_KERNEL);
	int err = -ENOMEM;

	if (!w)
		return -ENOMEM;
	memset(result, 0, sizeof(*result));
	w->work.plan = plan;
	w->work.result = result;
	w->step = TDXU_STEP_RECHECK;
	w->work.params_pa = plan->image[TDXU_TARGET].params_pa;
	start_recovery(&w->work.recovery, plan);
	w->work.slots = kcalloc(nr_cpu_ids, sizeof(*w->work.slots), GFP_KERNEL);
	if (!w->work.slots)
		goto free_window;

	step_starts(w, TDXU_STEP_RECHECK);
	err = stop_machine(walk, w, cpu_online_mask);
	result->end = w->step;
	result->image = w->work.recovery.tried;
	add_cpu_retries(w);
	kfree(w->work.slots);
free_window:
	kfree(w);
	return err;
}
