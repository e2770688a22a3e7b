// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Words for what happened. Inside, steps have results and checks have verdicts; here they become
 * one of six outcomes and an errno.
 */

#include "outcome.h"
#include "core/status_text.h"
#include "patience.h"
#include "platform.h"

#include <linux/kernel.h>
#include <linux/math64.h>

#define LOST_ADVICE "TDs on this host are dying; reboot it"

static __printf(4, 5) void conclude(struct tdxu_result *r, enum tdx_update_outcome outcome,
				    int error, const char *format, ...)
{
	va_list args;

	r->outcome = outcome;
	r->error = error;
	va_start(args, format);
	vscnprintf(r->message, sizeof(r->message), format, args);
	va_end(args);
}

void tdxu_outcome_refused(struct tdxu_result *r, const struct tdxu_verdict *v)
{
	r->check = v->name;
	conclude(r, TDX_UPDATE_OUTCOME_REFUSED, v->error, "%s", v->message);
}

void tdxu_outcome_nothing_to_do(struct tdxu_result *r)
{
	char version[TDXU_VERSION_TEXT];

	r->to = r->from;
	conclude(r, TDX_UPDATE_OUTCOME_UPDATED, 0, "module %s runs already, nothing to do",
		 tdxu_version_format(&r->from.version, version));
}

void tdxu_outcome_not_tried(struct tdxu_result *r, int error, const char *what)
{
	if (error == ENOMEM)
		conclude(r, TDX_UPDATE_OUTCOME_FAILED, error,
			 "the update could not be prepared (%s: out of memory); nothing was touched, try again when there is more",
			 what);
	else if (error == ENOPKG)
		conclude(r, TDX_UPDATE_OUTCOME_FAILED, error,
			 "the update could not be prepared (%s: error %d); nothing was touched, see that the kernel has it and try again",
			 what, error);
	else
		conclude(r, TDX_UPDATE_OUTCOME_FAILED, error,
			 "the update could not be prepared (%s: error %d); nothing was touched, try again, and see dmesg if it stays so",
			 what, error);
}

/* Words for a SEAMCALL that failed: "SEAMLDR.INSTALL on CPU 3: RAX 0x..., RDX 0x0". */
enum { FAILURE_TEXT = 80 + TDXU_STATUS_TEXT };

static void describe_failure(const struct tdxu_window_result *w, char *out)
{
	const struct tdxu_failure *f = &w->failure;
	const char *leaf = tdxu_told_as[f->step].leaf_name;
	char rax[TDXU_STATUS_TEXT];

	if (!w->failed)
		scnprintf(out, FAILURE_TEXT,
			  "every CPU has called SEAMLDR.INSTALL, and P-SEAMLDR waits for more");
	else if (f->rax == TDXU_SEAMCALL_VMFAILINVALID)
		scnprintf(out, FAILURE_TEXT, "%s on CPU %u found no SEAM software (VMfailInvalid)",
			  leaf, f->cpu);
	else
		scnprintf(out, FAILURE_TEXT, "%s on CPU %u: RAX %s, RDX 0x%llx", leaf, f->cpu,
			  tdxu_status_text(f->rax, rax), f->rdx);
}

/* Nothing was touched */

static const struct tdxu_verdict recheck_verdicts[] = {
	[TDXU_RECHECK_CPUS] = { "cpus-online", TDXU_FAIL, EHOSTDOWN,
		"a CPU went offline while the update was prepared; bring it online and try again" },
	[TDXU_RECHECK_SYSTEM] = { "system", TDXU_FAIL, ESHUTDOWN,
		"the system began to suspend or to go down; try again when it is up" },
	[TDXU_RECHECK_CHANGED] = { "alone", TDXU_FAIL, EBUSY,
		"the running module changed while the update was prepared: another updater is at work; try again later" },
};

static void refused_by_recheck(struct tdxu_result *r)
{
	const struct tdxu_failure *f = &r->window.failure;
	char rax[TDXU_STATUS_TEXT];

	if (r->window.recheck != TDXU_RECHECK_READINESS) {
		tdxu_outcome_refused(r, &recheck_verdicts[r->window.recheck]);
		return;
	}
	r->check = "cpus-ready";
	conclude(r, TDX_UPDATE_OUTCOME_REFUSED, ENODEV,
		 "the module stopped answering on CPU %u (RAX %s) while the update was prepared; see what `tdxupd status` says of cpus-ready, and try again",
		 f->cpu, tdxu_status_text(f->rax, rax));
}

static void busy_with_td(struct tdxu_result *r, u64 rax)
{
	r->busy_count = TDXU_COMPAT_SENSITIVE_COUNT(rax);
	switch (TDXU_COMPAT_SENSITIVE_REASON(rax)) {
	case TDXU_COMPAT_SENSITIVE_BUILD:
		r->busy_reason = TDX_UPDATE_BUSY_TD_BUILD;
		conclude(r, TDX_UPDATE_OUTCOME_BUSY, EBUSY,
			 "%u TD%s being built; try again when the build is over", r->busy_count,
			 r->busy_count == 1 ? " is" : "s are");
		break;
	case TDXU_COMPAT_SENSITIVE_MIGRATION:
		r->busy_reason = TDX_UPDATE_BUSY_TD_MIGRATION;
		conclude(r, TDX_UPDATE_OUTCOME_BUSY, EBUSY,
			 "%u TD migration%s interrupted; try again when the migration is over",
			 r->busy_count, r->busy_count == 1 ? " is" : "s are");
		break;
	default:
		r->busy_reason = TDX_UPDATE_BUSY_OTHER;
		conclude(r, TDX_UPDATE_OUTCOME_BUSY, EBUSY,
			 "the module is in %u operations that an update would break (reason %u); try again later",
			 r->busy_count, TDXU_COMPAT_SENSITIVE_REASON(rax));
		break;
	}
}

static void shutdown_failed(struct tdxu_result *r, const char *failure)
{
	u64 rax = r->window.failure.rax;

	switch (TDXU_STATUS_CLASS(rax)) {
	case TDXU_TDX_UPDATE_COMPAT_SENSITIVE:
		busy_with_td(r, rax);
		break;
	case TDXU_TDX_SYS_BUSY:
		r->busy_reason = TDX_UPDATE_BUSY_MODULE;
		conclude(r, TDX_UPDATE_OUTCOME_BUSY, EBUSY,
			 "the module is executing for somebody else; try again later");
		break;
	default:
		conclude(r, TDX_UPDATE_OUTCOME_FAILED, EIO,
			 "%s; the old module still runs and no TD was touched", failure);
		break;
	}
}

/* More to the sentence. */
static __printf(2, 3) void add(struct tdxu_result *r, const char *format, ...)
{
	size_t used = strlen(r->message);
	va_list args;

	va_start(args, format);
	vscnprintf(r->message + used, sizeof(r->message) - used, format, args);
	va_end(args);
}

/* Past the point of no return */

/* A shorter wait needs no explanation. */
enum { WAIT_WORTH_TELLING_MS = 1000 };

static void tell_wait(struct tdxu_result *r)
{
	u32 waited_ms = div_u64(r->window.waited_ns, NSEC_PER_MSEC);

	if (waited_ms >= WAIT_WORTH_TELLING_MS)
		add(r, "; what can pass was tried again for %u ms (at most %u for each step, %u in all)",
		    waited_ms, r->window.patience_ms, TDXU_PATIENCE_IN_ALL * r->window.patience_ms);
}

static void running(struct tdxu_result *r, const char *failure)
{
	const struct tdxu_window_result *w = &r->window;

	if (w->image != TDXU_TARGET)
		conclude(r, TDX_UPDATE_OUTCOME_ROLLED_BACK, ECANCELED,
			 "the target failed (%s) and the %s image was installed; all TDs run on it",
			 failure, w->image == TDXU_FALLBACK ? "fallback" : "way-out");
	else if (w->failed)
		conclude(r, TDX_UPDATE_OUTCOME_UPDATED, 0, "updated, after a second attempt (%s)",
			 failure);
	else
		conclude(r, TDX_UPDATE_OUTCOME_UPDATED, 0, "updated");
}

/* What has failed first, or where there was no such call, what the end says. */
static enum tdx_update_phase last_phase(const struct tdxu_window_result *w)
{
	if (w->failed)
		return tdxu_told_as[w->failure.step].phase;
	switch (w->end) {
	case TDXU_END_UNTOUCHED:
		return TDX_UPDATE_PHASE_RECHECK;
	case TDXU_END_LOST:
		return TDX_UPDATE_PHASE_INSTALL;
	default:
		return TDX_UPDATE_PHASE_VERIFY;
	}
}

void tdxu_outcome_of_window(struct tdxu_result *r)
{
	const struct tdxu_window_result *w = &r->window;
	char failure[FAILURE_TEXT];

	r->phase = last_phase(w);
	describe_failure(w, failure);
	if (w->end == TDXU_END_RUNNING)
		running(r, failure);
	else if (w->end == TDXU_END_LOST)
		conclude(r, TDX_UPDATE_OUTCOME_LOST, ENOTRECOVERABLE,
			 "no TDX module runs any more (%s); " LOST_ADVICE, failure);
	else if (w->recheck)
		refused_by_recheck(r);
	else
		shutdown_failed(r, failure);
	tell_wait(r);
}

void tdxu_outcome_verified(struct tdxu_result *r, const struct tdxu_facts *now, bool gone,
			   const u8 *expected)
{
	char version[TDXU_VERSION_TEXT], rax[TDXU_STATUS_TEXT];

	r->phase = TDX_UPDATE_PHASE_VERIFY;
	tdxu_version_format(&r->to.version, version);
	if (gone) {
		conclude(r, TDX_UPDATE_OUTCOME_LOST, ENOTRECOVERABLE,
			 "the new module was installed and does not answer; " LOST_ADVICE);
		return;
	}
	if (!now->seamldr_answers)
		add(r, "; P-SEAMLDR does not answer, so MRSEAM of what runs could not be compared");
	else if (memcmp(now->running.mrseam, expected, TDXU_SHA384_BYTES))
		conclude(r, TDX_UPDATE_OUTCOME_FAILED, EIO,
			 "module %s answers, and it is not the image that was installed (MRSEAM differs): another updater was at work; look at it with tdxupd status",
			 tdxu_module_answered(&r->to) ? version :
			 "of a version that could not be read");
	if (!now->system_running)
		add(r, "; the system is going down, so the new module could not be verified");
	else if (!tdxu_platform_module_told_all(now))
		add(r, "; what the new module says of itself could not be read whole, so it could not be verified, look at tdxupd status");
	if (now->readiness == TDXU_READINESS_NOT_SEEN)
		add(r, "; out of memory, so it is not known whether it answers on every CPU");
	else if (now->readiness != TDXU_READY)
		add(r, "; CPU %u does not reach the module (RAX %s), look at tdxupd status",
		    now->unready_cpu, tdxu_status_text(now->unready_status, rax));
}
