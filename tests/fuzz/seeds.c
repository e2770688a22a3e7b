// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the fuzzers begin with: small images of both formats, with and without relocations,
 * versions, and TCB infos. seeds IMAGE_DIRECTORY VERSION_DIRECTORY TCB_DIRECTORY
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "../tools/blob.h"
#include "../unit/tcb_files.h"

enum { MAX_PAGES = 5 };

static u8 file[(2 + MAX_PAGES) * TDXU_PAGE_SIZE];

static void write_file(const char *dir, const char *name, const void *data, size_t size)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "wb");
	if (!out || fwrite(data, size, 1, out) != 1 || fclose(out))
		err(1, "%s", path);
}

static void put(u8 *at, u32 bytes, u64 value)
{
	memcpy(at, &value, bytes);
}

/* An ELF file with one section of two relocations, at the places that the standard gives them. */
static void add_elf(u8 *module, bool relocations)
{
	static const u8 identity[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	u8 *section = module + 64, *rela = module + 128;

	memcpy(module, identity, sizeof(identity));
	if (!relocations)
		return;
	put(module + 40, 8, 64);
	put(module + 58, 2, 64);
	put(module + 60, 2, 1);
	put(section + 4, 4, 4);
	put(section + 24, 8, 128);
	put(section + 32, 8, 48);
	put(section + 56, 8, 24);
	put(rela, 8, 8);
	put(rela + 8, 8, 8);
	put(rela + 16, 8, 16);
	put(rela + 24, 8, 0xff8);
	put(rela + 32, 8, 8);
}

static void add_sigstruct(struct tdxu_sigstruct *sig, u32 pages)
{
	blob_sigstruct(sig);
	sig->svn_major = 1;
	sig->module_hv = 1;
	sig->cpuid_table_size = 1;
	sig->cpuid_table[0] = 0x806f0;
	if (pages < 2)
		return;
	sig->gdt_idt_offset = TDXU_PAGE_SIZE;
	sig->fault_wrapper_offset = 2 * TDXU_PAGE_SIZE - 512;
}

static void write_image(const char *dir, u16 format, u32 pages, bool relocations)
{
	char name[64];

	memset(file, 0, sizeof(file));
	add_sigstruct((void *)(file + TDXU_PAGE_SIZE), pages);
	add_elf(file + 2 * TDXU_PAGE_SIZE, relocations);
	blob_header(file, format, pages);
	blob_seal(file, blob_bytes(pages));
	snprintf(name, sizeof(name), "v%u-%u-pages%s", format >> 8, pages,
		 relocations ? "-relocations" : "");
	write_file(dir, name, file, blob_bytes(pages));
}

static void write_versions(const char *dir)
{
	static const char *const versions[] = {
		"1.5.24", "2.0.14", "1.5.28,2.0.16", "65535.65535.65535", "1.5.05",
	};
	char name[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		snprintf(name, sizeof(name), "%zu", i);
		write_file(dir, name, versions[i], strlen(versions[i]));
	}
}

static void write_tcb_infos(const char *dir)
{
	static const char answer[] = TCB_ANSWER(TCB_BODY("20", TCB_FUTURE));
	static const char collateral[] =
		"{\"tcb_info\":\"{\\\"id\\\":\\\"TDX\\\",\\\"version\\\":3}\","
		"\"tcb_info_signature\":\"" TCB_SIGNATURE "\",\"tcb_info_issuer_chain\":\"\"}";

	write_file(dir, "answer", answer, sizeof(answer) - 1);
	write_file(dir, "collateral", collateral, sizeof(collateral) - 1);
}

int main(int argc, char **argv)
{
	u32 pages;

	if (argc != 4)
		errx(64, "usage: %s IMAGE_DIRECTORY VERSION_DIRECTORY TCB_DIRECTORY", argv[0]);
	for (pages = 1; pages <= MAX_PAGES; pages += 2) {
		write_image(argv[1], TDXU_IMAGE_VERSION_1, pages, pages % 4 == 1);
		write_image(argv[1], TDXU_IMAGE_VERSION_2, pages, true);
		write_image(argv[1], TDXU_IMAGE_VERSION_2, pages, false);
	}
	write_versions(argv[2]);
	write_tcb_infos(argv[3]);
	return 0;
}
