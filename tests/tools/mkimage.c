// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes module images for tests: of the shape, size and signature of real ones, under a test key,
 * with a description of the module (fw/desc.h) where real ones have code. The same key, options
 * and seed give the same bytes. --break makes one that is wrong in one known way.
 */
#include <elf.h>
#include <err.h>
#include <getopt.h>
#include <stdlib.h>

#include <openssl/sha.h>

#include "../sim/fw/desc.h"
#include "blob.h"
#include "testkey.h"

/* What the command line asks for. Defaults are those of the published 1.5 images. */
static struct recipe {
	const char *key, *version, *svn, *cpuid, *format, *out, *defect;
	u64 new_key, key_bits, key_exponent, print_signer;
	u64 build_num, date, hv, min_hv, no_downgrade, features, pages, handoff_pages, handoff_size;
	u64 sys_disable;
	u64 built_hv, tdcs_size, seed;
} recipe = {
	.key_bits = TDXU_RSA_BYTES * 8,
	.key_exponent = TDXU_SIGSTRUCT_EXPONENT,
	.version = "1.5.28",
	.svn = "1.14",
	.cpuid = "0x806f8,0xc06f0,0xa06f0",
	.format = "v2",
	.build_num = 1044,
	.date = 20260101,
	.hv = 1,
	.features = 0xD1326F3F0FBF,
	.pages = 110,
	.handoff_pages = 14,
	.tdcs_size = 4 * 4096,
	.seed = 1,
};

/* An image under construction: the three parts of one buffer. */
struct image {
	u8 *header;
	struct tdxu_sigstruct *sig;
	u8 *module;
	size_t module_bytes;
};

/* --- options --------------------------------------------------------------------------------- */

enum kind { TEXT, NUMBER, FLAG };

static const struct field {
	const char *name;
	enum kind kind;
	void *value;
	const char *help;
} fields[] = {
	{ "key", TEXT, &recipe.key, "RSA-3072 private key, PEM" },
	{ "new-key", FLAG, &recipe.new_key, "make that key first" },
	{ "key-bits", NUMBER, &recipe.key_bits, "with so many bits" },
	{ "key-exponent", NUMBER, &recipe.key_exponent, "and this exponent" },
	{ "print-signer", FLAG, &recipe.print_signer, "print the SHA-384 of the modulus" },
	{ "version", TEXT, &recipe.version, "MAJOR.MINOR.UPDATE of the module" },
	{ "build-num", NUMBER, &recipe.build_num, "its build number" },
	{ "date", NUMBER, &recipe.date, "its build date, YYYYMMDD" },
	{ "svn", TEXT, &recipe.svn, "MAJOR.MINOR security version" },
	{ "hv", NUMBER, &recipe.hv, "newest handoff version" },
	{ "min-hv", NUMBER, &recipe.min_hv, "oldest handoff version" },
	{ "sys-disable", NUMBER, &recipe.sys_disable, "1: it has TDH.SYS.DISABLE" },
	{ "no-downgrade", NUMBER, &recipe.no_downgrade, "1: writes only its newest" },
	{ "features", NUMBER, &recipe.features, "TDX_FEATURES0" },
	{ "pages", NUMBER, &recipe.pages, "size of the module in pages" },
	{ "handoff-pages", NUMBER, &recipe.handoff_pages, "size of its handoff area" },
	{ "handoff-size", NUMBER, &recipe.handoff_size, "bytes of handoff data it writes, 0: as that version" },
	{ "cpuid", TEXT, &recipe.cpuid, "CPUID.1.EAX values, comma-separated" },
	{ "format", TEXT, &recipe.format, "v1, v2 or separate" },
	{ "tdcs-size", NUMBER, &recipe.tdcs_size, "bytes of a TD's control structure" },
	{ "built-hv", NUMBER, &recipe.built_hv, "handoff version of the code; not --hv: INIT fails" },
	{ "seed", NUMBER, &recipe.seed, "of the pseudo-random pages" },
	{ "break", TEXT, &recipe.defect, "a defect, see below" },
};

static u64 number(const char *option, const char *text)
{
	char *end;
	u64 value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end)
		errx(64, "--%s: '%s' is not a number", option, text);
	return value;
}

static void set_field(const struct field *f, const char *text)
{
	if (f->kind == TEXT)
		*(const char **)f->value = text;
	else
		*(u64 *)f->value = f->kind == FLAG ? 1 : number(f->name, text);
}

static void usage(void);

static void parse_options(int argc, char **argv)
{
	struct option options[ARRAY_SIZE(fields) + 1] = { 0 };
	int c;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		options[i] = (struct option){
			fields[i].name, fields[i].kind == FLAG ? no_argument : required_argument,
			NULL, 256 + i,
		};
	while ((c = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (c == 'o')
			recipe.out = optarg;
		else if (c >= 256)
			set_field(&fields[c - 256], optarg);
		else
			usage();
	}
	if (optind != argc || !recipe.key)
		usage();
	if (recipe.pages < 2 || recipe.pages > TDXU_MAX_MODULE_PAGES)
		errx(64, "--pages: a module has 2 to %d pages", TDXU_MAX_MODULE_PAGES);
}

/* --- defects --------------------------------------------------------------------------------- */

enum stage { BEFORE_HASH, BEFORE_SIGNATURE, BEFORE_CHECKSUM, AT_THE_END };

static void break_elf(struct image *i)
{
	i->module[EI_MAG0] = 0;
}

static void break_sigstruct(struct image *i)
{
	i->sig->reserved1[0] = 1;
}

static void tell_exponent(struct image *i)
{
	i->sig->exponent = recipe.key_exponent;
}

static void make_debug(struct image *i)
{
	i->sig->module_type |= TDXU_SIGSTRUCT_TYPE_DEBUG;
}

static void break_hash(struct image *i)
{
	i->module[i->module_bytes - 1] ^= 1;
}

static void break_signature(struct image *i)
{
	i->sig->signature[100] ^= 1;
}

static void break_header(struct image *i)
{
	i->header[4095] = 1;
}

static void break_checksum(struct image *i)
{
	i->header[2] ^= 1; /* both formats have it at bytes 2 and 3 */
}

static const struct defect {
	const char *name;
	enum stage stage;
	void (*apply)(struct image *i);
	const char *help;
} defects[] = {
	{ "elf", BEFORE_HASH, break_elf, "well signed, but no ELF file" },
	{ "sigstruct", BEFORE_SIGNATURE, break_sigstruct, "well signed, with a reserved byte set" },
	{ "exponent", BEFORE_SIGNATURE, tell_exponent, "it says which exponent the key has" },
	{ "debug", BEFORE_SIGNATURE, make_debug, "signed for debugging" },
	{ "hash", BEFORE_CHECKSUM, break_hash, "the last bit of the module is wrong" },
	{ "signature", BEFORE_CHECKSUM, break_signature, "a bit of the signature is wrong" },
	{ "header", BEFORE_CHECKSUM, break_header, "a reserved byte of the header is set" },
	{ "checksum", AT_THE_END, break_checksum, "the file's checksum is wrong" },
};

static const struct defect *defect;

static void choose_defect(void)
{
	if (!recipe.defect)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(defects); i++)
		if (!strcmp(defects[i].name, recipe.defect))
			defect = &defects[i];
	if (!defect)
		errx(64, "--break: there is no defect '%s'", recipe.defect);
}

static void apply_defect(enum stage stage, struct image *i)
{
	if (defect && defect->stage == stage)
		defect->apply(i);
}

static void usage(void)
{
	fprintf(stderr, "usage: mkimage --key KEY [OPTION...] [-o IMAGE]\n");
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		fprintf(stderr, "  --%-14s %s\n", fields[i].name, fields[i].help);
	fprintf(stderr, "defects:\n");
	for (size_t i = 0; i < ARRAY_SIZE(defects); i++)
		fprintf(stderr, "  %-16s %s\n", defects[i].name, defects[i].help);
	exit(64);
}

/* --- the module ------------------------------------------------------------------------------ */

/* xorshift64*: reproducible on every machine, which rand() is not. */
static u64 next_random(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545F4914F6CDD1DULL;
}

static void describe(struct fw_desc *d)
{
	u16 major, minor, update;
	char junk;

	if (sscanf(recipe.version, "%hu.%hu.%hu%c", &major, &minor, &update, &junk) != 3)
		errx(64, "--version: '%s' is not MAJOR.MINOR.UPDATE", recipe.version);
	*d = (struct fw_desc){
		.major = major,
		.minor = minor,
		.update = update,
		.build_num = recipe.build_num,
		.module_hv = recipe.built_hv ? recipe.built_hv : recipe.hv,
		.min_update_hv = recipe.min_hv,
		.no_downgrade = recipe.no_downgrade,
		.build_date = recipe.date,
		.handoff_size = recipe.handoff_size,
		.features0 = recipe.features,
		.max_tdmrs = 64,
		.max_reserved_per_tdmr = 16,
		.pamt_entry_size = { 16, 16, 16 },
		.tdr_base_size = 4096,
		.tdcs_base_size = recipe.tdcs_size,
		.tdvps_base_size = 6 * 4096,
		.attributes_fixed0 = ~0ULL,
		.xfam_fixed0 = 0x602e7,
		.xfam_fixed1 = 0x3,
		.num_cpuid_config = 6,
		.max_vcpus_per_td = 576,
		.sys_disable = recipe.sys_disable,
	};
	memcpy(d->magic, FW_DESC_MAGIC, sizeof(d->magic));
}

/* Without section headers, there is nothing for the loader to relocate. */
static void write_elf_header(void *page)
{
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
	};

	memcpy(page, &header, sizeof(header));
}

static void fill_module(struct image *i)
{
	u64 state = recipe.seed * 0x9E3779B97F4A7C15ULL | 1;
	u64 word;

	for (size_t at = 0; at < i->module_bytes; at += sizeof(word)) {
		word = next_random(&state);
		memcpy(i->module + at, &word, sizeof(word));
	}
	write_elf_header(i->module);
	describe((struct fw_desc *)(i->module + FW_DESC_OFFSET));
}

/* --- the sigstruct --------------------------------------------------------------------------- */

static void fill_cpuid_table(struct tdxu_sigstruct *sig)
{
	char *list = strdup(recipe.cpuid), *entry, *rest = list;
	u32 n = 0;

	while ((entry = strsep(&rest, ","))) {
		if (n == TDXU_SIGSTRUCT_CPUID_ENTRIES)
			errx(64, "--cpuid: more than %d entries", TDXU_SIGSTRUCT_CPUID_ENTRIES);
		sig->cpuid_table[n++] = number("cpuid", entry);
	}
	sig->cpuid_table_size = n;
	free(list);
}

/* The date's decimal digits are kept as hexadecimal ones. */
static u32 bcd(u64 decimal)
{
	u32 value = 0;

	for (unsigned int shift = 0; decimal; shift += 4, decimal /= 10)
		value |= (decimal % 10) << shift;
	return value;
}

/* Both zero, or a page within the module and code elsewhere in it. */
static void fill_offsets(struct tdxu_sigstruct *sig)
{
	sig->rip_offset = sizeof(Elf64_Ehdr);
	sig->gdt_idt_offset = recipe.pages / 2 * TDXU_PAGE_SIZE;
	sig->fault_wrapper_offset = sig->gdt_idt_offset / 2 + 0x160;
}

static void fill_sigstruct(struct tdxu_sigstruct *sig)
{
	char junk;

	blob_sigstruct(sig);
	sig->date = bcd(recipe.date);
	if (sscanf(recipe.svn, "%hhu.%hhu%c", &sig->svn_major, &sig->svn_minor, &junk) != 2)
		errx(64, "--svn: '%s' is not MAJOR.MINOR", recipe.svn);
	sig->num_stack_pages = 2 - 1;
	sig->num_tls_pages = 2 - 1;
	sig->num_keyhole_pages = 128 - 1;
	sig->num_global_data_pages = 22 - 1;
	sig->module_hv = recipe.hv;
	sig->min_update_hv = recipe.min_hv;
	sig->no_downgrade = recipe.no_downgrade;
	sig->num_handoff_pages = recipe.handoff_pages - 1;
	fill_offsets(sig);
	fill_cpuid_table(sig);
}

/* --- the file -------------------------------------------------------------------------------- */

static void write_file(const char *path, const void *data, size_t bytes)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(data, bytes, 1, f) != 1 || fclose(f))
		err(1, "%s", path);
}

/* The sigstruct goes beside the module: tdx_module.so, tdx_module.sigstruct. */
static void write_separate(const struct image *i)
{
	const char *dot = strrchr(recipe.out, '.');
	int stem = dot ? dot - recipe.out : (int)strlen(recipe.out);
	char *path;

	if (asprintf(&path, "%.*s.sigstruct", stem, recipe.out) < 0)
		err(1, "%s", recipe.out);
	write_file(recipe.out, i->module, i->module_bytes);
	write_file(path, i->sig, sizeof(*i->sig));
	free(path);
}

static void write_blob(struct image *i)
{
	blob_seal(i->header, blob_bytes(recipe.pages));
	apply_defect(AT_THE_END, i);
	write_file(recipe.out, i->header, blob_bytes(recipe.pages));
}

/* 0: separate files. */
static u16 chosen_format(void)
{
	if (!strcmp(recipe.format, "v1"))
		return TDXU_IMAGE_VERSION_1;
	if (!strcmp(recipe.format, "v2"))
		return TDXU_IMAGE_VERSION_2;
	if (strcmp(recipe.format, "separate"))
		errx(64, "--format: '%s' is not v1, v2 or separate", recipe.format);
	return 0;
}

static void make_image(EVP_PKEY *key)
{
	struct image i = { .module_bytes = recipe.pages * TDXU_PAGE_SIZE };
	u16 format = chosen_format();

	i.header = calloc(1, blob_bytes(recipe.pages));
	if (!i.header)
		err(1, "memory for the image");
	i.sig = (void *)(i.header + TDXU_PAGE_SIZE);
	i.module = i.header + BLOB_FRONT_BYTES;

	fill_module(&i);
	apply_defect(BEFORE_HASH, &i);
	fill_sigstruct(i.sig);
	SHA384(i.module, i.module_bytes, i.sig->seamhash);
	testkey_modulus(key, i.sig->modulus);
	apply_defect(BEFORE_SIGNATURE, &i);
	testkey_sign(key, i.sig);
	if (format)
		blob_header(i.header, format, recipe.pages);
	apply_defect(BEFORE_CHECKSUM, &i);
	if (format)
		write_blob(&i);
	else
		write_separate(&i);
	free(i.header);
}

int main(int argc, char **argv)
{
	EVP_PKEY *key;

	parse_options(argc, argv);
	choose_defect();
	key = recipe.new_key ?
		      testkey_create(recipe.key, recipe.key_bits, recipe.key_exponent) :
		      testkey_read(recipe.key);
	if (recipe.print_signer)
		testkey_print_signer(key);
	if (recipe.out)
		make_image(key);
	EVP_PKEY_free(key);
	return 0;
}
