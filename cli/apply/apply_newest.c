// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chooses an image from a directory. That nothing in it is newer than what runs, or meant for this
 * host, is success; that something is and cannot be used, or not here, is not.
 */
#include <string.h>

#include "apply.h"
#include "core/checks.h"
#include "names.h"

static bool is_newer(const struct tdxu_entry *e, const struct tdxu_version *than)
{
	return e->identity.source && e->identity.version.major == than->major &&
	       e->identity.version.minor == than->minor &&
	       tdxu_version_compare(&e->identity.version, than) > 0;
}

/* An image of unknown version may be newer. */
static bool is_missed(const struct tdxu_entry *e, const struct tdxu_version *than)
{
	bool left_out = e->fit.verdict == TDXU_FIT_REFUSED || e->fit.verdict == TDXU_FIT_UNKNOWN;

	if (!left_out || e->fit.elsewhere)
		return false;
	/* With a lower SVN it is older. */
	if (e->sound)
		return e->identity.source ? is_newer(e, than) : strcmp(e->fit.rule, "svn") != 0;
	if (e->replaced)
		return false;
	return e->identity.source ? is_newer(e, than) : e->claims;
}

static const char *version_of(const struct tdxu_entry *e, char *out)
{
	return e->identity.source ? tdxu_version_format(&e->identity.version, out) :
				    "an image of unknown version";
}

static const char *fix_of(const struct tdxu_entry *e)
{
	const char *fix = strcmp(e->fit.rule, "gate") ? e->fix : TDXU_NEWER_BY_BOOT;

	if (!*fix)
		fix = "see `tdxupd list` for all of them";
	return fix;
}

/* What no image can cure comes first, and last what is wrong with the images. */
static enum tdxu_exit fail_missed(const struct tdxu_checks *blockers, const struct tdxu_entry *e,
				  struct tdxu_report *report)
{
	char version[TDXU_VERSION_TEXT];
	enum tdxu_exit code = tdxu_report_failure(report, blockers);

	if (code)
		return code;
	/* Rules of ours, like those of the host, are the host's: 78. */
	code = tdxu_exit_code(TDX_UPDATE_OUTCOME_REFUSED, e->fit.errnum, e->fit.rule);
	if (!e->sound || !strcmp(e->fit.rule, "mapping"))
		code = TDXU_EXIT_IMAGE;
	else if (code == TDXU_EXIT_UNFORESEEN || e->fit.verdict == TDXU_FIT_UNKNOWN)
		code = TDXU_EXIT_HOST;
	if (!e->sound)
		tdxu_error_set(&report->error, code, e->path, e->fix,
			       "%s is there and cannot be used: %s", version_of(e, version),
			       e->fit.why);
	else
		tdxu_error_set(&report->error, code, report->what, fix_of(e),
			       e->identity.source ?
				       "%s is newer than what runs and cannot be taken: %s" :
				       "%s is there and cannot be taken: %s",
			       version_of(e, version), e->fit.why);
	snprintf(report->error.check, sizeof(report->error.check), "%s", e->fit.rule);
	return code;
}

/* A closed gate before a file that is broken. */
static const struct tdxu_entry *find_missed(const struct tdxu_catalogue *c,
					    const struct tdxu_version *running)
{
	const struct tdxu_entry *found = NULL;

	for (u32 i = 0; i < c->nr; i++) {
		const struct tdxu_entry *e = &c->entry[i];

		if (!is_missed(e, running))
			continue;
		if (!strcmp(e->fit.rule, "gate"))
			return e;
		if (!found || (found->sound && !e->sound))
			found = e;
	}
	return found;
}

static bool has_sound(const struct tdxu_catalogue *c)
{
	for (u32 i = 0; i < c->nr; i++)
		if (c->entry[i].sound)
			return true;
	return false;
}

/* Of what is newer and not for this host, or older and broken, the first is enough. */
static void note_others(const struct tdxu_catalogue *c, const struct tdxu_version *running,
			struct tdxu_report *report)
{
	char version[TDXU_VERSION_TEXT];

	for (u32 i = 0; i < c->nr; i++) {
		const struct tdxu_entry *e = &c->entry[i];

		if (e->sound && !(e->fit.elsewhere && is_newer(e, running)))
			continue;
		tdxu_note(report, false, "%s is left out: %s: %s", version_of(e, version), e->path,
			  e->fit.why);
		return;
	}
}

/* It comes loaded. What may be newer and cannot be used is told. */
static enum tdxu_exit take(struct tdxu_apply *a)
{
	struct tdxu_catalogue *c = &a->images.catalogue;
	char version[TDXU_VERSION_TEXT];

	tdxu_report_name(&a->report, c->newest->path);
	a->images.target = c->file;
	a->images.target.path = c->newest->path;
	c->file = (struct tdxu_image_file){ 0 };
	for (u32 i = 0; i < c->nr; i++) {
		const struct tdxu_entry *e = &c->entry[i];

		if (!(e->sound && e->identity.source) && is_missed(e, &c->newest->identity.version))
			tdxu_note(&a->report, true, "%s is there and cannot be used: %s: %s; %s",
				  version_of(e, version), e->path, e->fit.why, fix_of(e));
	}
	return TDXU_EXIT_OK;
}

static enum tdxu_exit choose(struct tdxu_apply *a)
{
	struct tdxu_version running = tdxu_module_version(&a->before.module);
	const struct tdxu_catalogue *c = &a->images.catalogue;
	const struct tdxu_entry *missed;
	char text[TDXU_VERSION_TEXT];

	for (u32 i = 0; i < c->nr_notes; i++)
		if (c->note[i].loud || !c->newest)
			tdxu_note(&a->report, c->note[i].loud, "%s", c->note[i].text);
	if (!a->before.module.present)
		return tdxu_error_set(&a->report.error, TDXU_EXIT_PLATFORM, a->report.what,
				      "see the blockers that `tdxupd status` lists",
				      "nothing tells which TDX module runs here");
	if (c->newest)
		return take(a);
	missed = find_missed(c, &running);
	if (!missed && !has_sound(c))
		missed = &c->entry[0];
	if (missed)
		return fail_missed(&a->before.blockers, missed, &a->report);
	tdxu_version_format(&running, text);
	if (a->before.module.unsure)
		return tdxu_report_unsure(&a->report, text);
	a->nothing_to_do = true;
	tdxu_note(&a->report, false,
		  "nothing to do: no image is newer than the running module %s", text);
	note_others(c, &running, &a->report);
	return TDXU_EXIT_OK;
}

enum tdxu_exit tdxu_apply_newest(struct tdxu_apply *a)
{
	const char *dir = a->ctx->options->newest;
	struct tdxu_allowed allowed;
	struct tdxu_host host;
	enum tdxu_exit code;

	if (!dir)
		return TDXU_EXIT_OK;
	tdxu_host_from_status(a->ctx, &a->before, &host);
	if (tdxu_allowed_load(a->ctx->paths->root, &allowed, &a->report.error))
		return a->report.error.code;
	host.allowed = &allowed;
	code = tdxu_catalogue_load(dir, &host, a->ctx->clock, &a->images.catalogue,
				   &a->report.error);
	if (tdxu_stopped(a->ctx->clock))
		return tdxu_apply_stopped(a);
	return code ? code : choose(a);
}
