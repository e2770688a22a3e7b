// SPDX-License-Identifier: GPL-2.0-or-later
/* Every error is one line, "tdxupd: WHAT: WHY; WHAT TO DO", and says something. */
#define _GNU_SOURCE /* fopencookie() */
#include <ctype.h>
#include <errno.h>

#include "error.h"
#include "runner.h"

static struct tdxu_error error;

static const char *line_of(const struct tdxu_error *e)
{
	static char line[4096];
	FILE *f = fmemopen(line, sizeof(line), "w");

	ck_assert_ptr_nonnull(f);
	tdxu_error_print(f, e);
	fclose(f);
	return line;
}

/* Are there two words at least, that is, ends of lower-case words? */
static bool wordy(const char *from, const char *to)
{
	int words = 0;

	for (const char *p = from; p < to; p++)
		if (islower((unsigned char)p[0]) && !isalpha((unsigned char)p[1]))
			words++;
	return words >= 2;
}

/* Two words at least on each side of the semicolon: no "failed", no bare errno. */
static void expect_sentence(const char *line)
{
	const char *prefix = "tdxupd: apply x: ";
	const char *why = line + strlen(prefix);
	const char *semicolon = strstr(line, "; ");
	const char *end = strchr(line, '\n');

	ck_assert_msg(!strncmp(line, prefix, strlen(prefix)), "%s", line);
	ck_assert_msg(semicolon && end && !end[1], "%s", line);
	ck_assert_msg(wordy(why, semicolon), "%s", line);
	ck_assert_msg(wordy(semicolon + 2, end), "%s", line);
	ck_assert_msg(!isdigit((unsigned char)*why) && *why != 'E', "%s", line);
}

START_TEST(of_every_errno)
{
	struct tdxu_fault fault = { .errnum = _i };
	enum tdxu_exit code = tdxu_error_from_fault(&error, "apply x", &fault);

	expect_sentence(line_of(&error));
	ck_assert_int_eq(error.code, code);
	ck_assert_int_ne(code, TDXU_EXIT_OK);
	ck_assert_int_eq(error.errnum, _i);
}
END_TEST

START_TEST(of_every_outcome)
{
	struct tdxu_result result = { .present = true, .outcome = (u32)_i };

	ck_assert_int_ne(tdxu_error_from_result(&error, "apply x", &result), TDXU_EXIT_OK);
	expect_sentence(line_of(&error));
}
END_TEST

static const struct {
	const char *message, *why, *fix;
} messages[] = {
	{ "2 TDs are being built; try again when the build is over", "2 TDs are being built",
	  "try again when the build is over" },
	{ "CPU 3 is offline", "CPU 3 is offline", NULL },
	{ "a; b; c", "a", "b; c" },
	{ "100%s; 100%n", "100%s", "100%n" },
};

START_TEST(keeps_the_drivers_words)
{
	struct tdxu_result result = { .present = true, .outcome = TDX_UPDATE_OUTCOME_BUSY };

	snprintf(result.message, sizeof(result.message), "%s", messages[_i].message);
	ck_assert_int_eq(tdxu_error_from_result(&error, "apply x", &result), TDXU_EXIT_BUSY);
	ck_assert_str_eq(error.why, messages[_i].why);
	if (messages[_i].fix)
		ck_assert_str_eq(error.fix, messages[_i].fix);
	else
		ck_assert_str_ne(error.fix, "");
}
END_TEST

START_TEST(of_a_fault_with_words)
{
	struct tdxu_fault fault = { EPERM, "the upload belongs to another client", false };

	ck_assert_int_eq(tdxu_error_from_fault(&error, "apply x", &fault), TDXU_EXIT_PERMISSION);
	ck_assert_str_eq(error.why, fault.message);
	ck_assert_ptr_nonnull(strstr(error.fix, "root"));
}
END_TEST

START_TEST(of_a_check)
{
	struct tdxu_check check = { "gate", TDX_UPDATE_VERDICT_FAIL, EPERM,
				    "module 1.5.16 is too old; move to 1.5.24 by a reboot" };

	ck_assert_int_eq(tdxu_error_from_check(&error, "apply x", &check), TDXU_EXIT_HOST);
	ck_assert_str_eq(error.check, "gate");
	ck_assert_str_eq(line_of(&error),
			 "tdxupd: apply x: module 1.5.16 is too old; move to 1.5.24 by a reboot\n");
}
END_TEST

START_TEST(stays_one_line)
{
	tdxu_error_set(&error, TDXU_EXIT_IMAGE, "a\nb\033[31m", "c\td", "%s", "e\rf");
	ck_assert_str_eq(line_of(&error), "tdxupd: a?b?[31m: e?f; c?d\n");
}
END_TEST

static ssize_t count_write(void *writes, const char *bytes, size_t size)
{
	(void)bytes;
	++*(int *)writes;
	return size;
}

/* stderr is not buffered: in a log that others write to, too, a line stays a line. */
START_TEST(is_written_at_once)
{
	static const cookie_io_functions_t counting = { .write = count_write };
	int writes = 0;
	FILE *f = fopencookie(&writes, "w", counting);

	ck_assert_ptr_nonnull(f);
	setvbuf(f, NULL, _IONBF, 0);
	tdxu_error_set(&error, TDXU_EXIT_IMAGE, "a", "b", "c\n%s", "\303\251");
	tdxu_error_print(f, &error);
	fclose(f);
	ck_assert_int_eq(writes, 1);
}
END_TEST

START_TEST(of_long_words)
{
	struct tdxu_result result = { .present = true, .outcome = TDX_UPDATE_OUTCOME_FAILED };

	memset(result.message, 'x', sizeof(result.message) - 1);
	ck_assert_int_eq(tdxu_error_from_result(&error, "apply x", &result), TDXU_EXIT_FAILED);
	ck_assert_uint_eq(strlen(error.why), sizeof(result.message) - 1);
	ck_assert_str_ne(error.fix, "");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("error");

	tcase_add_loop_test(tc, of_every_errno, 1, 140);
	tcase_add_loop_test(tc, of_every_outcome, TDX_UPDATE_OUTCOME_BUSY,
			    TDX_UPDATE_OUTCOME_LOST + 2);
	tcase_add_loop_test(tc, keeps_the_drivers_words, 0, ARRAY_SIZE(messages));
	tcase_add_test(tc, of_a_fault_with_words);
	tcase_add_test(tc, of_a_check);
	tcase_add_test(tc, stays_one_line);
	tcase_add_test(tc, is_written_at_once);
	tcase_add_test(tc, of_long_words);
	return run_suite("cli errors", tc);
}
