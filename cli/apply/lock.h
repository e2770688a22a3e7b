/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_LOCK_H
#define TDXU_CLI_LOCK_H

/* One `tdxupd apply` at a time on a host. */

#include "error.h"

/**
 * tdxu_lock_take() - Take the lock, without waiting.
 * @dir: where the lock file lives; made with mode 0700, if its parent exists, so that only its
 *       owner can hold the lock.
 * @what: starts the error line.
 * @fd: set on success; give it back with tdxu_lock_drop(). The kernel does so for a process that
 *      dies.
 *
 * Return: TDXU_EXIT_OK, TDXU_EXIT_BUSY if another process has it, or another code that is in
 * @error.
 */
enum tdxu_exit tdxu_lock_take(const char *dir, const char *what, int *fd,
			      struct tdxu_error *error);
void tdxu_lock_drop(int fd);

#endif
