// SPDX-License-Identifier: GPL-2.0-or-later
/* TCB infos: what is read of them, and what they say of the SVN of a module. */
#include <string.h>

#include "genuine.h"
#include "runner.h"
#include "tcb_files.h"
#include "tcb_info.h"

static u8 *data;
static struct tdxu_tcb_file file;

static void teardown(void)
{
	tdxu_tcb_file_free(&file);
	free(data);
	data = NULL;
}

/* For tests/messages.t. */
static const char *say(const char *why)
{
	const char *path = getenv("TDXUPD_SAID");
	FILE *f = path && why ? fopen(path, "a") : NULL;

	if (f) {
		fprintf(f, "%s\n", why);
		fclose(f);
	}
	return why;
}

/* In memory of its own, so that sanitizers see its end. */
static const char *parse(const char *text)
{
	teardown();
	data = malloc(strlen(text));
	ck_assert_ptr_nonnull(data);
	memcpy(data, text, strlen(text));
	return say(tdxu_tcb_parse(data, strlen(text), &file));
}

/* --- matching --------------------------------------------------------------------------------- */

static const struct match {
	u32 major, minor;
	enum tdxu_tcb_status status;
	int level; /* its SVN; -1: none */
	u32 needs;
} matches[] = {
	{ 1, 15, TDXU_TCB_UP_TO_DATE, 14, 0 },
	{ 1, 14, TDXU_TCB_UP_TO_DATE, 14, 0 },
	{ 1, 13, TDXU_TCB_UP_TO_DATE, 13, 14 },
	{ 1, 12, TDXU_TCB_OUT_OF_DATE, 6, 13 },
	{ 1, 6, TDXU_TCB_OUT_OF_DATE, 6, 13 },
	{ 1, 5, TDXU_TCB_OUT_OF_DATE, 4, 13 },
	{ 1, 3, TDXU_TCB_REVOKED, 2, 13 },
	{ 1, 2, TDXU_TCB_REVOKED, 2, 13 },
	{ 1, 1, TDXU_TCB_NOT_SUPPORTED, -1, 13 },
	{ 1, 0, TDXU_TCB_NOT_SUPPORTED, -1, 13 },
	{ 3, 255, TDXU_TCB_UP_TO_DATE, 5, 0 },
	{ 3, 4, TDXU_TCB_OUT_OF_DATE, 3, 5 },
	{ 3, 2, TDXU_TCB_NOT_SUPPORTED, -1, 5 },
	{ 10, 7, TDXU_TCB_REVOKED, 7, 0 },
	{ 16, 7, TDXU_TCB_NOT_SUPPORTED, -1, 0 },
	{ 2, 99, TDXU_TCB_NOT_SUPPORTED, -1, 0 },
	{ 0, 99, TDXU_TCB_UNKNOWN, -1, 0 },
};

START_TEST(matching)
{
	const struct match *m = &matches[_i];
	struct tdxu_tcb_verdict v;

	ck_assert_ptr_null(parse(TCB_ANSWER(TCB_BODY("20", TCB_FUTURE))));
	tdxu_tcb_match(&file.info, m->major, m->minor, &v);
	ck_assert_int_eq(v.status, m->status);
	ck_assert_int_eq(v.level ? (int)v.level->isvsvn : -1, m->level);
	ck_assert_uint_eq(v.needs, m->needs);
	ck_assert_int_eq(v.other_series, m->major == 2 || m->major == 16);
}
END_TEST

/* Files from before there were identities say nothing good of a module that has one. */
START_TEST(without_identities)
{
	struct tdxu_tcb_verdict v;

	ck_assert_ptr_null(parse(TCB_ANSWER(TCB_HEAD("TDX", "3", "15", TCB_FUTURE) TCB_TAIL)));
	tdxu_tcb_match(&file.info, 1, 15, &v);
	ck_assert_int_eq(v.status, TDXU_TCB_NOT_SUPPORTED);
	ck_assert(v.other_series);
}
END_TEST

/* --- parsing ---------------------------------------------------------------------------------- */

static void expect_usual(void)
{
	static const char body[] = TCB_BODY("20", TCB_FUTURE);

	ck_assert_uint_eq(file.size, sizeof(body) - 1);
	ck_assert_mem_eq(file.bytes, body, file.size);
	ck_assert_uint_eq(file.signature[0], 0x01);
	ck_assert_uint_eq(file.signature[31], 0xef);
	ck_assert_uint_eq(file.signature[63], 0xef);
	ck_assert_uint_eq(file.info.number, 20);
	ck_assert_str_eq(file.info.fmspc, "B0C06F000000");
	ck_assert_int_eq(file.info.issued, 1893553445);
	ck_assert_int_eq(file.info.expires, 4071006245);
	ck_assert_uint_eq(file.info.nr, 3);
	ck_assert_str_eq(file.info.identity[0].level[0].date, "2025-05-14");
	ck_assert_uint_eq(json_array_size((void *)file.info.identity[0].level[0].advisories), 2);
	ck_assert_ptr_null(file.info.identity[0].level[1].advisories);
}

START_TEST(answer)
{
	ck_assert_ptr_null(parse(TCB_ANSWER(TCB_BODY("20", TCB_FUTURE))));
	expect_usual();
	ck_assert_ptr_null(file.chain);
	ck_assert_ptr_null(parse(TCB_ANSWER(TCB_BODY("20", TCB_FUTURE)) "\n"));
	expect_usual();
}
END_TEST

static json_t *numbers(size_t nr, int last)
{
	json_t *list = json_array();

	for (size_t i = 0; i + 1 < nr; i++)
		json_array_append_new(list, json_integer(i % 2 ? 0xef : 0x01));
	json_array_append_new(list, json_integer(last));
	return list;
}

static const char *parse_collateral(json_t *signature)
{
	json_t *all = json_pack("{s:s, s:o, s:s}", "tcb_info_issuer_chain", "PEM",
				"tcb_info_signature", signature, "tcb_info",
				TCB_BODY("20", TCB_FUTURE));
	char *text = json_dumps(all, JSON_INDENT(1));
	const char *why = parse(text);

	free(text);
	json_decref(all);
	return why;
}

START_TEST(collateral)
{
	ck_assert_ptr_null(parse_collateral(json_string(TCB_SIGNATURE)));
	expect_usual();
	ck_assert_str_eq(file.chain, "PEM");
	ck_assert_ptr_null(parse_collateral(numbers(64, 0xef)));
	expect_usual();
	ck_assert_ptr_nonnull(parse_collateral(numbers(63, 0)));
	ck_assert_ptr_nonnull(parse_collateral(numbers(65, 0)));
	ck_assert_ptr_nonnull(parse_collateral(numbers(64, 256)));
	ck_assert_ptr_nonnull(parse_collateral(numbers(64, -1)));
	ck_assert_ptr_nonnull(parse_collateral(json_null()));
}
END_TEST

#define NO_JSON "it is cut short, no JSON, or has a key twice"
#define NO_LEVEL "a level of a module in it has no SVN, date or known status"
#define NO_SIGNATURE "it has no signature of 64 bytes behind its TCB info"
#define LACKS "it lacks its number, a date or its FMSPC"
#define NEITHER "it is neither TCB info as its publisher sends it, byte for byte, nor a collateral with tcb_info in it"
#define MODULES(modules) \
	TCB_ANSWER(TCB_HEAD("TDX", "3", "20", TCB_FUTURE) TCB_MODULES(modules) TCB_TAIL)
#define LEVELS(levels) MODULES(TCB_MODULE("TDX_01", levels))

static const struct bad {
	const char *text, *why;
} bad[] = {
	{ "x", NO_JSON },
	{ "{}", NEITHER },
	{ "{\"tcbInfo\":", NO_JSON },
	{ "{\"tcbInfo\":{\"id\":", NO_JSON },
	{ "{\"tcbInfo\":5,\"signature\":\"\"}", NO_JSON },
	{ "{\"tcbInfo\":{}", NO_SIGNATURE },
	{ "{\"tcbInfo\":{},\"signature\":\"\"}", NO_SIGNATURE },
	{ "{\"tcbInfo\":{},\"signature\":\"" TCB_SIGNATURE "\"", NO_SIGNATURE },
	{ "{\"tcbInfo\":{},\"signature\":\"" TCB_SIGNATURE "0\"}", NO_SIGNATURE },
	{ "{\"tcbInfo\":{},\"signature\":\"g123456789abcdef" TCB_HEX32 TCB_HEX32 TCB_HEX32
	  "0123456789abcdef\"}", NO_SIGNATURE },
	{ "{\"tcbInfo\":{},\"x\":1,\"signature\":\"" TCB_SIGNATURE "\"}", NO_SIGNATURE },
	{ "{\"tcbInfo\":{} \"signature\":\"" TCB_SIGNATURE "\"}", NO_SIGNATURE },
	/* As other programs print it. */
	{ "{\"signature\":\"\",\"tcbInfo\":{}}", NEITHER },
	{ "{ \"tcbInfo\": {},\"signature\":\"\"}", NEITHER },
	{ "{\"tcb_info\":\"{\",\"tcb_info_signature\":\"" TCB_SIGNATURE "\"}", NO_JSON },
	{ "{\"tcb_info\":5}", NEITHER },
	{ TCB_ANSWER("{\"id\":\"TDX\",\"id\":\"TDX\"}"), NO_JSON },
	{ TCB_ANSWER("{\"id\":\"TDX\",\"version\":99999999999999999999}"), NO_JSON },
	{ TCB_ANSWER("{}"), "its id is not TDX; that of SGX is another file" },
	{ TCB_ANSWER(TCB_HEAD("SGX", "3", "20", TCB_FUTURE) "}"),
	  "its id is not TDX; that of SGX is another file" },
	{ TCB_ANSWER(TCB_HEAD("TDX", "2", "20", TCB_FUTURE) "}"),
	  "its version is not 3, the only one that is known" },
	{ TCB_ANSWER(TCB_HEAD("TDX", "4", "20", TCB_FUTURE) "}"),
	  "its version is not 3, the only one that is known" },
	{ TCB_ANSWER(TCB_HEAD("TDX", "3.0", "20", TCB_FUTURE) "}"),
	  "its version is not 3, the only one that is known" },
	{ TCB_ANSWER(TCB_HEAD("TDX", "3", "-1", TCB_FUTURE) "}"), LACKS },
	{ TCB_ANSWER(TCB_HEAD("TDX", "3", "2147483648", TCB_FUTURE) "}"), LACKS },
	{ TCB_ANSWER(TCB_HEAD("TDX", "3", "\"20\"", TCB_FUTURE) "}"), LACKS },
	{ TCB_ANSWER(TCB_HEAD("TDX", "3", "20", "2099-01-02") "}"), LACKS },
	{ TCB_ANSWER(TCB_HEAD("TDX", "3", "20", "2099-13-02T03:04:05Z") "}"), LACKS },
	{ TCB_ANSWER(TCB_HEAD("TDX", "3", "20", "2099-1-02T03:04:05Z") "}"), LACKS },
	{ TCB_ANSWER(TCB_HEAD("TDX", "3", "20", TCB_FUTURE)
		     ",\"tdxModuleIdentities\":{}" TCB_TAIL),
	  "its tdxModuleIdentities are no list" },
	{ MODULES(TCB_MODULE("TDX_01", "")), "a module in it has no levels" },
	{ MODULES("{\"id\":\"TDX_01\"}"), "a module in it has no levels" },
	{ MODULES(TCB_MODULE("TDX_01", TCB_LEVEL("1", "UpToDate")) ","
		  TCB_MODULE("tdx_01", TCB_LEVEL("2", "Revoked"))),
	  "it has a module twice, or more than 16" },
	{ LEVELS("5"), NO_LEVEL },
	{ LEVELS(TCB_LEVEL("-1", "UpToDate")), NO_LEVEL },
	{ LEVELS(TCB_LEVEL("65536", "UpToDate")), NO_LEVEL },
	{ LEVELS(TCB_LEVEL("4294967297", "UpToDate")), NO_LEVEL },
	{ LEVELS(TCB_LEVEL("\"1\"", "UpToDate")), NO_LEVEL },
	{ LEVELS(TCB_LEVEL("1", "upToDate")), NO_LEVEL },
	{ LEVELS(TCB_LEVEL("1", "SWHardeningNeeded")), NO_LEVEL },
	{ LEVELS(TCB_LEVEL_WITH("1", "UpToDate", "5")), NO_LEVEL },
	{ LEVELS(TCB_LEVEL_WITH("1", "UpToDate", "\"\\u001b[2J\"")), NO_LEVEL },
	{ LEVELS("{\"tcb\":{\"isvsvn\":1},\"tcbStatus\":\"UpToDate\"}"), NO_LEVEL },
	{ LEVELS(TCB_LEVEL("1", "UpToDate") "," TCB_LEVEL("1", "OutOfDate")),
	  "two levels of a module in it have the same SVN" },
};

START_TEST(bad_files)
{
	const char *why = parse(bad[_i].text);

	ck_assert_msg(why && !strcmp(why, bad[_i].why), "'%s' of %s", why ? why : "nothing",
		      bad[_i].text);
}
END_TEST

/* One more than there is room for, and as many as there is. */
START_TEST(too_many)
{
	char text[16384], *p;

	for (int nr = TDXU_TCB_LEVELS; nr <= TDXU_TCB_LEVELS + 1; nr++) {
		p = text + sprintf(text, "{\"tcbInfo\":" TCB_HEAD("TDX", "3", "20", TCB_FUTURE)
				   ",\"tdxModuleIdentities\":[{\"id\":\"TDX_01\",\"tcbLevels\":[");
		for (int i = 0; i < nr; i++)
			p += sprintf(p, "%s" TCB_LEVEL("%d", "UpToDate"), i ? "," : "", i);
		sprintf(p, "]}]" TCB_TAIL ",\"signature\":\"" TCB_SIGNATURE "\"}");
		ck_assert(!parse(text) == (nr == TDXU_TCB_LEVELS));
	}
	for (int nr = TDXU_TCB_IDENTITIES; nr <= TDXU_TCB_IDENTITIES + 1; nr++) {
		p = text + sprintf(text, "{\"tcbInfo\":" TCB_HEAD("TDX", "3", "20", TCB_FUTURE)
				   ",\"tdxModuleIdentities\":[");
		for (int i = 1; i <= nr; i++)
			p += sprintf(p, "%s" TCB_MODULE("TDX_%02X", TCB_LEVEL("1", "Revoked")),
				     i > 1 ? "," : "", i);
		sprintf(p, "]" TCB_TAIL ",\"signature\":\"" TCB_SIGNATURE "\"}");
		ck_assert(!parse(text) == (nr == TDXU_TCB_IDENTITIES));
	}
}
END_TEST

/* Of a file that was cut short anywhere, nothing is believed. */
START_TEST(cut_short)
{
	static const char whole[] = TCB_ANSWER(TCB_BODY("20", TCB_FUTURE));
	char text[sizeof(whole)];

	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		snprintf(text, sizeof(text), "%.*s", (int)n, whole);
		ck_assert_msg(parse(text) != NULL, "%zu bytes", n);
	}
}
END_TEST

/* --- the publisher's own ---------------------------------------------------------------------- */

enum { U = TDXU_TCB_UP_TO_DATE, O = TDXU_TCB_OUT_OF_DATE };

/* Every release, and what it is worth in sets 18 and 20. */
static const struct release {
	const char *versions;
	u32 major, minor, in_18, in_20;
} releases[] = {
	{ "1.5.01", 1, 4, O, O }, { "1.5.05", 1, 5, O, O }, { "1.5.06", 1, 6, U, O },
	{ "1.5.08", 1, 7, U, O }, { "1.5.09", 1, 8, U, O }, { "1.5.13", 1, 10, U, O },
	{ "1.5.16", 1, 11, U, U }, { "1.5.20", 1, 12, U, U }, { "1.5.24 and .25", 1, 13, U, U },
	{ "1.5.28", 1, 14, U, U }, { "1.5.34", 1, 15, U, U },
	{ "2.0.02", 3, 3, U, O }, { "2.0.04 and .05", 3, 4, U, O }, { "2.0.08", 3, 5, U, U },
	{ "2.0.12", 3, 6, U, U }, { "2.0.14", 3, 7, U, U }, { "2.0.16", 3, 8, U, U },
	{ "2.0.18", 3, 9, U, U },
};

static void parse_genuine(u32 number)
{
	char path[512], text[8192];
	size_t size;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tcb/tcb-info-%u.json", genuine_dir(), number);
	f = fopen(path, "rb");
	ck_assert_msg(f != NULL, "there is no %s", path);
	size = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[size] = '\0';
	ck_assert_ptr_null(parse(text));
	ck_assert_uint_eq(file.info.number, number);
}

START_TEST(published)
{
	const struct release *r = &releases[_i];
	struct tdxu_tcb_verdict v;
	struct tdxu_sigstruct sig;

	if (!genuine_dir())
		return;
	parse_genuine(18);
	tdxu_tcb_match(&file.info, r->major, r->minor, &v);
	ck_assert_uint_eq(v.status, r->in_18);
	parse_genuine(20);
	tdxu_tcb_match(&file.info, r->major, r->minor, &v);
	ck_assert_uint_eq(v.status, r->in_20);
	ck_assert_uint_eq(v.needs, r->in_20 == U ? 0 : r->major == 1 ? 11 : 5);
	for (size_t i = 0; i < ARRAY_SIZE(genuine); i++) {
		if (strncmp(genuine[i].version, r->versions, 6) ||
		    !read_genuine(genuine[i].version, &sig))
			continue;
		ck_assert_uint_eq(sig.svn_major, r->major);
		ck_assert_uint_eq(sig.svn_minor, r->minor);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("tcb");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, matching, 0, ARRAY_SIZE(matches));
	tcase_add_test(tc, without_identities);
	tcase_add_test(tc, answer);
	tcase_add_test(tc, collateral);
	tcase_add_loop_test(tc, bad_files, 0, ARRAY_SIZE(bad));
	tcase_add_test(tc, too_many);
	tcase_add_test(tc, cut_short);
	tcase_add_loop_test(tc, published, 0, ARRAY_SIZE(releases));
	return run_suite("cli tcb", tc);
}
