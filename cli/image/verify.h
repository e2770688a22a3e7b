/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_VERIFY_H
#define TDXU_CLI_VERIFY_H

/* The cryptography that P-SEAMLDR will do, done before. */

#include "core/image.h"

struct tdxu_verified {
	bool tried;	   /* the others are known */
	bool hash_ok;	   /* SHA-384 of the module's pages is the sigstruct's SEAMHASH */
	bool signature_ok; /* by the key that is in the sigstruct */
	u8 signer[TDXU_SHA384_BYTES]; /* SHA-384 of the modulus as stored */
};

/**
 * tdxu_verify() - Verify an image's hash and signature.
 *
 * Return: false if the cryptographic library does not work (missing, memory); @out is then useless.
 */
bool tdxu_verify(const struct tdxu_image *image, struct tdxu_verified *out);

enum tdxu_signer {
	TDXU_SIGNER_UNKNOWN,
	TDXU_SIGNER_NAMED, /* the key of signer= or TDXUPD_SIGNER */
	TDXU_SIGNER_INTEL, /* the production key */
};

/** tdxu_signer_of() - Whose a good signature is. A driver may have named its key since then. */
enum tdxu_signer tdxu_signer_of(const struct tdxu_verified *verified);

#endif
