// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "absent.h"
#include "backend.h"
#include "ctx.h"

int tdxu_open(struct tdxu_ctx *ctx, void **priv, struct tdxu_fault *fault)
{
	struct tdxu_fault ignored = { 0 };
	int err = ctx->backend->open(priv, fault);

	if (err != -ENODEV || tdxu_out_of_reach(ctx->paths->root, fault))
		return err;
	if (!ctx->second || ctx->second->open(priv, &ignored)) {
		if (!*fault->message)
			tdxu_absent(ctx->paths->root, fault);
		return err;
	}
	ctx->backend = ctx->second;
	return 0;
}

/* Of these, none is a reason not to tell what is known: no right, an update, lost, the end. */
static bool leaves_status(int errnum)
{
	return errnum == EPERM || errnum == EBUSY || errnum == ENOTRECOVERABLE ||
	       errnum == ESHUTDOWN;
}

int tdxu_ask(const struct tdxu_ctx *ctx, void *priv, struct tdxu_status *status,
	     struct tdxu_fault *fault)
{
	struct tdxu_fault of_status = { 0 };
	int err;

	if (!ctx->backend->refresh)
		return ctx->backend->status(priv, status, fault);
	err = ctx->backend->refresh(priv, status, fault);
	if (!err || !leaves_status(fault->errnum))
		return err;
	err = ctx->backend->status(priv, status, &of_status);
	if (err)
		*fault = of_status;
	return err;
}
