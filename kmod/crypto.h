/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CRYPTO_H
#define TDXU_CRYPTO_H

/* What P-SEAMLDR will compute over an image, by the kernel's crypto API. All may sleep. */

#include "core/image.h"

/**
 * tdxu_crypto_sha384() - As SEAMHASH is of the module's pages, and the signer of the modulus.
 * @digest: TDXU_SHA384_BYTES bytes.
 *
 * Return: 0, -ENOPKG if the kernel has no SHA-384, or another errno.
 */
int tdxu_crypto_sha384(const void *data, u32 bytes, u8 *digest);

/**
 * tdxu_crypto_signature_valid() - Is the sigstruct signed with the key in it?
 * @valid: RSA-3072, PKCS#1 v1.5, SHA-384 over bytes 0 to 127 and 900 to 2047.
 *
 * Whose key it is, its hash tells.
 *
 * Return: 0, -ENOPKG if the kernel has no SHA-384 or RSA, -ENOMEM, or what else the cipher says
 * that is no matter of the signature.
 */
int tdxu_crypto_signature_valid(const struct tdxu_sigstruct *sig, bool *valid);

#endif
