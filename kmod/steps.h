/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_STEPS_H
#define TDXU_STEPS_H

/*
 * What each step of the sequence does, and how its result is judged. Called with the machine
 * stopped and interrupts off: nothing here allocates, prints or sleeps.
 */

#include "patience.h"
#include "seamldr.h"
#include "tdxmod.h"
#include "window.h"

#include <linux/cache.h>
#include <linux/cpumask.h>

/* A CPU whose part went wrong; by it alone. Cleared by the last to arrive, who has judged it. */
struct tdxu_cpu_slot {
	struct tdxu_answer answer;
	u32 retries[TDXU_NR_STEPS]; /* transient statuses */
} ____cacheline_aligned_in_smp;

/* What the steps work on. Written by the last to arrive, between two turns. */
struct tdxu_work {
	const struct tdxu_plan *plan;
	struct tdxu_window_result *result;
	struct tdxu_cpu_slot *slots; /* nr_cpu_ids */
	u64 params_pa;		     /* of the image that is being tried */
	bool trouble; /* set by any CPU whose part went wrong; slots have answers only then */

	/* Above is what every CPU reads and almost none writes. */
	cpumask_var_t cpus ____cacheline_aligned_in_smp; /* online when all was prepared */
	struct tdxu_recovery recovery;
	const u8 *in_place; /* MRSEAM of what was installed last */
	u32 close_rounds; /* in which it was tried to end the session that is open */
	u32 sessions; /* of the image that is tried, refused for what can pass */
	bool session_late; /* the session began when time was up */
	struct tdxu_patience patience; /* an INSTALL's sessions are one step */
};

/** tdxu_steps_reach_module() - Does this CPU reach the module? Return: RAX of TDH.SYS.RD. */
static __always_inline u64 tdxu_steps_reach_module(void)
{
	u64 major;

	return tdxu_tdh_sys_rd_once(TDXU_FIELD_MAJOR_VERSION, &major);
}

/**
 * tdxu_steps_try_again() - This CPU's part when the first call has failed.
 * @answer: that call's.
 *
 * Sets @work->trouble if the part went wrong for good; the CPU's slot says how.
 */
void tdxu_steps_try_again(struct tdxu_work *work, enum tdxu_step step, struct tdxu_answer answer);

/**
 * tdxu_session_end() - This CPU's part in ending a half-done INSTALL session (session.c).
 *
 * What its call returns does not matter: afterwards the firmware is asked.
 */
void tdxu_session_end(struct tdxu_work *work);

/**
 * tdxu_steps_part_at_once() - This CPU's part in a step that all CPUs do at the same time.
 * tdxu_steps_part_in_turn() - The same in a step that they do one by one.
 *
 * Inline: every CPU does it while the machine stands still, and as a rule it is one call.
 */
static __always_inline void tdxu_steps_part_at_once(struct tdxu_work *work, enum tdxu_step step)
{
	struct tdxu_answer answer = {};

	answer.rax = step == TDXU_STEP_LP_INIT ? tdxu_tdh_sys_lp_init() : tdxu_steps_reach_module();
	if (unlikely(answer.rax))
		tdxu_steps_try_again(work, step, answer);
}

static __always_inline void tdxu_steps_part_in_turn(struct tdxu_work *work, enum tdxu_step step)
{
	struct tdxu_answer answer = {};

	if (likely(step == TDXU_STEP_INSTALL))
		answer = tdxu_seamldr_install(work->params_pa);
	else
		tdxu_session_end(work);
	if (unlikely(answer.rax))
		tdxu_steps_try_again(work, step, answer);
}

/**
 * tdxu_steps_note_failure_of_all() - A step of all has failed on some CPU: keep which.
 *
 * The first slot with a failure counts; an unrecoverable one goes before the others. Only the first
 * failure of the window is kept.
 *
 * Return: its RAX; 0 if no slot has any. By the last to arrive.
 */
u64 tdxu_steps_note_failure_of_all(struct tdxu_work *work, enum tdxu_step step);

/** tdxu_steps_judge() - The result of a step in which every CPU has done its part. */
enum tdxu_step_result tdxu_steps_judge(struct tdxu_work *work, enum tdxu_step step);

/** tdxu_steps_do() - Do a step of one CPU, on this one. */
enum tdxu_step_result tdxu_steps_do(struct tdxu_work *work, enum tdxu_step step);

#endif
