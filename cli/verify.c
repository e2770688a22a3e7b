// SPDX-License-Identifier: GPL-2.0-or-later
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "libcrypto.h"
#include "verify.h"

static const struct tdxu_libcrypto *const libcrypto = &tdxu_libcrypto;

/* SHA-384 of the modulus, little-endian as in the sigstruct, that signs every published module. */
static const u8 intel_production_key[TDXU_SHA384_BYTES] = {
	0xc8, 0x57, 0x2f, 0x54, 0x88, 0x69, 0xa0, 0xbe, 0xca, 0x19, 0x37, 0x6b,
	0x81, 0xc2, 0xdf, 0xfc, 0x2a, 0x23, 0xb5, 0xa5, 0xf7, 0x1d, 0xa0, 0xb8,
	0x75, 0x79, 0xb4, 0x3f, 0x40, 0x8d, 0xaa, 0x1a, 0x33, 0xba, 0xd9, 0xc1,
	0x49, 0xeb, 0x56, 0xc6, 0x34, 0xf8, 0x83, 0x73, 0x79, 0x68, 0xa3, 0x4c,
};

static bool sha384(const void *data, size_t size, u8 *out)
{
	return libcrypto->EVP_Digest(data, size, out, NULL, libcrypto->EVP_sha384(), NULL) == 1;
}

/* OpenSSL takes these numbers in the machine's byte order, which is the sigstruct's too. */
static EVP_PKEY *key_of(const struct tdxu_sigstruct *sig)
{
	u8 modulus[TDXU_RSA_BYTES];
	u32 exponent = sig->exponent;
	OSSL_PARAM params[] = {
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, modulus, sizeof(modulus)),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, &exponent, sizeof(exponent)),
		OSSL_PARAM_END,
	};
	EVP_PKEY_CTX *ctx = libcrypto->EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	memcpy(modulus, sig->modulus, sizeof(modulus));
	if (!ctx || libcrypto->EVP_PKEY_fromdata_init(ctx) != 1 ||
	    libcrypto->EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	libcrypto->EVP_PKEY_CTX_free(ctx);
	return key;
}

static bool signature_ok(const struct tdxu_sigstruct *sig, EVP_PKEY *key, EVP_MD_CTX *ctx)
{
	const u8 *bytes = (const u8 *)sig;
	u8 signature[TDXU_RSA_BYTES];

	for (size_t i = 0; i < sizeof(signature); i++)
		signature[i] = sig->signature[sizeof(signature) - 1 - i];

	/* PKCS#1 v1.5 is what OpenSSL does with an RSA key unless told otherwise. */
	return libcrypto->EVP_DigestVerifyInit(ctx, NULL, libcrypto->EVP_sha384(), NULL,
					       key) == 1 &&
	       libcrypto->EVP_DigestVerifyUpdate(ctx, bytes, TDXU_SIGNED_HEAD_END) == 1 &&
	       libcrypto->EVP_DigestVerifyUpdate(ctx, bytes + TDXU_SIGNED_TAIL_START,
						 sizeof(*sig) - TDXU_SIGNED_TAIL_START) == 1 &&
	       libcrypto->EVP_DigestVerifyFinal(ctx, signature, sizeof(signature)) == 1;
}

bool tdxu_verify(const struct tdxu_image *image, struct tdxu_verified *out)
{
	const struct tdxu_sigstruct *sig = image->sigstruct;
	u8 hash[TDXU_SHA384_BYTES];
	EVP_PKEY *key = NULL;
	EVP_MD_CTX *ctx;
	bool works;

	memset(out, 0, sizeof(*out));
	if (tdxu_libcrypto_load())
		return false;
	ctx = libcrypto->EVP_MD_CTX_new();
	works = ctx && sha384(image->module, (size_t)image->module_pages * TDXU_PAGE_SIZE, hash) &&
		sha384(sig->modulus, sizeof(sig->modulus), out->signer);
	if (works) {
		/* No key comes of a modulus that is none: that is a bad signature. */
		key = key_of(sig);
		out->hash_ok = !memcmp(hash, sig->seamhash, sizeof(hash));
		out->signature_ok = key && signature_ok(sig, key, ctx);
		out->intel = out->signature_ok &&
			     !memcmp(out->signer, intel_production_key, sizeof(out->signer));
	}
	libcrypto->EVP_PKEY_free(key);
	libcrypto->EVP_MD_CTX_free(ctx);
	return works;
}
