/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_DURATION_H
#define TDXU_CLI_DURATION_H

#include "core/types.h"

enum { TDXU_DURATION_TEXT = 24 };

/**
 * tdxu_duration_parse() - Read "30m", "90s", "2h", "1h30m": hours, minutes, seconds, in order.
 * @ms: set to milliseconds; untouched if @text is anything else, or above 720 hours.
 */
bool tdxu_duration_parse(const char *text, u64 *ms);

/**
 * tdxu_duration_format() - Write a duration as tdxu_duration_parse() reads it, rounded up to
 * whole seconds.
 * @out: TDXU_DURATION_TEXT bytes.
 */
const char *tdxu_duration_format(u64 ms, char *out);

#endif
