// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as the list of what is allowed: what is taken is allowed, and nothing else. */

#include "../../cli/select/allowed.c"

#include "fuzz.h"

static struct tdxu_allowed allowed;

/* As it is written, it is read again, and an image of it is allowed. */
static void look_at_name(const char *name)
{
	static const u8 none[TDXU_SHA384_BYTES] = { 0x99, 0x11, 0x99 };
	char again[TDXU_RELEASE_TEXT];
	u8 mrseam[TDXU_SHA384_BYTES];
	struct tdxu_version version;

	check(tdxu_release_parse(name, again));
	check(!strcmp(again, name));
	check(tdxu_version_parse(name, &version) ? tdxu_allowed_has(&allowed, &version, none) :
	      tdxu_unhex(name, sizeof(mrseam), mrseam) && tdxu_allowed_has(&allowed, NULL, mrseam));
}

static void look_at_all(void)
{
	static const struct tdxu_version other = { 9, 99, 999 };
	static const u8 none[TDXU_SHA384_BYTES] = { 0x99, 0x11, 0x99 };

	check(allowed.nr <= TDXU_MAX_ALLOWED);
	for (u32 i = 0; i < allowed.nr; i++)
		look_at_name(allowed.name[i]);
	if (!allowed.nr)
		check(!tdxu_allowed_has(&allowed, &other, none));
}

/* A reader as dumb as can be: lines that have something before a comment. */
static u32 count_lines(const u8 *data, size_t size)
{
	bool comment = false, word = false;
	u32 nr = 0;

	for (size_t i = 0; i <= size; i++) {
		u8 c = i < size ? data[i] : '\n';

		comment |= c == '#' || (c == '\r' && word);
		word |= !comment && !strchr(" \t\r\n", c ? c : '?');
		if (c != '\n')
			continue;
		nr += word;
		comment = word = false;
	}
	return nr;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct tdxu_error error = { .code = TDXU_EXIT_OK };
	FILE *f = stream_of(data, size);

	allowed = (struct tdxu_allowed){ .present = true };
	if (read_lines(f, "allowed", &allowed, &error))
		check(error.code == TDXU_EXIT_HOST && *error.why && *error.fix);
	else
		check(allowed.nr == count_lines(data, size));
	look_at_all();
	fclose(f);
	return 0;
}
