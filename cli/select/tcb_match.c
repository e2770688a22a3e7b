// SPDX-License-Identifier: GPL-2.0-or-later
#include "tcb_match.h"

static const struct tdxu_tcb_identity *find_identity(const struct tdxu_tcb_info *info, u32 major)
{
	for (u32 i = 0; i < info->nr; i++)
		if (info->identity[i].svn_major == major)
			return &info->identity[i];
	return NULL;
}

/* Rule 2: the highest of those that the module reaches. Nothing promises an order in the file. */
static const struct tdxu_tcb_level *find_level(const struct tdxu_tcb_identity *identity, u32 minor)
{
	const struct tdxu_tcb_level *best = NULL;

	for (u32 i = 0; i < identity->nr; i++) {
		const struct tdxu_tcb_level *level = &identity->level[i];

		if (level->isvsvn <= minor && (!best || level->isvsvn > best->isvsvn))
			best = level;
	}
	return best;
}

static u32 find_needs(const struct tdxu_tcb_identity *identity, u32 minor)
{
	u32 needs = 0;

	for (u32 i = 0; i < identity->nr; i++) {
		const struct tdxu_tcb_level *level = &identity->level[i];

		if (level->status == TDXU_TCB_UP_TO_DATE && level->isvsvn > minor &&
		    (!needs || level->isvsvn < needs))
			needs = level->isvsvn;
	}
	return needs;
}

/*
 * 1. TEE_TCB_SVN[1] > 0 names the identity. None of that name: not supported. Where it is 0, there
 *    is no identity to look for: the platform's levels judge bytes 0 and 1, too.
 * 2. Of its levels, the highest with isvsvn <= TEE_TCB_SVN[0] has the status.
 * 3. Below the lowest: not supported, which is not OutOfDate.
 */
void tdxu_tcb_match(const struct tdxu_tcb_info *info, u32 svn_major, u32 svn_minor,
		    struct tdxu_tcb_verdict *out)
{
	const struct tdxu_tcb_identity *identity;

	*out = (struct tdxu_tcb_verdict){ .status = TDXU_TCB_UNKNOWN };
	if (!svn_major)
		return;
	out->status = TDXU_TCB_NOT_SUPPORTED;
	identity = find_identity(info, svn_major);
	out->other_series = !identity;
	if (!identity)
		return;
	out->level = find_level(identity, svn_minor);
	out->needs = find_needs(identity, svn_minor);
	if (out->level)
		out->status = out->level->status;
}
