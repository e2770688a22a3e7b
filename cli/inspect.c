// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "json.h"
#include "launch.h"
#include "names.h"
#include "print.h"
#include "tcb_show.h"

static void print_verdicts(struct tdxu_ctx *ctx, const struct tdxu_image_file *f,
			   const struct tdxu_checks *checks)
{
	const struct tdxu_candidate *c = &f->content;
	enum tdxu_signer by = tdxu_signer_of(c);
	char hex[2 * TDXU_SHA384_BYTES + 1];

	if (!f->verified)
		return;
	tdxu_print_row(ctx, by == TDXU_SIGNER_INTEL ? TDXU_GOOD : TDXU_WARN, "Signer", "%s",
		       tdxu_signer_texts[by]);
	tdxu_print_row(ctx, TDXU_PLAIN, "Signer hash", "%s",
		       tdxu_hex(c->signer, sizeof(c->signer), hex));
	tdxu_print_checks(ctx, checks);
}

static void print_cpus(struct tdxu_ctx *ctx, const struct tdxu_sigstruct *sig)
{
	if (!sig->cpuid_table_size)
		tdxu_print_row(ctx, TDXU_PLAIN, "CPUs", "any (no table)");
	for (u32 i = 0; i < sig->cpuid_table_size && i < TDXU_SIGSTRUCT_CPUID_ENTRIES; i++) {
		const char *name = tdxu_cpu_model_name(sig->cpuid_table[i]);

		tdxu_print_row(ctx, TDXU_PLAIN, i ? "" : "CPUs", "0x%08x %s", sig->cpuid_table[i],
			       name ? name : "(a model unknown to tdxupd)");
	}
}

static void print_image(struct tdxu_ctx *ctx, const struct tdxu_image_file *f,
			const struct tdxu_checks *checks, const struct tdxu_launch *launch)
{
	const struct tdxu_sigstruct *sig = f->content.image.sigstruct;
	bool debug = sig->module_type & TDXU_SIGSTRUCT_TYPE_DEBUG;
	char version[TDXU_IDENTITY_TEXT];
	char hex[2 * TDXU_SHA384_BYTES + 1], date[TDXU_DATE_TEXT], handoff[TDXU_HANDOFF_TEXT];

	tdxu_print_row(ctx, TDXU_PLAIN, "Image", "%s", f->path);
	tdxu_print_row(ctx, TDXU_PLAIN, "Version", "%s",
		       tdxu_identity_text(&f->identity, version));
	tdxu_print_row(ctx, TDXU_PLAIN, "Format", "%s, %u module pages, %zu bytes",
		       f->joined ? "bare module and .sigstruct" : tdxu_format_name(f),
		       f->content.image.module_pages, f->blob.size);
	tdxu_print_row(ctx, TDXU_PLAIN, "Signed on", "%s", tdxu_date_text(sig->date, date));
	tdxu_print_row(ctx, debug ? TDXU_WARN : TDXU_PLAIN, "Signed for", "%s",
		       debug ? "debugging: production platforms refuse it" : "production");
	tdxu_print_row(ctx, TDXU_PLAIN, "SVN", "%u.%u", sig->svn_major, sig->svn_minor);
	tdxu_print_row(ctx, TDXU_PLAIN, "Handoff", "%s, %u pages",
		       tdxu_handoff_text(sig->min_update_hv, sig->module_hv, sig->no_downgrade,
					 handoff),
		       sig->num_handoff_pages + 1u);
	tdxu_print_row(ctx, TDXU_PLAIN, "SEAMHASH", "%s",
		       tdxu_hex(sig->seamhash, sizeof(sig->seamhash), hex));
	print_cpus(ctx, sig);
	tdxu_tcb_print(ctx, tdxu_svn_of_image(f));
	tdxu_launch_print(ctx, launch);
	print_verdicts(ctx, f, checks);
}

enum tdxu_exit tdxu_cmd_inspect(struct tdxu_ctx *ctx)
{
	const struct tdxu_options *opt = ctx->options;
	struct tdxu_checks checks = { 0 };
	struct tdxu_error error = { 0 };
	struct tdxu_image_file file = { 0 };
	struct tdxu_launch launch;
	struct tdxu_tcb tcb;

	if (!tdxu_tcb_load(ctx, &tcb, &error) &&
	    !tdxu_image_file_load(NULL, opt->image, opt->sigstruct, &file, &error)) {
		tdxu_image_file_checks(&file, &checks);
		if (!tdxu_image_file_judge(&file, &error))
			tdxu_image_file_judge_signer(&file, &error);
	}
	tdxu_launch_of_image(&file, &launch);
	if (opt->json)
		tdxu_json_print(ctx->out, "inspect", &error,
				json_pack("{s:o, s:o, s:o, s:o}", "image", tdxu_json_image(&file),
					  "checks", tdxu_json_checks(&checks),
					  "tcb", tdxu_json_tcb(&tcb, tdxu_svn_of_image(&file)),
					  "attestation", tdxu_json_launch(&launch)));
	else if (file.content.image.sigstruct)
		print_image(ctx, &file, &checks, &launch);
	fflush(ctx->out);
	if (error.code && !opt->json)
		tdxu_error_print(ctx->err, &error);
	tdxu_image_file_free(&file);
	tdxu_tcb_free(&tcb);
	return error.code;
}
