// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel keeps of a module, and which changes of it are told. */

#include "core/abi.h"
#include "core/metadata.h"
#include "runner.h"

enum { ENTRIES = 3 };

/* A module: every field is 16 but for these. */
static struct {
	u64 entries;
	u64 leaf[TDXU_MAX_CPUID_CONFIG + 1];
	u64 mask[2 * (TDXU_MAX_CPUID_CONFIG + 1)];
	u64 fails; /* a field */
	u64 status;
} module;

static u64 read_field(u64 field, u64 *value, u32 *retries)
{
	(void)retries;
	if (field == module.fails)
		return module.status;
	*value = 16;
	if (field == TDXU_FIELD_NUM_CPUID_CONFIG)
		*value = module.entries;
	else if (field - TDXU_FIELD_CPUID_CONFIG_LEAVES < module.entries)
		*value = module.leaf[field - TDXU_FIELD_CPUID_CONFIG_LEAVES];
	else if (field - TDXU_FIELD_CPUID_CONFIG_VALUES < 2 * module.entries)
		*value = module.mask[field - TDXU_FIELD_CPUID_CONFIG_VALUES];
	return 0;
}

static struct tdxu_metadata before, after;

static void old_module(void)
{
	memset(&module, 0, sizeof(module));
	module.entries = ENTRIES;
	for (u32 i = 0; i < ENTRIES; i++) {
		module.leaf[i] = i + 1;
		module.mask[2 * i] = 0xf0 + i;
		module.mask[2 * i + 1] = 0xff00 + i;
	}
	tdxu_metadata_snapshot(&before, read_field);
}

/* All lines, as one text. */
static const char *changes(void)
{
	static char text[TDXU_NR_METADATA * TDXU_CHANGE_TEXT];
	char line[TDXU_CHANGE_TEXT];

	tdxu_metadata_snapshot(&after, read_field);
	text[0] = '\0';
	for (u32 i = 0; i < TDXU_NR_METADATA; i++) {
		if (tdxu_metadata_describe_change(&before, &after, i, line))
			strcat(strcat(text, line), "\n");
	}
	return text;
}

static void nothing(void) {}
static void other_mask(void) { module.mask[3] = 0x8000000000000000; }
static void other_leaf(void) { module.leaf[0] = 7; }
static void longer(void) { module.entries = ENTRIES + 1; module.leaf[ENTRIES] = 9; }
static void shorter(void) { module.entries = ENTRIES - 1; }
static void none_left(void) { module.entries = 0; }

static void other_order(void)
{
	module.leaf[1] = 3;
	module.leaf[2] = 2;
}

static void fails_with(u64 field, u64 status)
{
	module.fails = field;
	module.status = status;
}

static void not_there(void)
{
	fails_with(TDXU_FIELD_TDR_BASE_SIZE, TDXU_TDX_METADATA_FIELD_ID_INCORRECT);
}

static void silent(void) { fails_with(TDXU_FIELD_TDR_BASE_SIZE, 0x8000020200000000); }

static void silent_mask(void)
{
	fails_with(TDXU_FIELD_CPUID_CONFIG_VALUES + 2 * ENTRIES - 1, 0x8000020200000000);
}

static void silent_count(void)
{
	fails_with(TDXU_FIELD_NUM_CPUID_CONFIG, 0x8000020200000000);
}

static void too_many(void) { module.entries = TDXU_MAX_CPUID_CONFIG + 1; }

static const struct {
	void (*change)(void);
	const char *told;
} rows[] = {
	{ nothing, "" },
	{ other_mask, "CPUID_CONFIG_VALUES[3] 0xff01 -> 0x8000000000000000, 0 more differ\n" },
	{ other_leaf, "CPUID_CONFIG_LEAVES[0] 0x1 -> 0x7, 0 more differ\n" },
	{ other_order, "CPUID_CONFIG_LEAVES[1] 0x2 -> 0x3, 1 more differ\n" },
	{ longer, "NUM_CPUID_CONFIG 0x3 -> 0x4\n"
		  "CPUID_CONFIG_LEAVES[3] none -> 0x9, 0 more differ\n"
		  "CPUID_CONFIG_VALUES[6] none -> 0x0, 1 more differ\n" },
	{ shorter, "NUM_CPUID_CONFIG 0x3 -> 0x2\n"
		   "CPUID_CONFIG_LEAVES[2] 0x3 -> none, 0 more differ\n"
		   "CPUID_CONFIG_VALUES[4] 0xf2 -> none, 1 more differ\n" },
	{ none_left, "NUM_CPUID_CONFIG 0x3 -> 0x0\n"
		     "CPUID_CONFIG_LEAVES[0] 0x1 -> none, 2 more differ\n"
		     "CPUID_CONFIG_VALUES[0] 0xf0 -> none, 5 more differ\n" },
	{ not_there, "TDR_BASE_SIZE 0x10 -> none\n" },
	{ silent, "TDR_BASE_SIZE 0x10 -> unknown\n" },
	{ silent_mask, "CPUID_CONFIG_VALUES known -> unknown\n" },
	{ silent_count, "NUM_CPUID_CONFIG 0x3 -> unknown\n"
			"CPUID_CONFIG_LEAVES known -> unknown\n"
			"CPUID_CONFIG_VALUES known -> unknown\n" },
	{ too_many, "NUM_CPUID_CONFIG 0x3 -> 0x81\n"
		    "CPUID_CONFIG_LEAVES known -> unknown\n"
		    "CPUID_CONFIG_VALUES known -> unknown\n" },
};

START_TEST(tells_what_changed)
{
	old_module();
	rows[_i].change();
	ck_assert_str_eq(changes(), rows[_i].told);
}
END_TEST

/* What was never known cannot be said to be the same. */
START_TEST(tells_what_is_unknown_both_times)
{
	old_module();
	silent_mask();
	tdxu_metadata_snapshot(&before, read_field);
	ck_assert_str_eq(changes(), "CPUID_CONFIG_VALUES unknown -> unknown\n");
	silent();
	tdxu_metadata_snapshot(&before, read_field);
	ck_assert_str_eq(changes(), "TDR_BASE_SIZE unknown -> unknown\n");
}
END_TEST

/* What neither has is the same. */
START_TEST(says_nothing_of_what_neither_has)
{
	old_module();
	not_there();
	tdxu_metadata_snapshot(&before, read_field);
	ck_assert_str_eq(changes(), "");
	fails_with(TDXU_FIELD_NUM_CPUID_CONFIG, TDXU_TDX_METADATA_FIELD_ID_INCORRECT);
	tdxu_metadata_snapshot(&before, read_field);
	ck_assert_str_eq(changes(), "");
}
END_TEST

static u64 read_nothing(u64 field, u64 *value, u32 *retries)
{
	(void)field, (void)value;
	*retries += 1;
	return TDXU_SEAMCALL_VMFAILINVALID;
}

START_TEST(knows_when_nothing_answers)
{
	old_module();
	ck_assert(tdxu_metadata_any_told(&before));
	tdxu_metadata_snapshot(&before, read_nothing);
	ck_assert(!tdxu_metadata_any_told(&before));
	ck_assert_uint_eq(before.retries, TDXU_NR_METADATA_FIELDS);
}
END_TEST

/* The longest line is not cut. */
START_TEST(has_room_for_the_longest)
{
	char line[TDXU_CHANGE_TEXT];

	memset(&module, 0, sizeof(module));
	module.entries = TDXU_MAX_CPUID_CONFIG;
	tdxu_metadata_snapshot(&before, read_field);
	for (u32 i = 100; i < 2 * TDXU_MAX_CPUID_CONFIG; i++)
		before.list[1].value[i] = ~0ULL - 1;
	tdxu_metadata_snapshot(&after, read_field);
	for (u32 i = 100; i < 2 * TDXU_MAX_CPUID_CONFIG; i++)
		after.list[1].value[i] = ~0ULL;
	ck_assert(tdxu_metadata_describe_change(&before, &after, TDXU_NR_METADATA - 1, line));
	ck_assert_str_eq(line, "CPUID_CONFIG_VALUES[100] 0xfffffffffffffffe -> "
			       "0xffffffffffffffff, 155 more differ");
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("metadata");

	tcase_add_loop_test(tests, tells_what_changed, 0, ARRAY_SIZE(rows));
	tcase_add_test(tests, tells_what_is_unknown_both_times);
	tcase_add_test(tests, says_nothing_of_what_neither_has);
	tcase_add_test(tests, knows_when_nothing_answers);
	tcase_add_test(tests, has_room_for_the_longest);
	return run_suite("metadata", tests);
}
