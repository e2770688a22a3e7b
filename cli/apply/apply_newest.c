// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chooses an image from a directory. That nothing in it is newer than what runs, is success; that
 * something is and does not fit this host, is not.
 */
#include <string.h>

#include "apply.h"
#include "names.h"

static bool is_missed(const struct tdxu_entry *e, const struct tdxu_version *running)
{
	return e->fit.verdict == TDXU_FIT_REFUSED && e->identity.source &&
	       e->identity.version.major == running->major &&
	       e->identity.version.minor == running->minor &&
	       tdxu_version_compare(&e->identity.version, running) > 0;
}

static enum tdxu_exit fail_missed(struct tdxu_apply *a, const struct tdxu_entry *e)
{
	char version[TDXU_VERSION_TEXT];
	enum tdxu_exit code = e->code;

	/* Rules of ours, like those of the host, are the host's: 78. */
	if (!code)
		code = tdxu_exit_code(TDX_UPDATE_OUTCOME_REFUSED, 0, e->fit.rule);
	if (code == TDXU_EXIT_UNFORESEEN)
		code = TDXU_EXIT_HOST;
	tdxu_error_set(&a->error, code, a->what, "see `tdxupd list` for all of them",
		       "%s is newer than what runs and cannot be taken: %s",
		       tdxu_version_format(&e->identity.version, version), e->fit.why);
	snprintf(a->error.check, sizeof(a->error.check), "%s", e->fit.rule);
	return code;
}

static enum tdxu_exit choose(struct tdxu_apply *a, const struct tdxu_catalogue *c)
{
	struct tdxu_version running = tdxu_module_version(&a->before.module);
	char text[TDXU_VERSION_TEXT];

	if (!a->before.module.present)
		return tdxu_error_set(&a->error, TDXU_EXIT_PLATFORM, a->what,
				      "see the blockers that `tdxupd status` lists",
				      "nothing tells which TDX module runs here");
	if (c->newest) {
		snprintf(a->path, sizeof(a->path), "%s", c->newest->path);
		snprintf(a->what, sizeof(a->what), "apply %.*s", (int)sizeof(a->what) - 7, a->path);
		return TDXU_EXIT_OK;
	}
	for (u32 i = 0; i < c->nr; i++)
		if (is_missed(&c->entry[i], &running))
			return fail_missed(a, &c->entry[i]);
	a->nothing_to_do = true;
	tdxu_apply_note(a, false, "nothing to do: no image is newer than the running module %s",
			tdxu_version_format(&running, text));
	return TDXU_EXIT_OK;
}

enum tdxu_exit tdxu_apply_newest(struct tdxu_apply *a)
{
	struct tdxu_host host;
	enum tdxu_exit code;

	tdxu_host_from_status(a->ctx, &a->before, &host);
	code = tdxu_catalogue_load(a->ctx->options->newest, &host, &a->images, &a->error);
	return code ? code : choose(a, &a->images);
}
