/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_SYSFS_RESULT_H
#define TDXU_CLI_SYSFS_RESULT_H

#include "backend.h"
#include "identify.h"

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
