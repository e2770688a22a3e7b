/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_ERROR_H
#define TDXU_CLI_ERROR_H

/* An error as a person needs it: what, why, and what to do about it. */

#include <stdarg.h>
#include <stdio.h>

#include "exits.h"
#include "status.h"

enum { TDXU_WHAT_BYTES = 1024 };

struct tdxu_error {
	enum tdxu_exit code; /* TDXU_EXIT_OK: no error */
	int errnum;	     /* the driver's or the system's, or 0 */
	char check[TDXU_NAME_BYTES]; /* the check or rule that refused, or "" */
	char what[TDXU_WHAT_BYTES];
	char why[TDXU_MESSAGE_BYTES];
	char fix[TDXU_MESSAGE_BYTES];
};

/** tdxu_error_stopped() - That of what a signal ends; nothing has changed. Return: its code. */
enum tdxu_exit tdxu_error_stopped(struct tdxu_error *error, const char *what);

/** tdxu_error_set() - Fill an error. Return: @code. */
__printf(5, 6) enum tdxu_exit tdxu_error_set(struct tdxu_error *error, enum tdxu_exit code,
					     const char *what, const char *fix,
					     const char *why, ...);

/** tdxu_error_from_fault() - From a request that the backend did not do. Return: exit code. */
enum tdxu_exit tdxu_error_from_fault(struct tdxu_error *error, const char *what,
				     const struct tdxu_fault *fault);

/**
 * tdxu_error_from_result() - From an update that ended otherwise than updated, in the driver's
 * words where it sent any. Return: exit code.
 */
enum tdxu_exit tdxu_error_from_result(struct tdxu_error *error, const char *what,
				      const struct tdxu_result *result);

/** tdxu_error_from_check() - From a preflight check that says no. Return: exit code. */
enum tdxu_exit tdxu_error_from_check(struct tdxu_error *error, const char *what,
				     const struct tdxu_check *check);

/**
 * tdxu_say() - Print a line. tdxu_put(), tdxu_put_args() - Print a part of one.
 *
 * All text output goes through here: names of files, strings of the mapping file and the kernel's
 * words are data. What controls a terminal, starts a line, or is no UTF-8, becomes '?'.
 */
__printf(2, 3) void tdxu_say(FILE *stream, const char *text, ...);
__printf(2, 3) void tdxu_put(FILE *stream, const char *text, ...);
__printf(2, 0) void tdxu_put_args(FILE *stream, const char *text, va_list args);

/** tdxu_error_print() - One line: "tdxupd: WHAT: WHY; FIX". */
void tdxu_error_print(FILE *stream, const struct tdxu_error *error);

#endif
