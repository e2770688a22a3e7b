/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_CLI_APPLY_H
#define TESTS_UNIT_CLI_APPLY_H

/* `tdxupd apply` of one image, by a driver that answers as the test wants. */

#include "cli_fake.h"

static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED,
					.message = "updated" };
static const struct attempt busy = {
	.outcome = TDX_UPDATE_OUTCOME_BUSY,
	.errnum = EBUSY,
	.busy_reason = TDX_UPDATE_BUSY_TD_BUILD,
	.busy_count = 2,
	.message = "2 TDs are being built; try again when the build is over",
};

static struct blob blob;
static struct tdxu_options options;

static void setup(void)
{
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	options = (struct tdxu_options){ .image = put_file("new.blob", &blob, sizeof(blob)) };
	fake.attempts = &updated;
	fake.nr = 1;
	paths_setup();
}

static int apply(void)
{
	return run(tdxu_cmd_apply, &options, false);
}

static void answers(const struct attempt *attempts, size_t nr)
{
	fake.attempts = attempts;
	fake.nr = nr;
}

static bool said(const char *text)
{
	return strstr(out, text) || strstr(err, text);
}

#endif
