/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_TCB_H
#define TDXU_CLI_TCB_H

/* The TCB infos that a command goes by, and what they say of a module: always its half of it. */

#include "catalogue.h"
#include "tcb_info.h"

enum tdxu_tcb_trust {
	TDXU_TCB_NOT_VERIFIED, /* which could not be tried */
	TDXU_TCB_VERIFIED,
	TDXU_TCB_FORGED,
};

struct tdxu_tcb_set {
	char *path; /* malloc'ed, as is what file refers to */
	u8 *data;
	struct tdxu_tcb_file file;
	bool expired;
	enum tdxu_tcb_trust trust;
	char why[160]; /* it is not verified */
	struct tdxu_error error; /* with a code: nothing of it is used */
};

struct tdxu_tcb {
	u32 nr;
	struct tdxu_tcb_set *set;
};

/**
 * tdxu_tcb_load() - Read what --tcb-info names, or else the .json of ctx->paths->tcb.
 *
 * A chain is that of --tcb-chain, or in the file, or beside it: X.chain.pem for X.json. What was
 * named must be usable. What was not, has an error of its own. ctx->tcb is @tcb from then on.
 *
 * Return: TDXU_EXIT_OK, or the code that is in @error. To be freed in any case.
 */
enum tdxu_exit tdxu_tcb_load(struct tdxu_ctx *ctx, struct tdxu_tcb *tcb,
			     struct tdxu_error *error);
void tdxu_tcb_free(struct tdxu_tcb *tcb);

/**
 * tdxu_tcb_verify() - Verify the signature of a set's TCB info, over its bytes: @trust and @why.
 * @chain: @size bytes, PEM or URL-encoded PEM, of the TCB Signing certificate and the root, in any
 *	order; decoded in place.
 * @root: SHA-256 of the root's public key (the point, uncompressed), or NULL: that of "Intel SGX
 *	Root CA".
 * @now: when the certificates must be valid.
 *
 * Source: Intel's Provisioning Certification Service, API version 4: ECDSA with P-256 and SHA-256;
 * the certificate is issued by the root itself.
 */
void tdxu_tcb_verify(struct tdxu_tcb_set *set, char *chain, size_t size, const u8 *root,
		     time_t now);

/**
 * tdxu_tcb_judge() - What a set says of a module.
 *
 * Return: what the file says, and what of that is believed: nothing good, nor "not supported", of a
 * file that has expired, and nothing of one that cannot be used. These say TDXU_TCB_UNKNOWN.
 */
struct tdxu_tcb_verdict tdxu_tcb_judge(const struct tdxu_tcb_set *set, struct tdxu_svn svn);

#endif
