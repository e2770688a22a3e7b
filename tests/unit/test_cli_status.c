// SPDX-License-Identifier: GPL-2.0-or-later
/* `tdxupd status` and `inspect`: what they show and the keys of their JSON. */
#include "cli_fake.h"
#include "core/preflight.h"

#define STATUS_KEYS " driver not_shown signer state phase update_id module gate seamldr cpus tds " \
		    "erratum blockers last_result facts_age_ms missing_checks backend kept tcb"

static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED,
					.message = "updated" };
static struct tdxu_options options;
static struct blob blob;

static void setup(void)
{
	fake.status = (struct tdxu_status){
		.cpus_online = 4, .cpus_present = 4, .driver = "0.1.0" };
	fill_module(&fake.status.module, 24);
	fake.status.seamldr = (struct tdxu_seamldr){
		.present = true, .major = 1, .minor = 5, .update = 2, .build_num = 12,
		.build_date = 0x20250131, .updates_left = 15 };
	fill_result(&fake.status.result, &updated, 3);
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	options.image = put_file("new.blob", &blob, sizeof(blob));
	paths_setup();
}

static int status_json(void)
{
	int code;

	options.json = true;
	code = run(tdxu_cmd_status, &options, false);
	take_json("status", code, code ? "" : STATUS_KEYS);
	return code;
}

static int inspect_json(void)
{
	int code;

	options.json = true;
	code = run(tdxu_cmd_inspect, &options, false);
	take_json("inspect", code, " image checks tcb attestation");
	return code;
}

static void show(const char *const *lines)
{
	options.json = false;
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	for (; *lines; lines++)
		ck_assert_msg(strstr(out, *lines) != NULL, "no '%s' in:\n%s", *lines, out);
}

START_TEST(one_screen)
{
	show((const char *[]){
		"Driver          tdx_update 0.1.0\n", "State           idle\n",
		"1.5.24, build 900 of 2026-01-31, SVN 1.12", "Race protection yes",
		"Gate            open (minimum of this series: 1.5.24)",
		"P-SEAMLDR       1.5.02, 15 updates left", "CPUs            4 of 4 online",
		"Erratum         none", "Blockers        none", "#3: updated",
		"the machine stood still for 2.000 ms", "1 retry", NULL });
	ck_assert_uint_le(out_size, 24 * 80);
}
END_TEST

/* The driver was loaded, and that asks nothing: what is not known is neither "none" nor "not lost". */
START_TEST(not_asked_yet)
{
	static const char *const nulls[] = { "module", "gate", "seamldr", "facts_age_ms", "blockers" };

	fake.refresh_error = EPERM;
	fake.status.state = TDX_UPDATE_STATE_NOT_ASKED;
	fake.status.untold = 1u << TDX_UPDATE_A_STATUS_FACTS_AGE_MS;
	fake.status.module.present = fake.status.seamldr.present = false;
	show((const char *[]){
		"State           not-asked\n",
		"TDX module      not known: since the driver was loaded nobody has asked; `tdxupd status` does as root\n",
		"Blockers        not known: what the firmware has not been asked for\n",
		"CPUs            4 of 4 online", NULL });
	ck_assert(!strstr(out, "Blockers        none") && !strstr(out, "answers"));
	ck_assert_int_eq(status_json(), 0);
	for (size_t i = 0; i < ARRAY_SIZE(nulls); i++)
		ck_assert_msg(json_is_null(at(nulls[i], NULL)), "%s", nulls[i]);
	/* What takes no question refuses all the same. */
	fake.status.blockers = (struct tdxu_checks){ .nr = 1, .check = {
		{ .name = "cpus-online", .verdict = TDX_UPDATE_VERDICT_FAIL },
	} };
	show((const char *[]){ "                not known: what", "cpus-online: ", NULL });
	ck_assert_int_eq(status_json(), 0);
	ck_assert_uint_eq(json_array_size(at("blockers", NULL)), 1);
}
END_TEST

START_TEST(what_is_wrong)
{
	fake.status.module.update = 16;
	fake.status.module.features0 = 0;
	fake.status.seamldr.present = false;
	fake.status.cpus_online = 3;
	fake.status.erratum = TDX_UPDATE_ERRATUM_BLOCKED;
	fake.status.result.present = false;
	fake.status.blockers = (struct tdxu_checks){ .nr = 1, .check = {
		{ "cpus-online", TDX_UPDATE_VERDICT_FAIL, EHOSTDOWN,
		  "CPU 3 is offline; wake it" } } };
	show((const char *[]){
		"Race protection no", "closed: older than 1.5.24", "no P-SEAMLDR answers",
		"3 of 4 online", "restore_vmcs=1", "cpus-online: CPU 3 is offline; wake it",
		"none since the driver was loaded", NULL });
}
END_TEST

/* The largest counters are no negative numbers. */
START_TEST(large_counters)
{
	fake.status.seamldr.updates_left = UINT32_MAX;
	fake.status.module.build_num = UINT32_MAX;
	fake.status.result.timing[1].retries = UINT32_MAX;
	ck_assert_int_eq(status_json(), 0);
	ck_assert_int_eq(json_integer_value(at("seamldr", "updates_left")), UINT32_MAX);
	ck_assert_int_eq(json_integer_value(at("module", "build")), UINT32_MAX);
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(at("last_result",
					    "timeline"), 1), "retries")), UINT32_MAX);
}
END_TEST

START_TEST(no_module)
{
	fake.status.module.present = false;
	show((const char *[]){ "no TDX module answers", NULL });
	ck_assert_int_eq(status_json(), 0);
	ck_assert(json_is_null(at("module", NULL)));
	ck_assert(json_is_null(at("gate", NULL)));
}
END_TEST

/* One field after the other cannot be read; none of them is 0 then, nor "no". */
static const struct {
	u32 attr;
	const char *text;
	const char *key, *member;
} unread[] = {
	{ TDX_UPDATE_A_MODULE_INTERNAL, "1.5.24, build 900", "internal", NULL },
	{ TDX_UPDATE_A_MODULE_BUILD_NUM, "build not known of 2026-01-31", "build", NULL },
	{ TDX_UPDATE_A_MODULE_BUILD_DATE, "build 900 of a date not known", "build_date", NULL },
	{ TDX_UPDATE_A_MODULE_FEATURES0, "Race protection not known: TDX_FEATURES0 could not be read",
	  "race_protection", NULL },
	{ TDX_UPDATE_A_MODULE_HV, "Handoff         versions not known, 14 pages",
	  "handoff", "newest" },
	{ TDX_UPDATE_A_MODULE_MIN_UPDATE_HV, "versions not known", "handoff", "oldest" },
	{ TDX_UPDATE_A_MODULE_NO_DOWNGRADE, "versions not known", "handoff", "no_downgrade" },
	{ TDX_UPDATE_A_MODULE_HANDOFF_PAGES, "versions 0 to 1, pages not known", "handoff", "pages" },
	{ TDX_UPDATE_A_MODULE_MRSEAM, "SVN 1.12", "mrseam", NULL },
	{ TDX_UPDATE_A_MODULE_SVN_MINOR, "SVN not known", "svn", NULL },
};

START_TEST(what_cannot_be_read)
{
	json_t *value;

	fake.status.module.untold = 1u << unread[_i].attr;
	show((const char *[]){ unread[_i].text, NULL });
	ck_assert_int_eq(status_json(), 0);
	value = at("module", unread[_i].key);
	if (unread[_i].member)
		value = json_object_get(value, unread[_i].member);
	ck_assert(json_is_null(value));
	ck_assert(!json_is_null(at("module", "version")));
}
END_TEST

static void expect_unknown_series(const char *line)
{
	show((const char *[]){ line, NULL });
	ck_assert_int_eq(status_json(), 0);
	ck_assert_str_eq(json_string_value(at("gate", "verdict")), "unknown-series");
	ck_assert(json_is_null(at("gate", "minimum")));
}

START_TEST(unknown_series)
{
	fake.status.module.major = 3;
	expect_unknown_series("closed: unknown series 3.5");
	fake.status.module.major = 1;
	/* To the driver. What this version would demand is not what that does. */
	fake.status.untold = 1u << TDX_UPDATE_A_STATUS_MINIMUM;
	expect_unknown_series("closed: unknown series 1.5; use a newer tdx_update");
}
END_TEST

/* A question was answered: that is success, however bad the answer. */
START_TEST(lost_is_loud)
{
	static const struct attempt lost = { .outcome = TDX_UPDATE_OUTCOME_LOST };

	fake.status.state = TDX_UPDATE_STATE_LOST;
	fake.status.module.present = false;
	fill_result(&fake.status.result, &lost, 3);
	show((const char *[]){ "STATE           LOST", "reboot the host", "REBOOT THIS HOST",
			       NULL });
}
END_TEST

START_TEST(values_of_a_newer_driver)
{
	fake.status.state = 99;
	fake.status.erratum = 99;
	fake.status.result.outcome = 99;
	fake.status.result.timing[0].phase = 99;
	fake.status.result.timing[1].end_ns = 0;
	show((const char *[]){ "State           unknown", "Erratum         unknown", "#3: unknown",
			       NULL });
}
END_TEST

#define NO_MISC "not known: the kernel counts none: it is older than 6.16, or wants `echo +misc"

static const struct {
	const char *capacity, *current; /* NULL: no such file */
	const char *text;
	int count, most; /* -1: null */
} counts[] = {
	{ "tdx 31\n", "tdx 3\n", "TDs             3 of at most 31\n", 3, 31 },
	{ "sev 8\ntdx 31\n", "sev 1\ntdx 0\n", "TDs             0 of at most 31\n", 0, 31 },
	{ NULL, NULL, "TDs             " NO_MISC, -1, -1 },
	{ "tdx 31\n", NULL, "TDs             " NO_MISC, -1, -1 },
	{ "sev 8\n", "sev 1\n", "not known: KVM counts none: kvm_intel is not loaded, or has no TDX",
	  -1, -1 },
	{ "tdx max\n", "tdx 1\n", "not known: KVM counts none", -1, -1 },
	{ "", "", "not known: the misc cgroup cannot be read", -1, -1 },
};

static void put_count(const char *name, const char *text)
{
	char path[32];

	snprintf(path, sizeof(path), "cgroup/%s", name);
	unlink(path_of(path));
	rmdir(path_of(path));
	if (text && *text)
		put_file(path, text, strlen(text));
	else if (text)
		ck_assert_int_eq(mkdir(path_of(path), 0755), 0);
}

/* What is not known is said, and is not 0. */
START_TEST(tds)
{
	mkdir(path_of("cgroup"), 0755);
	put_count("misc.capacity", counts[_i].capacity);
	put_count("misc.current", counts[_i].current);
	show((const char *[]){ counts[_i].text, NULL });
	ck_assert_int_eq(status_json(), 0);
	if (counts[_i].count < 0) {
		ck_assert(json_is_null(at("tds", NULL)));
		return;
	}
	ck_assert_int_eq(json_integer_value(at("tds", "current")), counts[_i].count);
	ck_assert_int_eq(json_integer_value(at("tds", "capacity")), counts[_i].most);
}
END_TEST

START_TEST(json_of_a_status)
{
	ck_assert_int_eq(status_json(), 0);
	expect_keys(at("gate", NULL), "verdict minimum");
	expect_keys(at("seamldr", NULL), "version build build_date updates_left");
	expect_keys(at("cpus", NULL), "online present");
	expect_keys(at("module", "handoff"), "newest oldest no_downgrade pages");
	ck_assert_str_eq(json_string_value(at("module", "version")), "1.5.24");
	ck_assert_str_eq(json_string_value(at("module", "features0")), "0xd1326f3f0fbf");
	ck_assert_str_eq(json_string_value(at("seamldr", "build_date")), "2025-01-31");
	ck_assert(json_is_true(at("module", "race_protection")));
	ck_assert_str_eq(json_string_value(at("last_result", "outcome")), "updated");
}
END_TEST

/* What is not known is shown by its number. */
START_TEST(of_a_newer_driver)
{
	strcpy(fake.status.beyond, "result 20");
	fake.status.result.timing[0].phase = TDX_UPDATE_PHASE_VERIFY + 1;
	show((const char *[]){ "Not shown       result 20, which this tdxupd does not know",
			       "unknown-9", NULL });
	ck_assert_int_eq(status_json(), 0);
	ck_assert_str_eq(json_string_value(at("not_shown", NULL)), "result 20");
	ck_assert_str_eq(json_string_value(json_object_get(
		json_array_get(at("last_result", "timeline"), 0), "phase")), "unknown-9");
}
END_TEST

START_TEST(no_driver)
{
	fake.open_error = ENODEV;
	ck_assert_int_eq(status_json(), 69);
	ck_assert_str_eq(json_string_value(at("error", "errno")), "ENODEV");
	/* What was known before would look like an answer. */
	fake.open_error = 0;
	fake.refresh_error = ENOMEM;
	ck_assert_int_eq(status_json(), 1);
	ck_assert_str_eq(json_string_value(at("error", "errno")), "ENOMEM");
}
END_TEST

START_TEST(inspects)
{
	ck_assert_int_eq(run(tdxu_cmd_inspect, &options, false), 0);
	ck_assert_ptr_nonnull(strstr(out, "v2, 3 module pages"));
	ck_assert_ptr_nonnull(strstr(out, "2026-01-31"));
	ck_assert_ptr_nonnull(strstr(out, "0x000806f8 Sapphire Rapids"));
	ck_assert_ptr_nonnull(strstr(out, "Signer          the key of signer= or TDXUPD_SIGNER"));
	ck_assert_ptr_nonnull(strstr(out, "pass    hash "));
	ck_assert_ptr_nonnull(strstr(out, "unknown cpu-model     depends on the host"));
	ck_assert_str_eq(err, "");
	ck_assert_int_eq(fake.opened, 0);
}
END_TEST

START_TEST(inspects_a_foreign_image)
{
	foreign = true;
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	put_file("new.blob", &blob, sizeof(blob));
	ck_assert_int_eq(run(tdxu_cmd_inspect, &options, false), 65);
	ck_assert_ptr_nonnull(strstr(out, "pass    signature "));
	ck_assert_ptr_nonnull(strstr(out, "fail    signer "));
	ck_assert_ptr_nonnull(strstr(err, "load tdx_update with signer="));
}
END_TEST

START_TEST(json_of_an_image)
{
	ck_assert_int_eq(inspect_json(), 0);
	expect_keys(at("image", "verdicts"), "sigstruct elf hash signature signer signer_hash");
	expect_keys(json_array_get(at("image", "cpu_models"), 0), "cpuid name");
	ck_assert_str_eq(json_string_value(json_object_get(at("image", "verdicts"), "signer")),
			 "named");
	ck_assert_uint_eq(strlen(json_string_value(at("image", "seamhash"))), 96);
	ck_assert_uint_eq(json_array_size(at("checks", NULL)),
			  tdxu_preflight_count(1) - tdxu_preflight_count(0));
	/* The driver's reply has those of a host and two images. */
	ck_assert_uint_le(tdxu_preflight_count(2), TDXU_MAX_CHECKS);
}
END_TEST

/* A bad image is shown all the same, as far as it can be read. */
START_TEST(shows_what_is_bad)
{
	blob.sig.svn_minor++;
	seal(&blob);
	put_file("new.blob", &blob, sizeof(blob));
	ck_assert_int_eq(run(tdxu_cmd_inspect, &options, false), 65);
	ck_assert_ptr_nonnull(strstr(out, "fail    signature     the signature over the"));
	ck_assert_ptr_nonnull(strstr(err, "signature"));
	ck_assert_int_eq(inspect_json(), 65);
	ck_assert_str_eq(json_string_value(at("error", "check")), "signature");
	ck_assert(json_is_false(json_object_get(at("image", "verdicts"), "signature")));
}
END_TEST

START_TEST(shows_nothing_of_no_image)
{
	options.image = "/dev/null";
	ck_assert_int_eq(inspect_json(), 65);
	ck_assert(json_is_null(at("image", NULL)));
}
END_TEST

static void add_inspect(TCase *tc)
{
	tcase_add_test(tc, inspects);
	tcase_add_test(tc, inspects_a_foreign_image);
	tcase_add_test(tc, json_of_an_image);
	tcase_add_test(tc, shows_what_is_bad);
	tcase_add_test(tc, shows_nothing_of_no_image);
}

/* Each time something has changed, and only then; a signal ends it well. */
START_TEST(watch_follows)
{
	options.watch = true;
	fake.changes = 3;
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	ck_assert_int_eq(fake.watches, 4);
	ck_assert_ptr_nonnull(strstr(out, "1.5.24"));
	ck_assert_ptr_nonnull(strstr(strstr(out, "\n\n"), "1.5.28"));
	ck_assert_ptr_null(strstr(strstr(out, "\n\n") + 2, "\n\n"));
	ck_assert_ptr_null(strchr(out, '\033'));
}
END_TEST

static bool schema_takes(void)
{
	struct schema s = { .root = json_load_file(TOP_DIRECTORY "/docs/tdxupd.schema.json", 0,
						   NULL) };
	bool takes = conforms(&s, s.root, json, "top");

	json_decref(s.root);
	return takes;
}

/* What holds every output to the schema can say no. */
START_TEST(the_schema_says_no)
{
	ck_assert_int_eq(status_json(), 0);
	ck_assert(schema_takes());
	json_object_set_new(json_object_get(json, "kept"), "colour", json_string("red"));
	ck_assert(!schema_takes());
	json_object_del(json_object_get(json, "kept"), "colour");
	json_object_set_new(json, "exit_code", json_integer(3));
	ck_assert(!schema_takes());
	json_object_set_new(json, "exit_code", json_integer(0));
	json_object_set_new(json_object_get(json, "module"), "mrseam", json_string("12"));
	ck_assert(!schema_takes());
	json_object_set_new(json_object_get(json, "module"), "mrseam", json_null());
	ck_assert(schema_takes());
	json_object_del(json, "state");
	ck_assert(!schema_takes());
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("status");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_test(tc, one_screen);
	tcase_add_test(tc, not_asked_yet);
	tcase_add_test(tc, what_is_wrong);
	tcase_add_test(tc, large_counters);
	tcase_add_test(tc, no_module);
	tcase_add_loop_test(tc, what_cannot_be_read, 0, ARRAY_SIZE(unread));
	tcase_add_test(tc, unknown_series);
	tcase_add_test(tc, lost_is_loud);
	tcase_add_test(tc, values_of_a_newer_driver);
	tcase_add_loop_test(tc, tds, 0, ARRAY_SIZE(counts));
	tcase_add_test(tc, json_of_a_status);
	tcase_add_test(tc, of_a_newer_driver);
	tcase_add_test(tc, no_driver);
	add_inspect(tc);
	tcase_add_test(tc, watch_follows);
	tcase_add_test(tc, the_schema_says_no);
	return run_suite("cli status and inspect", tc);
}
