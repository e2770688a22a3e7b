// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "core/status_text.h"
#include "names.h"
#include "print.h"

static const char *colour_start(const struct tdxu_ctx *ctx, enum tdxu_colour colour)
{
	static const char *const codes[] = { "", "\033[32m", "\033[33m", "\033[1;31m" };

	return ctx->colour ? codes[colour] : "";
}

static const char *colour_end(const struct tdxu_ctx *ctx, enum tdxu_colour colour)
{
	return ctx->colour && colour ? "\033[0m" : "";
}

const char *tdxu_date_text(u32 date, char *out)
{
	/* Every BCD date of the third millennium is above every decimal one. */
	if (date >= 0x19000000)
		snprintf(out, TDXU_DATE_TEXT, "%04x-%02x-%02x", date >> 16, date >> 8 & 0xff,
			 date & 0xff);
	else
		snprintf(out, TDXU_DATE_TEXT, "%04u-%02u-%02u", date / 10000, date / 100 % 100,
			 date % 100);
	return out;
}

const char *tdxu_handoff_text(u32 oldest, u32 newest, bool no_downgrade, char *out)
{
	if (oldest == newest)
		snprintf(out, TDXU_HANDOFF_TEXT, "version %u", newest);
	else
		snprintf(out, TDXU_HANDOFF_TEXT, "versions %u to %u%s", oldest, newest,
			 no_downgrade ? ", writes the newest only" : "");
	return out;
}

const char *const tdxu_signer_names[] = { "unknown", "named", "intel-production" };

const char *const tdxu_signer_texts[] = {
	"an unknown key (not Intel's production key)",
	"the key of signer= or TDXUPD_SIGNER (not Intel's production key)",
	"Intel's production key",
};

const char *tdxu_format_name(const struct tdxu_image_file *file)
{
	if (file->joined)
		return "separate";
	return file->content.image.format == TDXU_IMAGE_VERSION_1 ? "v1" : "v2";
}

const char *tdxu_time_text(time_t t, const char *format, char *out)
{
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(out, TDXU_TIME_TEXT, format, &tm))
		*out = '\0';
	return out;
}

const char *tdxu_utc_text(time_t t, char *out)
{
	struct tm tm;

	strftime(out, TDXU_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	return out;
}

void tdxu_print_row(struct tdxu_ctx *ctx, enum tdxu_colour colour, const char *label,
		    const char *value, ...)
{
	va_list args;

	fprintf(ctx->out, "%-15s %s", label, colour_start(ctx, colour));
	va_start(args, value);
	tdxu_put_args(ctx->out, value, args);
	va_end(args);
	fprintf(ctx->out, "%s\n", colour_end(ctx, colour));
}

void tdxu_print_other_signer(struct tdxu_ctx *ctx, enum tdxu_signer by)
{
	if (by != TDXU_SIGNER_INTEL)
		tdxu_print_row(ctx, TDXU_WARN, "", "signed by %s", tdxu_signer_texts[by]);
}

void tdxu_print_checks(struct tdxu_ctx *ctx, const struct tdxu_checks *checks)
{
	static const enum tdxu_colour colours[] = { TDXU_GOOD, TDXU_BAD, TDXU_WARN };

	for (u32 i = 0; i < checks->nr; i++) {
		const struct tdxu_check *c = &checks->check[i];
		enum tdxu_colour colour =
			c->verdict < ARRAY_SIZE(colours) ? colours[c->verdict] : TDXU_WARN;

		fprintf(ctx->out, "%s%-7s%s ", colour_start(ctx, colour),
			tdxu_name_verdict(c->verdict), colour_end(ctx, colour));
		tdxu_say(ctx->out, "%-13s %s", c->name, c->message);
	}
}

static enum tdxu_colour outcome_colour(u32 outcome)
{
	if (outcome == TDX_UPDATE_OUTCOME_UPDATED)
		return TDXU_GOOD;
	return outcome == TDX_UPDATE_OUTCOME_ROLLED_BACK || outcome == TDX_UPDATE_OUTCOME_LOST ?
		     TDXU_BAD : TDXU_WARN;
}

static void print_change(struct tdxu_ctx *ctx, const struct tdxu_result *r)
{
	char old[TDXU_VERSION_TEXT], new[TDXU_VERSION_TEXT];

	if (!r->from.present || !r->to.present || !tdxu_result_changed(r))
		return;
	tdxu_module_text(&r->from, old);
	tdxu_module_text(&r->to, new);
	if (!TDXU_TOLD(&r->from, SVN_MINOR) || !TDXU_TOLD(&r->to, SVN_MINOR))
		tdxu_print_row(ctx, TDXU_PLAIN, "Module", "%s -> %s", old, new);
	else
		tdxu_print_row(ctx, TDXU_PLAIN, "Module", "%s -> %s, SVN %u.%u -> %u.%u", old, new,
			       r->from.svn_major, r->from.svn_minor, r->to.svn_major,
			       r->to.svn_minor);
}

static void print_seamcall(struct tdxu_ctx *ctx, const struct tdxu_result *r)
{
	char rax[TDXU_STATUS_TEXT];

	if (r->leaf && r->outcome != TDX_UPDATE_OUTCOME_UPDATED)
		tdxu_print_row(ctx, TDXU_PLAIN, "Decided by",
			       "CPU %u, leaf 0x%" PRIx64 ": RAX %s, RDX 0x%" PRIx64, r->cpu,
			       r->leaf, tdxu_status_text(r->rax, rax), r->rdx);
}

static const char *addition(const struct tdxu_result *r)
{
	if (r->outcome == TDX_UPDATE_OUTCOME_LOST)
		return " - REBOOT THIS HOST";
	if (r->outcome == TDX_UPDATE_OUTCOME_UPDATED && !tdxu_result_changed(r))
		return ", nothing to do";
	return "";
}

void tdxu_print_outcome(struct tdxu_ctx *ctx, const char *label, const struct tdxu_result *r)
{
	const char *outcome = tdxu_name_outcome(r->outcome);
	char finished[TDXU_TIME_TEXT] = "";

	if (r->finished)
		tdxu_time_text((time_t)r->finished, " at %Y-%m-%d %H:%M:%S", finished);
	tdxu_print_row(ctx, outcome_colour(r->outcome), label, "#%u: %s%s%s", r->id, outcome,
		       finished, addition(r));
	if (*r->message && strcmp(r->message, outcome))
		tdxu_print_row(ctx, TDXU_PLAIN, "", "%s", r->message);
}

static void print_metadata(struct tdxu_ctx *ctx, const struct tdxu_result *r)
{
	if (r->nr_metadata)
		tdxu_print_row(ctx, TDXU_WARN, "Metadata",
			       "kernel and KVM keep the old values until a reboot:");
	for (u32 i = 0; i < r->nr_metadata; i++)
		tdxu_print_row(ctx, TDXU_WARN, "", "%s", r->metadata[i]);
}

static const char bar[] = "########################################";
enum { BAR_WIDTH = sizeof(bar) - 1 };

static u32 column(const struct tdxu_span *w, u64 ns)
{
	u64 length = w->end - w->start;

	return length ? (u32)((double)(ns - w->start) / (double)length * BAR_WIDTH) : 0;
}

static void print_bar(struct tdxu_ctx *ctx, const struct tdxu_span *w, const struct tdxu_timing *t)
{
		u32 from = column(w, t->start_ns);
	u32 to = column(w, t->end_ns);

	if (from >= BAR_WIDTH)
		from = BAR_WIDTH - 1;
	if (to <= from)
		to = from + 1;
	fprintf(ctx->out, "  |%*s%.*s%*s|", (int)from, "", (int)(to - from), bar,
		(int)(BAR_WIDTH - to), "");
}

static void print_phase(struct tdxu_ctx *ctx, const struct tdxu_span *w,
			const struct tdxu_timing *t)
{
	bool sound = t->end_ns >= t->start_ns;

	fprintf(ctx->out, "  %-10s %10.3f ms", tdxu_name_phase(t->phase),
		sound ? (double)(t->end_ns - t->start_ns) / 1e6 : 0.0);
	if (ctx->terminal && sound && tdxu_in_window(t))
		print_bar(ctx, w, t);
	if (t->retries)
		fprintf(ctx->out, "  %u %s", t->retries, t->retries == 1 ? "retry" : "retries");
	fputc('\n', ctx->out);
}

static void print_timeline(struct tdxu_ctx *ctx, const struct tdxu_result *r)
{
	struct tdxu_span w = tdxu_result_window(r);

	if (!r->nr_timings)
		return;
	if (w.end > w.start)
		tdxu_print_row(ctx, TDXU_PLAIN, "Timeline", "the machine stood still for %.3f ms",
			       (double)(w.end - w.start) / 1e6);
	else
		tdxu_print_row(ctx, TDXU_PLAIN, "Timeline", "the machine was not stopped");
	for (u32 i = 0; i < r->nr_timings; i++)
		print_phase(ctx, &w, &r->timing[i]);
	if (r->waited_ms)
		tdxu_print_row(ctx, TDXU_PLAIN, "Waited",
			       "%u ms of it for what can pass, at most %u ms in each step",
			       r->waited_ms, r->patience_ms);
}

void tdxu_print_details(struct tdxu_ctx *ctx, const struct tdxu_result *r)
{
	print_change(ctx, r);
	print_seamcall(ctx, r);
	print_metadata(ctx, r);
	print_timeline(ctx, r);
}
