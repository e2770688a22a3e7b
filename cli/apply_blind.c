// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Before the kernel's own updater: it does not ask the module to refuse while a TD is being built,
 * and what P-SEAMLDR refuses, it refuses when the old module is gone.
 */
#include "apply.h"
#include "names.h"

static const char blindness[] =
	"the kernel's own updater cannot see a TD that is being built or migrated, and would corrupt it";

static enum tdxu_exit check_version(struct tdxu_apply *a)
{
	const struct tdxu_identity *id = &a->target.identity;
	struct tdxu_version running = tdxu_module_version(&a->before.module);
	char text[TDXU_VERSION_TEXT];
	int order;

	if (!id->source || !a->before.module.present)
		return TDXU_EXIT_OK;
	order = tdxu_version_compare(&id->version, &running);
	tdxu_version_format(&running, text);
	if (id->version.major != running.major || id->version.minor != running.minor || order < 0)
		return tdxu_error_set(&a->error, TDXU_EXIT_IMAGE, a->what,
				      "take a newer module of the running series",
				      "the running module %s cannot be followed by this one under TDs, and the kernel's own updater would find out too late",
				      text);
	if (order || id->source == TDXU_VERSION_FILE_NAME)
		return TDXU_EXIT_OK;
	a->nothing_to_do = true;
	tdxu_apply_note(a, false, "nothing to do: %s runs already", text);
	return TDXU_EXIT_OK;
}

enum tdxu_exit tdxu_apply_blind_check(struct tdxu_apply *a)
{
	const struct tdxu_options *opt = a->ctx->options;

	if (!opt->at_own_risk && !opt->dry_run)
		return tdxu_error_set(&a->error, TDXU_EXIT_HOST, a->what,
				      "load tdx_update, or make sure that no TD is being built and add --at-own-risk",
				      "%s", blindness);
	if (opt->fallback)
		return tdxu_error_set(&a->error, TDXU_EXIT_USAGE, a->what,
				      "leave out --fallback, or load tdx_update",
				      "the kernel's own updater has no fallback");
	tdxu_apply_note(a, false, "%s; there is no fallback either", blindness);
	return check_version(a);
}
