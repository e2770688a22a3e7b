// SPDX-License-Identifier: GPL-2.0-or-later
/* Which version is this image, and how is that known? */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identify.h"

static struct tdxu_sigstruct sig;

static void expect(bool genuine, const char *path, enum tdxu_version_source source,
		   const char *version)
{
	struct tdxu_identity id = tdxu_identify(&sig, genuine, path);
	char text[TDXU_VERSION_TEXT];

	ck_assert_msg(id.source == source, "%s: by %s", path, tdxu_version_source_name(id.source));
	if (source)
		ck_assert_str_eq(tdxu_version_format(&id.version, text), version);
}

static void set_hash(const char *hex)
{
	for (size_t i = 0; i < sizeof(sig.seamhash); i++)
		ck_assert_int_eq(sscanf(hex + 2 * i, "%2hhx", &sig.seamhash[i]), 1);
}

static const char hash_1528[] =
	"346bc77a1846cac214dd2e8edeb9ee4349449d6c3f9ff2c5"
	"2149a634c27b7fd1bd314c2ef6b973eeebd55742952531a1";

START_TEST(by_hash)
{
	set_hash(hash_1528);
	expect(true, "tdx_module_1.5.24.blob", TDXU_VERSION_SEAMHASH, "1.5.28");
}
END_TEST

/* A sigstruct that goes with another module, or is not signed, is not believed. */
START_TEST(only_if_genuine)
{
	set_hash(hash_1528);
	sig.reserved3[0] = 8;
	sig.reserved3[3] = 2;
	expect(false, "tdx_module_1.5.24.blob", TDXU_VERSION_FILE_NAME, "1.5.24");
	expect(false, "module", TDXU_VERSION_UNKNOWN, NULL);
}
END_TEST

static const struct {
	u8 area[8];
	const char *version;
} areas[] = {
	{ { 0x02, 0, 0, 2, 0x12, 3 }, "2.0.02" },
	{ { 0x04, 0, 0, 2, 0x5b, 3, 8 }, "2.0.04" },
	{ { 0x18, 0, 0, 3 }, "3.0.24" },
	{ { 0x05, 1, 0, 2 }, NULL }, /* is it the minor version? */
	{ { 0x05, 0, 1, 2 }, NULL },
	{ { 0x05, 0, 0, 1 }, NULL }, /* 1.5 images have nothing there */
	{ { 0 }, NULL },
};

START_TEST(by_sigstruct)
{
	memcpy(sig.reserved3, areas[_i].area, sizeof(areas[_i].area));
	expect(true, "x", areas[_i].version ? TDXU_VERSION_SIGSTRUCT : TDXU_VERSION_UNKNOWN,
	       areas[_i].version);
}
END_TEST

static const struct {
	const char *path;
	const char *version;
} names[] = {
	{ "tdx_module_1.5.28.blob", "1.5.28" },
	{ "/a/1.5.01/b/tdx_module_2.0.14.bin", "2.0.14" },
	{ "1.5.5", "1.5.05" },
	{ "x1.5.05-rc2.so", "1.5.05" },
	{ "tdx_1.5_2.0.18.blob", "2.0.18" },
	{ "1.5.28.", "1.5.28" },
	{ "/1.5.28/module.blob", NULL },
	{ "1.5.28.4.blob", NULL },
	{ "1.5.blob", NULL },
	{ "1..5.28", NULL },
	{ ".1.5.28.", "1.5.28" },
	{ "1.5.99999", NULL },
	{ "111111111111111111111.5.28", NULL },
	{ "", NULL },
	{ ".", NULL },
};

START_TEST(by_name)
{
	expect(true, names[_i].path,
	       names[_i].version ? TDXU_VERSION_FILE_NAME : TDXU_VERSION_UNKNOWN,
	       names[_i].version);
}
END_TEST

START_TEST(says_where_from)
{
	static const char *const texts[] = { "unknown", "1.5.28 (known release)",
					     "1.5.28 (signed by its publisher)",
					     "1.5.28 (file name, unverified)" };
	struct tdxu_identity id = { (enum tdxu_version_source)_i, { 1, 5, 28 } };
	char text[TDXU_IDENTITY_TEXT];

	ck_assert_str_eq(tdxu_identity_text(&id, text), texts[_i]);
}
END_TEST

/* The publisher's own, where they are at hand. */
static const char *const published[] = { "1.5.01", "1.5.05", "1.5.06", "1.5.08", "1.5.09", "1.5.13",
					 "1.5.16", "2.0.02", "2.0.04", "2.0.05", "2.0.08" };

START_TEST(published_images)
{
	const char *dir = getenv("TDX_SIGSTRUCTS");
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/tdx_module_%s.sigstruct",
		 dir ? dir : "/work/shared/facts/sigstructs", published[_i]);
	f = fopen(path, "rb");
	if (!f)
		return; /* they are not ours to bring along */
	ck_assert_uint_eq(fread(&sig, 1, sizeof(sig), f), sizeof(sig));
	fclose(f);
	expect(true, "x", TDXU_VERSION_SEAMHASH, published[_i]);
	sig.seamhash[0] ^= 1;
	if (published[_i][0] == '2')
		expect(true, "x", TDXU_VERSION_SIGSTRUCT, published[_i]);
	else
		expect(true, "x", TDXU_VERSION_UNKNOWN, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cli identify");
	TCase *tc = tcase_create("identify");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, by_hash);
	tcase_add_test(tc, only_if_genuine);
	tcase_add_loop_test(tc, by_sigstruct, 0, ARRAY_SIZE(areas));
	tcase_add_loop_test(tc, by_name, 0, ARRAY_SIZE(names));
	tcase_add_loop_test(tc, says_where_from, 0, 4);
	tcase_add_loop_test(tc, published_images, 0, ARRAY_SIZE(published));
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
