/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_APPLY_H
#define TDXU_CLI_APPLY_H

/* One run of `tdxupd apply`, and how its progress is shown. */

#include "command.h"
#include "duration.h"
#include "image_file.h"
#include "retry.h"

struct tdxu_apply {
	struct tdxu_ctx *ctx;
	void *priv; /* the backend's */
	char what[TDXU_WHAT_BYTES]; /* starts the error line */
	struct tdxu_image_file target;
	struct tdxu_image_file fallback;
	struct tdxu_retry retry;
	u64 started_ms;
	u32 attempts;
	bool interrupted;
	struct tdxu_status status; /* with the last attempt's result, if it came to one */
	struct tdxu_checks checks; /* of a dry run */
	struct tdxu_error error;
};

/* Progress is for people: nothing is shown with --quiet or --json. */
void tdxu_progress_attempt(struct tdxu_apply *a);
void tdxu_progress_end(struct tdxu_apply *a);

/** tdxu_progress_wait() - Wait until @until_ms, saying so. Return: false if interrupted. */
bool tdxu_progress_wait(struct tdxu_apply *a, u64 until_ms);

#endif
