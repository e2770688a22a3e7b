/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

/* What the targets have in common. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kmod/core/types.h"

size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max_size);

/* What does not hold is told: where that is, optimised code does not know. */
#define check(condition) check_that(condition, #condition)

static inline void check_that(bool holds, const char *condition)
{
	if (holds)
		return;
	fprintf(stderr, "%s does not hold\n", condition);
	abort();
}

/* The bytes as a stream, as a file would be read. */
static inline FILE *stream_of(const u8 *data, size_t size)
{
	FILE *f = fmemopen((void *)data, size, "r");

	check(f);
	return f;
}

#endif
