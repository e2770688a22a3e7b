/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_COMMAND_H
#define TDXU_CLI_COMMAND_H

/* What a command is given, and the commands. */

#include "backend.h"
#include "clock.h"
#include "exits.h"
#include "options.h"

struct tdxu_ctx {
	const struct tdxu_options *options;
	const struct tdxu_backend *backend;
	const struct tdxu_clock *clock;
	FILE *out;
	FILE *err;
	bool terminal; /* @out is one: live lines and bars */
	int columns;   /* its width */
	bool colour;
};

/* Each prints its outcome, text or JSON, and returns the exit code. */
enum tdxu_exit tdxu_cmd_status(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_apply(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_inspect(struct tdxu_ctx *ctx);

#endif
