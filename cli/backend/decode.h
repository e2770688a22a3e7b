/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_DECODE_H
#define TDXU_CLI_DECODE_H

/*
 * Netlink attributes of the family tdx_update into plain structs. An attribute that this version
 * does not know is named in @out->beyond. A known one of the wrong length spoils the message, as
 * does what exceeds an array (another check); a longer text ends in "...".
 */

#include "backend.h"

/* Each returns false for a malformed message; @out, a struct tdxu_status, is then half filled. */
bool tdxu_decode_status(const void *attrs, size_t size, void *out);

/* The same for a struct tdxu_checks. */
bool tdxu_decode_checks(const void *attrs, size_t size, void *out);

/* The same for an u32. */
bool tdxu_decode_update_id(const void *attrs, size_t size, void *out);

#endif
