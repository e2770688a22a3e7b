// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "kind.h"

static const char unpack[] = "unpack it there, and give the directory of what was in it";
static const char fetch[] = "get the file again from its publisher";

static const struct magic {
	u32 offset;
	const char *bytes;
	struct tdxu_kind kind;
} magics[] = {
	{ 0, "version https://git-lfs", { "it is a Git LFS pointer, not the file itself",
	  "run `git lfs pull` where it was cloned, and copy the file from there again" } },
	{ 0, "\x1f\x8b", { "it is compressed by gzip", unpack } },
	{ 0, "\xfd" "7zXZ", { "it is compressed by xz", unpack } },
	{ 0, "PK\3\4", { "it is a zip archive", unpack } },
	{ 257, "ustar", { "it is a tar archive", unpack } },
	{ 0, "\xff\xfe", { "it is UTF-16 text", fetch } },
	{ 0, "\xfe\xff", { "it is UTF-16 text", fetch } },
};

static const struct tdxu_kind html = {
	"it is an HTML page, as a server sends in the place of a file", fetch,
};
static const struct tdxu_kind crlf = {
	"it is text with CRLF at the ends of its lines", fetch,
};
static const struct tdxu_kind text = { "it is text", fetch };
static const struct tdxu_kind copied = {
	"it was copied as text: a carriage return stands before every line feed",
	"copy it again, in binary mode",
};

static bool is_text(const u8 *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] >= 0x7f || (!isprint(data[i]) && !isspace(data[i])))
			return false;
	return size;
}

static bool is_html(const u8 *data, size_t size)
{
	size_t i = 0;

	while (i < size && isspace(data[i]))
		i++;
	return size - i > 9 && (!strncasecmp((const char *)data + i, "<!doctype", 9) ||
				!strncasecmp((const char *)data + i, "<html", 5));
}

const struct tdxu_kind *tdxu_kind_of(const u8 *data, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
		const struct magic *m = &magics[i];
		size_t length = strlen(m->bytes);

		if (size >= m->offset + length && !memcmp(data + m->offset, m->bytes, length))
			return &m->kind;
	}
	return is_html(data, size) ? &html : NULL;
}

/* A module has hundreds of line feeds, and few of them happen to follow a carriage return. */
static bool is_copied_as_text(const u8 *data, size_t size)
{
	const u8 *end = data + size, *p = data;
	u32 lines = 0;

	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		if (p == data || p[-1] != '\r')
			return false;
		p++;
		lines++;
	}
	return lines >= 8;
}

const struct tdxu_kind *tdxu_kind_of_binary(const u8 *data, size_t size)
{
	const struct tdxu_kind *kind = tdxu_kind_of(data, size);
	size_t head = size < TDXU_KIND_HEAD ? size : TDXU_KIND_HEAD;

	if (kind)
		return kind;
	if (is_text(data, head))
		return memchr(data, '\r', head) ? &crlf : &text;
	return is_copied_as_text(data, size) ? &copied : NULL;
}
