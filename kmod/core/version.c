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

struct gate {
	struct series series[2];
};

static struct gate gate = { {
	{ .major = 1, .minor = 5, .first = 24 },
	{ .major = 2, .minor = 0, .first = 14 },
} };

static int compare_numbers(u16 a, u16 b)
{
	return (a > b) - (a < b);
}

int tdxu_version_compare(const struct tdxu_version *a, const struct tdxu_version *b)
{
	if (a->major != b->major)
		return compare_numbers(a->major, b->major);
	if (a->minor != b->minor)
		return compare_numbers(a->minor, b->minor);
	return compare_numbers(a->update, b->update);
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

bool tdxu_version_parse(const char *text, struct tdxu_version *out)
{
	struct tdxu_version v;

	text = parse_number(text, &v.major);
	if (!text || *text != '.')
		return false;
	text = parse_number(text + 1, &v.minor);
	if (!text || *text != '.')
		return false;
	text = parse_number(text + 1, &v.update);
	if (!text || *text)
		return false;
	*out = v;
	return true;
}

static struct series *series_of(struct gate *g, const struct tdxu_version *v)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(g->series); i++) {
		struct series *s = &g->series[i];

		if (s->major == v->major && s->minor == v->minor)
			return s;
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
	const struct series *s = series_of(&gate, running);

	if (!s)
		return TDXU_GATE_UNKNOWN_SERIES;
	if (minimum)
		*minimum = (struct tdxu_version){ s->major, s->minor, minimum_of(s) };
	return running->update < minimum_of(s) ? TDXU_GATE_TOO_OLD : TDXU_GATE_OPEN;
}

bool tdxu_gate_protects(const struct tdxu_version *running)
{
	const struct series *s = series_of(&gate, running);

	return s && running->update >= s->first;
}

static bool refuse_unreadable(const char *text, size_t bytes, char *why)
{
	snprintf(why, TDXU_GATE_WHY,
		 "\"%.*s\" is not a version; write MAJOR.MINOR.UPDATE, with commas between several",
		 bytes < TDXU_VERSION_TEXT ? (int)bytes : TDXU_VERSION_TEXT, text);
	return false;
}

static bool refuse_unknown(const struct tdxu_version *v, char *why)
{
	char named[TDXU_VERSION_TEXT];

	snprintf(why, TDXU_GATE_WHY,
		 "%s is of a series that tdx_update does not know, and so never updates; leave it out",
		 tdxu_version_format(v, named));
	return false;
}

static bool refuse_lower(const struct tdxu_version *v, u16 minimum, char *why)
{
	const struct tdxu_version lowest = { v->major, v->minor, minimum };
	char named[TDXU_VERSION_TEXT], least[TDXU_VERSION_TEXT];

	snprintf(why, TDXU_GATE_WHY,
		 "%s is below %s, the minimum of its series, which can only be raised; name a newer version or leave it out",
		 tdxu_version_format(v, named), tdxu_version_format(&lowest, least));
	return false;
}

static bool raise_one(struct gate *g, const char *text, size_t bytes, char *why)
{
	char one[TDXU_VERSION_TEXT];
	struct tdxu_version v;
	struct series *s;

	if (bytes >= sizeof(one))
		return refuse_unreadable(text, bytes, why);
	memcpy(one, text, bytes);
	one[bytes] = '\0';
	if (!tdxu_version_parse(one, &v))
		return refuse_unreadable(text, bytes, why);
	s = series_of(g, &v);
	if (!s)
		return refuse_unknown(&v, why);
	if (v.update < minimum_of(s))
		return refuse_lower(&v, minimum_of(s), why);
	s->demanded = v.update;
	return true;
}

bool tdxu_gate_raise(const char *text, char *why)
{
	struct gate raised = gate;
	size_t bytes;

	for (;; text += bytes + 1) {
		bytes = strcspn(text, ",");
		if (!raise_one(&raised, text, bytes, why))
			return false;
		if (!text[bytes])
			break;
	}
	gate = raised;
	return true;
}
