// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "checks.h"
#include "remedy.h"

void tdxu_checks_add(struct tdxu_checks *checks, const struct tdxu_verdict *verdict)
{
	static const u32 kinds[] = { TDX_UPDATE_VERDICT_PASS, TDX_UPDATE_VERDICT_FAIL,
				     TDX_UPDATE_VERDICT_UNKNOWN };
	struct tdxu_check *c = &checks->check[checks->nr];

	if (checks->nr == TDXU_MAX_CHECKS)
		return;
	checks->nr++;
	*c = (struct tdxu_check){ .verdict = kinds[verdict->kind], .errnum = (u32)verdict->error };
	snprintf(c->name, sizeof(c->name), "%s", verdict->name);
	snprintf(c->message, sizeof(c->message), "%s", verdict->message);
	if (verdict->kind == TDXU_FAIL)
		tdxu_remedy(c->name, c->message, sizeof(c->message));
}

const struct tdxu_check *tdxu_checks_failure(const struct tdxu_checks *checks)
{
	for (u32 i = 0; i < checks->nr; i++)
		if (checks->check[i].verdict == TDX_UPDATE_VERDICT_FAIL ||
		    checks->check[i].verdict > TDX_UPDATE_VERDICT_UNKNOWN)
			return &checks->check[i];
	return NULL;
}

struct tdxu_candidate tdxu_candidate(const struct tdxu_image *image,
				     const struct tdxu_verified *verified)
{
	struct tdxu_candidate candidate = {
		.image = *image,
		.hash_matches = verified->hash_ok,
		.signature_valid = verified->signature_ok,
	};

	memcpy(candidate.signer, verified->signer, sizeof(candidate.signer));
	return candidate;
}

void tdxu_checks_of_image(const struct tdxu_image *image, const struct tdxu_verified *verified,
			  const struct tdxu_facts *facts, struct tdxu_checks *checks)
{
	struct tdxu_candidate candidate = tdxu_candidate(image, verified);
	struct tdxu_verdict verdicts[TDXU_MAX_CHECKS];

	checks->nr = 0;
	tdxu_preflight_run(facts, &candidate, 1, verdicts);
	for (u32 i = tdxu_preflight_count(0); i < tdxu_preflight_count(1); i++)
		tdxu_checks_add(checks, &verdicts[i]);
}
