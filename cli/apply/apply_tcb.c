// SPDX-License-Identifier: GPL-2.0-or-later
/* What an update is worth to relying parties: --require-tcb before it, what TDs show after it. */
#include <string.h>

#include "apply.h"
#include "names.h"

static enum tdxu_exit refuse(struct tdxu_apply *a, const struct tdxu_tcb_set *set)
{
	char text[TDXU_MESSAGE_BYTES];

	if (set->error.code)
		return tdxu_error_set(&a->error, TDXU_EXIT_HOST, a->what,
				      "replace the file, or name another one with --tcb-info",
				      "what it is worth is not known, as %s cannot be used: %.300s",
				      set->path, set->error.why);
	if (set->trust != TDXU_TCB_VERIFIED)
		return tdxu_error_set(&a->error, TDXU_EXIT_HOST, a->what,
				      "give its chain with --tcb-chain, or beside it as X.chain.pem for X.json",
				      "what it is worth is not known, as %s is not verified: %s",
				      set->path, set->why);
	return tdxu_error_set(&a->error, TDXU_EXIT_HOST, a->what,
			      set->expired ? "get a newer TCB info" :
			      "take a newer image, or leave out --require-tcb",
			      "it must be UpToDate, and by TCB set %u is not: %.300s",
			      set->file.info.number,
			      tdxu_tcb_text(set, tdxu_svn_of_image(&a->target), text));
}

enum tdxu_exit tdxu_apply_require_tcb(struct tdxu_apply *a)
{
	struct tdxu_svn svn = tdxu_svn_of_image(&a->target);
	struct tdxu_tcb_verdict ignored;

	if (!a->ctx->options->require_tcb)
		return TDXU_EXIT_OK;
	if (!a->tcb.nr)
		return tdxu_error_set(&a->error, TDXU_EXIT_HOST, a->what,
				      "name one with --tcb-info, or put it into /etc/tdxupd/tcb",
				      "what it is worth is not known, as there is no TCB info");
	for (u32 i = 0; i < a->tcb.nr; i++) {
		const struct tdxu_tcb_set *set = &a->tcb.set[i];

		if (tdxu_tcb_judge(set, svn, &ignored) != TDXU_TCB_UP_TO_DATE ||
		    set->trust != TDXU_TCB_VERIFIED)
			return refuse(a, set);
	}
	return TDXU_EXIT_OK;
}

/* A fallback that was installed is told by the driver. */
bool tdxu_apply_launch(const struct tdxu_apply *a, struct tdxu_launch *launch)
{
	const struct tdxu_result *r = &a->status.result;

	if (a->ctx->options->dry_run && a->error.code)
		return false;
	if (a->ctx->options->dry_run || r->outcome == TDX_UPDATE_OUTCOME_UPDATED)
		tdxu_launch_of_image(&a->target, launch);
	else
		tdxu_launch_of_module(&r->to, launch);
	if (!a->ctx->options->dry_run && (!r->present || !tdxu_result_changed(r)))
		return false;
	launch->done = !a->ctx->options->dry_run;
	launch->before = &a->before.module;
	return launch->known;
}
