/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_TCB_INFO_H
#define TDXU_CLI_TCB_INFO_H

/*
 * A TCB info as the publisher signs it, from a file of which nothing is known, and the module's
 * half of the TCB status: what it says of a TDX module's SVN. The other half is the platform's (SGX
 * components, PCESVN, TEE_TCB_SVN from byte 2 on), which needs the values of the PCK certificate. A
 * quote is never worth more than either.
 */

#include <jansson.h>
#include <time.h>

#include "core/types.h"

enum {
	TDXU_TCB_LEVELS = 32,
	TDXU_TCB_IDENTITIES = 16,
	TDXU_TCB_MAX_SVN = 0xffff,
	TDXU_TCB_SIGNATURE_BYTES = 64,
};

/* Worse ones first, of those that are known. */
enum tdxu_tcb_status {
	TDXU_TCB_UNKNOWN,
	TDXU_TCB_NOT_SUPPORTED,
	TDXU_TCB_REVOKED,
	TDXU_TCB_OUT_OF_DATE,
	TDXU_TCB_UP_TO_DATE,
};

struct tdxu_tcb_level {
	u32 isvsvn;
	enum tdxu_tcb_status status;
	char date[sizeof("YYYY-MM-DD")];
	const json_t *advisories; /* a list of strings, or NULL */
};

/* "TDX_03": what there is for modules whose SVN has this major number. */
struct tdxu_tcb_identity {
	u32 svn_major;
	u32 nr;
	struct tdxu_tcb_level level[TDXU_TCB_LEVELS]; /* in any order; each SVN once */
};

struct tdxu_tcb_info {
	u32 number; /* of the set: tcbEvaluationDataNumber */
	char fmspc[sizeof("B0C06F000000")];
	time_t issued, expires;
	u32 nr; /* 0 in files from before there were identities */
	struct tdxu_tcb_identity identity[TDXU_TCB_IDENTITIES];
};

struct tdxu_tcb_file {
	struct tdxu_tcb_info info;
	json_t *body;  /* that info is read from, and nothing else */
	json_t *outer; /* of a collateral; NULL: body's bytes are the file's */
	const u8 *bytes; /* that were signed */
	size_t size;
	u8 signature[TDXU_TCB_SIGNATURE_BYTES]; /* r, s */
	const char *chain; /* PEM, if the file has it; or NULL */
};

/**
 * tdxu_tcb_parse() - Read a TCB info of version 3 for TDX.
 * @data: @size bytes, which @file refers to and changes at the end; they outlive it.
 * @file: to be freed by tdxu_tcb_file_free() in any case.
 *
 * Two shapes: the answer of the publisher's service, {"tcbInfo":{...},"signature":"<hex>"}, and a
 * collateral, where tcb_info is a string of the same bytes, beside tcb_info_signature (hex, or a
 * list of numbers) and tcb_info_issuer_chain. What is parsed is exactly what was signed.
 *
 * Return: NULL, or what is wrong with it, as a clause.
 */
const char *tdxu_tcb_parse(u8 *data, size_t size, struct tdxu_tcb_file *file);
void tdxu_tcb_file_free(struct tdxu_tcb_file *file);

struct tdxu_tcb_verdict {
	enum tdxu_tcb_status status;
	enum tdxu_tcb_status believed; /* of that: see tdxu_tcb_judge() */
	const struct tdxu_tcb_level *level; /* that decided; or NULL */
	bool other_series; /* there is no identity for it */
	u32 needs; /* the lowest SVN above its own that is up to date; 0: none */
};

/**
 * tdxu_tcb_match() - The module's half for the SVN of a TDX module.
 * @svn_major: byte 1 of TEE_TCB_SVN.
 * @svn_minor: byte 0.
 *
 * Source: the Provisioning Certification Service of Intel, API version 4, "Get TDX TCB Info": the
 * identity of the TDX module is selected by byte 1 and its level by byte 0. Pure.
 */
void tdxu_tcb_match(const struct tdxu_tcb_info *info, u32 svn_major, u32 svn_minor,
		    struct tdxu_tcb_verdict *out);

#endif
