/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_FIT_H
#define TDXU_CLI_FIT_H

/* This folder: which image fits this host, and what it is worth there; it changes nothing. */

/* Can this host take that image? docs/selection.md has the rules and where they come from. */

#include "core/preflight.h"
#include "allowed.h"
#include "image_file.h"
#include "mapping.h"

enum tdxu_fit_verdict {
	TDXU_FIT_INSTALLABLE,
	TDXU_FIT_RUNNING,
	TDXU_FIT_REFUSED,
	TDXU_FIT_UNKNOWN, /* nothing tells what runs here */
};

struct tdxu_fit {
	enum tdxu_fit_verdict verdict;
	char rule[TDXU_NAME_BYTES]; /* that refuses, or "" */
	int errnum; /* of a rule that is a check of the driver's, too; or 0 */
	char why[TDXU_VERDICT_TEXT + 64];
	bool elsewhere; /* it is meant for other hosts: no reason for concern */
};

/* The host, as the rules see it. */
struct tdxu_host {
	const struct tdxu_allowed *allowed; /* NULL: everything */
	const struct tdxu_status *status;
	struct tdxu_facts facts;
};

/**
 * tdxu_fit_judge() - Check a sound image against a host.
 * @release: of its version, or NULL if the mapping file does not list it; untold without one.
 */
void tdxu_fit_judge(const struct tdxu_host *host, const struct tdxu_image_file *file,
		    const struct tdxu_release *release, struct tdxu_fit *fit);

/** tdxu_fit_verdict_names[] - "installable", "running", "refused", "unknown". */
extern const char *const tdxu_fit_verdict_names[];

#endif
