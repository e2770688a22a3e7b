// SPDX-License-Identifier: GPL-2.0-or-later
/* The image that `tdxupd apply` leaves behind, and what it is good for. */
#include "cli_fake.h"
#include "kept.h"

static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED };
static const struct attempt failed = { .outcome = TDX_UPDATE_OUTCOME_FAILED, .errnum = EIO };
static struct tdxu_options options;
static struct blob old, new;

static void make_other(struct blob *b)
{
	make_blob(b, TDXU_IMAGE_VERSION_2);
	b->module[4096] ^= 1;
	fill_sigstruct(b);
	sign(&b->sig);
	seal(b);
}

/* "old" runs. */
static void setup(void)
{
	make_other(&old);
	make_blob(&new, TDXU_IMAGE_VERSION_2);
	options = (struct tdxu_options){ .image = put_file("new.blob", &new, sizeof(new)) };
	fake.attempts = &updated;
	fake.nr = 1;
	fill_module(&fake.status.module, 24);
	memcpy(fake.status.module.mrseam, old.sig.seamhash, TDXU_SHA384_BYTES);
	paths_setup();
}

static void keep(struct blob *b)
{
	keep_blob(fake_paths.state, b);
}

static void expect_kept(const struct blob *b)
{
	char path[512];
	struct stat st;
	u8 data[BLOB_BYTES];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", fake_paths.state, kept_name(b));
	f = fopen(path, "rb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fread(data, 1, sizeof(data), f), sizeof(data));
	fclose(f);
	ck_assert_mem_eq(data, b, sizeof(*b));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(stat(fake_paths.state, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0700);
	/* Nothing half-written is left beside it. */
	snprintf(path, sizeof(path), "test -z \"$(ls -A '%s' | grep -v '^%s$\\|^history.jsonl$')\"",
		 fake_paths.state, kept_name(b));
	ck_assert_int_eq(system(path), 0);
}

static int apply(void)
{
	return apply_json(&options);
}

static bool noted(const char *text)
{
	json_t *note;
	size_t i;

	json_array_foreach(at("notes", NULL), i, note)
		if (strstr(json_string_value(note), text))
			return true;
	return false;
}

START_TEST(kept_after_success)
{
	ck_assert_int_eq(apply(), 0);
	ck_assert(json_is_true(at("kept", NULL)));
	expect_kept(&new);
}
END_TEST

START_TEST(replaces_what_was_kept)
{
	keep(&old);
	ck_assert_int_eq(apply(), 0);
	expect_kept(&new);
}
END_TEST

START_TEST(not_kept_after_failure)
{
	keep(&old);
	fake.attempts = &failed;
	ck_assert_int_eq(apply(), 74);
	ck_assert(json_is_false(at("kept", NULL)));
	expect_kept(&old);
}
END_TEST

/* What the TDs run on now is what the next update needs: by any name, and written over. */
START_TEST(kept_after_a_rollback)
{
	static const struct attempt rolled_back = { .outcome = TDX_UPDATE_OUTCOME_ROLLED_BACK,
						    .errnum = ECANCELED };
	struct blob given;

	make_blob(&given, TDXU_IMAGE_VERSION_1);
	given.module[4097] ^= 1;
	fill_sigstruct(&given);
	sign(&given.sig);
	seal(&given);
	keep(&old);
	options.fallback = put_file("given.blob", &given, sizeof(given));
	fake.attempts = &rolled_back;
	fake.fell_back_to = given.sig.seamhash;
	ck_assert_int_eq(apply(), 74);
	ck_assert(json_is_true(at("kept", NULL)));
	expect_kept(&given);
}
END_TEST

/* That of earlier versions had a name that told nothing. */
START_TEST(kept_by_an_earlier_version)
{
	char command[512];

	keep(&old);
	snprintf(command, sizeof(command), "mv '%s/%s' '%s/kept.blob'", fake_paths.state,
		 kept_name(&old), fake_paths.state);
	ck_assert_int_eq(system(command), 0);
	fake.attempts = &failed;
	ck_assert_int_eq(apply(), 74);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_FALLBACK], &old, sizeof(old));
	expect_kept(&old);
}
END_TEST

/* No blob of an administrator's goes, whose name is another. */
START_TEST(leaves_what_others_keep_there)
{
	char path[512];

	keep(&old);
	snprintf(path, sizeof(path), "%s/tdx_module_1.5.16.blob", fake_paths.state);
	fclose(fopen(path, "w"));
	ck_assert_int_eq(apply(), 0);
	ck_assert_int_eq(access(path, F_OK), 0);
	unlink(path);
	expect_kept(&new);
}
END_TEST

START_TEST(not_kept_by_a_dry_run)
{
	options.dry_run = true;
	ck_assert_int_eq(apply(), 0);
	ck_assert_int_ne(access(fake_paths.state, F_OK), 0);
}
END_TEST

/* The update is done, and says so; but somebody should know. */
START_TEST(cannot_be_kept)
{
	FILE *f = fopen(fake_paths.state, "w");

	fclose(f);
	ck_assert_int_eq(apply(), 0);
	ck_assert(json_is_false(at("kept", NULL)));
	ck_assert(noted("could not be kept"));
	ck_assert(noted("the history is not complete"));
	fake.at = 0;
	options.json = false;
	options.quiet = true;
	ck_assert_int_eq(run(tdxu_cmd_apply, &options, false), 0);
	ck_assert_ptr_nonnull(strstr(err, "could not be kept"));
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(is_the_default_fallback)
{
	keep(&old);
	fake.attempts = &failed; /* what was uploaded stays to be looked at */
	ck_assert_int_eq(apply(), 74);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_FALLBACK], &old, sizeof(old));
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_TARGET], &new, sizeof(new));
	ck_assert(json_is_object(at("fallback", NULL)));
	ck_assert_uint_eq(json_array_size(at("notes", NULL)), 0);
}
END_TEST

static void expect_no_fallback(void)
{
	static const u8 nothing[BLOB_BYTES];

	ck_assert_int_eq(apply(), 0);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_FALLBACK], nothing, sizeof(nothing));
	ck_assert(json_is_null(at("fallback", NULL)));
}

START_TEST(no_fallback_if_not_wanted)
{
	keep(&old);
	options.no_fallback = true;
	expect_no_fallback();
	ck_assert_uint_eq(json_array_size(at("notes", NULL)), 0);
}
END_TEST

START_TEST(a_given_fallback_goes_first)
{
	struct blob given;

	keep(&old);
	make_blob(&given, TDXU_IMAGE_VERSION_1);
	options.fallback = put_file("given.blob", &given, sizeof(given));
	ck_assert_int_eq(apply(), 0);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_FALLBACK], &given, sizeof(given));
}
END_TEST

START_TEST(of_another_module)
{
	keep(&old);
	fake.status.module.mrseam[7] ^= 1;
	expect_no_fallback();
	ck_assert(noted("its SEAMHASH is not the MRSEAM of the running module 1.5.24"));
	ck_assert_uint_eq(json_array_size(at("notes", NULL)), 1);
}
END_TEST

START_TEST(damaged)
{
	keep(&old);
	old.module[5000] ^= 1;
	keep(&old);
	expect_no_fallback();
	ck_assert(noted("its checksum is wrong"));
}
END_TEST

START_TEST(left_out_where_the_driver_refuses_it)
{
	keep(&old);
	fake.unfit = 1 << TDX_UPDATE_SLOT_FALLBACK;
	ck_assert_int_eq(apply(), 0);
	ck_assert(json_is_null(at("fallback", NULL)));
	ck_assert(noted(".blob cannot be one here: it goes back"));
	ck_assert_int_eq(fake.drops, 2);
}
END_TEST

START_TEST(a_given_fallback_is_strict)
{
	static const struct attempt refused = { .outcome = TDX_UPDATE_OUTCOME_REFUSED,
						.errnum = ESTALE, .check = "svn" };

	keep(&old);
	options.fallback = put_file("given.blob", &old, sizeof(old));
	fake.attempts = &refused;
	fake.unfit = 1 << TDX_UPDATE_SLOT_FALLBACK;
	ck_assert_int_eq(apply(), 65);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_FALLBACK], &old, sizeof(old));
}
END_TEST

/* Applied once more, every day: the file is not written again. */
START_TEST(kept_already)
{
	struct stat before, after;
	char path[512];

	keep(&old);
	snprintf(path, sizeof(path), "%s/%s", fake_paths.state, kept_name(&old));
	ck_assert_int_eq(stat(path, &before), 0);
	options.image = put_file("old.blob", &old, sizeof(old));
	ck_assert_int_eq(apply(), 0);
	ck_assert(json_is_true(at("kept", NULL)));
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
}
END_TEST

static const struct {
	int of_running; /* the hash */
	u32 version;
	bool present;
	enum tdxu_kept_state state;
} states[] = {
	{ 1, 24, true, TDXU_KEPT_USABLE },
	{ 0, 24, true, TDXU_KEPT_UNUSABLE },
	{ 1, 24, false, TDXU_KEPT_UNKNOWN },
};

START_TEST(status_says_so)
{
	static const char *const texts[] = { "none", "fallback of the next update",
					     "not used as fallback", "not known" };

	keep(&old);
	fake.status.module.present = states[_i].present;
	fake.status.module.mrseam[0] ^= !states[_i].of_running;
	options = (struct tdxu_options){ 0 };
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	ck_assert_msg(strstr(out, texts[states[_i].state]) != NULL, "%s", out);
	options.json = true;
	run(tdxu_cmd_status, &options, false);
	json = json_loads(out, 0, NULL);
	expect_schema(json);
	expect_keys(at("kept", NULL), "state why version version_source seamhash");
	ck_assert_str_eq(json_string_value(at("kept", "state")),
			 tdxu_kept_state_names[states[_i].state]);
}
END_TEST

/* It is only summed up where it is sound; what is wrong with it is told as of any image. */
static const struct {
	size_t at; /* 0: nothing changed */
	size_t size;
	const char *text;
} damages[] = {
	{ 0, BLOB_BYTES, "fallback of the next update" },
	{ 2, BLOB_BYTES, "its checksum is wrong" },
	{ offsetof(struct blob, module), BLOB_BYTES, "its checksum is wrong" },
	{ offsetof(struct blob, module) + 1, BLOB_BYTES, "its checksum is wrong" },
	{ BLOB_BYTES - 1, BLOB_BYTES, "its checksum is wrong" },
	{ 0, BLOB_BYTES - 4096, "it is truncated: 4096 of its" },
	{ 0, BLOB_BYTES - 1, "it is truncated: 1 of its" },
	{ 0, 8192, "it is truncated" },
	{ 0, 4097, "it is truncated" },
	{ 0, 1, "it is shorter than a header" },
	{ 0, 0, "it is empty" },
};

START_TEST(status_tells_damage)
{
	char path[512];
	size_t at = damages[_i].at;
	FILE *f;

	keep(&old);
	snprintf(path, sizeof(path), "%s/%s", fake_paths.state, kept_name(&old));
	f = fopen(path, "r+b");
	ck_assert_ptr_nonnull(f);
	if (at) {
		fseek(f, (long)at, SEEK_SET);
		fputc(((u8 *)&old)[at] ^ 1, f);
	}
	fclose(f);
	ck_assert_int_eq(truncate(path, (off_t)damages[_i].size), 0);
	options = (struct tdxu_options){ 0 };
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	ck_assert_msg(strstr(out, damages[_i].text) != NULL, "%s", out);
}
END_TEST

/* What is not at the head of one takes no memory: as if its module were all 0 but for a word. */
START_TEST(is_only_summed_up)
{
	struct tdxu_image_file file;
	struct tdxu_error error;
	const char *path = put_file("kept.blob", &old, sizeof(old));
	const u16 sum = tdxu_image_checksum(old.module, sizeof(old.module));

	ck_assert_int_eq(tdxu_image_file_peek(path, &file, &error), 0);
	ck_assert_uint_eq(file.blob.size, sizeof(old));
	ck_assert_mem_eq(file.blob.data, &old, offsetof(struct blob, module));
	ck_assert_mem_eq(file.content.image.module, &sum, sizeof(sum));
	for (size_t i = sizeof(sum); i < sizeof(old.module); i++)
		ck_assert_uint_eq(file.content.image.module[i], 0);
	tdxu_image_file_free(&file);
}
END_TEST

START_TEST(status_without_one)
{
	options = (struct tdxu_options){ 0 };
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	ck_assert_ptr_nonnull(strstr(out, "Kept image      none"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("kept");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_test(tc, kept_after_success);
	tcase_add_test(tc, replaces_what_was_kept);
	tcase_add_test(tc, not_kept_after_failure);
	tcase_add_test(tc, kept_after_a_rollback);
	tcase_add_test(tc, kept_by_an_earlier_version);
	tcase_add_test(tc, leaves_what_others_keep_there);
	tcase_add_test(tc, not_kept_by_a_dry_run);
	tcase_add_test(tc, cannot_be_kept);
	tcase_add_test(tc, is_the_default_fallback);
	tcase_add_test(tc, no_fallback_if_not_wanted);
	tcase_add_test(tc, a_given_fallback_goes_first);
	tcase_add_test(tc, of_another_module);
	tcase_add_test(tc, damaged);
	tcase_add_test(tc, left_out_where_the_driver_refuses_it);
	tcase_add_test(tc, a_given_fallback_is_strict);
	tcase_add_test(tc, kept_already);
	tcase_add_loop_test(tc, status_says_so, 0, ARRAY_SIZE(states));
	tcase_add_loop_test(tc, status_tells_damage, 0, ARRAY_SIZE(damages));
	tcase_add_test(tc, is_only_summed_up);
	tcase_add_test(tc, status_without_one);
	return run_suite("cli kept", tc);
}
