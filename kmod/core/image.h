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

/* The rules that bad images break, and what is wrong then. Names are stable: users see them. */
#define TDXU_IMAGE_RULES(X)                                                                      \
	X(IMAGE_OK, "ok", "it is well-formed")                                                   \
	/* the file */                                                                           \
	X(IMAGE_EMPTY, "empty", "it is empty")                                                   \
	X(IMAGE_TOO_SHORT, "too-short",                                                          \
	  "it is shorter than a header, a sigstruct and one module page")                        \
	X(IMAGE_TOO_LONG, "too-long",                                                            \
	  "it is longer than P-SEAMLDR's limit of 496 module pages allows")                      \
	X(IMAGE_NOT_WHOLE_PAGES, "not-whole-pages", "its length is not a multiple of 4096 bytes") \
	X(IMAGE_NO_MAGIC, "no-magic", "it does not carry the mark of a TDX module image")        \
	X(IMAGE_UNKNOWN_VERSION, "unknown-version",                                              \
	  "its header's version and layout are those of no known format")                        \
	X(IMAGE_HEADER_RESERVED, "header-reserved", "a reserved byte of its header is not zero") \
	X(IMAGE_LENGTH_MISMATCH, "length-mismatch",                                              \
	  "the sizes in its header do not add up to the file's")                                 \
	X(IMAGE_SIGSTRUCT_PAGES, "sigstruct-pages",                                              \
	  "its header does not say that the sigstruct has one page")                             \
	X(IMAGE_MODULE_PAGES, "module-pages", "it does not have 1 to 496 module pages")          \
	X(IMAGE_CHECKSUM, "checksum", "its checksum is wrong")                                   \
	X(IMAGE_SIGSTRUCT_PAGE_TAIL, "sigstruct-page-tail",                                      \
	  "there is data behind the sigstruct in its page")                                      \
	/* the sigstruct */                                                                      \
	X(SIGSTRUCT_HEADER, "sigstruct-header",                                                  \
	  "its sigstruct's header type, length or version is wrong")                             \
	X(SIGSTRUCT_TYPE, "sigstruct-type",                                                      \
	  "reserved bits of its sigstruct's module type are set")                                \
	X(SIGSTRUCT_VENDOR, "sigstruct-vendor", "its sigstruct's vendor is not Intel")           \
	X(SIGSTRUCT_SIZES, "sigstruct-sizes",                                                    \
	  "a size field of its sigstruct is wrong (sigstruct, key, modulus or exponent)")        \
	X(SIGSTRUCT_EXPONENT_VALUE, "sigstruct-exponent",                                        \
	  "its sigstruct's RSA exponent is not 65537")                                           \
	X(SIGSTRUCT_ATTRIBUTES, "sigstruct-attributes", "its sigstruct's attributes are not zero") \
	X(SIGSTRUCT_RESERVED, "sigstruct-reserved",                                              \
	  "a reserved byte of its sigstruct is not zero")                                        \
	X(SIGSTRUCT_CPUID_TABLE, "sigstruct-cpuid-table",                                        \
	  "its sigstruct's CPU table is too long, or empty in a production image")               \
	X(SIGSTRUCT_HV_RANGE, "sigstruct-hv-range",                                              \
	  "its oldest handoff version is above its newest")                                      \
	X(SIGSTRUCT_OFFSETS, "sigstruct-offsets",                                                \
	  "its GDT/IDT or fault wrapper offset is misaligned, alone, or outside the module")     \
	/* the module, as an ELF file */                                                         \
	X(ELF_HEADER, "elf-header", "its module is not a 64-bit little-endian ELF file")         \
	X(ELF_SECTIONS, "elf-sections",                                                          \
	  "its module's ELF section headers are not inside the module")                          \
	X(ELF_RELOCATIONS, "elf-relocations",                                                    \
	  "its module's relocations are not all relative and inside the module, "                \
	  "or change its headers")

#define TDXU_IMAGE_RULE(rule, name, text) TDXU_##rule,

enum tdxu_image_rule {
	TDXU_IMAGE_RULES(TDXU_IMAGE_RULE)
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
 * tdxu_memory_pages() - What a module takes of the SEAM range.
 * @module_pages: 4 KiB pages of the image.
 * @addressable_lps: logical processors of one package as CPUID leaf 4, subleaf 3 counts them.
 * @packages: how many packages there are.
 *
 * The larger of what P-SEAMLDR estimates, and refuses as too much while the old module is whole
 * (facts: INSTALL, step 27), and of what laying it out then really takes (steps 30 and 31).
 *
 * Return: 4 KiB pages, from the start of the range to that of the P-SEAMLDR's part of it.
 */
u64 tdxu_memory_pages(const struct tdxu_sigstruct *sig, u32 module_pages, u32 addressable_lps,
		      u32 packages);

/**
 * tdxu_image_rule_name() - A short stable name for a rule ("checksum").
 * tdxu_image_rule_text() - What is wrong, as the end of a sentence ("its checksum is wrong").
 */
const char *tdxu_image_rule_name(enum tdxu_image_rule rule);
const char *tdxu_image_rule_text(enum tdxu_image_rule rule);

/**
 * tdxu_unhex() - Read hexadecimal digits, in any case.
 *
 * Return: false, with @out as it was, if @text is not that of exactly @size bytes. Context: any.
 */
bool tdxu_unhex(const char *text, size_t size, u8 *out);

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
