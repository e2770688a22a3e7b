/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_LIBCRYPTO_H
#define TDXU_CLI_LIBCRYPTO_H

/*
 * libcrypto, loaded when the first hash is wanted: its relocation takes about as much memory, and
 * more time, than all else that `tdxupd status` does.
 */

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>

/* What is used of it. */
#define TDXU_LIBCRYPTO_FUNCTIONS(F)							\
	F(ERR_clear_error)								\
	F(ERR_get_error)								\
	F(EVP_Digest)									\
	F(EVP_sha384)									\
	F(EVP_MD_CTX_new)								\
	F(EVP_MD_CTX_free)								\
	F(EVP_DigestVerifyInit)								\
	F(EVP_DigestVerifyUpdate)							\
	F(EVP_DigestVerifyFinal)							\
	F(EVP_PKEY_CTX_new_from_name)							\
	F(EVP_PKEY_CTX_free)								\
	F(EVP_PKEY_fromdata_init)							\
	F(EVP_PKEY_fromdata)								\
	F(EVP_PKEY_free)								\
	F(EVP_sha256)									\
	F(BIO_new_mem_buf)								\
	F(BIO_free)									\
	F(PEM_read_bio_X509)								\
	F(X509_free)									\
	F(X509_get0_pubkey)								\
	F(X509_get_subject_name)							\
	F(X509_NAME_get_index_by_NID)							\
	F(X509_NAME_get_entry)								\
	F(X509_NAME_ENTRY_get_data)							\
	F(ASN1_STRING_length)								\
	F(ASN1_STRING_get0_data)							\
	F(X509_pubkey_digest)								\
	F(X509_STORE_new)								\
	F(X509_STORE_free)								\
	F(X509_STORE_add_cert)								\
	F(X509_STORE_CTX_new)								\
	F(X509_STORE_CTX_free)								\
	F(X509_STORE_CTX_init)								\
	F(X509_STORE_CTX_set_time)							\
	F(X509_STORE_CTX_get_error)							\
	F(X509_verify_cert)								\
	F(X509_verify_cert_error_string)						\
	F(ECDSA_SIG_new)								\
	F(ECDSA_SIG_free)								\
	F(ECDSA_SIG_set0)								\
	F(i2d_ECDSA_SIG)								\
	F(BN_bin2bn)									\
	F(BN_free)

#define TDXU_LIBCRYPTO_MEMBER(name) __typeof__(name) *name;

/* Under their own names. NULL before tdxu_libcrypto_load() has succeeded. */
extern struct tdxu_libcrypto {
	TDXU_LIBCRYPTO_FUNCTIONS(TDXU_LIBCRYPTO_MEMBER)
} tdxu_libcrypto;

/**
 * tdxu_libcrypto_load() - Load libcrypto, unless that has been done.
 *
 * Return: NULL, or what is missing, in the dynamic linker's words, until the next call.
 */
const char *tdxu_libcrypto_load(void);

/**
 * tdxu_libcrypto_blames_data() - Did the last call fail because of what it was given, and not for
 * want of memory? When out of memory, OpenSSL may not even be able to say so.
 */
bool tdxu_libcrypto_blames_data(void);

#endif
