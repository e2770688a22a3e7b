// SPDX-License-Identifier: GPL-2.0-or-later
/* What a site allows `apply --newest` to take: /etc/tdxupd/allowed. */
#include "cli_folder.h"
#include "names.h"

static void allow(const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "mkdir -p '%s/etc/tdxupd'", directory);
	ck_assert_int_eq(system(path), 0);
	f = fopen(path_of("etc/tdxupd/allowed"), "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	put_runs();
	put("joined_files/1.5/tdx_module_1.5.28.blob", &newer, sizeof(newer));
}

static void allow_none(void) { allow("# nothing\n"); }
static void allow_old(void) { allow("1.5.24 # until the relying parties know more\n\n"); }
static void allow_new(void) { allow(" 1.5.28"); }
static void allow_nonsense(void) { allow("1.5.28\n1.5\n"); }
static void allow_two_words(void) { allow("1.5.28 1.5.30\n"); }

static void allow_mrseam(void)
{
	char text[2 * TDXU_SHA384_BYTES + 1];

	allow(tdxu_hex(newer.sig.seamhash, TDXU_SHA384_BYTES, text));
}

static void allow_many(void)
{
	char text[8 * 65 + 1] = "";

	for (u32 i = 0; i < 65; i++)
		strcat(text, "1.5.28\n");
	allow(text);
}

static void allow_hidden(void)
{
	allow_new();
	ck_assert_int_eq(chmod(path_of("etc/tdxupd/allowed"), 0), 0);
	be_confined();
}

/* More than a line that a fixed buffer would have split, and a version at its end. */
static void allow_long_comment(void)
{
	char text[2048];

	memset(text, 'x', sizeof(text));
	text[0] = '#';
	strcpy(text + 1023, "1.5.28\n");
	allow(text);
}

/* What a C string would not show the end of. */
static void allow_nul(void)
{
	FILE *f;

	allow("");
	f = fopen(path_of("etc/tdxupd/allowed"), "wb");
	ck_assert_ptr_nonnull(f);
	fwrite("1.5.28\0no\n", 1, 10, f);
	fclose(f);
}

#define ALLOWED "tdxupd: DIR/etc/tdxupd/allowed: "

static const struct row allowed_rows[] = {
	{ allow_new, "apply --newest DIR/tdx", 0, "Update *updated *" },
	{ allow_mrseam, "apply --newest DIR/tdx", 0, "Update *updated *" },
	{ allow_old, "apply --newest DIR/tdx", 0, "*nothing to do: *" },
	{ allow_old, "apply --newest DIR/tdx", 0, "*: 1.5.28 is left out: *: not among what *" },
	{ allow_none, "apply --newest DIR/tdx", 0, "*nothing to do: *" },
	{ allow_old, "list DIR/tdx", 0,
	  " *1.5.28 *refused: not among what /etc/tdxupd/allowed allows" },
	{ allow_nonsense, "apply --newest DIR/tdx", 78,
	  ALLOWED "'1.5' in line 2 is neither a version nor an MRSEAM; correct it" },
	{ allow_two_words, "list DIR/tdx", 78,
	  ALLOWED "'1.5.28 1.5.30' in line 1 is neither a version nor an MRSEAM; *" },
	{ allow_many, "list DIR/tdx", 78,
	  ALLOWED "it has more than 64 releases; leave out what is old" },
	{ allow_hidden, "apply --newest DIR/tdx", 78,
	  ALLOWED "it says what may be taken, and cannot be read (Permission denied); let root read it, or remove it" },
	{ allow_long_comment, "apply --newest DIR/tdx", 0, "*nothing to do: *" },
	{ allow_nul, "apply --newest DIR/tdx", 78,
	  ALLOWED "'1.5.28?no' in line 1 is neither a version nor an MRSEAM; correct it" },
	/* one that is named is taken all the same */
	{ allow_old, "apply DIR/tdx/joined_files/1.5/tdx_module_1.5.28.blob", 0,
	  "Update *updated *" },
};

static void clear(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", path_of("etc"));
	ck_assert_int_eq(system(command), 0);
}

START_TEST(of_allowed)
{
	try_row(&allowed_rows[_i]);
	clear();
}
END_TEST

/* --- hold and unhold -------------------------------------------------------------------------- */

#define MRSEAM "0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *before; /* the file, or NULL: there is none */
	const char *command;
	const char *after;
} edits[] = {
	/* 1.5.24 runs */
	{ NULL, "hold", "1.5.24\n" },
	{ NULL, "hold 1.5.28", "1.5.28\n" },
	{ NULL, "hold 1.5.28 " MRSEAM, "1.5.28\n" MRSEAM "\n" },
	{ NULL, "hold list", NULL },
	{ NULL, "unhold", NULL },
	{ "", "hold list", "" },
	{ "", "hold", "1.5.24\n" },
	{ "1.5.24", "hold", "1.5.24\n" },
	/* comments stay, and what does not count any more becomes one */
	{ "# of ours\n\n1.5.28 # 2026-01\n", "hold", "# of ours\n\n# 1.5.28 # 2026-01\n1.5.24\n" },
	{ "# of ours\r\n  1.5.28\r\n", "hold 1.5.30", "# of ours\r\n# 1.5.28\r\n1.5.30\n" },
	{ "# 1.5.28 # 2026-01\n1.5.24\n", "hold 1.5.28", "1.5.28 # 2026-01\n# 1.5.24\n" },
	{ "# not 1.5.28\n", "hold 1.5.28", "# not 1.5.28\n1.5.28\n" },
	{ "1.5.24\n1.5.28\n", "unhold 1.5.28", "1.5.24\n# 1.5.28\n" },
	{ "1.5.24\n" MRSEAM "\n", "unhold " MRSEAM, "1.5.24\n# " MRSEAM "\n" },
	{ "1.5.24\n", "unhold 1.5.28", "1.5.24\n" },
	{ "# 1.5.28\n1.5.24\n", "unhold 1.5.24", "# 1.5.28\n# 1.5.24\n" },
	{ "1.5.24\n", "unhold", NULL },
};

START_TEST(of_edits)
{
	const char *path = path_of("etc/tdxupd/allowed");
	struct tdxu_file file = { 0 };
	struct stat st;

	allow(edits[_i].before ? edits[_i].before : "");
	if (!edits[_i].before)
		ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(run_line(edits[_i].command), 0);
	if (!edits[_i].after) {
		ck_assert_int_ne(access(path, F_OK), 0);
	} else if (*edits[_i].after) {
		ck_assert_int_eq(tdxu_file_read(path, 4096, "a list", &file, &error), 0);
		ck_assert_uint_eq(file.size, strlen(edits[_i].after));
		ck_assert_mem_eq(file.data, edits[_i].after, file.size);
		free(file.data);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_int_eq(st.st_mode & 0777, 0644);
	}
	clear();
}
END_TEST

static void allow_by_link(void)
{
	allow_new();
	ck_assert_int_eq(rename(path_of("etc/tdxupd/allowed"), path_of("etc/tdxupd/ours")), 0);
	ck_assert_int_eq(symlink("ours", path_of("etc/tdxupd/allowed")), 0);
}

static void no_etc(void)
{
	allow_new();
	clear();
}

static void no_driver(void) { fake.open_error = ENODEV; }
static void unsure(void) { fake.status.module.unsure = true; }
static void allow_nothing_there(void) { allow_new(); unlink(path_of("etc/tdxupd/allowed")); }

#define NR4 "1.5.24 1.5.24 1.5.24 1.5.24 "

static const struct row hold_rows[] = {
	{ allow_new, "hold", 0, "Allowed         1.5.24" },
	{ allow_new, "hold", 0, "                and nothing else, says DIR/etc/tdxupd/allowed" },
	{ allow_none, "hold list", 0, "Allowed         nothing, says DIR/etc/tdxupd/allowed" },
	{ allow_nothing_there, "hold list", 0,
	  "Allowed         whatever fits: there is no DIR/etc/tdxupd/allowed" },
	{ allow_nonsense, "hold", 78,
	  ALLOWED "'1.5' in line 2 is neither a version nor an MRSEAM; correct it" },
	{ allow_nonsense, "unhold", 78,
	  ALLOWED "'1.5' in line 2 is neither a version nor an MRSEAM; correct it" },
	{ allow_nonsense, "hold list", 78,
	  ALLOWED "'1.5' in line 2 is neither a version nor an MRSEAM; correct it" },
	{ allow_new, "hold 1.5", 64,
	  "tdxupd: 1.5: it is neither a version nor an MRSEAM; give one that `tdxupd list` shows, such as 1.5.28" },
	{ no_driver, "hold", 69,
	  "tdxupd: hold: which TDX module runs here is not known; name it, as in `tdxupd hold 1.5.28`" },
	{ unsure, "hold", 69,
	  "tdxupd: hold: which TDX module runs here is not known; name it, as in `tdxupd hold 1.5.28`" },
	{ allow_nothing_there, "unhold 1.5.28", 64,
	  ALLOWED "it is not there, so all releases are allowed; see `tdxupd help hold` for how only some are" },
	{ allow_by_link, "hold", 78,
	  ALLOWED "it is no regular file, and would be replaced; edit it by hand" },
	{ NULL, "hold 1 2 3 4 5 6 7 8", 64, "tdxupd: 1: it is neither *" },
	{ NULL, "unhold " NR4 NR4 NR4 NR4 "1.5.28", 64,
	  "tdxupd: unhold: there are more than 16 releases, the last of them '1.5.28'; *" },
	{ no_etc, "hold", 1, ALLOWED "it could not be written (No such file or directory); *" },
};

START_TEST(of_hold)
{
	try_row(&hold_rows[_i]);
	clear();
}
END_TEST

/* What is held is held: nothing is taken until it is let go. */
START_TEST(held)
{
	static const char apply[] = "apply --newest DIR/tdx";

	allow_nothing_there();
	ck_assert_int_eq(run_line("hold"), 0);
	ck_assert_int_eq(run_line(apply), 0);
	ck_assert_int_eq(fake.updates, 0);
	ck_assert_int_eq(run_line("unhold"), 0);
	ck_assert_int_eq(access(path_of("etc/tdxupd/allowed.old"), F_OK), 0);
	ck_assert_int_eq(run_line(apply), 0);
	ck_assert_int_eq(fake.updates, 1);
	clear();
}
END_TEST

static void expect_allowed(const char *line, const char *command, int code)
{
	ck_assert_int_eq(run_line(line), code);
	take_json(command, code, code ? "" : " path allowed");
}

START_TEST(held_json)
{
	allow_nothing_there();
	expect_allowed("hold 1.5.28 --json", "hold", 0);
	ck_assert_str_eq(json_string_value(json_array_get(at("allowed", NULL), 0)), "1.5.28");
	expect_allowed("unhold --json", "unhold", 0);
	ck_assert(json_is_null(at("allowed", NULL)));
	expect_allowed("hold 1.5 --json", "hold", 64);
	clear();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("allowed");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, of_allowed, 0, ARRAY_SIZE(allowed_rows));
	tcase_add_loop_test(tc, of_edits, 0, ARRAY_SIZE(edits));
	tcase_add_loop_test(tc, of_hold, 0, ARRAY_SIZE(hold_rows));
	tcase_add_test(tc, held);
	tcase_add_test(tc, held_json);
	return run_suite("cli allowed", tc);
}
