/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_STEPS_H
#define TDXU_STEPS_H

/*
 * What each step of the sequence does, and how its result is checked. Called with the machine
 * stopped and interrupts off: nothing here allocates, prints or sleeps.
 */

#include "seamldr.h"
#include "tdxmod.h"
#include "work.h"

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
 * Sets @work->trouble if the part failed for good; the CPU's node says how.
 */
void tdxu_steps_try_again(struct tdxu_work *work, enum tdxu_step step, struct tdxu_answer answer);

/* Sessions of SEAMLDR.INSTALL: session.c */

/**
 * tdxu_session_install_again() - This CPU's SEAMLDR.INSTALL, when its first call has failed.
 * @answer: that call's.
 *
 * Return: the last call's answer.
 */
struct tdxu_answer tdxu_session_install_again(struct tdxu_work *work, struct tdxu_answer answer);

/**
 * tdxu_session_judge_install() - Has the session installed? Called by the last to arrive.
 *
 * Return: TDXU_STEP_OK; _FAILED if the session is over, _HALF_DONE if it is not; _GONE if the old
 * module's memory is.
 */
enum tdxu_step_result tdxu_session_judge_install(struct tdxu_work *work);

/** tdxu_session_judge_close() - Is the half-done session over? Called by the last to arrive. */
enum tdxu_step_result tdxu_session_judge_close(struct tdxu_work *work);

/** tdxu_session_recover() - Choose what to install next. Return: TDXU_STEP_OK, _GONE: nothing. */
enum tdxu_step_result tdxu_session_recover(struct tdxu_work *work);

/**
 * tdxu_session_end() - This CPU's part in ending a half-done INSTALL session.
 *
 * What its call returns does not matter: afterwards the firmware is asked.
 */
void tdxu_session_end(struct tdxu_work *work);

/* What the window calls */

/**
 * tdxu_steps_part_at_once() - This CPU's part in a step that all CPUs do at the same time.
 * tdxu_steps_part_in_turn() - The same in a step that they do one by one.
 *
 * Inline: every CPU does it while the machine is stopped, and as a rule it is one call.
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

/** tdxu_steps_judge() - The result of a step in which every CPU has done its part. */
enum tdxu_step_result tdxu_steps_judge(struct tdxu_work *work, enum tdxu_step step);

/** tdxu_steps_do() - Do a step of one CPU, on this one. */
enum tdxu_step_result tdxu_steps_do(struct tdxu_work *work, enum tdxu_step step);

#endif
