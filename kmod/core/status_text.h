/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CORE_STATUS_TEXT_H
#define TDXU_CORE_STATUS_TEXT_H

/* Names of what SEAMCALL returns in RAX, as the specifications spell them. */

#include "abi.h"

enum {
	TDXU_STATUS_NAME = 48,
	TDXU_STATUS_TEXT = TDXU_STATUS_NAME + 20,
};

/**
 * tdxu_status_name() - "TDX_OPERAND_INVALID (RCX)", "TDX_INCONSISTENT_MSR (MSR 0x10a)".
 * @rax: a status of the P-SEAMLDR or the TDX module, or one of TDXU_SEAMCALL_*.
 * @out: TDXU_STATUS_NAME bytes; "" for a status that is not known here.
 *
 * Context: any. Return: @out. Source: Intel TDX Module ABI specification, completion status codes;
 * Intel TDX Loader specification.
 */
const char *tdxu_status_name(u64 rax, char *out);

/** tdxu_status_text() - The number and, if there is one, its name. @out: TDXU_STATUS_TEXT bytes. */
const char *tdxu_status_text(u64 rax, char *out);

#endif
