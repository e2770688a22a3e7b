// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the preflight checks, in the order in which an update stops at the first that fails.
 */

#include "checks.h"
#include "status_text.h"

#define ROW(fact, name) name,

static const char *const fact_names[] = { TDXU_FACTS(ROW) };

void tdxu_know(struct tdxu_facts *facts, enum tdxu_fact fact, u64 rax)
{
	facts->known[fact].why = rax;
	if (!rax)
		facts->known[fact].is = TDXU_KNOWN;
	else if (rax == TDXU_TDX_METADATA_FIELD_ID_INCORRECT)
		facts->known[fact].is = TDXU_ABSENT;
	else
		facts->known[fact].is = TDXU_CANNOT_TELL;
	if (rax)
		facts->running.known &= ~(1u << fact);
	else
		facts->running.known |= 1u << fact;
}

void tdxu_facts_add_cpu_model(struct tdxu_facts *facts, u32 model)
{
	u32 i;

	for (i = 0; i < facts->nr_cpu_models; i++) {
		if (facts->cpu_models[i] == model)
			return;
	}
	if (i < TDXU_MAX_CPU_MODELS)
		facts->cpu_models[facts->nr_cpu_models++] = model;
	else
		tdxu_know(facts, TDXU_FACT_CPU_MODELS, TDXU_TOO_MANY);
}

void tdxu_facts_not_asked(struct tdxu_facts *facts)
{
	u32 i;

	memset(facts, 0, sizeof(*facts));
	for (i = 0; i < TDXU_NR_FACTS; i++)
		facts->known[i].is = TDXU_NOT_ASKED;
}

void tdxu_facts_from_info(struct tdxu_facts *facts, const struct tdxu_seamldr_info *info)
{
	tdxu_know(facts, TDXU_FACT_INFO, 0);
	facts->seamldr_answers = true;
	facts->seamldr = *info;
	facts->running.svn_major = info->seamextend.tcb_svn_major;
	facts->running.svn_minor = info->seamextend.tcb_svn_minor;
	memcpy(facts->running.mrseam, info->seamextend.mrseam, TDXU_SHA384_BYTES);
}

void tdxu_facts_from_seaminfo(struct tdxu_facts *facts, const struct tdxu_seaminfo *seaminfo,
			      u64 seamrr_base)
{
	facts->seam_lps = seaminfo->num_lps;
	facts->seam_packages = seaminfo->num_packages;
	tdxu_know(facts, TDXU_FACT_SEAMINFO, 0);
	if (!seamrr_base || seamrr_base >= seaminfo->seamldr_base)
		return;
	facts->seam_pages = (seaminfo->seamldr_base - seamrr_base) / TDXU_PAGE_SIZE;
	tdxu_know(facts, TDXU_FACT_SEAM_RANGE, 0);
}

/* Why it could not be asked for has failed an earlier check, or is told here. */
static void judge_unknown(const struct tdxu_knowing *knowing, const char *fact, bool refused,
			  struct tdxu_verdict *v)
{
	char rax[TDXU_STATUS_TEXT];

	if (refused)
		tdxu_unknown(v, "%s is not known; see what failed before", fact);
	else if (knowing->is == TDXU_ABSENT)
		tdxu_fail(v, ENODATA,
			  "there is no %s, without which nothing can be concluded; " TDXU_NEWER_BY_BOOT,
			  fact);
	else if (!knowing->why)
		tdxu_fail(v, ENODATA,
			  "%s is not known, as the driver could not read it; see the blockers that `tdxupd status` lists",
			  fact);
	else if (knowing->why == TDXU_OUT_OF_MEMORY)
		tdxu_fail(v, ENODATA,
			  "out of memory, so %s could not be asked for; free some and try again",
			  fact);
	else if (knowing->why == TDXU_TOO_MANY)
		tdxu_fail(v, ENODATA,
			  "%s are more than the %u that can be looked at; " TDXU_NEWER_BY_BOOT,
			  fact, TDXU_MAX_CPU_MODELS);
	else
		tdxu_fail(v, ENODATA,
			  "%s could not be asked for (RAX %s); try again, and if it stays so, reboot",
			  fact, tdxu_status_text(knowing->why, rax));
}

/*
 * Is all known that must be? If not, the verdict is given. What was not asked for refuses nothing:
 * a check says what it can, but see pass_only_asked().
 */
static bool knows_enough(const struct tdxu_facts *facts, u32 must_know, bool refused,
			 struct tdxu_verdict *v)
{
	u32 i;

	for (i = 0; i < TDXU_NR_FACTS; i++) {
		if (!(must_know & 1u << i) || tdxu_knows(facts, i) ||
		    facts->known[i].is == TDXU_NOT_ASKED)
			continue;
		judge_unknown(&facts->known[i], fact_names[i], refused, v);
		return false;
	}
	return true;
}

/* Nor does it let anything pass: a pass that did not have the answer becomes unknown. */
static void pass_only_asked(const struct tdxu_facts *facts, u32 must_know, size_t prefix,
			    struct tdxu_verdict *v)
{
	u32 i;

	for (i = 0; i < TDXU_NR_FACTS && v->kind == TDXU_PASS; i++) {
		if (!(must_know & 1u << i) || facts->known[i].is != TDXU_NOT_ASKED)
			continue;
		v->message[prefix] = '\0';
		tdxu_unknown(v, "%s was not asked for", fact_names[i]);
	}
}

static void judge_image(const struct tdxu_image_check *check, const struct tdxu_facts *facts,
			const struct tdxu_candidate *c, bool refused, struct tdxu_verdict *v)
{
	size_t prefix;

	v->name = check->name;
	if (c->name)
		snprintf(v->message, sizeof(v->message), "%s: ", c->name);
	prefix = strlen(v->message);
	if (c->rule && !check->of_any_file)
		tdxu_unknown(v, "not a usable image, so this could not be looked at");
	else if (knows_enough(facts, check->must_know, refused, v))
		check->judge(facts, c, v);
	pass_only_asked(facts, check->must_know, prefix, v);
}

static void judge_host(const struct tdxu_host_check *check, const struct tdxu_facts *facts,
		       bool refused, struct tdxu_verdict *v)
{
	v->name = check->name;
	if (knows_enough(facts, check->must_know, refused, v))
		check->judge(facts, v);
	pass_only_asked(facts, check->must_know, 0, v);
}

u32 tdxu_preflight_count(u32 candidates)
{
	return TDXU_NR_HOST_CHECKS + candidates * TDXU_NR_IMAGE_CHECKS;
}

const char *tdxu_preflight_name(u32 index)
{
	if (index >= tdxu_preflight_count(1))
		return NULL;
	if (index < TDXU_NR_HOST_CHECKS)
		return tdxu_host_checks[index].name;
	return tdxu_image_checks[index - TDXU_NR_HOST_CHECKS].name;
}

/* All image checks are made of one candidate, then of the next. */
int tdxu_preflight_run(const struct tdxu_facts *facts, const struct tdxu_candidate *candidates,
		       u32 nr_candidates, struct tdxu_verdict *verdicts)
{
	struct tdxu_verdict *v = verdicts;
	bool refused = false;
	u32 i, c;

	memset(verdicts, 0, tdxu_preflight_count(nr_candidates) * sizeof(*verdicts));
	for (i = 0; i < TDXU_NR_HOST_CHECKS; i++, v++) {
		judge_host(&tdxu_host_checks[i], facts, refused, v);
		refused |= v->kind == TDXU_FAIL;
	}
	for (c = 0; c < nr_candidates; c++) {
		for (i = 0; i < TDXU_NR_IMAGE_CHECKS; i++, v++)
			judge_image(&tdxu_image_checks[i], facts, &candidates[c], refused, v);
	}
	for (i = 0; i < tdxu_preflight_count(nr_candidates); i++) {
		if (verdicts[i].kind == TDXU_FAIL)
			return (int)i;
	}
	return -1;
}
