// SPDX-License-Identifier: GPL-2.0-or-later
/* What went wrong in the window. */

#include "work.h"

void tdxu_work_add_retries(struct tdxu_work *w, enum tdxu_step step, u32 retries)
{
	if (retries)
		atomic_add(retries, &w->retries[step]);
}

void tdxu_work_note_failure(struct tdxu_work *w, enum tdxu_step step, u32 cpu, u64 leaf, u64 rax,
			    u64 rdx)
{
	struct tdxu_window_result *result = w->result;

	if (result->failed)
		return;
	result->failed = true;
	result->failure = (struct tdxu_failure){
		.step = step, .cpu = cpu, .leaf = leaf, .rax = rax, .rdx = rdx,
	};
}

static u64 leaf_of(enum tdxu_step step)
{
	switch (step) {
	case TDXU_STEP_RECHECK:
		return TDXU_TDH_SYS_RD;
	case TDXU_STEP_LP_INIT:
		return TDXU_TDH_SYS_LP_INIT;
	default:
		return TDXU_SEAMLDR_INSTALL;
	}
}

u64 tdxu_work_note_failure_of_all(struct tdxu_work *w, enum tdxu_step step)
{
	const struct tdxu_place *worst = NULL;
	unsigned int cpu, worst_cpu = 0;

	for_each_online_cpu(cpu) {
		const struct tdxu_place *place = &w->places[cpu];

		if (!place->answer.rax || (worst && place->answer.rdx <= worst->answer.rdx))
			continue;
		worst = place;
		worst_cpu = cpu;
	}
	if (!worst)
		return 0;
	tdxu_work_note_failure(w, step, worst_cpu, leaf_of(step), worst->answer.rax,
			       worst->answer.rdx);
	return worst->answer.rax;
}
