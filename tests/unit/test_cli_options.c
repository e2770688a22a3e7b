// SPDX-License-Identifier: GPL-2.0-or-later
#include <check.h>
#include <stdlib.h>

#include "options.h"

enum {
	STATUS = TDXU_OPT_JSON,
	APPLY = TDXU_OPT_JSON | TDXU_OPT_QUIET | TDXU_OPT_SIGSTRUCT | TDXU_OPT_FALLBACK |
		TDXU_OPT_RETRY_FOR | TDXU_OPT_DRY_RUN,
	MAX_ARGS = 8,
};

static enum tdxu_exit parse(u32 takes, bool image, const char *const *args,
			    struct tdxu_options *options, struct tdxu_error *error)
{
	int argc = 0;

	while (argc < MAX_ARGS && args[argc])
		argc++;
	return tdxu_options_parse("apply", takes, image, argc, (char **)args, options, error);
}

START_TEST(takes_all)
{
	static const char *const args[] = { "--json", "--quiet", "--dry-run", "--retry-for=30m",
					    "--sigstruct", "a", "--fallback=b", "c" };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse(APPLY, true, args, &o, &error), 0);
	ck_assert(o.json && o.quiet && o.dry_run && !o.help);
	ck_assert_uint_eq(o.retry_ms, 1800000);
	ck_assert_str_eq(o.sigstruct, "a");
	ck_assert_str_eq(o.fallback, "b");
	ck_assert_str_eq(o.image, "c");
}
END_TEST

START_TEST(two_dashes_end_options)
{
	static const char *const args[] = { "--quiet", "--", "--json", NULL };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse(APPLY, true, args, &o, &error), 0);
	ck_assert_str_eq(o.image, "--json");
	ck_assert(!o.json && o.quiet);
}
END_TEST

START_TEST(help_needs_no_image)
{
	static const char *const args[] = { "-h", NULL };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse(APPLY, true, args, &o, &error), 0);
	ck_assert(o.help);
}
END_TEST

static const struct {
	u32 takes;
	bool image;
	const char *args[MAX_ARGS];
	const char *why; /* part of it */
	bool json;
} misuses[] = {
	{ STATUS, false, { "--quiet" }, "'--quiet'", false },
	{ STATUS, false, { "x" }, "'x'", false },
	{ STATUS, false, { "--json=yes" }, "--json takes no value", false },
	{ STATUS, false, { "--js" }, "'--js'", false },
	{ STATUS, false, { "-x", "--json" }, "'-x'", true },
	{ APPLY, true, { NULL }, "path of an image", false },
	{ APPLY, true, { "" }, "empty", false },
	{ APPLY, true, { "a", "b" }, "'b'", false },
	{ APPLY, true, { "a", "--retry-for" }, "--retry-for needs a value", false },
	{ APPLY, true, { "a", "--retry-for", "soon" }, "'soon' is not a duration", false },
	{ APPLY, true, { "a", "--retry-for=" }, "empty", false },
	{ APPLY, true, { "a", "--fallback", "" }, "empty", false },
	{ APPLY, true, { "a", "--nonsense=1", "--json" }, "'--nonsense=1'", true },
};

START_TEST(says_what_is_wrong)
{
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse(misuses[_i].takes, misuses[_i].image, misuses[_i].args, &o, &error),
			 TDXU_EXIT_USAGE);
	ck_assert_int_eq(error.code, TDXU_EXIT_USAGE);
	ck_assert_msg(strstr(error.why, misuses[_i].why) != NULL, "%s", error.why);
	ck_assert_str_eq(error.fix, "see `tdxupd help apply`");
	ck_assert_int_eq(o.json, misuses[_i].json);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cli options");
	TCase *tc = tcase_create("options");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, takes_all);
	tcase_add_test(tc, two_dashes_end_options);
	tcase_add_test(tc, help_needs_no_image);
	tcase_add_loop_test(tc, says_what_is_wrong, 0, ARRAY_SIZE(misuses));
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
