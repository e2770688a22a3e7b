// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

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

/* A function that tells the names of 0, 1 and so on, up to @last. */
#define NAMES(function, last, ...)                                    \
	const char *function(u32 value)                               \
	{                                                             \
		static const char *const names[] = { __VA_ARGS__ };   \
								      \
		static_assert(ARRAY_SIZE(names) == (last) + 1);       \
		return name(names, ARRAY_SIZE(names), value);         \
	}

NAMES(tdxu_name_state, TDX_UPDATE_STATE_NOT_ASKED,
      "idle", "loading", "ready", "updating", "lost", "not-asked")
NAMES(tdxu_name_phase, TDX_UPDATE_PHASE_VERIFY,
      "none", "preflight", "recheck", "shutdown", "install", "init", "cpu-init", "handoff", "verify")
NAMES(tdxu_name_outcome, TDX_UPDATE_OUTCOME_LOST,
      "none", "updated", "busy", "refused", "failed", "rolled-back", "lost")
NAMES(tdxu_name_busy, TDX_UPDATE_BUSY_MODULE,
      "none", "td-build", "td-migration", "other", "module")
NAMES(tdxu_name_erratum, TDX_UPDATE_ERRATUM_HANDLED, "none", "blocked", "handled")
NAMES(tdxu_name_verdict, TDX_UPDATE_VERDICT_UNKNOWN, "pass", "fail", "unknown")
NAMES(tdxu_name_gate, TDXU_GATE_UNKNOWN_SERIES, "open", "too-old", "unknown-series")

const char *tdxu_busy_text(u32 reason, u32 count, char *out)
{
	/* One, and several. */
	static const char *const operations[][2] = {
		[TDX_UPDATE_BUSY_TD_BUILD] = { "TD is being built", "TDs are being built" },
		[TDX_UPDATE_BUSY_TD_MIGRATION] = { "TD migration is interrupted",
						   "TD migrations are interrupted" },
		[TDX_UPDATE_BUSY_OTHER] = {
			"operation that an update would break is in progress",
			"operations that an update would break are in progress",
		},
	};

	if (reason == TDX_UPDATE_BUSY_MODULE)
		return "the TDX module is executing for somebody else";
	if (reason >= ARRAY_SIZE(operations) || !*operations[reason])
		return "another program is uploading or updating";
	snprintf(out, TDXU_BUSY_TEXT, "%u %s", count, operations[reason][count != 1]);
	return out;
}

const char tdxu_unsure[] =
	", unless tdx_update has replaced it since the kernel read that; to be sure, load tdx_update";

struct tdxu_version tdxu_module_version(const struct tdxu_module *module)
{
	return (struct tdxu_version){ (u16)module->major, (u16)module->minor,
				      (u16)module->update };
}

const char *tdxu_module_text(const struct tdxu_module *module, char *out)
{
	const struct tdxu_version version = tdxu_module_version(module);

	return tdxu_version_format(&version, out);
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
