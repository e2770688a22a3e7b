// SPDX-License-Identifier: GPL-2.0-or-later
/* Which version is this image, and how is that known? */
#include <stdio.h>
#include <string.h>

#include "identify.h"
#include "genuine.h"
#include "runner.h"

static struct tdxu_sigstruct sig;

static void expect(bool genuine, const char *path, enum tdxu_version_source source,
		   const char *version)
{
	struct tdxu_identity id = tdxu_identify(genuine ? &sig : NULL, path);
	char text[TDXU_VERSION_TEXT];

	ck_assert_msg(id.source == source, "%s: by %s", path, tdxu_version_source_names[id.source]);
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
	/* a release's folder speaks for what is in it, and no other does */
	{ "/1.5.28/module.blob", "1.5.28" },
	{ "/intel_tdx_module_v1.5.28/TDX-Module/intel_tdx_module.so", "1.5.28" },
	{ "1.5.28/TDX-Module/intel_tdx_module.so", "1.5.28" },
	{ "/1.5/module.blob", NULL },
	{ "/1.5.28/a/b/module.blob", NULL },
	{ "/backup-1.5.28/module.blob", NULL },
	{ "/1.5.28.bad/module.blob", NULL },
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
					     "1.5.28 (in its signed data)",
					     "1.5.28 (file name, unverified)" };
	struct tdxu_identity id = { (enum tdxu_version_source)_i, { 1, 5, 28 } };
	char text[TDXU_IDENTITY_TEXT];

	ck_assert_str_eq(tdxu_identity_text(&id, text), texts[_i]);
}
END_TEST

START_TEST(published_images)
{
	const char *version = genuine[_i].version;

	if (!read_genuine(version, &sig))
		return;
	expect(true, "x", TDXU_VERSION_SEAMHASH, version);
	sig.seamhash[0] ^= 1;
	if (version[0] == '2')
		expect(true, "x", TDXU_VERSION_SIGSTRUCT, version);
	else
		expect(true, "x", TDXU_VERSION_UNKNOWN, NULL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("identify");

	tcase_add_test(tc, by_hash);
	tcase_add_test(tc, only_if_genuine);
	tcase_add_loop_test(tc, by_sigstruct, 0, ARRAY_SIZE(areas));
	tcase_add_loop_test(tc, by_name, 0, ARRAY_SIZE(names));
	tcase_add_loop_test(tc, says_where_from, 0, 4);
	tcase_add_loop_test(tc, published_images, 0, ARRAY_SIZE(genuine));
	return run_suite("cli identify", tc);
}
