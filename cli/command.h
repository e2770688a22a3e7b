/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_COMMAND_H
#define TDXU_CLI_COMMAND_H

/* This folder: the command line, and a file for each command; that of `apply` is in apply/. */

/* What a command is. */

#include "ctx.h"
#include "error.h"

/* What a command works on. */
enum tdxu_operand {
	TDXU_OPERAND_NONE,
	TDXU_OPERAND_IMAGE,
	TDXU_OPERAND_DIRECTORY,
	TDXU_OPERAND_RELEASES, /* any number of them */
};

struct tdxu_command {
	const char *name;
	enum tdxu_exit (*run)(struct tdxu_ctx *ctx);
	enum tdxu_operand operand;
	bool changes; /* the host: signals are taken care of, output comes second */
	const char *summary;
	const char *usage; /* also what says which options it takes: those that are named */
};

/* The first is what a bare call means. */
extern const struct tdxu_command tdxu_commands[];
extern const u32 tdxu_nr_commands;

/** tdxu_command_find() - The command of this name, or NULL. */
const struct tdxu_command *tdxu_command_find(const char *name);

/**
 * tdxu_options_parse() - Read the arguments behind the command's name.
 *
 * Names are matched whole, so that a new option never changes what an old script means.
 *
 * Return: TDXU_EXIT_OK or TDXU_EXIT_USAGE. options->json is right in both cases.
 */
enum tdxu_exit tdxu_options_parse(const struct tdxu_command *command, int argc, char **argv,
				  struct tdxu_options *options, struct tdxu_error *error);

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
