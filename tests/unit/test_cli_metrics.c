// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `tdxupd status --prometheus`. With TDXUPD_METRICS=DIR in the environment, what is printed also
 * goes to files there, for promtool to check (tests/operators.t).
 */
#define _GNU_SOURCE /* memmem */
#include <sys/stat.h>

#include "cli_fake.h"
#include "tcb_files.h"

static const struct tdxu_options options = { .metrics = "" };

static void setup(void)
{
	paths_setup();
	fake.status = (struct tdxu_status){ .cpus_online = 3, .cpus_present = 4,
					    .state = TDX_UPDATE_STATE_IDLE };
	fill_module(&fake.status.module, 28);
	fake.status.seamldr = (struct tdxu_seamldr){ .present = true, .updates_left = 9 };
}

/*
 * The interface: a collector that finds another type or HELP text in another file drops the metric.
 * So a row is never changed, and a metric that is not here is not printed.
 */
#define GAUGE(name, help) "# HELP " name " " help "\n# TYPE " name " gauge\n"
#define COUNTER(name, help) "# HELP " name " " help "\n# TYPE " name " counter\n"
static const char *const interface[] = {
	GAUGE("tdx_update_up", "Whether the updater answers."),
	GAUGE("tdx_update_last_look_timestamp_seconds", "When the updater was asked last."),
	GAUGE("tdx_update_facts_age_seconds", "Since the firmware was asked."),
	GAUGE("tdx_module_present", "Whether a TDX module answers."),
	GAUGE("tdx_module_info", "The running TDX module."),
	GAUGE("tdx_module_gate_open",
	      "Whether the running module is new enough to be updated."),
	GAUGE("tdx_module_tcb_status", "The module's half of the TCB status, by each TCB info."),
	GAUGE("tdx_tcb_info_expiry_timestamp_seconds", "When the TCB info expires."),
	GAUGE("tdx_seamldr_updates_left", "Updates that P-SEAMLDR takes until the next boot."),
	GAUGE("tdx_cpus_online", "CPUs that are online."),
	GAUGE("tdx_cpus_present", "CPUs that are present."),
	GAUGE("tdx_tds", "TDs on this host."),
	GAUGE("tdx_tds_capacity", "TDs for which this host has key IDs."),
	GAUGE("tdx_update_blockers", "Checks that would refuse an update now."),
	GAUGE("tdx_update_state", "What the updater is doing."),
	GAUGE("tdx_update_last_outcome",
	      "How the last update ended; none since the driver was loaded."),
	GAUGE("tdx_update_last_finished_timestamp_seconds", "When the last update ended."),
	GAUGE("tdx_update_last_stopped_seconds", "How long the last update stopped the machine."),
	COUNTER("tdx_update_attempts_total", "Attempts to update this host, ever."),
	GAUGE("tdx_update_last_attempt_timestamp_seconds",
	      "When the last attempt with each outcome was made."),
	GAUGE("tdx_update_history_unreadable_lines",
	      "Lines of the history that are not attempts."),
};
static bool seen[ARRAY_SIZE(interface)];

/* Each HELP in the output is one of them, with its TYPE. */
static void expect_interface(void)
{
	const char *p = out;

	while ((p = strstr(p, "# HELP "))) {
		u32 i = 0;

		while (i < ARRAY_SIZE(interface) &&
		       strncmp(p, interface[i], strlen(interface[i])))
			i++;
		ck_assert_msg(i < ARRAY_SIZE(interface), "%s", p);
		seen[i] = true;
		p++;
	}
}

static void publish(const char *name)
{
	const char *dir = getenv("TDXUPD_METRICS");
	char path[256];
	FILE *f;

	expect_interface();
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

/* What nobody has asked for is not there: neither 0 nor "not lost". */
START_TEST(not_asked_yet)
{
	static const char *const absent[] = { "tdx_module_", "tdx_seamldr_", "tdx_update_blockers",
					      "tdx_update_state", "facts_age" };

	fake.refresh_error = EPERM;
	fake.status.state = TDX_UPDATE_STATE_NOT_ASKED;
	fake.status.untold = 1u << TDX_UPDATE_A_STATUS_FACTS_AGE_MS;
	fake.status.module.present = fake.status.seamldr.present = false;
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	publish("not-asked");
	expect("tdx_update_up 1\n");
	expect("tdx_cpus_online 3\n");
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		ck_assert_msg(!strstr(out, absent[i]), "%s", absent[i]);
}
END_TEST

START_TEST(asked_before)
{
	fake.refresh_error = EPERM;
	fake.status.facts_age_ms = 61999;
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	publish("asked-before");
	expect("tdx_update_facts_age_seconds 61\n");
}
END_TEST

/* By whom the firmware is asked, and what is said of the facts' age. */
static const struct {
	int refresh_error; /* of those who may not, or must not wait */
	u64 age_ms;
	const char *text;
} ages[] = {
	{ 0, 0, "Asked           less than a minute ago\n" },
	{ EPERM, 59999, "Asked           less than a minute ago\n" },
	{ EPERM, 60000, "Asked           1m ago; as root, it is asked anew\n" },
	{ EBUSY, 3 * 3600000 + 61000, "Asked           3h1m ago" },
	{ ESHUTDOWN, 5, "Asked           less than a minute ago\n" },
	{ ENOTRECOVERABLE, 5, "Asked           less than a minute ago\n" },
};

START_TEST(age_of_the_facts)
{
	static const struct tdxu_options screen = { 0 }, as_json = { .json = true };

	fake.refresh_error = ages[_i].refresh_error;
	fake.status.facts_age_ms = ages[_i].age_ms;
	ck_assert_int_eq(run(tdxu_cmd_status, &screen, false), 0);
	expect(ages[_i].text);
	ck_assert_int_eq(run(tdxu_cmd_status, &as_json, false), 0);
	json = json_loads(out, 0, NULL);
	ck_assert_int_eq(json_integer_value(json_object_get(json, "facts_age_ms")),
			 (json_int_t)ages[_i].age_ms);
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

static const char attempts[] =
	"{\"time\": 1700000000, \"outcome\": \"busy\"}\n"
	"{\"time\": 1700000600, \"outcome\": \"busy\"}\n"
	"{\"time\": 1700001200, \"outcome\": \"updated\"}\n";

START_TEST(last_attempts)
{
	time_t before = time(NULL);

	mkdir(fake_paths.state, 0700);
	put_file("state/history.jsonl", attempts, sizeof(attempts) - 1);
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	publish("last-attempts");
	expect("tdx_update_last_attempt_timestamp_seconds{outcome=\"busy\"} 1700000600\n");
	expect("tdx_update_last_attempt_timestamp_seconds{outcome=\"updated\"} 1700001200\n");
	expect("tdx_update_attempts_total{outcome=\"busy\"} 2\n");
	ck_assert_ptr_null(strstr(out, "last_attempt_timestamp_seconds{outcome=\"lost\""));
	ck_assert_int_ge(strtoll(strstr(out, "\ntdx_update_last_look_timestamp_seconds ") + 40, NULL,
				 10), before);
}
END_TEST

START_TEST(all_of_the_interface)
{
	counted_fn(0);
	updated_fn(0);
	tcb_infos_fn(0);
	last_attempts_fn(0);
	for (u32 i = 0; i < ARRAY_SIZE(interface); i++)
		ck_assert_msg(seen[i], "%s", interface[i]);
}
END_TEST

/* --- --prometheus=FILE ------------------------------------------------------------------------ */

static int save(const char *name)
{
	const struct tdxu_options file = { .metrics = path_of(name) };

	return run(tdxu_cmd_status, &file, false);
}

static void expect_file(const char *name, const char *line)
{
	struct tdxu_file file = { 0 };
	struct tdxu_error error;
	struct stat st;

	ck_assert_int_eq(lstat(path_of(name), &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_int_eq(st.st_mode & 07777, 0644);
	ck_assert_int_eq(tdxu_file_read(path_of(name), 65536, "metrics", &file, &error), 0);
	ck_assert_ptr_nonnull(memmem(file.data, file.size, line, strlen(line)));
	free(file.data);
}

/* Whatever was there, and whatever the mask: one that all may read, and nothing beside it. */
START_TEST(saved)
{
	mode_t mask = umask(077);

	ck_assert_int_eq(mkdir(path_of("node"), 0755), 0);
	ck_assert_int_eq(save("node/tdx.prom"), 0);
	expect_file("node/tdx.prom", "tdx_update_up 1\n");
	ck_assert_str_eq(out, "");
	fake.status.cpus_online = 2;
	ck_assert_int_eq(save("node/tdx.prom"), 0);
	expect_file("node/tdx.prom", "tdx_cpus_online 2\n");
	umask(mask);
	ck_assert_int_eq(unlink(path_of("node/tdx.prom")), 0);
	ck_assert_int_eq(rmdir(path_of("node")), 0);
}
END_TEST

/* That none answers is known. What is not known is not told, nor what was known before. */
START_TEST(saved_of_what_is_known)
{
	fake.open_error = ENODEV;
	ck_assert_int_eq(save("tdx.prom"), 69);
	expect_file("tdx.prom", "tdx_update_up 0\n");
	fake.open_error = ENOMEM;
	ck_assert_int_eq(save("tdx.prom"), 1);
	ck_assert_int_ne(access(path_of("tdx.prom"), F_OK), 0);
}
END_TEST

/* What others have put there in the place of the file is replaced, and not followed or written. */
START_TEST(saved_over_traps)
{
	put_file("victim", "intact", 6);
	ck_assert_int_eq(symlink("victim", path_of("tdx.prom")), 0);
	ck_assert_int_eq(save("tdx.prom"), 0);
	expect_file("tdx.prom", "tdx_update_up 1\n");
	ck_assert_int_eq(unlink(path_of("tdx.prom")), 0);
	ck_assert_int_eq(mkfifo(path_of("tdx.prom"), 0600), 0);
	ck_assert_int_eq(save("tdx.prom"), 0);
	expect_file("tdx.prom", "tdx_update_up 1\n");
	ck_assert_int_eq(unlink(path_of("tdx.prom")), 0);
	ck_assert_int_eq(link(path_of("victim"), path_of("tdx.prom")), 0);
	ck_assert_int_eq(save("tdx.prom"), 0);
	expect_file("tdx.prom", "tdx_update_up 1\n");
	ck_assert_int_eq(unlink(path_of("tdx.prom")), 0);
	ck_assert_int_eq(access(path_of("victim"), F_OK), 0);
}
END_TEST

/* The directory of the collector is its user's, who can turn it into a link to root's. */
START_TEST(saved_by_no_link)
{
	ck_assert_int_eq(mkdir(path_of("etc"), 0755), 0);
	ck_assert_int_eq(symlink("etc", path_of("node")), 0);
	ck_assert_int_eq(save("node/tdx.prom"), 1);
	ck_assert_ptr_nonnull(strstr(err, "without symbolic links"));
	ck_assert_int_ne(access(path_of("etc/tdx.prom"), F_OK), 0);
	/* nor is anything removed there */
	put_file("etc/tdx.prom", "x", 1);
	fake.open_error = ENOMEM;
	ck_assert_int_eq(save("node/tdx.prom"), 1);
	ck_assert_int_eq(access(path_of("etc/tdx.prom"), F_OK), 0);
	ck_assert_int_eq(unlink(path_of("node")), 0);
	ck_assert_int_eq(unlink(path_of("etc/tdx.prom")), 0);
	ck_assert_int_eq(rmdir(path_of("etc")), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("metrics");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_test(tc, never_updated);
	tcase_add_test(tc, not_asked_yet);
	tcase_add_test(tc, asked_before);
	tcase_add_loop_test(tc, age_of_the_facts, 0, ARRAY_SIZE(ages));
	tcase_add_test(tc, counted);
	tcase_add_test(tc, updated);
	tcase_add_test(tc, lost);
	tcase_add_test(tc, down);
	tcase_add_test(tc, tcb_infos);
	tcase_add_test(tc, last_attempts);
	tcase_add_test(tc, all_of_the_interface);
	tcase_add_test(tc, saved);
	tcase_add_test(tc, saved_of_what_is_known);
	tcase_add_test(tc, saved_over_traps);
	tcase_add_test(tc, saved_by_no_link);
	return run_suite("cli metrics", tc);
}
