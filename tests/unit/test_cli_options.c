// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/abi.h"
#include "options.h"
#include "runner.h"

enum {
	STATUS = TDXU_OPT_JSON | TDXU_OPT_WATCH | TDXU_OPT_PROMETHEUS,
	LIST = TDXU_OPT_JSON,
	PACK = TDXU_OPT_FORMAT | TDXU_OPT_OUTPUT,
	APPLY = TDXU_OPT_JSON | TDXU_OPT_QUIET | TDXU_OPT_SIGSTRUCT | TDXU_OPT_FALLBACK |
		TDXU_OPT_RETRY_FOR | TDXU_OPT_DRY_RUN | TDXU_OPT_NEWEST | TDXU_OPT_NO_FALLBACK |
		TDXU_OPT_AT_OWN_RISK,
	MAX_ARGS = 8,
};

static enum tdxu_exit parse(u32 takes, enum tdxu_operand operand, const char *const *args,
			    struct tdxu_options *options, struct tdxu_error *error)
{
	int argc = 0;

	while (argc < MAX_ARGS && args[argc])
		argc++;
	return tdxu_options_parse("apply", takes, operand, argc, (char **)args, options, error);
}

START_TEST(takes_all)
{
	static const char *const args[] = { "--json", "--quiet", "--dry-run", "--retry-for=30m",
					    "--sigstruct", "a", "--fallback=b", "c" };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse(APPLY, TDXU_OPERAND_IMAGE, args, &o, &error), 0);
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

	ck_assert_int_eq(parse(APPLY, TDXU_OPERAND_IMAGE, args, &o, &error), 0);
	ck_assert_str_eq(o.newest, "dir");
	ck_assert(o.no_fallback && o.at_own_risk && !o.image);
}
END_TEST

START_TEST(formats)
{
	static const char *const args[] = { "a", "--format=v1", "--output", "b", NULL };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse(PACK, TDXU_OPERAND_IMAGE, args, &o, &error), 0);
	ck_assert_uint_eq(o.format, TDXU_IMAGE_VERSION_1);
	ck_assert_str_eq(o.output, "b");
}
END_TEST

START_TEST(two_dashes_end_options)
{
	static const char *const args[] = { "--quiet", "--", "--json", NULL };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse(APPLY, TDXU_OPERAND_IMAGE, args, &o, &error), 0);
	ck_assert_str_eq(o.image, "--json");
	ck_assert(!o.json && o.quiet);
}
END_TEST

START_TEST(help_needs_no_image)
{
	static const char *const args[] = { "-h", NULL };
	struct tdxu_options o;
	struct tdxu_error error;

	ck_assert_int_eq(parse(APPLY, TDXU_OPERAND_IMAGE, args, &o, &error), 0);
	ck_assert(o.help);
}
END_TEST

static const struct {
	u32 takes;
	enum tdxu_operand operand;
	const char *args[MAX_ARGS];
	const char *why; /* part of it */
	bool json;
} misuses[] = {
	{ LIST, TDXU_OPERAND_DIRECTORY, { NULL }, "path of a directory", false },
	{ LIST, TDXU_OPERAND_DIRECTORY, { "" }, "is empty", false },
	{ PACK, TDXU_OPERAND_IMAGE, { "a", "--format", "v3" }, "'v3' is no format", false },
	{ STATUS, TDXU_OPERAND_NONE, { "--watch", "--json" }, "only one of", true },
	{ STATUS, TDXU_OPERAND_NONE, { "--watch", "--prometheus" }, "only one of", false },
	{ APPLY, TDXU_OPERAND_IMAGE, { "a", "--newest", "b" }, "no use for 'a'", false },
	{ APPLY, TDXU_OPERAND_IMAGE, { "--newest", "b", "--sigstruct=c" }, "for --sigstruct",
	  false },
	{ APPLY, TDXU_OPERAND_IMAGE, { "a", "--fallback=b", "--no-fallback" }, "contradict",
	  false },
	{ STATUS, TDXU_OPERAND_NONE, { "--quiet" }, "'--quiet'", false },
	{ STATUS, TDXU_OPERAND_NONE, { "x" }, "'x'", false },
	{ STATUS, TDXU_OPERAND_NONE, { "--json=yes" }, "--json takes no value", false },
	{ STATUS, TDXU_OPERAND_NONE, { "--js" }, "'--js'", false },
	{ STATUS, TDXU_OPERAND_NONE, { "-x", "--json" }, "'-x'", true },
	{ APPLY, TDXU_OPERAND_IMAGE, { NULL }, "path of an image", false },
	{ APPLY, TDXU_OPERAND_IMAGE, { "" }, "empty", false },
	{ APPLY, TDXU_OPERAND_IMAGE, { "a", "b" }, "'b'", false },
	{ APPLY, TDXU_OPERAND_IMAGE, { "a", "--retry-for" }, "--retry-for needs a value", false },
	{ APPLY, TDXU_OPERAND_IMAGE, { "a", "--retry-for", "soon" }, "'soon' is not a duration", false },
	{ APPLY, TDXU_OPERAND_IMAGE, { "a", "--retry-for=" }, "empty", false },
	{ APPLY, TDXU_OPERAND_IMAGE, { "a", "--fallback", "" }, "empty", false },
	{ APPLY, TDXU_OPERAND_IMAGE, { "a", "--nonsense=1", "--json" }, "'--nonsense=1'", true },
};

START_TEST(says_what_is_wrong)
{
	struct tdxu_options o;
	struct tdxu_error error;
	enum tdxu_exit code =
		parse(misuses[_i].takes, misuses[_i].operand, misuses[_i].args, &o, &error);

	ck_assert_int_eq(code, TDXU_EXIT_USAGE);
	ck_assert_int_eq(error.code, TDXU_EXIT_USAGE);
	ck_assert_msg(strstr(error.why, misuses[_i].why) != NULL, "%s", error.why);
	ck_assert_str_eq(error.fix, "see `tdxupd help apply`");
	ck_assert_int_eq(o.json, misuses[_i].json);
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
	tcase_add_loop_test(tc, says_what_is_wrong, 0, ARRAY_SIZE(misuses));
	return run_suite("cli options", tc);
}
