/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_RETRY_H
#define TDXU_CLI_RETRY_H

/* When to try again after a busy answer. Pure: time and chance come from the caller. */

#include "core/types.h"

enum {
	TDXU_RETRY_FIRST_MS = 100,
	/* Moments without a build are short, where builds overlap. */
	TDXU_RETRY_CAP_MS = 3000,
	TDXU_RETRY_HELD_MS = 300, /* the longest wait while no new build can begin */
};

struct tdxu_retry {
	u64 deadline_ms;
	u64 cap_ms; /* no wait is longer */
	u64 wait_ms; /* the next wait, before jitter */
};

/**
 * tdxu_retry_start() - Begin; the last try starts no later than @for_ms from now.
 * @for_ms: 0 means no second try.
 * @cap_ms: the longest wait; 0 means TDXU_RETRY_CAP_MS.
 */
void tdxu_retry_start(struct tdxu_retry *retry, u64 now_ms, u64 for_ms, u64 cap_ms);

/**
 * tdxu_retry_next() - How long to wait before the next try.
 * @held_until_ms: builds are held until then; 0: they are not.
 * @random: 32 random bits. The wait is between half and all of what exponential backoff says,
 *          so that hosts which met the same obstacle do not come back together.
 *
 * Return: milliseconds, cut short so that the last try is at the deadline, or at the end of what
 * builds are held for; 0 to give up.
 */
u32 tdxu_retry_next(struct tdxu_retry *retry, u64 now_ms, u64 held_until_ms, u32 random);

#endif
