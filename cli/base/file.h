/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_FILE_H
#define TDXU_CLI_FILE_H

/* Whole files from untrusted directories. */

#include "error.h"

struct tdxu_file {
	u8 *data; /* malloc'ed */
	size_t size;
	/*
	 * Set by the caller: of what follows so many bytes, an even number, only the sum of the
	 * 16-bit words is kept, in the first of them; the others are 0 and take no memory. 0: the
	 * whole file is kept.
	 */
	size_t head;
};

/**
 * tdxu_file_read() - Read a regular file that has 1 to @max bytes.
 * @kind: what it should be, for the error ("a TDX module image").
 * @file: filled on success, else untouched; its @head is the caller's.
 *
 * Never blocks on a FIFO and never opens a device: what is opened is what was checked.
 *
 * Return: TDXU_EXIT_OK, or the exit code that is in @error.
 */
enum tdxu_exit tdxu_file_read(const char *path, size_t max, const char *kind,
			      struct tdxu_file *file, struct tdxu_error *error);

/** tdxu_file_read_below() - The same, of a path in @below: no link on the way leads out of that. */
enum tdxu_exit tdxu_file_read_below(const char *below, const char *path, size_t max,
				    const char *kind, struct tdxu_file *file,
				    struct tdxu_error *error);

#endif
