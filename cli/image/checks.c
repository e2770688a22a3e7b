// SPDX-License-Identifier: GPL-2.0-or-later
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

#include "checks.h"
#include "libcrypto.h"
#include "sysfs.h"

static const struct tdxu_libcrypto *const libcrypto = &tdxu_libcrypto;

static bool sha384(const void *data, size_t size, u8 *out)
{
	return libcrypto->EVP_Digest(data, size, out, NULL, libcrypto->EVP_sha384(), NULL) == 1;
}

/*
 * OpenSSL takes these numbers in the machine's byte order, which is the sigstruct's too. Whatever
 * exponent that names, P-SEAMLDR and the driver use one.
 */
static EVP_PKEY *key_of(const struct tdxu_sigstruct *sig)
{
	u8 modulus[TDXU_RSA_BYTES];
	u32 exponent = TDXU_SIGSTRUCT_EXPONENT;
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

/* Return: false if it could not be tried. */
static bool try_signature(const struct tdxu_sigstruct *sig, EVP_PKEY *key, EVP_MD_CTX *ctx,
			  bool *ok)
{
	const u8 *bytes = (const u8 *)sig;
	u8 signature[TDXU_RSA_BYTES];

	for (size_t i = 0; i < sizeof(signature); i++)
		signature[i] = sig->signature[sizeof(signature) - 1 - i];

	/* PKCS#1 v1.5 is what OpenSSL does with an RSA key unless told otherwise. */
	*ok = libcrypto->EVP_DigestVerifyInit(ctx, NULL, libcrypto->EVP_sha384(), NULL,
					      key) == 1 &&
	      libcrypto->EVP_DigestVerifyUpdate(ctx, bytes, TDXU_SIGNED_HEAD_END) == 1 &&
	      libcrypto->EVP_DigestVerifyUpdate(ctx, bytes + TDXU_SIGNED_TAIL_START,
						sizeof(*sig) - TDXU_SIGNED_TAIL_START) == 1 &&
	      libcrypto->EVP_DigestVerifyFinal(ctx, signature, sizeof(signature)) == 1;
	return *ok || tdxu_libcrypto_blames_data();
}

/* A modulus that is none, or too short, makes no key: that is a bad signature. */
static bool verify_signature(const struct tdxu_sigstruct *sig, EVP_MD_CTX *ctx, bool *ok)
{
	EVP_PKEY *key;
	bool works;

	if (!(sig->modulus[TDXU_RSA_BYTES - 1] & 0x80))
		return true;
	libcrypto->ERR_clear_error();
	key = key_of(sig);
	works = key ? try_signature(sig, key, ctx, ok) : tdxu_libcrypto_blames_data();
	libcrypto->EVP_PKEY_free(key);
	return works;
}

bool tdxu_verify(struct tdxu_candidate *c)
{
	const struct tdxu_image *image = &c->image;
	const struct tdxu_sigstruct *sig = image->sigstruct;
	u8 hash[TDXU_SHA384_BYTES];
	EVP_MD_CTX *ctx;
	bool works;

	c->hash_matches = c->signature_valid = false;
	if (tdxu_libcrypto_load())
		return false;
	ctx = libcrypto->EVP_MD_CTX_new();
	works = ctx && sha384(image->module, (size_t)image->module_pages * TDXU_PAGE_SIZE, hash) &&
		sha384(sig->modulus, sizeof(sig->modulus), c->signer) &&
		verify_signature(sig, ctx, &c->signature_valid);
	if (works)
		c->hash_matches = !memcmp(hash, sig->seamhash, sizeof(hash));
	libcrypto->EVP_MD_CTX_free(ctx);
	return works;
}

enum tdxu_signer tdxu_signer_of(const struct tdxu_candidate *verified)
{
	const u8 *named = tdxu_signer_taken();

	if (!verified->signature_valid)
		return TDXU_SIGNER_UNKNOWN;
	if (tdxu_signer_is_production(verified->signer))
		return TDXU_SIGNER_INTEL;
	return named && !memcmp(verified->signer, named, TDXU_SHA384_BYTES) ? TDXU_SIGNER_NAMED :
									      TDXU_SIGNER_UNKNOWN;
}

void tdxu_checks_add(struct tdxu_checks *checks, const struct tdxu_verdict *verdict)
{
	static const u32 kinds[] = { TDX_UPDATE_VERDICT_PASS, TDX_UPDATE_VERDICT_FAIL,
				     TDX_UPDATE_VERDICT_UNKNOWN };
	struct tdxu_check *c = &checks->check[checks->nr];

	if (checks->nr == TDXU_MAX_CHECKS)
		return;
	checks->nr++;
	*c = (struct tdxu_check){ .verdict = kinds[verdict->kind], .errnum = (u32)verdict->error };
	snprintf(c->name, sizeof(c->name), "%s", verdict->name);
	snprintf(c->message, sizeof(c->message), "%s", verdict->message);
	if (verdict->kind == TDXU_FAIL)
		tdxu_remedy(c->name, c->message, sizeof(c->message));
}

const struct tdxu_check *tdxu_checks_failure(const struct tdxu_checks *checks)
{
	for (u32 i = 0; i < checks->nr; i++)
		if (checks->check[i].verdict == TDX_UPDATE_VERDICT_FAIL ||
		    checks->check[i].verdict > TDX_UPDATE_VERDICT_UNKNOWN)
			return &checks->check[i];
	return NULL;
}

void tdxu_checks_of_image(const struct tdxu_candidate *candidate, const struct tdxu_facts *facts,
			  struct tdxu_checks *checks)
{
	struct tdxu_verdict verdicts[TDXU_MAX_CHECKS];

	checks->nr = 0;
	tdxu_preflight_run(facts, candidate, 1, verdicts);
	for (u32 i = tdxu_preflight_count(0); i < tdxu_preflight_count(1); i++)
		tdxu_checks_add(checks, &verdicts[i]);
}
