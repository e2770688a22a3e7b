/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_KEPT_H
#define TDXU_CLI_KEPT_H

/*
 * Images are kept in the state directory, each by the name of its content, SEAMHASH.blob: before an
 * update, all that it may end with; after it, the one that runs, so that the next apply can fall
 * back to it.
 */

#include "image_file.h"

enum tdxu_kept_state {
	TDXU_KEPT_NONE,
	TDXU_KEPT_USABLE,   /* it is what runs */
	TDXU_KEPT_UNUSABLE, /* see @why */
	TDXU_KEPT_UNKNOWN,  /* may not be read, or nothing tells what runs */
};

struct tdxu_kept {
	enum tdxu_kept_state state;
	char path[TDXU_WHAT_BYTES];
	struct tdxu_image_file file;	/* if there is one that is sound */
	char why[TDXU_MESSAGE_BYTES]; /* not usable */
};

/**
 * tdxu_kept_load() - Read and verify the kept image and check whether it is what runs.
 * @dir: the state directory.
 * @running: the module that runs.
 * @kept: filled in any case; give it back with tdxu_kept_free().
 *
 * An image that is not what runs now (after a reboot, or another tool's update) is no way back
 * to it: its SVN, its handoff versions and what the TDs have met are another module's.
 */
void tdxu_kept_load(const char *dir, const struct tdxu_module *running, struct tdxu_kept *kept);

/** tdxu_kept_peek() - The same to tell about it, not to use it: by checksum, without libcrypto. */
void tdxu_kept_peek(const char *dir, const struct tdxu_module *running, struct tdxu_kept *kept);

void tdxu_kept_free(struct tdxu_kept *kept);

/** tdxu_kept_save() - Keep an image, unless it is kept already. */
enum tdxu_exit tdxu_kept_save(const char *dir, const struct tdxu_image_file *image,
			      struct tdxu_error *error);

/** tdxu_kept_prune() - Remove the images that were kept, but not that with this SEAMHASH. */
void tdxu_kept_prune(const char *dir, const u8 *seamhash);

/** tdxu_kept_state_names[] - "none", "usable", "unusable", "unknown". */
extern const char *const tdxu_kept_state_names[];

#endif
