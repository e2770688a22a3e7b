/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_LIBCRYPTO_H
#define TDXU_CLI_LIBCRYPTO_H

/*
 * libcrypto, loaded when the first hash is wanted: its relocation takes about as much memory, and
 * more time, than all else that `tdxupd status` does.
 */

#include <openssl/err.h>
#include <openssl/evp.h>

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
	F(EVP_PKEY_free)

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

#endif
