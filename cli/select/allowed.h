/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_ALLOWED_H
#define TDXU_CLI_ALLOWED_H

/*
 * /etc/tdxupd/allowed: what a site lets `apply --newest` take, a version or an MRSEAM a line, with
 * comments. Relying parties pin MRSEAMs: what they do not know, they reject, however new.
 */

#include "core/abi.h"
#include "core/version.h"
#include "error.h"

enum {
	TDXU_MAX_ALLOWED = 64,
	TDXU_RELEASE_TEXT = 2 * TDXU_SHA384_BYTES + 1,
};

struct tdxu_allowed {
	bool present; /* without the file, everything is */
	u32 nr;
	char name[TDXU_MAX_ALLOWED][TDXU_RELEASE_TEXT];
};

/**
 * tdxu_release_parse() - "1.5.28", or an MRSEAM in hexadecimal.
 * @name: the one way in which it is written here: what is the same release is the same text.
 *
 * Return: whether it is one; if not, @name is as it was.
 */
bool tdxu_release_parse(const char *text, char name[TDXU_RELEASE_TEXT]);

/** tdxu_allowed_path() - The file. @out: TDXU_WHAT_BYTES bytes. */
void tdxu_allowed_path(const char *root, char *out);

/** tdxu_allowed_word() - What a line of it has without comment and blanks, or NULL; cuts @line. */
char *tdxu_allowed_word(char *line);

/**
 * tdxu_allowed_load() - Read the file.
 * @root: before the path of the file.
 *
 * Return: TDXU_EXIT_OK, or the code that is in @error: TDXU_EXIT_HOST if a word is neither.
 */
enum tdxu_exit tdxu_allowed_load(const char *root, struct tdxu_allowed *allowed,
				 struct tdxu_error *error);

/** tdxu_allowed_has() - Is an image of this version (or NULL) and SEAMHASH allowed? */
bool tdxu_allowed_has(const struct tdxu_allowed *allowed, const struct tdxu_version *version,
		      const u8 *seamhash);

#endif
