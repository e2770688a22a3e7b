// SPDX-License-Identifier: GPL-2.0-or-later
/* What an update must be worth to relying parties: --require-tcb. */

#include "apply.h"

static enum tdxu_exit refuse(struct tdxu_report *report, const struct tdxu_tcb_set *set,
			     struct tdxu_svn svn)
{
	char text[TDXU_MESSAGE_BYTES];

	if (set->error.code)
		return tdxu_error_set(&report->error, TDXU_EXIT_HOST, report->what,
				      "replace the file, or name another one with --tcb-info",
				      "what it is worth is not known, as %s cannot be used: %.300s",
				      set->path, set->error.why);
	if (set->trust != TDXU_TCB_VERIFIED)
		return tdxu_error_set(&report->error, TDXU_EXIT_HOST, report->what,
				      "give its chain with --tcb-chain, or beside it as X.chain.pem for X.json",
				      "what it is worth is not known, as %s is not verified: %s",
				      set->path, set->why);
	return tdxu_error_set(&report->error, TDXU_EXIT_HOST, report->what,
			      set->expired ? "get a newer TCB info" :
			      "take a newer image, or leave out --require-tcb",
			      "it must be UpToDate, and by TCB set %u is not: %.300s",
			      set->file.info.number,
			      tdxu_tcb_text(set, svn, text));
}

enum tdxu_exit tdxu_require_tcb(const struct tdxu_tcb *tcb, const struct tdxu_image_file *image,
				struct tdxu_report *report)
{
	struct tdxu_svn svn = tdxu_svn_of_image(image);

	if (!tcb->nr)
		return tdxu_error_set(&report->error, TDXU_EXIT_HOST, report->what,
				      "name one with --tcb-info, or put it into /etc/tdxupd/tcb",
				      "what it is worth is not known, as there is no TCB info");
	for (u32 i = 0; i < tcb->nr; i++) {
		const struct tdxu_tcb_set *set = &tcb->set[i];

		if (tdxu_tcb_judge(set, svn).believed != TDXU_TCB_UP_TO_DATE ||
		    set->trust != TDXU_TCB_VERIFIED)
			return refuse(report, set, svn);
	}
	return TDXU_EXIT_OK;
}
