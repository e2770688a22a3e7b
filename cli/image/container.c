// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "container.h"

enum { FRONT_BYTES = 2 * TDXU_PAGE_SIZE }; /* header and sigstruct */

static void fill_v1(struct tdxu_image_header_v1 *header, size_t size)
{
	header->version = TDXU_IMAGE_VERSION_1;
	header->offset_of_module = FRONT_BYTES;
	memcpy(header->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES);
	header->length = (u32)size;
}

static void fill_v2(struct tdxu_image_header_v2 *header, u32 module_pages)
{
	header->version = TDXU_IMAGE_VERSION_2;
	memcpy(header->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES);
	header->sigstruct_nr_pages = 1;
	header->module_nr_pages = module_pages;
}

bool tdxu_container_make(u16 format, const struct tdxu_sigstruct *sigstruct, const u8 *module,
			 u32 module_pages, struct tdxu_file *blob)
{
	size_t bytes = (size_t)module_pages * TDXU_PAGE_SIZE;
	size_t size = FRONT_BYTES + bytes;
	u8 *data = calloc(1, size);

	if (!data)
		return false;
	if (format == TDXU_IMAGE_VERSION_1)
		fill_v1((void *)data, size);
	else
		fill_v2((void *)data, module_pages);
	memcpy(data + TDXU_PAGE_SIZE, sigstruct, sizeof(*sigstruct));
	memcpy(data + FRONT_BYTES, module, bytes);
	/* Both headers have it in the same place. */
	((struct tdxu_image_header_v2 *)data)->checksum = (u16)-tdxu_image_checksum(data, size);
	*blob = (struct tdxu_file){ .data = data, .size = size };
	return true;
}
