/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_LAUNCH_H
#define TDXU_CLI_LAUNCH_H

/*
 * What TDs show to relying parties once another module runs. A TD keeps TEE_TCB_SVN and MRSEAM of
 * its launch, and TEE_TCB_SVN_2 is the running module's: docs/attestation.md.
 */

#include <jansson.h>

#include "tcb_show.h"

struct tdxu_launch {
	bool known; /* what is below, of the module that runs afterwards */
	bool done;  /* it runs already */
	struct tdxu_svn svn;
	u8 mrseam[TDXU_MRSEAM_BYTES];
	const struct tdxu_module *before; /* that runs until then; NULL: not known */
};

void tdxu_launch_of_image(const struct tdxu_image_file *file, struct tdxu_launch *launch);
void tdxu_launch_of_module(const struct tdxu_module *module, struct tdxu_launch *launch);

/** tdxu_launch_print() - Rows of what new TDs show and what those that run do. */
void tdxu_launch_print(struct tdxu_ctx *ctx, const struct tdxu_launch *launch);

/** tdxu_json_launch() - The same; null if it is not known. */
json_t *tdxu_json_launch(const struct tdxu_launch *launch);

#endif
