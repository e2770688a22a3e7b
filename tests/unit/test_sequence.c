// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of steps: what must hold on every path through it, and what is chosen to install. */

#include "core/sequence.h"
#include "runner.h"

/* Which steps can be reached from @step, by any results. */
static void reach(enum tdxu_step step, bool *seen)
{
	int r;

	if (seen[step])
		return;
	seen[step] = true;
	for (r = 0; r < TDXU_NR_STEP_RESULTS; r++)
		reach(tdxu_step_info(step)->next[r], seen);
}

START_TEST(before_shutdown_nothing_is_touched)
{
	const struct tdxu_step_info *recheck = tdxu_step_info(TDXU_STEP_RECHECK);
	const struct tdxu_step_info *shutdown = tdxu_step_info(TDXU_STEP_SHUTDOWN);
	int r;

	ck_assert_int_eq(recheck->next[TDXU_STEP_OK], TDXU_STEP_SHUTDOWN);
	ck_assert_int_eq(shutdown->next[TDXU_STEP_OK], TDXU_STEP_INSTALL);
	for (r = TDXU_STEP_FAILED; r < TDXU_NR_STEP_RESULTS; r++) {
		ck_assert_int_eq(recheck->next[r], TDXU_END_UNTOUCHED);
		ck_assert_int_eq(shutdown->next[r], TDXU_END_UNTOUCHED);
	}
	ck_assert(!recheck->past_no_return && !shutdown->past_no_return);
}
END_TEST

START_TEST(after_shutdown_there_is_no_way_back)
{
	enum tdxu_step step;

	for (step = TDXU_STEP_INSTALL; step < TDXU_END_UNTOUCHED; step++) {
		bool seen[TDXU_NR_STEPS] = { false };

		reach(step, seen);
		ck_assert_msg(tdxu_step_info(step)->past_no_return, "%s",
			      tdxu_step_info(step)->name);
		ck_assert_msg(!seen[TDXU_END_UNTOUCHED] && !seen[TDXU_STEP_RECHECK] &&
				      !seen[TDXU_STEP_SHUTDOWN],
			      "%s", tdxu_step_info(step)->name);
		ck_assert_msg(seen[TDXU_END_RUNNING] && seen[TDXU_END_LOST], "%s",
			      tdxu_step_info(step)->name);
	}
}
END_TEST

/* The only way to "running" is an INSTALL, INIT, LP.INIT and UPDATE that succeed in a row. */
START_TEST(no_step_of_the_new_module_is_skipped)
{
	static const enum tdxu_step row[] = { TDXU_STEP_INSTALL, TDXU_STEP_INIT,
					      TDXU_STEP_LP_INIT, TDXU_STEP_UPDATE,
					      TDXU_END_RUNNING };
	enum tdxu_step step;
	size_t i;
	int r;

	for (i = 1; i < ARRAY_SIZE(row); i++) {
		for (step = 0; step < TDXU_END_UNTOUCHED; step++) {
			for (r = 0; r < TDXU_NR_STEP_RESULTS; r++) {
				bool leads = tdxu_step_info(step)->next[r] == row[i];

				ck_assert_msg(leads == (step == row[i - 1] && r == TDXU_STEP_OK),
					      "%s, result %d", tdxu_step_info(step)->name, r);
			}
		}
	}
}
END_TEST

START_TEST(ends_stay_ends)
{
	enum tdxu_step step;
	int r;

	for (step = 0; step < TDXU_NR_STEPS; step++) {
		ck_assert_ptr_nonnull(tdxu_step_info(step)->name);
		for (r = 0; r < TDXU_NR_STEP_RESULTS && tdxu_step_is_end(step); r++)
			ck_assert_int_eq(tdxu_step_info(step)->next[r], step);
	}
}
END_TEST

/* What the loader demands of its callers. */
START_TEST(scopes)
{
	ck_assert_int_eq(tdxu_step_info(TDXU_STEP_RECHECK)->scope, TDXU_EVERY_CPU);
	ck_assert_int_eq(tdxu_step_info(TDXU_STEP_SHUTDOWN)->scope, TDXU_ONE_CPU);
	ck_assert_int_eq(tdxu_step_info(TDXU_STEP_INSTALL)->scope, TDXU_ONE_BY_ONE);
	ck_assert_int_eq(tdxu_step_info(TDXU_STEP_CLOSE_SESSION)->scope, TDXU_ONE_BY_ONE);
	ck_assert_int_eq(tdxu_step_info(TDXU_STEP_INIT)->scope, TDXU_ONE_CPU);
	ck_assert_int_eq(tdxu_step_info(TDXU_STEP_LP_INIT)->scope, TDXU_EVERY_CPU);
	ck_assert_int_eq(tdxu_step_info(TDXU_STEP_UPDATE)->scope, TDXU_ONE_CPU);
}
END_TEST

/* The choice after a failure */

static struct tdxu_recovery both(void)
{
	return (struct tdxu_recovery){
		.have = { true, true },
		.svn = { 0x010e, 0x010d },
		.platform_svn = 0x010d,
		.counter_known = true,
		.updates_left = 5,
	};
}

static const char *choice(const struct tdxu_recovery *r)
{
	enum tdxu_which_image image;

	if (tdxu_recovery_choose(r, &image) != TDXU_STEP_OK)
		return "nothing";
	return (const char *[]){ "target", "fallback", "way-out" }[image];
}

START_TEST(refused_target_gives_way_to_fallback)
{
	struct tdxu_recovery r = both();

	r.refusals[TDXU_TARGET] = 1;
	ck_assert_str_eq(choice(&r), "fallback");
}
END_TEST

/* Giving up is worse than asking again what was answered once. */
START_TEST(second_chance_when_nothing_else_is_left)
{
	struct tdxu_recovery r = both();

	r.refusals[TDXU_TARGET] = 1;
	r.have[TDXU_FALLBACK] = false;
	ck_assert_str_eq(choice(&r), "target");
	r.refusals[TDXU_TARGET] = TDXU_MAX_REFUSALS;
	ck_assert_str_eq(choice(&r), "nothing");
}
END_TEST

/* A target that fails in service is tried once more; but not by the last update there is. */
START_TEST(last_update_is_for_the_fallback)
{
	struct tdxu_recovery r = both();

	r.svn[TDXU_FALLBACK] = r.svn[TDXU_TARGET];
	r.platform_svn = r.svn[TDXU_TARGET];
	r.installs[TDXU_TARGET] = 1;
	r.updates_left = 2;
	ck_assert_str_eq(choice(&r), "target");
	r.updates_left = 1;
	ck_assert_str_eq(choice(&r), "fallback");
	r.svn[TDXU_FALLBACK]--;
	ck_assert_str_eq(choice(&r), "target");
}
END_TEST

/* Without entropy an INSTALL has not failed yet, and uses no update. */
START_TEST(lack_of_entropy_is_tried_again_until_time_is_up)
{
	struct tdxu_recovery r = both();

	r.updates_left = 1;
	ck_assert_str_eq(choice(&r), "target");
	r.out_of_time[TDXU_TARGET] = true;
	ck_assert_str_eq(choice(&r), "fallback");
}
END_TEST

/* Who knows whether there is more than one. */
START_TEST(without_a_counter_a_failed_target_gives_way)
{
	struct tdxu_recovery r = both();

	r.svn[TDXU_FALLBACK] = r.svn[TDXU_TARGET];
	r.platform_svn = r.svn[TDXU_TARGET];
	r.installs[TDXU_TARGET] = 1;
	r.counter_known = false;
	ck_assert_str_eq(choice(&r), "fallback");
}
END_TEST

/* The one that replaces what was installed, and would shut the other out if it came first. */
START_TEST(way_out_is_for_what_was_installed)
{
	struct tdxu_recovery r = both();

	r.have[TDXU_WAY_OUT] = true;
	r.svn[TDXU_WAY_OUT] = r.svn[TDXU_TARGET];
	r.refusals[TDXU_TARGET] = 1;
	ck_assert_str_eq(choice(&r), "fallback");
	r.refusals[TDXU_FALLBACK] = 1;
	ck_assert_str_eq(choice(&r), "way-out");
	r = both();
	r.have[TDXU_WAY_OUT] = true;
	r.svn[TDXU_WAY_OUT] = r.svn[TDXU_TARGET];
	r.platform_svn = r.svn[TDXU_TARGET];
	r.installs[TDXU_TARGET] = TDXU_MAX_INSTALLS;
	ck_assert_str_eq(choice(&r), "way-out");
}
END_TEST

/* P-SEAMLDR compares with what it installed last: an older fallback is refused after it. */
START_TEST(installed_target_is_tried_once_more_then_fallback_if_its_svn_allows)
{
	struct tdxu_recovery r = both();

	r.installs[TDXU_TARGET] = 1;
	r.platform_svn = r.svn[TDXU_TARGET];
	ck_assert_str_eq(choice(&r), "target");
	r.installs[TDXU_TARGET] = 2;
	ck_assert_str_eq(choice(&r), "nothing");
	r.svn[TDXU_FALLBACK] = r.svn[TDXU_TARGET];
	ck_assert_str_eq(choice(&r), "fallback");
}
END_TEST

/* The counter can be wrong, and P-SEAMLDR's refusal costs nothing. */
START_TEST(counter_of_zero_ends_nothing)
{
	struct tdxu_recovery r = both();

	r.installs[TDXU_TARGET] = 1;
	r.platform_svn = r.svn[TDXU_TARGET];
	r.updates_left = 0;
	ck_assert_str_eq(choice(&r), "target");
}
END_TEST

START_TEST(from_the_fallback_back_to_the_target_only_if_it_can_do_again)
{
	struct tdxu_recovery r = both();

	r.tried = TDXU_FALLBACK;
	r.refusals[TDXU_FALLBACK] = 1;
	r.installs[TDXU_TARGET] = TDXU_MAX_INSTALLS;
	ck_assert_str_eq(choice(&r), "fallback");
	r.refusals[TDXU_FALLBACK] = TDXU_MAX_REFUSALS;
	ck_assert_str_eq(choice(&r), "nothing");
	r.installs[TDXU_TARGET] = 1;
	ck_assert_str_eq(choice(&r), "target");
}
END_TEST

/* A small generator: the same walks every time. */
static u32 next_random(u32 *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 16;
}

static void account(struct tdxu_recovery *r, enum tdxu_step step, enum tdxu_step_result res,
		    bool passing)
{
	if (step != TDXU_STEP_INSTALL)
		return;
	if (res == TDXU_STEP_OK) {
		r->installs[r->tried]++;
		r->updates_left--;
		r->platform_svn = r->svn[r->tried];
	} else if (passing) {
		r->out_of_time[r->tried] = true;
	} else {
		r->refusals[r->tried]++;
	}
}

/* Whatever goes wrong, and however often: it ends, and not after very long. */
START_TEST(every_walk_ends)
{
	u32 random = (u32)_i;
	struct tdxu_recovery r = both();
	enum tdxu_step step = TDXU_STEP_RECHECK;
	int taken = 0, rounds = 0;

	r.svn[TDXU_FALLBACK] = 0x010e;
	while (!tdxu_step_is_end(step)) {
		enum tdxu_step_result res = TDXU_STEP_FAILED;

		if (step == TDXU_STEP_RECOVER)
			res = tdxu_recovery_choose(&r, &r.tried);
		else if (next_random(&random) % 4)
			res = next_random(&random) % 8 ? TDXU_STEP_OK : TDXU_STEP_HALF_DONE;
		rounds = step == TDXU_STEP_CLOSE_SESSION ? rounds + 1 : 0;
		if (rounds == TDXU_MAX_CLOSE_ROUNDS && res == TDXU_STEP_HALF_DONE)
			res = TDXU_STEP_FAILED;
		account(&r, step, res, next_random(&random) % 2);
		step = tdxu_step_info(step)->next[res];
		ck_assert_int_le(++taken, (5 + TDXU_MAX_CLOSE_ROUNDS) * TDXU_NR_IMAGES *
					 (1 + TDXU_MAX_REFUSALS + TDXU_MAX_INSTALLS));
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("sequence");

	tcase_add_test(tc, before_shutdown_nothing_is_touched);
	tcase_add_test(tc, after_shutdown_there_is_no_way_back);
	tcase_add_test(tc, no_step_of_the_new_module_is_skipped);
	tcase_add_test(tc, ends_stay_ends);
	tcase_add_test(tc, scopes);
	tcase_add_test(tc, refused_target_gives_way_to_fallback);
	tcase_add_test(tc, lack_of_entropy_is_tried_again_until_time_is_up);
	tcase_add_test(tc, without_a_counter_a_failed_target_gives_way);
	tcase_add_test(tc, way_out_is_for_what_was_installed);
	tcase_add_test(tc, installed_target_is_tried_once_more_then_fallback_if_its_svn_allows);
	tcase_add_test(tc, counter_of_zero_ends_nothing);
	tcase_add_test(tc, second_chance_when_nothing_else_is_left);
	tcase_add_test(tc, last_update_is_for_the_fallback);
	tcase_add_test(tc, from_the_fallback_back_to_the_target_only_if_it_can_do_again);
	tcase_add_loop_test(tc, every_walk_ends, 0, 500);
	return run_suite_as("sequence", tc, CK_NOFORK);
}
