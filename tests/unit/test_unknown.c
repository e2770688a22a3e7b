// SPDX-License-Identifier: GPL-2.0-or-later
/* The preflight, where facts are not known: one at a time, and all of them. */

#include "core/checks.h"
#include "good_host.h"

/*
 * What must be known and cannot be had refuses, by the check that needs it. Worked out here by
 * hand, one row for each fact; NULL: advisory, nothing refuses for want of it.
 */
static const struct {
	enum tdxu_fact fact;
	const char *check;
	const char *says;
} needs[] = {
	{ TDXU_FACT_INFO, "updates-left", "SEAMLDR.INFO" },
	{ TDXU_FACT_SEAMINFO, "cpus-online", "SEAMLDR.SEAMINFO" },
	{ TDXU_FACT_SEAM_RANGE, NULL, NULL },
	{ TDXU_FACT_ADDRESSABLE_LPS, NULL, NULL },
	{ TDXU_FACT_OFFLINE_CPUS, NULL, NULL },
	{ TDXU_FACT_CPUS, "cpus-online", "the state of the CPUs" },
	{ TDXU_FACT_CPU_MODELS, "cpu-model", "the models of the CPUs" },
	{ TDXU_FACT_VERSION, "gate", "version" },
	{ TDXU_FACT_INTERNAL_VERSION, NULL, NULL },
	{ TDXU_FACT_BUILD_NUM, NULL, NULL },
	{ TDXU_FACT_BUILD_DATE, NULL, NULL },
	{ TDXU_FACT_FEATURES0, "gate", "TDX_FEATURES0" },
	{ TDXU_FACT_MODULE_HV, "handoff", "MODULE_HV" },
	{ TDXU_FACT_MIN_UPDATE_HV, "handoff", "MIN_UPDATE_HV" },
	{ TDXU_FACT_NO_DOWNGRADE, "handoff", "NO_DOWNGRADE" },
	{ TDXU_FACT_HANDOFF_PAGES, "handoff-room", "NUM_HANDOFF_PAGES" },
};

static_assert(ARRAY_SIZE(needs) == TDXU_NR_FACTS);

static const struct {
	struct tdxu_knowing knowing;
	const char *says;
} reasons[] = {
	{ { TDXU_CANNOT_TELL, 0x8000ff00ffff0000 }, "(RAX 0x8000ff00ffff0000 VMfailInvalid); try again" },
	{ { TDXU_CANNOT_TELL, TDXU_OUT_OF_MEMORY }, "out of memory" },
	{ { TDXU_ABSENT, 0 }, "there is no" },
};

START_TEST(what_must_be_known_refuses)
{
	const char *check = needs[_i].check;
	const struct tdxu_verdict *v;

	for (size_t r = 0; r < ARRAY_SIZE(reasons); r++) {
		good_host();
		facts.known[needs[_i].fact] = reasons[r].knowing;
		v = first_failure(1);
		ck_assert_msg(!v == !check, "%zu: %s", r, v ? v->message : "passes");
		if (!v)
			continue;
		ck_assert_str_eq(v->name, check);
		ck_assert_int_eq(v->error, ENODATA);
		ck_assert_msg(strstr(v->message, needs[_i].says) != NULL, "%s", v->message);
		ck_assert_msg(strstr(v->message, reasons[r].says) != NULL, "%s", v->message);
		ck_assert_uint_lt(strlen(v->message), TDXU_VERDICT_TEXT - 1);
	}
}
END_TEST

/* Nor does it pass where nobody was asked: the value is nobody's answer. */
static const struct {
	enum tdxu_fact fact;
	const char *check;
} own_facts[] = {
	{ TDXU_FACT_INFO, "updates-left" },
	{ TDXU_FACT_INFO, "svn" },
	{ TDXU_FACT_SEAMINFO, "cpus-online" },
	{ TDXU_FACT_CPUS, "cpus-online" },
	{ TDXU_FACT_CPUS, "cpus-ready" },
	{ TDXU_FACT_CPUS, "cpus-alike" },
	{ TDXU_FACT_CPU_MODELS, "cpu-model" },
	{ TDXU_FACT_VERSION, "gate" },
	{ TDXU_FACT_FEATURES0, "gate" },
	{ TDXU_FACT_FEATURES0, "features" },
	{ TDXU_FACT_MODULE_HV, "handoff" },
	{ TDXU_FACT_MIN_UPDATE_HV, "handoff" },
	{ TDXU_FACT_NO_DOWNGRADE, "handoff" },
	{ TDXU_FACT_HANDOFF_PAGES, "handoff-room" },
};

START_TEST(each_check_judges_by_its_own_facts)
{
	u32 i;

	facts.known[own_facts[_i].fact].is = TDXU_NOT_ASKED;
	ck_assert_ptr_null(first_failure(1));
	for (i = 0; strcmp(verdicts[i].name, own_facts[_i].check); i++)
		;
	ck_assert_int_eq(verdicts[i].kind, TDXU_UNKNOWN);
}
END_TEST

/* The check with verdict @i of one candidate: what it must know. */
static u32 must_know(u32 i)
{
	return i < TDXU_NR_HOST_CHECKS ? tdxu_host_checks[i].must_know :
					 tdxu_image_checks[i - TDXU_NR_HOST_CHECKS].must_know;
}

/* One fact is taken away: no check that must know it passes, however far down the table it is. */
START_TEST(none_passes_that_must_know)
{
	static const enum tdxu_knowledge ways[] = { TDXU_CANNOT_TELL, TDXU_ABSENT };
	u32 w, i, concerned = 0;

	for (w = 0; w < ARRAY_SIZE(ways); w++) {
		good_host();
		facts.known[_i].is = ways[w];
		first_failure(1);
		for (i = 0; i < tdxu_preflight_count(1); i++) {
			if (!(must_know(i) & 1u << _i))
				continue;
			concerned++;
			ck_assert_msg(verdicts[i].kind != TDXU_PASS, "%s passes, way %u: %s",
				      verdicts[i].name, w, verdicts[i].message);
		}
	}
	ck_assert_msg(!concerned == !needs[_i].check, "%u", concerned);
}
END_TEST

/*
 * The same by the tables themselves, for each check and each fact: of one that nobody has asked
 * for, and that it must know, no check makes a pass or a refusal.
 */
START_TEST(what_nobody_asked_for_lets_nothing_pass)
{
	u32 i, count = tdxu_preflight_count(1);

	facts.known[_i].is = TDXU_NOT_ASKED;
	ck_assert_ptr_null(first_failure(1));
	for (i = 0; i < count; i++) {
		ck_assert_msg(!(must_know(i) & 1u << _i) || verdicts[i].kind == TDXU_UNKNOWN, "%s: %s",
			      verdicts[i].name, verdicts[i].message);
		ck_assert_uint_gt(strlen(verdicts[i].message), 0);
	}
}
END_TEST

/* A host that was never asked: what takes a question is unknown, and all the rest is checked. */
START_TEST(a_host_that_was_never_asked)
{
	u32 i;

	tdxu_facts_not_asked(&facts);
	facts.system_running = true;
	facts.cpus_online = facts.cpus_present = 4;
	ck_assert_ptr_null(first_failure(0));
	for (i = 0; i < tdxu_preflight_count(0); i++)
		ck_assert_msg(verdicts[i].kind == (strcmp(verdicts[i].name, "system") ?
						   TDXU_UNKNOWN : TDXU_PASS),
			      "%s: %s", verdicts[i].name, verdicts[i].message);
	facts.cpus_online = 3;
	ck_assert_str_eq(first_failure(0)->name, "cpus-online");
	facts.erratum = TDXU_ERRATUM_BLOCKED;
	ck_assert_str_eq(first_failure(0)->name, "platform");
}
END_TEST

/* A ninth model may be the one that the image is not made for. */
START_TEST(more_models_than_there_is_room_for_refuse)
{
	const struct tdxu_verdict *v;
	u32 stepping;

	for (stepping = 0; facts.nr_cpu_models < TDXU_MAX_CPU_MODELS; stepping++)
		tdxu_facts_add_cpu_model(&facts, 0x806f0 + stepping);
	tdxu_facts_add_cpu_model(&facts, 0x806f0); /* once more is not one more */
	ck_assert_ptr_null(first_failure(1));
	tdxu_facts_add_cpu_model(&facts, 0xa06d0);
	v = first_failure(1);
	ck_assert_msg(v != NULL, "the ninth was dropped");
	ck_assert_str_eq(v->name, "cpu-model");
	ck_assert_int_eq(v->error, ENODATA);
	ck_assert_msg(strstr(v->message, "more than the 8 that") != NULL, "%s", v->message);
}
END_TEST

/* What cannot be checked for want of facts, since a check has failed, is no failure of its own. */
START_TEST(missing_facts_are_unknown)
{
	u32 i, unknown = 0;

	memset(facts.known, 0, sizeof(facts.known));
	facts.module_answers = false;
	facts.seamldr_answers = false;
	ck_assert_str_eq(first_failure(1)->name, "platform");
	for (i = 0; i < tdxu_preflight_count(1); i++)
		unknown += verdicts[i].kind == TDXU_UNKNOWN;
	/* all checks that have a must_know, and memory */
	ck_assert_uint_eq(unknown, 11);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("unknown");

	/* Of the candidates. */
	tdxu_signer_take(NOBODY NOBODY NOBODY);
	tcase_add_checked_fixture(tc, good_host, NULL);
	tcase_add_loop_test(tc, what_must_be_known_refuses, 0, ARRAY_SIZE(needs));
	tcase_add_loop_test(tc, each_check_judges_by_its_own_facts, 0, ARRAY_SIZE(own_facts));
	tcase_add_loop_test(tc, none_passes_that_must_know, 0, TDXU_NR_FACTS);
	tcase_add_loop_test(tc, what_nobody_asked_for_lets_nothing_pass, 0, TDXU_NR_FACTS);
	tcase_add_test(tc, a_host_that_was_never_asked);
	tcase_add_test(tc, more_models_than_there_is_room_for_refuse);
	tcase_add_test(tc, missing_facts_are_unknown);
	return run_suite("unknown", tc);
}
