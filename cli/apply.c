// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One update, from files to an outcome. Whatever can be known of an image is known before the
 * driver hears of it; a busy host is asked again until the deadline. The images are consumed by
 * each update, so each attempt uploads them again.
 */
#include <errno.h>
#include <string.h>

#include "apply.h"
#include "json.h"
#include "names.h"
#include "print.h"

static bool stopped(const struct tdxu_apply *a)
{
	const struct tdxu_clock *clock = a->ctx->clock;

	return !clock->sleep_ms(clock->priv, 0);
}

static enum tdxu_exit fail_fault(struct tdxu_apply *a, const struct tdxu_fault *fault)
{
	return tdxu_error_from_fault(&a->error, a->what, fault);
}

static enum tdxu_exit fail_stopped(struct tdxu_apply *a)
{
	a->interrupted = true;
	return tdxu_error_set(&a->error, TDXU_EXIT_BUSY, a->what, "run it again",
			      "it was interrupted, nothing has changed");
}

static enum tdxu_exit load(struct tdxu_apply *a, const char *path, const char *sigstruct,
			   struct tdxu_image_file *file)
{
	enum tdxu_exit code = tdxu_image_file_load(path, sigstruct, file, &a->error);

	return code ? code : tdxu_image_file_judge(file, &a->error);
}

static enum tdxu_exit load_all(struct tdxu_apply *a)
{
	const struct tdxu_options *opt = a->ctx->options;
	enum tdxu_exit code = load(a, opt->image, opt->sigstruct, &a->target);

	if (code || !opt->fallback)
		return code;
	return load(a, opt->fallback, NULL, &a->fallback);
}

static enum tdxu_exit upload(struct tdxu_apply *a, enum tdx_update_slot slot,
			     const struct tdxu_file *blob)
{
	struct tdxu_fault fault = { 0 };

	if (!blob->data)
		return TDXU_EXIT_OK;
	if (a->ctx->backend->upload(a->priv, slot, blob->data, blob->size, &fault))
		return fail_fault(a, &fault);
	return stopped(a) ? fail_stopped(a) : TDXU_EXIT_OK;
}

static enum tdxu_exit check(struct tdxu_apply *a)
{
	struct tdxu_fault fault = { 0 };

	if (a->ctx->backend->check(a->priv, &a->checks, &fault))
		return fail_fault(a, &fault);
	for (u32 i = 0; i < a->checks.nr; i++)
		if (a->checks.check[i].verdict == TDX_UPDATE_VERDICT_FAIL)
			return tdxu_error_from_check(&a->error, a->what, &a->checks.check[i]);
	return TDXU_EXIT_OK;
}

static enum tdxu_exit update(struct tdxu_apply *a)
{
	const struct tdxu_backend *backend = a->ctx->backend;
	struct tdxu_fault fault = { 0 };
	u32 id;
	int err;

	if (backend->update(a->priv, &id, &fault))
		return fail_fault(a, &fault);
	err = backend->wait(a->priv, id, a->ctx->clock->stop_fd, &a->status, &fault);
	if (err == -EINTR) {
		a->interrupted = true;
		return tdxu_error_set(&a->error, TDXU_EXIT_BUSY, a->what,
				      "see its result in `tdxupd status`",
				      "it was interrupted, and update #%u goes on in the kernel",
				      id);
	}
	if (err)
		return fail_fault(a, &fault);
	if (a->status.result.outcome == TDX_UPDATE_OUTCOME_UPDATED)
		return TDXU_EXIT_OK;
	return tdxu_error_from_result(&a->error, a->what, &a->status.result);
}

static enum tdxu_exit attempt(struct tdxu_apply *a)
{
	enum tdxu_exit code = upload(a, TDX_UPDATE_SLOT_FALLBACK, &a->fallback.blob);

	if (!code)
		code = upload(a, TDX_UPDATE_SLOT_TARGET, &a->target.blob);
	if (code)
		return code;
	return a->ctx->options->dry_run ? check(a) : update(a);
}

/* Waits for the next attempt. While it waits, others may upload: the session is given back. */
static enum tdxu_exit wait_for_next(struct tdxu_apply *a)
{
	const struct tdxu_clock *clock = a->ctx->clock;
	struct tdxu_fault ignored = { 0 };
	u64 now = clock->now_ms(clock->priv);
	u32 wait = tdxu_retry_next(&a->retry, now, clock->random(clock->priv));

	if (!wait)
		return TDXU_EXIT_BUSY;
	a->ctx->backend->drop(a->priv, &ignored);
	return tdxu_progress_wait(a, now + wait) ? TDXU_EXIT_OK : fail_stopped(a);
}

static enum tdxu_exit attempts(struct tdxu_apply *a)
{
	const struct tdxu_clock *clock = a->ctx->clock;
	enum tdxu_exit code;

	a->started_ms = clock->now_ms(clock->priv);
	tdxu_retry_start(&a->retry, a->started_ms, a->ctx->options->retry_ms);
	do {
		a->attempts++;
		a->status.result.present = false;
		tdxu_progress_attempt(a);
		code = attempt(a);
		if (code != TDXU_EXIT_BUSY || a->interrupted)
			break;
		code = wait_for_next(a);
	} while (!code);
	tdxu_progress_end(a);
	return code;
}

static enum tdxu_exit run(struct tdxu_apply *a)
{
	struct tdxu_fault fault = { 0 };
	enum tdxu_exit code = load_all(a);

	if (code)
		return code;
	if (a->ctx->backend->open(&a->priv, &fault))
		return fail_fault(a, &fault);
	code = attempts(a);
	a->ctx->backend->close(a->priv);
	return code;
}

/* Advice that was already taken helps nobody. */
static void explain_busy(struct tdxu_apply *a)
{
	size_t used = strlen(a->error.why);
	char text[TDXU_DURATION_TEXT];

	if (a->error.code != TDXU_EXIT_BUSY || a->interrupted || !a->ctx->options->retry_ms)
		return;
	snprintf(a->error.why + used, sizeof(a->error.why) - used, ", after %u attempts in %s",
		 a->attempts, tdxu_duration_format(a->ctx->options->retry_ms, text));
	snprintf(a->error.fix, sizeof(a->error.fix),
		 "try again later, or with a longer --retry-for");
}

static void report_json(struct tdxu_apply *a)
{
	const struct tdxu_result *result = &a->status.result;
	bool changed = result->present && tdxu_result_changed(result);

	tdxu_json_print(a->ctx->out, "apply", &a->error,
			json_pack("{s:b, s:b, s:b, s:i, s:o, s:o, s:o, s:o}",
				  "changed", changed,
				  "dry_run", a->ctx->options->dry_run,
				  "interrupted", a->interrupted,
				  "attempts", a->attempts,
				  "image", tdxu_json_image(&a->target),
				  "fallback", tdxu_json_image(&a->fallback),
				  "checks", tdxu_json_checks(&a->checks),
				  "result", tdxu_json_result(result)));
}

/* Where nothing has happened to the host, the error line says it all. */
static bool has_story(const struct tdxu_result *result)
{
	return result->present && result->outcome != TDX_UPDATE_OUTCOME_BUSY &&
	       result->outcome != TDX_UPDATE_OUTCOME_REFUSED;
}

static void tell(struct tdxu_apply *a)
{
	const struct tdxu_result *result = &a->status.result;

	tdxu_print_checks(a->ctx, &a->checks);
	if (!has_story(result))
		return;
	if (!a->error.code)
		tdxu_print_outcome(a->ctx, "Update", result);
	tdxu_print_details(a->ctx, result);
}

static void warn_of_metadata(struct tdxu_apply *a)
{
	const struct tdxu_result *result = &a->status.result;

	for (u32 i = 0; has_story(result) && i < result->nr_metadata; i++)
		fprintf(a->ctx->err,
			"tdxupd: %s: kernel and KVM do not know of %s; reboot when it suits\n",
			a->what, result->metadata[i]);
}

/* What is wrong goes to stderr, so that a pipe or --quiet does not swallow it. */
static void report_text(struct tdxu_apply *a)
{
	struct tdxu_ctx *ctx = a->ctx;
	bool quiet = ctx->options->quiet;

	if (quiet)
		warn_of_metadata(a);
	else
		tell(a);
	fflush(ctx->out);
	/* Busy is what a timer expects; it reads the exit code. */
	if (a->error.code && !(quiet && a->error.code == TDXU_EXIT_BUSY && !a->interrupted))
		tdxu_error_print(ctx->err, &a->error);
}

enum tdxu_exit tdxu_cmd_apply(struct tdxu_ctx *ctx)
{
	struct tdxu_apply a = { .ctx = ctx };
	enum tdxu_exit code;

	snprintf(a.what, sizeof(a.what), "apply %s", ctx->options->image);
	code = run(&a);
	if (!code)
		a.error.code = TDXU_EXIT_OK;
	explain_busy(&a);
	if (ctx->options->json)
		report_json(&a);
	else
		report_text(&a);
	tdxu_image_file_free(&a.target);
	tdxu_image_file_free(&a.fallback);
	return code;
}
