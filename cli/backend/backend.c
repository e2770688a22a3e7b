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
