// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <unistd.h>

#include "clock.h"
#include "retry.h"
#include "runner.h"

enum { HOUR = 3600 * 1000 };

static const u32 backoff[] = { 100, 200, 400, 800, 1600, 3000, 3000, 3000 };

START_TEST(backs_off_to_a_limit)
{
	struct tdxu_retry least, most;

	tdxu_retry_start(&least, 0, HOUR, 0);
	tdxu_retry_start(&most, 0, HOUR, 0);
	for (size_t i = 0; i < ARRAY_SIZE(backoff); i++) {
		ck_assert_uint_eq(tdxu_retry_next(&least, 0, 0, 0), backoff[i] / 2);
		/* the largest remainder that half + 1 leaves */
		ck_assert_uint_eq(tdxu_retry_next(&most, 0, 0, backoff[i] / 2), backoff[i]);
	}
}
END_TEST

static const struct {
	u64 cap;
	u64 waits[12];
} caps[] = {
	{ 1000, { 100, 200, 400, 800, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000 } },
	{ 60000, { 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000 } },
};

START_TEST(the_cap_can_be_set)
{
	struct tdxu_retry retry;

	tdxu_retry_start(&retry, 0, HOUR, caps[_i].cap);
	for (size_t i = 0; i < ARRAY_SIZE(caps[_i].waits); i++)
		ck_assert_uint_eq(tdxu_retry_next(&retry, 0, 0, (u32)caps[_i].waits[i] / 2),
				  caps[_i].waits[i]);
}
END_TEST

START_TEST(jitter_stays_within_half_and_all)
{
	u32 seed = 1;

	for (int i = 0; i < 10000; i++) {
		struct tdxu_retry retry;
		u32 wait;

		seed = seed * 1664525 + 1013904223;
		tdxu_retry_start(&retry, 0, HOUR, 0);
		wait = tdxu_retry_next(&retry, 0, 0, seed);
		ck_assert_uint_ge(wait, 50);
		ck_assert_uint_le(wait, 100);
	}
}
END_TEST

START_TEST(no_time_no_retry)
{
	struct tdxu_retry retry;

	tdxu_retry_start(&retry, 5000, 0, 0);
	ck_assert_uint_eq(tdxu_retry_next(&retry, 5000, 0, 0), 0);
}
END_TEST

START_TEST(gives_up_at_the_deadline)
{
	struct tdxu_retry retry;

	tdxu_retry_start(&retry, 5000, 1000, 0);
	ck_assert_uint_gt(tdxu_retry_next(&retry, 5999, 0, 0), 0);
	ck_assert_uint_eq(tdxu_retry_next(&retry, 6000, 0, 0), 0);
	ck_assert_uint_eq(tdxu_retry_next(&retry, 60000, 0, 0), 0);
}
END_TEST

START_TEST(the_last_try_is_at_the_deadline)
{
	struct tdxu_retry retry;
	u32 seed = (u32)_i;
	u64 now = 777;
	u32 wait;
	int tries = 0;

	tdxu_retry_start(&retry, now, 30 * 60 * 1000, 0);
	for (;;) {
		seed = seed * 1664525 + 1013904223;
		wait = tdxu_retry_next(&retry, now, 0, seed);
		if (!wait)
			break;
		now += wait;
		tries++;
		ck_assert_uint_le(now, 777 + 30 * 60 * 1000);
	}
	ck_assert_uint_eq(now, 777 + 30 * 60 * 1000);
	ck_assert_int_ge(tries, 600);
	ck_assert_int_le(tries, 1210);
}
END_TEST

START_TEST(waits_do_not_overflow)
{
	struct tdxu_retry retry;

	tdxu_retry_start(&retry, 0, 720ULL * HOUR, HOUR);
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_le(tdxu_retry_next(&retry, 0, 0, UINT32_MAX), HOUR);
}
END_TEST

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

/* By nohup, or by a shell for what it starts in the background. */
START_TEST(what_was_ignored_stays_ignored)
{
	struct tdxu_clock clock;

	/* This program may have been started by nohup itself. */
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_DFL);
	signal(signals[_i], SIG_IGN);
	tdxu_clock_open(&clock);
	kill(getpid(), signals[_i]);
	ck_assert(clock.sleep_ms(clock.priv, 0));
	kill(getpid(), signals[(_i + 1) % ARRAY_SIZE(signals)]);
	ck_assert(!clock.sleep_ms(clock.priv, 0));
	clock.heed_stop(clock.priv);
	ck_assert(clock.sleep_ms(clock.priv, 0));
	tdxu_clock_close(&clock);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("retry");

	tcase_add_test(tc, backs_off_to_a_limit);
	tcase_add_loop_test(tc, the_cap_can_be_set, 0, ARRAY_SIZE(caps));
	tcase_add_test(tc, jitter_stays_within_half_and_all);
	tcase_add_test(tc, no_time_no_retry);
	tcase_add_test(tc, gives_up_at_the_deadline);
	tcase_add_loop_test(tc, the_last_try_is_at_the_deadline, 0, 20);
	tcase_add_test(tc, waits_do_not_overflow);
	tcase_add_loop_test(tc, what_was_ignored_stays_ignored, 0, ARRAY_SIZE(signals));
	return run_suite("cli retries", tc);
}
