// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `tdxupd status --prometheus`. With TDXUPD_METRICS=DIR in the environment, what is printed also
 * goes to files there, for promtool to judge (tests/operators.t).
 */
#include "cli_fake.h"
#include "tcb_files.h"

static const struct tdxu_options options = { .prometheus = true };

static void setup(void)
{
	paths_setup();
	fake.status = (struct tdxu_status){ .cpus_online = 3, .cpus_present = 4,
					    .state = TDX_UPDATE_STATE_IDLE };
	fill_module(&fake.status.module, 28);
	fake.status.seamldr = (struct tdxu_seamldr){ .present = true, .updates_left = 9 };
}

static void publish(const char *name)
{
	const char *dir = getenv("TDXUPD_METRICS");
	char path[256];
	FILE *f;

	if (!dir)
		return;
	snprintf(path, sizeof(path), "%s/%s.prom", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(out, f);
	fclose(f);
}

static void expect(const char *line)
{
	ck_assert_msg(strstr(out, line) != NULL, "no '%s' in:\n%s", line, out);
}

START_TEST(never_updated)
{
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	publish("never-updated");
	expect("tdx_update_up 1\n");
	expect("tdx_module_info{version=\"1.5.28\",mrseam=\"1c00");
	expect("tdx_module_gate_open 1\n");
	expect("tdx_seamldr_updates_left 9\n");
	expect("tdx_cpus_online 3\n");
	expect("tdx_update_state{state=\"idle\"} 1\n");
	expect("tdx_update_state{state=\"lost\"} 0\n");
	expect("tdx_update_last_outcome{outcome=\"none\"} 1\n");
	ck_assert_ptr_null(strstr(out, "tdx_tds"));
}
END_TEST

START_TEST(counted)
{
	mkdir(path_of("cgroup"), 0755);
	put_file("cgroup/misc.capacity", "tdx 31\n", 7);
	put_file("cgroup/misc.current", "tdx 3\n", 6);
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	publish("counted");
	expect("tdx_tds 3\n");
	expect("tdx_tds_capacity 31\n");
}
END_TEST

START_TEST(updated)
{
	static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED };

	fill_result(&fake.status.result, &updated, 3);
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	publish("updated");
	expect("tdx_update_last_outcome{outcome=\"updated\"} 1\n");
	expect("tdx_update_last_finished_timestamp_seconds 1700000000\n");
	expect("tdx_update_last_stopped_seconds 0.002000000\n");
}
END_TEST

START_TEST(lost)
{
	fake.status.module.present = false;
	fake.status.seamldr.present = false;
	fake.status.state = TDX_UPDATE_STATE_LOST;
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	publish("lost");
	expect("tdx_module_present 0\n");
	expect("tdx_update_state{state=\"lost\"} 1\n");
	ck_assert_ptr_null(strstr(out, "tdx_module_info"));
}
END_TEST

START_TEST(down)
{
	fake.open_error = ENODEV;
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 69);
	publish("down");
	expect("tdx_update_up 0\n");
	ck_assert_str_ne(err, "");
}
END_TEST

static void put_tcb(const char *name, const char *text)
{
	put_file(name, text, strlen(text));
}

/* One that can be used, one that has expired, one that is none and whose name is no label. */
START_TEST(tcb_infos)
{
	mkdir(fake_paths.tcb, 0755);
	put_tcb("tcb/early.json", TCB_ANSWER(TCB_BODY("22", TCB_FUTURE)));
	put_tcb("tcb/old.json", TCB_ANSWER(TCB_BODY("18", "2020-01-02T03:04:05Z")));
	put_tcb("tcb/\"\n\\.json", "x");
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	publish("tcb-infos");
	expect("early.json\",set=\"22\",fmspc=\"B0C06F000000\",status=\"UpToDate\"} 1\n");
	expect("early.json\",set=\"22\",fmspc=\"B0C06F000000\",status=\"OutOfDate\"} 0\n");
	expect("old.json\",set=\"18\",fmspc=\"B0C06F000000\",status=\"UpToDate\"} 0\n");
	expect("old.json\",set=\"18\",fmspc=\"B0C06F000000\",status=\"unknown\"} 1\n");
	expect("/tcb/???.json\",status=\"unknown\"} 1\n");
	expect("early.json\",set=\"22\",fmspc=\"B0C06F000000\"} 4071006245\n");
	expect("old.json\",set=\"18\",fmspc=\"B0C06F000000\"} 1577934245\n");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("metrics");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_test(tc, never_updated);
	tcase_add_test(tc, counted);
	tcase_add_test(tc, updated);
	tcase_add_test(tc, lost);
	tcase_add_test(tc, down);
	tcase_add_test(tc, tcb_infos);
	return run_suite("cli metrics", tc);
}
