/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CORE_IMAGE_H
#define TDXU_CORE_IMAGE_H

/* Module images: the two on-disk formats and the sigstruct. Pure C, any context. */

#include "abi.h"

enum {
	/* Header page, sigstruct page, and as many module pages as P-SEAMLDR takes. */
	TDXU_IMAGE_MAX_BYTES = (2 + TDXU_MAX_MODULE_PAGES) * 4096,
	TDXU_IMAGE_MIN_BYTES = 3 * 4096,
	TDXU_SIGNER_TEXT = 2 * TDXU_SHA384_BYTES + 1, /* with the zero at its end */
};

/* The rule that a bad image breaks. Names are stable: users see them. */
enum tdxu_image_rule {
	TDXU_IMAGE_OK,
	/* the file */
	TDXU_IMAGE_EMPTY,
	TDXU_IMAGE_TOO_SHORT,
	TDXU_IMAGE_TOO_LONG,
	TDXU_IMAGE_NOT_WHOLE_PAGES,
	TDXU_IMAGE_NO_MAGIC,
	TDXU_IMAGE_UNKNOWN_VERSION,
	TDXU_IMAGE_HEADER_RESERVED,
	TDXU_IMAGE_LENGTH_MISMATCH,	/* the header's length is not the file's */
	TDXU_IMAGE_SIGSTRUCT_PAGES,	/* not exactly one sigstruct page */
	TDXU_IMAGE_MODULE_PAGES,	/* not 1 to 496 module pages */
	TDXU_IMAGE_CHECKSUM,
	TDXU_IMAGE_SIGSTRUCT_PAGE_TAIL, /* data behind the sigstruct in its page */
	/* the sigstruct */
	TDXU_SIGSTRUCT_HEADER,
	TDXU_SIGSTRUCT_TYPE,
	TDXU_SIGSTRUCT_VENDOR,
	TDXU_SIGSTRUCT_SIZES,
	TDXU_SIGSTRUCT_EXPONENT_VALUE,
	TDXU_SIGSTRUCT_ATTRIBUTES,
	TDXU_SIGSTRUCT_RESERVED,
	TDXU_SIGSTRUCT_CPUID_TABLE,
	TDXU_SIGSTRUCT_HV_RANGE,
	TDXU_SIGSTRUCT_OFFSETS, /* gdt_idt_offset and fault_wrapper_offset */
	/* the module, as an ELF file */
	TDXU_ELF_HEADER,
	TDXU_ELF_SECTIONS,
	TDXU_ELF_RELOCATIONS,
	TDXU_IMAGE_NR_RULES,
};

/* A parsed image. Points into the buffer that was parsed and lives as long as that does. */
struct tdxu_image {
	u16 format; /* TDXU_IMAGE_VERSION_1 or _2 */
	u32 module_pages;
	const struct tdxu_sigstruct *sigstruct; /* start of its page */
	const u8 *module;			/* @module_pages pages */
};

/**
 * tdxu_image_parse() - Take an image file apart.
 * @data: the file. Need not be aligned.
 * @size: its length in bytes.
 * @image: filled on success, else untouched.
 *
 * Checks everything about the container; the sigstruct's content is tdxu_sigstruct_check()'s.
 */
enum tdxu_image_rule tdxu_image_parse(const void *data, size_t size, struct tdxu_image *image);

/**
 * tdxu_sigstruct_check() - Check the fields of a sigstruct as P-SEAMLDR does (facts: INSTALL,
 * step 15 and 22). Not its signature, hash, SVN or CPU table against this machine.
 * @module_pages: number of pages of the module that comes with it.
 *
 * The last reserved area is not checked: genuine 2.0 images carry data there.
 */
enum tdxu_image_rule tdxu_sigstruct_check(const struct tdxu_sigstruct *sig, u32 module_pages);

/**
 * tdxu_elf_check() - Will P-SEAMLDR be able to relocate the module?
 * @image: as tdxu_image_parse() fills it.
 *
 * Facts: INSTALL, step 33, which comes after the point of no return.
 */
enum tdxu_image_rule tdxu_elf_check(const struct tdxu_image *image);

/**
 * tdxu_image_rule_name() - A short stable name for a rule ("checksum").
 * tdxu_image_rule_text() - What is wrong, as the end of a sentence ("its checksum is wrong").
 */
const char *tdxu_image_rule_name(enum tdxu_image_rule rule);
const char *tdxu_image_rule_text(enum tdxu_image_rule rule);

/**
 * tdxu_signer_take() - Take a second signer, beside the production key.
 * @text: SHA-384 of its modulus as the sigstruct stores it, 96 hexadecimal digits.
 *
 * For pre-production platforms, whose P-SEAMLDR knows another key. Context: any, but not while
 * checks are being made.
 *
 * Return: false if @text is not that; nothing has changed then.
 */
bool tdxu_signer_take(const char *text);

/** tdxu_signer_taken() - The second signer, TDXU_SHA384_BYTES bytes, or NULL. */
const u8 *tdxu_signer_taken(void);

/** tdxu_signer_is_production() - Is it the key that signs every published module? */
bool tdxu_signer_is_production(const u8 *signer);

/** tdxu_image_checksum() - Sum of the 16-bit words of @data; @size is even. */
u16 tdxu_image_checksum(const void *data, size_t size);

#endif
