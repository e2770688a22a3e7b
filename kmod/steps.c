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
#include "session.h"

#include <linux/cpumask.h>
#include <linux/smp.h>

/* @rax: of the call that was made. @retries: counts how often the leaf had to be called again. */
static u64 call_again(struct tdxu_work *w, u64 (*leaf)(void), u64 rax, u32 *retries)
{
	struct tdxu_attempts attempts = {};

	while (rax && tdxu_patience_again(&w->patience, tdxu_seamcall_can_pass(rax), &attempts))
		rax = leaf();
	*retries += attempts.tries;
	return rax;
}

static u64 call_with_patience(struct tdxu_work *w, u64 (*leaf)(void), u32 *retries)
{
	return call_again(w, leaf, leaf(), retries);
}

/* Per-CPU retry in an all-CPU step */

static u64 lp_init_again(struct tdxu_work *w, u64 rax, u32 *retries)
{
	u64 again;

	rax = call_again(w, tdxu_tdh_sys_lp_init, rax, retries);
	if (!rax)
		return 0;
	/* Has it taken effect all the same? */
	again = call_with_patience(w, tdxu_tdh_sys_lp_init, retries);
	if (!again || TDXU_STATUS_CLASS(again) == TDXU_TDX_SYS_LP_INIT_DONE)
		return 0;
	return rax;
}

/* Before the point of no return there is no need for patience. */
static u64 reach_module_again(u64 rax, u32 *retries)
{
	u32 tries = 0;

	while (rax && tdxu_seamcall_again(tdxu_seamcall_can_pass(rax), &tries))
		rax = tdxu_steps_reach_module();
	*retries += tries;
	return rax;
}

void tdxu_steps_try_again(struct tdxu_work *w, enum tdxu_step step, struct tdxu_answer answer)
{
	struct tdxu_place *place = &w->places[raw_smp_processor_id()];
	u32 retries = 0;

	switch (step) {
	case TDXU_STEP_RECHECK:
		answer.rax = reach_module_again(answer.rax, &retries);
		break;
	case TDXU_STEP_INSTALL:
		answer = tdxu_session_install_again(w, answer, &retries);
		break;
	case TDXU_STEP_LP_INIT:
		answer.rax = lp_init_again(w, answer.rax, &retries);
		break;
	default:
		break;
	}
	tdxu_work_add_retries(w, step, retries);
	if (!answer.rax)
		return;
	place->answer = answer;
	WRITE_ONCE(w->trouble, true);
}

/* The result of a step of all CPUs, checked by the last to arrive */

static bool changed_since_preflight(const struct tdxu_work *w)
{
	const struct tdxu_facts *then = w->plan->facts;
	struct tdxu_seamldr_info info;
	struct tdxu_version version;

	if (tdxu_tdxmod_read_version(&version, &w->result->retries[TDXU_STEP_RECHECK]) ||
	    tdxu_version_compare(&version, &then->running.version))
		return true;
	return tdxu_seamldr_info(&info) ||
	       memcmp(info.seamextend.mrseam, then->running.mrseam, TDXU_SHA384_BYTES) ||
	       info.num_remaining_updates != then->seamldr.updates_left;
}

static enum tdxu_recheck recheck_machine(const struct tdxu_work *w)
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

static bool has_shut_down(struct tdxu_work *w)
{
	u64 value, rax = tdxu_tdh_sys_rd(TDXU_FIELD_MAJOR_VERSION, &value,
					 &w->result->retries[TDXU_STEP_SHUTDOWN]);

	return TDXU_STATUS_CLASS(rax) == TDXU_TDX_SYS_SHUTDOWN;
}

static u64 shutdown_leaf(const struct tdxu_work *w, u32 *retries)
{
	u32 tries = 0;
	u64 rax;

	do {
		rax = tdxu_tdh_sys_shutdown(w->plan->hv);
	} while (unlikely(rax) && tdxu_seamcall_again(tdxu_seamcall_can_pass(rax), &tries));
	*retries += tries;
	return rax;
}

static enum tdxu_step_result do_shutdown(struct tdxu_work *w)
{
	u64 rax = shutdown_leaf(w, &w->result->retries[TDXU_STEP_SHUTDOWN]);

	/* If the module was shut down in spite of the failure, the update has to go on. */
	if (!rax || has_shut_down(w))
		return TDXU_STEP_OK;
	tdxu_work_note_failure(w, TDXU_STEP_SHUTDOWN, raw_smp_processor_id(), TDXU_TDH_SYS_SHUTDOWN,
			       rax, 0);
	return TDXU_STEP_FAILED;
}

static enum tdxu_step_result do_init(struct tdxu_work *w)
{
	u32 *retries = &w->result->retries[TDXU_STEP_INIT];
	u64 rax = call_with_patience(w, tdxu_tdh_sys_init, retries);
	u64 again = rax;

	/* Has it taken effect all the same? */
	if (rax)
		again = call_with_patience(w, tdxu_tdh_sys_init, retries);
	tdxu_patience_step_over(&w->patience);
	if (!again || TDXU_STATUS_CLASS(again) == TDXU_TDX_SYS_INIT_NOT_PENDING)
		return TDXU_STEP_OK;
	tdxu_work_note_failure(w, TDXU_STEP_INIT, raw_smp_processor_id(), TDXU_TDH_SYS_INIT, rax,
			       0);
	return TDXU_STEP_FAILED;
}

/* Its data ceases to be valid when the module takes it over. */
static bool handoff_is_over(struct tdxu_work *w)
{
	u64 valid, rax = tdxu_tdh_sys_rd(TDXU_FIELD_HANDOFF_VALID, &valid,
					 &w->result->retries[TDXU_STEP_UPDATE]);

	return !rax && !valid;
}

static enum tdxu_step_result do_update(struct tdxu_work *w)
{
	u32 *retries = &w->result->retries[TDXU_STEP_UPDATE];
	u64 rax = call_with_patience(w, tdxu_tdh_sys_update, retries);
	bool done = !rax || handoff_is_over(w) ||
		    !call_with_patience(w, tdxu_tdh_sys_update, retries) || handoff_is_over(w);

	tdxu_patience_step_over(&w->patience);
	if (done)
		return TDXU_STEP_OK;
	tdxu_work_note_failure(w, TDXU_STEP_UPDATE, raw_smp_processor_id(), TDXU_TDH_SYS_UPDATE,
			       rax, 0);
	return TDXU_STEP_FAILED;
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
