// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `tdxupd apply` finds to fall back to: 1.5.24 runs, with SVN 1.12; the target is 1.5.30, with
 * SVN 1.14, in a directory laid out as the publisher does.
 */
#include "cli_fake.h"
#include "kept.h"

static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED };
static struct tdxu_options options;
static struct blob blob;
static u8 running[TDXU_SHA384_BYTES];

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	ck_assert_int_eq(system(command), 0);
}

/* An image like no other with the same number. */
static struct blob *make(u32 number, u32 svn_minor)
{
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	memcpy(blob.module + 4096, &number, sizeof(number));
	fill_sigstruct(&blob);
	blob.sig.svn_minor = (u8)svn_minor;
	sign(&blob.sig);
	seal(&blob);
	return &blob;
}

static void put_image(u32 update, u32 svn_minor)
{
	char name[64];

	snprintf(name, sizeof(name), "tdx/joined_files/1.5/tdx_module_1.5.%u.blob", update);
	put_file(name, make(update, svn_minor), sizeof(blob));
}

static void put_mapping(void)
{
	char text[1024] = "{ \"tdx_module_releases\": [";

	for (int update = 24; update < 32; update++)
		sprintf(text + strlen(text),
			"%s{ \"version\": \"1.5.%d\", \"min_module_version_for_td_preserving\": \"1.5.01\", "
			"\"min_seamldr_versions\": [ \"1.5.00\" ] }", update > 24 ? ", " : "", update);
	strcat(text, "] }");
	put_file("tdx/mapping_file.json", text, strlen(text));
}

/* The running module's image where a BIOS finds it. */
static void put_esp(const char *where)
{
	char name[64];

	make(24, 12);
	shell("mkdir -p '%s/%s/EFI/TDX'", directory, where);
	snprintf(name, sizeof(name), "%s/EFI/TDX/TDX-SEAM.so", where);
	put_file(name, blob.module, MODULE_BYTES);
	strcat(name, ".sigstruct");
	put_file(name, &blob.sig, sizeof(blob.sig));
}

static void keep(void)
{
	keep_blob(fake_paths.state, make(24, 12));
}

static void setup(void)
{
	paths_setup();
	shell("mkdir -p '%s/tdx/joined_files/1.5'", directory);
	put_mapping();
	put_image(30, 14);
	fake.status = (struct tdxu_status){ .cpus_online = 1, .cpus_present = 1 };
	fill_module(&fake.status.module, 24);
	memcpy(running, make(24, 12)->sig.seamhash, sizeof(running));
	memcpy(fake.status.module.mrseam, running, sizeof(running));
	fake.status.seamldr = (struct tdxu_seamldr){ .present = true, .major = 1, .minor = 5,
						     .updates_left = 9 };
	fake.attempts = &updated;
	fake.nr = 1;
	options = (struct tdxu_options){
		.image = path_of("tdx/joined_files/1.5/tdx_module_1.5.30.blob"),
	};
}

static void teardown(void)
{
	shell("rm -rf '%s'/*", directory);
	command_teardown();
}

/* Once for a named image, once for one that is chosen. */
static void apply(int newest)
{
	if (newest) {
		options.image = NULL;
		options.newest = path_of("tdx");
	}
	ck_assert_int_eq(apply_json(&options), 0);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_TARGET], make(30, 14), sizeof(blob));
}

static bool is_text(json_t *value, const char *text)
{
	return text ? json_is_string(value) && !strcmp(json_string_value(value), text) :
		      json_is_null(value);
}

/* What is in a slot: an image, or nothing; what it can replace; and from where. */
static void expect(enum tdx_update_slot slot, const struct blob *image, const char *replaces,
		   const char *path)
{
	const char *key = slot == TDX_UPDATE_SLOT_FALLBACK ? "fallback" : "way_out";
	static const u8 nothing[BLOB_BYTES];
	const char *told = json_string_value(at(key, "path"));

	ck_assert_mem_eq(fake.uploaded[slot], image ? (const void *)image : nothing, BLOB_BYTES);
	ck_assert_msg(is_text(at("replaces", key), replaces), "%s", out);
	ck_assert_msg(path ? told && strstr(told, path) : !told, "%s", out);
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

#define FALLBACK TDX_UPDATE_SLOT_FALLBACK
#define WAY_OUT TDX_UPDATE_SLOT_WAY_OUT

START_TEST(nothing_is_found)
{
	apply(_i);
	expect(FALLBACK, NULL, NULL, NULL);
	expect(WAY_OUT, NULL, NULL, NULL);
	ck_assert_uint_eq(json_array_size(at("notes", NULL)), 0);
}
END_TEST

/* On a host that tdxupd has never updated. */
START_TEST(the_running_module_of_the_directory)
{
	put_image(24, 12);
	apply(_i);
	expect(FALLBACK, make(24, 12), "refused", "/tdx/joined_files/1.5/tdx_module_1.5.24.blob");
	expect(WAY_OUT, NULL, NULL, NULL);
}
END_TEST

/* It is the hash that counts. */
START_TEST(another_module_of_that_version)
{
	put_image(24, 12);
	fake.status.module.mrseam[0] ^= 1;
	apply(_i);
	expect(FALLBACK, NULL, NULL, NULL);
}
END_TEST

static const char *const mounts[] = { "boot/efi", "efi" };

START_TEST(of_the_efi_system_partition)
{
	put_esp(mounts[_i]);
	put_image(24, 12);
	apply(0);
	expect(FALLBACK, make(24, 12), "refused", mounts[_i]);
}
END_TEST

START_TEST(booted_before_another_update)
{
	put_esp("boot/efi");
	fake.status.module.mrseam[0] ^= 1;
	apply(0);
	expect(FALLBACK, NULL, NULL, NULL);
	ck_assert_uint_eq(json_array_size(at("notes", NULL)), 0);
}
END_TEST

START_TEST(damaged_on_the_efi_system_partition)
{
	put_esp("efi");
	blob.module[5000] ^= 1;
	put_file("efi/EFI/TDX/TDX-SEAM.so", blob.module, MODULE_BYTES);
	put_image(24, 12);
	apply(0);
	expect(FALLBACK, make(24, 12), "refused", "1.5.24.blob");
	ck_assert(noted("/efi/EFI/TDX/TDX-SEAM.so cannot be the fallback: SHA-384 of the module"));
}
END_TEST

START_TEST(kept_before_all)
{
	keep();
	put_esp("efi");
	put_image(24, 12);
	apply(_i);
	expect(FALLBACK, make(24, 12), "refused", ".blob");
}
END_TEST

/* One that can follow what runs, and replace the target once it is installed: 27, not 26 or 29. */
START_TEST(the_way_out)
{
	put_image(24, 12);
	put_image(26, 13);
	put_image(27, 14);
	put_image(29, 15);
	put_image(31, 13); /* newer, and cannot be it */
	apply(0);
	expect(FALLBACK, make(24, 12), "refused", "1.5.24.blob");
	expect(WAY_OUT, make(27, 14), "refused-or-installed", "1.5.27.blob");
}
END_TEST

START_TEST(only_the_way_out)
{
	put_image(27, 14);
	apply(_i);
	expect(FALLBACK, NULL, NULL, NULL);
	expect(WAY_OUT, make(27, 14), "refused-or-installed", "1.5.27.blob");
}
END_TEST

/* Refused by its file name's version, and by what the host demands. */
START_TEST(what_cannot_follow_is_no_way_out)
{
	put_image(23, 14);
	put_image(32, 14);
	put_image(25, 14);
	fake.status.module.update = 25;
	apply(0);
	expect(WAY_OUT, NULL, NULL, NULL);
}
END_TEST

START_TEST(the_same_svn_does_for_both)
{
	put_file("tdx/joined_files/1.5/tdx_module_1.5.24.blob", make(24, 14), sizeof(blob));
	memcpy(fake.status.module.mrseam, blob.sig.seamhash, TDXU_SHA384_BYTES);
	apply(_i);
	expect(FALLBACK, make(24, 14), "refused-or-installed", "1.5.24.blob");
}
END_TEST

START_TEST(a_given_fallback_and_a_way_out)
{
	put_image(24, 12);
	put_image(27, 14);
	put_file("given.blob", make(7, 13), sizeof(blob));
	options.fallback = path_of("given.blob");
	apply(_i);
	expect(FALLBACK, make(7, 13), "refused", "/given.blob");
	expect(WAY_OUT, make(27, 14), "refused-or-installed", "1.5.27.blob");
}
END_TEST

START_TEST(none_is_wanted)
{
	put_image(24, 12);
	put_image(27, 14);
	put_esp("efi");
	options.no_fallback = true;
	apply(_i);
	expect(FALLBACK, NULL, NULL, NULL);
	expect(WAY_OUT, NULL, NULL, NULL);
}
END_TEST

START_TEST(a_driver_with_two_slots)
{
	put_image(24, 12);
	put_image(27, 14);
	fake.slots = 2;
	apply(_i);
	expect(FALLBACK, make(24, 12), "refused", "1.5.24.blob");
	expect(WAY_OUT, NULL, NULL, NULL);
	ck_assert(noted("there is no way out: this driver takes one fallback only"));
}
END_TEST

/* Bits by slot: what fails the driver's checks. */
START_TEST(what_fails_is_left_out)
{
	u32 unfit = (u32)_i << FALLBACK;

	put_image(24, 12);
	put_image(27, 14);
	fake.unfit = unfit;
	apply(0);
	ck_assert_int_eq(json_is_null(at("fallback", NULL)), !!(unfit & 1 << FALLBACK));
	ck_assert_int_eq(json_is_null(at("way_out", NULL)), !!(unfit & 1 << WAY_OUT));
	ck_assert_int_eq(noted("there is no fallback: "), !!(unfit & 1 << FALLBACK));
	ck_assert_int_eq(noted("there is no way out: "), !!(unfit & 1 << WAY_OUT));
}
END_TEST

/* What is wrong without them, too, is not their fault. */
START_TEST(a_target_that_fails)
{
	put_image(24, 12);
	fake.unfit = 1 << TDX_UPDATE_SLOT_TARGET | 1 << FALLBACK;
	apply(0);
	ck_assert_uint_eq(json_array_size(at("notes", NULL)), 0);
}
END_TEST

START_TEST(a_given_fallback_is_not_left_out)
{
	static const struct attempt refused = { .outcome = TDX_UPDATE_OUTCOME_REFUSED,
						.errnum = ESTALE, .check = "svn" };

	put_image(27, 14);
	put_file("given.blob", make(7, 13), sizeof(blob));
	options.fallback = path_of("given.blob");
	fake.unfit = 1 << FALLBACK;
	fake.attempts = &refused;
	ck_assert_int_eq(apply_json(&options), 65);
	expect(FALLBACK, make(7, 13), "refused", "/given.blob");
}
END_TEST

/* An image outside of a publisher's directory: what is beside it is anything. */
START_TEST(nobody_published_it)
{
	put_image(24, 12);
	shell("rm '%s'", path_of("tdx/mapping_file.json"));
	apply(0);
	expect(FALLBACK, NULL, NULL, NULL);
}
END_TEST

START_TEST(broken_mapping_file)
{
	put_image(24, 12);
	put_file("tdx/mapping_file.json", "{", 1);
	apply(0);
	ck_assert(noted("not all fallbacks were looked for: "));
}
END_TEST

START_TEST(as_text)
{
	put_image(24, 12);
	put_image(27, 14);
	ck_assert_int_eq(run(tdxu_cmd_apply, &options, false), 0);
	ck_assert_msg(strstr(out, "Fallback        the running module 1.5.24, /tmp/") != NULL,
		      "%s", out);
	ck_assert_ptr_nonnull(strstr(out, "replaces the image if P-SEAMLDR refuses it, not once"));
	ck_assert_ptr_nonnull(strstr(out, "Way out         1.5.27 (file name, unverified), /tmp/"));
	ck_assert_ptr_nonnull(strstr(out, "refuses it, and if it is installed and does not work"));
}
END_TEST

static void add_ways_out(TCase *tc)
{
	tcase_add_test(tc, the_way_out);
	tcase_add_loop_test(tc, only_the_way_out, 0, 2);
	tcase_add_test(tc, what_cannot_follow_is_no_way_out);
	tcase_add_loop_test(tc, the_same_svn_does_for_both, 0, 2);
	tcase_add_loop_test(tc, a_driver_with_two_slots, 0, 2);
	tcase_add_loop_test(tc, what_fails_is_left_out, 0, 4);
	tcase_add_test(tc, a_target_that_fails);
}

int main(void)
{
	TCase *tc = tcase_create("fallback");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, nothing_is_found, 0, 2);
	tcase_add_loop_test(tc, the_running_module_of_the_directory, 0, 2);
	tcase_add_loop_test(tc, another_module_of_that_version, 0, 2);
	tcase_add_loop_test(tc, of_the_efi_system_partition, 0, ARRAY_SIZE(mounts));
	tcase_add_test(tc, booted_before_another_update);
	tcase_add_test(tc, damaged_on_the_efi_system_partition);
	tcase_add_loop_test(tc, kept_before_all, 0, 2);
	add_ways_out(tc);
	tcase_add_loop_test(tc, a_given_fallback_and_a_way_out, 0, 2);
	tcase_add_loop_test(tc, none_is_wanted, 0, 2);
	tcase_add_test(tc, a_given_fallback_is_not_left_out);
	tcase_add_test(tc, nobody_published_it);
	tcase_add_test(tc, broken_mapping_file);
	tcase_add_test(tc, as_text);
	return run_suite("cli fallback", tc);
}
