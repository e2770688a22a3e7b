// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as an image. The firmware model relocates the module in its own way, and must succeed
 * where the checks have nothing to say. What they refuse beyond that, unit tests judge. The mutator
 * mends the checksum most of the time, or hardly anything would get past it.
 */

#include "../../kmod/core/elf.c"
#include "../../kmod/core/image.c"
#include "../../kmod/core/memory.c"

#include <stdlib.h>

#include "../sim/fw/model.h"

size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max_size);

/* Both formats have it at the same place, and every image has whole pages. */
static size_t mend(u8 *data, size_t size)
{
	struct tdxu_image_header_v2 *header = (void *)data;

	size -= size % TDXU_PAGE_SIZE;
	if (size < TDXU_IMAGE_MIN_BYTES)
		return size;
	header->checksum = 0;
	header->checksum = (u16)-tdxu_image_checksum(data, size);
	return size;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed)
{
	size = LLVMFuzzerMutate(data, size, max_size);
	return seed % 8 ? mend(data, size) : size;
}

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* As P-SEAMLDR does it, in a copy. */
static bool relocates(const u8 *module, size_t bytes)
{
	u8 *copy = malloc(bytes);
	bool done;

	check(copy);
	memcpy(copy, module, bytes);
	done = fw_elf_relocate(copy, (u32)bytes, 0xffff800000000000ULL);
	free(copy);
	return done;
}

/* What is promised of an image that was taken apart, and what follows from it. */
static void look(const u8 *data, size_t size, const struct tdxu_image *image)
{
	u64 bytes = (u64)image->module_pages * TDXU_PAGE_SIZE;
	enum tdxu_image_rule elf = tdxu_elf_check(image);
	enum tdxu_image_rule sig = tdxu_sigstruct_check(image->sigstruct, image->module_pages);

	check(image->module_pages >= 1 && image->module_pages <= TDXU_MAX_MODULE_PAGES);
	check((const u8 *)image->sigstruct >= data && image->module + bytes == data + size);
	check(elf || relocates(image->module, bytes));
	check(tdxu_image_rule_name(elf) && tdxu_image_rule_text(sig));
	check(tdxu_memory_pages(image->sigstruct, image->module_pages, 256, 8) > 2048);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct tdxu_image image = { 0 };
	enum tdxu_image_rule rule = tdxu_image_parse(data, size, &image);

	check(rule < TDXU_IMAGE_NR_RULES && (!rule == !!image.module));
	if (!rule)
		look(data, size, &image);
	return 0;
}
