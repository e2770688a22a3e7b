/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_HOOKS_H
#define TDXU_CLI_HOOKS_H

/*
 * What the administrator wants to be run before and after an update: the programs in pre.d and
 * post.d of /etc/tdxupd, in the order of their names.
 */

#include <jansson.h>

#include "ctx.h"
#include "error.h"

enum { TDXU_HOOK_MS = 5 * 60 * 1000 }; /* for each; then it is killed */

/* Those that tests shorten. */
extern u32 tdxu_hook_ms;

/**
 * tdxu_hooks_run() - Run one directory's, each with @input as JSON on its standard input, until one
 * fails.
 * @ctx: its clock's stop_fd ends a hook of pre.d, and not one of post.d.
 * @directory: "pre.d" or "post.d".
 * @what: starts the error line.
 *
 * A directory that is not there has none. All in it must be executable files that only root can
 * write, or none is run; names that start with a dot or end in "~" are left out.
 *
 * Return: TDXU_EXIT_OK; TDXU_EXIT_HOST, with the hook's path in @error; TDXU_EXIT_BUSY if it was
 * interrupted.
 */
enum tdxu_exit tdxu_hooks_run(const struct tdxu_ctx *ctx, const char *directory, const char *what,
			      const json_t *input, struct tdxu_error *error);

#endif
