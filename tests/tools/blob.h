/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_TOOLS_BLOB_H
#define TESTS_TOOLS_BLOB_H

/* What every sound image has, for all who build images. It shares nothing with what reads them. */

#include "../../kmod/core/abi.h"

enum { BLOB_FRONT_BYTES = 2 * TDXU_PAGE_SIZE }; /* header and sigstruct */

/** blob_sigstruct() - Set the fields that P-SEAMLDR demands the same of every image. */
static inline void blob_sigstruct(struct tdxu_sigstruct *sig)
{
	sig->header_type = TDXU_SIGSTRUCT_HEADER_TYPE;
	sig->header_length = TDXU_SIGSTRUCT_HEADER_LENGTH;
	sig->header_version = TDXU_SIGSTRUCT_HEADER_VERSION;
	sig->vendor = TDXU_SIGSTRUCT_VENDOR_INTEL;
	sig->size = TDXU_SIGSTRUCT_SIZE_DWORDS;
	sig->key_size = TDXU_SIGSTRUCT_KEY_DWORDS;
	sig->modulus_size = TDXU_SIGSTRUCT_KEY_DWORDS;
	sig->exponent_size = TDXU_SIGSTRUCT_EXPONENT_DWORDS;
	sig->exponent = TDXU_SIGSTRUCT_EXPONENT;
}

/** blob_seal() - Make the 16-bit words of the file add up to zero. @bytes is even. */
static inline void blob_seal(void *file, size_t bytes)
{
	u8 *checksum = (u8 *)file + 2; /* in both formats */
	u16 sum = 0, word;

	memset(checksum, 0, sizeof(word));
	for (size_t at = 0; at < bytes; at += sizeof(word)) {
		memcpy(&word, (u8 *)file + at, sizeof(word));
		sum += word;
	}
	word = -sum;
	memcpy(checksum, &word, sizeof(word));
}

static inline void blob_header_v1(struct tdxu_image_header_v1 *h, size_t bytes)
{
	h->version = TDXU_IMAGE_VERSION_1;
	memcpy(h->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES);
	h->offset_of_module = BLOB_FRONT_BYTES;
	h->length = bytes;
}

static inline void blob_header_v2(struct tdxu_image_header_v2 *h, u32 module_pages)
{
	h->version = TDXU_IMAGE_VERSION_2;
	memcpy(h->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES);
	h->sigstruct_nr_pages = 1;
	h->module_nr_pages = module_pages;
}

static inline size_t blob_bytes(u32 module_pages)
{
	return BLOB_FRONT_BYTES + (size_t)module_pages * TDXU_PAGE_SIZE;
}

/** blob_header() - Write the whole header but for the checksum. */
static inline void blob_header(void *file, u16 format, u32 module_pages)
{
	memset(file, 0, TDXU_PAGE_SIZE);
	if (format == TDXU_IMAGE_VERSION_1)
		blob_header_v1(file, blob_bytes(module_pages));
	else
		blob_header_v2(file, module_pages);
}

#endif
