// SPDX-License-Identifier: GPL-2.0-or-later
/* `tdxupd apply`, by TCB infos: what it refuses, and what it says that TDs show afterwards. */
#include "messages.h"
#include "tcb_chain.h"

static struct blob blob;
static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED };
static const struct attempt rolled_back = { .outcome = TDX_UPDATE_OUTCOME_ROLLED_BACK };

static void put_blob(u16 svn_minor)
{
	blob.sig.svn_minor = svn_minor;
	sign(&blob.sig);
	seal(&blob);
	put_file("x.blob", &blob, sizeof(blob));
}

/* 1.5.24 runs, of SVN 1.12; the image is of 1.14. It is 2030. */
static void setup(void)
{
	paths_setup();
	fake_paths.tcb_root = tcb_root_hash;
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	put_blob(14);
	put_tcb("t.json", TCB_BODY("20", TCB_FUTURE));
	put_tcb("early.json", TCB_HEAD("TDX", "3", "22", TCB_FUTURE)
		TCB_MODULES(TCB_MODULE("TDX_01", TCB_LEVEL("15", "UpToDate") ","
				       TCB_LEVEL("2", "OutOfDate"))) TCB_TAIL);
	put_tcb("past.json", TCB_BODY("18", "2029-02-02T03:04:05Z"));
	put_text("chain", tcb_chain);
	fake.status = (struct tdxu_status){ .cpus_online = 1, .cpus_present = 1 };
	fill_module(&fake.status.module, 24);
	fake.attempts = &updated;
	fake.nr = 1;
}

static void old_image(void) { put_blob(6); }
static void revoked_image(void) { put_blob(2); }
static void no_series(void) { blob.sig.svn_major = 9; put_blob(1); }
static void broken_file(void) { mkdir(fake_paths.tcb, 0755); put_text("tcb/a.json", "x"); }
/* Nothing in it is newer than what runs. */
static void older_directory(void)
{
	mkdir(path_of("l"), 0755);
	put_text("l/mapping_file.json", "{ \"tdx_module_releases\": [] }");
	put_file("l/tdx_module_1.5.08.blob", &blob, sizeof(blob));
}

static void fall_back(void) { fake.attempts = &rolled_back; }
static void only_version(void) { fake.status.module.only_version = true; }

static void runs_already(void)
{
	memcpy(fake.status.module.mrseam, blob.sig.seamhash, TDXU_SHA384_BYTES);
}

#define A "apply DIR/x.blob"
#define R A " --require-tcb UpToDate"
#define T " --tcb-info DIR/t.json"
#define C " --tcb-chain DIR/chain"
#define NOT "tdxupd: apply DIR/x.blob: it must be UpToDate, and by TCB set "
#define UNKNOWN "tdxupd: apply DIR/x.blob: what it is worth is not known, as "
#define NEWER "; take a newer image, or leave out --require-tcb"

static const struct row rows[] = {
	{ NULL, R T C, 0, "TCB set 20      module's half UpToDate" },
	{ NULL, R T C " --dry-run", 0, "TCB set 20      module's half UpToDate" },
	{ NULL, R, 78, UNKNOWN "there is no TCB info; name one with --tcb-info, or put it into /etc/tdxupd/tcb" },
	{ NULL, R T, 78, UNKNOWN "DIR/t.json is not verified: no chain of certificates; give its chain with --tcb-chain, or beside it as X.chain.pem for X.json" },
	{ broken_file, R, 78, UNKNOWN "DIR/tcb/a.json cannot be used: it is cut short, no JSON, or has a key twice; replace the file, or name another one with --tcb-info" },
	{ old_image, R T C, 78, NOT "20 is not: module's half OutOfDate: SVN 1.6, needs 1.13" NEWER },
	{ old_image, R T C " --dry-run", 78,
	  NOT "20 is not: module's half OutOfDate: SVN 1.6, needs 1.13" NEWER },
	{ revoked_image, R T C, 78, NOT "20 is not: module's half Revoked: SVN 1.2, needs 1.13" NEWER },
	{ no_series, R T C, 78,
	  NOT "20 is not: module's half not supported: SVN 9.1, of which the file has no module" NEWER },
	/* By all of them. */
	{ NULL, R T C " --tcb-info DIR/early.json", 78,
	  NOT "22 is not: module's half OutOfDate: SVN 1.14, needs 1.15" NEWER },
	{ NULL, R C " --tcb-info DIR/past.json", 78,
	  NOT "18 is not: module's half unknown: UpToDate, by a file that expired on 2029-02-02; get a newer TCB info" },
	{ NULL, A " --require-tcb OutOfDate", 64,
	  "tdxupd: apply: 'OutOfDate' cannot be required: UpToDate can; see `tdxupd help apply`" },
	{ old_image, A T C, 0, "TCB set 20      module's half OutOfDate: SVN 1.6, needs 1.13" },
	{ NULL, A " --tcb-info DIR/x.blob", 65,
	  "tdxupd: DIR/x.blob: it is cut short, no JSON, or has a key twice; *" },
	/* What a timer's journal has every day. */
	{ older_directory, "apply --newest DIR/l" T, 0,
	  "TCB set 20      module's half OutOfDate: SVN 1.12, needs 1.13" },
	/* What is shown afterwards. */
	{ NULL, A, 0,
	  "New TDs         show SVN 1.14, and this MRSEAM, which relying parties must accept:" },
	{ NULL, A, 0, "TDs from before go on to show SVN and MRSEAM of their launch (SVN 1.12 or lower);" },
	{ NULL, A, 0, "                only TEE_TCB_SVN_2 is now 1.14; they need a relaunch to be worth more" },
	{ NULL, A " --dry-run", 0,
	  "New TDs         will show SVN 1.14, and this MRSEAM, which relying parties must accept:" },
	{ NULL, A " --dry-run", 0,
	  "                only TEE_TCB_SVN_2 becomes 1.14; they need a relaunch to be worth more" },
	{ only_version, A, 0,
	  "TDs from before go on to show SVN and MRSEAM of their launch;" },
	{ NULL, "inspect DIR/x.blob", 0,
	  "TDs from before go on to show SVN and MRSEAM of their launch;" },
};

START_TEST(row)
{
	try_row(&rows[_i]);
	if (rows[_i].code)
		ck_assert_int_eq(fake.updates, 0);
}
END_TEST

static json_t *attestation(const char *which, const char *key)
{
	return json_object_get(json_object_get(at("attestation", NULL), which), key);
}

static u32 minor_of(const json_t *svn)
{
	return (u32)json_integer_value(json_object_get(svn, "minor"));
}

static void expect_launch(u32 minor, const u8 *mrseam)
{
	char hex[2 * TDXU_MRSEAM_BYTES + 1];

	for (size_t i = 0; i < TDXU_MRSEAM_BYTES; i++)
		sprintf(hex + 2 * i, "%02x", mrseam[i]);
	ck_assert_uint_eq(minor_of(attestation("new_tds", "tee_tcb_svn")), minor);
	ck_assert_str_eq(json_string_value(attestation("new_tds", "mrseam")), hex);
	ck_assert_uint_eq(minor_of(attestation("running_tds", "tee_tcb_svn")), 12);
	ck_assert_uint_eq(minor_of(attestation("running_tds", "tee_tcb_svn_2")), minor);
	ck_assert_ptr_nonnull(strstr(json_string_value(attestation("running_tds", "mrseam")),
				     "180000"));
	ck_assert(json_is_true(attestation("running_tds", "need_relaunch")));
}

START_TEST(launch_and_now)
{
	options = (struct tdxu_options){ .image = path_of("x.blob"), .dry_run = true };
	ck_assert_int_eq(apply_json(&options), 0);
	expect_launch(14, blob.sig.seamhash);
	ck_assert(json_is_false(at("attestation", "done")));
	options.dry_run = false;
	ck_assert_int_eq(apply_json(&options), 0);
	expect_launch(14, blob.sig.seamhash);
	ck_assert(json_is_true(at("attestation", "done")));
}
END_TEST

/* What runs in the end is what counts. */
START_TEST(launch_of_a_fallback)
{
	static const struct attempt to_other = { .outcome = TDX_UPDATE_OUTCOME_ROLLED_BACK,
						 .same = true };

	options = (struct tdxu_options){ .image = path_of("x.blob") };
	fall_back();
	ck_assert_int_eq(apply_json(&options), 74);
	ck_assert(json_is_null(at("attestation", NULL)));
	fake.attempts = &to_other;
	ck_assert_int_eq(apply_json(&options), 74);
	ck_assert_uint_eq(minor_of(attestation("new_tds", "tee_tcb_svn")), 12);
}
END_TEST

START_TEST(launch_of_the_same)
{
	options = (struct tdxu_options){ .image = path_of("x.blob"), .dry_run = true };
	runs_already();
	ck_assert_int_eq(apply_json(&options), 0);
	ck_assert(json_is_false(attestation("running_tds", "need_relaunch")));
	options.json = false;
	ck_assert_int_eq(run(tdxu_cmd_apply, &options, false), 0);
	ck_assert_ptr_null(strstr(out, "TDs from before"));
}
END_TEST

START_TEST(inspected)
{
	options = (struct tdxu_options){ .image = path_of("x.blob"), .json = true };
	ck_assert_int_eq(run(tdxu_cmd_inspect, &options, false), 0);
	take_json("inspect", 0, " image checks tcb attestation");
	ck_assert_uint_eq(minor_of(attestation("new_tds", "tee_tcb_svn")), 14);
	ck_assert(json_is_null(attestation("running_tds", "tee_tcb_svn")));
	ck_assert(json_is_null(attestation("running_tds", "need_relaunch")));
	blob.module[5000] ^= 1;
	put_blob(14);
	ck_assert_int_eq(run(tdxu_cmd_inspect, &options, false), 65);
	take_json("inspect", 65, " image checks tcb attestation");
	ck_assert(json_is_null(at("attestation", NULL)));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("tcb apply");

	tcase_add_unchecked_fixture(tc, tcb_setup, tcb_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, row, 0, ARRAY_SIZE(rows));
	tcase_add_test(tc, launch_and_now);
	tcase_add_test(tc, launch_of_a_fallback);
	tcase_add_test(tc, launch_of_the_same);
	tcase_add_test(tc, inspected);
	return run_suite("cli tcb apply", tc);
}
