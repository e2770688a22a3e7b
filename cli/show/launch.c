// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "json.h"
#include "launch.h"
#include "names.h"
#include "print.h"

void tdxu_launch_of_image(const struct tdxu_image_file *file, struct tdxu_launch *launch)
{
	*launch = (struct tdxu_launch){ .svn = tdxu_svn_of_image(file) };
	launch->known = launch->svn.known && file->content.hash_matches;
	if (launch->known)
		memcpy(launch->mrseam, file->content.image.sigstruct->seamhash,
		       sizeof(launch->mrseam));
}

void tdxu_launch_of_module(const struct tdxu_module *module, struct tdxu_launch *launch)
{
	*launch = (struct tdxu_launch){ .svn = tdxu_svn_of_module(module) };
	launch->known = launch->svn.known;
	memcpy(launch->mrseam, module->mrseam, sizeof(launch->mrseam));
}

static bool knows_before(const struct tdxu_launch *launch)
{
	return launch->before && tdxu_svn_of_module(launch->before).known;
}

static bool is_same(const struct tdxu_launch *launch)
{
	return knows_before(launch) &&
	       !memcmp(launch->before->mrseam, launch->mrseam, sizeof(launch->mrseam));
}

void tdxu_launch_print(struct tdxu_ctx *ctx, const struct tdxu_launch *l)
{
	char hex[2 * TDXU_MRSEAM_BYTES + 1], before[40] = "";

	if (!l->known || is_same(l))
		return;
	if (knows_before(l))
		snprintf(before, sizeof(before), " (SVN %u.%u or lower)",
			 l->before->svn_major, l->before->svn_minor);
	tdxu_print_row(ctx, TDXU_PLAIN, "New TDs", "%s SVN %u.%u, and this MRSEAM, which relying parties must accept:",
		       l->done ? "show" : "will show", l->svn.major, l->svn.minor);
	tdxu_print_row(ctx, TDXU_PLAIN, "", "%s", tdxu_hex(l->mrseam, sizeof(l->mrseam), hex));
	tdxu_print_row(ctx, TDXU_PLAIN, "TDs from before", "go on to show SVN and MRSEAM of their launch%s;",
		       before);
	tdxu_print_row(ctx, TDXU_PLAIN, "", "only TEE_TCB_SVN_2 %s %u.%u; they need a relaunch to be worth more",
		       l->done ? "is now" : "becomes", l->svn.major, l->svn.minor);
}

json_t *tdxu_json_launch(const struct tdxu_launch *l)
{
	const struct tdxu_module *before = knows_before(l) ? l->before : NULL;

	if (!l->known)
		return json_null();
	return json_pack("{s:b, s:{s:o, s:o}, s:{s:o, s:o, s:o, s:o}}",
			 "done", l->done,
			 "new_tds",
				 "tee_tcb_svn", tdxu_json_svn(l->svn.major, l->svn.minor),
				 "mrseam", tdxu_json_hash(l->mrseam),
			 "running_tds",
				 "tee_tcb_svn", before ? tdxu_json_svn(before->svn_major,
								       before->svn_minor) :
							 json_null(),
				 "mrseam", before ? tdxu_json_hash(before->mrseam) : json_null(),
				 "tee_tcb_svn_2", tdxu_json_svn(l->svn.major, l->svn.minor),
				 "need_relaunch", before ? json_boolean(!is_same(l)) : json_null());
}
