// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One update, from files to an outcome. Whatever can be known of an image is known before the
 * driver hears of it; a busy host is asked again until the deadline. The driver keeps the images
 * of its client while it is busy.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "apply.h"
#include "checks.h"
#include "hooks.h"
#include "json.h"
#include "lock.h"
#include "record.h"

static enum tdxu_exit load(struct tdxu_apply *a, const char *path, const char *sigstruct,
			   struct tdxu_image_file *file)
{
	enum tdxu_exit code = tdxu_image_file_load(path, sigstruct, file, &a->error);

	return code ? code : tdxu_image_file_judge(file, &a->error);
}

/* What --newest chooses comes loaded. */
static enum tdxu_exit load_named(struct tdxu_apply *a)
{
	const struct tdxu_options *opt = a->ctx->options;
	enum tdxu_exit code = TDXU_EXIT_OK;
	struct stat st;

	if (!opt->newest)
		code = load(a, a->path, opt->sigstruct, &a->target);

	if (code && !stat(a->path, &st) && S_ISDIR(st.st_mode))
		snprintf(a->error.fix, sizeof(a->error.fix),
			 "use --newest %.300s", a->path);
	if (code || !opt->fallback)
		return code;
	return load(a, opt->fallback, NULL, &a->fallback);
}

static enum tdxu_exit check(struct tdxu_apply *a)
{
	const struct tdxu_check *failure;
	struct tdxu_fault fault = { 0 };

	if (a->ctx->backend->check(a->priv, &a->checks, &fault))
		return tdxu_apply_fault(a, &fault);
	if (*a->checks.beyond)
		tdxu_apply_note(a, true, "%s: the driver tells more of its checks than this tdxupd knows; install that of its version",
				a->checks.beyond);
	failure = tdxu_checks_failure(&a->checks);
	return failure ? tdxu_error_from_check(&a->error, a->what, failure) : TDXU_EXIT_OK;
}

/* Why there is no result; a signal and a limit are ours, the rest is the backend's. */
static const char *why_unknown(struct tdxu_apply *a, struct tdxu_fault *fault)
{
	if (fault->errnum == EINTR)
		return "it was interrupted once more";
	if (fault->errnum == ETIMEDOUT && !*fault->message)
		return "none has come for a minute since it was interrupted";
	tdxu_apply_fault(a, fault);
	return a->error.why;
}

/* What was begun may have changed everything: nothing here is a reason to try again. */
static enum tdxu_exit fail_begun(struct tdxu_apply *a, u32 id, struct tdxu_fault *fault)
{
	char why[TDXU_MESSAGE_BYTES], fix[TDXU_MESSAGE_BYTES];

	a->update_id = id ?: a->before.update_id + 1;
	snprintf(why, sizeof(why), "%.400s", why_unknown(a, fault));
	snprintf(fix, sizeof(fix), "%s",
		 strstr(fault->message, "; ") ? a->error.fix :
		 "see `tdxupd status` for how it has ended, and `dmesg` if that does not tell");
	tdxu_error_set(&a->error, TDXU_EXIT_BEGUN, a->what, fix,
		       id ? "update #%u was begun, and its result is not known: %s" :
			    "whether update #%u was begun is not known: %s",
		       a->update_id, why);
	a->error.errnum = fault->errnum;
	return TDXU_EXIT_BEGUN;
}

/* The first signal cannot stop an update that has begun: the caller needs its result. */
static int wait_after_signal(struct tdxu_apply *a, u32 id, struct tdxu_fault *fault)
{
	const struct tdxu_clock *clock = a->ctx->clock;

	a->interrupted = true;
	clock->heed_stop(clock->priv);
	tdxu_progress_interrupted(a, id);
	return a->ctx->backend->wait(a->priv, id, clock->stop_fd, TDXU_INTERRUPTED_MS, &a->status,
				     fault);
}

static enum tdxu_exit wait_for_result(struct tdxu_apply *a, u32 id)
{
	struct tdxu_fault fault = { 0 };
	int err;

	a->update_id = id;
	err = a->ctx->backend->wait(a->priv, id, a->ctx->clock->stop_fd, -1, &a->status, &fault);
	if (err == -EINTR)
		err = wait_after_signal(a, id, &fault);
	if (err)
		return fail_begun(a, id, &fault);
	if (a->status.result.outcome == TDX_UPDATE_OUTCOME_UPDATED)
		return TDXU_EXIT_OK;
	return tdxu_error_from_result(&a->error, a->what, &a->status.result);
}

/* Drivers of 0.1.0 keep no image after an attempt. */
static int begin_update(struct tdxu_apply *a, u32 *id, struct tdxu_fault *fault)
{
	int err = a->ctx->backend->update(a->priv, id, fault);

	if (err != -ENOENT || a->attempts == 1 || tdxu_apply_upload_all(a))
		return err;
	return a->ctx->backend->update(a->priv, id, fault);
}

static enum tdxu_exit update(struct tdxu_apply *a)
{
	struct tdxu_fault fault = { 0 };
	u32 id;

	/* A driver that checks for itself does so within the update. */
	if (a->ctx->backend->unguarded && check(a))
		return a->error.code;
	tdxu_record_begin(a);
	if (begin_update(a, &id, &fault))
		return fault.unsure ? fail_begun(a, 0, &fault) : tdxu_apply_fault(a, &fault);
	return wait_for_result(a, id);
}

/* The driver says which signers it takes. */
static enum tdxu_exit judge_signers(struct tdxu_apply *a)
{
	enum tdxu_exit code = tdxu_image_file_judge_signer(&a->target, &a->error);

	if (code || !a->fallback.path)
		return code;
	return tdxu_image_file_judge_signer(&a->fallback, &a->error);
}

static enum tdxu_exit take_lock(struct tdxu_apply *a)
{
	if (a->lock >= 0)
		return TDXU_EXIT_OK;
	return tdxu_lock_take(a->ctx->paths->lock, a->what, &a->lock, &a->error);
}

/* What an earlier run could not record before it ended. An update does not depend on it. */
static void complete(struct tdxu_apply *a)
{
	struct tdxu_error error = { 0 };

	if (!a->ctx->options->dry_run && tdxu_record_complete(a->ctx, &a->before, &error))
		tdxu_apply_note(a, true, "an earlier attempt could not be recorded: %s: %s; %s",
				error.what, error.why, error.fix);
}

static enum tdxu_exit run_hooks(struct tdxu_apply *a, const char *directory,
				struct tdxu_error *error)
{
	json_t *input = tdxu_json_object("apply", &a->error, tdxu_apply_json(a));
	enum tdxu_exit code = tdxu_hooks_run(a->ctx, directory, a->what, input, error);

	json_decref(input);
	return code;
}

static enum tdxu_exit run_hooks_before(struct tdxu_apply *a)
{
	enum tdxu_exit code;

	if (a->ctx->options->dry_run)
		return TDXU_EXIT_OK;
	a->hooked = true;
	code = run_hooks(a, "pre.d", &a->error);
	if (code == TDXU_EXIT_BUSY)
		a->interrupted = true;
	return code;
}

/* Nothing that they say changes how the update ended. */
static void run_hooks_after(struct tdxu_apply *a)
{
	struct tdxu_error error = { 0 };

	if (a->hooked && run_hooks(a, "post.d", &error))
		tdxu_apply_note(a, true, "after the update: %s; %s", error.why, error.fix);
}

/*
 * Without facts it is not known what is to be done, and by old ones or during an update --newest
 * might find nothing to do where there is. A caller who may not ask is told so by what follows.
 */
static bool lacks_facts(struct tdxu_apply *a, struct tdxu_fault *fault)
{
	if (tdxu_status_asked(&a->before) && !a->ctx->options->newest)
		return false;
	return tdxu_ask(a->ctx, a->priv, &a->before, fault) || fault->errnum == EBUSY ||
	       (fault->errnum && !tdxu_status_asked(&a->before));
}

/* With the lock held, so that it stays true: what runs, and what follows from it. */
static enum tdxu_exit prepare(struct tdxu_apply *a)
{
	struct tdxu_fault fault = { 0 };
	enum tdxu_exit code = TDXU_EXIT_OK;

	if (a->ctx->backend->status(a->priv, &a->before, &fault) || lacks_facts(a, &fault))
		return tdxu_apply_fault(a, &fault);
	if (a->ctx->backend->unguarded && a->before.state == TDX_UPDATE_STATE_LOST) {
		fault.errnum = ENOTRECOVERABLE;
		return tdxu_apply_fault(a, &fault);
	}
	complete(a);
	if (a->ctx->options->newest)
		code = tdxu_apply_newest(a);
	if (!code && !a->nothing_to_do)
		code = judge_signers(a);
	if (!code && !a->nothing_to_do)
		code = tdxu_apply_require_tcb(a);
	if (code || a->nothing_to_do)
		return code;
	tdxu_apply_choose_fallbacks(a);
	if (tdxu_stopped(a->ctx->clock))
		return tdxu_apply_stopped(a);
	a->prepared = true;
	tdxu_progress_start(a);
	if (a->ctx->backend->unguarded)
		code = tdxu_apply_unguarded_check(a);
	return code ? code : run_hooks_before(a);
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

static void let_builds_go(struct tdxu_apply *a)
{
	const struct tdxu_clock *clock = a->ctx->clock;

	tdxu_hold_drop(&a->hold, clock->now_ms(clock->priv));
	a->retry.held_until_ms = 0;
}

static bool builds_are_in_the_way(const struct tdxu_apply *a)
{
	const struct tdxu_result *r = &a->status.result;

	return r->present && r->busy_reason == TDX_UPDATE_BUSY_TD_BUILD;
}

/* After each busy answer: builds are held, are held no longer, or have a pause. */
static void hold_builds(struct tdxu_apply *a, u64 now)
{
	u64 for_ms = a->ctx->options->hold_ms;
	int err;

	if (a->hold.fd >= 0 && now >= a->hold.until_ms)
		let_builds_go(a);
	else if (a->hold.fd >= 0 || !for_ms || !builds_are_in_the_way(a))
		return;
	err = tdxu_hold_take(&a->hold, a->ctx->paths->lock, now, for_ms);
	if (!err) {
		a->retry.held_until_ms = a->hold.until_ms;
		tdxu_progress_held(a);
	} else if (err != -EAGAIN && !a->hold_failed) {
		a->hold_failed = true;
		tdxu_apply_note(a, true, "builds of TDs could not be held: %s/hold cannot be locked (%s); it is tried without: see who has it (lslocks), or what is in its place",
				a->ctx->paths->lock, strerror(-err));
	}
}

/* Waits for the next attempt. */
static enum tdxu_exit wait_for_next(struct tdxu_apply *a)
{
	const struct tdxu_clock *clock = a->ctx->clock;
	u64 now = clock->now_ms(clock->priv);
	u32 wait;

	hold_builds(a, now);
	wait = tdxu_retry_next(&a->retry, now, clock->random(clock->priv));
	if (wait && a->attempts == 1)
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
	tdxu_retry_start(&a->retry, clock->now_ms(clock->priv),
			 opt->retry_ms > opt->hold_ms ? opt->retry_ms : opt->hold_ms,
			 opt->retry_cap_ms);
	do {
		a->attempts++;
		a->tried = false;
		a->status.result.present = false;
		code = attempt(a);
		if (code != TDXU_EXIT_BUSY || a->interrupted)
			break;
		code = wait_for_next(a);
	} while (!code);
	let_builds_go(a);
	record(a, code);
	tdxu_progress_end(a);
	return code;
}

static enum tdxu_exit with_backend(struct tdxu_apply *a)
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
	enum tdxu_exit code = tdxu_tcb_load(a->ctx, &a->tcb, &a->error);

	if (!code)
		code = load_named(a);
	if (code)
		return code;
	if (tdxu_open(a->ctx, &a->priv, &fault))
		return tdxu_apply_fault(a, &fault);
	code = with_backend(a);
	a->ctx->backend->close(a->priv);
	if (a->lock >= 0)
		tdxu_lock_drop(a->lock);
	return code;
}

enum tdxu_exit tdxu_cmd_apply(struct tdxu_ctx *ctx)
{
	const struct tdxu_options *opt = ctx->options;
	struct tdxu_apply a = { .ctx = ctx, .lock = -1, .hold = { .fd = -1 } };
	enum tdxu_exit code;

	snprintf(a.path, sizeof(a.path), "%s", opt->newest ? opt->newest : opt->image);
	snprintf(a.what, sizeof(a.what), "apply %.*s", (int)sizeof(a.what) - 7, a.path);
	code = run(&a);
	if (!code)
		a.error.code = TDXU_EXIT_OK;
	run_hooks_after(&a);
	tdxu_apply_report(&a);
	tdxu_image_file_free(&a.target);
	tdxu_image_file_free(&a.fallback);
	tdxu_image_file_free(&a.way_out);
	tdxu_kept_free(&a.kept);
	tdxu_catalogue_free(&a.images);
	tdxu_tcb_free(&a.tcb);
	return code;
}
