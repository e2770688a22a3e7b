/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_OPTIONS_H
#define TDXU_CLI_OPTIONS_H

#include "ctx.h"
#include "error.h"

/* Options, as a set: each command says which it takes. */
enum {
	TDXU_OPT_JSON = 1 << 0,
	TDXU_OPT_QUIET = 1 << 1,
	TDXU_OPT_SIGSTRUCT = 1 << 2,
	TDXU_OPT_FALLBACK = 1 << 3,
	TDXU_OPT_RETRY_FOR = 1 << 4,
	TDXU_OPT_DRY_RUN = 1 << 5,
	TDXU_OPT_HELP = 1 << 6,
	TDXU_OPT_NO_FALLBACK = 1 << 7,
	TDXU_OPT_NEWEST = 1 << 8,
	TDXU_OPT_AT_OWN_RISK = 1 << 9,
	TDXU_OPT_WATCH = 1 << 10,
	TDXU_OPT_PROMETHEUS = 1 << 11,
	TDXU_OPT_FORMAT = 1 << 12,
	TDXU_OPT_OUTPUT = 1 << 13,
	TDXU_OPT_TCB_INFO = 1 << 14,
	TDXU_OPT_TCB_CHAIN = 1 << 15,
	TDXU_OPT_TCB = TDXU_OPT_TCB_INFO | TDXU_OPT_TCB_CHAIN,
	TDXU_OPT_REQUIRE_TCB = 1 << 16,
	TDXU_OPT_RETRY_CAP = 1 << 17,
	TDXU_OPT_NFD = 1 << 18,
	TDXU_OPT_HOLD_BUILDS = 1 << 19,
};

/* What a command works on. */
enum tdxu_operand {
	TDXU_OPERAND_NONE,
	TDXU_OPERAND_IMAGE,
	TDXU_OPERAND_DIRECTORY,
	TDXU_OPERAND_RELEASES, /* any number of them */
};

/**
 * tdxu_options_parse() - Read the arguments behind the command's name.
 * @command: its name, for errors.
 * @takes: set of TDXU_OPT_*.
 * @operand: what the command needs.
 *
 * Names are matched whole, so that a new option never changes what an old script means.
 *
 * Return: TDXU_EXIT_OK or TDXU_EXIT_USAGE. options->json is right in both cases.
 */
enum tdxu_exit tdxu_options_parse(const char *command, u32 takes, enum tdxu_operand operand,
				  int argc, char **argv, struct tdxu_options *options,
				  struct tdxu_error *error);

#endif
