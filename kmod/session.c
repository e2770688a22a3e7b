// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions of SEAMLDR.INSTALL: one call of each CPU, and the last one's installs.
 *
 * What the firmware says of itself decides, not what a call returned: after a session SEAMLDR.INFO
 * tells whether a module is in place and which, because a call may fail after having done its
 * work, and all calls may succeed without the session being complete (a logical processor that the
 * kernel does not know of has not called).
 *
 * When is INSTALL tried again, and how often? From the inside out:
 *
 *  - One call that was not taken at all, by its CPU: TDXU_MAX_RETRIES times however long they take,
 *    and then until time is up in this step or in all (patience.h).
 *  - A session that ended for want of entropy, as another session with the same image:
 *    TDXU_MIN_SESSIONS however long they take, and then until time is up.
 *  - A session that was left half done is closed first, in TDXU_MAX_CLOSE_ROUNDS rounds at most.
 *  - An image, the same or another one, as tdxu_recovery_choose() says: until each was refused for
 *    good TDXU_MAX_REFUSALS times, has run out of time, was installed TDXU_MAX_INSTALLS times, or
 *    has an SVN that is too low by now (core/sequence.h).
 */

#include "steps.h"

/* In the session */

/*
 * Only a call that was not taken at all is made again here. After any status this CPU may have been
 * counted, or the session may even be over, and another call would begin the next one.
 */
struct tdxu_answer tdxu_session_install_again(struct tdxu_work *w, struct tdxu_answer answer)
{
	struct tdxu_attempts attempts = {};

	while (tdxu_patience_again(&w->patience, answer.rax == TDXU_SEAMCALL_VMFAILINVALID,
				   &attempts))
		answer = tdxu_seamldr_install(w->params_pa);
	tdxu_work_add_retries(w, TDXU_STEP_INSTALL, attempts.tries);
	return answer;
}

/* After it */

/*
 * Return: false if INFO does not answer. If all calls have succeeded, its answer is not worth
 * waiting for. VMfailInvalid has been retried already, for a millisecond, by seamldr.c.
 */
static bool ask_seamldr(struct tdxu_work *w, struct tdxu_seamldr_info *now)
{
	struct tdxu_attempts attempts = { .tries = TDXU_MAX_RETRIES };
	u32 tries = 0;
	u64 rax;

	do {
		rax = tdxu_seamldr_info(now);
	} while (rax && (w->trouble ? tdxu_patience_again(&w->patience,
							  tdxu_seamcall_can_pass(rax), &attempts) :
				      tdxu_seamcall_again(rax == TDXU_SEAMLDR_EUNSPECERR, &tries)));
	return !rax;
}

/* While an INSTALL session is open, and if it ended badly, no SEAM software takes this. */
static bool module_takes_calls(void)
{
	return tdxu_steps_reach_module() != TDXU_SEAMCALL_VMFAILINVALID;
}

/* Is a module in place, which may be the old one, and no session open? */
static bool no_session_is_open(struct tdxu_work *w)
{
	struct tdxu_seamldr_info now;

	return ask_seamldr(w, &now) ? now.seamextend.seam_ready : module_takes_calls();
}

static void note_counter(struct tdxu_recovery *r, bool answers, const struct tdxu_seamldr_info *now)
{
	r->counter_known = answers;
	if (answers)
		r->updates_left = now->num_remaining_updates;
}

/* Lack of entropy ends a session: to try again is to begin another. */
static void note_refusal(struct tdxu_work *w, bool can_pass)
{
	struct tdxu_recovery *r = &w->recovery;

	w->close_rounds = 0;
	if (!can_pass) {
		r->refusals[r->tried]++;
		return;
	}
	w->retries_here[TDXU_STEP_INSTALL]++;
	if (++w->sessions >= TDXU_MIN_SESSIONS && w->session_late)
		r->out_of_time[r->tried] = true;
	w->session_late = tdxu_patience_over(&w->patience);
}

static enum tdxu_step_result judge_refused_install(struct tdxu_work *w, bool answers,
						   const struct tdxu_seamldr_info *now)
{
	struct tdxu_answer worst = tdxu_work_note_failure_of_all(w, TDXU_STEP_INSTALL);

	if (worst.rdx)
		return TDXU_STEP_GONE;
	note_refusal(w, worst.rax == TDXU_SEAMLDR_ENOENTROPY || tdxu_seamcall_can_pass(worst.rax));
	note_counter(&w->recovery, answers, now);
	if (!(answers ? now->seamextend.seam_ready : module_takes_calls()))
		return TDXU_STEP_HALF_DONE;
	return TDXU_STEP_FAILED;
}

/*
 * SEAM_READY and MRSEAM say it. Only if a call has failed and MRSEAM was the same before does the
 * counter have to tell whether the session has installed or was refused; otherwise it is no
 * evidence: P-SEAMLDR reads it anew from its database when it has counted down to 0.
 */
static bool has_installed(const struct tdxu_work *w, const struct tdxu_seamldr_info *now)
{
	const struct tdxu_recovery *r = &w->recovery;
	const u8 *mrseam = w->plan->image[r->tried].mrseam;

	if (!now->seamextend.seam_ready ||
	    memcmp(now->seamextend.mrseam, mrseam, TDXU_SHA384_BYTES))
		return false;
	return !w->trouble || memcmp(w->in_place, mrseam, TDXU_SHA384_BYTES) ||
	       (r->counter_known && now->num_remaining_updates + 1 == r->updates_left);
}

/*
 * INFO did not answer. If all INSTALLs succeeded, carry on all the same; otherwise the module's
 * answer tells which one it is: the old one is shut down, a new one is not initialised.
 */
static bool seems_installed(const struct tdxu_work *w)
{
	u64 rax;

	if (!w->trouble)
		return true;
	rax = tdxu_steps_reach_module();
	return rax != TDXU_SEAMCALL_VMFAILINVALID &&
	       TDXU_STATUS_CLASS(rax) != TDXU_TDX_SYS_SHUTDOWN;
}

enum tdxu_step_result tdxu_session_judge_install(struct tdxu_work *w)
{
	struct tdxu_recovery *r = &w->recovery;
	struct tdxu_seamldr_info now;
	bool answers = ask_seamldr(w, &now);

	if (!(answers ? has_installed(w, &now) : seems_installed(w)))
		return judge_refused_install(w, answers, &now);
	note_counter(r, answers, &now);
	r->platform_svn = r->svn[r->tried];
	r->installs[r->tried]++;
	w->in_place = w->plan->image[r->tried].mrseam;
	tdxu_patience_step_over(&w->patience);
	return TDXU_STEP_OK;
}

/* A session that is half done, and what comes next */

/* ENOENTROPY does not end the session here: the call needs no entropy, so it was not taken. */
static void call_to_end(struct tdxu_work *w)
{
	struct tdxu_attempts attempts = {};
	u64 rax;

	do {
		rax = tdxu_seamldr_end_session();
	} while (tdxu_patience_again(&w->patience,
				     tdxu_seamcall_can_pass(rax) || rax == TDXU_SEAMLDR_ENOENTROPY,
				     &attempts));
	tdxu_work_add_retries(w, TDXU_STEP_CLOSE_SESSION, attempts.tries);
}

void tdxu_session_end(struct tdxu_work *w)
{
	if (!no_session_is_open(w))
		call_to_end(w);
}

enum tdxu_step_result tdxu_session_judge_close(struct tdxu_work *w)
{
	if (no_session_is_open(w))
		return TDXU_STEP_OK;
	return ++w->close_rounds < TDXU_MAX_CLOSE_ROUNDS ? TDXU_STEP_HALF_DONE : TDXU_STEP_FAILED;
}

enum tdxu_step_result tdxu_session_recover(struct tdxu_work *w)
{
	struct tdxu_recovery *r = &w->recovery;
	enum tdxu_which_image tried = r->tried;
	enum tdxu_step_result found = tdxu_recovery_choose(r, &r->tried);

	if (found != TDXU_STEP_OK || r->tried != tried)
		tdxu_patience_step_over(&w->patience);
	if (found != TDXU_STEP_OK)
		return found;
	w->params_pa = w->plan->image[r->tried].params_pa;
	/* A new image, or the same after an INSTALL that succeeded: its sessions count anew. */
	if (!w->patience.since) {
		w->sessions = 0;
		w->session_late = false;
	}
	return found;
}
