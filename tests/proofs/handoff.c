// SPDX-License-Identifier: GPL-2.0-or-later
/* Any running module, and up to three images of which each may stand in for another. */

#include "core/image_checks.c"

enum { IMAGES = 3 };

_Bool nondet_bool(void);
struct tdxu_module_info nondet_info(void);
struct tdxu_sigstruct nondet_sigstruct(void);

void main(void)
{
	struct tdxu_module_info running = nondet_info();
	struct tdxu_candidate c[IMAGES] = { 0 };
	struct tdxu_sigstruct sig[IMAGES];
	const struct tdxu_candidate *read;
	int i, hv;

	for (i = 0; i < IMAGES; i++) {
		sig[i] = nondet_sigstruct();
		c[i].image.sigstruct = &sig[i];
		c[i].rule = nondet_bool();
		c[i].stands_in_for = i && nondet_bool() ? &c[i - 1] : NULL;
	}
	hv = tdxu_handoff_version(&running, &c[IMAGES - 1]);
	if (hv < 0)
		return;
	__CPROVER_assert(hv >= running.min_update_hv && hv <= running.module_hv, "it writes that");
	__CPROVER_assert(!running.no_downgrade || hv == running.module_hv, "its only one");
	for (read = &c[IMAGES - 1]; read; read = read->stands_in_for)
		__CPROVER_assert(read->rule || (hv >= read->image.sigstruct->min_update_hv &&
						hv <= read->image.sigstruct->module_hv),
				 "each image reads that");
}
