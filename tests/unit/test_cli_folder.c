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
	expect_row(&row, run_line(row.args));
}

static void expect_list(const struct animal *a)
{
	char line[1024];
	struct row row = { NULL, "list DIR/tdx", 0, line };

	snprintf(line, sizeof(line), "  1.5.30 *refused: %s", a->why);
	expect_row(&row, run_line(row.args));
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
	ck_assert_ptr_nonnull(strstr(err, "1.5.30 is there and cannot be used"));
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
	tcase_add_test(tc, saved_where_nothing_is_read);
	return run_suite("cli folder", tc);
}
