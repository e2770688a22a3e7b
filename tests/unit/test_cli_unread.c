// SPDX-License-Identifier: GPL-2.0-or-later
/* `tdxupd list` and `apply --newest`, where the running module does not tell all of itself. */
#include "cli_tree.h"

/* What could not be read of the running module is not 0, and is no reason to be content. */
static const struct {
	u32 attr;
	const char *rule;
	const char *why;
} unread[] = {
	{ TDX_UPDATE_A_MODULE_HV, "handoff", "the running module's MODULE_HV is not known, as" },
	{ TDX_UPDATE_A_MODULE_MIN_UPDATE_HV, "handoff", "the running module's MIN_UPDATE_HV is not known" },
	{ TDX_UPDATE_A_MODULE_NO_DOWNGRADE, "handoff", "the running module's NO_DOWNGRADE is not known" },
	{ TDX_UPDATE_A_MODULE_HANDOFF_PAGES, "handoff-room", "the running module's NUM_HANDOFF_PAGES" },
	{ TDX_UPDATE_A_MODULE_SVN_MINOR, "null", "MRSEAM and SVN of the running module could" },
	{ TDX_UPDATE_A_MODULE_MRSEAM, "null", "MRSEAM and SVN of the running module could" },
};

START_TEST(what_cannot_be_read)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_image("joined_files/1.5/tdx_module_1.5.28.blob", &b, 28);
	fake.status.module.untold = 1u << unread[_i].attr;
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("1.5.28", "verdict"), "unknown");
	ck_assert_str_eq(field("1.5.28", "rule"), unread[_i].rule);
	ck_assert_msg(!strncmp(field("1.5.28", "why"), unread[_i].why, strlen(unread[_i].why)), "%s",
		      field("1.5.28", "why"));
	options.newest = root;
	ck_assert_int_eq(apply_json(&options), 78);
	ck_assert_uint_eq((u32)fake.updates, 0);
}
END_TEST

/* The kernel's own updater tells the version that it has read, whatever runs by now. */
START_TEST(a_version_that_may_be_old)
{
	fake.status.module.only_version = fake.status.module.unsure = true;
	ck_assert_int_eq(list(), 0);
	ck_assert_str_eq(field("1.5.24", "verdict"), "unknown");
	ck_assert_str_eq(field("1.5.24", "why"),
			 "it is the running module, unless tdx_update has replaced it since the kernel read that; to be sure, load tdx_update");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("unread");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_cannot_be_read, 0, ARRAY_SIZE(unread));
	tcase_add_test(tc, a_version_that_may_be_old);
	return run_suite("cli unread", tc);
}
