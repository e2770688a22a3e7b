/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_REPORT_H
#define TDXU_REPORT_H

/*
 * What is known, as netlink attributes; see uapi/tdx_update.h. What fills a reply returns 0,
 * -EMSGSIZE or -ENOMEM.
 */

#include "update.h"

struct sk_buff;

enum {
	/* A reply with every verdict, or a status with a result that has all it can have. */
	TDXU_REPORT_BYTES = 20480,
};

/** tdxu_report_state() - One word for what the update and the upload are doing. */
enum tdx_update_state tdxu_report_state(const struct tdxu_status *status);

/** tdxu_report_status() - Fill a STATUS_GET reply. Context: may sleep. */
int tdxu_report_status(struct sk_buff *skb, const struct tdxu_status *status);

/** tdxu_report_verdicts() - Fill a CHECK reply. */
int tdxu_report_verdicts(struct sk_buff *skb, const struct tdxu_verdict *verdicts, u32 count);

#endif
