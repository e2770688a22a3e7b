/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_COMMAND_H
#define TDXU_CLI_COMMAND_H

/* This folder: the command line, and a file for each command; that of `apply` is in apply/. */

/* What a command is. */

#include "ctx.h"
#include "exits.h"
#include "options.h"

struct tdxu_command {
	const char *name;
	enum tdxu_exit (*run)(struct tdxu_ctx *ctx);
	u32 options;
	enum tdxu_operand operand;
	bool changes; /* the host: signals are taken care of, output comes second */
	const char *summary;
	const char *usage;
};

/* The first is what a bare call means. */
extern const struct tdxu_command tdxu_commands[];
extern const u32 tdxu_nr_commands;

/** tdxu_command_find() - The command of this name, or NULL. */
const struct tdxu_command *tdxu_command_find(const char *name);

/* Each prints its outcome, text or JSON, and returns the exit code. */
enum tdxu_exit tdxu_cmd_status(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_inspect(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_history(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_list(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_hold(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_unhold(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_pack(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_unpack(struct tdxu_ctx *ctx);

#endif
