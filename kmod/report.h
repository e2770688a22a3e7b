/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_REPORT_H
#define TDXU_REPORT_H

/* What is known, as netlink attributes; see uapi/tdx_update.h. All return 0 or -EMSGSIZE. */

#include "update.h"
#include "upload.h"

struct sk_buff;

enum {
	/* A reply with every verdict, or a status with a result that has all it can have. */
	TDXU_REPORT_BYTES = 20480,
};

/** tdxu_report_state() - One word for what the update and the upload are doing. */
enum tdx_update_state tdxu_report_state(const struct tdxu_status *status,
					enum tdxu_upload_state upload);

/** tdxu_report_status() - Fill a STATUS_GET reply. Context: may sleep. */
int tdxu_report_status(struct sk_buff *skb, const struct tdxu_status *status,
		       enum tdxu_upload_state upload);

/** tdxu_report_verdict() - One check as a nest of type @attr. */
int tdxu_report_verdict(struct sk_buff *skb, int attr, const struct tdxu_verdict *verdict);

#endif
