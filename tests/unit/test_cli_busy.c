// SPDX-License-Identifier: GPL-2.0-or-later
/* `tdxupd apply` on a host on which TDs are being built. */
#include "cli_fake.h"

static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED,
					.message = "updated" };
static const struct attempt busy = {
	.outcome = TDX_UPDATE_OUTCOME_BUSY,
	.errnum = EBUSY,
	.busy_reason = TDX_UPDATE_BUSY_TD_BUILD,
	.busy_count = 2,
	.message = "2 TDs are being built; try again when the build is over",
};

static struct blob blob;
static struct tdxu_options options;

static void setup(void)
{
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	options = (struct tdxu_options){ .image = put_file("new.blob", &blob, sizeof(blob)) };
	fake.attempts = &updated;
	fake.nr = 1;
	paths_setup();
}

static int apply(void)
{
	return run(tdxu_cmd_apply, &options, false);
}

static void answers(const struct attempt *attempts, size_t nr)
{
	fake.attempts = attempts;
	fake.nr = nr;
}

static bool said(const char *text)
{
	return strstr(out, text) || strstr(err, text);
}

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
	return run_suite("cli busy", tc);
}
