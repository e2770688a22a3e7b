// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

static const char *const states[] = { "idle", "loading", "ready", "updating", "lost",
				      "not-asked" };
static const char *const phases[] = { "none",	 "preflight", "recheck", "shutdown", "install",
				      "init",	 "cpu-init",  "handoff", "verify" };
static const char *const outcomes[] = { "none",	  "updated",	 "busy", "refused",
					"failed", "rolled-back", "lost" };
static const char *const busy_reasons[] = { "none", "td-build", "td-migration", "other",
					    "module" };
static const char *const errata[] = { "none", "blocked", "handled" };
static const char *const verdicts[] = { "pass", "fail", "unknown" };
static const char *const gates[] = { "open", "too-old", "unknown-series" };

static_assert(ARRAY_SIZE(states) == TDX_UPDATE_STATE_NOT_ASKED + 1, "states");
static_assert(ARRAY_SIZE(phases) == TDX_UPDATE_PHASE_VERIFY + 1, "phases");
static_assert(ARRAY_SIZE(outcomes) == TDX_UPDATE_OUTCOME_LOST + 1, "outcomes");
static_assert(ARRAY_SIZE(busy_reasons) == TDX_UPDATE_BUSY_MODULE + 1, "busy reasons");
static_assert(ARRAY_SIZE(errata) == TDX_UPDATE_ERRATUM_HANDLED + 1, "errata");
static_assert(ARRAY_SIZE(verdicts) == TDX_UPDATE_VERDICT_UNKNOWN + 1, "verdicts");
static_assert(ARRAY_SIZE(gates) == TDXU_GATE_UNKNOWN_SERIES + 1, "gates");

static const char *name(const char *const *table, size_t nr, u32 value)
{
	static char unknown[4][20];
	static u32 turn;
	char *out;

	if (value < nr)
		return table[value];
	out = unknown[turn++ % ARRAY_SIZE(unknown)];
	snprintf(out, sizeof(unknown[0]), "unknown-%u", value);
	return out;
}

#define NAME(table, value) name(table, ARRAY_SIZE(table), value)

const char *tdxu_name_state(u32 state)
{
	return NAME(states, state);
}

const char *tdxu_name_phase(u32 phase)
{
	return NAME(phases, phase);
}

const char *tdxu_name_outcome(u32 outcome)
{
	return NAME(outcomes, outcome);
}

const char *tdxu_name_busy(u32 reason)
{
	return NAME(busy_reasons, reason);
}

const char *tdxu_name_erratum(u32 erratum)
{
	return NAME(errata, erratum);
}

const char *tdxu_name_verdict(u32 verdict)
{
	return NAME(verdicts, verdict);
}

const char *tdxu_name_gate(enum tdxu_gate gate)
{
	return NAME(gates, gate);
}

static const char *counted(u32 count, const char *one, const char *many, char *out)
{
	if (count == 1)
		snprintf(out, TDXU_BUSY_TEXT, "1 %s", one);
	else
		snprintf(out, TDXU_BUSY_TEXT, "%u %s", count, many);
	return out;
}

const char *tdxu_busy_text(u32 reason, u32 count, char *out)
{
	switch (reason) {
	case TDX_UPDATE_BUSY_TD_BUILD:
		return counted(count, "TD is being built", "TDs are being built", out);
	case TDX_UPDATE_BUSY_TD_MIGRATION:
		return counted(count, "TD migration is interrupted",
			       "TD migrations are interrupted", out);
	case TDX_UPDATE_BUSY_OTHER:
		return counted(count, "operation that an update would break is in progress",
			       "operations that an update would break are in progress", out);
	case TDX_UPDATE_BUSY_MODULE:
		return "the TDX module is executing for somebody else";
	}
	return "another program is uploading or updating";
}

const char tdxu_unsure[] =
	", unless tdx_update has replaced it since the kernel read that; to be sure, load tdx_update";

struct tdxu_version tdxu_module_version(const struct tdxu_module *module)
{
	return (struct tdxu_version){ (u16)module->major, (u16)module->minor,
				      (u16)module->update };
}

enum tdxu_gate tdxu_status_gate(const struct tdxu_status *s, struct tdxu_version *minimum)
{
	const struct tdxu_version version = tdxu_module_version(&s->module);

	if (s->untold >> TDX_UPDATE_A_STATUS_MINIMUM & 1)
		return TDXU_GATE_UNKNOWN_SERIES;
	return tdxu_gate_check(&version, minimum);
}

const char *tdxu_seamldr_version(const struct tdxu_seamldr *s, char *out)
{
	const struct tdxu_version v = { (u16)s->major, (u16)s->minor, (u16)s->update };

	if (tdxu_seamldr_tells_update(s))
		return tdxu_version_format(&v, out);
	snprintf(out, TDXU_VERSION_TEXT, "%u.%u", v.major, v.minor);
	return out;
}

bool tdxu_in_window(const struct tdxu_timing *t)
{
	return t->phase >= TDX_UPDATE_PHASE_RECHECK && t->phase <= TDX_UPDATE_PHASE_HANDOFF;
}

struct tdxu_span tdxu_result_window(const struct tdxu_result *r)
{
	struct tdxu_span w = { UINT64_MAX, 0 };

	for (u32 i = 0; i < r->nr_timings; i++) {
		const struct tdxu_timing *t = &r->timing[i];

		if (!tdxu_in_window(t))
			continue;
		if (t->start_ns < w.start)
			w.start = t->start_ns;
		if (t->end_ns > w.end)
			w.end = t->end_ns;
	}
	return w;
}

u64 tdxu_stopped_ns(const struct tdxu_result *r)
{
	struct tdxu_span w = tdxu_result_window(r);

	return w.end > w.start ? w.end - w.start : 0;
}

static bool same_module(const struct tdxu_module *a, const struct tdxu_module *b)
{
	if (!TDXU_TOLD(a, MRSEAM) || !TDXU_TOLD(b, MRSEAM))
		return a->major == b->major && a->minor == b->minor && a->update == b->update;
	return !memcmp(a->mrseam, b->mrseam, TDXU_MRSEAM_BYTES);
}

bool tdxu_result_changed(const struct tdxu_result *result)
{
	switch (result->outcome) {
	case TDX_UPDATE_OUTCOME_LOST:
		return true;
	case TDX_UPDATE_OUTCOME_UPDATED:
	case TDX_UPDATE_OUTCOME_ROLLED_BACK:
		return !same_module(&result->from, &result->to);
	}
	return false;
}

const char *tdxu_hex(const u8 *data, size_t size, char *out)
{
	for (size_t i = 0; i < size; i++)
		sprintf(out + 2 * i, "%02x", data[i]);
	return out;
}

bool tdxu_unhex(const char *text, size_t size, u8 *out)
{
	if (strlen(text) != 2 * size || strspn(text, "0123456789abcdefABCDEF") != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++)
		sscanf(text + 2 * i, "%2hhx", &out[i]);
	return true;
}
