// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "history.h"
#include "json.h"
#include "lock.h"
#include "names.h"
#include "record.h"
#include "save.h"
#include "sysfs.h"

enum { BOOT_BYTES = 40 };

static const char untold[] =
	"its result was never told: the host was rebooted, or the driver loaded anew, before anybody asked";

/* --- a line ----------------------------------------------------------------------------------- */

/* @object with no more than these keys. */
static json_t *pick(json_t *object, const char *const *keys, size_t nr)
{
	json_t *out = json_is_object(object) ? json_object() : json_null();

	for (size_t i = 0; i < nr && json_is_object(object); i++)
		json_object_set(out, keys[i], json_object_get(object, keys[i]));
	return out;
}

static json_t *short_module(json_t *module)
{
	static const char *const keys[] = { "version", "svn", "mrseam" };

	return pick(module, keys, ARRAY_SIZE(keys));
}

static json_t *name_module(const struct tdxu_module *m)
{
	json_auto_t *module = tdxu_json_module(m);

	return short_module(module);
}

static json_t *name_image(const struct tdxu_image_file *file)
{
	static const char *const keys[] = { "path", "version", "version_source", "svn",
					    "seamhash" };
	json_auto_t *image = tdxu_json_image(file);

	return pick(image, keys, ARRAY_SIZE(keys));
}

/* What is told of a result or an error: the keys have the same names. */
static void tell(json_t *attempt, json_t *source)
{
	static const char *const keys[] = { "update_id", "outcome", "phase", "check", "errno",
					    "busy", "seamcall", "message", "waited" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (json_object_get(source, keys[i]))
			json_object_set(attempt, keys[i], json_object_get(source, keys[i]));
}

static void tell_result(json_t *attempt, const struct tdxu_result *r)
{
	json_auto_t *result = tdxu_json_result(r);
	json_int_t retries = 0;

	for (u32 i = 0; i < r->nr_timings; i++)
		retries += r->timing[i].retries;
	tell(attempt, result);
	if (r->finished)
		json_object_set_new(attempt, "time", json_integer((json_int_t)r->finished));
	json_object_set_new(attempt, "from", short_module(json_object_get(result, "from")));
	json_object_set_new(attempt, "to", short_module(json_object_get(result, "to")));
	json_object_set_new(attempt, "retries", json_integer(retries));
	json_object_set_new(attempt, "stopped_ns", json_integer((json_int_t)tdxu_stopped_ns(r)));
}

/* The driver would not begin: nothing has changed. */
static void tell_refusal(json_t *attempt, const struct tdxu_error *e)
{
	json_auto_t *error = tdxu_json_error(e);

	tell(attempt, error);
	json_object_set_new(attempt, "outcome",
			    json_string(e->code == TDXU_EXIT_BUSY ? "busy" : "refused"));
	json_object_set(attempt, "message", json_object_get(error, "why"));
	json_object_set(attempt, "to", json_object_get(attempt, "from"));
}

static void set_path(const struct tdxu_ctx *ctx, char *out)
{
	snprintf(out, TDXU_WHAT_BYTES, "%s/begun.json", ctx->paths->state);
}

/* Which boot of the host this is, as the kernel names it; "" if it does not. */
static void read_boot(const struct tdxu_ctx *ctx, char *out)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/proc/sys/kernel/random/boot_id", ctx->paths->root);
	tdxu_first_line(path, out, BOOT_BYTES);
}

/* Of any user, and of which nothing is known yet. All keys are always there. */
static json_t *new_attempt(struct tdxu_ctx *ctx)
{
	char boot[BOOT_BYTES];

	read_boot(ctx, boot);
	return json_pack("{s:I, s:n, s:s?, s:s, s:n, s:s, s:n, s:n, s:n, s:s, s:n, s:n, s:n, s:n, s:s, s:n, s:n, s:n}",
			 "time", (json_int_t)time(NULL), "uid", "boot", *boot ? boot : NULL,
			 "updater", ctx->backend->name, "update_id", "outcome", "unknown", "from",
			 "target", "to", "phase", "none", "check", "errno", "busy", "seamcall",
			 "message", "", "retries", "waited", "stopped_ns");
}

static json_t *own_attempt(struct tdxu_apply *a)
{
	json_t *attempt = new_attempt(a->ctx);

	json_object_set_new(attempt, "uid", json_integer(getuid()));
	json_object_set_new(attempt, "from", name_module(&a->before.module));
	json_object_set_new(attempt, "target", name_image(&a->images.target));
	return attempt;
}

static void append(struct tdxu_apply *a, const json_t *attempt)
{
	struct tdxu_error error = { 0 };

	if (a->unrecorded || !tdxu_history_append(a->ctx->paths->state, attempt, &error))
		return;
	a->unrecorded = true;
	tdxu_note(&a->report, true, "the history is not complete: %s: %s; %s", error.what,
		  error.why, error.fix);
}

/* --- an attempt of this run ------------------------------------------------------------------- */

static enum tdxu_exit save_begun(struct tdxu_apply *a, struct tdxu_error *error)
{
	const struct tdxu_seamldr *seamldr = &a->before.seamldr;
	json_auto_t *attempt = own_attempt(a);
	char path[TDXU_WHAT_BYTES], *text;
	struct tdxu_save file = { .path = path, .mode = 0600, .replace = true };
	enum tdxu_exit code;

	set_path(a->ctx, path);
	json_object_set_new(attempt, "after_id", json_integer(a->before.update_id));
	json_object_set_new(attempt, "updates_left", seamldr->present ?
			    json_integer(seamldr->updates_left) : json_null());
	file.data = text = json_dumps(attempt, JSON_COMPACT);
	file.size = text ? strlen(text) : 0;
	/* What is wrong with the directory, writing into it will tell. */
	mkdir(a->ctx->paths->state, 0700);
	code = tdxu_save(&file, error);
	free(text);
	return code;
}

/* Once a run: of several attempts, the last that was told is in the history. */
void tdxu_record_begin(struct tdxu_apply *a)
{
	struct tdxu_status now = a->before;
	struct tdxu_fault ignored = { 0 };
	struct tdxu_error error = { 0 };

	if (a->begun || a->ctx->backend->status(a->updater, false, &now, &ignored))
		return;
	/* An update that an earlier run has begun may have ended only now, or go on. */
	if (now.state == TDX_UPDATE_STATE_UPDATING ||
	    tdxu_record_complete(a->ctx, &now, &error))
		return;
	a->before = now;
	a->begun = true;
	/* That they cannot be written, the line in the history and the kept image will tell. */
	save_begun(a, &error);
	if (!TDXU_TOLD(&now.module, MRSEAM))
		return;
	for (u32 slot = 0; slot < ARRAY_SIZE(a->images.use); slot++)
		if (a->images.use[slot])
			tdxu_kept_save(a->ctx->paths->state, a->images.use[slot], &error);
}

void tdxu_record_attempt(struct tdxu_apply *a, enum tdxu_exit code)
{
	const struct tdxu_result *result = &a->status.result;
	json_auto_t *attempt = NULL;

	/* A user who may not update may not write here; what the driver never got is left out. */
	if (code == TDXU_EXIT_BEGUN || (code == TDXU_EXIT_PERMISSION && !result->present) ||
	    (a->interrupted && !result->present))
		return;
	attempt = own_attempt(a);
	if (result->present)
		tell_result(attempt, result);
	else
		tell_refusal(attempt, &a->report.error);
	append(a, attempt);
}

static void forget_begun(const struct tdxu_ctx *ctx)
{
	char path[TDXU_WHAT_BYTES];

	set_path(ctx, path);
	unlink(path);
}

void tdxu_record_end(struct tdxu_apply *a, enum tdxu_exit code)
{
	if (a->begun && code != TDXU_EXIT_BEGUN)
		forget_begun(a->ctx);
}

/* --- what was left unrecorded ----------------------------------------------------------------- */

struct search {
	const struct tdxu_result *result;
	const char *boot;
	bool found;
};

static bool is_from_boot(const json_t *attempt, const char *boot)
{
	const char *name = json_string_value(json_object_get(attempt, "boot"));

	return name && !strcmp(name, boot);
}

static void compare(json_t *attempt, void *priv)
{
	struct search *s = priv;
	const struct tdxu_result *r = s->result;

	if (is_from_boot(attempt, s->boot) &&
	    json_integer_value(json_object_get(attempt, "update_id")) == r->id &&
	    json_integer_value(json_object_get(attempt, "time")) == (json_int_t)r->finished)
		s->found = true;
}

static enum tdxu_exit is_recorded(struct tdxu_ctx *ctx, const struct tdxu_result *result,
				  const char *boot, bool *yes, struct tdxu_error *error)
{
	struct search search = { result, boot, false };
	struct tdxu_history history;
	enum tdxu_exit code;

	code = tdxu_history_read(ctx->paths->state, compare, &search, &history, error);
	tdxu_history_free(&history);
	*yes = search.found;
	return code;
}

static bool ran_before(const json_t *begun, const struct tdxu_module *running)
{
	json_auto_t *now = name_module(running);

	return json_equal(json_object_get(begun, "from"), now);
}

/*
 * The kernel's own updater forgets its results. If P-SEAMLDR has counted one update since, and what
 * runs is what the image says of itself, that update it was.
 */
static bool is_counted(const json_t *begun, json_int_t left, const struct tdxu_status *now)
{
	const json_t *target = json_object_get(begun, "target");
	json_auto_t *to = name_module(&now->module);
	const char *source = json_string_value(json_object_get(target, "version_source"));

	return now->state == TDX_UPDATE_STATE_IDLE && now->module.present && !now->module.unsure &&
	       now->seamldr.present && left == (json_int_t)now->seamldr.updates_left + 1 &&
	       json_equal(json_object_get(target, "version"), json_object_get(to, "version")) &&
	       source && strcmp(source, "file-name") && strcmp(source, "unknown");
}

/* Return: a line, or NULL if there is nothing to add. */
static json_t *conclude(struct tdxu_ctx *ctx, json_t *begun, const char *boot,
			const struct tdxu_status *status, bool recorded)
{
	json_int_t after = json_integer_value(json_object_get(begun, "after_id"));
	json_int_t left = json_integer_value(json_object_get(begun, "updates_left"));
	bool same_boot = is_from_boot(begun, boot);

	json_object_del(begun, "after_id");
	json_object_del(begun, "updates_left");
	if (same_boot && status->result.present && (json_int_t)status->result.id > after) {
		tell_result(begun, &status->result);
		return recorded ? NULL : json_incref(begun);
	}
	if (same_boot && !ctx->backend->unguarded && status->update_id == after &&
	    ran_before(begun, &status->module))
		return NULL;
	json_object_set_new(begun, "to", name_module(&status->module));
	if (same_boot && ctx->backend->unguarded && is_counted(begun, left, status))
		json_object_set_new(begun, "outcome", json_string("updated"));
	else
		json_object_set_new(begun, "message", json_string(untold));
	return json_incref(begun);
}

/* Of another client, or of a run whose begun.json could not be written. */
static json_t *foreign(struct tdxu_ctx *ctx, const struct tdxu_status *status, bool recorded)
{
	json_t *attempt;

	if (!status->result.present || recorded)
		return NULL;
	attempt = new_attempt(ctx);
	tell_result(attempt, &status->result);
	return attempt;
}

/* What tdxu_save() had not yet moved to its place when it was killed. */
static void sweep(const struct tdxu_ctx *ctx)
{
	char pattern[TDXU_WHAT_BYTES];
	glob_t found = { 0 };

	snprintf(pattern, sizeof(pattern), "%s/*.new.??????", ctx->paths->state);
	if (!glob(pattern, 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
	globfree(&found);
}

enum tdxu_exit tdxu_record_complete(struct tdxu_ctx *ctx, const struct tdxu_status *status,
				    struct tdxu_error *error)
{
	char path[TDXU_WHAT_BYTES], boot[BOOT_BYTES];
	enum tdxu_exit code = TDXU_EXIT_OK;
	json_auto_t *begun = NULL, *line = NULL;
	bool recorded = false;

	if (status->state == TDX_UPDATE_STATE_UPDATING)
		return TDXU_EXIT_OK;
	sweep(ctx);
	set_path(ctx, path);
	read_boot(ctx, boot);
	begun = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	if (status->result.present)
		code = is_recorded(ctx, &status->result, boot, &recorded, error);
	if (!code)
		line = begun ? conclude(ctx, begun, boot, status, recorded) :
			       foreign(ctx, status, recorded);
	if (line)
		code = tdxu_history_append(ctx->paths->state, line, error);
	if (!code && begun)
		forget_begun(ctx);
	if (begun && TDXU_TOLD(&status->module, MRSEAM))
		tdxu_kept_prune(ctx->paths->state, status->module.mrseam);
	return code;
}

void tdxu_record_catch_up(struct tdxu_ctx *ctx, const struct tdxu_status *status)
{
	struct tdxu_error ignored = { 0 };
	char path[TDXU_WHAT_BYTES];
	int lock;

	set_path(ctx, path);
	if (access(path, R_OK | W_OK) || tdxu_lock_take(ctx->paths->lock, "", &lock, &ignored))
		return;
	tdxu_record_complete(ctx, status, &ignored);
	close(lock);
}
