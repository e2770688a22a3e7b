/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_UNMADE_H
#define TDXU_CLI_UNMADE_H

/* The checks of this version that an older driver does not make: its silence is no pass. */

#include <jansson.h>

#include "status.h"

enum { TDXU_UNMADE_TEXT = 1024 }; /* with the names of all checks */

/** tdxu_names_of_checks() - What a driver makes that tells no names, but all its verdicts. */
void tdxu_names_of_checks(const struct tdxu_checks *checks, struct tdxu_check_names *made);

/**
 * tdxu_unmade_text() - What is to be said of those that are not among @made; "" if all are.
 * @out: TDXU_UNMADE_TEXT bytes.
 */
const char *tdxu_unmade_text(const struct tdxu_check_names *made, char *out);

json_t *tdxu_json_unmade(const struct tdxu_check_names *made); /* null if nothing tells */

#endif
