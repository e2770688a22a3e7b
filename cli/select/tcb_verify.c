// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "core/image.h"
#include "libcrypto.h"
#include "tcb.h"

enum {
	MAX_CERTIFICATES = 8,
	ROOT_BYTES = 32,
};

static const struct tdxu_libcrypto *const libcrypto = &tdxu_libcrypto;

static const u8 intel_root[ROOT_BYTES] = {
	0xa5, 0x12, 0xdd, 0xae, 0x5b, 0x8a, 0x05, 0xfd, 0x07, 0x38, 0xd7, 0x08,
	0xf2, 0x9d, 0xdc, 0xca, 0xca, 0x53, 0xaa, 0xd8, 0xb3, 0x69, 0x8e, 0x77,
	0x19, 0x4c, 0xb0, 0x5c, 0xc0, 0x72, 0x3e, 0x89,
};

struct chain {
	X509 *root;
	X509 *signer;
	bool whole; /* it was read to its end */
};

/* "%2B" is '+', and '+' is itself. Return: the size. */
static size_t decode_url(char *text, size_t size)
{
	char *out = text, digits[3] = "";

	for (size_t i = 0; i < size; i++) {
		*out = text[i];
		if (text[i] == '%' && i + 2 < size) {
			memcpy(digits, text + i + 1, 2);
			if (tdxu_unhex(digits, 1, (u8 *)out))
				i += 2;
		}
		out++;
	}
	return (size_t)(out - text);
}

static bool is_root(const X509 *certificate, const u8 *root)
{
	u8 hash[EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	return libcrypto->X509_pubkey_digest(certificate, libcrypto->EVP_sha256(), hash, &size) &&
	       size == ROOT_BYTES && !memcmp(hash, root, size);
}

/* The root has also issued the CAs of platforms' keys, which sign no TCB info. */
static bool is_signer(const X509 *certificate)
{
	static const char wanted[] = "Intel SGX TCB Signing";
	const X509_NAME *name = libcrypto->X509_get_subject_name(certificate);
	const X509_NAME_ENTRY *entry = libcrypto->X509_NAME_get_entry(
		name, libcrypto->X509_NAME_get_index_by_NID(name, NID_commonName, -1));
	const ASN1_STRING *text = entry ? libcrypto->X509_NAME_ENTRY_get_data(entry) : NULL;

	return text && libcrypto->ASN1_STRING_length(text) == sizeof(wanted) - 1 &&
	       !memcmp(libcrypto->ASN1_STRING_get0_data(text), wanted, sizeof(wanted) - 1);
}

static void read_chain(char *text, size_t size, const u8 *root, struct chain *chain)
{
	BIO *bio = libcrypto->BIO_new_mem_buf(text, (int)decode_url(text, size));
	X509 *found;

	for (u32 i = 0; bio && i < MAX_CERTIFICATES; i++) {
		found = libcrypto->PEM_read_bio_X509(bio, NULL, NULL, "");
		if (!found)
			break;
		if (!chain->root && is_root(found, root))
			chain->root = found;
		else if (!chain->signer && is_signer(found))
			chain->signer = found;
		else
			libcrypto->X509_free(found);
	}
	libcrypto->BIO_free(bio);
	/* That there is no other certificate, is an error, too. */
	chain->whole = tdxu_libcrypto_blames_data();
}

/* Return: an X509_V_ERR_*, or X509_V_OK. */
static int verify_chain(const struct chain *chain, time_t now)
{
	X509_STORE *store = libcrypto->X509_STORE_new();
	X509_STORE_CTX *ctx = libcrypto->X509_STORE_CTX_new();
	int error = X509_V_ERR_OUT_OF_MEM;

	if (store && ctx && libcrypto->X509_STORE_add_cert(store, chain->root) == 1 &&
	    libcrypto->X509_STORE_CTX_init(ctx, store, chain->signer, NULL) == 1) {
		libcrypto->X509_STORE_CTX_set_time(ctx, 0, now);
		error = libcrypto->X509_verify_cert(ctx) == 1 ?
				X509_V_OK : libcrypto->X509_STORE_CTX_get_error(ctx);
	}
	libcrypto->X509_STORE_CTX_free(ctx);
	libcrypto->X509_STORE_free(store);
	return error;
}

/* r and s as OpenSSL wants them: in DER. Return: its size, or 0. */
static size_t encode_signature(const u8 *signature, u8 *der)
{
	ECDSA_SIG *both = libcrypto->ECDSA_SIG_new();
	BIGNUM *r = libcrypto->BN_bin2bn(signature, 32, NULL);
	BIGNUM *s = libcrypto->BN_bin2bn(signature + 32, 32, NULL);
	int size = 0;

	if (both && r && s && libcrypto->ECDSA_SIG_set0(both, r, s) == 1) {
		r = s = NULL;
		size = libcrypto->i2d_ECDSA_SIG(both, &der);
	}
	libcrypto->BN_free(r);
	libcrypto->BN_free(s);
	libcrypto->ECDSA_SIG_free(both);
	return size > 0 ? (size_t)size : 0;
}

/* Return: 1 or 0, or another number if it could not be tried. */
static int verify_bytes(const struct tdxu_tcb_file *file, const struct chain *chain)
{
	EVP_MD_CTX *ctx = libcrypto->EVP_MD_CTX_new();
	EVP_PKEY *key = libcrypto->X509_get0_pubkey(chain->signer);
	u8 der[80]; /* two numbers of 33 bytes, and 6 of DER */
	size_t size = encode_signature(file->signature, der);
	int result = -1;

	if (ctx && size &&
	    libcrypto->EVP_DigestVerifyInit(ctx, NULL, libcrypto->EVP_sha256(), NULL, key) == 1 &&
	    libcrypto->EVP_DigestVerifyUpdate(ctx, file->bytes, file->size) == 1)
		result = libcrypto->EVP_DigestVerifyFinal(ctx, der, size);
	libcrypto->EVP_MD_CTX_free(ctx);
	return result;
}

static enum tdxu_tcb_trust judge(struct tdxu_tcb_set *set, const struct chain *chain, time_t now)
{
	int result;

	if (!chain->whole)
		return TDXU_TCB_NOT_VERIFIED;
	snprintf(set->why, sizeof(set->why), "its chain has no certificate of %s",
		 chain->root ? "TCB Signing" : "Intel's root key");
	if (!chain->root || !chain->signer)
		return TDXU_TCB_FORGED;
	result = verify_chain(chain, now);
	if (result == X509_V_ERR_OUT_OF_MEM || result == X509_V_ERR_UNSPECIFIED)
		return TDXU_TCB_NOT_VERIFIED;
	snprintf(set->why, sizeof(set->why), "its chain is not valid: %s",
		 libcrypto->X509_verify_cert_error_string(result));
	if (result)
		return TDXU_TCB_FORGED;
	snprintf(set->why, sizeof(set->why), "its bytes are not those that were signed");
	result = verify_bytes(&set->file, chain);
	if (result == 1) {
		*set->why = '\0';
		return TDXU_TCB_VERIFIED;
	}
	return result ? TDXU_TCB_NOT_VERIFIED : TDXU_TCB_FORGED;
}

void tdxu_tcb_verify(struct tdxu_tcb_set *set, char *text, size_t size, const u8 *root, time_t now)
{
	const char *missing = tdxu_libcrypto_load();
	struct chain chain = { 0 };

	if (missing) {
		snprintf(set->why, sizeof(set->why), "no libcrypto (%.120s)", missing);
		return;
	}
	libcrypto->ERR_clear_error();
	read_chain(text, size, root ? root : intel_root, &chain);
	set->trust = judge(set, &chain, now);
	if (set->trust == TDXU_TCB_NOT_VERIFIED)
		snprintf(set->why, sizeof(set->why), "out of memory");
	libcrypto->X509_free(chain.root);
	libcrypto->X509_free(chain.signer);
}
