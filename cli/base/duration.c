// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>

#include "duration.h"

static const struct {
	char letter;
	u32 seconds;
} units[] = { { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

enum { MAX_SECONDS = TDXU_DURATION_MAX_HOURS * 3600 };

/* Digits only; anything above the maximum stays just above it instead of wrapping around. */
static bool take_number(const char **text, u32 *number)
{
	const char *p = *text;
	u32 n = 0;

	for (; isdigit((unsigned char)*p); p++)
		n = n > MAX_SECONDS ? n : n * 10 + (u32)(*p - '0');
	if (p == *text)
		return false;
	*text = p;
	*number = n;
	return true;
}

bool tdxu_duration_parse(const char *text, u64 *ms)
{
	size_t unit = 0;
	u64 seconds = 0;
	u32 number;

	do {
		if (!take_number(&text, &number))
			return false;
		while (unit < ARRAY_SIZE(units) && units[unit].letter != *text)
			unit++;
		if (unit == ARRAY_SIZE(units))
			return false;
		seconds += (u64)number * units[unit++].seconds;
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
