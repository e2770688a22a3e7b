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
	/* one that is named is taken all the same */
	{ allow_old, "apply DIR/tdx/joined_files/1.5/tdx_module_1.5.28.blob", 0,
	  "Update *updated *" },
};

START_TEST(of_allowed)
{
	char command[128];

	try_row(&allowed_rows[_i]);
	snprintf(command, sizeof(command), "rm -rf '%s'", path_of("etc"));
	ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("allowed");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, of_allowed, 0, ARRAY_SIZE(allowed_rows));
	return run_suite("cli allowed", tc);
}
