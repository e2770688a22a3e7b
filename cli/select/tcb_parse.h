/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_TCB_PARSE_H
#define TDXU_CLI_TCB_PARSE_H

/* A TCB info as the publisher signs it, from a file of which nothing is known. */

#include <jansson.h>

#include "tcb_match.h"

enum { TDXU_TCB_SIGNATURE_BYTES = 64 };

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

#endif
