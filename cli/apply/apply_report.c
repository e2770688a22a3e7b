// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "apply.h"
#include "json.h"
#include "names.h"
#include "print.h"

/* Leave out advice that was already taken. */
static void explain_busy(struct tdxu_apply *a)
{
	size_t used = strlen(a->error.why);
	char text[TDXU_DURATION_TEXT];

	if (a->error.code != TDXU_EXIT_BUSY || a->interrupted || !a->ctx->options->retry_ms)
		return;
	snprintf(a->error.why + used, sizeof(a->error.why) - used, ", after %u attempt%s in %s",
		 a->attempts, a->attempts == 1 ? "" : "s",
		 tdxu_duration_format(a->ctx->options->retry_ms, text));
	snprintf(a->error.fix, sizeof(a->error.fix),
		 "try again later, or with a longer --retry-for");
}

static json_t *notes(const struct tdxu_apply *a)
{
	json_t *list = json_array();

	for (u32 i = 0; i < a->nr_notes; i++)
		json_array_append_new(list, tdxu_json_text(a->note[i].text));
	return list;
}

/* Until the fallbacks are chosen, the one that the user has named. */
static json_t *fallback(const struct tdxu_apply *a, enum tdx_update_slot slot)
{
	if (!a->prepared && slot == TDX_UPDATE_SLOT_FALLBACK)
		return tdxu_json_image(&a->fallback);
	return a->use[slot] ? tdxu_json_image(a->use[slot]) : json_null();
}

static json_t *replaces(const struct tdxu_apply *a, enum tdx_update_slot slot)
{
	if (!a->use[slot])
		return json_null();
	return json_string(tdxu_apply_replaces_installed(a, slot) ? "refused-or-installed" :
								    "refused");
}

/* Where no image was chosen, because nothing is newer, it is about what runs. */
static struct tdxu_svn svn_of(const struct tdxu_apply *a)
{
	return a->nothing_to_do ? tdxu_svn_of_module(&a->before.module) :
				  tdxu_svn_of_image(&a->target);
}

/* Of a dry run: would another module run after it? The same one again is no change. */
static json_t *would_change(const struct tdxu_apply *a)
{
	const struct tdxu_module *m = &a->before.module;

	if (!a->ctx->options->dry_run)
		return json_null();
	if (a->error.code || a->nothing_to_do)
		return json_false();
	return json_boolean(m->only_version || memcmp(a->target.image.sigstruct->seamhash,
						      m->mrseam, sizeof(m->mrseam)));
}

json_t *tdxu_apply_json(const struct tdxu_apply *a)
{
	const struct tdxu_result *result = &a->status.result;
	bool changed = result->present && tdxu_result_changed(result);
	struct tdxu_launch launch = { 0 };
	bool known = tdxu_apply_launch(a, &launch);

	return json_pack("{s:b, s:o, s:b, s:b, s:i, s:o, s:o, s:o, s:o, s:{s:o, s:o}, s:o, s:o, s:b, s:o, s:o, s:o}",
			 "changed", changed,
			 "would_change", would_change(a),
			 "dry_run", a->ctx->options->dry_run,
			 "interrupted", a->interrupted,
			 "attempts", a->attempts,
			 "update_id", a->update_id ? json_integer(a->update_id) : json_null(),
			 "image", tdxu_json_image(&a->target),
			 "fallback", fallback(a, TDX_UPDATE_SLOT_FALLBACK),
			 "way_out", fallback(a, TDX_UPDATE_SLOT_WAY_OUT),
			 "replaces",
			 "fallback", replaces(a, TDX_UPDATE_SLOT_FALLBACK),
			 "way_out", replaces(a, TDX_UPDATE_SLOT_WAY_OUT),
			 "checks", tdxu_json_checks(&a->checks),
			 "result", tdxu_json_result(result),
			 "kept", a->kept_now,
			 "notes", notes(a),
			 "tcb", tdxu_json_tcb(&a->tcb, svn_of(a)),
			 "attestation", known ? tdxu_json_launch(&launch) : json_null());
}

/* Where nothing has happened to the host, the error line says it all. */
static bool has_story(const struct tdxu_result *result)
{
	return result->present && result->outcome != TDX_UPDATE_OUTCOME_BUSY &&
	       result->outcome != TDX_UPDATE_OUTCOME_REFUSED;
}

static void tell_launch(struct tdxu_apply *a)
{
	struct tdxu_launch launch;
	bool known = tdxu_apply_launch(a, &launch);

	if (known || !a->error.code)
		tdxu_tcb_print(a->ctx, known ? launch.svn : svn_of(a));
	if (known)
		tdxu_launch_print(a->ctx, &launch);
}

static void tell(struct tdxu_apply *a)
{
	const struct tdxu_result *result = &a->status.result;

	if (a->ctx->options->dry_run)
		tdxu_print_checks(a->ctx, &a->checks);
	if (has_story(result) && !a->error.code)
		tdxu_print_outcome(a->ctx, "Update", result);
	if (has_story(result))
		tdxu_print_details(a->ctx, result);
	tell_launch(a);
}

static void warn_of_metadata(struct tdxu_apply *a)
{
	const struct tdxu_result *result = &a->status.result;

	for (u32 i = 0; has_story(result) && i < result->nr_metadata; i++)
		tdxu_say(a->ctx->err,
			 "tdxupd: %s: %s changed, but kernel and KVM keep the old value; reboot before new TDs start",
			 a->what, result->metadata[i]);
}

static void tell_notes(struct tdxu_apply *a, bool quiet)
{
	for (u32 i = 0; i < a->nr_notes; i++)
		if (a->note[i].loud || !quiet)
			tdxu_say(a->note[i].loud ? a->ctx->err : a->ctx->out, "tdxupd: %s: %s",
				 a->what, a->note[i].text);
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
	tell_notes(a, quiet);
	fflush(ctx->out);
	/* Busy is what a timer expects; it reads the exit code. */
	if (a->error.code && !(quiet && a->error.code == TDXU_EXIT_BUSY && !a->interrupted))
		tdxu_error_print(ctx->err, &a->error);
}

void tdxu_apply_report(struct tdxu_apply *a)
{
	explain_busy(a);
	if (a->ctx->options->json)
		tdxu_json_print(a->ctx->out, "apply", &a->error, tdxu_apply_json(a));
	else
		report_text(a);
}
