// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the preflight checks, in the order in which an update stops at the first that fails.
 */

#include "checks.h"

void tdxu_facts_from_info(struct tdxu_facts *facts, const struct tdxu_seamldr_info *info)
{
	facts->seamldr_answers = true;
	facts->seamldr.major = info->major;
	facts->seamldr.minor = info->minor;
	facts->seamldr.build_num = info->build_num;
	facts->seamldr.build_date = info->build_date;
	facts->seamldr.updates_left = info->num_remaining_updates;
	facts->seamldr.debug_unlocked = info->seamextend.system_under_debug;
	facts->seamldr.seam_ready = info->seamextend.seam_ready;
	facts->running.svn_major = info->seamextend.tcb_svn_major;
	facts->running.svn_minor = info->seamextend.tcb_svn_minor;
	memcpy(facts->running.mrseam, info->seamextend.mrseam, TDXU_SHA384_BYTES);
}

void tdxu_facts_from_seaminfo(struct tdxu_facts *facts, const struct tdxu_seaminfo *seaminfo,
			      u64 seamrr_base)
{
	facts->seam_lps = seaminfo->num_lps;
	facts->seam_packages = seaminfo->num_packages;
	if (seamrr_base && seamrr_base < seaminfo->seamldr_base)
		facts->seam_pages = (seaminfo->seamldr_base - seamrr_base) / TDXU_PAGE_SIZE;
}

static __printf(2, 0) void add(struct tdxu_verdict *v, const char *format, va_list args)
{
	size_t used = strlen(v->message);

	vsnprintf(v->message + used, sizeof(v->message) - used, format, args);
}

void tdxu_pass(struct tdxu_verdict *v, const char *format, ...)
{
	va_list args;

	v->kind = TDXU_PASS;
	va_start(args, format);
	add(v, format, args);
	va_end(args);
}

void tdxu_unknown(struct tdxu_verdict *v, const char *format, ...)
{
	va_list args;

	v->kind = TDXU_UNKNOWN;
	va_start(args, format);
	add(v, format, args);
	va_end(args);
}

void tdxu_fail(struct tdxu_verdict *v, int error, const char *format, ...)
{
	va_list args;

	v->kind = TDXU_FAIL;
	v->error = error;
	va_start(args, format);
	add(v, format, args);
	va_end(args);
}

static void judge_image(const struct tdxu_image_check *check, const struct tdxu_facts *facts,
			const struct tdxu_candidate *c, struct tdxu_verdict *v)
{
	v->name = check->name;
	if (c->name)
		snprintf(v->message, sizeof(v->message), "%s: ", c->name);
	if (c->rule && !check->of_any_file)
		tdxu_unknown(v, "not a usable image, so this could not be looked at");
	else
		check->judge(facts, c, v);
}

static int first_failure(const struct tdxu_verdict *verdicts, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (verdicts[i].kind == TDXU_FAIL)
			return (int)i;
	}
	return -1;
}

u32 tdxu_preflight_count(u32 candidates)
{
	return TDXU_NR_HOST_CHECKS + candidates * TDXU_NR_IMAGE_CHECKS;
}

/* Each candidate gets through the whole table of image checks before the next one's turn. */
int tdxu_preflight_run(const struct tdxu_facts *facts, const struct tdxu_candidate *candidates,
		       u32 nr_candidates, struct tdxu_verdict *verdicts)
{
	struct tdxu_verdict *v = verdicts;
	u32 i, c;

	memset(verdicts, 0, tdxu_preflight_count(nr_candidates) * sizeof(*verdicts));
	for (i = 0; i < TDXU_NR_HOST_CHECKS; i++, v++) {
		v->name = tdxu_host_checks[i].name;
		tdxu_host_checks[i].judge(facts, v);
	}
	for (c = 0; c < nr_candidates; c++) {
		for (i = 0; i < TDXU_NR_IMAGE_CHECKS; i++)
			judge_image(&tdxu_image_checks[i], facts, &candidates[c], v++);
	}
	return first_failure(verdicts, (u32)(v - verdicts));
}
