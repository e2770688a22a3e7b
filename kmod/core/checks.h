/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CORE_CHECKS_H
#define TDXU_CORE_CHECKS_H

/* The preflight's two tables of checks, and how a check gives its verdict (verdict.c). */

#include "preflight.h"

/* "Reboot" alone is no advice: the BIOS may load the same module again. */
#define TDXU_NEWER_BY_BOOT                                                              \
	"put a newer one where the BIOS loads it from (EFI/TDX on the EFI system partition, " \
	"or where the BIOS ignores that, a BIOS update) and reboot"

#define TDXU_MUST(fact) (1u << TDXU_FACT_##fact)

/*
 * @must_know: the facts without which nothing can be concluded: TDXU_MUST(). One that could not be
 * had refuses, with ENODATA, before the check is made. A check that knows less than it could
 * without harm (as the size of the SEAM range) is advisory: it has none, and says what is unknown.
 */
struct tdxu_host_check {
	const char *name;
	u32 must_know;
	void (*judge)(const struct tdxu_facts *facts, struct tdxu_verdict *v);
};

struct tdxu_image_check {
	const char *name;
	bool of_any_file; /* the others need a candidate that could be parsed */
	u32 must_know;
	void (*judge)(const struct tdxu_facts *facts, const struct tdxu_candidate *c,
		      struct tdxu_verdict *v);
};

extern const struct tdxu_host_check tdxu_host_checks[TDXU_NR_HOST_CHECKS];
extern const struct tdxu_image_check tdxu_image_checks[TDXU_NR_IMAGE_CHECKS];

/* Set the verdict and add to what its message already says. @error: of a failure, else 0. */
__printf(4, 5) void tdxu_judge(struct tdxu_verdict *v, enum tdxu_verdict_kind kind, int error,
			       const char *format, ...);

#define tdxu_pass(v, ...) tdxu_judge(v, TDXU_PASS, 0, __VA_ARGS__)
#define tdxu_unknown(v, ...) tdxu_judge(v, TDXU_UNKNOWN, 0, __VA_ARGS__)
#define tdxu_fail(v, error, ...) tdxu_judge(v, TDXU_FAIL, error, __VA_ARGS__)

#endif
