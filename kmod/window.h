/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_WINDOW_H
#define TDXU_WINDOW_H

/* What happens while the machine is stopped. */

#include "core/preflight.h"
#include "core/sequence.h"

/* One image, ready to be installed: everything that allocates has been done. */
struct tdxu_install {
	struct tdxu_seamldr_params *params; /* a page; NULL: there is no such image */
	u64 params_pa;
	u16 svn; /* major << 8 | minor */
	const u8 *mrseam;
};

struct tdxu_plan {
	struct tdxu_install image[TDXU_NR_IMAGES];
	u16 hv;			       /* handoff version */
	const struct tdxu_facts *facts; /* as the preflight judged them */
};

/* A SEAMCALL that went wrong. */
struct tdxu_failure {
	enum tdxu_step step;
	u32 cpu;
	u64 leaf;
	u64 rax;
	u64 rdx;
};

enum {
	/* Recheck and shutdown; four steps for each image that was installed; a last refusal. */
	TDXU_MAX_RUNS = 2 + 4 * TDXU_NR_IMAGES * TDXU_MAX_INSTALLS + 1,
};

/* One run of a step: after a failure there are more. Times are of ktime_get_mono_fast_ns(). */
struct tdxu_run {
	enum tdxu_step step;
	u64 start;
	u64 end;
};

/* Why the recheck said no. */
enum tdxu_recheck {
	TDXU_RECHECK_OK,
	TDXU_RECHECK_CPUS,     /* a CPU went offline */
	TDXU_RECHECK_READINESS, /* see the failure */
	TDXU_RECHECK_SYSTEM,   /* suspending or rebooting */
	TDXU_RECHECK_CHANGED,  /* another caller updated, or used up the updates that were left */
};

struct tdxu_window_result {
	enum tdxu_step end;
	enum tdxu_which_image image; /* the one that runs, for TDXU_END_RUNNING */
	enum tdxu_recheck recheck;
	bool failed;		     /* @failure is set: the first of them */
	struct tdxu_failure failure;
	u32 retries[TDXU_NR_STEPS]; /* of all runs: transient statuses */
	/* Past the point of no return: how long transient failures were retried, and the limit. */
	u64 waited_ns;
	u32 patience_ms; /* in each step; TDXU_PATIENCE_IN_ALL times as long in all */
	u32 nr_runs;
	struct tdxu_run run[TDXU_MAX_RUNS]; /* in their order; none overlaps another */
};

/**
 * tdxu_window_run() - Stop the machine and replace the module.
 * @result: what happened.
 *
 * Inside, nothing is allocated or printed and no lock but that of the P-SEAMLDR is taken.
 *
 * Return: 0 if @result is set; -ENOMEM or -EBUSY, with nothing touched, if the machine could not
 * be stopped. Context: may sleep.
 */
int tdxu_window_run(const struct tdxu_plan *plan, struct tdxu_window_result *result);

#endif
