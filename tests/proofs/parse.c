// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file of any size with anything in it. The loops over its bytes are replaced by what they
 * promise: any answer, for bytes that are all in the file (loops.c proves them for few bytes).
 * Replaced: tdxu_image_checksum:tdxu_image_checksum_contract
 * Replaced: all_zero:all_zero_contract
 */

#include <stdlib.h>

#include "core/image.c"

size_t nondet_size(void);
u16 nondet_u16(void);
_Bool nondet_bool(void);

static _Bool sum_is_wrong, reserved_is_set;
static size_t summed;

u16 tdxu_image_checksum_contract(const void *data, size_t size)
{
	u16 sum = nondet_u16();

	__CPROVER_assert(__CPROVER_r_ok(data, size), "the sum is of bytes of the file");
	summed = size;
	sum_is_wrong = sum != 0;
	return sum;
}

bool all_zero_contract(const u8 *p, size_t size)
{
	bool answer = nondet_bool();

	__CPROVER_assert(__CPROVER_r_ok(p, size), "reserved bytes are of the file");
	reserved_is_set |= !answer;
	return answer;
}

void main(void)
{
	size_t size = nondet_size();
	struct tdxu_image image = { 0 };
	enum tdxu_image_rule rule;
	u8 *data;

	__CPROVER_assume(size < 1UL << 40);
	data = malloc(size);
	__CPROVER_assume(data);
	rule = tdxu_image_parse(data, size, &image);
	__CPROVER_assert(rule < TDXU_IMAGE_NR_RULES, "a rule that has a name");
	if (rule) {
		__CPROVER_assert(!image.module && !image.sigstruct, "untouched on failure");
		return;
	}
	__CPROVER_assert(!sum_is_wrong && summed == size, "never OK for a wrong checksum");
	__CPROVER_assert(!reserved_is_set, "never OK with a reserved byte set");
	__CPROVER_assert(image.module_pages >= 1 && image.module_pages <= TDXU_MAX_MODULE_PAGES,
			 "1 to 496 pages");
	__CPROVER_assert((const u8 *)image.sigstruct == data + TDXU_PAGE_SIZE, "its second page");
	__CPROVER_assert(image.module == data + 2 * TDXU_PAGE_SIZE &&
			 size == (2ULL + image.module_pages) * TDXU_PAGE_SIZE,
			 "all that follows");
}
