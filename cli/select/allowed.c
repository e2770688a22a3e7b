// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "allowed.h"
#include "core/image.h"
#include "names.h"

bool tdxu_release_parse(const char *text, char name[TDXU_RELEASE_TEXT])
{
	struct tdxu_version version;
	u8 mrseam[TDXU_SHA384_BYTES];

	if (tdxu_version_parse(text, &version))
		tdxu_version_format(&version, name);
	else if (tdxu_unhex(text, sizeof(mrseam), mrseam))
		tdxu_hex(mrseam, sizeof(mrseam), name);
	else
		return false;
	return true;
}

char *tdxu_allowed_word(char *line)
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
	char *word = tdxu_allowed_word(line);

	if (!word)
		return TDXU_EXIT_OK;
	if (allowed->nr == TDXU_MAX_ALLOWED)
		return tdxu_error_set(error, TDXU_EXIT_HOST, path, "leave out what is old",
				      "it has more than %d releases", TDXU_MAX_ALLOWED);
	if (!tdxu_release_parse(word, allowed->name[allowed->nr]))
		return tdxu_error_set(error, TDXU_EXIT_HOST, path, "correct it",
				      "'%.100s' in line %u is neither a version nor an MRSEAM",
				      word, number);
	allowed->nr++;
	return TDXU_EXIT_OK;
}

static enum tdxu_exit read_lines(FILE *f, const char *path, struct tdxu_allowed *allowed,
				 struct tdxu_error *error)
{
	enum tdxu_exit code = TDXU_EXIT_OK;
	size_t room = 0;
	char *line = NULL;
	ssize_t n;

	for (u32 number = 1; !code && (n = getline(&line, &room, f)) >= 0; number++) {
		/* What is behind it would not be seen. */
		for (char *nul = line; (nul = memchr(nul, '\0', (size_t)(line + n - nul)));)
			*nul = '?';
		code = read_line(line, number, path, allowed, error);
	}
	free(line);
	return code;
}

void tdxu_allowed_path(const char *root, char *out)
{
	snprintf(out, TDXU_WHAT_BYTES, "%s/etc/tdxupd/allowed", root);
}

enum tdxu_exit tdxu_allowed_load(const char *root, struct tdxu_allowed *allowed,
				 struct tdxu_error *error)
{
	enum tdxu_exit code = TDXU_EXIT_OK;
	char path[TDXU_WHAT_BYTES];
	FILE *f;

	tdxu_allowed_path(root, path);
	f = fopen(path, "re");
	*allowed = (struct tdxu_allowed){ .present = f || (errno != ENOENT && errno != ENOTDIR) };
	if (!allowed->present)
		return TDXU_EXIT_OK;
	if (f)
		code = read_lines(f, path, allowed, error);
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
	char by_version[TDXU_VERSION_TEXT] = "", by_hash[TDXU_RELEASE_TEXT];

	if (version)
		tdxu_version_format(version, by_version);
	tdxu_hex(seamhash, TDXU_SHA384_BYTES, by_hash);
	for (u32 i = 0; i < allowed->nr; i++)
		if (!strcmp(allowed->name[i], by_version) || !strcmp(allowed->name[i], by_hash))
			return true;
	return !allowed->present;
}
