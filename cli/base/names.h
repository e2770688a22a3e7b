/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_NAMES_H
#define TDXU_CLI_NAMES_H

/* Stable names of what the driver counts, and small texts that several commands print. */

#include "core/version.h"
#include "status.h"

enum { TDXU_BUSY_TEXT = 96 };

/* Each returns "unknown-9" for a value that this version does not know; four such at a time. */
const char *tdxu_name_state(u32 state);
const char *tdxu_name_phase(u32 phase);
const char *tdxu_name_outcome(u32 outcome);
const char *tdxu_name_busy(u32 reason);
const char *tdxu_name_erratum(u32 erratum);
const char *tdxu_name_verdict(u32 verdict);
const char *tdxu_name_gate(u32 gate);

/** tdxu_busy_text() - "1 TD is being built". @out: TDXU_BUSY_TEXT bytes. */
const char *tdxu_busy_text(u32 reason, u32 count, char *out);

/* What is to be said of a version that is not sure. */
extern const char tdxu_unsure[];

/** tdxu_module_version() - The version of a module that answers. */
struct tdxu_version tdxu_module_version(const struct tdxu_module *module);

/** tdxu_module_text() - The same: "1.5.28". @out: TDXU_VERSION_TEXT bytes. */
const char *tdxu_module_text(const struct tdxu_module *module, char *out);

/**
 * tdxu_status_gate() - May the module that answers be updated, by the driver's gate?
 * @minimum: the lowest of its series that may, if the series is known; or NULL.
 *
 * A driver that tells no minimum does not know the series: it refuses, whatever this version knows.
 */
enum tdxu_gate tdxu_status_gate(const struct tdxu_status *status, struct tdxu_version *minimum);

/** tdxu_seamldr_tells_update() - Is the last part of that version known? */
static inline bool tdxu_seamldr_tells_update(const struct tdxu_seamldr *s)
{
	return !(s->untold >> TDX_UPDATE_A_SEAMLDR_UPDATE & 1);
}

/** tdxu_seamldr_version() - As far as it is known: "1.5.02" or "1.5". @out: TDXU_VERSION_TEXT. */
const char *tdxu_seamldr_version(const struct tdxu_seamldr *seamldr, char *out);

/** tdxu_hex() - Lower-case hex of @size bytes; @out: 2 * @size + 1 bytes. */
const char *tdxu_hex(const u8 *data, size_t size, char *out);

/* A span of a result's time, in nanoseconds since the start of the preflight. */
struct tdxu_span {
	u64 start;
	u64 end; /* not after @start: there is none */
};

/** tdxu_in_window() - Is the machine stopped in this phase, and all TDs with it? */
bool tdxu_in_window(const struct tdxu_timing *t);

/** tdxu_result_window() - From the first such phase to the end of the last. */
struct tdxu_span tdxu_result_window(const struct tdxu_result *result);

/** tdxu_stopped_ns() - How long that is, the downtime; 0 if the machine was not stopped. */
u64 tdxu_stopped_ns(const struct tdxu_result *result);

/** tdxu_result_changed() - Did the update leave another module running than before? */
bool tdxu_result_changed(const struct tdxu_result *result);

#endif
