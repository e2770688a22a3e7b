/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_PRINT_H
#define TDXU_CLI_PRINT_H

/* This folder: how things are said, as text and JSON; it decides nothing. */

/* Text for people: how values, results and timelines look. May change; JSON may not. */

#include <time.h>

#include "ctx.h"
#include "image_file.h"

enum {
	TDXU_DATE_TEXT = 16,
	TDXU_HANDOFF_TEXT = 64,
	TDXU_TIME_TEXT = 32,
};

enum tdxu_colour { TDXU_PLAIN, TDXU_GOOD, TDXU_WARN, TDXU_BAD };

/** tdxu_date_text() - "2026-01-31", from decimal YYYYMMDD or BCD 0xYYYYMMDD. */
const char *tdxu_date_text(u32 date, char *out);

/** tdxu_time_text() - A local time in strftime()'s @format; "" if it is none. */
const char *tdxu_time_text(time_t t, const char *format, char *out);

/** tdxu_utc_text() - "2026-08-13T10:45:38Z". @out: TDXU_TIME_TEXT bytes, as above. */
const char *tdxu_utc_text(time_t t, char *out);

/** tdxu_handoff_text() - The handoff versions that a module reads and writes. */
const char *tdxu_handoff_text(u32 oldest, u32 newest, bool no_downgrade, char *out);

/**
 * tdxu_signer_names[] - "intel-production", "named" or "unknown".
 * tdxu_signer_texts[] - The same for people.
 */
extern const char *const tdxu_signer_names[];
extern const char *const tdxu_signer_texts[];

/** tdxu_format_name() - "v1", "v2" or "separate". */
const char *tdxu_format_name(const struct tdxu_image_file *file);

/** tdxu_print_row() - One "Label   value" line of a screen. */
__printf(4, 5) void tdxu_print_row(struct tdxu_ctx *ctx, enum tdxu_colour colour,
				   const char *label, const char *value, ...);

/** tdxu_print_other_signer() - A warning, unless its publisher has signed the image above. */
void tdxu_print_other_signer(struct tdxu_ctx *ctx, enum tdxu_signer by);

/** tdxu_print_checks() - One line for each check. */
void tdxu_print_checks(struct tdxu_ctx *ctx, const struct tdxu_checks *checks);

/** tdxu_print_outcome() - How an update ended, and the driver's sentence. */
void tdxu_print_outcome(struct tdxu_ctx *ctx, const char *label, const struct tdxu_result *result);

/**
 * tdxu_print_details() - What an update changed, the SEAMCALL that decided it, and the phases with
 * their durations, as bars on a terminal.
 */
void tdxu_print_details(struct tdxu_ctx *ctx, const struct tdxu_result *result);

#endif
