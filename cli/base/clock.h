/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_CLOCK_H
#define TDXU_CLI_CLOCK_H

/*
 * Time, random numbers, and the signals (SIGINT, SIGTERM, SIGHUP) that end a wait, in one place
 * that a test can replace. What apply does about them is in apply/apply.c.
 */

#include "core/types.h"

struct tdxu_clock {
	u64 (*now_ms)(void *priv);
	u32 (*random)(void *priv);
	/* Returns false at once when SIGINT, SIGTERM or SIGHUP has come; 0 only asks. */
	bool (*sleep_ms)(void *priv, u32 ms);
	int stop_fd; /* readable when one of them has come; -1: never */
	/* Forgets those that have come, so that the next is noticed. */
	void (*heed_stop)(void *priv);
	void *priv;
};

/** tdxu_now_ms() - Milliseconds since the boot, those in suspend included. */
u64 tdxu_now_ms(void);

/** tdxu_stopped() - Has such a signal come? Never, with a clock that was not opened. */
bool tdxu_stopped(const struct tdxu_clock *clock);

/**
 * tdxu_clock_open() - The real clock. From here on those signals no longer end the program; those
 * that were ignored stay ignored.
 */
void tdxu_clock_open(struct tdxu_clock *clock);
void tdxu_clock_close(struct tdxu_clock *clock);

#endif
