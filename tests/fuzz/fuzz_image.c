// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as an image. The firmware model relocates the module in its own way, and must succeed
 * where the checks have nothing to say. What they refuse beyond that, unit tests check. The mutator
 * changes mostly what means something, and mends the checksum, or hardly anything would get past
 * it. How far images got is told in the end: of each rule, how many broke it.
 *
 * It is to be fast. The file ends where a page begins that cannot be touched, and the loops over
 * all bytes, which CBMC has looked at, are without instruments.
 */

#include "fuzz.h"

#define FAST __attribute__((__noinline__, __no_sanitize__("coverage", "undefined")))
FAST u16 tdxu_image_checksum(const void *data, size_t size);
FAST static bool all_zero(const u8 *p, size_t size);

#include "../../kmod/core/elf.c"
#include "../../kmod/core/image.c"
#include "../../kmod/core/memory.c"

#include <inttypes.h>
#include <sys/mman.h>

#include "../sim/fw/model.h"

enum { MAX_PAGES = 7, SIGNIFICANT_BYTES = 512 };

static u8 *end; /* of room for MAX_PAGES */
static u64 broken[TDXU_IMAGE_NR_RULES], sound[3]; /* sigstructs, modules, both */

static void print_counts(void)
{
	int rule;

	for (rule = 1; rule < TDXU_IMAGE_NR_RULES; rule++)
		fprintf(stderr, "images: %11" PRIu64 " break %s\n", broken[rule],
			tdxu_image_rule_name(rule));
	fprintf(stderr, "images: %11" PRIu64 " with a sound sigstruct, %" PRIu64
		" with a sound module, %" PRIu64 " with both\n", sound[0], sound[1], sound[2]);
}

/* As the sum is for a reader, who takes it that the machine is little-endian. */
FAST static u16 sum_of_words(const u8 *data, size_t size)
{
	const u16 *word = (const void *)data;
	u16 sum = 0;
	size_t i;

	for (i = 0; i < size / sizeof(*word); i++)
		sum += word[i];
	return sum;
}

/* Both formats have it at the same place. */
static void mend(u8 *data, size_t size)
{
	struct tdxu_image_header_v2 *header = (void *)data;

	if (size < sizeof(*header))
		return;
	header->checksum = 0;
	header->checksum = (u16)-sum_of_words(data, size - size % 2);
}

/* Where something stands that is looked at: in the file's header, the sigstruct and the module. */
static size_t mutate_part(u8 *data, size_t size, unsigned int seed)
{
	static const struct {
		u16 at, bytes;
	} part[] = {
		{ 0, 24 },
		{ TDXU_PAGE_SIZE, 136 },
		{ TDXU_PAGE_SIZE + offsetof(struct tdxu_sigstruct, exponent), 4 },
		{ TDXU_PAGE_SIZE + offsetof(struct tdxu_sigstruct, attributes), 96 },
		{ 2 * TDXU_PAGE_SIZE, 64 },
		{ 2 * TDXU_PAGE_SIZE + 40, 24 },
		{ 2 * TDXU_PAGE_SIZE, SIGNIFICANT_BYTES },
		{ 2 * TDXU_PAGE_SIZE + 64, 128 },
		{ 2 * TDXU_PAGE_SIZE + 128, 128 },
		{ 2 * TDXU_PAGE_SIZE + 3072, 1024 },
	};
	size_t i = seed % ARRAY_SIZE(part);

	if (size >= TDXU_IMAGE_MIN_BYTES)
		LLVMFuzzerMutate(data + part[i].at, part[i].bytes, part[i].bytes);
	return size;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed)
{
	if (seed % 64)
		size = mutate_part(data, size, seed / 1024);
	else
		size = LLVMFuzzerMutate(data, size, max_size);
	if (seed / 64 % 16)
		mend(data, size);
	return size;
}

/* As P-SEAMLDR does it, in a copy. */
static bool relocates(const u8 *module, size_t bytes)
{
	static u8 copy[MAX_PAGES * TDXU_PAGE_SIZE];

	memcpy(copy, module, bytes);
	return fw_elf_relocate(copy, (u32)bytes, 0xffff800000000000ULL);
}

static void look_at_sigstruct(const struct tdxu_sigstruct *sig, u64 bytes)
{
	check(sig->exponent == 65537 && sig->modulus_size == 96 && !sig->attributes);
	check(sig->min_update_hv <= sig->module_hv);
	check(sig->gdt_idt_offset + 4096ULL <= bytes);
	check(sig->fault_wrapper_offset + 512ULL <= bytes);
	check(sig->cpuid_table_size <= TDXU_SIGSTRUCT_CPUID_ENTRIES);
}

/* What is promised of an image that was taken apart, and what follows from it. */
static void look(const u8 *data, size_t size, const struct tdxu_image *image)
{
	u64 bytes = (u64)image->module_pages * TDXU_PAGE_SIZE;
	enum tdxu_image_rule elf = tdxu_elf_check(image);
	enum tdxu_image_rule sig = tdxu_sigstruct_check(image->sigstruct, image->module_pages);

	check(!sum_of_words(data, size));
	check(image->module_pages >= 1 && image->module_pages <= TDXU_MAX_MODULE_PAGES);
	check((const u8 *)image->sigstruct >= data && image->module + bytes == data + size);
	check(elf || relocates(image->module, bytes));
	if (!sig)
		look_at_sigstruct(image->sigstruct, bytes);
	broken[sig]++;
	broken[elf]++;
	sound[0] += !sig;
	sound[1] += !elf;
	sound[2] += !sig && !elf;
	check(tdxu_memory_pages(image->sigstruct, image->module_pages, 256, 8) > 2048);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	size_t bytes = MAX_PAGES * TDXU_PAGE_SIZE;
	u8 *room = mmap(NULL, bytes + 2 * TDXU_PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	(void)argc;
	(void)argv;
	check(room != MAP_FAILED);
	end = room + TDXU_PAGE_SIZE + bytes;
	check(!mprotect(room + TDXU_PAGE_SIZE, bytes, PROT_READ | PROT_WRITE));
	return atexit(print_counts);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct tdxu_image image = { 0 };
	enum tdxu_image_rule rule;
	u8 *file = end - size;

	if (size > MAX_PAGES * TDXU_PAGE_SIZE)
		return -1;
	memcpy(file, data, size);
	rule = tdxu_image_parse(file, size, &image);
	check(rule < TDXU_IMAGE_NR_RULES && (!rule == !!image.module));
	if (rule)
		broken[rule]++;
	else
		look(file, size, &image);
	return 0;
}
