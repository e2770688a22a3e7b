// SPDX-License-Identifier: GPL-2.0-or-later
/* The layouts in which the publisher's images come, and whose they are. */
#include <dlfcn.h>

#include "cli_folder.h"
#include "json.h"

static void of_an_unknown_signer(const char *name)
{
	struct blob b;

	foreign = true;
	make(&b, 30);
	foreign = false;
	put(name, &b, sizeof(b));
}

/* --- whose it is ------------------------------------------------------------------------------ */

static void put_module(const char *name, const char *signature, const struct blob *b)
{
	put(name, b->module, sizeof(b->module));
	put(signature, &b->sig, sizeof(b->sig));
}

/* Builds are reproducible: who else signs the same module hides nothing, in whatever order. */
START_TEST(an_unknown_signer_hides_nothing)
{
	static const char *const names[] = { "joined_files/1.5/a_1.5.28.blob",
					     "joined_files/1.5/b_1.5.28.blob" };
	struct blob theirs = newer;

	foreign = true;
	sign(&theirs.sig);
	foreign = false;
	seal(&theirs);
	put(names[_i], &theirs, sizeof(theirs));
	put(names[!_i], &newer, sizeof(newer));
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 0);
	ck_assert_int_eq(fake.updates, 1);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_TARGET], &newer, sizeof(newer));
	ck_assert_int_eq(run_line("list DIR/tdx"), 0);
	ck_assert_ptr_nonnull(strstr(out, "its key is not Intel's production key"));
}
END_TEST

START_TEST(an_unknown_signer_is_not_taken)
{
	of_an_unknown_signer(JOINED);
	put("joined_files/1.5/tdx_module_1.5.24.blob", &runs, sizeof(runs));
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 65);
	ck_assert_int_eq(fake.updates, 0);
	put("joined_files/1.5/tdx_module_1.5.28.blob", &newer, sizeof(newer));
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 0);
	ck_assert_mem_eq(fake.uploaded[TDX_UPDATE_SLOT_TARGET], &newer, sizeof(newer));
}
END_TEST

/* --- layouts ---------------------------------------------------------------------------------- */

static const struct layout {
	const char *module; /* or blob, if there is no signature */
	const char *signature;
} layouts[] = {
	{ "joined_files/1.5/tdx_module_1.5.28.blob", NULL },
	{ "tdx_module_1.5.28.BLOB", NULL },
	{ "separate_files/1.5/tdx_module_1.5.28.bin",
	  "separate_files/1.5/tdx_module_1.5.28.sigstruct" },
	{ "separate_files/1.5/1.5.28/tdx_module_1.5.28.so",
	  "separate_files/1.5/1.5.28/tdx_module_1.5.28.so.sigstruct" },
	{ "intel_tdx_module_1.5.28/TDX-Module/intel_tdx_module.so",
	  "intel_tdx_module_1.5.28/TDX-Module/intel_tdx_module.so.sigstruct" },
	{ "EFI/1.5.28/TDX-SEAM.so", "EFI/1.5.28/TDX-SEAM.so.sigstruct" },
};

static void put_layout(const struct layout *l)
{
	if (l->signature)
		put_module(l->module, l->signature, &newer);
	else
		put(l->module, &newer, sizeof(newer));
}

START_TEST(layout)
{
	put_layout(&layouts[_i]);
	put_text(".git/objects/x.blob", "x");
	put_text(".tdx_module_1.5.30.blob.AbCdEf", "x");
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 0);
	ck_assert_int_eq(fake.updates, 1);
	ck_assert_ptr_nonnull(strstr(out, "updated"));
}
END_TEST

/* One image in all of them, and under a name without a version: one entry, with the version. */
START_TEST(layouts_together)
{
	put("joined_files/1.5/latest.blob", &newer, sizeof(newer));
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		put_layout(&layouts[i]);
	ck_assert_int_eq(run_line("list DIR/tdx"), 0);
	ck_assert_int_eq(count("installable"), 1);
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 0);
	ck_assert_int_eq(fake.updates, 1);
}
END_TEST

/* Withdrawn as people do it: into a folder of their own. */
START_TEST(withdrawn)
{
	static const char *const folders[] = { "withdrawn", "old", "1.5.28.bad", "joined_files/bad",
					       ".old" };
	char name[64];

	put("joined_files/1.5/tdx_module_1.5.24.blob", &runs, sizeof(runs));
	snprintf(name, sizeof(name), "%s/tdx_module_1.5.28.blob", folders[_i]);
	put(name, &newer, sizeof(newer));
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 0);
	ck_assert_int_eq(fake.updates, 0);
	ck_assert_ptr_nonnull(strstr(out, "nothing to do"));
}
END_TEST

START_TEST(another_series_is_no_failure)
{
	put("joined_files/1.5/tdx_module_1.5.24.blob", &runs, sizeof(runs));
	put("joined_files/1.5/tdx_module_1.5.25.blob", &newer, sizeof(newer));
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 0);
	ck_assert_ptr_nonnull(strstr(out, "1.5.25 is left out"));
	ck_assert_int_eq(run_line("apply --newest DIR/tdx --quiet"), 0);
	ck_assert_str_eq(err, "");
	ck_assert_str_eq(out, "");
}
END_TEST

/* What no image can cure is said first. */
START_TEST(the_host_comes_first)
{
	fake.status.blockers = (struct tdxu_checks){ .nr = 1, .check = {
		{ "updates-left", TDX_UPDATE_VERDICT_FAIL, ENOSPC, "no update is left; reboot" },
	} };
	put(JOINED, "", 0);
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 78);
	ck_assert_ptr_nonnull(strstr(err, "no update is left"));
}
END_TEST

/* --- files that are somebody's ---------------------------------------------------------------- */

extern __typeof__(open) __real_open, __wrap_open;

int __wrap_open(const char *path, int flags, ...)
{
	errno = EMFILE;
	return broken == NO_DESCRIPTORS ? -1 : __real_open(path, flags, 0600);
}

extern __typeof__(dlopen) __real_dlopen, __wrap_dlopen;
extern __typeof__(fsync) __real_fsync, __wrap_fsync;

void *__wrap_dlopen(const char *name, int flags)
{
	return __real_dlopen(broken == NO_LIBRARY ? "/nonexistent" : name, flags);
}

int __wrap_fsync(int fd)
{
	errno = EROFS;
	return broken == NO_FSYNC ? -1 : __real_fsync(fd);
}

static void read_only(void)
{
	put("x.blob", &newer, sizeof(newer));
	broken = NO_FSYNC;
}

static void no_descriptors(void)
{
	put("x.blob", &newer, sizeof(newer));
	broken = NO_DESCRIPTORS;
}

static void hide(void)
{
	put("x/x.blob", &newer, sizeof(newer));
	ck_assert_int_eq(chmod(place("x"), 0600), 0);
	be_confined();
}

static void cut_header(void) { put("x.blob", &newer, 8); }

static void pad(void)
{
	put("x.blob", &newer, sizeof(newer));
	ck_assert_int_eq(truncate(place("x.blob"), sizeof(newer) + 1), 0);
}

static void close_folder(void)
{
	put("joined_files/1.5/tdx_module_1.5.24.blob", &runs, sizeof(runs));
	ck_assert_int_eq(mkdir(place("separate_files"), 0), 0);
	be_confined();
}

static void only_own_folder(void) { put("images/x_1.5.28.blob", &newer, sizeof(newer)); }

#define READER "; run it as a user who may read the file, or let everybody read it: root in the unit of systemd has no CAP_DAC_OVERRIDE"

static const struct row rows[] = {
	{ hide, "inspect DIR/tdx/x/x.blob", 77,
	  "tdxupd: DIR/tdx/x/x.blob: its directory may not be searched (permission denied)" READER },
	{ no_descriptors, "inspect DIR/tdx/x.blob", 1,
	  "tdxupd: DIR/tdx/x.blob: too many files are open; raise the limit (`ulimit -n`, LimitNOFILE=)" },
	{ read_only, "pack DIR/tdx/x.blob --output DIR/tdx/y", 1,
	  "tdxupd: DIR/tdx/y: it could not be written (Read-only file system); mount it writable" },
	{ NULL, "apply DIR/tdx", 65,
	  "tdxupd: DIR/tdx: it is a directory, not a TDX module image; use --newest DIR/tdx" },
	{ no_descriptors, "list DIR/tdx", 1, "tdxupd: *: * *" },
	{ cut_header, "inspect DIR/tdx/x.blob", 65,
	  "tdxupd: DIR/tdx/x.blob: it is shorter than a header, a sigstruct and one module page" PUBLISHER },
	{ pad, "inspect DIR/tdx/x.blob", 65,
	  "tdxupd: DIR/tdx/x.blob: its length is not a multiple of 4096 bytes" PUBLISHER },
	{ close_folder, "list DIR/tdx", 0,
	  "*refused: the folder may not be read, so what is in it is not known; run it as a user who may, or let everybody read it" },
	{ close_folder, "apply --newest DIR/tdx", 65,
	  "tdxupd: DIR/tdx/separate_files: an image of unknown version is there and cannot be used: the folder may not be read, so what is in it is not known; *" },
	{ only_own_folder, "list DIR/tdx", 65,
	  "tdxupd: DIR/tdx: there is no image in it, and its folder images is none of the publisher's; put the images into it, or where their publisher has them" },
};

START_TEST(of_rows)
{
	try_row(&rows[_i]);
}
END_TEST

START_TEST(nothing_is_made_up)
{
	put("x.blob", &newer, sizeof(newer));
	broken = NO_LIBRARY;
	ck_assert_int_eq(run_line("inspect DIR/tdx/x.blob"), 1);
	ck_assert_ptr_null(strstr(out, "Signer"));
	ck_assert_int_eq(run_line("inspect DIR/tdx/x.blob --json"), 1);
	take_json("inspect", 1, " image checks tcb attestation");
	broken = ALL_WORKS;
	ck_assert(json_is_null(json_object_get(at("image", "verdicts"), "hash")));
	ck_assert(json_is_null(json_object_get(at("image", "verdicts"), "signer")));
	ck_assert(json_is_null(json_object_get(at("image", "verdicts"), "signer_hash")));
}
END_TEST

/* A success without a body is one for which memory was short. */
START_TEST(half_an_answer_is_none)
{
	struct tdxu_error none = { 0 };
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	json_t *object;

	tdxu_json_print(f, "status", &none, NULL);
	fclose(f);
	object = json_loads(text, 0, NULL);
	ck_assert(tdxu_json_failed);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(object, "error"),
							   "errno")), "ENOMEM");
	json_decref(object);
	free(text);
}
END_TEST

/* --- the mapping file ------------------------------------------------------------------------- */

/* What is before @text makes no difference to a reader. */
static void put_mapping(const char *before, const char *text)
{
	char all[4096];

	snprintf(all, sizeof(all), "%s%s", before, text);
	put_text("mapping_file.json", all);
	put_runs();
}

static void with_mark(void) { put_mapping("\xef\xbb\xbf", mapping); }
static void with_crlf(void) { put_mapping("\r\n", mapping); }
static void lfs(void) { put_mapping("", "version https://git-lfs.github.com/spec/v1\n"); }
static void html(void) { put_mapping("", "<!DOCTYPE html><html></html>"); }
static void utf16(void) { put_mapping("\xff\xfe", "{"); }
static void utf16_be(void) { put_mapping("\xfe\xff", "{"); }

static void twice(void)
{
	put_mapping("{ \"tdx_module_releases\": [" RELEASE("1.5.28", "\"1.5.00\"") ",",
		    RELEASE("1.5.28", "\"2.0.00\"") "] }");
}

static void one_bad(void)
{
	put_mapping("{ \"tdx_module_releases\": [" RELEASE("1.5.24", "\"1.5.00\"") ",",
		    "{ \"version\": \"1.5.26\" }," RELEASE("1.5.28", "\"1.5.00\"") "] }");
	put("joined_files/1.5/tdx_module_1.5.28.blob", &newer, sizeof(newer));
}

static void too_high(void)
{
	ck_assert_int_eq(unlink(place("mapping_file.json")), 0);
	put_text("clone/mapping_file.json", mapping);
}

static void two_layouts(void)
{
	put_runs();
	put_module("separate_files/1.5/tdx_module_1.5.28.bin",
		   "separate_files/1.5/tdx_module_1.5.28.sigstruct", &newer);
}

#define MAPPING "tdxupd: DIR/tdx/mapping_file.json: "

static const struct row mapping_rows[] = {
	{ with_mark, "apply --newest DIR/tdx", 0, "*nothing to do: *" },
	{ with_crlf, "apply --newest DIR/tdx", 0, "*nothing to do: *" },
	{ lfs, "list DIR/tdx", 65, MAPPING "it is a Git LFS pointer, not the file itself; *" },
	{ html, "list DIR/tdx", 65, MAPPING "it is an HTML page, *" },
	{ utf16, "list DIR/tdx", 65, MAPPING "it is UTF-16 text" PUBLISHER },
	{ utf16_be, "list DIR/tdx", 65, MAPPING "it is UTF-16 text" PUBLISHER },
	{ twice, "apply --newest DIR/tdx", 65, MAPPING "it lists 1.5.28 twice" PUBLISHER },
	{ one_bad, "list DIR/tdx", 0,
	  "Note *mapping_file.json: 1 of its entries lack something and are left out: the first is number 2" },
	{ one_bad, "apply --newest DIR/tdx", 0, "Update *updated *" },
	{ put_runs, "list DIR/tdx", 0,
	  "Note *mapping_file.json lists 1.5.30, and there is no image of it" },
	{ two_layouts, "apply --newest DIR/tdx --quiet", 0,
	  "*: the newest is in separate_files alone: to withdraw an image, remove both" },
	{ too_high, "list DIR/tdx", 65,
	  "tdxupd: DIR/tdx: there is no mapping_file.json in it, but DIR/tdx/clone/mapping_file.json; give that directory" },
};

START_TEST(of_the_mapping)
{
	try_row(&mapping_rows[_i]);
}
END_TEST

/* --- honest marks, and names that are only data ----------------------------------------------- */

static void no_driver(void) { put_runs(); fake.open_error = ENODEV; }

static void blocked(void)
{
	put_runs();
	put("joined_files/1.5/tdx_module_1.5.28.blob", &newer, sizeof(newer));
	fake.status.blockers = (struct tdxu_checks){ .nr = 1, .check = {
		{ "cpus-online", TDX_UPDATE_VERDICT_FAIL, ENXIO, "1 CPU is offline" },
	} };
}

static void fits(void) { blocked(); fake.status.blockers.nr = 0; }

/* Of somebody who may not ask the firmware. */
static void of_before(void) { fits(); fake.refresh_error = EPERM; }

static const struct row mark_rows[] = {
	{ no_driver, "list DIR/tdx", 0,
	  "Which of them fits is not known: nothing tells which TDX module runs here." },
	{ blocked, "list DIR/tdx", 0, "No image can be taken now: 1 CPU is offline" },
	{ blocked, "list DIR/tdx", 0, "  1.5.28 *installable: it can follow the running module *" },
	{ fits, "list DIR/tdx", 0, "[*] 1.5.28 *installable: it can follow the running module *" },
	{ fits, "list DIR/tdx", 0, " *MRSEAM ????????????????????????????????*" },
	{ of_before, "list DIR/tdx", 0,
	  "Note *what runs here was not asked anew (only the administrator may *; run it as root, *)" },
};

START_TEST(of_marks)
{
	try_row(&mark_rows[_i]);
}
END_TEST

/* Bytes that a terminal obeys, and a line that looks like one of ours. */
static const char *const commands[] = {
	"\033[31m", "\ntdxupd: all is well", "\r", "\a", "\177", "\xc2\x9b" "31m", "\x9b" "31m",
	"\xe2\x80\xae", "\xff",
};

START_TEST(of_names)
{
	static const char *const lines[] = { "list DIR/tdx", "apply --newest DIR/tdx" };
	char name[64];

	snprintf(name, sizeof(name), "joined_files/%s_1.5.28.blob", commands[_i]);
	put(name, &newer, sizeof(newer));
	snprintf(name, sizeof(name), "joined_files/%s_1.5.30.blob", commands[_i]);
	put(name, "", 0);
	snprintf(name, sizeof(name), "joined_files/sch\u00f6n_1.5.24.blob");
	put(name, &runs, sizeof(runs));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		ck_assert_int_eq(run_line(lines[i]), 0);
		ck_assert_ptr_null(strstr(out, commands[_i]));
		ck_assert_ptr_null(strstr(err, commands[_i]));
	}
	ck_assert_int_eq(fake.updates, 1);
	ck_assert_int_eq(run_line("list DIR/tdx"), 0);
	ck_assert_ptr_nonnull(strstr(out, "sch\u00f6n"));
	snprintf(name, sizeof(name), "joined_files/%s_1.5.28.blob", commands[_i]);
	options = (struct tdxu_options){ .image = place(name) };
	ck_assert_int_eq(run(tdxu_cmd_inspect, &options, false), 0);
	ck_assert_ptr_null(strstr(out, commands[_i]));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("layouts");

	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, an_unknown_signer_hides_nothing, 0, 2);
	tcase_add_test(tc, an_unknown_signer_is_not_taken);
	tcase_add_loop_test(tc, layout, 0, ARRAY_SIZE(layouts));
	tcase_add_test(tc, layouts_together);
	tcase_add_loop_test(tc, withdrawn, 0, 5);
	tcase_add_test(tc, another_series_is_no_failure);
	tcase_add_test(tc, the_host_comes_first);
	tcase_add_loop_test(tc, of_rows, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(tc, of_the_mapping, 0, ARRAY_SIZE(mapping_rows));
	tcase_add_test(tc, nothing_is_made_up);
	tcase_add_test(tc, half_an_answer_is_none);
	tcase_add_loop_test(tc, of_marks, 0, ARRAY_SIZE(mark_rows));
	tcase_add_loop_test(tc, of_names, 0, ARRAY_SIZE(commands));
	return run_suite("cli layouts", tc);
}
