// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <time.h>

#include "metrics.h"
#include "names.h"
#include "print.h"
#include "save.h"
#include "tcb_show.h"

enum {
	FRESH_S = 3600,
	MRSEAM_DIGITS = 32, /* of 96; a label's value has 63 characters at most */
};

/* The worst that a TCB info says. */
static const char *tcb_status(const struct tdxu_ctx *ctx, const struct tdxu_module *m)
{
	u32 worst = TDXU_TCB_UP_TO_DATE;

	for (u32 i = 0; i < ctx->tcb->nr; i++) {
		u32 status = tdxu_tcb_judge(&ctx->tcb->set[i], tdxu_svn_of_module(m)).believed;

		worst = status < worst ? status : worst;
	}
	return tdxu_tcb_status_names[worst];
}

/* All values are digits, letters and dots, and begin and end with no dot, as a label's must. */
static void print_labels(FILE *file, const struct tdxu_ctx *ctx, const struct tdxu_module *m)
{
	char text[TDXU_VERSION_TEXT], mrseam[2 * TDXU_MRSEAM_BYTES + 1];

	fprintf(file, "tdx-module.version=%s\n", tdxu_module_text(m, text));
	if (TDXU_TOLD(m, SVN_MAJOR) && TDXU_TOLD(m, SVN_MINOR))
		fprintf(file, "tdx-module.svn=%u.%u\n", m->svn_major, m->svn_minor);
	if (TDXU_TOLD(m, MRSEAM)) {
		tdxu_hex(m->mrseam, sizeof(m->mrseam), mrseam);
		fprintf(file, "tdx-module.mrseam=%.*s\n", MRSEAM_DIGITS, mrseam);
	}
	if (ctx->tcb->nr)
		fprintf(file, "tdx-module.tcb-status=%s\n", tcb_status(ctx, m));
}

enum tdxu_exit tdxu_nfd_write(const struct tdxu_ctx *ctx, const struct tdxu_status *status,
			      struct tdxu_error *error)
{
	struct tdxu_save save = { .path = ctx->options->nfd, .mode = 0644, .replace = true,
				  .no_links = true };
	const struct tdxu_module *m = &status->module;
	char until[TDXU_TIME_TEXT], *text = NULL;
	FILE *file = open_memstream(&text, &save.size);

	if (!file)
		return tdxu_save_fail(save.path, ENOMEM, error);
	/* NFD drops the file's labels unless it was written anew by then. */
	fprintf(file, "# +expiry-time=%s\n", tdxu_utc_text(time(NULL) + FRESH_S, until));
	if (m->present && !m->unsure && status->state != TDX_UPDATE_STATE_LOST)
		print_labels(file, ctx, m);
	return tdxu_save_stream(&save, file, &text, error);
}
