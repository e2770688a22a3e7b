/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_METRICS_H
#define TDXU_CLI_METRICS_H

#include "command.h"

/**
 * tdxu_metrics_write() - Write a status in Prometheus' text format: to the file that the options
 * name, whole or not at all, or to ctx->out.
 * @error: if there is no status, why; it goes to ctx->err, and tdx_update_up is 0. If it is
 * anything but that no updater is there, what is in the file may be wrong by now, and it is
 * removed. Set, if they could not be written.
 */
void tdxu_metrics_write(struct tdxu_ctx *ctx, const struct tdxu_status *status,
			struct tdxu_error *error);

/**
 * tdxu_nfd_write() - Write what runs to options->nfd, as labels for node-feature-discovery.
 * @status: zeroed, if there is none.
 *
 * What is not known has no label: where no updater answers, the file is there and has none. Labels
 * expire an hour later, unless they are written again.
 *
 * Source: node-feature-discovery 0.14 and newer, "Local feature source".
 *
 * Return: TDXU_EXIT_OK, or the code that is in @error; then the file is as it was before.
 */
enum tdxu_exit tdxu_nfd_write(const struct tdxu_ctx *ctx, const struct tdxu_status *status,
			      struct tdxu_error *error);

#endif
