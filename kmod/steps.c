// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steps of an update.
 *
 * Once TDH.SYS.SHUTDOWN has succeeded there is no way back to the old module, which answers
 * nothing any more; its handoff data stays until a new module has taken it over. So after every
 * failure another attempt is made as long as anything is left to try: session.c has those of
 * SEAMLDR.INSTALL, and a paragraph on all limits.
 */

#include "steps.h"
#include "platform.h"
#include "seamcall.h"

#include <linux/cpumask.h>
#include <linux/smp.h>

/* @rax: of the call that was made. */
static u64 call_again(struct tdxu_work *w, enum tdxu_step step, u64 (*leaf)(void), u64 rax)
{
	struct tdxu_attempts attempts = {};

	while (rax && tdxu_patience_again(&w->patience, tdxu_seamcall_can_pass(rax), &attempts))
		rax = leaf();
	tdxu_work_add_retries(w, step, attempts.tries);
	return rax;
}

/*
 * The same for a leaf that may have taken effect in spite of a failure: another call then returns
 * @done.
 */
static u64 bring_about(struct tdxu_work *w, enum tdxu_step step, u64 (*leaf)(void), u64 rax,
		       u64 done)
{
	u64 again;

	rax = call_again(w, step, leaf, rax);
	if (!rax)
		return 0;
	again = call_again(w, step, leaf, leaf());
	return !again || TDXU_STATUS_CLASS(again) == done ? 0 : rax;
}

/* Per-CPU retry in an all-CPU step */

/* Before the point of no return there is no need for patience. */
static u64 reach_module_again(struct tdxu_work *w, u64 rax)
{
	u32 tries = 0;

	while (rax && tdxu_seamcall_again(tdxu_seamcall_can_pass(rax), &tries))
		rax = tdxu_steps_reach_module();
	tdxu_work_add_retries(w, TDXU_STEP_RECHECK, tries);
	return rax;
}

void tdxu_steps_try_again(struct tdxu_work *w, enum tdxu_step step, struct tdxu_answer answer)
{
	struct tdxu_place *place = &w->places[raw_smp_processor_id()];

	switch (step) {
	case TDXU_STEP_RECHECK:
		answer.rax = reach_module_again(w, answer.rax);
		break;
	case TDXU_STEP_INSTALL:
		answer = tdxu_session_install_again(w, answer);
		break;
	case TDXU_STEP_LP_INIT:
		answer.rax = bring_about(w, step, tdxu_tdh_sys_lp_init, answer.rax,
					 TDXU_TDX_SYS_LP_INIT_DONE);
		break;
	default:
		break;
	}
	if (!answer.rax)
		return;
	place->answer = answer;
	WRITE_ONCE(w->trouble, true);
}

/* The result of a step of all CPUs, checked by the last to arrive */

static bool changed_since_preflight(struct tdxu_work *w)
{
	const struct tdxu_facts *then = w->plan->facts;
	struct tdxu_seamldr_info info;
	struct tdxu_version version;

	if (tdxu_tdxmod_read_version(&version, &w->retries_here[TDXU_STEP_RECHECK]) ||
	    tdxu_version_compare(&version, &then->running.version))
		return true;
	return tdxu_seamldr_info(&info) ||
	       memcmp(info.seamextend.mrseam, then->running.mrseam, TDXU_SHA384_BYTES) ||
	       info.num_remaining_updates != then->seamldr.num_remaining_updates;
}

static enum tdxu_recheck recheck_machine(struct tdxu_work *w)
{
	if (num_online_cpus() != num_present_cpus() || !cpumask_equal(w->cpus, cpu_online_mask))
		return TDXU_RECHECK_CPUS;
	if (w->trouble)
		return TDXU_RECHECK_READINESS;
	if (!tdxu_platform_system_running())
		return TDXU_RECHECK_SYSTEM;
	if (changed_since_preflight(w))
		return TDXU_RECHECK_CHANGED;
	return TDXU_RECHECK_OK;
}

static enum tdxu_step_result judge_recheck(struct tdxu_work *w)
{
	w->result->recheck = recheck_machine(w);
	if (w->trouble)
		tdxu_work_note_failure_of_all(w, TDXU_STEP_RECHECK);
	return w->result->recheck ? TDXU_STEP_FAILED : TDXU_STEP_OK;
}

static enum tdxu_step_result judge_part_of_all(struct tdxu_work *w, enum tdxu_step step)
{
	tdxu_patience_step_over(&w->patience);
	if (!w->trouble)
		return TDXU_STEP_OK;
	tdxu_work_note_failure_of_all(w, step);
	return TDXU_STEP_FAILED;
}

static enum tdxu_step_result judge(struct tdxu_work *w, enum tdxu_step step)
{
	switch (step) {
	case TDXU_STEP_RECHECK:
		return judge_recheck(w);
	case TDXU_STEP_INSTALL:
		return tdxu_session_judge_install(w);
	case TDXU_STEP_CLOSE_SESSION:
		return tdxu_session_judge_close(w);
	default:
		return judge_part_of_all(w, step);
	}
}

/* All CPUs read the line of w->trouble in each round: it is written only if needed. */
static void forget_trouble(struct tdxu_work *w)
{
	unsigned int cpu;

	if (!w->trouble)
		return;
	w->trouble = false;
	for_each_online_cpu(cpu)
		w->places[cpu].answer = (struct tdxu_answer){};
}

enum tdxu_step_result tdxu_steps_judge(struct tdxu_work *w, enum tdxu_step step)
{
	enum tdxu_step_result result = judge(w, step);

	forget_trouble(w);
	return result;
}

/* Steps of one CPU */

/* @rax: of the call that decides. */
static enum tdxu_step_result step_is_done(struct tdxu_work *w, enum tdxu_step step, u64 rax)
{
	tdxu_patience_step_over(&w->patience);
	if (!rax)
		return TDXU_STEP_OK;
	tdxu_work_note_failure(w, step, raw_smp_processor_id(), rax, 0);
	return TDXU_STEP_FAILED;
}

static bool has_shut_down(struct tdxu_work *w)
{
	u64 value, rax = tdxu_tdh_sys_rd(TDXU_FIELD_MAJOR_VERSION, &value,
					 &w->retries_here[TDXU_STEP_SHUTDOWN]);

	return TDXU_STATUS_CLASS(rax) == TDXU_TDX_SYS_SHUTDOWN;
}

static enum tdxu_step_result do_shutdown(struct tdxu_work *w)
{
	u32 tries = 0;
	u64 rax;

	do {
		rax = tdxu_tdh_sys_shutdown(w->plan->hv);
	} while (unlikely(rax) && tdxu_seamcall_again(tdxu_seamcall_can_pass(rax), &tries));
	w->retries_here[TDXU_STEP_SHUTDOWN] += tries;
	/* If the module was shut down in spite of the failure, the update has to go on. */
	if (rax && has_shut_down(w))
		rax = 0;
	return step_is_done(w, TDXU_STEP_SHUTDOWN, rax);
}

static enum tdxu_step_result do_init(struct tdxu_work *w)
{
	u64 rax = bring_about(w, TDXU_STEP_INIT, tdxu_tdh_sys_init, tdxu_tdh_sys_init(),
			      TDXU_TDX_SYS_INIT_NOT_PENDING);

	return step_is_done(w, TDXU_STEP_INIT, rax);
}

/* Its data ceases to be valid when the module takes it over. */
static bool handoff_is_over(struct tdxu_work *w)
{
	u64 valid, rax = tdxu_tdh_sys_rd(TDXU_FIELD_HANDOFF_VALID, &valid,
					 &w->retries_here[TDXU_STEP_UPDATE]);

	return !rax && !valid;
}

static u64 call_update(struct tdxu_work *w)
{
	return call_again(w, TDXU_STEP_UPDATE, tdxu_tdh_sys_update, tdxu_tdh_sys_update());
}

static enum tdxu_step_result do_update(struct tdxu_work *w)
{
	u64 rax = call_update(w);

	if (rax && (handoff_is_over(w) || !call_update(w) || handoff_is_over(w)))
		rax = 0;
	return step_is_done(w, TDXU_STEP_UPDATE, rax);
}

enum tdxu_step_result tdxu_steps_do(struct tdxu_work *w, enum tdxu_step step)
{
	switch (step) {
	case TDXU_STEP_SHUTDOWN:
		return do_shutdown(w);
	case TDXU_STEP_RECOVER:
		return tdxu_session_recover(w);
	case TDXU_STEP_INIT:
		return do_init(w);
	case TDXU_STEP_UPDATE:
		return do_update(w);
	default:
		return TDXU_STEP_FAILED; /* a step of all CPUs: never gets here */
	}
}
