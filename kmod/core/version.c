// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Versions of the TDX module and the gate for early ones.
 */

#include "version.h"

struct series {
	u16 major;
	u16 minor;
	/*
	 * The first release whose TDH.SYS.SHUTDOWN can be told to refuse while a TD is being built
	 * or migrated (TDX_FEATURES0 bit 47; the publisher's release notes and feature words).
	 */
	u16 first;
	u16 demanded; /* by tdxu_gate_raise(); 0: nothing */
};

static struct series gate[] = {
	{ .major = 1, .minor = 5, .first = 24 },
	{ .major = 2, .minor = 0, .first = 14 },
};

int tdxu_version_compare(const struct tdxu_version *a, const struct tdxu_version *b)
{
	int order = a->major - b->major;

	if (!order)
		order = a->minor - b->minor;
	if (!order)
		order = a->update - b->update;
	return order;
}

const char *tdxu_version_format(const struct tdxu_version *v, char *out)
{
	snprintf(out, TDXU_VERSION_TEXT, "%u.%u.%02u", v->major, v->minor, v->update);
	return out;
}

/* Reads one decimal number of at most 16 bits; NULL if there is none. */
static const char *parse_number(const char *text, u16 *out)
{
	u32 value = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (u32)(*p - '0');
		if (value > 0xffff)
			return NULL;
	}
	*out = (u16)value;
	return p == text ? NULL : p;
}

/* Reads a version; returns what stands behind it, NULL if there is none. */
static const char *parse(const char *text, struct tdxu_version *out)
{
	u16 *const numbers[] = { &out->major, &out->minor, &out->update };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers) && text; i++) {
		if (i && *text++ != '.')
			return NULL;
		text = parse_number(text, numbers[i]);
	}
	return text;
}

bool tdxu_version_parse(const char *text, struct tdxu_version *out)
{
	struct tdxu_version v;

	text = parse(text, &v);
	if (!text || *text)
		return false;
	*out = v;
	return true;
}

static struct series *series_of(struct series *all, const struct tdxu_version *v)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(gate); i++) {
		if (all[i].major == v->major && all[i].minor == v->minor)
			return &all[i];
	}
	return NULL;
}

/* Whatever is demanded, it is never below the first that can refuse. */
static u16 minimum_of(const struct series *s)
{
	return s->demanded > s->first ? s->demanded : s->first;
}

enum tdxu_gate tdxu_gate_check(const struct tdxu_version *running, struct tdxu_version *minimum)
{
	const struct series *s = series_of(gate, running);

	if (!s)
		return TDXU_GATE_UNKNOWN_SERIES;
	if (minimum)
		*minimum = (struct tdxu_version){ s->major, s->minor, minimum_of(s) };
	return running->update < minimum_of(s) ? TDXU_GATE_TOO_OLD : TDXU_GATE_OPEN;
}

bool tdxu_gate_protects(const struct tdxu_version *running)
{
	const struct series *s = series_of(gate, running);

	return s && running->update >= s->first;
}

static bool raise_one(struct series *all, const char *text, size_t bytes, char *why)
{
	char named[TDXU_VERSION_TEXT], least[TDXU_VERSION_TEXT];
	struct tdxu_version v, lowest;
	struct series *s;

	if (bytes >= TDXU_VERSION_TEXT || parse(text, &v) != text + bytes) {
		snprintf(why, TDXU_GATE_WHY,
			 "\"%.*s\" is not a version; write MAJOR.MINOR.UPDATE, with commas between several",
			 bytes < TDXU_VERSION_TEXT ? (int)bytes : TDXU_VERSION_TEXT, text);
		return false;
	}
	tdxu_version_format(&v, named);
	s = series_of(all, &v);
	if (!s) {
		snprintf(why, TDXU_GATE_WHY,
			 "%s is of a series that tdx_update does not know, and so never updates; leave it out",
			 named);
		return false;
	}
	lowest = (struct tdxu_version){ v.major, v.minor, minimum_of(s) };
	if (v.update < lowest.update) {
		snprintf(why, TDXU_GATE_WHY,
			 "%s is below %s, the minimum of its series, which can only be raised; name a newer version or leave it out",
			 named, tdxu_version_format(&lowest, least));
		return false;
	}
	s->demanded = v.update;
	return true;
}

bool tdxu_gate_raise(const char *text, char *why)
{
	struct series raised[ARRAY_SIZE(gate)];
	size_t bytes;

	memcpy(raised, gate, sizeof(raised));
	for (;; text += bytes + 1) {
		bytes = strcspn(text, ",");
		if (!raise_one(raised, text, bytes, why))
			return false;
		if (!text[bytes])
			break;
	}
	memcpy(gate, raised, sizeof(gate));
	return true;
}
