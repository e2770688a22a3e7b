// SPDX-License-Identifier: GPL-2.0-or-later
#include "duration.h"
#include "runner.h"

static const struct {
	const char *text;
	u64 seconds;
} good[] = {
	{ "0s", 0 },	 { "1s", 1 },	   { "90s", 90 },	{ "30m", 1800 },
	{ "2h", 7200 },	 { "1h30m", 5400 }, { "1h30m15s", 5415 }, { "1h15s", 3615 },
	{ "007m", 420 }, { "720h", 2592000 }, { "43200m", 2592000 },
};

static const char *const bad[] = {
	"",    "30",   "m",    "-1m",  "+1m",	" 1m",	"1m ",	"1.5h",	 "1d",	"1 m",
	"m1",  "30m1h", "1m1m", "1h30", "0x10s", "1M",	"721h", "720h1s", "1e3s",
	"99999999999999999999h", "4294967297s", "18446744073709551617s", "1m\n",
};

START_TEST(reads)
{
	u64 ms = 12345;

	ck_assert(tdxu_duration_parse(good[_i].text, &ms));
	ck_assert_uint_eq(ms, good[_i].seconds * 1000);
}
END_TEST

START_TEST(refuses)
{
	u64 ms = 12345;

	ck_assert_msg(!tdxu_duration_parse(bad[_i], &ms), "'%s'", bad[_i]);
	ck_assert_uint_eq(ms, 12345);
}
END_TEST

static const struct {
	u64 ms;
	const char *text;
} written[] = {
	{ 0, "0s" },	      { 1, "1s" },	      { 1000, "1s" },	   { 1001, "2s" },
	{ 60000, "1m" },      { 90000, "1m30s" },     { 3600000, "1h" },   { 3601000, "1h1s" },
	{ 5415000, "1h30m15s" }, { 2592000000, "720h" },
};

START_TEST(writes)
{
	char out[TDXU_DURATION_TEXT];
	u64 ms;

	ck_assert_str_eq(tdxu_duration_format(written[_i].ms, out), written[_i].text);
	ck_assert(tdxu_duration_parse(out, &ms));
	ck_assert_uint_eq(ms, (written[_i].ms + 999) / 1000 * 1000);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("duration");

	tcase_add_loop_test(tc, reads, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tc, refuses, 0, ARRAY_SIZE(bad));
	tcase_add_loop_test(tc, writes, 0, ARRAY_SIZE(written));
	return run_suite("cli durations", tc);
}
