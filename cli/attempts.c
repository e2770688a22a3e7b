// SPDX-License-Identifier: GPL-2.0-or-later
/* `tdxupd history`: every attempt, the newest last. */
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "command.h"
#include "history.h"
#include "json.h"
#include "lock.h"
#include "print.h"
#include "record.h"

/* Asks the driver for what was not recorded yet. Without a driver there is still the file. */
static void catch_up(struct tdxu_ctx *ctx)
{
	struct tdxu_status status = { 0 };
	struct tdxu_error ignored = { 0 };
	struct tdxu_fault fault = { 0 };
	void *priv = NULL;
	int lock;

	/* Before the driver is asked: no other program is about to record it then. */
	if (tdxu_lock_take(ctx->paths->lock, "history", &lock, &ignored))
		return;
	if (!tdxu_open(ctx, &priv, &fault)) {
		if (!ctx->backend->status(priv, false, &status, &fault))
			tdxu_record_complete(ctx, &status, &ignored);
		ctx->backend->close(priv);
	}
	close(lock);
}

static void collect(json_t *attempt, void *priv)
{
	json_array_append(priv, attempt);
}

static const char *text_of(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : otherwise;
}

static const char *version_of(const json_t *attempt, const char *key)
{
	return text_of(json_object_get(attempt, key), "version", "?");
}

static void print_numbers(struct tdxu_ctx *ctx, const json_t *attempt)
{
	json_int_t stopped = json_integer_value(json_object_get(attempt, "stopped_ns"));
	json_int_t retries = json_integer_value(json_object_get(attempt, "retries"));
	json_int_t waited = json_integer_value(
		json_object_get(json_object_get(attempt, "waited"), "ms"));
	const json_t *uid = json_object_get(attempt, "uid");

	if (stopped)
		fprintf(ctx->out, ", stopped for %.3f ms", (double)stopped / 1e6);
	if (retries)
		fprintf(ctx->out, ", %lld %s", (long long)retries,
			retries == 1 ? "retry" : "retries");
	if (waited)
		fprintf(ctx->out, ", waited %lld ms", (long long)waited);
	if (json_is_integer(uid))
		fprintf(ctx->out, ", by uid %lld", (long long)json_integer_value(uid));
	fputc('\n', ctx->out);
}

static void print_attempt(struct tdxu_ctx *ctx, const json_t *attempt)
{
	const char *outcome = text_of(attempt, "outcome", "?");
	const char *message = text_of(attempt, "message", "");
	const char *check = text_of(attempt, "check", "");
	bool replaced = !strcmp(outcome, "updated") || !strcmp(outcome, "rolled-back");
	char when[TDXU_TIME_TEXT];

	tdxu_time_text((time_t)json_integer_value(json_object_get(attempt, "time")),
		       "%Y-%m-%d %H:%M:%S", when);
	tdxu_put(ctx->out, "%s  %-11s  %s -> %s", *when ? when : "-", outcome, version_of(attempt, "from"), version_of(attempt, replaced ? "to" : "target"));
	print_numbers(ctx, attempt);
	if (*message && strcmp(message, outcome))
		tdxu_say(ctx->out, "%21s%s%s%s", "", check, *check ? ": " : "", message);
}

static void print_dropped(struct tdxu_ctx *ctx, const json_t *dropped)
{
	const char *outcome, *between = "Older ones, not kept any more: ";
	json_t *nr;

	json_object_foreach((json_t *)dropped, outcome, nr) {
		tdxu_put(ctx->out, "%s%lld %s", between, (long long)json_integer_value(nr),
			 outcome);
		between = ", ";
	}
	if (json_object_size(dropped))
		fputc('\n', ctx->out);
}

static void print_all(struct tdxu_ctx *ctx, const json_t *attempts,
		      const struct tdxu_history *history)
{
	json_t *attempt;
	size_t i;

	print_dropped(ctx, history->dropped);
	json_array_foreach(attempts, i, attempt)
		print_attempt(ctx, attempt);
	if (!i && !json_object_size(history->dropped))
		fputs("No attempt to update has been recorded on this host.\n", ctx->out);
	if (history->unreadable)
		fprintf(ctx->err,
			"tdxupd: history: %u lines of %s/history.jsonl are not readable as attempts; look at them, and remove them if nobody misses them\n",
			history->unreadable, ctx->paths->state);
}

static void print(struct tdxu_ctx *ctx, json_t *attempts, const struct tdxu_history *history,
		  const struct tdxu_error *error)
{
	if (ctx->options->json)
		tdxu_json_print(ctx->out, "history", error, error->code ? NULL :
				json_pack("{s:O, s:O, s:i}", "attempts", attempts, "dropped",
					  history->dropped, "unreadable", history->unreadable));
	else if (error->code)
		tdxu_error_print(ctx->err, error);
	else
		print_all(ctx, attempts, history);
}

enum tdxu_exit tdxu_cmd_history(struct tdxu_ctx *ctx)
{
	json_t *attempts = json_array();
	struct tdxu_history history;
	struct tdxu_error error = { 0 };

	if (!access(ctx->paths->state, W_OK))
		catch_up(ctx);
	tdxu_history_read(ctx->paths->state, collect, attempts, &history, &error);
	print(ctx, attempts, &history, &error);
	tdxu_history_free(&history);
	json_decref(attempts);
	return error.code;
}
