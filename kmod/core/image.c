// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The on-disk formats of a module image and the fields of its sigstruct. Counts are bounded before
 * anything is multiplied or pointed at: the file comes from outside.
 */

#include "image.h"

static const struct {
	const char *name;
	const char *text;
} rules[TDXU_IMAGE_NR_RULES] = {
	[TDXU_IMAGE_OK] = { "ok", "it is well-formed" },
	[TDXU_IMAGE_EMPTY] = { "empty", "it is empty" },
	[TDXU_IMAGE_TOO_SHORT] = { "too-short",
		"it is shorter than a header, a sigstruct and one module page" },
	[TDXU_IMAGE_TOO_LONG] = { "too-long",
		"it is longer than P-SEAMLDR's limit of 496 module pages allows" },
	[TDXU_IMAGE_NOT_WHOLE_PAGES] = { "not-whole-pages",
		"its length is not a multiple of 4096 bytes" },
	[TDXU_IMAGE_NO_MAGIC] = { "no-magic", "it does not carry the mark of a TDX module image" },
	[TDXU_IMAGE_UNKNOWN_VERSION] = { "unknown-version",
		"its header's version and layout are those of no known format" },
	[TDXU_IMAGE_HEADER_RESERVED] = { "header-reserved",
		"a reserved byte of its header is not zero" },
	[TDXU_IMAGE_LENGTH_MISMATCH] = { "length-mismatch",
		"the sizes in its header do not add up to the file's" },
	[TDXU_IMAGE_SIGSTRUCT_PAGES] = { "sigstruct-pages",
		"its header does not say that the sigstruct has one page" },
	[TDXU_IMAGE_MODULE_PAGES] = { "module-pages", "it does not have 1 to 496 module pages" },
	[TDXU_IMAGE_CHECKSUM] = { "checksum", "its checksum is wrong" },
	[TDXU_IMAGE_SIGSTRUCT_PAGE_TAIL] = { "sigstruct-page-tail",
		"there is data behind the sigstruct in its page" },
	[TDXU_SIGSTRUCT_HEADER] = { "sigstruct-header",
		"its sigstruct's header type, length or version is wrong" },
	[TDXU_SIGSTRUCT_TYPE] = { "sigstruct-type",
		"reserved bits of its sigstruct's module type are set" },
	[TDXU_SIGSTRUCT_VENDOR] = { "sigstruct-vendor", "its sigstruct's vendor is not Intel" },
	[TDXU_SIGSTRUCT_SIZES] = { "sigstruct-sizes",
		"a size field of its sigstruct is wrong (sigstruct, key, modulus or exponent)" },
	[TDXU_SIGSTRUCT_EXPONENT_VALUE] = { "sigstruct-exponent",
		"its sigstruct's RSA exponent is not 65537" },
	[TDXU_SIGSTRUCT_ATTRIBUTES] = { "sigstruct-attributes",
		"its sigstruct's attributes are not zero" },
	[TDXU_SIGSTRUCT_RESERVED] = { "sigstruct-reserved",
		"a reserved byte of its sigstruct is not zero" },
	[TDXU_SIGSTRUCT_CPUID_TABLE] = { "sigstruct-cpuid-table",
		"its sigstruct's CPU table is too long, or empty in a production image" },
	[TDXU_SIGSTRUCT_HV_RANGE] = { "sigstruct-hv-range",
		"its oldest handoff version is above its newest" },
	[TDXU_SIGSTRUCT_OFFSETS] = { "sigstruct-offsets",
		"its GDT/IDT or fault wrapper offset is misaligned, alone, or outside the module" },
	[TDXU_ELF_HEADER] = { "elf-header", "its module is not a 64-bit little-endian ELF file" },
	[TDXU_ELF_SECTIONS] = { "elf-sections",
		"its module's ELF section headers are not inside the module" },
	[TDXU_ELF_RELOCATIONS] = { "elf-relocations",
		"its module's relocations are not all relative and inside the module, "
		"or change its headers" },
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

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool tdxu_signer_take(const char *text)
{
	u8 signer[TDXU_SHA384_BYTES];
	size_t i;

	for (i = 0; i < sizeof(signer); i++) {
		int high = digit(text[2 * i]);
		int low = high < 0 ? -1 : digit(text[2 * i + 1]);

		if (low < 0)
			return false;
		signer[i] = (u8)(high << 4 | low);
	}
	if (text[2 * sizeof(signer)])
		return false;
	memcpy(second_signer, signer, sizeof(signer));
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

static enum tdxu_image_rule check_size(size_t size)
{
	if (!size)
		return TDXU_IMAGE_EMPTY;
	if (size < TDXU_IMAGE_MIN_BYTES)
		return TDXU_IMAGE_TOO_SHORT;
	if (size > TDXU_IMAGE_MAX_BYTES)
		return TDXU_IMAGE_TOO_LONG;
	if (size % TDXU_PAGE_SIZE)
		return TDXU_IMAGE_NOT_WHOLE_PAGES;
	return TDXU_IMAGE_OK;
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

	rule = check_size(size);
	if (rule)
		return rule;
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

static enum tdxu_image_rule check_identity(const struct tdxu_sigstruct *sig)
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
	return TDXU_IMAGE_OK;
}

static enum tdxu_image_rule check_key(const struct tdxu_sigstruct *sig)
{
	if (sig->size != TDXU_SIGSTRUCT_SIZE_DWORDS || sig->key_size != TDXU_SIGSTRUCT_KEY_DWORDS ||
	    sig->modulus_size != TDXU_SIGSTRUCT_KEY_DWORDS ||
	    sig->exponent_size != TDXU_SIGSTRUCT_EXPONENT_DWORDS)
		return TDXU_SIGSTRUCT_SIZES;
	if (sig->exponent != TDXU_SIGSTRUCT_EXPONENT)
		return TDXU_SIGSTRUCT_EXPONENT_VALUE;
	return TDXU_IMAGE_OK;
}

static enum tdxu_image_rule check_cpuid_table(const struct tdxu_sigstruct *sig)
{
	bool debug = sig->module_type & TDXU_SIGSTRUCT_TYPE_DEBUG;

	if (sig->cpuid_table_size > TDXU_SIGSTRUCT_CPUID_ENTRIES)
		return TDXU_SIGSTRUCT_CPUID_TABLE;
	if (!sig->cpuid_table_size && !debug)
		return TDXU_SIGSTRUCT_CPUID_TABLE;
	return TDXU_IMAGE_OK;
}

static enum tdxu_image_rule check_offsets(const struct tdxu_sigstruct *sig, u32 module_pages)
{
	u32 bytes = module_pages * TDXU_PAGE_SIZE;

	if (!sig->gdt_idt_offset != !sig->fault_wrapper_offset)
		return TDXU_SIGSTRUCT_OFFSETS;
	if (sig->gdt_idt_offset % TDXU_PAGE_SIZE)
		return TDXU_SIGSTRUCT_OFFSETS;
	/* The GDT and IDT take a page, the fault wrapper 512 bytes. */
	if (sig->gdt_idt_offset > bytes - TDXU_PAGE_SIZE || sig->fault_wrapper_offset > bytes - 512)
		return TDXU_SIGSTRUCT_OFFSETS;
	return TDXU_IMAGE_OK;
}

enum tdxu_image_rule tdxu_sigstruct_check(const struct tdxu_sigstruct *sig, u32 module_pages)
{
	enum tdxu_image_rule rule;

	if (module_pages < 1 || module_pages > TDXU_MAX_MODULE_PAGES)
		return TDXU_IMAGE_MODULE_PAGES;
	rule = check_identity(sig);
	if (rule)
		return rule;
	rule = check_key(sig);
	if (rule)
		return rule;
	if (!all_zero(sig->reserved0, sizeof(sig->reserved0)) ||
	    !all_zero(sig->reserved1, sizeof(sig->reserved1)) || sig->reserved2)
		return TDXU_SIGSTRUCT_RESERVED;
	if (sig->min_update_hv > sig->module_hv)
		return TDXU_SIGSTRUCT_HV_RANGE;
	rule = check_cpuid_table(sig);
	if (rule)
		return rule;
	return check_offsets(sig, module_pages);
}
