/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CORE_SEQUENCE_H
#define TDXU_CORE_SEQUENCE_H

/*
 * The update as a table: what each step is, who does it, and what comes next when it succeeds or
 * fails. The driver follows it inside stop_machine(); unit tests follow every path of it. Pure.
 */

#include "types.h"

enum tdxu_step {
	TDXU_STEP_RECHECK,	 /* what can have changed since the preflight */
	TDXU_STEP_SHUTDOWN,	 /* TDH.SYS.SHUTDOWN: its success is the point of no return */
	TDXU_STEP_INSTALL,	 /* SEAMLDR.INSTALL: a session, ended by the last CPU's call */
	TDXU_STEP_CLOSE_SESSION, /* end a half-done INSTALL session, so that another can begin */
	TDXU_STEP_RECOVER,	 /* choose what to install next; makes no SEAMCALL */
	TDXU_STEP_INIT,		 /* TDH.SYS.INIT */
	TDXU_STEP_LP_INIT,	 /* TDH.SYS.LP.INIT */
	TDXU_STEP_UPDATE,	 /* TDH.SYS.UPDATE: the new module takes the handoff data over */
	/* ends */
	TDXU_END_UNTOUCHED, /* the old module runs, as if nothing had been tried */
	TDXU_END_RUNNING,   /* an image that was installed runs */
	TDXU_END_LOST,	    /* no module runs */
	TDXU_NR_STEPS,
};

enum tdxu_scope {
	TDXU_ONE_CPU,	  /* the CPU that arrived last does it, while the others wait */
	TDXU_EVERY_CPU,	  /* all at the same time */
	TDXU_ONE_BY_ONE,  /* every CPU, in no particular order, never two at a time */
};

enum tdxu_step_result {
	TDXU_STEP_OK,
	TDXU_STEP_FAILED,    /* this step did not do its work; what it needs is still there */
	TDXU_STEP_HALF_DONE, /* an INSTALL session is open: some CPUs have called, some have not */
	TDXU_STEP_GONE,	     /* INSTALL, RDX = 1: the handoff data cannot be reached any more */
	TDXU_NR_STEP_RESULTS,
};

struct tdxu_step_info {
	const char *name;
	enum tdxu_scope scope;
	bool past_no_return; /* TDs die if the sequence stops here */
	enum tdxu_step next[TDXU_NR_STEP_RESULTS];
};

/** tdxu_step_info() - The row of a step; ends have a name and lead to themselves. */
const struct tdxu_step_info *tdxu_step_info(enum tdxu_step step);

static inline bool tdxu_step_is_end(enum tdxu_step step)
{
	return step >= TDXU_END_UNTOUCHED;
}

/* Images that can be installed. Which is next after a failure, tdxu_recovery_choose() says. */
enum tdxu_which_image {
	TDXU_TARGET,
	TDXU_FALLBACK, /* as a rule, of the running module: for a target that is refused */
	TDXU_WAY_OUT,  /* with an SVN not below the target's: for one that was installed, too */
	TDXU_NR_IMAGES,
};

enum {
	TDXU_MAX_REFUSALS = 2,	   /* of one image, for a reason that should not pass */
	TDXU_MAX_INSTALLS = 2,	   /* successful, of one image, when what follows fails */
	TDXU_MIN_SESSIONS = 8,	   /* of one image without entropy, however long they took */
	TDXU_MAX_CLOSE_ROUNDS = 8, /* attempts to end a half-done session */
};

/* What is known when a step past the point of no return has failed. */
struct tdxu_recovery {
	bool have[TDXU_NR_IMAGES];
	u16 svn[TDXU_NR_IMAGES];	  /* major << 8 | minor */
	u8 installs[TDXU_NR_IMAGES];	  /* successful INSTALL sessions */
	u8 refusals[TDXU_NR_IMAGES];	  /* for a reason that should not pass */
	bool out_of_time[TDXU_NR_IMAGES]; /* refused for one that can pass, and for too long */
	u16 platform_svn;		  /* the lowest SVN that P-SEAMLDR takes now */
	bool counter_known;
	u32 updates_left;	     /* if that is known; a hint: P-SEAMLDR has the last word */
	enum tdxu_which_image tried; /* the image that was just tried */
};

/**
 * tdxu_recovery_choose() - What to install after a failure past the point of no return.
 * @r: updated by the caller after each attempt.
 * @image: set to the image to install if there is one.
 *
 * The image that was just tried is tried again while its failure can pass; but an update is not
 * spent on one that was installed and has failed if another image needs it. Then the other images,
 * the lowest SVN first: P-SEAMLDR takes none below what was installed last, so the other order
 * could shut one out. At last what was refused for good gets a second chance. A counter of updates
 * that is 0 ends nothing: a refusal costs nothing, and giving up costs all TDs.
 *
 * Which image is uploaded as the fallback or the way out, the uploader has decided before (tdxupd:
 * cli/apply/apply_fallback.c). All limits of another INSTALL: kmod/session.c.
 *
 * Return: TDXU_STEP_OK if @image is set, TDXU_STEP_GONE if P-SEAMLDR would take none, or each has
 * been tried as often as has any use.
 */
enum tdxu_step_result tdxu_recovery_choose(const struct tdxu_recovery *r,
					   enum tdxu_which_image *image);

#endif
