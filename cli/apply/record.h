/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_RECORD_H
#define TDXU_CLI_RECORD_H

/*
 * What goes into the history, and when. Before an update is asked for, begun.json says in the state
 * directory that it may have begun, with what, and the images of it are kept. Whatever ends this
 * program or the host then, the next run finds them, asks the driver what came of it, and completes
 * the history and what is kept.
 */

#include "apply.h"

/** tdxu_record_begin() - Before an update is asked for. What goes wrong becomes a note. */
void tdxu_record_begin(struct tdxu_apply *a);

/** tdxu_record_attempt() - The line of an attempt that the driver knows of, if it has ended. */
void tdxu_record_attempt(struct tdxu_apply *a, enum tdxu_exit code);

/** tdxu_record_end() - No attempt follows: unless one is without a result, all is recorded. */
void tdxu_record_end(struct tdxu_apply *a, enum tdxu_exit code);

/**
 * tdxu_record_complete() - Record what earlier runs, or other clients, have left unrecorded.
 * @status: what the driver says now.
 *
 * The lock of lock.h is held. While an update runs, nothing is done.
 *
 * Return: TDXU_EXIT_OK, or the code that is in @error.
 */
enum tdxu_exit tdxu_record_complete(struct tdxu_ctx *ctx, const struct tdxu_status *status,
				    struct tdxu_error *error);

/** tdxu_record_catch_up() - The same, if an earlier run has left something and no other works. */
void tdxu_record_catch_up(struct tdxu_ctx *ctx, const struct tdxu_status *status);

#endif
