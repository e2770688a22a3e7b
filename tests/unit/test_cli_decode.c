// SPDX-License-Identifier: GPL-2.0-or-later
/* Attributes as the driver sends them, and as it never should. */
#include "attributes.h"
#include "decode.h"
#include "names.h"
#include "sysfs.h"
#include "runner.h"

static struct tdxu_status status;

static void put_module(u16 type, u32 update)
{
	static const u8 mrseam[TDXU_MRSEAM_BYTES] = { 0xaa, 0xbb };
	size_t module = nest(type);

	put_u32(TDX_UPDATE_A_MODULE_MAJOR, 1);
	put_u32(TDX_UPDATE_A_MODULE_MINOR, 5);
	put_u32(TDX_UPDATE_A_MODULE_UPDATE, update);
	put_u64(TDX_UPDATE_A_MODULE_FEATURES0, 0xd1326f3f0fbf);
	put(TDX_UPDATE_A_MODULE_MRSEAM, mrseam, sizeof(mrseam));
	unnest(module);
}

/* An older driver does not send the update. */
static void put_seamldr(bool update)
{
	size_t seamldr = nest(TDX_UPDATE_A_STATUS_SEAMLDR);

	put_u32(TDX_UPDATE_A_SEAMLDR_MAJOR, 1);
	put_u32(TDX_UPDATE_A_SEAMLDR_MINOR, 5);
	if (update)
		put_u32(TDX_UPDATE_A_SEAMLDR_UPDATE, 2);
	unnest(seamldr);
}

static void put_result(void)
{
	size_t result = nest(TDX_UPDATE_A_STATUS_RESULT), timing;

	put_u32(TDX_UPDATE_A_RESULT_UPDATE_ID, 7);
	put_u32(TDX_UPDATE_A_RESULT_OUTCOME, TDX_UPDATE_OUTCOME_UPDATED);
	put_text(TDX_UPDATE_A_RESULT_MESSAGE, "updated");
	put_u64(TDX_UPDATE_A_RESULT_RAX, 0x8000051200030001);
	put_module(TDX_UPDATE_A_RESULT_FROM, 24);
	put_module(TDX_UPDATE_A_RESULT_TO, 28);
	for (u32 phase = 1; phase <= 3; phase++) {
		timing = nest(TDX_UPDATE_A_RESULT_TIMING);
		put_u32(TDX_UPDATE_A_TIMING_PHASE, phase);
		put_u64(TDX_UPDATE_A_TIMING_START_NS, phase * 100);
		put_u64(TDX_UPDATE_A_TIMING_END_NS, phase * 100 + 50);
		unnest(timing);
	}
	put_text(TDX_UPDATE_A_RESULT_METADATA, "MAX_TDMRS 64 -> 32");
	put_u32(TDX_UPDATE_A_RESULT_WAITED_MS, 1234);
	put_u32(TDX_UPDATE_A_RESULT_PATIENCE_MS, 5000);
	unnest(result);
}

static void put_blocker(const char *name)
{
	size_t blocker = nest(TDX_UPDATE_A_STATUS_BLOCKER);

	put_text(TDX_UPDATE_A_CHECK_NAME, name);
	put_u32(TDX_UPDATE_A_CHECK_ERRNO, 112);
	unnest(blocker);
}

static void put_all(void)
{
	put_u32(TDX_UPDATE_A_STATUS_STATE, TDX_UPDATE_STATE_IDLE);
	put_module(TDX_UPDATE_A_STATUS_MODULE, 28);
	put_u32(TDX_UPDATE_A_STATUS_CPUS_ONLINE, 4);
	put_text(TDX_UPDATE_A_STATUS_DRIVER, "0.1.0");
	put_text(TDX_UPDATE_A_STATUS_MINIMUM, "1.5.26");
	put_blocker("cpus-online");
	put_blocker("gate");
	put_text(TDX_UPDATE_A_STATUS_CHECK, "system");
	put_text(TDX_UPDATE_A_STATUS_CHECK, "memory");
	put_result();
}

static bool decode(void)
{
	return tdxu_decode_status(buffer, used, &status);
}

START_TEST(the_loaders_version)
{
	char out[TDXU_VERSION_TEXT];

	put_seamldr(_i);
	ck_assert(decode() && status.seamldr.present);
	ck_assert_int_eq(tdxu_seamldr_tells_update(&status.seamldr), _i);
	ck_assert_str_eq(tdxu_seamldr_version(&status.seamldr, out), _i ? "1.5.02" : "1.5");
}
END_TEST

START_TEST(a_whole_status)
{
	put_all();
	ck_assert(decode());
	ck_assert(status.module.present && !status.seamldr.present && status.result.present);
	ck_assert_uint_eq(status.module.update, 28);
	ck_assert_uint_eq(status.module.features0, 0xd1326f3f0fbf);
	ck_assert_uint_eq(status.module.mrseam[1], 0xbb);
	/* What does not come has no value, least of all 0. */
	ck_assert(TDXU_TOLD(&status.module, FEATURES0) && TDXU_TOLD(&status.module, MRSEAM));
	ck_assert(!TDXU_TOLD(&status.module, HV) && !TDXU_TOLD(&status.module, SVN_MINOR));
	/* Of its facts' age, a driver of 0.1.0 says nothing; it has asked when it was loaded. */
	ck_assert(tdxu_status_asked(&status) && !TDXU_AGE_TOLD(&status));
	ck_assert_uint_eq(status.cpus_online, 4);
	ck_assert_str_eq(status.driver, "0.1.0");
	ck_assert_str_eq(status.minimum, "1.5.26");
	ck_assert_uint_eq(status.blockers.nr, 2);
	ck_assert_str_eq(status.blockers.check[1].name, "gate");
	ck_assert_uint_eq(status.blockers.check[1].errnum, 112);
	ck_assert_uint_eq(status.made.nr, 2);
	ck_assert_str_eq(status.made.name[1], "memory");
	ck_assert_uint_eq(status.result.id, 7);
	ck_assert_uint_eq(status.result.from.update, 24);
	ck_assert_uint_eq(status.result.rax, 0x8000051200030001);
	ck_assert_uint_eq(status.result.nr_timings, 3);
	ck_assert_uint_eq(status.result.timing[2].end_ns, 350);
	ck_assert_str_eq(status.result.metadata[0], "MAX_TDMRS 64 -> 32");
	ck_assert_uint_eq(status.result.waited_ms, 1234);
	ck_assert_uint_eq(status.result.patience_ms, 5000);
}
END_TEST

START_TEST(an_empty_one)
{
	ck_assert(decode());
	ck_assert(!status.module.present && !status.result.present);
}
END_TEST

START_TEST(unknown_attributes_are_skipped)
{
	put_text(999, "from the future");
	put_u32(TDX_UPDATE_A_STATUS_MAX + 1, 5);
	put_all();
	ck_assert(decode());
	ck_assert_str_eq(status.driver, "0.1.0");
}
END_TEST

static const struct {
	u16 type;
	size_t size;
} misfits[] = {
	{ TDX_UPDATE_A_STATUS_STATE, 0 },	{ TDX_UPDATE_A_STATUS_STATE, 2 },
	{ TDX_UPDATE_A_STATUS_STATE, 8 },	{ TDX_UPDATE_A_STATUS_CPUS_ONLINE, 3 },
	{ TDX_UPDATE_A_STATUS_MODULE, 3 },	{ TDX_UPDATE_A_STATUS_RESULT, 1 },
	{ TDX_UPDATE_A_STATUS_BLOCKER, 2 },
};

START_TEST(wrong_lengths_spoil_the_message)
{
	put(misfits[_i].type, "\xff\xff\xff\xff\xff\xff\xff\xff", misfits[_i].size);
	ck_assert(!decode());
}
END_TEST

START_TEST(a_short_hash_spoils_the_message)
{
	size_t module = nest(TDX_UPDATE_A_STATUS_MODULE);

	put(TDX_UPDATE_A_MODULE_MRSEAM, buffer + 1000, TDXU_MRSEAM_BYTES - 1);
	unnest(module);
	ck_assert(!decode());
}
END_TEST

/* From a heap block of that very size, so that the sanitizer sees a step too far. */
START_TEST(cut_off_anywhere)
{
	put_all();
	for (size_t size = 0; size < used; size++) {
		u8 *cut = malloc(size ? size : 1);

		memcpy(cut, buffer, size);
		tdxu_decode_status(cut, size, &status);
		free(cut);
	}
}
END_TEST

START_TEST(damaged_anywhere)
{
	static u8 intact[sizeof(buffer)];
	u32 seed = (u32)_i + 1;

	put_all();
	memcpy(intact, buffer, used);
	for (int i = 0; i < 2000; i++) {
		u8 *damaged = malloc(used);

		memcpy(damaged, intact, used);
		for (int n = 0; n < 3; n++) {
			seed = seed * 1664525 + 1013904223;
			damaged[(seed >> 8) % used] = (u8)seed;
		}
		tdxu_decode_status(damaged, used, &status);
		free(damaged);
	}
}
END_TEST

START_TEST(too_many_spoil_it)
{
	for (int i = 0; i < TDXU_MAX_CHECKS; i++)
		put_blocker("gate");
	ck_assert(decode());
	ck_assert_uint_eq(status.blockers.nr, TDXU_MAX_CHECKS);
	put_blocker("gate");
	ck_assert(!decode());
}
END_TEST

START_TEST(long_text_shows_that_it_was_cut)
{
	char text[200];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put_text(TDX_UPDATE_A_STATUS_DRIVER, text);
	ck_assert(decode());
	ck_assert_uint_eq(strlen(status.driver), TDXU_NAME_BYTES - 1);
	ck_assert_str_eq(status.driver + TDXU_NAME_BYTES - 5, "x...");
	ck_assert_str_eq(status.beyond, "");
}
END_TEST

/* Of a newer driver: each is named, once. */
START_TEST(unknown_attributes_are_named)
{
	size_t result;

	put_u32(TDX_UPDATE_A_STATUS_MAX + 1, 1);
	for (int i = 0; i < 2; i++) {
		result = nest(TDX_UPDATE_A_STATUS_RESULT);
		put_u32(TDX_UPDATE_A_RESULT_MAX + 1, 1);
		put_u32(TDX_UPDATE_A_RESULT_WAITED_MS, 1);
		unnest(result);
	}
	ck_assert(decode());
	ck_assert_str_eq(status.beyond, "status 16, result 20");
	for (u16 attr = 100; attr < 200; attr++)
		put_u32(attr, 1);
	ck_assert(decode());
	ck_assert_uint_lt(strlen(status.beyond), TDXU_BEYOND_TEXT);
	ck_assert_ptr_nonnull(strstr(status.beyond, "status 100, status 101"));
	ck_assert_str_eq(status.beyond + strlen(status.beyond) - 5, ", ...");
}
END_TEST

static const struct {
	u16 max, nests[2];
} sets[] = {
	{ TDX_UPDATE_A_STATUS_MAX, { 0 } },
	{ TDX_UPDATE_A_MODULE_MAX, { TDX_UPDATE_A_STATUS_MODULE } },
	{ TDX_UPDATE_A_SEAMLDR_MAX, { TDX_UPDATE_A_STATUS_SEAMLDR } },
	{ TDX_UPDATE_A_CHECK_MAX, { TDX_UPDATE_A_STATUS_BLOCKER } },
	{ TDX_UPDATE_A_RESULT_MAX, { TDX_UPDATE_A_STATUS_RESULT } },
	{ TDX_UPDATE_A_TIMING_MAX, { TDX_UPDATE_A_STATUS_RESULT, TDX_UPDATE_A_RESULT_TIMING } },
};

/* All in the header are taken. Of the right length or not: only an unknown one is named. */
START_TEST(all_attributes_are_known)
{
	size_t at[ARRAY_SIZE(sets->nests)], n;

	for (u16 attr = 1; attr <= sets[_i].max; attr++) {
		used = 0;
		for (n = 0; n < ARRAY_SIZE(at) && sets[_i].nests[n]; n++)
			at[n] = nest(sets[_i].nests[n]);
		put(attr, "", 0);
		while (n--)
			unnest(at[n]);
		decode();
		ck_assert_msg(!*status.beyond, "%s", status.beyond);
	}
}
END_TEST

START_TEST(never_asked)
{
	put_u32(TDX_UPDATE_A_STATUS_STATE, TDX_UPDATE_STATE_NOT_ASKED);
	put_u32(TDX_UPDATE_A_STATUS_CPUS_ONLINE, 4);
	ck_assert(decode());
	ck_assert(!tdxu_status_asked(&status) && !TDXU_AGE_TOLD(&status));
}
END_TEST

/* Nothing answers, and that is known. */
START_TEST(asked_for_nothing)
{
	u64 age = 5;

	put(TDX_UPDATE_A_STATUS_FACTS_AGE_MS, &age, sizeof(age));
	ck_assert(decode());
	ck_assert(tdxu_status_asked(&status) && TDXU_AGE_TOLD(&status));
	ck_assert_uint_eq(status.facts_age_ms, 5);
}
END_TEST

START_TEST(text_needs_no_end)
{
	put(TDX_UPDATE_A_STATUS_DRIVER, "1.2", 3);
	ck_assert(decode());
	ck_assert_str_eq(status.driver, "1.2");
}
END_TEST

START_TEST(an_update_id)
{
	u32 id = 0;

	ck_assert(!tdxu_decode_update_id(buffer, used, &id));
	put(TDX_UPDATE_A_UPDATE_ID, "ab", 2);
	ck_assert(!tdxu_decode_update_id(buffer, used, &id));
	used = 0;
	put_u32(TDX_UPDATE_A_UPDATE_ID, 3);
	ck_assert(tdxu_decode_update_id(buffer, used, &id));
	ck_assert_uint_eq(id, 3);
}
END_TEST

START_TEST(verdicts)
{
	struct tdxu_checks checks;
	size_t check = nest(TDX_UPDATE_A_VERDICTS_CHECK);

	put_text(TDX_UPDATE_A_CHECK_NAME, "hash");
	put_u32(TDX_UPDATE_A_CHECK_VERDICT, TDX_UPDATE_VERDICT_FAIL);
	unnest(check);
	ck_assert(tdxu_decode_checks(buffer, used, &checks));
	ck_assert_uint_eq(checks.nr, 1);
	ck_assert_str_eq(checks.check[0].name, "hash");
	ck_assert_uint_eq(checks.check[0].verdict, TDX_UPDATE_VERDICT_FAIL);
}
END_TEST

static void put_offline(u16 type)
{
	size_t check = nest(type);

	put_text(TDX_UPDATE_A_CHECK_NAME, "cpus-online");
	put_u32(TDX_UPDATE_A_CHECK_VERDICT, TDX_UPDATE_VERDICT_FAIL);
	put_text(TDX_UPDATE_A_CHECK_MESSAGE, "1 of 2 present CPUs are offline (CPU 1), so; any of two");
	unnest(check);
}

/* The driver does not know whether SMT is off; sysfs does. Without that, its own words stay. */
static void expect_advice(const char *message, const char *advice)
{
	char expected[TDXU_MESSAGE_BYTES];

	snprintf(expected, sizeof(expected), "1 of 2 present CPUs are offline (CPU 1), so; %s",
		 advice);
	ck_assert_str_eq(message, expected);
}

START_TEST(advice_is_for_this_host)
{
	static const char smt_off[] =
		"SMT is off: bring them online by `echo on > /sys/devices/system/cpu/smt/control`";
	const char *advice = _i ? smt_off : "any of two";
	char root[] = "/tmp/test_cli_decode.XXXXXX", command[256];
	struct tdxu_checks checks;
	size_t result;

	ck_assert_ptr_nonnull(mkdtemp(root));
	tdxu_sysfs.root = root;
	snprintf(command, sizeof(command), "cd %s && mkdir -p devices/system/cpu/smt && %s", root,
		 _i ? "echo off >devices/system/cpu/smt/control" : "true");
	ck_assert_int_eq(system(command), 0);

	used = 0;
	put_offline(TDX_UPDATE_A_VERDICTS_CHECK);
	ck_assert(tdxu_decode_checks(buffer, used, &checks));
	expect_advice(checks.check[0].message, advice);
	used = 0;
	put_offline(TDX_UPDATE_A_STATUS_BLOCKER);
	result = nest(TDX_UPDATE_A_STATUS_RESULT);
	put_text(TDX_UPDATE_A_RESULT_CHECK, "cpus-online");
	put_text(TDX_UPDATE_A_RESULT_MESSAGE, "1 of 2 present CPUs are offline (CPU 1), so; any of two");
	unnest(result);
	ck_assert(tdxu_decode_status(buffer, used, &status));
	expect_advice(status.blockers.check[0].message, advice);
	expect_advice(status.result.message, advice);

	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("decode");

	tcase_add_loop_test(tc, the_loaders_version, 0, 2);
	tcase_add_test(tc, a_whole_status);
	tcase_add_test(tc, an_empty_one);
	tcase_add_test(tc, unknown_attributes_are_skipped);
	tcase_add_loop_test(tc, wrong_lengths_spoil_the_message, 0, ARRAY_SIZE(misfits));
	tcase_add_test(tc, a_short_hash_spoils_the_message);
	tcase_add_test(tc, cut_off_anywhere);
	tcase_add_loop_test(tc, damaged_anywhere, 0, 5);
	tcase_add_test(tc, too_many_spoil_it);
	tcase_add_test(tc, long_text_shows_that_it_was_cut);
	tcase_add_test(tc, unknown_attributes_are_named);
	tcase_add_loop_test(tc, all_attributes_are_known, 0, ARRAY_SIZE(sets));
	tcase_add_test(tc, never_asked);
	tcase_add_test(tc, asked_for_nothing);
	tcase_add_test(tc, text_needs_no_end);
	tcase_add_test(tc, an_update_id);
	tcase_add_test(tc, verdicts);
	tcase_add_loop_test(tc, advice_is_for_this_host, 0, 2);
	return run_suite("cli decoding", tc);
}
