// SPDX-License-Identifier: GPL-2.0-or-later
/* The simulator's TDs: what updates do to them, and that it is seen. */

#include "sim_bench.h"

static void summary(const char *expected)
{
	ck_assert_msg(shows(fw_show_tds, expected), "no \"%s\" in:\n%s", expected, text);
}

static void dies_of(const char *reason)
{
	ck_assert_int_eq(health(1), FW_TD_DEAD);
	ck_assert_msg(shows(fw_show_tds, reason), "no \"%s\" in:\n%s", reason, text);
}

START_TEST(life)
{
	command("td run 2");
	command("td build 1");
	command("td migrate 1");
	summary("total=4 running=2 building=1 migrating=1 dead=0 corrupted=0\n");
	command("td extend 3 5");
	command("td finish 3");
	command("td resume 4");
	command("td enter all");
	summary("total=4 running=4 building=0 migrating=0 dead=0 corrupted=0\n");
	command("td destroy 2");
	summary("total=3 running=3 ");
	command("td run 1");
	ck_assert(shows(fw_show_tds, "5 running alive hkid=34 "));
	command("reset");
	summary("total=0 ");
}
END_TEST

/* What it does is different after each step, and the tenant's account goes with it. */
START_TEST(state_moves)
{
	u8 before[TDXU_SHA384_BYTES], after[TDXU_SHA384_BYTES];

	command("td run 1");
	fw_td_contents(sim, fw_td_find(sim, 1), before);
	command("td enter 1");
	fw_td_contents(sim, fw_td_find(sim, 1), after);
	ck_assert_mem_ne(before, after, sizeof(before));
	ck_assert_int_eq(health(1), FW_TD_ALIVE);
	command("poke contents=1");
	ck_assert_int_eq(health(1), FW_TD_CORRUPTED);
}
END_TEST

START_TEST(as_many_as_there_are_keys)
{
	command("td run 31");
	control("td run 1");
	ck_assert_msg(strstr(error, "HKID"), "%s", error);
	command("td destroy 7");
	command("td build 1");
	summary("total=31 running=30 building=1 ");
}
END_TEST

START_TEST(update_keeps_running_tds)
{
	bench_image("new");
	command("td run 8");
	ck_assert(bench_update(1 | BENCH_AVOID));
	ck_assert(shows(fw_show_platform, "\nversion 1.5.28\n"));
	command("td enter all");
	summary("total=8 running=8 building=0 migrating=0 dead=0 corrupted=0\n");
}
END_TEST

START_TEST(flag_refuses_with_reason_and_count)
{
	command("td run 1");
	command("td migrate 3");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1 | BENCH_AVOID),
			  TDXU_TDX_UPDATE_COMPAT_SENSITIVE | 3 << 16 | 1);
	command("td build 2");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1 | BENCH_AVOID),
			  TDXU_TDX_UPDATE_COMPAT_SENSITIVE | 2 << 16);
	command("td finish all");
	command("td resume all");
	command("td enter all");
	summary("total=6 running=6 building=0 migrating=0 dead=0 corrupted=0\n");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1 | BENCH_AVOID), 0);
}
END_TEST

/* Without the flag: those in flight, and nobody else. */
START_TEST(unprotected_update_corrupts)
{
	bench_image("new");
	command("td run 1");
	command("td build 1");
	command("td build 1");
	command("td migrate 1");
	command("td finish 2");
	ck_assert(bench_update(1));
	ck_assert_int_eq(health(1), FW_TD_ALIVE);
	ck_assert_int_eq(health(2), FW_TD_ALIVE);
	ck_assert_int_eq(health(3), FW_TD_CORRUPTED);
	ck_assert_int_eq(health(4), FW_TD_CORRUPTED);
	/* The module notices nothing. */
	command("td extend 3 2");
	command("td finish 3");
	command("td resume 4");
	command("td enter all");
	summary("total=4 running=4 building=0 migrating=0 dead=0 corrupted=2\n");
}
END_TEST

/* The same build of the module goes on with its own contexts. */
START_TEST(same_build_goes_on)
{
	bench_image("new");
	ck_assert(bench_update(1));
	command("td build 1");
	command("td migrate 1");
	ck_assert(bench_update(1));
	command("td extend 1 2");
	command("td finish 1");
	command("td resume 2");
	ck_assert(shows(fw_show_tds, "dead=0 corrupted=0\n"));
}
END_TEST

/* Death */

START_TEST(load_kills)
{
	bench_image("new");
	command("td run 1");
	ck_assert_uint_eq(bench_install(FW_SCENARIO_LOAD).rax, 0);
	dies_of("loaded over");
}
END_TEST

START_TEST(failed_install)
{
	bench_image("new");
	command("td run 1");
	image.sig.signature[0] ^= 1;
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1), 0);
	ck_assert_uint_eq(bench_install(TDXU_SCENARIO_UPDATE).rdx, FW_INSTALL_RECOVERABLE);
	ck_assert_int_eq(health(1), FW_TD_ALIVE);
	image.sig.signature[0] ^= 1;
	image.page[2][100] ^= 1;
	ck_assert_uint_eq(bench_install(TDXU_SCENARIO_UPDATE).rdx, TDXU_INSTALL_UNRECOVERABLE);
	dies_of("wiped");
}
END_TEST

START_TEST(entered_while_shut_down)
{
	bench_image("new");
	command("td run 2");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1), 0);
	control("td enter 1");
	dies_of("while the module was shut down");
	ck_assert_int_eq(health(2), FW_TD_ALIVE);
	/* Nothing brings it back. */
	command("poke sys_state=3");
	ck_assert_int_eq(health(1), FW_TD_DEAD);
	control("td enter 1");
	ck_assert_msg(strstr(error, "is dead"), "%s", error);
}
END_TEST

START_TEST(entered_without_module)
{
	command("td run 1");
	seamcall(1, TDXU_SEAMLDR_INSTALL, 0, FW_RETURN);
	control("td enter 1");
	dies_of("no module was there");
}
END_TEST

START_TEST(entered_without_lp_init)
{
	command("td run 1");
	command("poke lp_init=0:0");
	control("td enter 1");
	dies_of("not initialised");
}
END_TEST

START_TEST(entered_without_vmx)
{
	command("td run 1");
	command("platform vmx_off=0");
	control("td enter 1");
	dies_of("VMX is off");
}
END_TEST

START_TEST(key_lost)
{
	command("td run 1");
	command("poke kot=33:0");
	dies_of("key ownership table");
}
END_TEST

START_TEST(busy_does_not_kill)
{
	command("td run 1");
	command("fault TDH.VP.ENTER status=0x8000020200000000");
	control("td enter 1");
	ck_assert_msg(strstr(error, "0x8000020200000000"), "%s", error);
	ck_assert_int_eq(health(1), FW_TD_ALIVE);
	command("td enter 1");
}
END_TEST

START_TEST(platform_death_kills)
{
	command("td run 1");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1), 0);
	command("poke restart=1");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_INIT, 0), 0);
	call(0, TDXU_TDH_SYS_LP_INIT, 0);
	call(1, TDXU_TDH_SYS_LP_INIT, 0);
	call(2, TDXU_TDH_SYS_LP_INIT, 0);
	call(3, TDXU_TDH_SYS_LP_INIT, 0);
	command("poke handoff=1:1:9");
	seamcall(0, TDXU_TDH_SYS_UPDATE, 0, FW_UD2);
	dies_of("UD2");
	ck_assert(shows(fw_show_platform, "\ndead 1\n"));
}
END_TEST

/* The erratum: TD 5 shares LP 0 with TD 1 and was entered after it, so the VMCS there is its. */
START_TEST(erratum_kills_whose_vmcs_was_current)
{
	command("platform erratum=1");
	command("td run 5");
	seamcall(0, TDXU_SEAMLDR_INFO, BENCH_MEMORY_BASE, FW_RETURN);
	ck_assert_int_eq(health(1), FW_TD_ALIVE);
	ck_assert_int_eq(health(2), FW_TD_ALIVE);
	ck_assert_int_eq(health(5), FW_TD_DEAD);
	/* As long as nobody has tried, putting it back helps. */
	sim->fw.lp[0].current_vmcs = fw_td_vmcs(5);
	ck_assert_int_eq(health(5), FW_TD_ALIVE);
	/* Even an answer that a fault made up came from there. */
	command("fault SEAMLDR.INFO status=0x8000000000030001");
	seamcall(0, TDXU_SEAMLDR_INFO, BENCH_MEMORY_BASE, FW_RETURN);
	/* It was interrupted: before anybody else is entered on its LP, it goes on. */
	command("td enter 1");
	ck_assert_int_eq(health(1), FW_TD_ALIVE);
	ck_assert_int_eq(health(5), FW_TD_DEAD);
	sim->fw.lp[0].current_vmcs = fw_td_vmcs(5);
	ck_assert_int_eq(health(5), FW_TD_DEAD);
	ck_assert(shows(fw_show_tds, "left cleared"));
}
END_TEST

/* Background activity does not cover it up, though it loads one VMCS after the other. */
START_TEST(erratum_under_activity)
{
	command("platform erratum=1");
	command("td run 12");
	seamcall(2, TDXU_SEAMLDR_INFO, BENCH_MEMORY_BASE, FW_RETURN);
	fw_vmm_activity(sim, 2);
	fw_vmm_activity(sim, 3);
	summary("total=12 running=12 building=0 migrating=0 dead=1 corrupted=0\n");
	ck_assert_int_eq(health(11), FW_TD_DEAD);
}
END_TEST

/* Activity, and calls that meet */

START_TEST(activity)
{
	struct fw_log_entry entry;

	command("td run 2");
	command("td build 1");
	command("log clear");
	fw_vmm_activity(sim, 0);
	fw_vmm_activity(sim, 1);
	fw_vmm_activity(sim, 2);
	ck_assert_uint_eq(fw_td_find(sim, 3)->tenant.pages, 5);
	summary("total=3 running=2 building=1 migrating=0 dead=0 corrupted=0\n");
	ck_assert(!fw_log_read(sim, 0, &entry));
	ck_assert_uint_eq(call(3, TDXU_TDH_SYS_SHUTDOWN, 1), 0);
	fw_vmm_activity(sim, 1);
	ck_assert_int_eq(health(1), FW_TD_ALIVE);
	ck_assert_int_eq(health(2), FW_TD_DEAD);
	ck_assert(fw_log_read(sim, 0, &entry));
	ck_assert(fw_log_read(sim, entry.seq + 1, &entry));
	ck_assert_str_eq(fw_leaf_name(entry.in.rax), "TDH.VP.ENTER");
}
END_TEST

static u64 met;

static void shut_down_meanwhile(const struct fw_call *running)
{
	(void)running;
	met = call(3, TDXU_TDH_SYS_SHUTDOWN, 1);
}

START_TEST(shutdown_meets_a_td)
{
	command("td run 1");
	meanwhile = shut_down_meanwhile;
	fw_vmm_activity(sim, 0);
	ck_assert_uint_eq(met, TDXU_TDX_SYS_BUSY);
	ck_assert_int_eq(health(1), FW_TD_ALIVE);
	ck_assert_uint_eq(call(3, TDXU_TDH_SYS_SHUTDOWN, 1), 0);
}
END_TEST

static void info_meanwhile(const struct fw_call *running)
{
	(void)running;
	seamcall(1, TDXU_SEAMLDR_INFO, BENCH_MEMORY_BASE, FW_VMFAIL);
}

START_TEST(loader_meets_loader)
{
	meanwhile = info_meanwhile;
	seamcall(0, TDXU_SEAMLDR_INFO, BENCH_MEMORY_BASE, FW_RETURN);
	ck_assert(!meanwhile);
	seamcall(1, TDXU_SEAMLDR_INFO, BENCH_MEMORY_BASE, FW_RETURN);
}
END_TEST

/* The VMM may end a TD while a call for it is under way. */
static void destroy_meanwhile(const struct fw_call *running)
{
	(void)running;
	command("td destroy all");
}

START_TEST(destroyed_while_entered)
{
	command("td run 1");
	meanwhile = destroy_meanwhile;
	fw_vmm_activity(sim, 0);
	summary("total=0 ");
	command("td run 1");
	ck_assert(shows(fw_show_tds, "2 running alive "));
}
END_TEST

static void add_deaths(TCase *tcase)
{
	tcase_add_test(tcase, load_kills);
	tcase_add_test(tcase, failed_install);
	tcase_add_test(tcase, entered_while_shut_down);
	tcase_add_test(tcase, entered_without_module);
	tcase_add_test(tcase, entered_without_lp_init);
	tcase_add_test(tcase, entered_without_vmx);
	tcase_add_test(tcase, key_lost);
	tcase_add_test(tcase, busy_does_not_kill);
	tcase_add_test(tcase, platform_death_kills);
	tcase_add_test(tcase, erratum_kills_whose_vmcs_was_current);
	tcase_add_test(tcase, erratum_under_activity);
}

int main(void)
{
	TCase *tcase = tcase_create("td");

	tcase_add_checked_fixture(tcase, bench_setup, bench_teardown);
	tcase_add_test(tcase, life);
	tcase_add_test(tcase, state_moves);
	tcase_add_test(tcase, as_many_as_there_are_keys);
	tcase_add_test(tcase, update_keeps_running_tds);
	tcase_add_test(tcase, flag_refuses_with_reason_and_count);
	tcase_add_test(tcase, unprotected_update_corrupts);
	tcase_add_test(tcase, same_build_goes_on);
	add_deaths(tcase);
	tcase_add_test(tcase, activity);
	tcase_add_test(tcase, shutdown_meets_a_td);
	tcase_add_test(tcase, loader_meets_loader);
	tcase_add_test(tcase, destroyed_while_entered);
	return run_suite("td", tcase);
}
