/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_LOCK_H
#define TDXU_CLI_LOCK_H

/*
 * Two locks of a host, which are files. With the first, one `tdxupd apply` works at a time. The
 * second holds builds of TDs while an update waits for those under way to end: who starts TDs
 * passes through it, shared, and an update takes it alone (tdxupd-launch). That need not be exact,
 * because the TDX module refuses exactly.
 *
 * Both are the kernel's: they go with this process, whatever becomes of it.
 */

#include "error.h"

enum { TDXU_HOLD_MAX_MS = 600000 };

struct tdxu_hold {
	int fd; /* -1: builds are not held */
	u64 until_ms; /* as tdxu_clock.now_ms(); 0: they are not */
};

/**
 * tdxu_lock_take() - Take the lock of `tdxupd apply`, without waiting.
 * @dir: where the lock file lives; made with mode 0700, if its parent exists, so that only its
 *       owner can hold the lock.
 * @what: starts the error line.
 * @fd: set on success; to close it gives the lock back.
 *
 * Return: TDXU_EXIT_OK, TDXU_EXIT_BUSY if another process has it, or another code that is in
 * @error.
 */
enum tdxu_exit tdxu_lock_take(const char *dir, const char *what, int *fd,
			      struct tdxu_error *error);

/**
 * tdxu_hold_take() - Hold builds.
 * @dir: where the lock file "hold" is; it must be there.
 * @now_ms: since the boot.
 * @for_ms: how long, and how long launchers have had before, since the last hold of anybody.
 *
 * Return: 0; -EAGAIN if launchers must have their pause first; another negative errno.
 */
int tdxu_hold_take(struct tdxu_hold *hold, const char *dir, u64 now_ms, u64 for_ms);

/** tdxu_hold_drop() - Launchers go on, if they were held. */
void tdxu_hold_drop(struct tdxu_hold *hold, u64 now_ms);

#endif
