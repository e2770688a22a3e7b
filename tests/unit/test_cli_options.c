// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "core/abi.h"
#include "runner.h"

enum { MAX_ARGS = 8 };

static enum tdxu_exit parse(const char *command, const char *const *args,
			    struct tdxu_options *options, struct tdxu_error *error)
{
	int argc = 0;

	while (argc < MAX_ARGS && args[argc])
		argc++;
	return tdxu_options_parse(tdxu_command_find(command), argc, (char **)args, options, error);
}

START_TEST(takes_all)
{
	static const char *const args[] = { "--json", "--quiet", "--dry-run", "--retry-for=30m",
					    "--sigstruct", "a", "--fallback=b", "c" };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse("apply", args, &o, &error), 0);
	ck_assert(o.json && o.quiet && o.dry_run && !o.help);
	ck_assert_uint_eq(o.retry_ms, 1800000);
	ck_assert_str_eq(o.sigstruct, "a");
	ck_assert_str_eq(o.fallback, "b");
	ck_assert_str_eq(o.image, "c");
}
END_TEST

START_TEST(newest_needs_no_image)
{
	static const char *const args[] = { "--newest", "dir", "--no-fallback", "--at-own-risk",
					    NULL };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse("apply", args, &o, &error), 0);
	ck_assert_str_eq(o.newest, "dir");
	ck_assert(o.no_fallback && o.at_own_risk && !o.image);
}
END_TEST

START_TEST(formats)
{
	static const char *const args[] = { "a", "--format=v1", "--output", "b", NULL };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse("pack", args, &o, &error), 0);
	ck_assert_uint_eq(o.format, TDXU_IMAGE_VERSION_1);
	ck_assert_str_eq(o.output, "b");
}
END_TEST

START_TEST(two_dashes_end_options)
{
	static const char *const args[] = { "--quiet", "--", "--json", NULL };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse("apply", args, &o, &error), 0);
	ck_assert_str_eq(o.image, "--json");
	ck_assert(!o.json && o.quiet);
}
END_TEST

START_TEST(help_needs_no_image)
{
	static const char *const args[] = { "-h", NULL };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse("apply", args, &o, &error), 0);
	ck_assert(o.help);
}
END_TEST

/* What is said of them is in test_cli_messages. */
START_TEST(errors_come_as_json_too)
{
	static const char *const args[][MAX_ARGS] = { { "-x", "--json" }, { "--json", "a", "b" },
						      { "-x", "--", "--json" } };
	struct tdxu_error error;
	struct tdxu_options o;

	ck_assert_int_eq(parse("apply", args[_i], &o, &error), TDXU_EXIT_USAGE);
	ck_assert_int_eq(error.code, TDXU_EXIT_USAGE);
	ck_assert_int_eq(o.json, _i < 2);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("options");

	tcase_add_test(tc, takes_all);
	tcase_add_test(tc, newest_needs_no_image);
	tcase_add_test(tc, formats);
	tcase_add_test(tc, two_dashes_end_options);
	tcase_add_test(tc, help_needs_no_image);
	tcase_add_loop_test(tc, errors_come_as_json_too, 0, 3);
	return run_suite("cli options", tc);
}
