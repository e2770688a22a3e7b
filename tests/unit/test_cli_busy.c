// SPDX-License-Identifier: GPL-2.0-or-later
/* `tdxupd apply` on a host on which TDs are being built. */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli_apply.h"
#include "lock.h"

START_TEST(busy_once)
{
	const struct attempt two[] = { busy, updated };

	answers(two, 2);
	options.retry_ms = 60000;
	ck_assert_int_eq(apply(), 0);
	ck_assert_int_eq(fake.updates, 2);
	ck_assert_uint_eq(fake.now_ms, 50);
	ck_assert(said("attempt 1: busy, 2 TDs are being built; trying again, deadline "));
	ck_assert(!said("attempt 2"));
	ck_assert_int_eq(fake.uploads, 1);
}
END_TEST

/* Each attempt counts for itself: what an earlier one met is not the last one's result. */
START_TEST(busy_in_two_ways)
{
	const struct attempt two[] = { busy, { .update = EBUSY } };

	answers(two, 2);
	options.retry_ms = 50;
	ck_assert_int_eq(apply_json(&options), 75);
	ck_assert(json_is_null(at("result", NULL)));
	ck_assert_int_eq(json_integer_value(at("attempts", NULL)), 2);
}
END_TEST

/* A log is told once a minute, however often is tried; a terminal's line each time. */
START_TEST(a_log_stays_short)
{
	const char *line;
	int lines = 0;

	answers(&busy, 1);
	options.retry_ms = 10 * 60 * 1000;
	ck_assert_int_eq(apply(), 75);
	ck_assert_int_gt(fake.updates, 200);
	for (line = out; (line = strstr(line, ": busy, ")); line++)
		lines++;
	ck_assert_int_ge(lines, 9);
	ck_assert_int_le(lines, 11);
	ck_assert_int_eq(run(tdxu_cmd_apply, &options, true), 75);
	ck_assert(said("next try in 2s, giving up in "));
}
END_TEST

/* 0.1.0 keeps no image after an attempt, and says so. */
START_TEST(an_older_driver)
{
	const struct attempt three[] = { busy, busy, updated };

	answers(three, 3);
	fake.forgets = true;
	options.retry_ms = 60000;
	ck_assert_int_eq(apply(), 0);
	ck_assert_int_eq(fake.updates, 3);
	ck_assert_int_eq(fake.uploads, 3);
}
END_TEST

START_TEST(busy_until_the_deadline)
{
	answers(&busy, 1);
	options.retry_ms = 10 * 60 * 1000;
	ck_assert_int_eq(apply_json(&options), 75);
	ck_assert_uint_eq(fake.now_ms, options.retry_ms);
	ck_assert_int_eq(json_integer_value(at("attempts", NULL)), fake.updates);
	ck_assert_int_gt(fake.updates, 10);
	ck_assert_str_eq(json_string_value(at("error", "kind")), "busy");
	ck_assert_str_eq(json_string_value(at("error", "errno")), "EBUSY");
	ck_assert_ptr_nonnull(strstr(json_string_value(at("error", "why")), "attempts in 10m"));
	expect_keys(at("result", "busy"), "reason count");
	ck_assert(json_is_false(at("changed", NULL)));
}
END_TEST

/* --- holding builds --------------------------------------------------------------------------- */

static int hold_file(void)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/hold", fake_paths.lock);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Can a launcher pass? */
static bool is_free(void)
{
	int fd = hold_file();
	bool passes = !flock(fd, LOCK_SH | LOCK_NB);

	close(fd);
	return passes;
}

static u32 held, passed; /* of the waits of an apply */

static bool watch_sleep(void *priv, u32 ms)
{
	if (ms)
		*(is_free() ? &passed : &held) += ms;
	return fake_sleep(priv, ms);
}

static int watched(void)
{
	int code;

	held = passed = 0;
	sleep_hook = watch_sleep;
	code = apply();
	sleep_hook = NULL;
	return code;
}

START_TEST(holds_until_success)
{
	const struct attempt four[] = { busy, busy, busy, updated };

	answers(four, 4);
	options.hold_ms = 60000;
	fake.now_ms = 5000000;
	ck_assert_int_eq(watched(), 0);
	ck_assert_uint_eq(passed, 0);
	ck_assert_uint_eq(held, 3 * 150);
	ck_assert(said("no TD build begins for at most 1m\n"));
	ck_assert(is_free());
}
END_TEST

/* No longer than it was told; and then launchers have as long, before builds are held again. */
START_TEST(launchers_have_a_pause)
{
	answers(&busy, 1);
	options.hold_ms = 60000;
	options.retry_ms = 5 * 60000;
	ck_assert_int_eq(watched(), 75);
	ck_assert_uint_ge(held, 2 * 60000);
	ck_assert_uint_le(held, 3 * 60000);
	ck_assert_uint_ge(passed, 2 * 60000);
	ck_assert(is_free());
	/* Another run finds the pause of this one. */
	options.retry_ms = 0;
	options.hold_ms = 600000;
	fake.interrupt_at = fake.sleeps + 1;
	ck_assert_int_eq(watched(), 75);
	ck_assert_uint_eq(held, 0);
	fake.interrupted = false;
}
END_TEST

START_TEST(lets_go_when_interrupted)
{
	answers(&busy, 1);
	options.hold_ms = 60000;
	fake.now_ms = 5000000;
	fake.interrupt_at = 3;
	ck_assert_int_eq(watched(), 75);
	ck_assert_uint_gt(held, 0);
	ck_assert(is_free());
	fake.interrupted = false;
}
END_TEST

/* What does not help is not held: a migration waits for another host. */
START_TEST(holds_for_builds_only)
{
	struct attempt two[] = { busy, updated };

	two[0].busy_reason = TDX_UPDATE_BUSY_TD_MIGRATION;
	answers(two, 2);
	options.hold_ms = 60000;
	ck_assert_int_eq(apply(), 0);
	ck_assert(!said("no TD build begins"));
}
END_TEST

/* A launcher that hangs with the lock, or somebody who has it: the update goes on without. */
START_TEST(cannot_hold)
{
	const struct attempt three[] = { busy, busy, updated };
	struct tdxu_hold hold;
	int fd;

	ck_assert_int_eq(mkdir(fake_paths.lock, 0700), 0);
	ck_assert_int_eq(tdxu_hold_take(&hold, fake_paths.lock, 1000, 1000), 0);
	tdxu_hold_drop(&hold, 1000);
	fd = hold_file();
	ck_assert_int_eq(flock(fd, _i ? LOCK_SH : LOCK_EX), 0);
	answers(three, 3);
	options.hold_ms = 60000;
	fake.now_ms = 5000000;
	ck_assert_int_eq(apply(), 0);
	ck_assert(said("builds of TDs could not be held: "));
	ck_assert(said("/hold cannot be locked (Device or resource busy)"));
	close(fd);
}
END_TEST

/* Two at once: the second is told, and the lock goes with the process that has it. */
START_TEST(a_holder_is_killed)
{
	struct tdxu_hold hold, second;
	char c = 0;
	int ready[2];
	pid_t pid;

	ck_assert_int_eq(mkdir(fake_paths.lock, 0700), 0);
	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		c = !tdxu_hold_take(&hold, fake_paths.lock, 1000, 2000);
		for (c = write(ready[1], &c, 1) == 1;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_int_eq(c, 1);
	ck_assert(!is_free());
	ck_assert_int_eq(tdxu_hold_take(&second, fake_paths.lock, 9000, 2000), -EBUSY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert(is_free());
	/* It said how long, so the pause is known although it could not say that it was over. */
	ck_assert_int_eq(tdxu_hold_take(&second, fake_paths.lock, 4999, 2000), -EAGAIN);
	ck_assert_int_eq(tdxu_hold_take(&second, fake_paths.lock, 5000, 2000), 0);
	tdxu_hold_drop(&second, 5500);
	ck_assert_int_eq(tdxu_hold_take(&second, fake_paths.lock, 7499, 2000), -EAGAIN);
	ck_assert_int_eq(tdxu_hold_take(&second, fake_paths.lock, 7500, 2000), 0);
	tdxu_hold_drop(&second, 7600);
	close(ready[0]);
	close(ready[1]);
}
END_TEST

START_TEST(nothing_is_held_without_a_driver)
{
	char path[512];

	fake.open_error = ENODEV;
	options.hold_ms = 60000;
	ck_assert_int_eq(apply(), 69);
	snprintf(path, sizeof(path), "%s/hold", fake_paths.lock);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("busy");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_test(tc, busy_once);
	tcase_add_test(tc, busy_in_two_ways);
	tcase_add_test(tc, a_log_stays_short);
	tcase_add_test(tc, an_older_driver);
	tcase_add_test(tc, busy_until_the_deadline);
	tcase_add_test(tc, holds_until_success);
	tcase_add_test(tc, launchers_have_a_pause);
	tcase_add_test(tc, lets_go_when_interrupted);
	tcase_add_test(tc, holds_for_builds_only);
	tcase_add_loop_test(tc, cannot_hold, 0, 2);
	tcase_add_test(tc, a_holder_is_killed);
	tcase_add_test(tc, nothing_is_held_without_a_driver);
	return run_suite("cli busy", tc);
}
