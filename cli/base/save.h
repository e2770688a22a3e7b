/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_SAVE_H
#define TDXU_CLI_SAVE_H

/* Whole files, written so that there is all of one under its name, or none. */

#include <stdio.h>
#include <sys/types.h>

#include "error.h"

struct tdxu_save {
	const char *path;
	const void *data;
	size_t size;
	mode_t mode;
	bool replace; /* a file of that name; otherwise it is an error */
	/* On no part of the path: its directories may be of a user who would redirect one. */
	bool no_links;
};

/**
 * tdxu_save() - Write a file under another name, sync it, rename it, and sync the directory.
 *
 * One that is replaced loses what killed runs have left beside it for an hour.
 *
 * Return: TDXU_EXIT_OK, or the code that is in @error; then nothing of it is left.
 */
enum tdxu_exit tdxu_save(const struct tdxu_save *save, struct tdxu_error *error);

/**
 * tdxu_save_stream() - Close a stream of open_memstream(), save what was written to it, free that.
 * @save: whose size the stream sets.
 * @text: which the stream sets.
 *
 * Return: as tdxu_save(). What memory was too short for is not saved in part.
 */
enum tdxu_exit tdxu_save_stream(struct tdxu_save *save, FILE *stream, char **text,
				struct tdxu_error *error);

/** tdxu_write_all() - write() until all is written. Return: 0, or -1 with errno set. */
int tdxu_write_all(int fd, const u8 *data, size_t size);

/** tdxu_save_none() - Remove what tdxu_save() would replace. */
void tdxu_save_none(const struct tdxu_save *save);

/** tdxu_save_fail() - The error of what could not be written, from its errno. Return: its code. */
enum tdxu_exit tdxu_save_fail(const char *path, int errnum, struct tdxu_error *error);

#endif
