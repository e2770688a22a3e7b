/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_TCB_CHAIN_H
#define TESTS_UNIT_TCB_CHAIN_H

/* A root and certificates of ours, and TCB infos that they sign. */

#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "cli_fake.h"
#include "tcb_files.h"

enum { TCB_NOW = 1893553445 }; /* 2030-01-02 */

static EVP_PKEY *tcb_root_key, *tcb_signer_key;
static u8 tcb_root_hash[32];
/* Root and signer; the same without the root; the signer's has expired; a platform's CA. */
static char *tcb_chain, *tcb_signer_only, *tcb_expired_chain, *tcb_platform_chain;

/* The names of a certificate cannot be written in place from OpenSSL 4.0 on. */
static void name_it(X509 *x, int (*set)(X509 *x, const X509_NAME *name), const char *cn)
{
	X509_NAME *name = X509_NAME_new();

	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
	set(x, name);
	X509_NAME_free(name);
}

static X509 *certify(const char *name, EVP_PKEY *key, const char *issuer, EVP_PKEY *by, bool ca,
		     const char *until)
{
	X509 *x = X509_new();
	X509V3_CTX ctx;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "20200101000000Z");
	ASN1_TIME_set_string_X509(X509_getm_notAfter(x), until);
	X509_set_pubkey(x, key);
	name_it(x, X509_set_subject_name, name);
	name_it(x, X509_set_issuer_name, issuer);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509_add1_ext_i2d(x, NID_basic_constraints,
			  &(BASIC_CONSTRAINTS){ .ca = ca ? 0xff : 0 }, 1, 0);
	ck_assert_int_gt(X509_sign(x, by, EVP_sha256()), 0);
	return x;
}

static char *pem_of(X509 *first, X509 *second)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long size;

	PEM_write_bio_X509(bio, first);
	if (second)
		PEM_write_bio_X509(bio, second);
	size = BIO_get_mem_data(bio, &data);
	text = strndup(data, (size_t)size);
	BIO_free(bio);
	return text;
}

/* Before Check forks. */
static void tcb_setup(void)
{
	static const char root[] = "Intel SGX Root CA", signer[] = "Intel SGX TCB Signing";
	X509 *r, *s, *old, *ca;
	unsigned int size;

	images_setup();
	tcb_root_key = EVP_EC_gen("P-256");
	tcb_signer_key = EVP_EC_gen("P-256");
	r = certify(root, tcb_root_key, root, tcb_root_key, true, "20491231235959Z");
	s = certify(signer, tcb_signer_key, root, tcb_root_key, false, "20400101000000Z");
	old = certify(signer, tcb_signer_key, root, tcb_root_key, false, "20300101000000Z");
	ca = certify("Intel SGX PCK Platform CA", tcb_signer_key, root, tcb_root_key, true,
		     "20400101000000Z");
	X509_pubkey_digest(r, EVP_sha256(), tcb_root_hash, &size);
	tcb_chain = pem_of(s, r);
	tcb_signer_only = pem_of(s, NULL);
	tcb_expired_chain = pem_of(old, r);
	tcb_platform_chain = pem_of(ca, r);
	X509_free(r);
	X509_free(s);
	X509_free(old);
	X509_free(ca);
}

static void tcb_teardown(void)
{
	EVP_PKEY_free(tcb_root_key);
	EVP_PKEY_free(tcb_signer_key);
	free(tcb_chain);
	free(tcb_signer_only);
	free(tcb_expired_chain);
	free(tcb_platform_chain);
	images_teardown();
}

/* As the publisher signs: r and s, in hex. */
static const char *tcb_sign(const char *body)
{
	static char hex[129];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	u8 der[80], raw[64];
	const u8 *p = der;
	size_t size = sizeof(der);
	ECDSA_SIG *sig;

	ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, tcb_signer_key), 1);
	ck_assert_int_eq(EVP_DigestSign(ctx, der, &size, (void *)body, strlen(body)), 1);
	EVP_MD_CTX_free(ctx);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)size);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
	ECDSA_SIG_free(sig);
	for (size_t i = 0; i < sizeof(raw); i++)
		sprintf(hex + 2 * i, "%02x", raw[i]);
	return hex;
}

static inline const char *put_text(const char *name, const char *text)
{
	return put_file(name, text, strlen(text));
}

static inline void put_tcb(const char *name, const char *body)
{
	char text[4096];

	snprintf(text, sizeof(text), "{\"tcbInfo\":%s,\"signature\":\"%s\"}", body,
		 tcb_sign(body));
	put_text(name, text);
}

/* The header of the publisher's service has it so. */
static inline void put_url_encoded(const char *name, const char *text)
{
	char out[3 * 4096], *p = out;

	for (; *text; text++)
		p += sprintf(p, strchr("\n +/=", *text) ? "%%%02X" : "%c", *text);
	put_text(name, out);
}

static time_t now = TCB_NOW;
extern __typeof__(time) __wrap_time;

time_t __wrap_time(time_t *t)
{
	if (t)
		*t = now;
	return now;
}

#endif
