/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_HISTORY_H
#define TDXU_CLI_HISTORY_H

/*
 * The file of all attempts, one line of JSON for each, the newest last; docs/json.md describes a
 * line. Who appends holds the lock of lock.h.
 */

#include <jansson.h>

#include "error.h"

/* Beyond so many bytes the oldest lines go, busy ones first, until half is left. */
extern size_t tdxu_history_bytes;

/* What is in the file beside lines that can be read. */
struct tdxu_history {
	json_t *dropped; /* outcome to number: attempts whose lines have gone; or NULL */
	u32 unreadable;	 /* lines */
};

/**
 * tdxu_history_read() - Read the file, from the oldest line to the newest.
 * @dir: the state directory.
 * @each: is given each attempt; borrowed.
 * @history: filled; give it back with tdxu_history_free() in any case.
 *
 * A line that cannot be read is counted, and does not end the reading. No file is an empty one.
 *
 * Return: TDXU_EXIT_OK, or the code that is in @error.
 */
enum tdxu_exit tdxu_history_read(const char *dir, void (*each)(json_t *attempt, void *priv),
				 void *priv, struct tdxu_history *history,
				 struct tdxu_error *error);
void tdxu_history_free(struct tdxu_history *history);

/**
 * tdxu_history_append() - Append a line, whole or not at all. What a crash has left of one before
 * becomes a line of its own.
 */
enum tdxu_exit tdxu_history_append(const char *dir, const json_t *attempt,
				   struct tdxu_error *error);

#endif
