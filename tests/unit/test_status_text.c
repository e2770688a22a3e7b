// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of statuses: by hand, and that core/abi.h has none without one. */

#include "core/status_text.h"
#include "runner.h"

static const struct {
	u64 rax;
	const char *text;
} rows[] = {
	{ 0xC000010000000000, "0xc000010000000000 TDX_OPERAND_INVALID (RAX)" },
	{ 0xC000010000000001, "0xc000010000000001 TDX_OPERAND_INVALID (RCX)" },
	{ 0xC000010000000009, "0xc000010000000009 TDX_OPERAND_INVALID (R9)" },
	{ 0xC00001000000000f, "0xc00001000000000f TDX_OPERAND_INVALID (R15)" },
	{ 0xC000010000000080, "0xc000010000000080 TDX_OPERAND_INVALID (operand 128)" },
	{ 0x8000020200000000, "0x8000020200000000 TDX_SYS_BUSY" },
	{ 0x8000051200010000, "0x8000051200010000 TDX_UPDATE_COMPAT_SENSITIVE" },
	{ 0xC00009200000010a, "0xc00009200000010a TDX_INCONSISTENT_MSR (MSR 0x10a)" },
	{ 0xC0000921000001a0, "0xc0000921000001a0 TDX_INCORRECT_MSR_VALUE (MSR 0x1a0)" },
	{ 0xC000050D00000000, "0xc000050d00000000 TDX_INCOMPATIBLE_SEAM_CAPABILITIES" },
	{ 0x8000000000000000, "0x8000000000000000 SEAMLDR_EBADPARAM" },
	{ 0x8000000000010003, "0x8000000000010003 SEAMLDR_EUNSPECERR" },
	{ 0x8000000000030001, "0x8000000000030001 SEAMLDR_ENOENTROPY" },
	{ 0x8000ff0000000006, "0x8000ff0000000006 #UD" },
	{ 0x8000ff000000000d, "0x8000ff000000000d #GP" },
	{ 0x8000ff00ffff0000, "0x8000ff00ffff0000 VMfailInvalid" },
	/* not known here: the number, and no name that it has not */
	{ 0, "0x0" },
	{ 0x8000000000000001, "0x8000000000000001" },
	{ 0xC00005FF00000000, "0xc00005ff00000000" },
	{ UINT64_MAX, "0xffffffffffffffff" },
};

START_TEST(text)
{
	char out[TDXU_STATUS_TEXT];

	ck_assert_str_eq(tdxu_status_text(rows[_i].rax, out), rows[_i].text);
}
END_TEST

/* The longest name with the longest detail fits. */
START_TEST(nothing_is_cut_off)
{
	char out[TDXU_STATUS_NAME];

	for (u64 class = 0; class < 0x2000; class++) {
		tdxu_status_name(0xC000000000000000 | class << 32 | 0xffffffff, out);
		ck_assert_uint_lt(strlen(out), TDXU_STATUS_NAME - 1);
	}
}
END_TEST

/* A line of the list in core/abi.h: a status that a firmware can answer. */
static bool is_status(const char *line, char *name, u64 *value)
{
	unsigned long long number;

	if (sscanf(line, "\tX(%47[A-Z0-9_], 0x%llx", name, &number) != 2 || !(number >> 63))
		return false;
	*value = number;
	return !strncmp(name, "SEAMLDR_E", 9) || !strncmp(name, "TDX_", 4);
}

START_TEST(every_status_has_its_name)
{
	FILE *f = fopen(TOP_DIRECTORY "/kmod/core/abi.h", "re");
	char line[256], name[48], out[TDXU_STATUS_NAME];
	u32 nr = 0;
	u64 value;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		if (!is_status(line, name, &value))
			continue;
		nr++;
		ck_assert_msg(!strncmp(tdxu_status_name(value, out), name, strlen(name)),
			      "%s is called '%s'", name, out);
	}
	fclose(f);
	ck_assert_uint_ge(nr, 30);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("status text");

	tcase_add_loop_test(tc, text, 0, ARRAY_SIZE(rows));
	tcase_add_test(tc, nothing_is_cut_off);
	tcase_add_test(tc, every_status_has_its_name);
	return run_suite("status text", tc);
}
