// SPDX-License-Identifier: GPL-2.0-or-later
/* Image formats and sigstruct fields. Every case is a good image with one thing changed. */

#include "../tools/blob.h"
#include "core/image.h"
#include "runner.h"

enum { PAGE = 4096 };

/* The image under test. A heap block of its exact size: the sanitizer sees every byte too far. */
static u8 *file;
static size_t file_size;

static void put16(size_t offset, u16 value)
{
	memcpy(file + offset, &value, sizeof(value));
}

static void put32(size_t offset, u32 value)
{
	memcpy(file + offset, &value, sizeof(value));
}

static void fix_checksum(void)
{
	blob_seal(file, file_size);
}

static struct tdxu_sigstruct *sigstruct(void)
{
	return (struct tdxu_sigstruct *)(file + PAGE);
}

static void make(u16 version, u32 module_pages)
{
	free(file);
	file_size = blob_bytes(module_pages);
	file = calloc(1, file_size);
	blob_header(file, version, module_pages);
	blob_sigstruct(sigstruct());
	sigstruct()->cpuid_table_size = 1;
	sigstruct()->cpuid_table[0] = 0x806f8;
	fix_checksum();
}

static enum tdxu_image_rule parse(void)
{
	struct tdxu_image image;

	return tdxu_image_parse(file, file_size, &image);
}

static void resize(size_t size)
{
	u8 *moved = calloc(1, size ? size : 1);

	memcpy(moved, file, size < file_size ? size : file_size);
	free(file);
	file = moved;
	file_size = size;
}

static const u16 formats[] = { TDXU_IMAGE_VERSION_1, TDXU_IMAGE_VERSION_2 };
static const u32 good_pages[] = { 1, 2, 110, 496 };

START_TEST(takes_good_images)
{
	u16 format = formats[_i % 2];
	u32 pages = good_pages[_i / 2];
	struct tdxu_image image;

	make(format, pages);
	ck_assert_int_eq(tdxu_image_parse(file, file_size, &image), TDXU_IMAGE_OK);
	ck_assert_int_eq(image.format, format);
	ck_assert_int_eq(image.module_pages, pages);
	ck_assert_ptr_eq(image.sigstruct, file + PAGE);
	ck_assert_ptr_eq(image.module, file + 2 * PAGE);
}
END_TEST

/* Sizes of the file, both formats; the header says what the file was before. */
static const struct {
	size_t size;
	enum tdxu_image_rule rule;
} sizes[] = {
	{ 0, TDXU_IMAGE_EMPTY },
	{ 1, TDXU_IMAGE_TOO_SHORT },
	{ PAGE, TDXU_IMAGE_TOO_SHORT },
	{ 3 * PAGE - 1, TDXU_IMAGE_TOO_SHORT },
	{ 3 * PAGE, TDXU_IMAGE_LENGTH_MISMATCH },
	{ 4 * PAGE - 1, TDXU_IMAGE_NOT_WHOLE_PAGES },
	{ 4 * PAGE + 1, TDXU_IMAGE_NOT_WHOLE_PAGES },
	{ 5 * PAGE, TDXU_IMAGE_LENGTH_MISMATCH },
	{ 498 * PAGE, TDXU_IMAGE_LENGTH_MISMATCH },
	{ 498 * PAGE + 1, TDXU_IMAGE_TOO_LONG },
	{ 499 * PAGE, TDXU_IMAGE_TOO_LONG },
};

START_TEST(bounds_the_file)
{
	make(formats[_i % 2], 2);
	resize(sizes[_i / 2].size);
	ck_assert_int_eq(parse(), sizes[_i / 2].rule);
	/* Nothing is added to where it is before its size is known, for the sum could overflow. */
	if (file_size <= 1)
		ck_assert_int_eq(tdxu_image_parse((u8 *)UINTPTR_MAX, file_size, NULL),
				 sizes[_i / 2].rule);
}
END_TEST

/* One 32-bit word of the header replaced, the checksum right again. */
static const struct {
	u16 format;
	size_t offset;
	u32 value;
	enum tdxu_image_rule rule;
} headers[] = {
	{ 0x100, 4, 0, TDXU_IMAGE_SIGSTRUCT_PAGES },
	{ 0x100, 4, 1 * PAGE, TDXU_IMAGE_SIGSTRUCT_PAGES },
	{ 0x100, 4, 3 * PAGE, TDXU_IMAGE_SIGSTRUCT_PAGES },
	{ 0x100, 4, 0xffffffff, TDXU_IMAGE_SIGSTRUCT_PAGES },
	{ 0x100, 8, 0, TDXU_IMAGE_NO_MAGIC },
	{ 0x100, 16, 0, TDXU_IMAGE_LENGTH_MISMATCH },
	{ 0x100, 16, 4 * PAGE - 1, TDXU_IMAGE_LENGTH_MISMATCH },
	{ 0x100, 16, 0xffffffff, TDXU_IMAGE_LENGTH_MISMATCH },
	{ 0x100, 20, 1, TDXU_IMAGE_HEADER_RESERVED },
	{ 0x100, 4092, 0x80000000, TDXU_IMAGE_HEADER_RESERVED },
	{ 0x200, 4, 0, TDXU_IMAGE_NO_MAGIC },
	{ 0x200, 12, 0, TDXU_IMAGE_SIGSTRUCT_PAGES },
	{ 0x200, 12, 2, TDXU_IMAGE_SIGSTRUCT_PAGES },
	/* sums and products of these wrap to the file's size in 32 bits */
	{ 0x200, 12, 0x00100001, TDXU_IMAGE_SIGSTRUCT_PAGES },
	{ 0x200, 16, 0x00100002, TDXU_IMAGE_MODULE_PAGES },
	{ 0x200, 16, 0xffffffff, TDXU_IMAGE_MODULE_PAGES },
	{ 0x200, 16, 0, TDXU_IMAGE_MODULE_PAGES },
	{ 0x200, 16, 497, TDXU_IMAGE_MODULE_PAGES },
	{ 0x200, 16, 1, TDXU_IMAGE_LENGTH_MISMATCH },
	{ 0x200, 16, 3, TDXU_IMAGE_LENGTH_MISMATCH },
	{ 0x200, 20, 1, TDXU_IMAGE_HEADER_RESERVED },
	{ 0x200, 4092, 0x80000000, TDXU_IMAGE_HEADER_RESERVED },
};

START_TEST(checks_the_header)
{
	make(headers[_i].format, 2);
	put32(headers[_i].offset, headers[_i].value);
	fix_checksum();
	ck_assert_msg(parse() == headers[_i].rule, "row %d: %s", _i, tdxu_image_rule_name(parse()));
}
END_TEST

/* The version and the place of the mark must agree. */
static const struct {
	u16 format;
	u16 version;
} mixed[] = {
	{ 0x100, 0x200 }, { 0x200, 0x100 }, { 0x100, 0x101 }, { 0x200, 0x300 }, { 0x100, 0 },
};

START_TEST(does_not_mix_formats)
{
	make(mixed[_i].format, 2);
	put16(0, mixed[_i].version);
	fix_checksum();
	ck_assert_int_eq(parse(), TDXU_IMAGE_UNKNOWN_VERSION);
}
END_TEST

/* Every page of the file is under the checksum. */
START_TEST(checks_the_checksum)
{
	make(formats[_i % 2], 2);
	file[(size_t)(_i / 2) * PAGE + 3 * PAGE / 4 + 1] ^= 1;
	if (_i / 2 == 0)
		ck_assert_int_eq(parse(), TDXU_IMAGE_HEADER_RESERVED);
	else
		ck_assert_int_eq(parse(), TDXU_IMAGE_CHECKSUM);
}
END_TEST

START_TEST(wants_a_clean_sigstruct_page)
{
	make(formats[_i], 2);
	file[PAGE + 2048] = 1;
	fix_checksum();
	ck_assert_int_eq(parse(), TDXU_IMAGE_SIGSTRUCT_PAGE_TAIL);
	make(formats[_i], 2);
	file[2 * PAGE - 1] = 1;
	fix_checksum();
	ck_assert_int_eq(parse(), TDXU_IMAGE_SIGSTRUCT_PAGE_TAIL);
}
END_TEST

START_TEST(leaves_the_result_alone_on_failure)
{
	struct tdxu_image image = { .module_pages = 77 };

	make(TDXU_IMAGE_VERSION_2, 2);
	file[3 * PAGE] ^= 1;
	ck_assert_int_eq(tdxu_image_parse(file, file_size, &image), TDXU_IMAGE_CHECKSUM);
	ck_assert_int_eq(image.module_pages, 77);
}
END_TEST

/* One byte of the sigstruct replaced; the module has 2 pages. */
#define AT(field) offsetof(struct tdxu_sigstruct, field)
static const struct {
	size_t offset;
	u8 value;
	enum tdxu_image_rule rule;
} fields[] = {
	{ AT(header_type), 7, TDXU_SIGSTRUCT_HEADER },
	{ AT(header_length), 0xe0, TDXU_SIGSTRUCT_HEADER },
	{ AT(header_version) + 2, 2, TDXU_SIGSTRUCT_HEADER },
	{ AT(module_type), 1, TDXU_SIGSTRUCT_TYPE },
	{ AT(module_type) + 3, 0x40, TDXU_SIGSTRUCT_TYPE },
	{ AT(module_type) + 3, 0x80, TDXU_IMAGE_OK }, /* debug-signed: checked elsewhere */
	{ AT(vendor), 0x87, TDXU_SIGSTRUCT_VENDOR },
	{ AT(date), 0x55, TDXU_IMAGE_OK },
	{ AT(size), 1, TDXU_SIGSTRUCT_SIZES },
	{ AT(key_size), 0, TDXU_SIGSTRUCT_SIZES },
	{ AT(modulus_size), 0x61, TDXU_SIGSTRUCT_SIZES },
	{ AT(exponent_size), 2, TDXU_SIGSTRUCT_SIZES },
	{ AT(reserved0), 1, TDXU_SIGSTRUCT_RESERVED },
	{ AT(reserved0) + 87, 1, TDXU_SIGSTRUCT_RESERVED },
	{ AT(exponent), 3, TDXU_SIGSTRUCT_EXPONENT_VALUE },
	{ AT(attributes), 1, TDXU_SIGSTRUCT_ATTRIBUTES },
	{ AT(attributes) + 7, 0x80, TDXU_SIGSTRUCT_ATTRIBUTES },
	{ AT(rip_offset), 0xff, TDXU_IMAGE_OK },
	{ AT(max_tdmrs), 0xff, TDXU_IMAGE_OK },
	{ AT(reserved1), 1, TDXU_SIGSTRUCT_RESERVED },
	{ AT(reserved1) + 5, 1, TDXU_SIGSTRUCT_RESERVED },
	{ AT(min_update_hv), 1, TDXU_SIGSTRUCT_HV_RANGE },
	{ AT(module_hv), 1, TDXU_IMAGE_OK },
	{ AT(no_downgrade), 1, TDXU_IMAGE_OK },
	{ AT(reserved2), 1, TDXU_SIGSTRUCT_RESERVED },
	{ AT(gdt_idt_offset) + 1, 0x10, TDXU_SIGSTRUCT_OFFSETS }, /* without the other */
	{ AT(fault_wrapper_offset), 1, TDXU_SIGSTRUCT_OFFSETS },
	{ AT(reserved3), 1, TDXU_IMAGE_OK }, /* genuine 2.0 images have data here */
	{ AT(reserved3) + 23, 1, TDXU_IMAGE_OK },
	{ AT(cpuid_table_size), 0, TDXU_SIGSTRUCT_CPUID_TABLE },
	{ AT(cpuid_table_size), 255, TDXU_IMAGE_OK },
	{ AT(cpuid_table_size) + 1, 1, TDXU_SIGSTRUCT_CPUID_TABLE }, /* 257 */
	{ AT(cpuid_table_size) + 3, 0x80, TDXU_SIGSTRUCT_CPUID_TABLE },
};

START_TEST(checks_sigstruct_fields)
{
	make(TDXU_IMAGE_VERSION_2, 2);
	file[PAGE + fields[_i].offset] = fields[_i].value;
	ck_assert_msg(tdxu_sigstruct_check(sigstruct(), 2) == fields[_i].rule, "row %d: %s", _i,
		      tdxu_image_rule_name(tdxu_sigstruct_check(sigstruct(), 2)));
}
END_TEST

/* A module of 2 pages: the last page may be the GDT's, the last 512 bytes the fault wrapper's. */
static const struct {
	u32 gdt;
	u32 fault;
	enum tdxu_image_rule rule;
} offsets[] = {
	{ 0, 0, TDXU_IMAGE_OK },
	{ PAGE, 1, TDXU_IMAGE_OK },
	{ PAGE, 2 * PAGE - 512, TDXU_IMAGE_OK },
	{ PAGE, 2 * PAGE - 511, TDXU_SIGSTRUCT_OFFSETS },
	{ PAGE, 0xffffffff, TDXU_SIGSTRUCT_OFFSETS },
	{ PAGE + 1, 1, TDXU_SIGSTRUCT_OFFSETS },
	{ 2 * PAGE, 1, TDXU_SIGSTRUCT_OFFSETS },
	{ 0xfffff000, 1, TDXU_SIGSTRUCT_OFFSETS },
};

START_TEST(checks_offsets)
{
	make(TDXU_IMAGE_VERSION_2, 2);
	sigstruct()->gdt_idt_offset = offsets[_i].gdt;
	sigstruct()->fault_wrapper_offset = offsets[_i].fault;
	ck_assert_msg(tdxu_sigstruct_check(sigstruct(), 2) == offsets[_i].rule, "row %d", _i);
}
END_TEST

START_TEST(bounds_the_module_pages)
{
	make(TDXU_IMAGE_VERSION_2, 2);
	ck_assert_int_eq(tdxu_sigstruct_check(sigstruct(), 0), TDXU_IMAGE_MODULE_PAGES);
	ck_assert_int_eq(tdxu_sigstruct_check(sigstruct(), 496), TDXU_IMAGE_OK);
	ck_assert_int_eq(tdxu_sigstruct_check(sigstruct(), 497), TDXU_IMAGE_MODULE_PAGES);
}
END_TEST

/* A module of 8 pages with one section header at 0x1000 and one relocation at 0x2000. */
enum { SECTION_AT = 0x1000, RELA_AT = 0x2000, MODULE_BYTES = 8 * PAGE };

static u8 *module(void)
{
	return file + 2 * PAGE;
}

static void put(size_t offset, u64 value, size_t bytes)
{
	memcpy(module() + offset, &value, bytes);
}

static void make_elf(void)
{
	make(TDXU_IMAGE_VERSION_2, MODULE_BYTES / PAGE);
	memcpy(module(), "\177ELF\2\1\1", 7);
	put(40, SECTION_AT, 8);
	put(58, 64, 2);
	put(60, 1, 2);
	put(SECTION_AT + 4, 4, 4);
	put(SECTION_AT + 16, RELA_AT, 8);
	put(SECTION_AT + 24, ~0ULL, 8); /* sh_offset: P-SEAMLDR does not look */
	put(SECTION_AT + 32, 24, 8);
	put(SECTION_AT + 56, 24, 8);
	put(RELA_AT, 0x4000, 8);
	put(RELA_AT + 8, 8, 8);
	put(RELA_AT + 16, 0x1234, 8);
}

/* One field replaced. */
static const struct {
	size_t offset;
	u64 value;
	size_t bytes;
	enum tdxu_image_rule rule;
} elf[] = {
	{ 0, 0x7f, 1, TDXU_IMAGE_OK },
	{ 0, 0, 1, TDXU_ELF_HEADER },
	{ 4, 1, 1, TDXU_ELF_HEADER },
	{ 5, 2, 1, TDXU_ELF_HEADER },
	{ 6, 0, 1, TDXU_ELF_HEADER },
	{ 58, 0, 2, TDXU_ELF_SECTIONS },
	{ 58, 63, 2, TDXU_IMAGE_OK }, /* of one section: its header is not stepped from */
	{ 58, 0xffff, 2, TDXU_IMAGE_OK },
	{ 60, 0, 2, TDXU_IMAGE_OK }, /* no sections: nothing to relocate */
	{ 60, 0xffff, 2, TDXU_ELF_SECTIONS },
	{ 40, MODULE_BYTES - 64, 8, TDXU_IMAGE_OK }, /* an empty section */
	{ 40, MODULE_BYTES - 63, 8, TDXU_ELF_SECTIONS },
	{ 40, ~0ULL, 8, TDXU_ELF_SECTIONS },
	{ SECTION_AT + 4, 1, 4, TDXU_IMAGE_OK }, /* not RELA: not looked at */
	{ SECTION_AT + 56, 0, 8, TDXU_ELF_RELOCATIONS },
	{ SECTION_AT + 56, 1ULL << 32, 8, TDXU_IMAGE_OK }, /* more than there is: none */
	{ SECTION_AT + 16, MODULE_BYTES - 23, 8, TDXU_ELF_RELOCATIONS },
	{ SECTION_AT + 16, ~0ULL - 7, 8, TDXU_ELF_RELOCATIONS },
	{ SECTION_AT + 24, RELA_AT, 8, TDXU_IMAGE_OK },
	{ SECTION_AT + 32, 47, 8, TDXU_IMAGE_OK }, /* not yet a second one */
	{ SECTION_AT + 32, 48, 8, TDXU_ELF_RELOCATIONS },
	{ SECTION_AT + 32, MODULE_BYTES - RELA_AT + 1, 8, TDXU_ELF_RELOCATIONS },
	{ SECTION_AT + 32, ~0ULL, 8, TDXU_ELF_RELOCATIONS },
	{ SECTION_AT + 32, 23, 8, TDXU_IMAGE_OK }, /* not even one */
	{ SECTION_AT + 56, 1, 8, TDXU_ELF_RELOCATIONS }, /* the second is a shifted first */
	{ RELA_AT, MODULE_BYTES - 8, 8, TDXU_IMAGE_OK },
	{ RELA_AT, MODULE_BYTES - 7, 8, TDXU_ELF_RELOCATIONS },
	{ RELA_AT, ~0ULL - 3, 8, TDXU_ELF_RELOCATIONS },
	{ RELA_AT + 8, 7, 8, TDXU_ELF_RELOCATIONS },
	{ RELA_AT + 8, 1ULL << 32 | 8, 8, TDXU_ELF_RELOCATIONS }, /* a symbol */
	/* It would change what P-SEAMLDR has yet to read. */
	{ RELA_AT, 63, 8, TDXU_ELF_RELOCATIONS },
	{ RELA_AT, 64, 8, TDXU_IMAGE_OK },
	{ RELA_AT, SECTION_AT - 8, 8, TDXU_IMAGE_OK },
	{ RELA_AT, SECTION_AT - 7, 8, TDXU_ELF_RELOCATIONS },
	{ RELA_AT, SECTION_AT + 63, 8, TDXU_ELF_RELOCATIONS },
	{ RELA_AT, SECTION_AT + 64, 8, TDXU_IMAGE_OK },
	{ RELA_AT, RELA_AT + 23, 8, TDXU_ELF_RELOCATIONS },
	{ RELA_AT, RELA_AT + 24, 8, TDXU_IMAGE_OK },
	{ RELA_AT + 16, MODULE_BYTES - 1, 8, TDXU_IMAGE_OK },
	{ RELA_AT + 16, MODULE_BYTES, 8, TDXU_ELF_RELOCATIONS },
};

START_TEST(checks_elf)
{
	struct tdxu_image image;

	make_elf();
	put(elf[_i].offset, elf[_i].value, elf[_i].bytes);
	fix_checksum();
	ck_assert_int_eq(tdxu_image_parse(file, file_size, &image), TDXU_IMAGE_OK);
	ck_assert_msg(tdxu_elf_check(&image) == elf[_i].rule, "row %d: %s", _i,
		      tdxu_image_rule_name(tdxu_elf_check(&image)));
}
END_TEST

#define DIGITS "0123456789abcdefABCDEF0123456789"
#define SIGNER DIGITS DIGITS DIGITS
static const char *const no_signers[] = {
	"", "c8", "0x" SIGNER, SIGNER "0", SIGNER " ", SIGNER "\n", " " SIGNER,
	DIGITS DIGITS "0123456789abcdefABCDEF012345678", DIGITS DIGITS "0123456789abcdefABCDEFG123456789",
};

START_TEST(takes_no_other_text_for_a_signer)
{
	ck_assert(!tdxu_signer_take(no_signers[_i]));
	ck_assert_ptr_null(tdxu_signer_taken());
}
END_TEST

START_TEST(takes_a_signer)
{
	ck_assert(tdxu_signer_take(SIGNER));
	ck_assert_uint_eq(tdxu_signer_taken()[0], 0x01);
	ck_assert_uint_eq(tdxu_signer_taken()[8], 0xab);
	ck_assert_uint_eq(tdxu_signer_taken()[47], 0x89);
	ck_assert(!tdxu_signer_take("x"));
	ck_assert_uint_eq(tdxu_signer_taken()[47], 0x89);
	ck_assert(!tdxu_signer_is_production(tdxu_signer_taken()));
}
END_TEST

/* Users see the names: each rule has one of its own, and a text. */
START_TEST(every_rule_has_words)
{
	enum tdxu_image_rule a, b;

	for (a = TDXU_IMAGE_OK; a < TDXU_IMAGE_NR_RULES; a++) {
		ck_assert_ptr_nonnull(tdxu_image_rule_name(a));
		ck_assert_ptr_nonnull(tdxu_image_rule_text(a));
		for (b = TDXU_IMAGE_OK; b < a; b++)
			ck_assert_str_ne(tdxu_image_rule_name(a), tdxu_image_rule_name(b));
	}
}
END_TEST

static void release(void)
{
	free(file);
	file = NULL;
}

int main(void)
{
	TCase *tc = tcase_create("image");

	tcase_add_checked_fixture(tc, NULL, release);
	tcase_add_loop_test(tc, takes_good_images, 0, 2 * ARRAY_SIZE(good_pages));
	tcase_add_loop_test(tc, bounds_the_file, 0, 2 * ARRAY_SIZE(sizes));
	tcase_add_loop_test(tc, checks_the_header, 0, ARRAY_SIZE(headers));
	tcase_add_loop_test(tc, does_not_mix_formats, 0, ARRAY_SIZE(mixed));
	tcase_add_loop_test(tc, checks_the_checksum, 0, 2 * 4);
	tcase_add_loop_test(tc, wants_a_clean_sigstruct_page, 0, 2);
	tcase_add_test(tc, leaves_the_result_alone_on_failure);
	tcase_add_loop_test(tc, checks_sigstruct_fields, 0, ARRAY_SIZE(fields));
	tcase_add_loop_test(tc, checks_offsets, 0, ARRAY_SIZE(offsets));
	tcase_add_test(tc, bounds_the_module_pages);
	tcase_add_loop_test(tc, checks_elf, 0, ARRAY_SIZE(elf));
	tcase_add_loop_test(tc, takes_no_other_text_for_a_signer, 0, ARRAY_SIZE(no_signers));
	tcase_add_test(tc, takes_a_signer);
	tcase_add_test(tc, every_rule_has_words);
	return run_suite("image", tc);
}
