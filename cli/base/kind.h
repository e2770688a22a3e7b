/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_KIND_H
#define TDXU_CLI_KIND_H

/* What is found in place of an image or a mapping file when a download or a copy went wrong. */

#include "core/types.h"

enum { TDXU_KIND_HEAD = 512 }; /* bytes by which a kind is recognised */

struct tdxu_kind {
	const char *why;
	const char *fix;
};

/** tdxu_kind_of() - Recognise a file by its first bytes. Return: NULL if it is none of these. */
const struct tdxu_kind *tdxu_kind_of(const u8 *data, size_t size);

/** tdxu_kind_of_binary() - The same, where text and what was copied as text are wrong, too. */
const struct tdxu_kind *tdxu_kind_of_binary(const u8 *data, size_t size);

#endif
