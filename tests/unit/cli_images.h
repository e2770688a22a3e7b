/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_CLI_IMAGES_H
#define TESTS_UNIT_CLI_IMAGES_H

/* Small signed images in a directory of their own, for the tests of tdxupd. */

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/core_names.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tools/blob.h"
#include "core/image.h"
#include "runner.h"

enum {
	PAGES = 3,
	MODULE_BYTES = PAGES * 4096,
	BLOB_BYTES = MODULE_BYTES + 2 * 4096,
};

static EVP_PKEY *key;
static struct tdxu_sigstruct signed_by_us;
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

/* Signs with a key that nobody knows: for the rest of a test. */
static bool foreign;

static void sign_by(struct tdxu_sigstruct *sig, EVP_PKEY *by)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t size = TDXU_RSA_BYTES;
	u8 signature[TDXU_RSA_BYTES];
	BIGNUM *n = NULL;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(by, OSSL_PKEY_PARAM_RSA_N, &n), 1);
	BN_bn2lebinpad(n, sig->modulus, TDXU_RSA_BYTES);
	BN_free(n);
	ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, by), 1);
	EVP_DigestSignUpdate(ctx, sig, TDXU_SIGNED_HEAD_END);
	EVP_DigestSignUpdate(ctx, (u8 *)sig + TDXU_SIGNED_TAIL_START,
			     sizeof(*sig) - TDXU_SIGNED_TAIL_START);
	ck_assert_int_eq(EVP_DigestSignFinal(ctx, signature, &size), 1);
	EVP_MD_CTX_free(ctx);
	for (size_t i = 0; i < sizeof(signature); i++)
		sig->signature[i] = signature[sizeof(signature) - 1 - i];
}

static void sign(struct tdxu_sigstruct *sig)
{
	EVP_PKEY *by = foreign ? EVP_RSA_gen(3072) : key;

	sign_by(sig, by);
	if (foreign)
		EVP_PKEY_free(by);
}

static void fill_sigstruct(struct blob *b)
{
	b->sig = (struct tdxu_sigstruct){
		.date = 0x20260131,
		.svn_major = 1,
		.svn_minor = 14,
		.module_hv = 1,
		.num_handoff_pages = 13,
		.cpuid_table_size = 2,
		.cpuid_table = { 0x000806f8, 0x00012340 },
	};
	blob_sigstruct(&b->sig);
	ck_assert_int_eq(EVP_Digest(b->module, MODULE_BYTES, b->sig.seamhash, NULL, EVP_sha384(),
				    NULL), 1);
}

/* After whatever a test has changed, the checksum is right again. */
static void seal(struct blob *b)
{
	blob_seal(b, sizeof(*b));
}

static void fill_header(struct blob *b, u16 format)
{
	blob_header(b, format, PAGES);
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

/* As the driver of a pre-production platform says it. */
static void take_signer(const u8 *modulus)
{
	char text[TDXU_SIGNER_TEXT];
	u8 signer[TDXU_SHA384_BYTES];

	ck_assert_int_eq(EVP_Digest(modulus, TDXU_RSA_BYTES, signer, NULL, EVP_sha384(), NULL), 1);
	for (size_t i = 0; i < sizeof(signer); i++)
		sprintf(text + 2 * i, "%02x", signer[i]);
	ck_assert(tdxu_signer_take(text));
}

/* A key takes a second: it is made once, before Check forks. */
static void images_setup(void)
{
	key = EVP_RSA_gen(3072);
	ck_assert_ptr_nonnull(key);
	sign(&signed_by_us);
	take_signer(signed_by_us.modulus);
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
