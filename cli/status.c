// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "command.h"
#include "core/abi.h"
#include "duration.h"
#include "error.h"
#include "json.h"
#include "kept.h"
#include "metrics.h"
#include "names.h"
#include "print.h"
#include "record.h"
#include "tcb_show.h"
#include "tds.h"
#include "unmade.h"

enum {
	WATCH_MS = 5000, /* a driver that is unloaded sends no event */
	MINUTE_MS = 60000,
};

/* A field that could not be read is said to be not known. */
static void print_handoff(struct tdxu_ctx *ctx, const struct tdxu_module *m)
{
	char versions[TDXU_HANDOFF_TEXT] = "versions not known", pages[32] = "pages not known";

	if (TDXU_TOLD(m, HV) && TDXU_TOLD(m, MIN_UPDATE_HV) && TDXU_TOLD(m, NO_DOWNGRADE))
		tdxu_handoff_text(m->min_update_hv, m->hv, m->no_downgrade, versions);
	if (TDXU_TOLD(m, HANDOFF_PAGES))
		snprintf(pages, sizeof(pages), "%u pages", m->handoff_pages);
	tdxu_print_row(ctx, TDXU_PLAIN, "Handoff", "%s, %s", versions, pages);
}

static void print_identity(struct tdxu_ctx *ctx, const struct tdxu_module *m, const char *version)
{
	char date[32] = "a date not known", build[16] = "not known";
	char svn[16] = "not known";

	if (TDXU_TOLD(m, BUILD_DATE))
		tdxu_date_text(m->build_date, date);
	if (TDXU_TOLD(m, BUILD_NUM))
		snprintf(build, sizeof(build), "%u", m->build_num);
	if (TDXU_TOLD(m, SVN_MAJOR) && TDXU_TOLD(m, SVN_MINOR))
		snprintf(svn, sizeof(svn), "%u.%u", m->svn_major, m->svn_minor);
	tdxu_print_row(ctx, TDXU_PLAIN, "TDX module", "%s, build %s of %s, SVN %s", version, build,
		       date, svn);
}

static void print_module(struct tdxu_ctx *ctx, const struct tdxu_module *m)
{
	char text[TDXU_VERSION_TEXT];

	tdxu_module_text(m, text);
	if (m->only_version) {
		tdxu_print_row(ctx, m->unsure ? TDXU_WARN : TDXU_PLAIN, "TDX module", "%s%s", text,
			       m->unsure ? tdxu_unsure : "");
		tdxu_print_row(ctx, TDXU_BAD, "Race protection",
			       "no: the kernel's own updater does not ask for it");
		return;
	}
	print_identity(ctx, m, text);
	print_handoff(ctx, m);
	if (!TDXU_TOLD(m, FEATURES0))
		tdxu_print_row(ctx, TDXU_WARN, "Race protection",
			       "not known: TDX_FEATURES0 could not be read");
	else if (m->features0 & TDXU_FEATURE_UPDATE_COMPAT)
		tdxu_print_row(ctx, TDXU_GOOD, "Race protection",
			       "yes: refuses an update while a TD is built or migrated");
	else
		tdxu_print_row(ctx, TDXU_BAD, "Race protection",
			       "no: an update could corrupt a TD that is built or migrated");
}

static void print_gate(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	struct tdxu_version minimum = { 0 };
	char text[TDXU_VERSION_TEXT];

	if (!s->module.present)
		return;
	switch (tdxu_status_gate(s, &minimum)) {
	case TDXU_GATE_OPEN:
		tdxu_print_row(ctx, TDXU_GOOD, "Gate", "open (minimum of this series: %s)",
			       tdxu_version_format(&minimum, text));
		break;
	case TDXU_GATE_TOO_OLD:
		tdxu_print_row(ctx, TDXU_BAD, "Gate",
			       "closed: older than %s; see the blockers for the way to that",
			       tdxu_version_format(&minimum, text));
		break;
	case TDXU_GATE_UNKNOWN_SERIES:
		tdxu_print_row(ctx, TDXU_BAD, "Gate",
			       "closed: unknown series %u.%u; use a newer tdx_update",
			       s->module.major, s->module.minor);
		break;
	}
}

static void print_seamldr(struct tdxu_ctx *ctx, const struct tdxu_seamldr *s)
{
	char version[TDXU_VERSION_TEXT];

	if (!s->present && s->only_version)
		tdxu_print_row(ctx, TDXU_PLAIN, "P-SEAMLDR", "only root may ask");
	else if (s->present)
		tdxu_print_row(ctx, s->updates_left ? TDXU_PLAIN : TDXU_BAD, "P-SEAMLDR",
			       "%s, %u updates left until reboot",
			       tdxu_seamldr_version(s, version), s->updates_left);
	else
		tdxu_print_row(ctx, TDXU_BAD, "P-SEAMLDR", "no P-SEAMLDR answers");
}

/* How old is what follows? By the minute, so that the screen of a watch stays as it is. */
static void print_age(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	char age[TDXU_DURATION_TEXT];

	if (ctx->backend->unguarded || !TDXU_AGE_TOLD(s))
		return;
	if (s->facts_age_ms < MINUTE_MS)
		tdxu_print_row(ctx, TDXU_PLAIN, "Asked", "less than a minute ago");
	else
		tdxu_print_row(ctx, TDXU_PLAIN, "Asked", "%s ago; as root, it is asked anew",
			       tdxu_duration_format(s->facts_age_ms / MINUTE_MS * MINUTE_MS, age));
}

static void print_firmware(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	if (!tdxu_status_asked(s)) {
		tdxu_print_row(ctx, TDXU_WARN, "TDX module",
			       "not known: since the driver was loaded nobody has asked; `tdxupd status` does as root");
		return;
	}
	print_age(ctx, s);
	if (s->module.present)
		print_module(ctx, &s->module);
	else
		tdxu_print_row(ctx, TDXU_BAD, "TDX module", "no TDX module answers");
	tdxu_tcb_print(ctx, tdxu_svn_of_module(&s->module));
	print_gate(ctx, s);
	print_seamldr(ctx, &s->seamldr);
}

static void print_host(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	static const char *const errata[] = {
		"none",
		"SEAMRET clears the VMCS: load tdx_update with restore_vmcs=1",
		"SEAMRET clears the VMCS: handled by restore_vmcs=1",
	};

	tdxu_print_row(ctx, s->cpus_online == s->cpus_present ? TDXU_PLAIN : TDXU_BAD, "CPUs",
		       "%u of %u online", s->cpus_online, s->cpus_present);
	if (s->tds.unknown)
		tdxu_print_row(ctx, TDXU_PLAIN, "TDs", "not known: %s", s->tds.unknown);
	else
		tdxu_print_row(ctx, TDXU_PLAIN, "TDs", "%" PRIu64 " of at most %" PRIu64,
			       s->tds.current, s->tds.capacity);
	tdxu_print_row(ctx, s->erratum == TDX_UPDATE_ERRATUM_BLOCKED ? TDXU_BAD : TDXU_PLAIN,
		       "Erratum", "%s",
		       s->erratum < ARRAY_SIZE(errata) ? errata[s->erratum] : "unknown");
}

static void print_driver(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	if (s->state == TDX_UPDATE_STATE_LOST)
		tdxu_print_row(ctx, TDXU_BAD, "STATE",
			       "LOST: the TDX module is gone and its TDs with it; reboot the host");
	else if (s->state == TDX_UPDATE_STATE_UPDATING)
		tdxu_print_row(ctx, TDXU_WARN, "State", "updating (#%u, %s)", s->update_id,
			       tdxu_name_phase(s->phase));
	else
		tdxu_print_row(ctx, TDXU_PLAIN, "State", "%s", tdxu_name_state(s->state));
	tdxu_print_row(ctx, TDXU_PLAIN, "Driver", "%s %s", ctx->backend->name,
		       ctx->backend->unguarded ? "(the kernel's own updater)" : s->driver);
	if (*s->beyond)
		tdxu_print_row(ctx, TDXU_WARN, "Not shown",
			       "%s, which this tdxupd does not know; install that of the driver's version",
			       s->beyond);
}

static void print_unmade(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	char text[TDXU_UNMADE_TEXT];

	if (!ctx->backend->unguarded && *tdxu_unmade_text(&s->made, text))
		tdxu_print_row(ctx, TDXU_WARN, "Not checked", "%s", text);
}

static void print_blockers(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	const struct tdxu_checks *blockers = &s->blockers;

	if (!tdxu_status_asked(s))
		tdxu_print_row(ctx, TDXU_WARN, blockers->nr ? "" : "Blockers",
			       "not known: what the firmware has not been asked for");
	else if (!blockers->nr)
		tdxu_print_row(ctx, TDXU_GOOD, "Blockers", "none");
	for (u32 i = 0; i < blockers->nr; i++)
		tdxu_print_row(ctx, TDXU_BAD, i ? "" : "Blockers", "%s: %s",
			       blockers->check[i].name, blockers->check[i].message);
}

static void print_kept(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	char version[TDXU_IDENTITY_TEXT];
	struct tdxu_kept kept;

	tdxu_kept_peek(ctx->paths->state, &s->module, &kept);
	switch (kept.state) {
	case TDXU_KEPT_NONE:
		tdxu_print_row(ctx, TDXU_PLAIN, "Kept image", "none");
		break;
	case TDXU_KEPT_USABLE:
		tdxu_print_row(ctx, TDXU_GOOD, "Kept image",
			       "the running module: the fallback of the next update");
		break;
	case TDXU_KEPT_UNUSABLE:
		tdxu_print_row(ctx, TDXU_WARN, "Kept image", "not used as fallback: %s (%s)",
			       kept.why, tdxu_identity_text(&kept.file.identity, version));
		break;
	case TDXU_KEPT_UNKNOWN:
		tdxu_print_row(ctx, TDXU_PLAIN, "Kept image", "not known: %s", kept.why);
		break;
	}
	tdxu_kept_free(&kept);
}

static void print_screen(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	print_driver(ctx, s);
	print_firmware(ctx, s);
	if (*s->signer)
		tdxu_print_row(ctx, TDXU_WARN, "Other signer", "%.16s... is taken, too (signer=)",
			       s->signer);
	print_host(ctx, s);
	print_kept(ctx, s);
	print_blockers(ctx, s);
	print_unmade(ctx, s);
	if (!s->result.present) {
		tdxu_print_row(ctx, TDXU_PLAIN, "Last update",
			       ctx->backend->unguarded ? "not told by the kernel's own updater" :
						     "none since the driver was loaded");
		return;
	}
	tdxu_print_outcome(ctx, "Last update", &s->result);
	tdxu_print_details(ctx, &s->result);
}

static enum tdxu_exit ask(struct tdxu_ctx *ctx, void *priv, struct tdxu_status *status,
			  struct tdxu_error *error)
{
	struct tdxu_fault fault = { 0 };

	if (tdxu_ask(ctx, priv, status, &fault))
		return tdxu_error_from_fault(error, "status", &fault);
	tdxu_record_catch_up(ctx, status);
	tdxu_tds_read(ctx->paths->cgroup, &status->tds);
	return TDXU_EXIT_OK;
}

static void show(struct tdxu_ctx *ctx, const struct tdxu_status *status, char **text,
		 size_t *size)
{
	struct tdxu_ctx into = *ctx;

	into.out = open_memstream(text, size);
	if (!into.out)
		return;
	print_screen(&into, status);
	fclose(into.out);
}

/* A screen that is rewritten on a terminal; elsewhere one after the other, when it differs. */
static void watch(struct tdxu_ctx *ctx, void *priv, struct tdxu_error *error)
{
	int stop_fd = ctx->clock->stop_fd;
	struct tdxu_fault fault = { 0 };
	char *last = NULL, *text = NULL;
	size_t size;
	int err = 0;

	while (!err) {
		struct tdxu_status status = { 0 };

		if (ask(ctx, priv, &status, error))
			break;
		show(ctx, &status, &text, &size);
		if (text && (!last || strcmp(last, text)))
			fprintf(ctx->out, "%s%s", ctx->terminal ? "\033[H\033[2J" : last ? "\n" : "",
				text);
		free(last);
		last = text;
		text = NULL;
		if (fflush(ctx->out))
			break;
		err = ctx->backend->watch(priv, stop_fd, WATCH_MS, &fault);
	}
	free(last);
	if (err && err != -EINTR)
		tdxu_error_from_fault(error, "status", &fault);
}

static void print_json(struct tdxu_ctx *ctx, const struct tdxu_status *status,
		       const struct tdxu_error *error)
{
	json_t *body = NULL;
	struct tdxu_kept kept;

	if (!error->code) {
		tdxu_kept_peek(ctx->paths->state, &status->module, &kept);
		body = tdxu_json_status(status);
		json_object_update_new(body, json_pack("{s:o, s:s, s:o, s:o}",
			"missing_checks", tdxu_json_unmade(&status->made),
			"backend", ctx->backend->name,
			"kept", tdxu_json_kept(&kept),
			"tcb", tdxu_json_tcb(ctx->tcb, tdxu_svn_of_module(&status->module))));
		tdxu_kept_free(&kept);
	}
	tdxu_json_print(ctx->out, "status", error, body);
}

/* Two outputs: neither says that the other could not be written. */
static void print_metrics(struct tdxu_ctx *ctx, const struct tdxu_status *status,
			  struct tdxu_error *error)
{
	struct tdxu_error of_file = { 0 };

	tdxu_metrics_write(ctx, status, error);
	if (ctx->options->nfd && tdxu_nfd_write(ctx, status, &of_file))
		tdxu_error_print(ctx->err, &of_file);
	if (!error->code)
		error->code = of_file.code;
}

static void look(struct tdxu_ctx *ctx, struct tdxu_status *status, struct tdxu_error *error)
{
	struct tdxu_fault fault = { 0 };
	void *priv = NULL;

	if (tdxu_open(ctx, &priv, &fault)) {
		tdxu_error_from_fault(error, "status", &fault);
		return;
	}
	if (ctx->options->watch)
		watch(ctx, priv, error);
	else
		ask(ctx, priv, status, error);
	ctx->backend->close(priv);
}

enum tdxu_exit tdxu_cmd_status(struct tdxu_ctx *ctx)
{
	const struct tdxu_options *opt = ctx->options;
	struct tdxu_status status = { 0 };
	struct tdxu_error error = { 0 };
	struct tdxu_tcb tcb;

	if (!tdxu_tcb_load(ctx, &tcb, &error))
		look(ctx, &status, &error);
	if (opt->json)
		print_json(ctx, &status, &error);
	else if (opt->metrics)
		print_metrics(ctx, &status, &error);
	else if (error.code)
		tdxu_error_print(ctx->err, &error);
	else if (!opt->watch)
		print_screen(ctx, &status);
	tdxu_tcb_free(&tcb);
	return error.code;
}
