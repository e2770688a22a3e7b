// SPDX-License-Identifier: GPL-2.0-or-later
/* What went wrong in the window. */

#include "work.h"

void tdxu_work_add_retries(struct tdxu_work *w, enum tdxu_step step, u32 retries)
{
	if (retries)
		atomic_add(retries, &w->retries[step]);
}

void tdxu_work_note_failure(struct tdxu_work *w, enum tdxu_step step, u32 cpu, u64 rax, u64 rdx)
{
	struct tdxu_window_result *result = w->result;

	if (result->failed)
		return;
	result->failed = true;
	result->failure = (struct tdxu_failure){
		.step = step, .cpu = cpu, .rax = rax, .rdx = rdx,
	};
}

struct tdxu_answer tdxu_work_note_failure_of_all(struct tdxu_work *w, enum tdxu_step step)
{
	struct tdxu_answer worst = {};
	unsigned int cpu, worst_cpu = 0;

	for_each_online_cpu(cpu) {
		struct tdxu_answer answer = w->places[cpu].answer;

		if (!answer.rax || (worst.rax && answer.rdx <= worst.rdx))
			continue;
		worst = answer;
		worst_cpu = cpu;
	}
	if (worst.rax)
		tdxu_work_note_failure(w, step, worst_cpu, worst.rax, worst.rdx);
	return worst;
}
