// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/abi.h"
#include "error.h"
#include "json.h"
#include "names.h"
#include "print.h"

static void print_module(struct tdxu_ctx *ctx, const struct tdxu_module *m)
{
	bool protects = m->features0 & TDXU_FEATURE_UPDATE_COMPAT;
	struct tdxu_version version = tdxu_module_version(m);
	char text[TDXU_VERSION_TEXT], date[TDXU_DATE_TEXT], handoff[TDXU_HANDOFF_TEXT];

	if (!m->present) {
		tdxu_print_row(ctx, TDXU_BAD, "TDX module", "no TDX module answers");
		return;
	}
	tdxu_print_row(ctx, TDXU_PLAIN, "TDX module", "%s, build %u of %s, SVN %u.%u",
		       tdxu_version_format(&version, text), m->build_num,
		       tdxu_date_text(m->build_date, date), m->svn_major, m->svn_minor);
	tdxu_print_row(ctx, TDXU_PLAIN, "Handoff", "%s, %u pages",
		       tdxu_handoff_text(m->min_update_hv, m->hv, m->no_downgrade, handoff),
		       m->handoff_pages);
	tdxu_print_row(ctx, protects ? TDXU_GOOD : TDXU_BAD, "Race protection", "%s",
		       protects ? "yes: refuses an update while a TD is built or migrated" :
				  "no: an update could corrupt a TD that is built or migrated");
}

static void print_gate(struct tdxu_ctx *ctx, const struct tdxu_module *m)
{
	struct tdxu_version version = tdxu_module_version(m);
	struct tdxu_version minimum = { 0 };
	char text[TDXU_VERSION_TEXT];

	if (!m->present)
		return;
	switch (tdxu_gate_check(&version, &minimum)) {
	case TDXU_GATE_OPEN:
		tdxu_print_row(ctx, TDXU_GOOD, "Gate", "open (minimum of this series: %s)",
			       tdxu_version_format(&minimum, text));
		break;
	case TDXU_GATE_TOO_OLD:
		tdxu_print_row(ctx, TDXU_BAD, "Gate",
			       "closed: older than %s; move to that by a reboot",
			       tdxu_version_format(&minimum, text));
		break;
	case TDXU_GATE_UNKNOWN_SERIES:
		tdxu_print_row(ctx, TDXU_BAD, "Gate",
			       "closed: unknown series %u.%u; use a newer tdx_update", m->major,
			       m->minor);
		break;
	}
}

static void print_seamldr(struct tdxu_ctx *ctx, const struct tdxu_seamldr *s)
{
	if (s->present)
		tdxu_print_row(ctx, s->updates_left ? TDXU_PLAIN : TDXU_BAD, "P-SEAMLDR",
			       "%u.%u, %u updates left until reboot", s->major, s->minor,
			       s->updates_left);
	else
		tdxu_print_row(ctx, TDXU_BAD, "P-SEAMLDR", "no P-SEAMLDR answers");
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
	tdxu_print_row(ctx, TDXU_PLAIN, "Driver", "tdx_update %s", s->driver);
}

static void print_blockers(struct tdxu_ctx *ctx, const struct tdxu_checks *blockers)
{
	if (!blockers->nr)
		tdxu_print_row(ctx, TDXU_GOOD, "Blockers", "none");
	for (u32 i = 0; i < blockers->nr; i++)
		tdxu_print_row(ctx, TDXU_BAD, i ? "" : "Blockers", "%s: %s",
			       blockers->check[i].name, blockers->check[i].message);
}

static void print_screen(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	print_driver(ctx, s);
	print_module(ctx, &s->module);
	print_gate(ctx, &s->module);
	print_seamldr(ctx, &s->seamldr);
	print_host(ctx, s);
	print_blockers(ctx, &s->blockers);
	if (!s->result.present) {
		tdxu_print_row(ctx, TDXU_PLAIN, "Last update",
			       "none since the driver was loaded");
		return;
	}
	tdxu_print_outcome(ctx, "Last update", &s->result);
	tdxu_print_details(ctx, &s->result);
}

static enum tdxu_exit ask(struct tdxu_ctx *ctx, struct tdxu_status *status,
			  struct tdxu_error *error)
{
	struct tdxu_fault fault = { 0 };
	void *priv = NULL;
	int err;

	if (ctx->backend->open(&priv, &fault))
		return tdxu_error_from_fault(error, "status", &fault);
	err = ctx->backend->status(priv, status, &fault);
	ctx->backend->close(priv);
	return err ? tdxu_error_from_fault(error, "status", &fault) : TDXU_EXIT_OK;
}

enum tdxu_exit tdxu_cmd_status(struct tdxu_ctx *ctx)
{
	struct tdxu_status status = { 0 };
	struct tdxu_error error = { 0 };
	enum tdxu_exit code = ask(ctx, &status, &error);

	if (ctx->options->json)
		tdxu_json_print(ctx->out, "status", &error,
				code ? NULL : tdxu_json_status(&status));
	else if (code)
		tdxu_error_print(ctx->err, &error);
	else
		print_screen(ctx, &status);
	return code;
}
