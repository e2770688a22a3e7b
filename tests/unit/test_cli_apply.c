// SPDX-License-Identifier: GPL-2.0-or-later
/* `tdxupd apply` against a driver that answers as the test wants. */
#include "cli_apply.h"

#define RESULT_KEYS "update_id outcome changed message phase check errno busy seamcall from to " \
		    "timeline waited metadata_changes finished"
#define MODULE_KEYS "version version_sure internal build build_date features0 td_preserving race_protection " \
		    "handoff svn mrseam"

/* What a path that is too long begins with may be another image. */
START_TEST(too_long_a_path_is_not_cut)
{
	char path[PATH_MAX + 64], *end;

	snprintf(path, sizeof(path), "%s", options.image);
	end = strrchr(path, '/');
	memset(end, '/', sizeof(path) - (size_t)(end - path));
	snprintf(path + PATH_MAX - sizeof("/new.blob"), 64, "/new.blob.of-another-day");
	options.image = path;
	ck_assert_int_eq(apply_json(&options), 65);
	ck_assert_msg(said("(File name too long)"), "%s", out);
	ck_assert_int_eq(fake.updates, 0);
}
END_TEST

/* By any other signer: the driver is asked first, and then it is not uploaded. */
START_TEST(foreign_keys_are_refused)
{
	foreign = true;
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	(_i ? &options.fallback : &options.image)[0] =
		put_file("foreign.blob", &blob, sizeof(blob));
	ck_assert_int_eq(apply(), 65);
	ck_assert(said("foreign.blob: P-SEAMLDR would refuse it: its key is not Intel's production key"));
	ck_assert_int_eq(fake.opened, 1);
	ck_assert_uint_eq(fake.uploaded_bytes[TDX_UPDATE_SLOT_TARGET], 0);
	ck_assert_int_eq(fake.updates, 0);
}
END_TEST

START_TEST(updates)
{
	ck_assert_int_eq(apply(), 0);
	ck_assert_int_eq(fake.updates, 1);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_TARGET], &blob, sizeof(blob));
	ck_assert(said("1.5.24 -> 1.5.28"));
	ck_assert(said("shutdown        2.000 ms"));
	ck_assert(said("Image           unknown, "));
	ck_assert(said("signed by the key of signer= or TDXUPD_SIGNER"));
	ck_assert(said("Fallback        none\n"));
	ck_assert_ptr_null(strpbrk(out, "\033\r|"));
	ck_assert_str_eq(err, "");
}
END_TEST

START_TEST(updates_with_fallback)
{
	struct blob old;

	make_blob(&old, TDXU_IMAGE_VERSION_1);
	options.fallback = put_file("old.blob", &old, sizeof(old));
	options.image = put_file("tdx_module_1.5.28.blob", &blob, sizeof(blob));
	ck_assert_int_eq(apply(), 0);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_TARGET], &blob, sizeof(blob));
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_FALLBACK], &old, sizeof(old));
	ck_assert(said("Image           1.5.28 (file name, unverified), "));
	ck_assert(said("Fallback        unknown, "));
}
END_TEST

START_TEST(json_of_an_update)
{
	json_t *result;

	ck_assert_int_eq(apply_json(&options), 0);
	ck_assert(json_is_true(at("changed", NULL)));
	ck_assert(json_is_null(at("fallback", NULL)));
	ck_assert_int_eq(json_integer_value(at("attempts", NULL)), 1);
	result = at("result", NULL);
	expect_keys(result, RESULT_KEYS);
	expect_keys(json_object_get(result, "from"), MODULE_KEYS);
	expect_keys(json_object_get(result, "to"), MODULE_KEYS);
	ck_assert_str_eq(json_string_value(at("result", "outcome")), "updated");
	expect_keys(json_array_get(at("result", "timeline"), 0), "phase start_ns end_ns retries");
	expect_keys(at("image", NULL), "path version version_source format bytes "
				       "module_pages date debug_signed svn handoff "
				       "seamhash cpu_models verdicts");
}
END_TEST

START_TEST(already_running_is_success)
{
	static const struct attempt same = { .outcome = TDX_UPDATE_OUTCOME_UPDATED, .same = true };

	answers(&same, 1);
	ck_assert_int_eq(apply(), 0);
	ck_assert(said("nothing to do"));
	ck_assert_int_eq(apply_json(&options), 0);
	ck_assert(json_is_false(at("changed", NULL)));
	ck_assert(json_is_false(at("result", "changed")));
}
END_TEST

START_TEST(busy_without_retry)
{
	answers(&busy, 1);
	ck_assert_int_eq(apply(), 75);
	ck_assert_int_eq(fake.updates, 1);
	ck_assert_str_eq(err + strcspn(err, ":") + 1 + strlen(" apply ") + strlen(options.image),
			 ": 2 TDs are being built; try again when the build is over\n");
}
END_TEST

static const struct attempt others[] = { { .upload = EBUSY }, { .update = EALREADY },
					 { .update = EBUSY } };

START_TEST(somebody_elses_update_is_busy_too)
{
	const struct attempt two[] = { others[_i], updated };

	answers(two, 2);
	options.retry_ms = 60000;
	ck_assert_int_eq(apply(), 0);
	ck_assert_int_eq(fake.drops, 0);
	ck_assert_int_eq(fake.uploads, 1);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_TARGET], &blob, sizeof(blob));
	fake.at = 0;
	options.retry_ms = 0;
	ck_assert_int_eq(apply(), 75);
}
END_TEST

static const struct {
	struct attempt attempt;
	int code;
	const char *kind;
} ends[] = {
	{ { .outcome = TDX_UPDATE_OUTCOME_REFUSED, .errnum = EPERM, .check = "gate" }, 78, "host" },
	{ { .outcome = TDX_UPDATE_OUTCOME_REFUSED, .errnum = EBADMSG, .check = "hash" }, 65,
	  "image" },
	{ { .outcome = TDX_UPDATE_OUTCOME_FAILED, .errnum = EIO }, 74, "failed" },
	{ { .outcome = TDX_UPDATE_OUTCOME_ROLLED_BACK, .errnum = ECANCELED }, 74, "failed" },
	{ { .outcome = TDX_UPDATE_OUTCOME_LOST, .errnum = ENOTRECOVERABLE }, 70, "lost" },
	{ { .upload = EPERM }, 77, "permission" },
	{ { .update = ENOTRECOVERABLE }, 70, "lost" },
	{ { .wait = EPROTONOSUPPORT }, 71, "begun" },
	{ { .wait = EBUSY }, 71, "begun" },
	{ { .wait = ENODEV }, 71, "begun" },
	{ { .update = ECOMM }, 1, "unforeseen" },
	{ { .update = ECOMM, .unsure = true }, 71, "begun" },
	{ { .update = EPROTONOSUPPORT, .unsure = true }, 71, "begun" },
};

START_TEST(ends_otherwise)
{
	answers(&ends[_i].attempt, 1);
	options.retry_ms = 60000;
	ck_assert_int_eq(apply_json(&options), ends[_i].code);
	ck_assert_str_eq(json_string_value(at("error", "kind")), ends[_i].kind);
	ck_assert_uint_eq(fake.now_ms, 0);
	ck_assert_int_eq(json_integer_value(at("attempts", NULL)), 1);
}
END_TEST

START_TEST(loss_is_loud)
{
	answers(&ends[4].attempt, 1);
	options.quiet = true;
	ck_assert_int_eq(apply(), 70);
	ck_assert_ptr_nonnull(strstr(err, "reboot the host"));
}
END_TEST

START_TEST(without_driver)
{
	fake.open_error = ENODEV;
	ck_assert_int_eq(apply_json(&options), 69);
	ck_assert_ptr_nonnull(strstr(json_string_value(at("error", "fix")), "modprobe tdx_update"));
	ck_assert(json_is_null(at("result", NULL)));
	ck_assert(json_is_object(at("image", NULL)));
}
END_TEST

START_TEST(bad_image_never_reaches_the_driver)
{
	blob.module[77] ^= 1;
	seal(&blob);
	put_file("new.blob", &blob, sizeof(blob));
	ck_assert_int_eq(apply_json(&options), 65);
	ck_assert_int_eq(fake.opened, 0);
	ck_assert_str_eq(json_string_value(at("error", "check")), "hash");
}
END_TEST

/* Whatever is cut off in what is printed. */
START_TEST(an_image_at_a_long_path)
{
	static char path[4000];
	int n = snprintf(path, sizeof(path), "%s", directory);

	while (n < 3900)
		n += snprintf(path + n, sizeof(path) - (size_t)n, "/.");
	snprintf(path + n, sizeof(path) - (size_t)n, "/new.blob");
	options.image = path;
	ck_assert_int_eq(apply(), 0);
	ck_assert_int_eq(fake.updates, 1);
}
END_TEST

START_TEST(missing_image_as_json)
{
	options.image = "/nonexistent/\xff.blob";
	ck_assert_int_eq(apply_json(&options), 65);
	ck_assert_str_eq(json_string_value(at("error", "what")), "/nonexistent/?.blob");
	ck_assert(json_is_null(at("image", NULL)));
}
END_TEST

START_TEST(interrupted_while_waiting)
{
	answers(&busy, 1);
	options.retry_ms = 60000;
	fake.interrupt_at = 3;
	options.quiet = true;
	ck_assert_int_eq(apply(), 75);
	ck_assert_int_eq(fake.updates, 3);
	ck_assert(said("interrupted, nothing has changed"));
}
END_TEST

START_TEST(interrupted_before_the_update)
{
	fake.interrupted = true;
	ck_assert_int_eq(apply_json(&options), 75);
	ck_assert_int_eq(fake.updates, 0);
	ck_assert(json_is_true(at("interrupted", NULL)) && json_is_null(at("update_id", NULL)));
}
END_TEST

/* The first signal: the update ends as it would have without it, and that is told and kept. */
static const struct {
	struct attempt attempt;
	int code;
} interruptions[] = {
	{ { .wait = EINTR, .outcome = TDX_UPDATE_OUTCOME_UPDATED }, 0 },
	{ { .wait = EINTR, .outcome = TDX_UPDATE_OUTCOME_BUSY, .errnum = EBUSY }, 75 },
	{ { .wait = EINTR, .outcome = TDX_UPDATE_OUTCOME_ROLLED_BACK, .errnum = ECANCELED }, 74 },
	{ { .wait = EINTR, .outcome = TDX_UPDATE_OUTCOME_LOST, .errnum = ENOTRECOVERABLE }, 70 },
	{ { .wait = EINTR, .second_wait = EINTR }, 71 },
	{ { .wait = EINTR, .second_wait = ETIMEDOUT }, 71 },
};

START_TEST(interrupted_while_updating)
{
	int code = interruptions[_i].code;

	answers(&interruptions[_i].attempt, 1);
	options.retry_ms = 60000;
	ck_assert_int_eq(apply_json(&options), code);
	ck_assert_int_eq(fake.updates, (int)json_integer_value(at("update_id", NULL)));
	ck_assert(json_is_true(at("interrupted", NULL)));
	ck_assert_int_eq(json_is_null(at("result", NULL)), code == 71);
	ck_assert_int_eq(json_is_true(at("kept", NULL)), !code);
}
END_TEST

START_TEST(says_that_it_waits)
{
	answers(&interruptions[0].attempt, 1);
	ck_assert_int_eq(run(tdxu_cmd_apply, &options, _i), 0);
	ck_assert(said("update #1 cannot be stopped; its result is waited for, another signal ends that\n"));
	ck_assert(said("1.5.24 -> 1.5.28"));
}
END_TEST

START_TEST(quiet_is_quiet)
{
	const struct attempt two[] = { busy, updated };

	options.quiet = true;
	options.retry_ms = 60000;
	answers(two, 2);
	ck_assert_int_eq(apply(), 0);
	ck_assert_uint_eq(out_size + err_size, 0);
	answers(&busy, 1);
	ck_assert_int_eq(apply(), 75);
	ck_assert_uint_eq(out_size + err_size, 0);
}
END_TEST

START_TEST(dry_run_only_checks)
{
	fake.checks = (struct tdxu_checks){ .nr = 2, .check = {
		{ "gate", TDX_UPDATE_VERDICT_PASS, 0, "1.5.24 will do" },
		{ "memory", TDX_UPDATE_VERDICT_UNKNOWN, 0, "cannot be read here" },
	} };
	options.dry_run = true;
	ck_assert_int_eq(apply(), 0);
	ck_assert_int_eq(fake.updates, 0);
	ck_assert(said("cannot be read here"));
}
END_TEST

/* Of a newer driver: what is not known is neither a pass nor passed over. */
START_TEST(dry_run_of_what_is_not_known)
{
	fake.checks = (struct tdxu_checks){ .nr = 1, .check = {
		{ "weather", TDX_UPDATE_VERDICT_UNKNOWN + 1, EBADMSG, "it rains; wait" },
	} };
	options.dry_run = true;
	ck_assert_int_eq(apply_json(&options), 65);
	ck_assert_str_eq(json_string_value(at("error", "check")), "weather");
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(at("checks", NULL), 0),
							   "verdict")), "unknown-3");
	fake.checks.check[0].verdict = TDX_UPDATE_VERDICT_PASS;
	strcpy(fake.checks.beyond, "check 5");
	ck_assert_int_eq(apply(), 0);
	ck_assert(said("check 5: the driver tells more of its checks than this tdxupd knows"));
}
END_TEST

START_TEST(dry_run_tells_what_would_refuse)
{
	fake.checks = (struct tdxu_checks){ .nr = 2, .check = {
		{ "cpus-online", TDX_UPDATE_VERDICT_FAIL, EHOSTDOWN, "CPU 3 is offline; wake it" },
		{ "hash", TDX_UPDATE_VERDICT_FAIL, EBADMSG, "it is damaged; get it again" },
	} };
	options.dry_run = true;
	ck_assert_int_eq(apply_json(&options), 78);
	ck_assert_str_eq(json_string_value(at("error", "check")), "cpus-online");
	ck_assert(json_is_false(at("would_change", NULL)));
	ck_assert_uint_eq(json_array_size(at("checks", NULL)), 2);
	expect_keys(json_array_get(at("checks", NULL), 1), "name verdict errno message");
}
END_TEST

START_TEST(terminal_has_one_live_line)
{
	const struct attempt two[] = { busy, updated };

	answers(two, 2);
	options.retry_ms = 60000;
	ck_assert_int_eq(run(tdxu_cmd_apply, &options, true), 0);
	ck_assert(said("\r\033[Kattempt 1: busy, next try in 1s, giving up in 1m: 2 TDs"));
	ck_assert(said("|########################################|"));
}
END_TEST

static void add_ends(TCase *tc)
{
	tcase_add_loop_test(tc, somebody_elses_update_is_busy_too, 0, ARRAY_SIZE(others));
	tcase_add_loop_test(tc, ends_otherwise, 0, ARRAY_SIZE(ends));
	tcase_add_test(tc, too_long_a_path_is_not_cut);
	tcase_add_test(tc, loss_is_loud);
	tcase_add_test(tc, without_driver);
	tcase_add_test(tc, bad_image_never_reaches_the_driver);
	tcase_add_test(tc, an_image_at_a_long_path);
	tcase_add_test(tc, missing_image_as_json);
	tcase_add_test(tc, interrupted_while_waiting);
	tcase_add_test(tc, interrupted_before_the_update);
	tcase_add_loop_test(tc, interrupted_while_updating, 0, ARRAY_SIZE(interruptions));
	tcase_add_loop_test(tc, says_that_it_waits, 0, 2);
}

int main(void)
{
	TCase *tc = tcase_create("apply");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, foreign_keys_are_refused, 0, 2);
	tcase_add_test(tc, updates);
	tcase_add_test(tc, updates_with_fallback);
	tcase_add_test(tc, json_of_an_update);
	tcase_add_test(tc, already_running_is_success);
	tcase_add_test(tc, busy_without_retry);
	add_ends(tc);
	tcase_add_test(tc, quiet_is_quiet);
	tcase_add_test(tc, dry_run_only_checks);
	tcase_add_test(tc, dry_run_of_what_is_not_known);
	tcase_add_test(tc, dry_run_tells_what_would_refuse);
	tcase_add_test(tc, terminal_has_one_live_line);
	return run_suite("cli apply", tc);
}
