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

static struct tdxu_svn svn_before(const struct tdxu_launch *launch)
{
	return launch->before ? tdxu_svn_of_module(launch->before) : (struct tdxu_svn){ 0 };
}

static bool is_same(const struct tdxu_launch *launch)
{
	return svn_before(launch).known &&
	       !memcmp(launch->before->mrseam, launch->mrseam, sizeof(launch->mrseam));
}

void tdxu_launch_print(struct tdxu_ctx *ctx, const struct tdxu_launch *l)
{
	char hex[2 * TDXU_MRSEAM_BYTES + 1], before[40] = "";
	struct tdxu_svn svn = svn_before(l);

	if (!l->known || is_same(l))
		return;
	if (svn.known)
		snprintf(before, sizeof(before), " (SVN %u.%u or lower)", svn.major, svn.minor);
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
	struct tdxu_svn before = svn_before(l);

	if (!l->known)
		return json_null();
	return json_pack("{s:b, s:{s:o, s:o}, s:{s:o, s:o, s:o, s:o}}",
			 "done", l->done,
			 "new_tds",
				 "tee_tcb_svn", tdxu_json_svn(l->svn),
				 "mrseam", tdxu_json_hash(l->mrseam),
			 "running_tds",
				 "tee_tcb_svn", tdxu_json_svn(before),
				 "mrseam", before.known ? tdxu_json_hash(l->before->mrseam) :
							  json_null(),
				 "tee_tcb_svn_2", tdxu_json_svn(l->svn),
				 "need_relaunch", tdxu_json_known(before.known,
								  json_boolean(!is_same(l))));
}
