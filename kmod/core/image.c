// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The on-disk formats of a module image and the fields of its sigstruct. Counts are bounded before
 * anything is multiplied or pointed at: the file comes from outside.
 */

#include "image.h"

#define ROW(rule, name, text) [TDXU_##rule] = { name, text },

static const struct {
	const char *name;
	const char *text;
} rules[] = {
	TDXU_IMAGE_RULES(ROW)
};

const char *tdxu_image_rule_name(enum tdxu_image_rule rule)
{
	return rules[rule].name;
}

const char *tdxu_image_rule_text(enum tdxu_image_rule rule)
{
	return rules[rule].text;
}

/* SHA-384 of the modulus, little-endian as in the sigstruct (facts, firmware, section 1). */
static const u8 production_signer[TDXU_SHA384_BYTES] = {
	0xc8, 0x57, 0x2f, 0x54, 0x88, 0x69, 0xa0, 0xbe, 0xca, 0x19, 0x37, 0x6b,
	0x81, 0xc2, 0xdf, 0xfc, 0x2a, 0x23, 0xb5, 0xa5, 0xf7, 0x1d, 0xa0, 0xb8,
	0x75, 0x79, 0xb4, 0x3f, 0x40, 0x8d, 0xaa, 0x1a, 0x33, 0xba, 0xd9, 0xc1,
	0x49, 0xeb, 0x56, 0xc6, 0x34, 0xf8, 0x83, 0x73, 0x79, 0x68, 0xa3, 0x4c,
};

static u8 second_signer[TDXU_SHA384_BYTES];
static bool has_second;

bool tdxu_unhex(const char *text, size_t size, u8 *out)
{
	size_t i;

	if (strspn(text, "0123456789abcdefABCDEF") != 2 * size || text[2 * size])
		return false;
	for (i = 0; i < size; i++)
		sscanf(text + 2 * i, "%2hhx", &out[i]);
	return true;
}

bool tdxu_signer_take(const char *text)
{
	if (!tdxu_unhex(text, sizeof(second_signer), second_signer))
		return false;
	has_second = true;
	return true;
}

const u8 *tdxu_signer_taken(void)
{
	return has_second ? second_signer : NULL;
}

bool tdxu_signer_is_production(const u8 *signer)
{
	return !memcmp(signer, production_signer, sizeof(production_signer));
}

u16 tdxu_image_checksum(const void *data, size_t size)
{
	const u8 *p = data;
	u16 sum = 0;
	size_t i;

	for (i = 0; i + 1 < size; i += 2)
		sum = (u16)(sum + p[i] + (p[i + 1] << 8));
	return sum;
}

static bool all_zero(const u8 *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (p[i])
			return false;
	}
	return true;
}

/*
 * Both header parsers answer for the header page alone and agree on what follows: one page with
 * the sigstruct, then the module up to the end of the file.
 */
static enum tdxu_image_rule check_header_v1(const struct tdxu_image_header_v1 *h, size_t size)
{
	if (!all_zero(h->reserved, sizeof(h->reserved)))
		return TDXU_IMAGE_HEADER_RESERVED;
	if (h->length != size)
		return TDXU_IMAGE_LENGTH_MISMATCH;
	if (h->offset_of_module != 2 * TDXU_PAGE_SIZE)
		return TDXU_IMAGE_SIGSTRUCT_PAGES;
	return TDXU_IMAGE_OK;
}

static enum tdxu_image_rule check_header_v2(const struct tdxu_image_header_v2 *h, size_t size)
{
	if (!all_zero(h->reserved, sizeof(h->reserved)))
		return TDXU_IMAGE_HEADER_RESERVED;
	if (h->sigstruct_nr_pages != 1)
		return TDXU_IMAGE_SIGSTRUCT_PAGES;
	if (h->module_nr_pages < 1 || h->module_nr_pages > TDXU_MAX_MODULE_PAGES)
		return TDXU_IMAGE_MODULE_PAGES;
	if ((2 + (size_t)h->module_nr_pages) * TDXU_PAGE_SIZE != size)
		return TDXU_IMAGE_LENGTH_MISMATCH;
	return TDXU_IMAGE_OK;
}

static enum tdxu_image_rule check_header(const u8 *data, size_t size, u16 *format)
{
	const struct tdxu_image_header_v1 *v1 = (const void *)data;
	const struct tdxu_image_header_v2 *v2 = (const void *)data;
	bool is_v1 = !memcmp(v1->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES);
	bool is_v2 = !memcmp(v2->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES);

	if (!is_v1 && !is_v2)
		return TDXU_IMAGE_NO_MAGIC;
	/* Each format has the mark at an offset of its own: it must agree with the version. */
	*format = v1->version;
	if (is_v1 && *format == TDXU_IMAGE_VERSION_1)
		return check_header_v1(v1, size);
	if (is_v2 && *format == TDXU_IMAGE_VERSION_2)
		return check_header_v2(v2, size);
	return TDXU_IMAGE_UNKNOWN_VERSION;
}

enum tdxu_image_rule tdxu_image_parse(const void *data, size_t size, struct tdxu_image *image)
{
	const u8 *bytes = data;
	const u8 *sigstruct_page;
	enum tdxu_image_rule rule;
	u16 format;

	if (!size)
		return TDXU_IMAGE_EMPTY;
	if (size < TDXU_IMAGE_MIN_BYTES)
		return TDXU_IMAGE_TOO_SHORT;
	if (size > TDXU_IMAGE_MAX_BYTES)
		return TDXU_IMAGE_TOO_LONG;
	if (size % TDXU_PAGE_SIZE)
		return TDXU_IMAGE_NOT_WHOLE_PAGES;
	rule = check_header(bytes, size, &format);
	if (rule)
		return rule;
	if (tdxu_image_checksum(bytes, size))
		return TDXU_IMAGE_CHECKSUM;
	sigstruct_page = bytes + TDXU_PAGE_SIZE;
	if (!all_zero(sigstruct_page + TDXU_SIGSTRUCT_BYTES, TDXU_PAGE_SIZE - TDXU_SIGSTRUCT_BYTES))
		return TDXU_IMAGE_SIGSTRUCT_PAGE_TAIL;

	image->format = format;
	image->module_pages = (u32)(size / TDXU_PAGE_SIZE) - 2;
	image->sigstruct = (const void *)sigstruct_page;
	image->module = sigstruct_page + TDXU_PAGE_SIZE;
	return TDXU_IMAGE_OK;
}

/* What is the same in every sigstruct, but for one bit of the type. */
static enum tdxu_image_rule check_constants(const struct tdxu_sigstruct *sig)
{
	if (sig->header_type != TDXU_SIGSTRUCT_HEADER_TYPE ||
	    sig->header_length != TDXU_SIGSTRUCT_HEADER_LENGTH ||
	    sig->header_version != TDXU_SIGSTRUCT_HEADER_VERSION)
		return TDXU_SIGSTRUCT_HEADER;
	if (sig->module_type & ~TDXU_SIGSTRUCT_TYPE_DEBUG)
		return TDXU_SIGSTRUCT_TYPE;
	if (sig->vendor != TDXU_SIGSTRUCT_VENDOR_INTEL)
		return TDXU_SIGSTRUCT_VENDOR;
	if (sig->attributes)
		return TDXU_SIGSTRUCT_ATTRIBUTES;
	if (sig->size != TDXU_SIGSTRUCT_SIZE_DWORDS || sig->key_size != TDXU_SIGSTRUCT_KEY_DWORDS ||
	    sig->modulus_size != TDXU_SIGSTRUCT_KEY_DWORDS ||
	    sig->exponent_size != TDXU_SIGSTRUCT_EXPONENT_DWORDS)
		return TDXU_SIGSTRUCT_SIZES;
	if (sig->exponent != TDXU_SIGSTRUCT_EXPONENT)
		return TDXU_SIGSTRUCT_EXPONENT_VALUE;
	if (!all_zero(sig->reserved0, sizeof(sig->reserved0)) ||
	    !all_zero(sig->reserved1, sizeof(sig->reserved1)) || sig->reserved2)
		return TDXU_SIGSTRUCT_RESERVED;
	return TDXU_IMAGE_OK;
}

/* The GDT and IDT take a page, the fault wrapper 512 bytes. */
static bool offsets_ok(const struct tdxu_sigstruct *sig, u32 module_pages)
{
	u32 bytes = module_pages * TDXU_PAGE_SIZE;

	return !sig->gdt_idt_offset == !sig->fault_wrapper_offset &&
	       sig->gdt_idt_offset % TDXU_PAGE_SIZE == 0 &&
	       sig->gdt_idt_offset <= bytes - TDXU_PAGE_SIZE &&
	       sig->fault_wrapper_offset <= bytes - 512;
}

enum tdxu_image_rule tdxu_sigstruct_check(const struct tdxu_sigstruct *sig, u32 module_pages)
{
	bool debug = sig->module_type & TDXU_SIGSTRUCT_TYPE_DEBUG;
	enum tdxu_image_rule rule;

	if (module_pages < 1 || module_pages > TDXU_MAX_MODULE_PAGES)
		return TDXU_IMAGE_MODULE_PAGES;
	rule = check_constants(sig);
	if (rule)
		return rule;
	if (sig->min_update_hv > sig->module_hv)
		return TDXU_SIGSTRUCT_HV_RANGE;
	if (sig->cpuid_table_size > TDXU_SIGSTRUCT_CPUID_ENTRIES ||
	    (!sig->cpuid_table_size && !debug))
		return TDXU_SIGSTRUCT_CPUID_TABLE;
	return offsets_ok(sig, module_pages) ? TDXU_IMAGE_OK : TDXU_SIGSTRUCT_OFFSETS;
}
