// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One update, from files to an outcome. Whatever can be known of an image is known before the
 * driver hears of it; a busy host is asked again until the deadline. The driver keeps the images
 * of its client while it is busy.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply.h"
#include "hooks.h"
#include "json.h"
#include "record.h"
#include "unmade.h"

static enum tdxu_exit load(const char *path, const char *sigstruct, struct tdxu_image_file *file,
			   struct tdxu_error *error)
{
	enum tdxu_exit code = tdxu_image_file_load(NULL, path, sigstruct, file, error);

	return code ? code : tdxu_image_file_judge(file, error);
}

/* What --newest chooses comes loaded. */
static enum tdxu_exit load_named(const struct tdxu_options *opt, struct tdxu_selection *images,
				 struct tdxu_error *error)
{
	enum tdxu_exit code = TDXU_EXIT_OK;
	struct stat st;

	if (!opt->newest)
		code = load(opt->image, opt->sigstruct, &images->target, error);
	if (code && !stat(opt->image, &st) && S_ISDIR(st.st_mode))
		snprintf(error->fix, sizeof(error->fix), "use --newest %.300s", opt->image);
	if (code || !opt->fallback)
		return code;
	images->named = true;
	images->use[TDX_UPDATE_SLOT_FALLBACK] = &images->fallback;
	return load(opt->fallback, NULL, &images->fallback, error);
}

static enum tdxu_exit check(struct tdxu_apply *a)
{
	struct tdxu_fault fault = { 0 };

	if (a->ctx->backend->check(a->updater, &a->checks, &fault))
		return tdxu_report_fault(&a->report, &fault);
	if (*a->checks.beyond)
		tdxu_note(&a->report, true,
			  "%s: the driver tells more of its checks than this tdxupd knows; install that of its version",
			  a->checks.beyond);
	return tdxu_report_failure(&a->report, &a->checks);
}

/* An older driver names its checks only in making them. */
static void tell_unmade(struct tdxu_apply *a)
{
	char text[TDXU_UNMADE_TEXT];
	struct tdxu_fault fault;
	struct tdxu_checks checks;

	if (a->ctx->backend->unguarded)
		return;
	a->made = a->before.made;
	if (!a->made.nr && !a->ctx->backend->check(a->updater, &checks, &fault))
		tdxu_names_of_checks(&checks, &a->made);
	if (*tdxu_unmade_text(&a->made, text))
		tdxu_note(&a->report, true, "%s", text);
}

/* Why there is no result; a signal and a limit are ours, the rest is the backend's. */
static const char *why_unknown(struct tdxu_apply *a, struct tdxu_fault *fault)
{
	if (fault->errnum == EINTR)
		return "it was interrupted once more";
	if (fault->errnum == ETIMEDOUT && !*fault->message)
		return "none has come for a minute since it was interrupted";
	tdxu_report_fault(&a->report, fault);
	return a->report.error.why;
}

/* What was begun may have changed everything: nothing here is a reason to try again. */
static enum tdxu_exit fail_begun(struct tdxu_apply *a, u32 id, struct tdxu_fault *fault)
{
	char why[TDXU_MESSAGE_BYTES], fix[TDXU_MESSAGE_BYTES];

	a->update_id = id ?: a->before.update_id + 1;
	snprintf(why, sizeof(why), "%.400s", why_unknown(a, fault));
	snprintf(fix, sizeof(fix), "%s",
		 strstr(fault->message, "; ") ? a->report.error.fix :
		 "see `tdxupd status` for how it has ended, and `dmesg` if that does not tell");
	tdxu_error_set(&a->report.error, TDXU_EXIT_BEGUN, a->report.what, fix,
		       id ? "update #%u was begun, and its result is not known: %s" :
			    "whether update #%u was begun is not known: %s",
		       a->update_id, why);
	a->report.error.errnum = fault->errnum;
	return TDXU_EXIT_BEGUN;
}

/* The first signal cannot stop an update that has begun: the caller needs its result. */
static int wait_after_signal(struct tdxu_apply *a, u32 id, struct tdxu_fault *fault)
{
	const struct tdxu_clock *clock = a->ctx->clock;

	a->interrupted = true;
	clock->heed_stop(clock->priv);
	tdxu_progress_interrupted(a->ctx, id);
	return a->ctx->backend->wait(a->updater, id, clock->stop_fd, TDXU_INTERRUPTED_MS,
				     &a->status, fault);
}

static enum tdxu_exit wait_for_result(struct tdxu_apply *a, u32 id)
{
	struct tdxu_fault fault = { 0 };
	int err;

	a->update_id = id;
	err = a->ctx->backend->wait(a->updater, id, a->ctx->clock->stop_fd, -1, &a->status, &fault);
	if (err == -EINTR)
		err = wait_after_signal(a, id, &fault);
	if (err)
		return fail_begun(a, id, &fault);
	if (a->status.result.outcome == TDX_UPDATE_OUTCOME_UPDATED)
		return TDXU_EXIT_OK;
	return tdxu_error_from_result(&a->report.error, a->report.what, &a->status.result);
}

/* Drivers of 0.1.0 keep no image after an attempt. */
static int begin_update(struct tdxu_apply *a, u32 *id, struct tdxu_fault *fault)
{
	int err = a->ctx->backend->update(a->updater, id, fault);

	if (err != -ENOENT || a->tries.nr == 1 || tdxu_apply_upload_all(a))
		return err;
	return a->ctx->backend->update(a->updater, id, fault);
}

static enum tdxu_exit update(struct tdxu_apply *a)
{
	struct tdxu_fault fault = { 0 };
	u32 id;

	/* A driver that checks for itself does so within the update. */
	if (a->ctx->backend->unguarded && check(a))
		return a->report.error.code;
	tdxu_record_begin(a);
	if (!begin_update(a, &id, &fault))
		return wait_for_result(a, id);
	return fault.unsure ? fail_begun(a, 0, &fault) : tdxu_report_fault(&a->report, &fault);
}

static enum tdxu_exit take_lock(struct tdxu_apply *a)
{
	if (a->lock >= 0)
		return TDXU_EXIT_OK;
	return tdxu_lock_take(a->ctx->paths->lock, a->report.what, &a->lock, &a->report.error);
}

static enum tdxu_exit run_hooks(struct tdxu_apply *a, const char *directory,
				struct tdxu_error *error)
{
	json_auto_t *input = tdxu_json_object("apply", &a->report.error, tdxu_apply_json(a));

	return tdxu_hooks_run(a->ctx, directory, a->report.what, input, error);
}

static enum tdxu_exit run_hooks_before(struct tdxu_apply *a)
{
	enum tdxu_exit code;

	if (a->ctx->options->dry_run)
		return TDXU_EXIT_OK;
	a->hooked = true;
	code = run_hooks(a, "pre.d", &a->report.error);
	if (code == TDXU_EXIT_BUSY)
		a->interrupted = true;
	return code;
}

/* Nothing that they say changes how the update ended. */
static void run_hooks_after(struct tdxu_apply *a)
{
	struct tdxu_error error = { 0 };

	if (a->hooked && run_hooks(a, "post.d", &error))
		tdxu_note(&a->report, true, "after the update: %s; %s", error.why, error.fix);
}

/*
 * Without facts it is not known what is to be done, and by old ones or during an update --newest
 * might find nothing to do where there is. A caller who may not ask is told so by what follows.
 */
static bool lacks_facts(struct tdxu_apply *a, struct tdxu_fault *fault)
{
	if (tdxu_status_asked(&a->before) && !a->ctx->options->newest)
		return false;
	return tdxu_ask(a->ctx, a->updater, &a->before, fault) || fault->errnum == EBUSY ||
	       (fault->errnum && !tdxu_status_asked(&a->before));
}

static enum tdxu_exit ask_what_runs(struct tdxu_apply *a)
{
	struct tdxu_fault fault = { 0 };

	if (a->ctx->backend->status(a->updater, false, &a->before, &fault) ||
	    lacks_facts(a, &fault))
		return tdxu_report_fault(&a->report, &fault);
	if (!a->ctx->backend->unguarded || a->before.state != TDX_UPDATE_STATE_LOST)
		return TDXU_EXIT_OK;
	fault.errnum = ENOTRECOVERABLE;
	return tdxu_report_fault(&a->report, &fault);
}

/* What an earlier run could not record before it ended. An update does not depend on it. */
static enum tdxu_exit complete_history(struct tdxu_apply *a)
{
	struct tdxu_error error = { 0 };

	if (!a->ctx->options->dry_run && tdxu_record_complete(a->ctx, &a->before, &error))
		tdxu_note(&a->report, true,
			  "an earlier attempt could not be recorded: %s: %s; %s", error.what,
			  error.why, error.fix);
	return TDXU_EXIT_OK;
}

/* The driver says which signers it takes. */
static enum tdxu_exit judge_signers(struct tdxu_apply *a)
{
	enum tdxu_exit code = tdxu_image_file_judge_signer(&a->images.target, &a->report.error);

	if (code || !a->images.named)
		return code;
	return tdxu_image_file_judge_signer(&a->images.fallback, &a->report.error);
}

static enum tdxu_exit require_tcb(struct tdxu_apply *a)
{
	return a->ctx->options->require_tcb ?
	       tdxu_require_tcb(&a->tcb, &a->images.target, &a->report) : TDXU_EXIT_OK;
}

static enum tdxu_exit announce(struct tdxu_apply *a)
{
	tdxu_progress_start(a);
	a->prepared = true;
	return TDXU_EXIT_OK;
}

/*
 * Once a run, with the lock held, so that it stays true: what runs, what is to be installed, and
 * what else if that fails.
 */
static enum tdxu_exit prepare(struct tdxu_apply *a)
{
	static enum tdxu_exit (*const steps[])(struct tdxu_apply *a) = {
		ask_what_runs,
		complete_history,
		tdxu_apply_newest,
		judge_signers,
		require_tcb,
		tdxu_apply_choose_fallbacks,
		announce,
		tdxu_apply_unguarded_check,
		run_hooks_before,
	};
	enum tdxu_exit code = TDXU_EXIT_OK;

	for (u32 i = 0; i < ARRAY_SIZE(steps) && !code && !a->nothing_to_do; i++)
		code = steps[i](a);
	return code;
}

static enum tdxu_exit attempt(struct tdxu_apply *a)
{
	enum tdxu_exit code = take_lock(a);

	if (!code && !a->prepared)
		code = prepare(a);
	if (code || a->nothing_to_do)
		return code;
	tdxu_progress_attempt(a);
	if (!a->uploaded)
		code = tdxu_apply_upload_all(a);
	if (!a->uploaded && !code)
		tell_unmade(a);
	a->uploaded = !code;
	if (a->ctx->options->dry_run)
		return code ? code : check(a);
	a->tried = true;
	return code ? code : update(a);
}

/* The history has the first attempt of a run and the last: there may be thousands between them. */
static void record(struct tdxu_apply *a, enum tdxu_exit code)
{
	if (a->tried)
		tdxu_record_attempt(a, code);
	a->tried = false;
}

static bool builds_are_in_the_way(const struct tdxu_result *r)
{
	return r->present && r->busy_reason == TDX_UPDATE_BUSY_TD_BUILD;
}

/* After each busy answer: builds are held, are held no longer, or have a pause. */
static void hold_builds(struct tdxu_apply *a, u64 now)
{
	const char *dir = a->ctx->paths->lock;
	u64 for_ms = a->ctx->options->hold_ms;
	struct tdxu_tries *tries = &a->tries;
	int err;

	if (tries->hold.fd >= 0 && now >= tries->hold.until_ms)
		tdxu_hold_drop(&tries->hold, now);
	else if (tries->hold.fd >= 0 || !for_ms || !builds_are_in_the_way(&a->status.result))
		return;
	err = tdxu_hold_take(&tries->hold, dir, now, for_ms);
	if (!err) {
		tdxu_progress_held(a->ctx);
	} else if (err != -EAGAIN && !tries->hold_failed) {
		tries->hold_failed = true;
		tdxu_note(&a->report, true,
			  "builds of TDs could not be held: %s/hold cannot be locked (%s); it is tried without: see who has it (lslocks), or what is in its place",
			  dir, strerror(-err));
	}
}

/* Waits for the next attempt. */
static enum tdxu_exit wait_for_next(struct tdxu_apply *a)
{
	const struct tdxu_clock *clock = a->ctx->clock;
	u64 now = clock->now_ms(clock->priv);
	u32 wait;

	hold_builds(a, now);
	wait = tdxu_retry_next(&a->tries.retry, now, a->tries.hold.until_ms,
			       clock->random(clock->priv));
	if (wait && a->tries.nr == 1)
		record(a, TDXU_EXIT_BUSY);
	if (!wait)
		return TDXU_EXIT_BUSY;
	return tdxu_progress_wait(a, now + wait) ? TDXU_EXIT_OK : tdxu_apply_stopped(a);
}

static enum tdxu_exit attempts(struct tdxu_apply *a)
{
	const struct tdxu_options *opt = a->ctx->options;
	const struct tdxu_clock *clock = a->ctx->clock;
	enum tdxu_exit code;

	/* While builds are held, it is tried again for at least as long. */
	tdxu_retry_start(&a->tries.retry, clock->now_ms(clock->priv),
			 opt->retry_ms > opt->hold_ms ? opt->retry_ms : opt->hold_ms,
			 opt->retry_cap_ms);
	do {
		a->tries.nr++;
		a->tried = false;
		a->status.result.present = false;
		code = attempt(a);
		if (code != TDXU_EXIT_BUSY || a->interrupted)
			break;
		code = wait_for_next(a);
	} while (!code);
	tdxu_hold_drop(&a->tries.hold, clock->now_ms(clock->priv));
	record(a, code);
	tdxu_progress_end(a->ctx);
	return code;
}

static enum tdxu_exit with_updater(struct tdxu_apply *a)
{
	enum tdxu_exit code = attempts(a);

	if (code != TDXU_EXIT_BEGUN)
		tdxu_apply_keep(a);
	tdxu_record_end(a, code);
	return code;
}

static enum tdxu_exit run(struct tdxu_apply *a)
{
	struct tdxu_fault fault = { 0 };
	enum tdxu_exit code = tdxu_tcb_load(a->ctx, &a->tcb, &a->report.error);

	if (!code)
		code = load_named(a->ctx->options, &a->images, &a->report.error);
	if (code)
		return code;
	if (tdxu_open(a->ctx, &a->updater, &fault))
		return tdxu_report_fault(&a->report, &fault);
	code = with_updater(a);
	a->ctx->backend->close(a->updater);
	if (a->lock >= 0)
		close(a->lock);
	return code;
}

enum tdxu_exit tdxu_cmd_apply(struct tdxu_ctx *ctx)
{
	const struct tdxu_options *opt = ctx->options;
	struct tdxu_apply a = { .ctx = ctx, .lock = -1, .tries.hold.fd = -1 };
	enum tdxu_exit code;

	a.images.use[TDX_UPDATE_SLOT_TARGET] = &a.images.target;
	tdxu_report_name(&a.report, opt->newest ? opt->newest : opt->image);
	code = run(&a);
	if (!code)
		a.report.error.code = TDXU_EXIT_OK;
	run_hooks_after(&a);
	tdxu_apply_report(&a);
	tdxu_image_file_free(&a.images.target);
	tdxu_image_file_free(&a.images.fallback);
	tdxu_image_file_free(&a.images.way_out);
	tdxu_kept_free(&a.images.kept);
	tdxu_catalogue_free(&a.images.catalogue);
	tdxu_tcb_free(&a.tcb);
	return code;
}
