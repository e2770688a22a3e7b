// SPDX-License-Identifier: GPL-2.0-or-later
/* What a module counts of TDs, so as to refuse an update, and what it does not. */

#include "sim_bench.h"

/* The count travels with handoff version 1 and is lost with 0 (fact sheet, section 11). */
START_TEST(count_travels)
{
	u64 hv = _i;

	bench_image("new");
	command("td build 3");
	ck_assert(bench_update(hv));
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, hv | BENCH_AVOID),
			  hv ? TDXU_TDX_UPDATE_COMPAT_SENSITIVE | 3 << 16 : 0);
}
END_TEST

/* And with it the streams that are interrupted. */
START_TEST(streams_travel)
{
	u64 hv = _i;

	bench_image("new");
	command("td migrate 3");
	ck_assert(bench_update(hv));
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, hv | BENCH_AVOID),
			  hv ? TDXU_TDX_UPDATE_COMPAT_SENSITIVE | 3 << 16 | 1 : 0);
}
END_TEST

/* Dropped counts are missing when the measurement is final: the module ends itself. */
START_TEST(dropped_count_underflows)
{
	bench_image("new");
	command("td build 1");
	ck_assert(bench_update(0));
	control("td finish 1");
	ck_assert_int_eq(health(1), FW_TD_DEAD);
	ck_assert(shows(fw_show_platform, "fell below 0"));
}
END_TEST

/* A TD that takes another's place in the count is missed in the end. */
START_TEST(dropped_count_is_filled_by_another)
{
	bench_image("new");
	command("td build 1");
	ck_assert(bench_update(0));
	command("td build 1");
	command("td finish 1");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1 | BENCH_AVOID), 0);
}
END_TEST

START_TEST(given_up)
{
	command("td build 2");
	command("td migrate 2");
	command("td destroy 1");
	command("td destroy 3");
	ck_assert(shows(fw_show_platform, "\npoke.builds 1\npoke.migrations 1\n"));
	command("td finish 2");
	command("td resume 4");
	ck_assert(shows(fw_show_platform, "\npoke.builds 0\npoke.migrations 0\n"));
}
END_TEST

/* A module without the feature counts nothing, nor does its successor know. */
START_TEST(old_module_does_not_count)
{
	command("platform features0=0x2 version=1.5.16");
	command("td build 1");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1 | BENCH_AVOID),
			  TDXU_TDX_OPERAND_INVALID | 1);
	command("platform features0=0xD1326F3F0FBF");
	bench_image("new");
	ck_assert(bench_update(1 | BENCH_AVOID));
	ck_assert_int_eq(health(1), FW_TD_CORRUPTED);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("counts");

	tcase_add_checked_fixture(tcase, bench_setup, bench_teardown);
	tcase_add_loop_test(tcase, count_travels, 0, 2);
	tcase_add_loop_test(tcase, streams_travel, 0, 2);
	tcase_add_test(tcase, dropped_count_underflows);
	tcase_add_test(tcase, dropped_count_is_filled_by_another);
	tcase_add_test(tcase, given_up);
	tcase_add_test(tcase, old_module_does_not_count);
	return run_suite("counts", tcase);
}
