/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_NAMES_H
#define TDXU_CLI_NAMES_H

/* Stable names of what the driver counts, and small texts that several commands print. */

#include "backend.h"
#include "core/version.h"

enum { TDXU_BUSY_TEXT = 96 };

/* Each returns "unknown" for a value that this version does not know. */
const char *tdxu_name_state(u32 state);
const char *tdxu_name_phase(u32 phase);
const char *tdxu_name_outcome(u32 outcome);
const char *tdxu_name_busy(u32 reason);
const char *tdxu_name_erratum(u32 erratum);
const char *tdxu_name_verdict(u32 verdict);
const char *tdxu_name_gate(enum tdxu_gate gate);

/** tdxu_busy_text() - "1 TD is being built". @out: TDXU_BUSY_TEXT bytes. */
const char *tdxu_busy_text(u32 reason, u32 count, char *out);

/** tdxu_module_version() - The version of a module that answers. */
struct tdxu_version tdxu_module_version(const struct tdxu_module *module);

/** tdxu_result_changed() - Did the update leave another module running than before? */
bool tdxu_result_changed(const struct tdxu_result *result);

#endif
