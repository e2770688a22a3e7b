// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What to fall back to. The driver refuses an update whose fallback fails its checks. That is
 * right for an image that somebody has named; the kept image is only a convenience, and must
 * not keep a host from an update that is safe enough without.
 */
#include <string.h>

#include "apply.h"
#include "checks.h"

/* What fails, of all that is uploaded; @failure->name is "" if nothing does. */
static enum tdxu_exit run_checks(struct tdxu_apply *a, struct tdxu_check *failure)
{
	struct tdxu_fault fault = { 0 };
	struct tdxu_checks checks = { 0 };
	const struct tdxu_check *first;

	if (a->ctx->backend->check(a->priv, &checks, &fault))
		return tdxu_apply_fault(a, &fault);
	first = tdxu_checks_failure(&checks);
	*failure = first ? *first : (struct tdxu_check){ 0 };
	return TDXU_EXIT_OK;
}

/* Whatever is wrong now and was not without the kept image, is wrong because of it. */
static enum tdxu_exit leave_out_kept(struct tdxu_apply *a, const char *why)
{
	struct tdxu_fault ignored = { 0 };
	struct tdxu_check other;
	enum tdxu_exit code;

	a->use_kept = false;
	a->ctx->backend->drop(a->priv, &ignored);
	code = tdxu_apply_upload(a, TDX_UPDATE_SLOT_TARGET, &a->target.blob);
	if (!code)
		code = run_checks(a, &other);
	if (!code && !*other.name)
		tdxu_apply_note(a, false,
				"there is no fallback: the kept image cannot be one here: %s",
				why);
	return code;
}

static enum tdxu_exit upload_with_kept(struct tdxu_apply *a)
{
	struct tdxu_check failure;
	enum tdxu_exit code = tdxu_apply_upload(a, TDX_UPDATE_SLOT_FALLBACK, &a->kept.file.blob);

	if (!code)
		code = tdxu_apply_upload(a, TDX_UPDATE_SLOT_TARGET, &a->target.blob);
	if (!code)
		code = run_checks(a, &failure);
	if (code || !*failure.name)
		return code;
	return leave_out_kept(a, failure.message);
}

enum tdxu_exit tdxu_apply_upload_all(struct tdxu_apply *a)
{
	enum tdxu_exit code;

	if (a->use_kept)
		return upload_with_kept(a);
	code = tdxu_apply_upload(a, TDX_UPDATE_SLOT_FALLBACK, &a->fallback.blob);
	return code ? code : tdxu_apply_upload(a, TDX_UPDATE_SLOT_TARGET, &a->target.blob);
}

bool tdxu_apply_is_kept(const struct tdxu_apply *a)
{
	return a->kept.state == TDXU_KEPT_USABLE &&
	       !memcmp(a->kept.file.image.sigstruct->seamhash,
		       a->target.image.sigstruct->seamhash, TDXU_SHA384_BYTES);
}

void tdxu_apply_choose_fallback(struct tdxu_apply *a)
{
	const struct tdxu_options *opt = a->ctx->options;

	tdxu_kept_load(a->ctx->paths->state, &a->before.module, &a->kept);
	if (opt->no_fallback || opt->fallback || a->ctx->backend->blind)
		return;
	a->use_kept = a->kept.state == TDXU_KEPT_USABLE && !tdxu_apply_is_kept(a);
	if (a->kept.state == TDXU_KEPT_UNUSABLE)
		tdxu_apply_note(a, false,
				"there is no fallback: the kept image is not used, because %s",
				a->kept.why);
}

/* The update has succeeded, whatever becomes of this. */
void tdxu_apply_keep(struct tdxu_apply *a)
{
	struct tdxu_error error = { 0 };

	if (tdxu_apply_is_kept(a) || (a->begun_blob && tdxu_kept_take(a->ctx->paths->state))) {
		a->kept_now = true;
		return;
	}
	if (!tdxu_kept_save(a->ctx->paths->state, &a->target.blob, &error))
		a->kept_now = true;
	else
		tdxu_apply_note(a, true, "the image could not be kept as a fallback: %s: %s; %s",
				error.what, error.why, error.fix);
}
