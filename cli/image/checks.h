/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_CHECKS_H
#define TDXU_CLI_CHECKS_H

/*
 * What P-SEAMLDR and the driver will check of an image, checked before: hash and signature by
 * libcrypto, the driver's own checks by the same code, of what is known here.
 */

#include "core/preflight.h"
#include "status.h"

/**
 * tdxu_verify() - Verify an image's hash and signature, and say who has signed it.
 * @c: its image is given, the rest of what checks want of a sound image is filled in.
 *
 * Return: false if the cryptographic library does not work (missing, memory): nothing of that is
 * known then.
 */
bool tdxu_verify(struct tdxu_candidate *c);

/** tdxu_genuine() - The sigstruct of a verified image; NULL if its hash or signature is wrong. */
static inline const struct tdxu_sigstruct *tdxu_genuine(const struct tdxu_candidate *c)
{
	return c->hash_matches && c->signature_valid ? c->image.sigstruct : NULL;
}

enum tdxu_signer {
	TDXU_SIGNER_UNKNOWN,
	TDXU_SIGNER_NAMED, /* the key of signer= or TDXUPD_SIGNER */
	TDXU_SIGNER_INTEL, /* the production key */
};

/** tdxu_signer_of() - Whose a good signature is. A driver may have named its key since then. */
enum tdxu_signer tdxu_signer_of(const struct tdxu_candidate *verified);

/** tdxu_checks_add() - Append a verdict, as the driver would send it. */
void tdxu_checks_add(struct tdxu_checks *checks, const struct tdxu_verdict *verdict);

/** tdxu_checks_failure() - The first check that fails, or whose verdict is not known; or NULL. */
const struct tdxu_check *tdxu_checks_failure(const struct tdxu_checks *checks);

/**
 * tdxu_checks_of_image() - The checks of a sound image; those of the host are left out.
 * @facts: of the host; all zero if nothing is known of one.
 */
void tdxu_checks_of_image(const struct tdxu_candidate *candidate, const struct tdxu_facts *facts,
			  struct tdxu_checks *checks);

#endif
