// SPDX-License-Identifier: GPL-2.0-or-later
/* Versions and the gate. */

#include "core/version.h"
#include "runner.h"

static const struct {
	const char *text;
	bool ok;
	struct tdxu_version version;
} parsed[] = {
	{ "1.5.24", true, { 1, 5, 24 } },
	{ "1.5.05", true, { 1, 5, 5 } },
	{ "0.0.0", true, { 0, 0, 0 } },
	{ "65535.65535.65535", true, { 65535, 65535, 65535 } },
	{ "65536.0.0", false, { 0 } },
	{ "1.5.4294967297", false, { 0 } },
	{ "", false, { 0 } },
	{ "1", false, { 0 } },
	{ "1.5", false, { 0 } },
	{ "1.5.", false, { 0 } },
	{ ".5.24", false, { 0 } },
	{ "1..24", false, { 0 } },
	{ "1.5.24 ", false, { 0 } },
	{ "1.5.24.1", false, { 0 } },
	{ "-1.5.24", false, { 0 } },
	{ "a.b.c", false, { 0 } },
};

START_TEST(parses)
{
	struct tdxu_version v = { 7, 7, 7 };

	ck_assert_msg(tdxu_version_parse(parsed[_i].text, &v) == parsed[_i].ok, "\"%s\"",
		      parsed[_i].text);
	if (parsed[_i].ok)
		ck_assert_int_eq(tdxu_version_compare(&v, &parsed[_i].version), 0);
	else
		ck_assert_int_eq(v.major, 7);
}
END_TEST

START_TEST(formats_as_published)
{
	static const struct tdxu_version small = { 1, 5, 5 };
	static const struct tdxu_version largest = { 65535, 65535, 65535 };
	char text[TDXU_VERSION_TEXT];

	ck_assert_str_eq(tdxu_version_format(&small, text), "1.5.05");
	ck_assert_str_eq(tdxu_version_format(&largest, text), "65535.65535.65535");
}
END_TEST

/* Ascending: every pair is compared both ways. */
static const struct tdxu_version ascending[] = {
	{ 0, 0, 1 }, { 1, 0, 0 },  { 1, 4, 99 }, { 1, 5, 1 },
	{ 1, 5, 24 }, { 1, 5, 25 }, { 1, 6, 0 },	 { 2, 0, 0 },
};

START_TEST(orders)
{
	size_t a = (size_t)_i / ARRAY_SIZE(ascending);
	size_t b = (size_t)_i % ARRAY_SIZE(ascending);
	int order = tdxu_version_compare(&ascending[a], &ascending[b]);

	ck_assert_msg((order > 0) == (a > b) && (order < 0) == (a < b), "%zu against %zu: %d", a, b,
		      order);
}
END_TEST

static const struct {
	struct tdxu_version running;
	enum tdxu_gate verdict;
	u16 minimum; /* update number */
} gates[] = {
	{ { 1, 5, 1 }, TDXU_GATE_TOO_OLD, 24 },
	{ { 1, 5, 23 }, TDXU_GATE_TOO_OLD, 24 },
	{ { 1, 5, 24 }, TDXU_GATE_OPEN, 24 },
	{ { 1, 5, 25 }, TDXU_GATE_OPEN, 24 },
	{ { 1, 5, 65535 }, TDXU_GATE_OPEN, 24 },
	{ { 2, 0, 13 }, TDXU_GATE_TOO_OLD, 14 },
	{ { 2, 0, 14 }, TDXU_GATE_OPEN, 14 },
	{ { 1, 0, 99 }, TDXU_GATE_UNKNOWN_SERIES, 0 },
	{ { 1, 6, 99 }, TDXU_GATE_UNKNOWN_SERIES, 0 },
	{ { 2, 1, 99 }, TDXU_GATE_UNKNOWN_SERIES, 0 },
	{ { 3, 0, 0 }, TDXU_GATE_UNKNOWN_SERIES, 0 },
	{ { 0, 0, 0 }, TDXU_GATE_UNKNOWN_SERIES, 0 },
};

START_TEST(gate)
{
	struct tdxu_version minimum = { 0, 0, 0 };

	ck_assert_int_eq(tdxu_gate_check(&gates[_i].running, &minimum), gates[_i].verdict);
	ck_assert_int_eq(minimum.update, gates[_i].minimum);
	ck_assert_int_eq(tdxu_gate_check(&gates[_i].running, NULL), gates[_i].verdict);
}
END_TEST

static const struct {
	const char *text;
	const char *says; /* NULL: taken */
} raises[] = {
	{ "1.5.24", NULL },
	{ "1.5.28", NULL },
	{ "1.5.65535", NULL },
	{ "2.0.16", NULL },
	{ "1.5.28,2.0.16", NULL },
	{ "1.5.25,1.5.28", NULL },
	{ "1.5.28,1.5.25", "1.5.25 is below 1.5.28" },
	{ "1.5.23", "1.5.23 is below 1.5.24, the minimum of its series" },
	{ "2.0.13", "2.0.13 is below 2.0.14" },
	{ "1.5.28,2.0.0", "2.0.00 is below 2.0.14" },
	{ "1.6.0", "1.6.00 is of a series that tdx_update does not know" },
	{ "0.0.0", "0.0.00 is of a series" },
	{ "", "\"\" is not a version; write MAJOR.MINOR.UPDATE" },
	{ "off", "\"off\" is not a version" },
	{ "1.5", "\"1.5\" is not" },
	{ "1.5.28,", "\"\" is not" },
	{ ",1.5.28", "\"\" is not" },
	{ "1.5.28 ", "\"1.5.28 \" is not" },
	{ "1.5.28;2.0.16", "\"1.5.28;2.0.16\" is not" },
	{ "1.5.00000000000028", "\"1.5.00000000000028\" is not" },
	{ "1.5.000000000000000000000000000000000000000028", "\"1.5.00000000000000\" is not" },
};

START_TEST(gate_can_only_be_raised)
{
	const struct tdxu_version lowest = { 1, 5, 24 }, lowest_2_0 = { 2, 0, 14 };
	struct tdxu_version minimum, minimum_2_0;
	char why[TDXU_GATE_WHY] = "";
	bool raised = tdxu_gate_raise(raises[_i].text, why);

	ck_assert_msg(raised == !raises[_i].says, "\"%s\"", raises[_i].text);
	tdxu_gate_check(&lowest, &minimum);
	tdxu_gate_check(&lowest_2_0, &minimum_2_0);
	ck_assert_int_ge(tdxu_version_compare(&minimum, &lowest), 0);
	ck_assert_int_ge(tdxu_version_compare(&minimum_2_0, &lowest_2_0), 0);
	if (raised)
		return;
	ck_assert_msg(strstr(why, raises[_i].says) != NULL, "%s", why);
	ck_assert_uint_lt(strlen(why), sizeof(why) - 1); /* nothing was cut off */
	/* all or nothing */
	ck_assert_int_eq(tdxu_version_compare(&minimum, &lowest), 0);
	ck_assert_int_eq(tdxu_version_compare(&minimum_2_0, &lowest_2_0), 0);
}
END_TEST

START_TEST(raised_gate_is_obeyed)
{
	const struct tdxu_version old = { 1, 5, 27 }, new = { 1, 5, 28 }, other = { 2, 0, 14 };
	struct tdxu_version minimum;
	char why[TDXU_GATE_WHY];

	ck_assert_int_eq(tdxu_gate_check(&old, NULL), TDXU_GATE_OPEN);
	ck_assert(tdxu_gate_raise("1.5.28", why));
	ck_assert_int_eq(tdxu_gate_check(&old, &minimum), TDXU_GATE_TOO_OLD);
	ck_assert_int_eq(minimum.update, 28);
	ck_assert_int_eq(tdxu_gate_check(&new, NULL), TDXU_GATE_OPEN);
	ck_assert_int_eq(tdxu_gate_check(&other, NULL), TDXU_GATE_OPEN);
	/* and it does not come down again */
	ck_assert(!tdxu_gate_raise("1.5.24", why));
	ck_assert_int_eq(tdxu_gate_check(&old, NULL), TDXU_GATE_TOO_OLD);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("version");

	tcase_add_loop_test(tc, parses, 0, ARRAY_SIZE(parsed));
	tcase_add_test(tc, formats_as_published);
	tcase_add_loop_test(tc, orders, 0, ARRAY_SIZE(ascending) * ARRAY_SIZE(ascending));
	tcase_add_loop_test(tc, gate, 0, ARRAY_SIZE(gates));
	tcase_add_loop_test(tc, gate_can_only_be_raised, 0, ARRAY_SIZE(raises));
	tcase_add_test(tc, raised_gate_is_obeyed);
	return run_suite("version", tc);
}
