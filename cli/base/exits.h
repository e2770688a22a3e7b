/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_EXITS_H
#define TDXU_CLI_EXITS_H

/* What an errno or an outcome means to whoever has called tdxupd. */

#include "core/types.h"
#include "uapi/tdx_update.h"

/* Exit codes of tdxupd. Part of its interface: scripts, cron and systemd read them. */
enum tdxu_exit {
	TDXU_EXIT_OK = 0,
	TDXU_EXIT_UNFORESEEN = 1,
	TDXU_EXIT_USAGE = 64,
	TDXU_EXIT_IMAGE = 65,	   /* the image cannot be used, here or anywhere */
	TDXU_EXIT_PLATFORM = 69,   /* no driver, no TDX, no P-SEAMLDR */
	TDXU_EXIT_LOST = 70,	   /* the TDX module is gone until reboot */
	TDXU_EXIT_BEGUN = 71,	   /* an update was begun, and how it ended is not known */
	TDXU_EXIT_FAILED = 74,	   /* not updated; TDs run, on the old module or the fallback */
	TDXU_EXIT_BUSY = 75,	   /* nothing has changed; trying again later helps */
	TDXU_EXIT_PERMISSION = 77, /* the caller may not */
	TDXU_EXIT_HOST = 78,	   /* the gate, the state of the host, or policy forbids it */
};

/* What is said where the driver sends no sentence of its own, or one without advice. */
struct tdxu_meaning {
	enum tdxu_exit code;
	const char *why; /* NULL: nothing is said of it */
	const char *fix;
};

/** tdxu_meaning_of_errno() - Of one that came without an outcome. Never NULL. */
const struct tdxu_meaning *tdxu_meaning_of_errno(int errnum);

/** tdxu_meaning_of_outcome() - Of an update's; of a refused one tdxu_exit_code() has the code. */
const struct tdxu_meaning *tdxu_meaning_of_outcome(u32 outcome);

/**
 * tdxu_exit_code() - The exit code for how something ended.
 * @outcome: of an update, or TDX_UPDATE_OUTCOME_NONE for a request that was not even accepted.
 * @errnum: positive errno that came with it, or 0.
 * @check: name of the preflight check that refused, or NULL or "".
 *
 * A known check decides before the errno does: EPERM of the gate is not EPERM of a user.
 */
enum tdxu_exit tdxu_exit_code(enum tdx_update_outcome outcome, int errnum, const char *check);

/** tdxu_exit_name() - Stable name of an exit code ("busy"), for JSON. */
const char *tdxu_exit_name(enum tdxu_exit code);

#endif
