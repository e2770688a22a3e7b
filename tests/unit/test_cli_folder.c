// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A zoo: each thing that lies in the place of an image, alone, beside the image that runs, beside
 * one that is newer and sound, beside a sound one of its own version, and all together.
 */
#include "cli_folder.h"
#include "save.h"

static void lfs(const char *name)
{
	put_text(name, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 425984\n");
}

static void html(const char *name) { put_text(name, "\n <!DOCTYPE html><html>404</html>"); }
static void html_too(const char *name) { put_text(name, "<HTML><head>Sign in</head></HTML>"); }
static void gzip(const char *name) { put(name, "\x1f\x8b\x08\0\0\0\0\0", 8); }
static void xz(const char *name) { put(name, "\xfd" "7zXZ\0\0\4", 8); }
static void zip(const char *name) { put(name, "PK\3\4\24\0\0\0", 8); }
static void text(const char *name) { put_text(name, "not found\n"); }
static void crlf(const char *name) { put_text(name, "not found\r\n"); }
static void empty(const char *name) { put(name, "", 0); }
static void short_by_a_page(const char *name) { put(name, &newer, sizeof(newer) - 4096); }
static void of_another_kind(const char *name) { put(name, (char[3 * 4096]){ 0 }, 3 * 4096); }
static void folder(const char *name) { mkdir(place(name), 0755); }
static void fifo(const char *name) { ck_assert_int_eq(mkfifo(place(name), 0644), 0); }
static void dangling(const char *name) { ck_assert_int_eq(symlink("gone", place(name)), 0); }

static void tar(const char *name)
{
	char archive[1024] = "tdx";

	memcpy(archive + 257, "ustar", 5);
	put(name, archive, sizeof(archive));
}

/* Larger than any image. */
static void large_zip(const char *name)
{
	zip(name);
	ck_assert_int_eq(truncate(place(name), 1 << 24), 0);
}

static void copied_as_text(const char *name)
{
	static u8 copy[2 * sizeof(newer)];
	const u8 *from = (const u8 *)&newer;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(newer); i++) {
		if (from[i] == '\n')
			copy[n++] = '\r';
		copy[n++] = from[i];
	}
	put(name, copy, n);
}

static void unreadable(const char *name)
{
	put(name, &newer, sizeof(newer));
	ck_assert_int_eq(chmod(place(name), 0), 0);
	be_confined();
}

static void damaged(const char *name)
{
	struct blob b = newer;

	b.module[9] ^= 1;
	put(name, &b, sizeof(b));
}

#define UNPACK "; unpack it there, and give the directory of what was in it"

static const struct animal {
	void (*put)(const char *name);
	const char *name; /* NULL: JOINED */
	const char *why;  /* and what to do about it */
} zoo[] = {
	{ lfs, NULL, "it is a Git LFS pointer, not the file itself; run `git lfs pull` where it was cloned, and copy the file from there again" },
	{ html, NULL, "it is an HTML page, as a server sends in the place of a file" PUBLISHER },
	{ html_too, NULL, "it is an HTML page, as a server sends in the place of a file" PUBLISHER },
	{ gzip, NULL, "it is compressed by gzip" UNPACK },
	{ xz, NULL, "it is compressed by xz" UNPACK },
	{ zip, NULL, "it is a zip archive" UNPACK },
	{ tar, NULL, "it is a tar archive" UNPACK },
	{ text, NULL, "it is text" PUBLISHER },
	{ crlf, NULL, "it is text with CRLF at the ends of its lines" PUBLISHER },
	{ copied_as_text, NULL,
	  "it was copied as text: a carriage return stands before every line feed; copy it again, in binary mode" },
	{ empty, NULL, "it is empty" PUBLISHER },
	{ short_by_a_page, NULL,
	  "it is truncated: 4096 of its 20480 bytes are missing" PUBLISHER },
	{ of_another_kind, NULL, "it does not carry the mark of a TDX module image; give a .blob, or a .so or .bin with its .sigstruct beside it" },
	{ damaged, NULL, "its checksum is wrong" PUBLISHER },
	{ folder, NULL, "it is a directory, not a TDX module image; give the path of a file" },
	{ fifo, NULL, "it is a FIFO, not a TDX module image; give the path of a file" },
	{ dangling, NULL, "it is a link to gone, which is not there; remove the link, or mend it" },
	{ unreadable, NULL, "it may not be read: it belongs to user *, and has mode 0000; run it as a user who may read the file, or let everybody read it: root in the unit of systemd has no CAP_DAC_OVERRIDE" },
	/* names in the publisher's other layouts */
	{ lfs, "separate_files/1.5/1.5.30/tdx_module_1.5.30.bin", "it is a Git LFS pointer, not the file itself; run `git lfs pull` where it was cloned, and copy the file from there again" },
	{ lfs, "separate_files/1.5/tdx_module_1.5.30.sigstruct",
	  "the module that it signs is not beside it; get both from the publisher" },
	{ html, "1.5.30/TDX-Module/intel_tdx_module.so", "it is an HTML page, as a server sends in the place of a file" PUBLISHER },
	{ zip, "tdx_module_1.5.30.zip", "it is a zip archive" UNPACK },
	{ large_zip, "intel_tdx_module_v1.5.30.zip", "it is a zip archive" UNPACK },
	{ gzip, "tdx_module_1.5.30.tar.gz", "it is compressed by gzip" UNPACK },
	{ text, "tdx_module_1.5.30", "it is text" PUBLISHER },
	{ empty, "tdx_module_1.5.30.BLOB", "it is empty" PUBLISHER },
};

static void put_animal(const struct animal *a)
{
	a->put(a->name ? a->name : JOINED);
}

/* What is said of it: as an error of `apply --newest`, or as a note if something else was taken. */
static void expect_animal(const struct animal *a, int code)
{
	const char *name = a->name ? a->name : JOINED;
	const char *colon = strstr(a->why, "; ");
	char line[1024];
	struct row row = { NULL, "apply --newest DIR/tdx", code, line };

	if (code)
		snprintf(line, sizeof(line),
			 "tdxupd: DIR/tdx/%s: 1.5.30 is there and cannot be used: %s", name, a->why);
	else
		snprintf(line, sizeof(line),
			 "tdxupd: apply DIR/tdx/*: 1.5.30 is there and cannot be used: DIR/tdx/%s: %s",
			 name, a->why);
	ck_assert_ptr_nonnull(colon);
	run_row(&row);
}

static void expect_list(const struct animal *a)
{
	char line[1024];
	struct row row = { NULL, "list DIR/tdx", 0, line };

	snprintf(line, sizeof(line), "  1.5.30 *refused: %s", a->why);
	run_row(&row);
}

START_TEST(alone)
{
	put_animal(&zoo[_i]);
	expect_animal(&zoo[_i], 65);
	expect_list(&zoo[_i]);
	ck_assert_int_eq(fake.updates, 0);
}
END_TEST

START_TEST(beside_the_one_that_runs)
{
	put("joined_files/1.5/tdx_module_1.5.24.blob", &runs, sizeof(runs));
	put_animal(&zoo[_i]);
	expect_animal(&zoo[_i], 65);
	ck_assert_int_eq(fake.updates, 0);
}
END_TEST

/* What is sound is applied, and with --quiet, too, the other is named. */
START_TEST(beside_one_that_fits)
{
	put("joined_files/1.5/tdx_module_1.5.28.blob", &newer, sizeof(newer));
	put_animal(&zoo[_i]);
	expect_animal(&zoo[_i], 0);
	ck_assert_int_eq(fake.updates, 1);
	ck_assert_ptr_nonnull(strstr(json ? out : err, "1.5.30 is there and cannot be used"));
}
END_TEST

/* The same version in another layout, and nobody misses it. */
START_TEST(beside_its_own_twin)
{
	put("separate_files/1.5/1.5.30/x_1.5.30.so", newer.module, sizeof(newer.module));
	put("separate_files/1.5/1.5.30/x_1.5.30.so.sigstruct", &newer.sig, sizeof(newer.sig));
	memcpy(fake.status.module.mrseam, newer.sig.seamhash, TDXU_SHA384_BYTES);
	fake.status.module.update = 30;
	put_animal(&zoo[_i]);
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 0);
	ck_assert_int_eq(fake.updates, 0);
	ck_assert_ptr_nonnull(strstr(out, "nothing to do"));
	ck_assert_ptr_nonnull(strstr(out, "1.5.30 is left out"));
}
END_TEST

/* Under names of their own. */
START_TEST(all_together)
{
	char name[64];

	for (size_t i = 0; i < ARRAY_SIZE(zoo); i++) {
		snprintf(name, sizeof(name), "joined_files/1.5/tdx_module_1.5.%zu.blob", 40 + i);
		if (zoo[i].put != unreadable && !zoo[i].name)
			zoo[i].put(name);
	}
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 65);
	ck_assert_int_eq(run_line("list DIR/tdx"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(zoo); i++)
		if (zoo[i].put != unreadable && !zoo[i].name)
			ck_assert_msg(strstr(out, zoo[i].why) != NULL, "no %s", zoo[i].why);
	put("joined_files/1.5/tdx_module_1.5.28.blob", &newer, sizeof(newer));
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 0);
	ck_assert_int_eq(fake.updates, 1);
}
END_TEST

/* --- only images, and no mapping file --------------------------------------------------------- */

static void bare(void) { ck_assert_int_eq(unlink(place("mapping_file.json")), 0); }

static void bare_old(void) { bare(); put("tdx_module_1.5.24.blob", &runs, sizeof(runs)); }
static void bare_new(void) { bare_old(); put("tdx_module_1.5.30.blob", &newer, sizeof(newer)); }
static void bare_other(void) { bare_old(); put("tdx_module_2.0.30.blob", &newer, sizeof(newer)); }
static void bare_unnamed(void) { bare_old(); put("TDX-SEAM.BLOB", &newer, sizeof(newer)); }
static void bare_broken(void) { bare_old(); put("tdx_module_1.5.30.blob", "", 0); }
static void closed(void) { bare_new(); fake.status.module.update = 16; }

static void unnamed_beside_one_that_fits(void)
{
	struct blob b;

	make(&b, 30);
	put(JOINED, &b, sizeof(b));
	put("TDX-SEAM.BLOB", &newer, sizeof(newer));
}

/* What is wrong with it is no reason why it could not be newer. */
static void debug_beside_one_that_fits(void)
{
	struct blob b;

	unnamed_beside_one_that_fits();
	make(&b, 31);
	b.sig.module_type = TDXU_SIGSTRUCT_TYPE_DEBUG;
	sign(&b.sig);
	seal(&b);
	put("TDX-SEAM.BLOB", &b, sizeof(b));
}

/* Neither is an SVN that it cannot be compared with. */
static void bare_unnamed_unread(void)
{
	bare_unnamed();
	fake.status.module.untold = 1u << TDX_UPDATE_A_MODULE_SVN_MINOR;
}

static void linked(void)
{
	bare_old();
	dangling("mapping_file.json");
}

#define NO_FILE "only mapping_file.json, which is not there, tells whether it can follow the running module 1.5.24"
#define GET_FILE "; get that file from the publisher, too, or name this image to `tdxupd apply`"
#define NO_VERSION "its version is not known, and so not whether it is newer"
#define NAME_IT "; give the file the name that its publisher has for it, with the version"

static const struct row bare_rows[] = {
	{ NULL, "list DIR/none", 65,
	  "tdxupd: DIR/none: there is no such directory; check the path" },
	{ NULL, "apply --newest DIR/tdx/mapping_file.json", 65,
	  "tdxupd: DIR/tdx/mapping_file.json: there is no such directory; check the path" },
	{ bare, "list DIR/tdx", 65, "tdxupd: DIR/tdx: there is no image in it; *" },
	{ bare_new, "list DIR/tdx", 0, "  1.5.24 *running" },
	{ bare_new, "list DIR/tdx", 0, "  1.5.30 *refused: " NO_FILE GET_FILE },
	{ bare_new, "list DIR/tdx", 0,
	  "Note *there is no mapping_file.json in it: what its images ask of a host is known *" },
	{ bare_new, "list DIR/tdx", 0, "None of them is newer than the running module and fits." },
	{ bare_new, "apply --newest DIR/tdx", 65,
	  "tdxupd: apply DIR/tdx: 1.5.30 is newer than what runs and cannot be taken: " NO_FILE GET_FILE },
	{ bare_new, "apply DIR/tdx/tdx_module_1.5.30.blob", 0, "Update *updated *" },
	{ bare_old, "apply --newest DIR/tdx", 0,
	  "tdxupd: apply DIR/tdx: nothing to do: no image is newer than the running module 1.5.24" },
	{ bare_old, "apply --newest DIR/tdx", 0,
	  "tdxupd: apply DIR/tdx: there is no mapping_file.json in it: *" },
	{ bare_other, "apply --newest DIR/tdx", 0, "*nothing to do: *" },
	{ bare_other, "list DIR/tdx", 0, "  2.0.30 *refused: of series 2.0, and the running module *" },
	{ bare_broken, "apply --newest DIR/tdx", 65,
	  "tdxupd: DIR/tdx/tdx_module_1.5.30.blob: 1.5.30 is there and cannot be used: it is empty" PUBLISHER },
	{ closed, "apply --newest DIR/tdx", 78,
	  "tdxupd: apply DIR/tdx: 1.5.30 is newer than what runs and cannot be taken: the running module 1.5.16 is older than 1.5.24 and cannot be updated under TDs; put a newer one where the BIOS loads it from (EFI/TDX on the EFI system partition, or where the BIOS ignores that, a BIOS update) and reboot" },
	/* what may be newer, with a mapping file and without */
	{ bare_unnamed, "list DIR/tdx", 0, "  [?] *refused: " NO_VERSION NAME_IT },
	{ bare_unnamed, "apply --newest DIR/tdx", 78,
	  "tdxupd: apply DIR/tdx: an image of unknown version is there and cannot be taken: " NO_VERSION NAME_IT },
	{ unnamed_beside_one_that_fits, "apply --newest DIR/tdx --quiet", 0,
	  "tdxupd: apply DIR/tdx/*: an image of unknown version is there and cannot be used: DIR/tdx/TDX-SEAM.BLOB: " NO_VERSION NAME_IT },
	{ debug_beside_one_that_fits, "apply --newest DIR/tdx --quiet", 0,
	  "tdxupd: apply DIR/tdx/*: an image of unknown version is there and cannot be used: DIR/tdx/TDX-SEAM.BLOB: signed for debugging: production platforms refuse it; see `tdxupd list` for all of them" },
	{ bare_unnamed_unread, "apply --newest DIR/tdx", 78,
	  "tdxupd: apply DIR/tdx: an image of unknown version is there and cannot be taken: MRSEAM and SVN of the running module could not be read, *" },
	{ linked, "list DIR/tdx", 65,
	  "tdxupd: DIR/tdx/mapping_file.json: it is a link to gone, which is not there; *" },
};

START_TEST(without_a_mapping)
{
	try_row(&bare_rows[_i]);
	ck_assert_int_eq(fake.updates, strstr(bare_rows[_i].line, "updated *") ||
			 bare_rows[_i].prepare == unnamed_beside_one_that_fits ||
			 bare_rows[_i].prepare == debug_beside_one_that_fits);
}
END_TEST

/* Who may write to a directory need not be able to open it, to have it on the disk at once. */
START_TEST(saved_where_nothing_is_read)
{
	struct tdxu_save save = { NULL, "x", 1, 0600, true, false };
	uid_t user = geteuid();
	struct tdxu_error error;

	save.path = place("dropbox/new.blob");
	ck_assert_int_eq(chmod(path_of("tdx/dropbox"), 0333), 0);
	ck_assert_int_eq(chmod(directory, 0755), 0);
	be_nobody();
	ck_assert_int_eq(tdxu_save(&save, &error), 0);
	ck_assert_int_eq(seteuid(user), 0);
	ck_assert_int_eq(access(save.path, F_OK), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("folder");

	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, alone, 0, ARRAY_SIZE(zoo));
	tcase_add_loop_test(tc, beside_the_one_that_runs, 0, ARRAY_SIZE(zoo));
	tcase_add_loop_test(tc, beside_one_that_fits, 0, ARRAY_SIZE(zoo));
	tcase_add_loop_test(tc, beside_its_own_twin, 0, ARRAY_SIZE(zoo));
	tcase_add_test(tc, all_together);
	tcase_add_loop_test(tc, without_a_mapping, 0, ARRAY_SIZE(bare_rows));
	tcase_add_test(tc, saved_where_nothing_is_read);
	return run_suite("cli folder", tc);
}
