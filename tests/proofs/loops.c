// SPDX-License-Identifier: GPL-2.0-or-later
/* The loops over bytes that parse.c replaces by what they promise: up to 6 bytes, of any value. */

#include "core/image.c"

enum { BYTES = 6 };

size_t nondet_size(void);

struct bytes {
	u8 at[BYTES];
};
struct bytes nondet_bytes(void);

void main(void)
{
	struct bytes bytes = nondet_bytes();
	size_t size = nondet_size(), i;
	u32 even = 0, odd = 0;
	bool zero = true;

	__CPROVER_assume(size <= BYTES && size % 2 == 0);
	for (i = 0; i < size; i += 2) {
		even += bytes.at[i];
		odd += bytes.at[i + 1];
		zero &= !bytes.at[i] && !bytes.at[i + 1];
	}
	__CPROVER_assert(tdxu_image_checksum(bytes.at, size) == (u16)(even + 256 * odd),
			 "the sum of its words");
	__CPROVER_assert(all_zero(bytes.at, size) == zero, "each byte is zero");
}
