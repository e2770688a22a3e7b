// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "allowed.h"

static bool parse_mrseam(const char *text, u8 *out)
{
	if (strlen(text) != 2 * TDXU_SHA384_BYTES ||
	    strspn(text, "0123456789abcdefABCDEF") != 2 * TDXU_SHA384_BYTES)
		return false;
	for (size_t i = 0; i < TDXU_SHA384_BYTES; i++)
		sscanf(text + 2 * i, "%2hhx", &out[i]);
	return true;
}

static bool parse_name(const char *text, struct tdxu_release_name *name)
{
	*name = (struct tdxu_release_name){ 0 };
	name->is_version = tdxu_version_parse(text, &name->version);
	return name->is_version || parse_mrseam(text, name->mrseam);
}

/* What is left of a line without its comment and blanks, or NULL. */
static char *trim(char *line)
{
	char *end;

	line += strspn(line, " \t\r\n");
	line[strcspn(line, "#\r\n")] = '\0';
	for (end = line + strlen(line); end > line && strchr(" \t", end[-1]); end--)
		end[-1] = '\0';
	return *line ? line : NULL;
}

static enum tdxu_exit read_line(char *line, u32 number, const char *path,
				struct tdxu_allowed *allowed, struct tdxu_error *error)
{
	char *word = trim(line);

	if (!word)
		return TDXU_EXIT_OK;
	if (allowed->nr == TDXU_MAX_ALLOWED)
		return tdxu_error_set(error, TDXU_EXIT_HOST, path, "leave out what is old",
				      "it has more than %d releases", TDXU_MAX_ALLOWED);
	if (parse_name(word, &allowed->name[allowed->nr])) {
		allowed->nr++;
		return TDXU_EXIT_OK;
	}
	return tdxu_error_set(error, TDXU_EXIT_HOST, path,
			      "correct it",
			      "'%.100s' in line %u is neither a version nor an MRSEAM", word,
			      number);
}

enum tdxu_exit tdxu_allowed_load(const char *root, struct tdxu_allowed *allowed,
				 struct tdxu_error *error)
{
	char path[TDXU_WHAT_BYTES], line[1024];
	enum tdxu_exit code = TDXU_EXIT_OK;
	FILE *f;

	snprintf(path, sizeof(path), "%s/etc/tdxupd/allowed", root);
	f = fopen(path, "re");
	*allowed = (struct tdxu_allowed){ .present = f || (errno != ENOENT && errno != ENOTDIR) };
	if (!allowed->present)
		return TDXU_EXIT_OK;
	for (u32 number = 1; f && !code && fgets(line, sizeof(line), f); number++)
		code = read_line(line, number, path, allowed, error);
	if (!code && (!f || ferror(f)))
		code = tdxu_error_set(error, TDXU_EXIT_HOST, path,
				      "let root read it, or remove it",
				      "it says what may be taken, and cannot be read (%s)",
				      strerror(errno));
	if (f)
		fclose(f);
	return code;
}

bool tdxu_allowed_has(const struct tdxu_allowed *allowed, const struct tdxu_version *version,
		      const u8 *seamhash)
{
	for (u32 i = 0; i < allowed->nr; i++) {
		const struct tdxu_release_name *n = &allowed->name[i];

		if (n->is_version ? version && !tdxu_version_compare(&n->version, version) :
				    !memcmp(n->mrseam, seamhash, sizeof(n->mrseam)))
			return true;
	}
	return !allowed->present;
}
