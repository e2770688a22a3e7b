// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdlib.h>

#include "duration.h"

static const struct {
	char letter;
	u32 seconds;
} units[] = { { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

enum { MAX_SECONDS = 720 * 3600 };

bool tdxu_duration_parse(const char *text, u64 *ms)
{
	unsigned long number;
	size_t unit = 0;
	u64 seconds = 0;
	char *end;

	do {
		number = strtoul(text, &end, 10);
		if (!isdigit((unsigned char)*text) || number > MAX_SECONDS)
			return false;
		text = end;
		while (unit < ARRAY_SIZE(units) && units[unit].letter != *text)
			unit++;
		if (unit == ARRAY_SIZE(units))
			return false;
		seconds += number * units[unit++].seconds;
		text++;
	} while (*text);

	if (seconds > MAX_SECONDS)
		return false;
	*ms = seconds * 1000;
	return true;
}

const char *tdxu_duration_format(u64 ms, char *out)
{
	u64 seconds = (ms + 999) / 1000;
	int len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		u64 n = seconds / units[i].seconds;

		if (n || (!len && units[i].seconds == 1))
			len += snprintf(out + len, TDXU_DURATION_TEXT - len, "%u%c", (u32)n,
					units[i].letter);
		seconds %= units[i].seconds;
	}
	return out;
}
