// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Versions of the TDX module and the gate for early ones.
 */

#include "version.h"

/*
 * The first release of each series whose TDH.SYS.SHUTDOWN can be told to refuse while a TD is being
 * built or migrated (TDX_FEATURES0 bit 47; the publisher's release notes and feature words).
 */
static const struct tdxu_version minimum_versions[] = {
	{ 1, 5, 24 },
	{ 2, 0, 14 },
};

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

enum tdxu_gate tdxu_gate_check(const struct tdxu_version *running, struct tdxu_version *minimum)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(minimum_versions); i++) {
		const struct tdxu_version *m = &minimum_versions[i];

		if (m->major != running->major || m->minor != running->minor)
			continue;
		if (minimum)
			*minimum = *m;
		return running->update < m->update ? TDXU_GATE_TOO_OLD : TDXU_GATE_OPEN;
	}
	return TDXU_GATE_UNKNOWN_SERIES;
}
