// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `tdxupd list` and `apply --newest`, on directories laid out as the publisher does. The images
 * are ours, so their versions come from their names.
 */
#include "cli_tree.h"
#include "genuine.h"

START_TEST(running_and_newer)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_image("joined_files/1.5/tdx_module_1.5.28.blob", &b, 28);
	put_image("joined_files/1.5/tdx_module_1.5.30.blob", &b, 30);
	ck_assert_int_eq(list(), 0);
	ck_assert_uint_eq(json_array_size(at("images", NULL)), 3);
	expect_keys(json_array_get(at("images", NULL), 0),
		    "path version version_source verdict rule why fix newest svn seamhash signer tcb");
	ck_assert_str_eq(field("1.5.24", "verdict"), "running");
	ck_assert_str_eq(field("1.5.28", "verdict"), "installable");
	ck_assert_str_eq(field("1.5.28", "version_source"), "file-name");
	ck_assert(json_is_false(json_object_get(image("1.5.28"), "newest")));
	ck_assert(json_is_true(json_object_get(image("1.5.30"), "newest")));
	ck_assert_ptr_nonnull(strstr(json_string_value(at("newest", NULL)), "1.5.30"));
}
END_TEST

/* What kernel and KVM have read at boot. */
START_TEST(changes_what_was_read)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_image("joined_files/1.5/tdx_module_1.5.30.blob", &b, 30);
	put_image("joined_files/1.5/tdx_module_1.5.31.blob", &b, 31);
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("1.5.30", "why"), "it can follow the running module 1.5.24");
	ck_assert_str_eq(field("1.5.31", "verdict"), "installable");
	ck_assert_str_eq(field("1.5.31", "why"),
			 "it can follow the running module 1.5.24; not all that kernel and KVM have read at boot will hold then: reboot before new TDs start");
}
END_TEST

/* Each has one thing wrong with it. */
static void break_debug(struct blob *b) { b->sig.module_type = TDXU_SIGSTRUCT_TYPE_DEBUG; }
static void break_cpu(struct blob *b) { b->sig.cpuid_table[0] = 0xc06f0; }
static void break_svn(struct blob *b) { b->sig.svn_minor = 11; }
static void break_handoff(struct blob *b) { b->sig.min_update_hv = b->sig.module_hv = 3; }
static void break_room(struct blob *b) { b->sig.num_handoff_pages = 3; }
static void break_signer(struct blob *b) { (void)b; foreign = true; }
static void break_nothing(struct blob *b) { (void)b; }

static const struct {
	const char *version;
	void (*change)(struct blob *b);
	const char *rule;
	int code; /* of apply --newest; 0: nothing to do */
	const char *why; /* how it starts */
} refusals[] = {
	{ "1.5.28", break_debug, "debug-signed", 65,
	  "signed for debugging: production platforms refuse it" },
	{ "1.5.28", break_signer, "signer", 65,
	  "P-SEAMLDR would refuse it: its key is not Intel's production key; " },
	{ "1.5.28", break_cpu, "cpu-model", 0, "made for other CPUs: " },
	{ "1.5.28", break_svn, "svn", 65, "image has SVN 1.11, the platform is at 1.12" },
	{ "1.5.28", break_handoff, "handoff", 65, "no common handoff version: " },
	{ "1.5.28", break_room, "handoff-room", 65,
	  "image has 4 handoff pages, the running module 14: " },
	{ "1.5.25", break_nothing, "seamldr", 0,
	  "not for hosts with P-SEAMLDR 1.5, as this one is" },
	{ "1.5.35", break_nothing, "seamldr", 78,
	  "needs P-SEAMLDR 1.5.01, and this host has 1.5.00" },
	{ "1.5.34", break_nothing, "minimum-version", 78,
	  "keeps TDs alive from 1.5.28 on, and 1.5.24 runs here" },
	/* an entry that lacks what it needs */
	{ "1.5.36", break_nothing, "unlisted", 78, "the mapping file does not list its version" },
	{ "1.5.99", break_nothing, "unlisted", 78, "the mapping file does not list its version" },
	{ "2.0.14", break_nothing, "series", 0,
	  "of series 2.0, and the running module 1.5.24 can only be followed by its own series" },
	{ "1.5.20", break_nothing, "not-newer", 0, "not newer than the running module 1.5.24" },
	{ "1.5.24x", break_nothing, "not-newer", 0, "not newer than the running module 1.5.24" },
	/* of an unknown version, and newer for all that is known; or older, or not for this host */
	{ "final", break_nothing, "unlisted", 78,
	  "its version is not known, and so not whether it is newer" },
	{ "final", break_svn, "svn", 0, "image has SVN 1.11, the platform is at 1.12" },
	{ "final", break_cpu, "cpu-model", 0, "made for other CPUs: " },
};

static void put_refusal(size_t i)
{
	struct blob b;
	char name[64];

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	refusals[i].change(&b);
	snprintf(name, sizeof(name), "joined_files/1.5/tdx_module_%s.blob", refusals[i].version);
	put_image(name, &b, 99);
}

static int newest(void)
{
	options = (struct tdxu_options){ .newest = root };
	return apply_json(&options);
}

START_TEST(refused)
{
	char name[32];

	put_refusal((size_t)_i);
	snprintf(name, sizeof(name), "%s.blob", refusals[_i].version);
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field(name, "verdict"), "refused");
	ck_assert_str_eq(field(name, "rule"), refusals[_i].rule);
	ck_assert_ptr_eq(strstr(field(name, "why"), refusals[_i].why), field(name, "why"));
	ck_assert(json_is_null(at("newest", NULL)));
	ck_assert_int_eq(newest(), refusals[_i].code);
	ck_assert_int_eq(fake.updates, 0);
	ck_assert(json_is_false(at("changed", NULL)));
	if (refusals[_i].code)
		ck_assert_str_eq(json_string_value(at("error", "check")), refusals[_i].rule);
	else
		ck_assert_uint_ge(json_array_size(at("notes", NULL)), 1);
}
END_TEST

/* Of the series, the entry asks for P-SEAMLDR 1.5.01. */
START_TEST(the_loader_is_new_enough)
{
	put_refusal(7);
	fake.status.seamldr.update = 1;
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("1.5.35", "verdict"), "installable");
}
END_TEST

START_TEST(the_loaders_update_is_not_told)
{
	put_refusal(7);
	fake.status.seamldr.untold = 1u << TDX_UPDATE_A_SEAMLDR_UPDATE;
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("1.5.35", "verdict"), "unknown");
	ck_assert_str_eq(field("1.5.35", "rule"), "seamldr");
	ck_assert_str_eq(field("1.5.35", "why"),
			 "needs P-SEAMLDR 1.5.01, and which update of 1.5 this host has is not told by a tdx_update older than tdxupd");
	ck_assert_int_eq(newest(), 78);
	ck_assert_int_eq(fake.updates, 0);
}
END_TEST

START_TEST(the_gate_refuses_all)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_image("joined_files/1.5/tdx_module_1.5.28.blob", &b, 28);
	fake.status.module.update = 16;
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("1.5.28", "rule"), "gate");
	ck_assert_str_eq(field("1.5.28", "why"),
			 "the running module 1.5.16 is older than 1.5.24 and cannot be updated under TDs");
	ck_assert_int_eq(newest(), 78);
}
END_TEST

START_TEST(a_series_that_is_not_known)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_image("joined_files/1.5/tdx_module_3.5.30.blob", &b, 30);
	fake.status.module.major = 3;
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("3.5.30", "why"),
			 "the running module 3.5.24 is of a series that tdx_update does not know");
}
END_TEST

/* By the driver's gate, which is another than ours. */
START_TEST(a_series_that_the_driver_does_not_know)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_image("joined_files/1.5/tdx_module_1.5.28.blob", &b, 28);
	fake.status.untold = 1u << TDX_UPDATE_A_STATUS_MINIMUM;
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("1.5.28", "rule"), "gate");
	ck_assert_str_eq(field("1.5.28", "why"),
			 "the running module 1.5.24 is of a series that tdx_update does not know");
	ck_assert_int_eq(newest(), 78);
	ck_assert_int_eq(fake.updates, 0);
}
END_TEST

START_TEST(applies_the_newest)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_image("joined_files/1.5/tdx_module_1.5.28.blob", &b, 28);
	put_image("joined_files/1.5/tdx_module_1.5.30.blob", &b, 30);
	put_refusal(2);
	ck_assert_int_eq(newest(), 0);
	ck_assert_int_eq(fake.updates, 1);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_TARGET], &b, sizeof(b));
	ck_assert_ptr_nonnull(strstr(json_string_value(at("image", "path")), "1.5.30"));
}
END_TEST

/* What the driver found last need not be true any more: the kernel's own updater is there, too. */
START_TEST(old_facts_choose_nothing)
{
	struct tdxu_status now = fake.status;
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_image("joined_files/1.5/tdx_module_1.5.28.blob", &b, 28);
	fill_module(&fake.status.module, 28);
	memcpy(fake.status.module.mrseam, b.sig.seamhash, TDXU_SHA384_BYTES);
	fake.refreshed = &now;
	ck_assert_int_eq(newest(), 0);
	ck_assert_int_eq(fake.updates, 1);
	ck_assert_ptr_nonnull(strstr(json_string_value(at("image", "path")), "1.5.28"));
}
END_TEST

/* While an update runs nobody knows what will: that is no reason to do nothing. */
START_TEST(an_update_that_runs_is_waited_for)
{
	fake.refresh_error = EBUSY;
	ck_assert_int_eq(newest(), 75);
	ck_assert_int_eq(fake.updates, 0);
}
END_TEST

/* The same image in both folders is listed once, as blob. */
START_TEST(joined_and_separate)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_image("joined_files/1.5/tdx_module_1.5.28.blob", &b, 28);
	put("separate_files/1.5/tdx_module_1.5.28.bin", b.module, sizeof(b.module));
	put("separate_files/1.5/tdx_module_1.5.28.sigstruct", &b.sig, sizeof(b.sig));
	put_image("x.blob", &b, 30);
	put("separate_files/1.5/tdx_module_1.5.30.so", b.module, sizeof(b.module));
	put("separate_files/1.5/tdx_module_1.5.30.sigstruct", &b.sig, sizeof(b.sig));
	unlink(path_of("tdx/x.blob"));
	put("README.md", "x", 1);
	ck_assert_int_eq(list(), 0);
	ck_assert_uint_eq(json_array_size(at("images", NULL)), 3);
	ck_assert_ptr_nonnull(strstr(field("1.5.28", "path"), "joined_files"));
	ck_assert_str_eq(field("1.5.30", "verdict"), "installable");
}
END_TEST

START_TEST(broken_ones_are_shown)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	b.module[9] ^= 1;
	put("joined_files/1.5/tdx_module_1.5.28.blob", &b, sizeof(b));
	put("joined_files/1.5/tdx_module_1.5.30.blob", "", 0);
	put("separate_files/1.5/tdx_module_1.5.31.bin", b.module, sizeof(b.module));
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("1.5.28", "rule"), "checksum");
	ck_assert_str_eq(field("1.5.30", "rule"), "file");
	ck_assert_str_eq(field("1.5.31", "rule"), "file");
	ck_assert(json_is_null(json_object_get(image("1.5.28"), "seamhash")));
	ck_assert_int_eq(newest(), 65);
}
END_TEST

/* Each with a flaw that is in the image itself. */
static void flaw_sigstruct(struct blob *b) { b->sig.vendor = 1; sign(&b->sig); }
static void flaw_hash(struct blob *b) { b->module[5000] ^= 1; }
static void flaw_signature(struct blob *b) { b->sig.svn_minor++; }
static void flaw_svn(struct blob *b) { b->sig.svn_major = 0; sign(&b->sig); }

static const struct {
	void (*change)(struct blob *b);
	const char *check;
} flaws[] = {
	{ flaw_sigstruct, "sigstruct" },
	{ flaw_hash, "hash" },
	{ flaw_signature, "signature" },
	{ flaw_svn, "svn" },
};

START_TEST(list_and_inspect_agree)
{
	static const char name[] = "joined_files/1.5/tdx_module_1.5.28.blob";
	char path[192], why[TDXU_MESSAGE_BYTES];
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	flaws[_i].change(&b);
	seal(&b);
	put(name, &b, sizeof(b));
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("1.5.28", "rule"), flaws[_i].check);
	snprintf(why, sizeof(why), "%s", field("1.5.28", "why"));

	snprintf(path, sizeof(path), "%s/%s", root, name);
	options.image = path;
	ck_assert_int_eq(run(tdxu_cmd_inspect, &options, false), 65);
	take_json("inspect", 65, " image checks tcb attestation");
	ck_assert_str_eq(json_string_value(at("error", "check")), flaws[_i].check);
	ck_assert_str_eq(json_string_value(at("error", "why")), why);
}
END_TEST

START_TEST(without_a_driver)
{
	fake.open_error = ENODEV;
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("1.5.24", "verdict"), "unknown");
	ck_assert_int_eq(newest(), 69);
}
END_TEST

START_TEST(as_text)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_image("joined_files/1.5/tdx_module_1.5.28.blob", &b, 28);
	put_refusal(2);
	ck_assert_int_eq(run(tdxu_cmd_list, &options, false), 0);
	ck_assert_ptr_nonnull(strstr(out, "running"));
	ck_assert_ptr_nonnull(strstr(out, "refused: "));
	ck_assert_ptr_nonnull(strstr(out, "file name, unverified"));
	ck_assert_ptr_nonnull(strstr(out, "signed by the key of signer= or TDXUPD_SIGNER"));
	ck_assert_ptr_null(strstr(out, "unknown key"));
	put_refusal(1);
	ck_assert_int_eq(run(tdxu_cmd_list, &options, false), 0);
	ck_assert_ptr_nonnull(strstr(out, "signed by an unknown key (not Intel's"));
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("1.5.24", "signer"), "named");
	ck_assert_str_eq(field("1.5.28", "signer"), "unknown");
}
END_TEST

/* The publisher's mapping, where it is at hand: every version in it is found and sane. */
START_TEST(published_mapping)
{
	const char *dir = genuine_dir();
	struct tdxu_mapping *m = calloc(1, sizeof(*m));
	struct tdxu_version v = { 1, 5, 25 };
	const struct tdxu_release *r;
	struct tdxu_error error;

	if (dir) {
		ck_assert_int_eq(tdxu_mapping_load(dir, m, &error), 0);
		ck_assert_uint_eq(m->nr, 20);
		for (u32 i = 0; i < m->nr; i++)
			ck_assert_int_le(tdxu_version_compare(&m->release[i].minimum,
							      &m->release[i].version), 0);
		r = tdxu_mapping_find(m, &v);
		ck_assert_ptr_nonnull(r);
		ck_assert_uint_eq(r->seamldrs.nr, 1);
		ck_assert_uint_eq(r->seamldrs.version[0].major, 2);
	}
	free(m);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("list");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, running_and_newer);
	tcase_add_loop_test(tc, refused, 0, ARRAY_SIZE(refusals));
	tcase_add_test(tc, changes_what_was_read);
	tcase_add_test(tc, the_loader_is_new_enough);
	tcase_add_test(tc, the_loaders_update_is_not_told);
	tcase_add_test(tc, the_gate_refuses_all);
	tcase_add_test(tc, a_series_that_is_not_known);
	tcase_add_test(tc, a_series_that_the_driver_does_not_know);
	tcase_add_test(tc, applies_the_newest);
	tcase_add_test(tc, old_facts_choose_nothing);
	tcase_add_test(tc, an_update_that_runs_is_waited_for);
	tcase_add_test(tc, joined_and_separate);
	tcase_add_test(tc, broken_ones_are_shown);
	tcase_add_loop_test(tc, list_and_inspect_agree, 0, ARRAY_SIZE(flaws));
	tcase_add_test(tc, without_a_driver);
	tcase_add_test(tc, as_text);
	tcase_add_test(tc, published_mapping);
	return run_suite("cli list", tc);
}
