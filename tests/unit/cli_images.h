/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_CLI_IMAGES_H
#define TESTS_UNIT_CLI_IMAGES_H

/* Small signed images in a directory of their own, for the tests of tdxupd. */

#include <check.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/core_names.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/image.h"

enum {
	PAGES = 3,
	MODULE_BYTES = PAGES * 4096,
	BLOB_BYTES = MODULE_BYTES + 2 * 4096,
};

static EVP_PKEY *key;
static char directory[64];

/* Header, sigstruct, module: as one piece of memory and as a blob. */
struct blob {
	u8 header[4096];
	union {
		struct tdxu_sigstruct sig;
		u8 sigstruct[4096];
	};
	u8 module[MODULE_BYTES];
};
static_assert(sizeof(struct blob) == BLOB_BYTES, "blob");

static const char *path_of(const char *name)
{
	static char paths[8][128];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static const char *put_file(const char *name, const void *data, size_t size)
{
	const char *path = path_of(name);
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, size, f), size);
	ck_assert_int_eq(fclose(f), 0);
	return path;
}

static void sign(struct tdxu_sigstruct *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t size = TDXU_RSA_BYTES;
	u8 signature[TDXU_RSA_BYTES];
	BIGNUM *n = NULL;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
	BN_bn2lebinpad(n, sig->modulus, TDXU_RSA_BYTES);
	BN_free(n);
	ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, key), 1);
	EVP_DigestSignUpdate(ctx, sig, TDXU_SIGNED_HEAD_END);
	EVP_DigestSignUpdate(ctx, (u8 *)sig + TDXU_SIGNED_TAIL_START,
			     sizeof(*sig) - TDXU_SIGNED_TAIL_START);
	ck_assert_int_eq(EVP_DigestSignFinal(ctx, signature, &size), 1);
	EVP_MD_CTX_free(ctx);
	for (size_t i = 0; i < sizeof(signature); i++)
		sig->signature[i] = signature[sizeof(signature) - 1 - i];
}

static void fill_sigstruct(struct blob *b)
{
	b->sig = (struct tdxu_sigstruct){
		.header_type = TDXU_SIGSTRUCT_HEADER_TYPE,
		.header_length = TDXU_SIGSTRUCT_HEADER_LENGTH,
		.header_version = TDXU_SIGSTRUCT_HEADER_VERSION,
		.vendor = TDXU_SIGSTRUCT_VENDOR_INTEL,
		.date = 0x20260131,
		.size = TDXU_SIGSTRUCT_SIZE_DWORDS,
		.key_size = TDXU_SIGSTRUCT_KEY_DWORDS,
		.modulus_size = TDXU_SIGSTRUCT_KEY_DWORDS,
		.exponent_size = TDXU_SIGSTRUCT_EXPONENT_DWORDS,
		.exponent = TDXU_SIGSTRUCT_EXPONENT,
		.svn_major = 1,
		.svn_minor = 14,
		.module_hv = 1,
		.num_handoff_pages = 13,
		.cpuid_table_size = 2,
		.cpuid_table = { 0x000806f8, 0x00012340 },
	};
	ck_assert_int_eq(EVP_Digest(b->module, MODULE_BYTES, b->sig.seamhash, NULL, EVP_sha384(),
				    NULL), 1);
}

/* After whatever a test has changed, the checksum is right again. */
static void seal(struct blob *b)
{
	struct tdxu_image_header_v2 *header = (void *)b->header;

	header->checksum = 0;
	header->checksum = (u16)-tdxu_image_checksum(b, sizeof(*b));
}

static void fill_header(struct blob *b, u16 format)
{
	struct tdxu_image_header_v1 *v1 = (void *)b->header;
	struct tdxu_image_header_v2 *v2 = (void *)b->header;

	memset(b->header, 0, sizeof(b->header));
	v1->version = format;
	if (format == TDXU_IMAGE_VERSION_1) {
		memcpy(v1->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES);
		v1->offset_of_module = 2 * 4096;
		v1->length = sizeof(*b);
	} else {
		memcpy(v2->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES);
		v2->sigstruct_nr_pages = 1;
		v2->module_nr_pages = PAGES;
	}
	seal(b);
}

static inline void make_blob(struct blob *b, u16 format)
{
	memset(b, 0, sizeof(*b));
	for (size_t i = 0; i < sizeof(b->module); i++)
		b->module[i] = (u8)(i * 7 + i / 256);
	memset(b->module, 0, 64);
	memcpy(b->module, "\177ELF\2\1\1", 7); /* an ELF header without sections */
	fill_sigstruct(b);
	sign(&b->sig);
	fill_header(b, format);
}

/* A key takes a second: it is made once, before Check forks. */
static void images_setup(void)
{
	key = EVP_RSA_gen(3072);
	ck_assert_ptr_nonnull(key);
	strcpy(directory, "/tmp/tdxupd-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chmod(directory, 0755), 0);
}

static void images_teardown(void)
{
	char command[sizeof(directory) + 16];

	EVP_PKEY_free(key);
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	ck_assert_int_eq(system(command), 0);
}

#endif
