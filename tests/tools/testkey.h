/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_TOOLS_TESTKEY_H
#define TESTS_TOOLS_TESTKEY_H

/* The RSA-3072 key of test images. Every function ends the program if something goes wrong. */

#include <openssl/evp.h>

#include "../../kmod/core/abi.h"

/**
 * testkey_create() - Make a key and keep it in @path, in PEM.
 * @bits: of its modulus; P-SEAMLDR takes 3072.
 * @exponent: the public one; P-SEAMLDR takes 65537.
 */
EVP_PKEY *testkey_create(const char *path, u32 bits, u32 exponent);

/** testkey_read() - Take the key from @path. */
EVP_PKEY *testkey_read(const char *path);

/** testkey_modulus() - The modulus as a sigstruct has it, little-endian. */
void testkey_modulus(EVP_PKEY *key, u8 modulus[TDXU_RSA_BYTES]);

/** testkey_print_signer() - Print what P-SEAMLDR knows a signer by: SHA-384 of the modulus. */
void testkey_print_signer(EVP_PKEY *key);

/** testkey_sign() - Fill in the signature of a sigstruct that is complete otherwise. */
void testkey_sign(EVP_PKEY *key, struct tdxu_sigstruct *sig);

#endif
