/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_TCB_VERIFY_H
#define TDXU_CLI_TCB_VERIFY_H

/* Who has signed a TCB info. */

#include "tcb_parse.h"

enum {
	TDXU_TCB_ROOT_BYTES = 32,
	TDXU_TCB_WHY_BYTES = 160,
};

enum tdxu_tcb_trust {
	TDXU_TCB_NOT_VERIFIED, /* which could not be tried */
	TDXU_TCB_VERIFIED,
	TDXU_TCB_FORGED,
};

/**
 * tdxu_tcb_verify() - Verify the signature of a TCB info, over its bytes.
 * @chain: @size bytes, PEM or URL-encoded PEM, of the TCB Signing certificate and the root, in any
 *	order; decoded in place.
 * @root: SHA-256 of the root's public key (the point, uncompressed), or NULL: that of "Intel SGX
 *	Root CA".
 * @now: when the certificates must be valid.
 * @why: unless verified, a clause.
 *
 * Source: Intel's Provisioning Certification Service, API version 4: ECDSA with P-256 and SHA-256;
 * the certificate is issued by the root itself.
 */
enum tdxu_tcb_trust tdxu_tcb_verify(const struct tdxu_tcb_file *file, char *chain, size_t size,
				    const u8 *root, time_t now, char why[TDXU_TCB_WHY_BYTES]);

#endif
