// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Before the kernel's own updater: it does not ask the module to refuse while a TD is being built,
 * and whatever P-SEAMLDR refuses, it refuses when the old module is gone. So a named image is
 * checked as strictly as one that --newest chooses.
 */
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "catalogue.h"
#include "checks.h"
#include "names.h"

static const char unguarded_note[] =
	"the kernel's own updater cannot see a TD that is being built or migrated, and would corrupt it";

static enum tdxu_exit check_version(struct tdxu_apply *a)
{
	const struct tdxu_identity *id = &a->images.target.identity;
	struct tdxu_version running = tdxu_module_version(&a->before.module);
	char text[TDXU_VERSION_TEXT];
	int order;

	if (!id->source || !a->before.module.present)
		return TDXU_EXIT_OK;
	order = tdxu_version_compare(&id->version, &running);
	tdxu_version_format(&running, text);
	if (id->version.major != running.major || id->version.minor != running.minor || order < 0)
		return tdxu_error_set(&a->report.error, TDXU_EXIT_IMAGE, a->report.what,
				      "take a newer module of the running series",
				      "the running module %s cannot be followed by this one under TDs, and the kernel's own updater would find out too late",
				      text);
	if (order || id->source == TDXU_VERSION_FILE_NAME)
		return TDXU_EXIT_OK;
	if (a->before.module.unsure)
		return tdxu_report_unsure(&a->report, text);
	a->nothing_to_do = true;
	tdxu_note(&a->report, false, "nothing to do: %s runs already", text);
	return TDXU_EXIT_OK;
}

/* The kernel tells the version of what runs and no more; the kept image may be the same module. */
static bool is_kept_running(const struct tdxu_apply *a)
{
	const struct tdxu_image_file *kept = &a->images.kept.file;
	const struct tdxu_identity *id = &kept->identity;
	struct tdxu_version running = tdxu_module_version(&a->before.module);

	return kept->content.image.sigstruct && a->before.module.present && id->source &&
	       id->source != TDXU_VERSION_FILE_NAME &&
	       !tdxu_version_compare(&id->version, &running);
}

static void know_from_kept(struct tdxu_apply *a, struct tdxu_facts *facts)
{
	const struct tdxu_sigstruct *sig = a->images.kept.file.content.image.sigstruct;

	if (!is_kept_running(a)) {
		tdxu_note(&a->report, false,
			  "SVN and handoff versions of the running module are not known here, as no image of it is kept");
		return;
	}
	facts->seamldr_answers = a->before.seamldr.present;
	facts->module_answers = true;
	for (u32 i = TDXU_FACT_MODULE_HV; i <= TDXU_FACT_HANDOFF_PAGES; i++)
		tdxu_know(facts, i, 0);
	facts->running.svn_major = sig->svn_major;
	facts->running.svn_minor = sig->svn_minor;
	facts->running.module_hv = sig->module_hv;
	facts->running.min_update_hv = sig->min_update_hv;
	facts->running.no_downgrade = sig->no_downgrade;
	facts->running.handoff_pages = (u16)(sig->num_handoff_pages + 1);
}

static enum tdxu_exit check_image(const struct tdxu_image_file *target,
				  const struct tdxu_host *host, struct tdxu_report *report)
{
	struct tdxu_checks checks;

	tdxu_checks_of_image(&target->content, &host->facts, &checks);
	return tdxu_report_failure(report, &checks);
}

static enum tdxu_exit fail_unfit(const struct tdxu_fit *fit, struct tdxu_report *report)
{
	tdxu_error_set(&report->error, TDXU_EXIT_HOST, report->what,
		       "see `tdxupd list` for those that can",
		       "by the mapping file beside it, it cannot be taken here: %s", fit->why);
	snprintf(report->error.check, sizeof(report->error.check), "%s", fit->rule);
	return report->error.code;
}

/* What the publisher demands, if its mapping file is beside the image. */
static enum tdxu_exit check_mapping(const struct tdxu_selection *images,
				    const struct tdxu_host *host, struct tdxu_report *report)
{
	const char *slash = strrchr(images->target.path, '/');
	const struct tdxu_release *release;
	struct tdxu_mapping mapping;
	char dir[PATH_MAX], path[PATH_MAX + 32];
	struct tdxu_fit fit;

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - images->target.path) : 1,
		 slash ? images->target.path : ".");
	snprintf(path, sizeof(path), "%s/mapping_file.json", dir);
	if (access(path, F_OK)) {
		tdxu_note(report, false,
			  "what the publisher demands of the running module is not known here, as there is no %s",
			  path);
		return TDXU_EXIT_OK;
	}
	if (tdxu_mapping_load(dir, &mapping, &report->error))
		return report->error.code;
	release = tdxu_mapping_find(&mapping, &images->target.identity.version);
	tdxu_fit_judge(host, &images->target, release, &fit);
	return fit.verdict == TDXU_FIT_REFUSED ? fail_unfit(&fit, report) : TDXU_EXIT_OK;
}

static enum tdxu_exit check_fit(struct tdxu_apply *a)
{
	enum tdxu_exit code;
	struct tdxu_host host;

	tdxu_host_from_status(a->ctx, &a->before, &host);
	know_from_kept(a, &host.facts);
	code = check_image(&a->images.target, &host, &a->report);
	/* What --newest has chosen was checked already. */
	if (code || a->ctx->options->newest)
		return code;
	return check_mapping(&a->images, &host, &a->report);
}

enum tdxu_exit tdxu_apply_unguarded_check(struct tdxu_apply *a)
{
	const struct tdxu_options *opt = a->ctx->options;
	enum tdxu_exit code;

	if (!a->ctx->backend->unguarded)
		return TDXU_EXIT_OK;
	if (!opt->at_own_risk && !opt->dry_run)
		return tdxu_error_set(&a->report.error, TDXU_EXIT_HOST, a->report.what,
				      "load tdx_update, or make sure that no TD is being built and add --at-own-risk",
				      "%s", unguarded_note);
	if (opt->fallback)
		return tdxu_error_set(&a->report.error, TDXU_EXIT_USAGE, a->report.what,
				      "leave out --fallback, or load tdx_update",
				      "the kernel's own updater has no fallback");
	tdxu_note(&a->report, false, "%s; there is no fallback either", unguarded_note);
	code = check_version(a);
	return code || a->nothing_to_do ? code : check_fit(a);
}
