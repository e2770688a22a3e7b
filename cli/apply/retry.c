// SPDX-License-Identifier: GPL-2.0-or-later
#include "retry.h"

void tdxu_retry_start(struct tdxu_retry *retry, u64 now_ms, u64 for_ms, u64 cap_ms)
{
	retry->deadline_ms = now_ms + for_ms;
	retry->cap_ms = cap_ms ? cap_ms : TDXU_RETRY_CAP_MS;
	retry->wait_ms = TDXU_RETRY_FIRST_MS;
}

u32 tdxu_retry_next(struct tdxu_retry *retry, u64 now_ms, u64 held_until_ms, u32 random)
{
	bool held = held_until_ms > now_ms;
	u64 half = (held ? TDXU_RETRY_HELD_MS : retry->wait_ms) / 2;
	u64 wait = half + random % (half + 1);
	u64 end = retry->deadline_ms, left;

	if (now_ms >= end)
		return 0;
	if (held && held_until_ms < end)
		end = held_until_ms;
	left = end - now_ms;
	if (!held)
		retry->wait_ms = retry->wait_ms * 2 < retry->cap_ms ? retry->wait_ms * 2 :
								      retry->cap_ms;
	return (u32)(left < wait ? left : wait);
}
