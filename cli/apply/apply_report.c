// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "apply.h"
#include "json.h"
#include "names.h"
#include "print.h"
#include "unmade.h"

/* Leave out advice that was already taken. */
static void explain_busy(struct tdxu_apply *a)
{
	struct tdxu_error *error = &a->report.error;
	size_t used = strlen(error->why);
	char text[TDXU_DURATION_TEXT];

	if (error->code != TDXU_EXIT_BUSY || a->interrupted || !a->ctx->options->retry_ms)
		return;
	snprintf(error->why + used, sizeof(error->why) - used, ", after %u attempt%s in %s",
		 a->tries.nr, a->tries.nr == 1 ? "" : "s",
		 tdxu_duration_format(a->ctx->options->retry_ms, text));
	snprintf(error->fix, sizeof(error->fix), "try again later, or with a longer --retry-for");
}

static json_t *notes(const struct tdxu_report *report)
{
	json_t *list = json_array();

	for (u32 i = 0; i < report->nr_notes; i++)
		json_array_append_new(list, tdxu_json_text(report->note[i].text));
	return list;
}

static json_t *fallback(const struct tdxu_selection *images, enum tdx_update_slot slot)
{
	return images->use[slot] ? tdxu_json_image(images->use[slot]) : json_null();
}

static json_t *replaces(const struct tdxu_selection *images, enum tdx_update_slot slot)
{
	if (!images->use[slot])
		return json_null();
	return json_string(tdxu_replaces_installed(images, slot) ? "refused-or-installed" :
								   "refused");
}

/* Where no image was chosen, because nothing is newer, it is about what runs. */
static struct tdxu_svn svn_of(const struct tdxu_apply *a)
{
	return a->nothing_to_do ? tdxu_svn_of_module(&a->before.module) :
				  tdxu_svn_of_image(&a->images.target);
}

/* Of a dry run: would another module run after it? The same one again is no change. */
static json_t *would_change(const struct tdxu_apply *a)
{
	const struct tdxu_sigstruct *sig = a->images.target.content.image.sigstruct;
	const struct tdxu_module *m = &a->before.module;

	if (!a->ctx->options->dry_run)
		return json_null();
	if (a->report.error.code || a->nothing_to_do)
		return json_false();
	return json_boolean(m->only_version ||
			    memcmp(sig->seamhash, m->mrseam, sizeof(m->mrseam)));
}

/*
 * What TDs show after the update that a dry run is of, or that was made. A fallback that was
 * installed is told by the driver. Return: false if nothing changes, or it is not known what.
 */
static bool find_launch(const struct tdxu_apply *a, struct tdxu_launch *launch)
{
	const struct tdxu_result *r = &a->status.result;

	if (a->ctx->options->dry_run && a->report.error.code)
		return false;
	if (a->ctx->options->dry_run || r->outcome == TDX_UPDATE_OUTCOME_UPDATED)
		tdxu_launch_of_image(&a->images.target, launch);
	else
		tdxu_launch_of_module(&r->to, launch);
	if (!a->ctx->options->dry_run && (!r->present || !tdxu_result_changed(r)))
		return false;
	launch->done = !a->ctx->options->dry_run;
	launch->before = &a->before.module;
	return launch->known;
}

json_t *tdxu_apply_json(const struct tdxu_apply *a)
{
	const struct tdxu_result *result = &a->status.result;
	bool changed = result->present && tdxu_result_changed(result);
	struct tdxu_launch launch = { 0 };
	bool known = find_launch(a, &launch);

	return json_pack("{s:b, s:o, s:b, s:b, s:i, s:o, s:o, s:o, s:o, s:{s:o, s:o}, s:o, s:o, s:o, s:b, s:o, s:o, s:o}",
			 "changed", changed,
			 "would_change", would_change(a),
			 "dry_run", a->ctx->options->dry_run,
			 "interrupted", a->interrupted,
			 "attempts", a->tries.nr,
			 "update_id", a->update_id ? json_integer(a->update_id) : json_null(),
			 "image", tdxu_json_image(&a->images.target),
			 "fallback", fallback(&a->images, TDX_UPDATE_SLOT_FALLBACK),
			 "way_out", fallback(&a->images, TDX_UPDATE_SLOT_WAY_OUT),
			 "replaces",
			 "fallback", replaces(&a->images, TDX_UPDATE_SLOT_FALLBACK),
			 "way_out", replaces(&a->images, TDX_UPDATE_SLOT_WAY_OUT),
			 "checks", tdxu_json_checks(&a->checks),
			 "missing_checks", tdxu_json_unmade(&a->made),
			 "result", tdxu_json_result(result),
			 "kept", a->kept_now,
			 "notes", notes(&a->report),
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
	bool known = find_launch(a, &launch);

	if (known || !a->report.error.code)
		tdxu_tcb_print(a->ctx, known ? launch.svn : svn_of(a));
	if (known)
		tdxu_launch_print(a->ctx, &launch);
}

static void tell(struct tdxu_apply *a)
{
	const struct tdxu_result *result = &a->status.result;

	if (a->ctx->options->dry_run)
		tdxu_print_checks(a->ctx, &a->checks);
	if (has_story(result) && !a->report.error.code)
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
			 a->report.what, result->metadata[i]);
}

static void tell_notes(const struct tdxu_ctx *ctx, const struct tdxu_report *report)
{
	for (const struct tdxu_note *note = report->note; note < report->note + report->nr_notes;
	     note++)
		if (note->loud || !ctx->options->quiet)
			tdxu_say(note->loud ? ctx->err : ctx->out, "tdxupd: %s: %s", report->what,
				 note->text);
}

/* What is wrong goes to stderr, so that a pipe or --quiet does not swallow it. */
static void report_text(struct tdxu_apply *a)
{
	const struct tdxu_error *error = &a->report.error;
	struct tdxu_ctx *ctx = a->ctx;
	bool quiet = ctx->options->quiet;

	if (quiet)
		warn_of_metadata(a);
	else
		tell(a);
	tell_notes(ctx, &a->report);
	fflush(ctx->out);
	/* Busy is what a timer expects; it reads the exit code. */
	if (error->code && !(quiet && error->code == TDXU_EXIT_BUSY && !a->interrupted))
		tdxu_error_print(ctx->err, error);
}

void tdxu_apply_report(struct tdxu_apply *a)
{
	explain_busy(a);
	if (a->ctx->options->json)
		tdxu_json_print(a->ctx->out, "apply", &a->report.error, tdxu_apply_json(a));
	else
		report_text(a);
}
