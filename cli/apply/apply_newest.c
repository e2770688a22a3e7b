// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chooses an image from a directory. That nothing in it is newer than what runs, or meant for this
 * host, is success; that something is and cannot be used, or not here, is not.
 */
#include <string.h>

#include "apply.h"
#include "checks.h"
#include "core/checks.h"
#include "names.h"

struct choice {
	struct tdxu_apply *a;
	const struct tdxu_catalogue *catalogue;
	struct tdxu_version running;
};

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
static enum tdxu_exit fail_missed(struct choice *c, const struct tdxu_entry *e)
{
	struct tdxu_apply *a = c->a;
	const struct tdxu_check *blocker = tdxu_checks_failure(&a->before.blockers);
	char version[TDXU_VERSION_TEXT];
	enum tdxu_exit code;

	if (blocker)
		return tdxu_error_from_check(&a->error, a->what, blocker);
	/* Rules of ours, like those of the host, are the host's: 78. */
	code = tdxu_exit_code(TDX_UPDATE_OUTCOME_REFUSED, e->fit.errnum, e->fit.rule);
	if (!e->sound || !strcmp(e->fit.rule, "mapping"))
		code = TDXU_EXIT_IMAGE;
	else if (code == TDXU_EXIT_UNFORESEEN || e->fit.verdict == TDXU_FIT_UNKNOWN)
		code = TDXU_EXIT_HOST;
	if (!e->sound)
		tdxu_error_set(&a->error, code, e->path, e->fix,
			       "%s is there and cannot be used: %s", version_of(e, version),
			       e->fit.why);
	else
		tdxu_error_set(&a->error, code, a->what, fix_of(e),
			       e->identity.source ?
				       "%s is newer than what runs and cannot be taken: %s" :
				       "%s is there and cannot be taken: %s",
			       version_of(e, version), e->fit.why);
	snprintf(a->error.check, sizeof(a->error.check), "%s", e->fit.rule);
	return code;
}

enum tdxu_exit tdxu_apply_unsure(struct tdxu_apply *a, const char *version)
{
	return tdxu_error_set(&a->error, TDXU_EXIT_HOST, a->what,
			      "load tdx_update, which asks the module itself, and run it again",
			      "whether there is anything to do is not known: the kernel tells %s, and does not hear of an update by tdx_update, which may have been loaded since the boot",
			      version);
}

static enum tdxu_exit take(struct choice *c, const struct tdxu_entry *newest)
{
	struct tdxu_apply *a = c->a;
	char version[TDXU_VERSION_TEXT];

	snprintf(a->path, sizeof(a->path), "%s", newest->path);
	snprintf(a->what, sizeof(a->what), "apply %.*s", (int)sizeof(a->what) - 7, a->path);
	for (u32 i = 0; i < c->catalogue->nr; i++) {
		const struct tdxu_entry *e = &c->catalogue->entry[i];

		if (!(e->sound && e->identity.source) && is_missed(e, &newest->identity.version))
			tdxu_apply_note(a, true, "%s is there and cannot be used: %s: %s; %s",
					version_of(e, version), e->path, e->fit.why, fix_of(e));
	}
	return TDXU_EXIT_OK;
}

/* A closed gate before a file that is broken. */
static const struct tdxu_entry *find_missed(const struct choice *c)
{
	const struct tdxu_entry *found = NULL;

	for (u32 i = 0; i < c->catalogue->nr; i++) {
		const struct tdxu_entry *e = &c->catalogue->entry[i];

		if (!is_missed(e, &c->running))
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
static void note_others(struct choice *c)
{
	char version[TDXU_VERSION_TEXT];

	for (u32 i = 0; i < c->catalogue->nr; i++) {
		const struct tdxu_entry *e = &c->catalogue->entry[i];

		if (e->sound && !(e->fit.elsewhere && is_newer(e, &c->running)))
			continue;
		tdxu_apply_note(c->a, false, "%s is left out: %s: %s", version_of(e, version),
				e->path, e->fit.why);
		return;
	}
}

static enum tdxu_exit choose(struct choice *c)
{
	struct tdxu_apply *a = c->a;
	const struct tdxu_entry *missed;
	char text[TDXU_VERSION_TEXT];

	for (u32 i = 0; i < c->catalogue->nr_notes; i++)
		if (c->catalogue->note[i].loud || !c->catalogue->newest)
			tdxu_apply_note(a, c->catalogue->note[i].loud, "%s",
					c->catalogue->note[i].text);
	if (!a->before.module.present)
		return tdxu_error_set(&a->error, TDXU_EXIT_PLATFORM, a->what,
				      "see the blockers that `tdxupd status` lists",
				      "nothing tells which TDX module runs here");
	if (c->catalogue->newest)
		return take(c, c->catalogue->newest);
	missed = find_missed(c);
	if (!missed && !has_sound(c->catalogue))
		missed = &c->catalogue->entry[0];
	if (missed)
		return fail_missed(c, missed);
	if (a->before.module.unsure)
		return tdxu_apply_unsure(a, tdxu_version_format(&c->running, text));
	a->nothing_to_do = true;
	tdxu_apply_note(a, false, "nothing to do: no image is newer than the running module %s",
			tdxu_version_format(&c->running, text));
	note_others(c);
	return TDXU_EXIT_OK;
}

enum tdxu_exit tdxu_apply_newest(struct tdxu_apply *a)
{
	struct choice c = { a, &a->images, tdxu_module_version(&a->before.module) };
	struct tdxu_allowed allowed;
	struct tdxu_host host;
	enum tdxu_exit code;

	tdxu_host_from_status(a->ctx, &a->before, &host);
	if (tdxu_allowed_load(a->ctx->paths->root, &allowed, &a->error))
		return a->error.code;
	host.allowed = &allowed;
	code = tdxu_catalogue_load(a->ctx->options->newest, &host, a->ctx->clock, &a->images,
				   &a->error);
	if (tdxu_stopped(a->ctx->clock))
		return tdxu_apply_stopped(a);
	if (!code)
		code = choose(&c);
	if (code || a->nothing_to_do)
		return code;
	a->target = a->images.file;
	a->target.path = a->path;
	a->images.file = (struct tdxu_image_file){ 0 };
	return TDXU_EXIT_OK;
}
