// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs of `tdxupd apply` that do not see the end, and what the next run makes of that. */
#include "cli_history.h"

static const struct attempt refused = { .outcome = TDX_UPDATE_OUTCOME_REFUSED, .errnum = ESTALE,
					.check = "svn" };

static const struct attempt cut = { .wait = EINTR, .second_wait = EINTR,
				    .outcome = TDX_UPDATE_OUTCOME_UPDATED };

/* Nothing tells this run how its update ends. */
static void cut_off(void)
{
	apply(&cut, 1, 71);
	fake.interrupted = false;
}

/* What the driver says when update 1 has ended. */
static void end_update(const struct attempt *how)
{
	fake.status.update_id = 1;
	fill_result(&fake.status.result, how, 1);
	if (how->outcome != TDX_UPDATE_OUTCOME_UPDATED)
		return;
	fill_module(&fake.status.module, 28);
	memcpy(fake.status.module.mrseam, new.sig.seamhash, TDXU_SHA384_BYTES);
}

static void by_history(void) { attempts(); }

static void by_status(void)
{
	const struct tdxu_options none = { 0 };

	ck_assert_int_eq(run(tdxu_cmd_status, &none, false), 0);
	ck_assert_ptr_nonnull(strstr(out, "Kept image      the running module"));
}

static void by_apply(void)
{
	static const struct attempt no_more = { .update = ENOSPC };

	apply(&no_more, 1, 78);
}

static void (*const next_runs[])(void) = { by_history, by_status, by_apply };

START_TEST(completed_by_the_next_run)
{
	json_t *a;

	cut_off();
	ck_assert(!exists("history.jsonl") && exists("begun.json") && exists(kept_name(&new)));
	end_update(&updated);
	next_runs[_i]();
	ck_assert(exists(kept_name(&new)) && !exists("begun.json"));
	a = json_array_get(attempts(), 0);
	ck_assert_uint_eq(json_array_size(at("attempts", NULL)), _i == 2 ? 2 : 1);
	expect_keys(a, ATTEMPT_KEYS);
	ck_assert_str_eq(text(a, "outcome"), "updated");
	ck_assert_int_eq(number(a, "uid"), getuid());
	ck_assert_str_eq(text(json_object_get(a, "to"), "version"), "1.5.28");
	ck_assert_int_eq(number(a, "stopped_ns"), 2000000);
}
END_TEST

/* As long as the update goes on, nothing is concluded. */
START_TEST(left_alone_while_it_runs)
{
	cut_off();
	fake.status.update_id = 1;
	fake.status.state = TDX_UPDATE_STATE_UPDATING;
	ck_assert_uint_eq(json_array_size(attempts()), 0);
	ck_assert(exists("begun.json") && exists(kept_name(&new)));
	apply(&(const struct attempt){ .update = EALREADY }, 1, 75);
	ck_assert(exists("begun.json") && exists(kept_name(&new)));
	fake.status.state = TDX_UPDATE_STATE_IDLE;
	end_update(&updated);
	ck_assert_uint_eq(json_array_size(attempts()), 2);
	ck_assert(exists(kept_name(&new)) && !exists("begun.json"));
}
END_TEST

START_TEST(completed_as_it_ended)
{
	cut_off();
	end_update(&refused);
	ck_assert_str_eq(text(only_attempt(), "check"), "svn");
	ck_assert(!exists(kept_name(&new)) && !exists("begun.json"));
}
END_TEST

/* Killed before it asked for the update: no line, and no image of what has never run. */
START_TEST(never_begun)
{
	cut_off();
	ck_assert_uint_eq(json_array_size(attempts()), 0);
	ck_assert(!exists(kept_name(&new)) && !exists("begun.json"));
}
END_TEST

static void reboot(void) { put_boot("00000000-0000-0000-0000-000000000000"); }
static void reload(void) { fill_module(&fake.status.module, 26); }
static void (*const oblivions[])(void) = { reboot, reload };

START_TEST(never_told)
{
	json_t *a;

	cut_off();
	oblivions[_i]();
	a = only_attempt();
	expect_keys(a, ATTEMPT_KEYS);
	ck_assert_str_eq(text(a, "outcome"), "unknown");
	ck_assert_str_eq(text(a, "boot"), BOOT);
	ck_assert_ptr_nonnull(strstr(text(a, "message"), "its result was never told"));
	ck_assert_str_eq(text(json_object_get(a, "to"), "version"), _i ? "1.5.26" : "1.5.24");
	ck_assert(!exists(kept_name(&new)));
	ck_assert_uint_eq(json_array_size(attempts()), 1);
}
END_TEST

/* The kernel's own updater does not tell: what P-SEAMLDR has counted does, and what runs. */
static const struct {
	u32 left, version;
	bool rebooted, seamldr;
	const char *outcome;
} counts[] = {
	{ 14, 28, false, true, "updated" },
	{ 15, 28, false, true, "unknown" }, { 13, 28, false, true, "unknown" },
	{ 14, 24, false, true, "unknown" }, { 14, 28, true, true, "unknown" },
	{ 14, 28, false, false, "unknown" }, { 15, 24, false, true, "unknown" },
};

START_TEST(told_by_the_counter)
{
	json_t *a;

	fake.status.module.major = 2;
	fake.status.module.minor = 0;
	new.sig.reserved3[0] = 28; /* it says that it is 2.0.28 */
	new.sig.reserved3[3] = 2;
	sign(&new.sig);
	seal(&new);
	options.at_own_risk = true;
	options.image = put_file("new.blob", &new, sizeof(new));
	fake_backend.unguarded = true;
	fake.status.seamldr = (struct tdxu_seamldr){
		.present = true, .major = 2, .updates_left = 15,
	};
	cut_off();
	if (counts[_i].rebooted)
		reboot();
	fake.status.module.update = counts[_i].version;
	fake.status.seamldr.updates_left = counts[_i].left;
	fake.status.seamldr.present = counts[_i].seamldr;
	a = only_attempt();
	expect_keys(a, ATTEMPT_KEYS);
	ck_assert_str_eq(text(a, "outcome"), counts[_i].outcome);
	ck_assert(!exists("begun.json"));
}
END_TEST

/* Killed between two attempts, or after the line was written. */
START_TEST(recorded_once)
{
	apply(&updated, 1, 0);
	fake.updates = 0;
	cut_off();
	end_update(&updated);
	fake.status.result.finished = 1700000000;
	ck_assert_uint_eq(json_array_size(attempts()), 1);
	ck_assert(!exists("begun.json"));
}
END_TEST

START_TEST(half_written_files_go)
{
	apply(&updated, 1, 0);
	fclose(fopen(state_path("00ff.blob.new.a1b2c3"), "w"));
	fclose(fopen(state_path("history.jsonl.new.012345"), "w"));
	/* An administrator's. */
	fclose(fopen(state_path("history.jsonl.backup"), "w"));
	apply(&updated, 1, 0);
	ck_assert(!exists("00ff.blob.new.a1b2c3") && !exists("history.jsonl.new.012345"));
	ck_assert(exists("history.jsonl.backup"));
	ck_assert(exists(kept_name(&new)));
	ck_assert_uint_eq(json_array_size(attempts()), 2);
}
END_TEST

START_TEST(of_another_client)
{
	json_t *a;

	end_update(&updated);
	ck_assert_uint_eq(json_array_size(attempts()), 0); /* nothing was ever applied here */
	ck_assert_int_eq(mkdir(fake_paths.state, 0700), 0);
	a = only_attempt();
	expect_keys(a, ATTEMPT_KEYS);
	ck_assert(json_is_null(json_object_get(a, "uid")));
	ck_assert(json_is_null(json_object_get(a, "target")));
	ck_assert_uint_eq(json_array_size(attempts()), 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("record");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, completed_by_the_next_run, 0, ARRAY_SIZE(next_runs));
	tcase_add_test(tc, left_alone_while_it_runs);
	tcase_add_test(tc, completed_as_it_ended);
	tcase_add_test(tc, never_begun);
	tcase_add_loop_test(tc, never_told, 0, ARRAY_SIZE(oblivions));
	tcase_add_loop_test(tc, told_by_the_counter, 0, ARRAY_SIZE(counts));
	tcase_add_test(tc, recorded_once);
	tcase_add_test(tc, half_written_files_go);
	tcase_add_test(tc, of_another_client);
	return run_suite("cli record", tc);
}
