// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>

#include "metrics.h"
#include "names.h"
#include "print.h"

static void head(struct tdxu_ctx *ctx, const char *name, const char *help)
{
	fprintf(ctx->out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void gauge(struct tdxu_ctx *ctx, const char *name, const char *help, u64 value)
{
	head(ctx, name, help);
	fprintf(ctx->out, "%s %" PRIu64 "\n", name, value);
}

/* One of several states is 1. */
static void choice(struct tdxu_ctx *ctx, const char *metric, const char *label,
		   const char *(*name)(u32), u32 nr, u32 chosen)
{
	for (u32 i = 0; i < nr; i++)
		fprintf(ctx->out, "%s{%s=\"%s\"} %d\n", metric, label, name(i), i == chosen);
}

static void module(struct tdxu_ctx *ctx, const struct tdxu_module *m)
{
	struct tdxu_version version = tdxu_module_version(m);
	char text[TDXU_VERSION_TEXT], mrseam[2 * TDXU_MRSEAM_BYTES + 1] = "";

	gauge(ctx, "tdx_module_present", "Whether a TDX module answers.", m->present);
	if (!m->present)
		return;
	if (!m->only_version)
		tdxu_hex(m->mrseam, sizeof(m->mrseam), mrseam);
	head(ctx, "tdx_module_info", "The running TDX module.");
	fprintf(ctx->out, "tdx_module_info{version=\"%s\",mrseam=\"%s\"} 1\n",
		tdxu_version_format(&version, text), mrseam);
	gauge(ctx, "tdx_module_gate_open", "Whether the running module is new enough to be updated.",
	      tdxu_gate_check(&version, NULL) == TDXU_GATE_OPEN);
}

static void host(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	if (s->seamldr.present)
		gauge(ctx, "tdx_seamldr_updates_left",
		      "Updates that P-SEAMLDR takes until the next boot.",
		      s->seamldr.updates_left);
	gauge(ctx, "tdx_cpus_online", "CPUs that are online.", s->cpus_online);
	gauge(ctx, "tdx_cpus_present", "CPUs that are present.", s->cpus_present);
	/* What is not known, is not there: it is not 0. */
	if (!s->tds.unknown) {
		gauge(ctx, "tdx_tds", "TDs on this host.", s->tds.current);
		gauge(ctx, "tdx_tds_capacity", "TDs for which this host has key IDs.",
		      s->tds.capacity);
	}
	gauge(ctx, "tdx_update_blockers", "Checks that would refuse an update now.",
	      s->blockers.nr);
	head(ctx, "tdx_update_state", "What the updater is doing.");
	choice(ctx, "tdx_update_state", "state", tdxu_name_state, TDX_UPDATE_STATE_LOST + 1,
	       s->state);
}

/* How long TDs stood still: from the first phase in the window to the last. */
static double stopped_seconds(const struct tdxu_result *r)
{
	u64 start = UINT64_MAX, end = 0;

	for (u32 i = 0; i < r->nr_timings; i++) {
		const struct tdxu_timing *t = &r->timing[i];

		if (t->phase < TDX_UPDATE_PHASE_RECHECK || t->phase > TDX_UPDATE_PHASE_HANDOFF)
			continue;
		start = t->start_ns < start ? t->start_ns : start;
		end = t->end_ns > end ? t->end_ns : end;
	}
	return end > start ? (double)(end - start) / 1e9 : 0;
}

static void result(struct tdxu_ctx *ctx, const struct tdxu_result *r)
{
	head(ctx, "tdx_update_last_outcome",
	     "How the last update ended; none since the driver was loaded.");
	choice(ctx, "tdx_update_last_outcome", "outcome", tdxu_name_outcome,
	       TDX_UPDATE_OUTCOME_LOST + 1, r->present ? r->outcome : TDX_UPDATE_OUTCOME_NONE);
	if (!r->present)
		return;
	gauge(ctx, "tdx_update_last_finished_timestamp_seconds", "When the last update ended.",
	      r->finished);
	head(ctx, "tdx_update_last_stopped_seconds", "How long the last update stopped the machine.");
	fprintf(ctx->out, "tdx_update_last_stopped_seconds %.9f\n", stopped_seconds(r));
}

void tdxu_metrics_print(struct tdxu_ctx *ctx, const struct tdxu_status *status,
			const struct tdxu_error *error)
{
	gauge(ctx, "tdx_update_up", "Whether the updater answers.", !error->code);
	if (error->code) {
		tdxu_error_print(ctx->err, error);
		return;
	}
	module(ctx, &status->module);
	host(ctx, status);
	if (!ctx->backend->blind)
		result(ctx, &status->result);
}
