/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_SYSFS_UPDATE_H
#define TDXU_CLI_SYSFS_UPDATE_H

#include "file.h"
#include "identify.h"

/**
 * tdxu_sysfs_upload() - Give a blob to the kernel's own updater, which then begins.
 *
 * What it has got is read back before it is told to begin: two writers share one buffer. If
 * anything fails, it is told to forget what it got.
 *
 * Return: 0, or a negative errno with @fault filled: nothing has begun.
 */
int tdxu_sysfs_upload(const struct tdxu_file *blob, struct tdxu_fault *fault);

/* What an end of the kernel's own updater is concluded from. It says little itself. */
struct tdxu_sysfs_evidence {
	const char *error; /* of its fw_upload device: "", or "STATUS:ERROR" */
	int error_unread;  /* errno: that could not be read */
	struct tdxu_identity image;
	/* Before and after: what runs, whether it is lost, and the counter of updates. */
	const struct tdxu_status *before;
	const struct tdxu_status *after;
};

/**
 * tdxu_sysfs_result() - What an end of the kernel's own updater means.
 *
 * *updated* wants proof: no error, the image's version if that is known, and a counter that is one
 * less; where that cannot be read, another version. *lost* wants proof, too: the kernel forgets the
 * module's description when SHUTDOWN has succeeded, and learns it again only after UPDATE has.
 * Anything else is *failed*, with what was seen.
 */
void tdxu_sysfs_result(const struct tdxu_sysfs_evidence *e, struct tdxu_result *result);

#endif
