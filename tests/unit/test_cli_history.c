// SPDX-License-Identifier: GPL-2.0-or-later
/* What `tdxupd apply` leaves in the history, and what becomes of the file. */
#include <signal.h>
#include <sys/resource.h>

#include "cli_history.h"

static void append_raw(const void *data, size_t size)
{
	FILE *f = fopen(state_path("history.jsonl"), "a");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, size, f), size);
	fclose(f);
}

static const struct {
	struct attempt attempt;
	int code;
	const char *outcome;
	const char *error;
	const char *check;
} ends[] = {
	{ { .outcome = TDX_UPDATE_OUTCOME_UPDATED }, 0, "updated", NULL, NULL },
	{ { .outcome = TDX_UPDATE_OUTCOME_BUSY, .errnum = EBUSY, .busy_count = 1,
	    .busy_reason = TDX_UPDATE_BUSY_TD_BUILD }, 75, "busy", "EBUSY", NULL },
	{ { .outcome = TDX_UPDATE_OUTCOME_REFUSED, .errnum = ESTALE, .check = "svn" }, 65, "refused",
	  "ESTALE", "svn" },
	{ { .outcome = TDX_UPDATE_OUTCOME_FAILED, .errnum = EIO }, 74, "failed", "EIO", NULL },
	{ { .outcome = TDX_UPDATE_OUTCOME_ROLLED_BACK, .errnum = ECANCELED }, 74, "rolled-back",
	  "ECANCELED", NULL },
	{ { .outcome = TDX_UPDATE_OUTCOME_LOST, .errnum = ENOTRECOVERABLE }, 70, "lost",
	  "ENOTRECOVERABLE", NULL },
	{ { .upload = EBUSY }, 75, "busy", "EBUSY", NULL },
	{ { .update = ENOSPC }, 78, "refused", "ENOSPC", NULL },
};

START_TEST(one_line_for_an_attempt)
{
	json_t *a;

	apply(&ends[_i].attempt, 1, ends[_i].code);
	a = only_attempt();
	expect_keys(a, ATTEMPT_KEYS);
	ck_assert_str_eq(text(a, "outcome"), ends[_i].outcome);
	ck_assert_pstr_eq(text(a, "errno"), ends[_i].error);
	ck_assert_pstr_eq(text(a, "check"), ends[_i].check);
	ck_assert_int_eq(number(a, "uid"), getuid());
	ck_assert_str_eq(text(a, "boot"), BOOT);
	ck_assert_str_eq(text(json_object_get(a, "from"), "version"), "1.5.24");
	expect_keys(json_object_get(a, "from"), "version svn mrseam");
	expect_keys(json_object_get(a, "target"), "path version version_source svn seamhash");
	/* Nothing is left that would be completed. */
	ck_assert(!exists("begun.json"));
}
END_TEST

START_TEST(numbers_of_an_update)
{
	json_t *a;

	apply(&updated, 1, 0);
	a = only_attempt();
	ck_assert_int_eq(number(a, "time"), 1700000000);
	ck_assert_int_eq(number(a, "update_id"), 1);
	ck_assert_int_eq(number(a, "retries"), 1);
	ck_assert_int_eq(number(a, "stopped_ns"), 2000000);
	ck_assert_str_eq(text(json_object_get(a, "to"), "version"), "1.5.28");
}
END_TEST

START_TEST(time_that_was_waited)
{
	static const struct attempt waited = { .outcome = TDX_UPDATE_OUTCOME_UPDATED,
					       .waited_ms = 1234 };
	const struct tdxu_options as_text = { 0 };

	apply(&waited, 1, 0);
	ck_assert_ptr_nonnull(strstr(out, "Waited          1234 ms of it for what can pass, at most 5000 ms in each step\n"));
	ck_assert_int_eq(number(json_object_get(only_attempt(), "waited"), "limit_ms"), 5000);
	ck_assert_int_eq(number(json_object_get(only_attempt(), "waited"), "ms"), 1234);
	ck_assert_int_eq(run(tdxu_cmd_history, &as_text, false), 0);
	ck_assert_ptr_nonnull(strstr(out, ", waited 1234 ms, by uid "));
}
END_TEST

/* Those between are too many. */
START_TEST(first_and_last_attempt_of_a_run)
{
	const struct attempt three[] = { ends[1].attempt, ends[1].attempt, updated };

	options.retry_ms = 60000;
	apply(three, 3, 0);
	ck_assert_uint_eq(json_array_size(attempts()), 2);
	ck_assert_str_eq(text(json_array_get(at("attempts", NULL), 0), "outcome"), "busy");
	ck_assert_str_eq(text(json_array_get(at("attempts", NULL), 1), "outcome"), "updated");
}
END_TEST

START_TEST(a_run_that_gives_up)
{
	options.retry_ms = 60000;
	apply(&ends[1].attempt, 1, 75);
	ck_assert_uint_eq(json_array_size(attempts()), 2);
	ck_assert_int_eq(number(json_array_get(at("attempts", NULL), 0), "update_id"), 1);
	ck_assert_int_eq(number(json_array_get(at("attempts", NULL), 1), "update_id"),
			 fake.updates);
}
END_TEST

/* The last that was told is in the history: the next run has nothing to complete. */
START_TEST(a_run_that_is_interrupted)
{
	options.retry_ms = 60000;
	fake.interrupt_at = 7;
	apply(&ends[1].attempt, 1, 75);
	fake.interrupted = false;
	ck_assert_uint_eq(json_array_size(attempts()), 2);
	ck_assert_int_eq(number(json_array_get(at("attempts", NULL), 1), "update_id"), 7);
}
END_TEST

static void dry(void) { options.dry_run = true; }
static void no_driver(void) { fake.open_error = ENODEV; }
static void early_signal(void) { fake.interrupted = true; }

/* What never came to the driver is no attempt. */
static const struct {
	void (*prepare)(void);
	int code;
} nothings[] = { { dry, 0 }, { no_driver, 69 }, { early_signal, 75 } };

START_TEST(no_line_for_nothing)
{
	nothings[_i].prepare();
	apply(&updated, 1, nothings[_i].code);
	fake.open_error = 0;
	ck_assert(!exists("history.jsonl") && !exists("begun.json"));
	ck_assert_uint_eq(json_array_size(attempts()), 0);
}
END_TEST


static const struct {
	const char *data;
	size_t size;
} odd[] = {
#define ODD(text) { text, sizeof(text) - 1 }
	ODD("{\"time\":17,\"outco"),	  ODD("garbage\n"), ODD("\0\0\0\n"), ODD("[]\n"),
	ODD("{\"time\":\"x\",\"outcome\":1}\n"), ODD("\n"),
	ODD("{\"dropped\":{\"busy\":-1}}\n"), ODD("{\"dropped\":{\"busy\":\"many\"}}\n"),
	ODD("{\"dropped\":{\"busy\":9223372036854775807}}\n"),
};

START_TEST(what_cannot_be_read_is_told)
{
	apply(&updated, 1, 0);
	append_raw(odd[_i].data, odd[_i].size);
	apply(&updated, 1, 0);
	ck_assert_uint_eq(json_array_size(attempts()), 2);
	ck_assert_int_eq(json_integer_value(at("unreadable", NULL)), 1);
	options = (struct tdxu_options){ 0 };
	ck_assert_int_eq(run(tdxu_cmd_history, &options, false), 0);
	ck_assert_ptr_nonnull(strstr(err, "1 lines of "));
}
END_TEST

START_TEST(a_line_without_end)
{
	static char much[100000];

	memset(much, 'x', sizeof(much));
	apply(&updated, 1, 0);
	append_raw(much, sizeof(much));
	apply(&updated, 1, 0);
	ck_assert_uint_eq(json_array_size(attempts()), 2);
	ck_assert_int_eq(json_integer_value(at("unreadable", NULL)), 1);
}
END_TEST

/* Written whole or not at all: no room for half of it. */
START_TEST(no_room_for_a_line)
{
	struct rlimit before, limit;
	struct stat st;
	struct tdxu_error error;
	json_t *line;

	apply(&updated, 1, 0);
	line = json_deep_copy(only_attempt());
	ck_assert_int_eq(stat(state_path("history.jsonl"), &st), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)st.st_size + 40;
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(tdxu_history_append(fake_paths.state, line, &error), 1);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	json_decref(line);
	ck_assert_int_eq(error.errnum, ENOSPC);
	only_attempt();
	ck_assert_int_eq(json_integer_value(at("unreadable", NULL)), 0);
}
END_TEST

static json_int_t dropped(const char *outcome)
{
	return number(at("dropped", NULL), outcome);
}

/* The oldest go, busy ones first; their number stays. */
START_TEST(bounded)
{
	struct stat st;

	tdxu_history_bytes = 16384;
	apply(&updated, 1, 0);
	append_raw("garbage\n", 8);
	for (int i = 0; i < 100; i++)
		apply(&ends[1].attempt, 1, 75);
	apply(&ends[3].attempt, 1, 74);
	ck_assert_int_eq(stat(state_path("history.jsonl"), &st), 0);
	ck_assert_int_le(st.st_size, 16384);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_uint_eq(json_array_size(attempts()) + (size_t)dropped("busy"), 102);
	ck_assert_int_ge(dropped("busy"), 80);
	ck_assert_str_eq(text(json_array_get(at("attempts", NULL), 0), "outcome"), "updated");
	ck_assert_str_eq(text(json_array_get(at("attempts", NULL),
					     json_array_size(at("attempts", NULL)) - 1), "outcome"),
			 "failed");
	for (int i = 0; i < 100; i++)
		apply(&ends[3].attempt, 1, 74);
	ck_assert_uint_eq(json_array_size(attempts()) + (size_t)dropped("busy") +
			  (size_t)dropped("failed") + (size_t)dropped("updated"), 202);
	ck_assert_int_eq(json_integer_value(at("unreadable", NULL)) + dropped("unreadable"), 1);
	ck_assert_int_eq(dropped("updated"), 1);
}
END_TEST

static void expect_metric(const char *line)
{
	ck_assert_msg(strstr(out, line) != NULL, "no '%s' in:\n%s", line, out);
}

START_TEST(counted_for_ever)
{
	const struct tdxu_options metrics = { .metrics = "" };

	tdxu_history_bytes = 16384;
	for (int i = 0; i < 100; i++)
		apply(&ends[1].attempt, 1, 75);
	apply(&updated, 1, 0);
	put_boot("00000000-0000-0000-0000-000000000000");
	ck_assert_int_eq(run(tdxu_cmd_status, &metrics, false), 0);
	expect_metric("# TYPE tdx_update_attempts_total counter\n");
	expect_metric("tdx_update_attempts_total{outcome=\"busy\"} 100\n");
	expect_metric("tdx_update_attempts_total{outcome=\"updated\"} 1\n");
	expect_metric("tdx_update_attempts_total{outcome=\"lost\"} 0\n");
	expect_metric("tdx_update_attempts_total{outcome=\"unknown\"} 0\n");
	expect_metric("tdx_update_history_unreadable_lines 0\n");
}
END_TEST

START_TEST(numbers_that_do_not_add_up)
{
	static const char most[] = "{\"dropped\":{\"busy\":4503599627370496}}\n";

	apply(&updated, 1, 0);
	append_raw(most, sizeof(most) - 1);
	append_raw(most, sizeof(most) - 1);
	attempts();
	ck_assert_int_eq(dropped("busy"), 1LL << 52);
}
END_TEST

START_TEST(what_controls_a_terminal)
{
	static const char line[] =
		"{\"dropped\":{\"\\u001b]0;a\":1}}\n{\"time\":1,\"outcome\":\"\\u001b[2J\","
		"\"message\":\"\\u009b2J\",\"from\":{\"version\":\"\\n\"}}\n";

	apply(&updated, 1, 0);
	append_raw(line, sizeof(line) - 1);
	options = (struct tdxu_options){ 0 };
	ck_assert_int_eq(run(tdxu_cmd_history, &options, false), 0);
	ck_assert_ptr_nonnull(strstr(out, "1 ?]0;a\n"));
	ck_assert_ptr_nonnull(strstr(out, "  ?[2J         ? -> ?\n"));
	ck_assert_ptr_nonnull(strstr(out, " ??2J\n"));
}
END_TEST

START_TEST(as_text)
{
	const struct attempt two[] = { ends[2].attempt, updated };

	apply(&two[0], 1, 65);
	apply(&two[1], 1, 0);
	options = (struct tdxu_options){ 0 };
	ck_assert_int_eq(run(tdxu_cmd_history, &options, false), 0);
	ck_assert_ptr_nonnull(strstr(out, "  updated      1.5.24 -> 1.5.28, stopped for 2.000 ms, 1 retry, by uid "));
	ck_assert_ptr_nonnull(strstr(out, "  refused      1.5.24 -> ?"));
	ck_assert_str_eq(err, "");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("history");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, one_line_for_an_attempt, 0, ARRAY_SIZE(ends));
	tcase_add_test(tc, numbers_of_an_update);
	tcase_add_test(tc, time_that_was_waited);
	tcase_add_test(tc, first_and_last_attempt_of_a_run);
	tcase_add_test(tc, a_run_that_gives_up);
	tcase_add_test(tc, a_run_that_is_interrupted);
	tcase_add_loop_test(tc, no_line_for_nothing, 0, ARRAY_SIZE(nothings));
	tcase_add_loop_test(tc, what_cannot_be_read_is_told, 0, ARRAY_SIZE(odd));
	tcase_add_test(tc, a_line_without_end);
	tcase_add_test(tc, no_room_for_a_line);
	tcase_add_test(tc, bounded);
	tcase_add_test(tc, counted_for_ever);
	tcase_add_test(tc, as_text);
	tcase_add_test(tc, numbers_that_do_not_add_up);
	tcase_add_test(tc, what_controls_a_terminal);
	return run_suite("cli history", tc);
}
