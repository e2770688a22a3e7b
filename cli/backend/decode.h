/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_DECODE_H
#define TDXU_CLI_DECODE_H

/*
 * Netlink attributes of the family tdx_update into plain structs. The kernel's header is all it
 * needs. An attribute that this version does not know is named in @out->beyond. A known one of the
 * wrong length spoils the message, as does what exceeds the room of an array (another check); a
 * longer text ends in "...".
 */

#include "backend.h"

/* Each returns false for a malformed message; @out is then half filled. */
bool tdxu_decode_status(const void *attrs, size_t size, struct tdxu_status *out);
bool tdxu_decode_checks(const void *attrs, size_t size, struct tdxu_checks *out);
bool tdxu_decode_update_id(const void *attrs, size_t size, u32 *out);

#endif
