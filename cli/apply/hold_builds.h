/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_HOLD_H
#define TDXU_CLI_HOLD_H

/*
 * Builds of TDs are held while an update waits for those under way to end. Launchers pass through a
 * shared lock (cli/launch/tdxupd-launch), which an update takes alone. That need not be exact,
 * because the TDX module refuses exactly. What `tdxupd hold` holds is versions: cli/hold.c.
 */

#include "core/types.h"

enum { TDXU_HOLD_MAX_MS = 600000 };

struct tdxu_hold {
	int fd; /* -1: builds are not held */
	u64 until_ms; /* as tdxu_clock.now_ms() */
};

/**
 * tdxu_hold_take() - Hold builds.
 * @dir: where the lock file "hold" is; it must be there.
 * @now_ms: since the boot.
 * @for_ms: how long, and how long launchers have had before, since the last hold of anybody.
 *
 * The lock is the kernel's: it goes with this process, whatever becomes of that.
 *
 * Return: 0; -EAGAIN if launchers must have their pause first; another negative errno.
 */
int tdxu_hold_take(struct tdxu_hold *hold, const char *dir, u64 now_ms, u64 for_ms);

/** tdxu_hold_drop() - Launchers go on, if they were held. */
void tdxu_hold_drop(struct tdxu_hold *hold, u64 now_ms);

#endif
