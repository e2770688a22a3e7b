/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_CHECKS_H
#define TDXU_CLI_CHECKS_H

/*
 * What P-SEAMLDR and the driver will check of an image, checked before: hash and signature by
 * libcrypto, the driver's own checks by the same code, of what is known here.
 */

#include "core/preflight.h"
#include "status.h"

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

/** tdxu_checks_add() - Append a verdict, as the driver would send it. */
void tdxu_checks_add(struct tdxu_checks *checks, const struct tdxu_verdict *verdict);

/** tdxu_checks_failure() - The first check that fails, or whose verdict is not known; or NULL. */
const struct tdxu_check *tdxu_checks_failure(const struct tdxu_checks *checks);

/** tdxu_candidate() - A sound image, as the checks want it. */
struct tdxu_candidate tdxu_candidate(const struct tdxu_image *image,
				     const struct tdxu_verified *verified);

/**
 * tdxu_checks_of_image() - The checks of a sound image; those of the host are left out.
 * @facts: of the host; all zero if nothing is known of one.
 */
void tdxu_checks_of_image(const struct tdxu_image *image, const struct tdxu_verified *verified,
			  const struct tdxu_facts *facts, struct tdxu_checks *checks);

#endif
