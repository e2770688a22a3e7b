// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "testkey.h"

enum {
	SIGNED_BYTES = TDXU_SIGNED_HEAD_END + TDXU_SIGSTRUCT_BYTES - TDXU_SIGNED_TAIL_START,
};

static EVP_PKEY *generate(u32 bits, u32 exponent)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *e = BN_new();
	EVP_PKEY *key = NULL;

	if (!BN_set_word(e, exponent) || EVP_PKEY_keygen_init(context) != 1 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits) != 1 ||
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e) != 1 ||
	    EVP_PKEY_keygen(context, &key) != 1)
		key = NULL;
	BN_free(e);
	EVP_PKEY_CTX_free(context);
	return key;
}

EVP_PKEY *testkey_create(const char *path, u32 bits, u32 exponent)
{
	EVP_PKEY *key = generate(bits, exponent);
	FILE *f = fopen(path, "w");

	if (!f)
		err(1, "%s", path);
	if (!key || !PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) || fclose(f))
		errx(1, "%s: cannot make a key", path);
	return key;
}

EVP_PKEY *testkey_read(const char *path)
{
	FILE *f = fopen(path, "r");
	EVP_PKEY *key;

	if (!f)
		err(1, "%s", path);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	if (!key || EVP_PKEY_get_bits(key) != TDXU_RSA_BYTES * 8)
		errx(1, "%s: not an RSA-%d private key", path, TDXU_RSA_BYTES * 8);
	return key;
}

void testkey_modulus(EVP_PKEY *key, u8 modulus[TDXU_RSA_BYTES])
{
	BIGNUM *n = NULL;

	if (!EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) ||
	    BN_bn2lebinpad(n, modulus, TDXU_RSA_BYTES) != TDXU_RSA_BYTES)
		errx(1, "the key's modulus has more than %d bytes", TDXU_RSA_BYTES);
	BN_free(n);
}

void testkey_print_signer(EVP_PKEY *key)
{
	u8 modulus[TDXU_RSA_BYTES], hash[TDXU_SHA384_BYTES];

	testkey_modulus(key, modulus);
	SHA384(modulus, sizeof(modulus), hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		printf("%02x", hash[i]);
	putchar('\n');
}

void testkey_sign(EVP_PKEY *key, struct tdxu_sigstruct *sig)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	u8 message[SIGNED_BYTES], big_endian[TDXU_RSA_BYTES];
	size_t n = sizeof(big_endian);

	memcpy(message, sig, TDXU_SIGNED_HEAD_END);
	memcpy(message + TDXU_SIGNED_HEAD_END, (u8 *)sig + TDXU_SIGNED_TAIL_START,
	       sizeof(message) - TDXU_SIGNED_HEAD_END);
	if (!EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, key) ||
	    EVP_DigestSign(context, big_endian, &n, message, sizeof(message)) != 1)
		errx(1, "cannot sign with this key");
	for (size_t i = 0; i < n; i++)
		sig->signature[i] = big_endian[n - 1 - i];
	EVP_MD_CTX_free(context);
}
