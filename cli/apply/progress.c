// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How far an apply is: one line that is rewritten on a terminal, lines with the time of day
 * elsewhere.
 */
#include <time.h>

#include "apply.h"
#include "names.h"
#include "print.h"

#define CLEAR_LINE "\r\033[K"

enum { SAY_AGAIN_MS = 60000 };

static bool silent(const struct tdxu_ctx *ctx)
{
	return ctx->options->quiet || ctx->options->json;
}

static const char *clear_line(const struct tdxu_ctx *ctx)
{
	return ctx->terminal ? CLEAR_LINE : "";
}

static const char *time_of_day(u64 in_ms, char *out)
{
	tdxu_time_text(time(NULL) + (time_t)(in_ms / 1000), "%H:%M:%S", out);
	return *out ? out : "--:--:--";
}

static const char *reason(const struct tdxu_apply *a, char *out)
{
	const struct tdxu_result *r = &a->status.result;

	if (!r->present)
		return a->report.error.why;
	return tdxu_busy_text(r->busy_reason, r->busy_count, out);
}

/* A fallback that was found is an image of what runs, whatever its name says. */
static void show_fallback(struct tdxu_apply *a, const char *label, enum tdx_update_slot slot)
{
	bool runs = slot == TDX_UPDATE_SLOT_FALLBACK && tdxu_is_found(&a->images, slot);
	const struct tdxu_image_file *file = a->images.use[slot];
	char text[TDXU_IDENTITY_TEXT];

	if (!file) {
		tdxu_print_row(a->ctx, TDXU_PLAIN, label, "none");
		return;
	}
	tdxu_print_row(a->ctx, TDXU_PLAIN, label, "%s%s, %s", runs ? "the running module " : "",
		       runs ? tdxu_module_text(&a->before.module, text) :
			      tdxu_identity_text(&file->identity, text),
		       file->path);
	tdxu_print_row(a->ctx, TDXU_PLAIN, "", "replaces the image if P-SEAMLDR refuses it, %s",
		       tdxu_replaces_installed(&a->images, slot) ?
			       "and if it is installed and does not work" :
			       "not once it is installed: that has a higher SVN");
}

void tdxu_progress_start(struct tdxu_apply *a)
{
	char text[TDXU_IDENTITY_TEXT];

	if (silent(a->ctx))
		return;
	tdxu_print_row(a->ctx, TDXU_PLAIN, "Image", "%s, %s",
		       tdxu_identity_text(&a->images.target.identity, text),
		       a->images.target.path);
	tdxu_print_other_signer(a->ctx, tdxu_signer_of(&a->images.target.content));
	show_fallback(a, "Fallback", TDX_UPDATE_SLOT_FALLBACK);
	if (!a->ctx->backend->unguarded)
		show_fallback(a, "Way out", TDX_UPDATE_SLOT_WAY_OUT);
}

void tdxu_progress_attempt(struct tdxu_apply *a)
{
	const char *verb = a->ctx->options->dry_run ? "checking" : "updating";
	char now[TDXU_TIME_TEXT];

	if (silent(a->ctx) || (!a->ctx->terminal && a->tries.nr > 1))
		return;
	if (a->ctx->terminal)
		fprintf(a->ctx->out, CLEAR_LINE "attempt %u: %s", a->tries.nr, verb);
	else
		fprintf(a->ctx->out, "%s attempt %u: %s\n", time_of_day(0, now),
			a->tries.nr, verb);
	fflush(a->ctx->out);
}

void tdxu_progress_interrupted(struct tdxu_ctx *ctx, u32 id)
{
	if (silent(ctx))
		return;
	fprintf(ctx->out,
		"%supdate #%u cannot be stopped; its result is waited for, another signal ends that\n",
		clear_line(ctx), id);
	fflush(ctx->out);
}

void tdxu_progress_end(struct tdxu_ctx *ctx)
{
	if (!silent(ctx))
		fputs(clear_line(ctx), ctx->out);
}

void tdxu_progress_held(struct tdxu_ctx *ctx)
{
	char time[TDXU_DURATION_TEXT];

	if (silent(ctx))
		return;
	fprintf(ctx->out, "%sno TD build begins for at most %s\n", clear_line(ctx),
		tdxu_duration_format(ctx->options->hold_ms, time));
	fflush(ctx->out);
}

static u64 left(u64 until_ms, u64 now_ms)
{
	return now_ms < until_ms ? until_ms - now_ms : 0;
}

static void show_wait(struct tdxu_apply *a, u64 until_ms, u64 now_ms)
{
	char busy[TDXU_BUSY_TEXT], wait[TDXU_DURATION_TEXT], rest[TDXU_DURATION_TEXT];
	char line[TDXU_MESSAGE_BYTES + 128];

	snprintf(line, sizeof(line), "attempt %u: busy, next try in %s, giving up in %s: %s",
		 a->tries.nr, tdxu_duration_format(left(until_ms, now_ms), wait),
		 tdxu_duration_format(left(a->tries.retry.deadline_ms, now_ms), rest),
		 reason(a, busy));
	/* What is wider than the terminal would wrap, and could not be rewritten. */
	if ((size_t)a->ctx->columns < sizeof(line))
		line[a->ctx->columns - 1] = '\0';
	fputs(CLEAR_LINE, a->ctx->out);
	tdxu_put(a->ctx->out, "%s", line);
	fflush(a->ctx->out);
}

/* To a log, once a minute. */
static void say_wait(struct tdxu_apply *a, u64 now_ms)
{
	char busy[TDXU_BUSY_TEXT], now[TDXU_TIME_TEXT], deadline[TDXU_TIME_TEXT];

	if (a->tries.nr > 1 && now_ms - a->tries.said_ms < SAY_AGAIN_MS)
		return;
	a->tries.said_ms = now_ms;
	tdxu_say(a->ctx->out, "%s attempt %u: busy, %s; trying again, deadline %s",
		 time_of_day(0, now), a->tries.nr, reason(a, busy),
		 time_of_day(left(a->tries.retry.deadline_ms, now_ms), deadline));
	fflush(a->ctx->out);
}

bool tdxu_progress_wait(struct tdxu_apply *a, u64 until_ms)
{
	const struct tdxu_clock *clock = a->ctx->clock;
	bool live = a->ctx->terminal && !silent(a->ctx);
	u64 now = clock->now_ms(clock->priv);

	if (!live && !silent(a->ctx))
		say_wait(a, now);
	for (; now < until_ms; now = clock->now_ms(clock->priv)) {
		u64 step = until_ms - now;

		if (live)
			show_wait(a, until_ms, now);
		if (live && step > 1000)
			step = 1000;
		if (!clock->sleep_ms(clock->priv, (u32)step))
			return false;
	}
	return true;
}
