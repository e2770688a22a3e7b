/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_WINDOW_H
#define TDXU_WINDOW_H

/* What happens while the machine is stopped. */

#include "core/preflight.h"
#include "core/sequence.h"
#include "uapi/tdx_update.h"

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
	u64 rax;
	u64 rdx;
};

/* How a step is told outside. */
struct tdxu_told {
	enum tdx_update_phase phase;
	u64 leaf; /* that it calls */
	const char *leaf_name;
};

extern const struct tdxu_told tdxu_told_as[TDXU_END_UNTOUCHED];

enum {
	/*
	 * Preflight, recheck and shutdown; four phases for each image that was installed; a last
	 * refusal; verify.
	 */
	TDXU_MAX_TIMINGS = 3 + 4 * TDXU_NR_IMAGES * TDXU_MAX_INSTALLS + 2,
};

/* One run of a phase: after a failure there are more. Times are of ktime_get_mono_fast_ns(). */
struct tdxu_timing {
	enum tdx_update_phase phase;
	u64 start_ns;
	u64 end_ns;
	u32 retries; /* of all runs of the phase; in the first of them */
};

/* All runs, in their order; none overlaps another. */
struct tdxu_timings {
	u32 nr;
	struct tdxu_timing run[TDXU_MAX_TIMINGS];
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
	/* Past the point of no return: how long transient failures were retried, and the limit. */
	u64 waited_ns;
	u32 patience_ms; /* in each step; TDXU_PATIENCE_IN_ALL times as long in all */
};

/**
 * tdxu_timing_starts() - Begin a run of @phase, if it is not the last that is noted.
 * tdxu_timing_ends() - The last has ended.
 * tdxu_timing_first() - The first run of a phase; NULL if there was none.
 *
 * Context: any.
 */
void tdxu_timing_starts(struct tdxu_timings *timings, enum tdx_update_phase phase, u64 now);
void tdxu_timing_ends(struct tdxu_timings *timings, u64 now);
struct tdxu_timing *tdxu_timing_first(struct tdxu_timings *timings, enum tdx_update_phase phase);

/**
 * tdxu_window_run() - Stop the machine and replace the module.
 * @result: what happened; zeroed by the caller.
 * @timings: when it did is added.
 *
 * Inside, nothing is allocated or printed and no lock but that of the P-SEAMLDR is taken.
 *
 * Return: 0 if @result is set; -ENOMEM or -EBUSY, with nothing touched, if the machine could not
 * be stopped. Context: may sleep.
 */
int tdxu_window_run(const struct tdxu_plan *plan, struct tdxu_window_result *result,
		    struct tdxu_timings *timings);

#endif
