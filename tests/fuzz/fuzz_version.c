// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text as a version, and as the driver's parameter minimum_version. */

#include "../../kmod/core/version.c"

#include "fuzz.h"

/* Whatever was asked for, the gate is never lower than it was. */
static void check_gate(const struct tdxu_version *least)
{
	struct tdxu_version minimum;

	check(tdxu_gate_check(least, &minimum) != TDXU_GATE_UNKNOWN_SERIES);
	check(tdxu_version_compare(&minimum, least) >= 0);
}

static void try_version(const char *text)
{
	struct tdxu_version v, again;
	char formatted[TDXU_VERSION_TEXT];

	if (!tdxu_version_parse(text, &v))
		return;
	check(strlen(tdxu_version_format(&v, formatted)) < TDXU_VERSION_TEXT);
	check(tdxu_version_parse(formatted, &again) && !tdxu_version_compare(&v, &again));
}

static void try_gate(const char *text)
{
	static const struct tdxu_version least[] = { { 1, 5, 24 }, { 2, 0, 14 } };
	struct series as_built[ARRAY_SIZE(gate)];
	char why[TDXU_GATE_WHY];

	memcpy(as_built, gate, sizeof(gate));
	if (!tdxu_gate_raise(text, why))
		check(strlen(why) < TDXU_GATE_WHY && strchr(why, ';'));
	check_gate(&least[0]);
	check_gate(&least[1]);
	memcpy(gate, as_built, sizeof(gate));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *text = malloc(size + 1);

	check(text);
	memcpy(text, data, size);
	text[size] = '\0';
	try_version(text);
	try_gate(text);
	free(text);
	return 0;
}
