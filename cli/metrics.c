// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "backend.h"
#include "history.h"
#include "metrics.h"
#include "names.h"
#include "save.h"
#include "tcb_show.h"

/* Names, types and HELP texts are an interface: a collector drops what differs between files. */
static void head(struct tdxu_ctx *ctx, const char *name, const char *help)
{
	fprintf(ctx->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
		strstr(name, "_total") ? "counter" : "gauge");
}

static void gauge(struct tdxu_ctx *ctx, const char *name, const char *help, u64 value)
{
	head(ctx, name, help);
	fprintf(ctx->out, "%s %" PRIu64 "\n", name, value);
}

/* One of several states is 1. */
static void choice(struct tdxu_ctx *ctx, const char *metric, const char *help, const char *label,
		   const char *(*name)(u32), u32 nr, u32 chosen)
{
	head(ctx, metric, help);
	for (u32 i = 0; i < nr; i++)
		fprintf(ctx->out, "%s{%s=\"%s\"} %d\n", metric, label, name(i), i == chosen);
}

static void module(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	const struct tdxu_module *m = &s->module;
	char text[TDXU_VERSION_TEXT], mrseam[2 * TDXU_MRSEAM_BYTES + 1] = "";

	if (TDXU_TOLD(m, MRSEAM))
		tdxu_hex(m->mrseam, sizeof(m->mrseam), mrseam);
	head(ctx, "tdx_module_info", "The running TDX module.");
	fprintf(ctx->out, "tdx_module_info{version=\"%s\",mrseam=\"%s\"} 1\n",
		tdxu_module_text(m, text), mrseam);
	gauge(ctx, "tdx_module_gate_open", "Whether the running module is new enough to be updated.",
	      tdxu_status_gate(s, NULL) == TDXU_GATE_OPEN);
}

static void host(struct tdxu_ctx *ctx, const struct tdxu_status *s)
{
	if (s->seamldr.present)
		gauge(ctx, "tdx_seamldr_updates_left",
		      "Updates that P-SEAMLDR takes until the next boot.",
		      s->seamldr.updates_left);
	gauge(ctx, "tdx_cpus_online", "CPUs that are online.", s->cpus_online);
	gauge(ctx, "tdx_cpus_present", "CPUs that are present.", s->cpus_present);
	/* What is not known is left out: it is not 0. */
	if (!s->tds.unknown) {
		gauge(ctx, "tdx_tds", "TDs on this host.", s->tds.current);
		gauge(ctx, "tdx_tds_capacity", "TDs for which this host has key IDs.",
		      s->tds.capacity);
	}
	/* Before the firmware is asked nothing is known, not even that the module is not lost. */
	if (!tdxu_status_asked(s))
		return;
	gauge(ctx, "tdx_update_blockers", "Checks that would refuse an update now.",
	      s->blockers.nr);
	choice(ctx, "tdx_update_state", "What the updater is doing.", "state", tdxu_name_state,
	       TDX_UPDATE_STATE_LOST + 1, s->state);
}

static void result(struct tdxu_ctx *ctx, const struct tdxu_result *r)
{
	choice(ctx, "tdx_update_last_outcome",
	       "How the last update ended; none since the driver was loaded.", "outcome",
	       tdxu_name_outcome, TDX_UPDATE_OUTCOME_LOST + 1,
	       r->present ? r->outcome : TDX_UPDATE_OUTCOME_NONE);
	if (!r->present)
		return;
	gauge(ctx, "tdx_update_last_finished_timestamp_seconds", "When the last update ended.",
	      r->finished);
	head(ctx, "tdx_update_last_stopped_seconds", "How long the last update stopped the machine.");
	fprintf(ctx->out, "tdx_update_last_stopped_seconds %.9f\n", (double)tdxu_stopped_ns(r) / 1e9);
}

/* Outcomes, and that of an attempt whose end was not told. */
enum { UNTOLD = TDX_UPDATE_OUTCOME_LOST + 1, NR_COUNTS };

static const char *name_count(u32 i)
{
	return i == UNTOLD ? "unknown" : tdxu_name_outcome(i);
}

struct counts {
	json_int_t nr[NR_COUNTS];
	json_int_t last[NR_COUNTS]; /* seconds since the epoch, or 0 */
};

static void add(struct counts *c, const char *outcome, json_int_t nr, json_int_t last)
{
	for (u32 i = TDX_UPDATE_OUTCOME_UPDATED; outcome && i < NR_COUNTS; i++)
		if (!strcmp(name_count(i), outcome)) {
			c->nr[i] += nr;
			c->last[i] = last > c->last[i] ? last : c->last[i];
		}
}

static void count(json_t *attempt, void *priv)
{
	add(priv, json_string_value(json_object_get(attempt, "outcome")), 1,
	    json_integer_value(json_object_get(attempt, "time")));
}

/* @zeros: 0 is a value, too. */
static void by_outcome(struct tdxu_ctx *ctx, const char *metric, const char *help,
		       const json_int_t *values, bool zeros)
{
	bool headed = false;

	for (u32 i = TDX_UPDATE_OUTCOME_UPDATED; i < NR_COUNTS; i++) {
		if (!zeros && !values[i])
			continue;
		if (!headed)
			head(ctx, metric, help);
		headed = true;
		fprintf(ctx->out, "%s{outcome=\"%s\"} %lld\n", metric, name_count(i),
			(long long)values[i]);
	}
}

/* From the file, so that a reboot does not reset them. What only root may read is left out. */
static void attempts(struct tdxu_ctx *ctx)
{
	struct counts counts = { 0 };
	struct tdxu_error error = { 0 };
	struct tdxu_history history;
	const char *outcome;
	json_t *nr;

	if (!tdxu_history_read(ctx->paths->state, count, &counts, &history, &error)) {
		json_object_foreach(history.dropped, outcome, nr)
			add(&counts, outcome, json_integer_value(nr), 0);
		by_outcome(ctx, "tdx_update_attempts_total", "Attempts to update this host, ever.",
			   counts.nr, true);
		by_outcome(ctx, "tdx_update_last_attempt_timestamp_seconds",
			   "When the last attempt with each outcome was made.", counts.last, false);
		gauge(ctx, "tdx_update_history_unreadable_lines",
		      "Lines of the history that are not attempts.", history.unreadable);
	}
	tdxu_history_free(&history);
}

/* Two files may be of one set. A path may have what ends a label. */
static void tcb_labels(struct tdxu_ctx *ctx, const char *metric, const struct tdxu_tcb_set *set)
{
	fprintf(ctx->out, "%s{file=\"", metric);
	for (const char *p = set->path; *p; p++)
		fputc(*p == '"' || *p == '\\' || *p == '\n' ? '?' : *p, ctx->out);
	if (set->error.code)
		fputs("\"", ctx->out);
	else
		fprintf(ctx->out, "\",set=\"%u\",fmspc=\"%s\"", set->file.info.number,
			set->file.info.fmspc);
}

static void tcb_expiry(struct tdxu_ctx *ctx)
{
	static const char metric[] = "tdx_tcb_info_expiry_timestamp_seconds";

	head(ctx, metric, "When the TCB info expires.");
	for (u32 i = 0; i < ctx->tcb->nr; i++) {
		const struct tdxu_tcb_set *set = &ctx->tcb->set[i];

		if (set->error.code)
			continue;
		tcb_labels(ctx, metric, set);
		fprintf(ctx->out, "} %lld\n", (long long)set->file.info.expires);
	}
}

/* What is not believed is unknown: that of an expired file, too. */
static void tcb(struct tdxu_ctx *ctx, const struct tdxu_module *m)
{
	static const char metric[] = "tdx_module_tcb_status";

	if (!ctx->tcb->nr)
		return;
	head(ctx, metric, "The module's half of the TCB status, by each TCB info.");
	for (u32 i = 0; i < ctx->tcb->nr; i++) {
		const struct tdxu_tcb_set *set = &ctx->tcb->set[i];
		u32 status = tdxu_tcb_judge(set, tdxu_svn_of_module(m)).believed;

		for (u32 s = TDXU_TCB_UNKNOWN; s <= TDXU_TCB_UP_TO_DATE; s++) {
			tcb_labels(ctx, metric, set);
			fprintf(ctx->out, ",status=\"%s\"} %d\n", tdxu_tcb_status_names[s],
				s == status);
		}
	}
	tcb_expiry(ctx);
}

static void print(struct tdxu_ctx *ctx, const struct tdxu_status *status,
		  const struct tdxu_error *error)
{
	gauge(ctx, "tdx_update_up", "Whether the updater answers.", !error->code);
	gauge(ctx, "tdx_update_last_look_timestamp_seconds", "When the updater was asked last.",
	      (u64)time(NULL));
	if (error->code) {
		tdxu_error_print(ctx->err, error);
		return;
	}
	if (!ctx->backend->unguarded && TDXU_AGE_TOLD(status))
		gauge(ctx, "tdx_update_facts_age_seconds", "Since the firmware was asked.",
		      status->facts_age_ms / 1000);
	if (tdxu_status_asked(status))
		gauge(ctx, "tdx_module_present", "Whether a TDX module answers.",
		      status->module.present);
	if (status->module.present)
		module(ctx, status);
	tcb(ctx, &status->module);
	host(ctx, status);
	if (!ctx->backend->unguarded)
		result(ctx, &status->result);
	attempts(ctx);
}

static enum tdxu_exit save(struct tdxu_ctx *ctx, const struct tdxu_status *status,
			   const struct tdxu_error *told, struct tdxu_save *file,
			   struct tdxu_error *error)
{
	struct tdxu_ctx into = *ctx;
	char *text = NULL;

	into.out = open_memstream(&text, &file->size);
	if (!into.out)
		return tdxu_save_fail(file->path, errno, error);
	print(&into, status, told);
	return tdxu_save_stream(file, into.out, &text, error);
}

void tdxu_metrics_write(struct tdxu_ctx *ctx, const struct tdxu_status *status,
			struct tdxu_error *error)
{
	struct tdxu_save file = { .path = ctx->options->metrics, .mode = 0644, .replace = true,
				  .no_links = true };
	struct tdxu_error failure = { 0 };

	if (!*file.path) {
		print(ctx, status, error);
	} else if (error->code && error->code != TDXU_EXIT_PLATFORM) {
		tdxu_save_none(&file);
		tdxu_error_print(ctx->err, error);
	} else if (save(ctx, status, error, &file, &failure)) {
		tdxu_error_print(ctx->err, &failure);
		*error = failure;
	}
}
