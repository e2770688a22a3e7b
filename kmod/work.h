/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_WORK_H
#define TDXU_WORK_H

/* What the steps work on, and what went wrong. Machine stopped, interrupts off. */

#include "patience.h"
#include "seamldr.h"
#include "window.h"

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/cpumask.h>

/*
 * One CPU's node in the ring of window.c, and its answer, in a cache line of its own: in a
 * one-by-one step the neighbour writes to it just before this CPU reads it anyway, and in a step of
 * all at once it is not touched as long as the CPU's part succeeds.
 */
struct tdxu_place {
	u32 turn; /* release: the round in which this CPU may begin; set by its neighbour */
	struct tdxu_place *next; /* the neighbour */
	/* Set by this CPU alone, if its part failed; the last to arrive inspects and clears it. */
	struct tdxu_answer answer;
} ____cacheline_aligned_in_smp;
static_assert(sizeof(struct tdxu_place) == SMP_CACHE_BYTES);

/* What the steps work on. Written by the last to arrive, between two rounds. */
struct tdxu_work {
	const struct tdxu_plan *plan;
	struct tdxu_window_result *result;
	struct tdxu_place *places; /* nr_cpu_ids */
	u64 params_pa;		   /* of the image that is being tried */
	bool trouble; /* set by any CPU whose part failed; only then do the nodes hold answers */

	/* Above is what every CPU reads and almost none writes. */
	struct cpumask *cpus ____cacheline_aligned_in_smp; /* online when all was prepared */
	struct tdxu_recovery recovery;
	const u8 *in_place; /* MRSEAM of what was installed last */
	u32 close_rounds; /* attempts to end the session that is open */
	u32 sessions; /* of the image being tried, refused for a transient reason */
	bool session_late; /* time was up when the session began */
	struct tdxu_patience patience; /* an INSTALL's sessions are one step */
	u32 retries_here[TDXU_NR_STEPS]; /* transient statuses of the last to arrive's calls */
	atomic_t retries[TDXU_NR_STEPS]; /* transient statuses, added by any CPU */
};

/** tdxu_work_add_retries() - Add the extra calls of this CPU's part in @step. By any CPU. */
void tdxu_work_add_retries(struct tdxu_work *work, enum tdxu_step step, u32 retries);

/**
 * tdxu_work_note_failure() - Keep a failure, by the CPU that saw it.
 * @rax: of the call that failed, with its @rdx.
 *
 * The first failure of the window is the one that explains the rest: only that is kept.
 */
void tdxu_work_note_failure(struct tdxu_work *work, enum tdxu_step step, u32 cpu, u64 rax, u64 rdx);

/**
 * tdxu_work_note_failure_of_all() - A step of all has failed on some CPU: keep which.
 *
 * The first CPU with a failure counts; an unrecoverable one goes before the others. Only the first
 * failure of the window is kept.
 *
 * Return: what it was answered; all 0 if no CPU has any. By the last to arrive.
 */
struct tdxu_answer tdxu_work_note_failure_of_all(struct tdxu_work *work, enum tdxu_step step);

#endif
