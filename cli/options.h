/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_OPTIONS_H
#define TDXU_CLI_OPTIONS_H

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
};

struct tdxu_options {
	bool json;
	bool quiet;
	bool dry_run;
	bool help;
	u64 retry_ms;
	const char *sigstruct;
	const char *fallback;
	const char *image; /* the operand */
};

/**
 * tdxu_options_parse() - Read the arguments behind the command's name.
 * @command: its name, for errors.
 * @takes: set of TDXU_OPT_*.
 * @image: whether the command needs an IMAGE.
 *
 * Names are matched whole, so that a new option never changes what an old script means.
 *
 * Return: TDXU_EXIT_OK or TDXU_EXIT_USAGE. options->json is right in both cases.
 */
enum tdxu_exit tdxu_options_parse(const char *command, u32 takes, bool image, int argc,
				  char **argv, struct tdxu_options *options,
				  struct tdxu_error *error);

#endif
