/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_TCB_SHOW_H
#define TDXU_CLI_TCB_SHOW_H

/* What TCB infos say of a module, as text and JSON. */

#include <jansson.h>

#include "tcb.h"

/** tdxu_tcb_status_names[] - "UpToDate", "OutOfDate", "Revoked", "NotSupported", "unknown". */
extern const char *const tdxu_tcb_status_names[];

/** tdxu_tcb_text() - One line of what a set says of a module. */
const char *tdxu_tcb_text(const struct tdxu_tcb_set *set, struct tdxu_svn svn,
			  char text[TDXU_MESSAGE_BYTES]);

/** tdxu_tcb_print() - Rows of what all sets say of a module, and what the sets are. */
void tdxu_tcb_print(struct tdxu_ctx *ctx, struct tdxu_svn svn);

/** tdxu_tcb_print_line() - Of each usable set, one row. */
void tdxu_tcb_print_line(struct tdxu_ctx *ctx, struct tdxu_svn svn);

/** tdxu_tcb_print_sets() - Rows of what the sets are. */
void tdxu_tcb_print_sets(struct tdxu_ctx *ctx);

/** tdxu_json_tcb() - A list: of each set, what it is and says of a module. */
json_t *tdxu_json_tcb(const struct tdxu_tcb *tcb, struct tdxu_svn svn);

#endif
