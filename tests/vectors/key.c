// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys and signatures, by libcrypto. */

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "vectors.h"

/* Three primes: found in a third of the time that two take, and verified the same way. */
static EVP_PKEY *generate(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx && EVP_PKEY_keygen_init(ctx) > 0 &&
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, TDXU_RSA_BYTES * 8) > 0 &&
	    EVP_PKEY_CTX_set_rsa_keygen_primes(ctx, 3) > 0)
		EVP_PKEY_keygen(ctx, &pkey);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static void take_key(struct vec_key *key, EVP_PKEY *pkey, const char *from)
{
	BIGNUM *n = NULL;

	key->pkey = pkey;
	if (!pkey || !EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) ||
	    BN_bn2lebinpad(n, key->modulus, TDXU_RSA_BYTES) != TDXU_RSA_BYTES) {
		fprintf(stderr, "%s: not an RSA-3072 key\n", from);
		exit(1);
	}
	BN_free(n);
}

void vec_key_generate(struct vec_key *key)
{
	take_key(key, generate(), "libcrypto");
}

void vec_key_read(struct vec_key *key, const char *path)
{
	FILE *file = fopen(path, "re");
	EVP_PKEY *pkey = NULL;

	if (file) {
		pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		fclose(file);
	}
	take_key(key, pkey, path);
}

void vec_key_free(struct vec_key *key)
{
	EVP_PKEY_free(key->pkey);
}

static void reverse(const u8 *from, u8 *to, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		to[i] = from[size - 1 - i];
}

/* PKCS#1 v1.5, SHA-384, big-endian. */
static void compute_signature(const struct vec_key *key, const u8 *digest, u8 *signature)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
	size_t size = TDXU_RSA_BYTES;

	if (!ctx || EVP_PKEY_sign_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha384()) <= 0 ||
	    EVP_PKEY_sign(ctx, signature, &size, digest, TDXU_SHA384_BYTES) <= 0) {
		fprintf(stderr, "cannot sign\n");
		exit(1);
	}
	EVP_PKEY_CTX_free(ctx);
}

/* The same few images come again and again, and under emulation a signature takes its time. */
void vec_sign_digest(const struct vec_key *key, const u8 digest[TDXU_SHA384_BYTES],
		     u8 signature[TDXU_RSA_BYTES], bool big_endian)
{
	static struct {
		u8 modulus[TDXU_RSA_BYTES], digest[TDXU_SHA384_BYTES], signature[TDXU_RSA_BYTES];
	} known[64];
	static u32 next;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!memcmp(known[i].digest, digest, TDXU_SHA384_BYTES) &&
		    !memcmp(known[i].modulus, key->modulus, TDXU_RSA_BYTES))
			break;
	if (i == ARRAY_SIZE(known)) {
		i = next++ % ARRAY_SIZE(known);
		compute_signature(key, digest, known[i].signature);
		memcpy(known[i].digest, digest, TDXU_SHA384_BYTES);
		memcpy(known[i].modulus, key->modulus, TDXU_RSA_BYTES);
	}
	if (big_endian)
		memcpy(signature, known[i].signature, TDXU_RSA_BYTES);
	else
		reverse(known[i].signature, signature, TDXU_RSA_BYTES);
}

void vec_signed_digest(const struct tdxu_sigstruct *sig, u8 digest[TDXU_SHA384_BYTES])
{
	u8 message[TDXU_SIGSTRUCT_BYTES];
	const u8 *bytes = (const u8 *)sig;
	size_t tail = TDXU_SIGSTRUCT_BYTES - TDXU_SIGNED_TAIL_START;

	memcpy(message, bytes, TDXU_SIGNED_HEAD_END);
	memcpy(message + TDXU_SIGNED_HEAD_END, bytes + TDXU_SIGNED_TAIL_START, tail);
	vec_sha384(message, TDXU_SIGNED_HEAD_END + tail, digest);
}
