// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whatever images there are and however each attempt ends, recovery ends: by at most four attempts
 * with each, and only with those that P-SEAMLDR takes. The tallies are kept as the driver does.
 */

#include "core/sequence.c"

u8 nondet_u8(void);
u16 nondet_u16(void);
u32 nondet_u32(void);
_Bool nondet_bool(void);

static void attempt_ends(struct tdxu_recovery *r, enum tdxu_which_image image)
{
	r->tried = image;
	switch (nondet_u8() % 3) {
	case 0:
		r->installs[image]++;
		r->platform_svn = r->svn[image];
		break;
	case 1:
		r->refusals[image]++;
		break;
	default:
		r->out_of_time[image] = true;
	}
}

void main(void)
{
	struct tdxu_recovery r = { .platform_svn = nondet_u16(), .tried = TDXU_TARGET };
	enum tdxu_which_image image;
	u32 attempts = 0;

	r.counter_known = nondet_bool();
	r.updates_left = nondet_u32();
	for (image = 0; image < TDXU_NR_IMAGES; image++) {
		r.have[image] = nondet_bool();
		r.svn[image] = nondet_u16();
	}
	while (tdxu_recovery_choose(&r, &image) == TDXU_STEP_OK) {
		__CPROVER_assert(image < TDXU_NR_IMAGES && r.have[image], "one that there is");
		__CPROVER_assert(r.svn[image] >= r.platform_svn, "one that P-SEAMLDR takes");
		attempt_ends(&r, image);
		__CPROVER_assert(++attempts <= 4 * TDXU_NR_IMAGES, "recovery ends");
	}
}
