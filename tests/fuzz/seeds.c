// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the fuzzers begin with: small images of both formats, with and without relocations, and one
 * or two of each of the others. seeds DIRECTORY, where one for each fuzzer is.
 */

#include <err.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../kmod/uapi/tdx_update.h"
#include "../tools/blob.h"
#include "../unit/tcb_files.h"

enum { MAX_PAGES = 5 };

static const char *directory;
static u8 file[(2 + MAX_PAGES) * TDXU_PAGE_SIZE];

static void write_file(const char *fuzzer, const char *name, const void *data, size_t size)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s/%s", directory, fuzzer, name);
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

static void write_image(u16 format, u32 pages, bool relocations)
{
	char name[64];

	memset(file, 0, sizeof(file));
	add_sigstruct((void *)(file + TDXU_PAGE_SIZE), pages);
	add_elf(file + 2 * TDXU_PAGE_SIZE, relocations);
	blob_header(file, format, pages);
	blob_seal(file, blob_bytes(pages));
	snprintf(name, sizeof(name), "v%u-%u-pages%s", format >> 8, pages,
		 relocations ? "-relocations" : "");
	write_file("fuzz_image", name, file, blob_bytes(pages));
}

/* Each is a file of its own. */
static void write_texts(const char *fuzzer, const char *const *texts)
{
	char name[16];
	size_t i;

	for (i = 0; texts[i]; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		write_file(fuzzer, name, texts[i], strlen(texts[i]));
	}
}

#define MRSEAM "0123456789abcdef0123456789ABCDEF0123456789abcdef"
#define RELEASE(version, more)                                                                    \
	"{\"version\":\"" version "\",\"min_module_version_for_td_preserving\":\"1.5.05\"," \
	"\"min_seamldr_versions\":[\"1.5.02\",\"2.0.04\"]" more "}"

static const char *const versions[] = {
	"1.5.24", "2.0.14", "1.5.28,2.0.16", "65535.65535.65535", "1.5.05", NULL,
};
static const char *const tcb_infos[] = {
	TCB_ANSWER(TCB_BODY("20", TCB_FUTURE)),
	"{\"tcb_info\":\"{\\\"id\\\":\\\"TDX\\\",\\\"version\\\":3}\","
	"\"tcb_info_signature\":\"" TCB_SIGNATURE "\",\"tcb_info_issuer_chain\":\"\"}",
	NULL,
};
static const char *const mappings[] = {
	"{\"tdx_module_releases\":[" RELEASE("1.5.24", "") ","
	RELEASE("1.5.28", ",\"strict_compat_versions\":[\"1.5.24\"]") "]}",
	"<html>", NULL,
};
static const char *const allowed[] = {
	"# ours\n1.5.28\n" MRSEAM MRSEAM " # a pinned one\n\n2.0.16\r\n", NULL,
};
static const char *const histories[] = {
	"{\"time\":1790000000,\"outcome\":\"updated\",\"from\":{\"version\":\"1.5.24\"},\"to\":"
	"{\"version\":\"1.5.28\"},\"message\":\"\\u0041ll well\",\"stopped_ns\":12345678,\"uid\":0}\n"
	"{\"dropped\":{\"busy\":7}}\n{\"time\":1790000060,\"outcome\":\"busy\",\"check\":\"busy\","
	"\"waited\":{\"ms\":3}}\n{\"time\":17",
	NULL,
};

static u8 message[1024];
static size_t used;

static void attribute(u16 type, const void *data, size_t size)
{
	struct nlattr attr = { (u16)(NLA_HDRLEN + size), type };

	memcpy(message + used, &attr, sizeof(attr));
	memcpy(message + used + NLA_HDRLEN, data, size);
	used += NLA_ALIGN(NLA_HDRLEN + size);
}

static void number(u16 type, u64 value, size_t size)
{
	attribute(type, &value, size);
}

static void end_nest(size_t at)
{
	u16 size = (u16)(used - at);

	memcpy(message + at, &size, sizeof(size));
}

static void add_module(u16 type)
{
	size_t nest = used;

	attribute(type | NLA_F_NESTED, "", 0);
	number(TDX_UPDATE_A_MODULE_MAJOR, 1, 4);
	number(TDX_UPDATE_A_MODULE_FEATURES0, 2, 8);
	attribute(TDX_UPDATE_A_MODULE_MRSEAM, MRSEAM, 48);
	end_nest(nest);
}

static void add_check(u16 type)
{
	size_t nest = used;

	attribute(type | NLA_F_NESTED, "", 0);
	attribute(TDX_UPDATE_A_CHECK_NAME, "gate", 5);
	number(TDX_UPDATE_A_CHECK_VERDICT, TDX_UPDATE_VERDICT_FAIL, 4);
	attribute(TDX_UPDATE_A_CHECK_MESSAGE, "not yet", 8);
	end_nest(nest);
}

static void add_timing(void)
{
	size_t nest = used;

	attribute(TDX_UPDATE_A_RESULT_TIMING | NLA_F_NESTED, "", 0);
	number(TDX_UPDATE_A_TIMING_PHASE, 1, 4);
	number(TDX_UPDATE_A_TIMING_END_NS, 50, 8);
	end_nest(nest);
}

static void add_result(void)
{
	size_t nest = used;

	attribute(TDX_UPDATE_A_STATUS_RESULT | NLA_F_NESTED, "", 0);
	number(TDX_UPDATE_A_RESULT_OUTCOME, TDX_UPDATE_OUTCOME_UPDATED, 4);
	number(TDX_UPDATE_A_RESULT_RAX, 0x8000051200030001, 8);
	add_module(TDX_UPDATE_A_RESULT_FROM);
	add_timing();
	attribute(TDX_UPDATE_A_RESULT_METADATA, "MAX_TDMRS", 10);
	end_nest(nest);
}

static void write_messages(void)
{
	number(TDX_UPDATE_A_STATUS_STATE, TDX_UPDATE_STATE_IDLE, 4);
	add_module(TDX_UPDATE_A_STATUS_MODULE);
	attribute(TDX_UPDATE_A_STATUS_DRIVER, "0.1.0", 6);
	add_check(TDX_UPDATE_A_STATUS_BLOCKER);
	add_result();
	write_file("fuzz_decode", "status", message, used);
	used = 0;
	add_check(TDX_UPDATE_A_VERDICTS_CHECK);
	write_file("fuzz_decode", "checks", message, used);
	used = 0;
	number(TDX_UPDATE_A_UPDATE_ID, 7, 4);
	write_file("fuzz_decode", "update", message, used);
}

int main(int argc, char **argv)
{
	u32 pages;

	if (argc != 2)
		errx(64, "usage: %s DIRECTORY", argv[0]);
	directory = argv[1];
	for (pages = 1; pages <= MAX_PAGES; pages += 2) {
		write_image(TDXU_IMAGE_VERSION_1, pages, pages % 4 == 1);
		write_image(TDXU_IMAGE_VERSION_2, pages, true);
		write_image(TDXU_IMAGE_VERSION_2, pages, false);
	}
	write_texts("fuzz_version", versions);
	write_texts("fuzz_tcb", tcb_infos);
	write_texts("fuzz_mapping", mappings);
	write_texts("fuzz_allowed", allowed);
	write_texts("fuzz_history", histories);
	write_messages();
	return 0;
}
