// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* strerrorname_np */
#include <errno.h>
#include <string.h>

#include "error.h"

enum { LONGEST_LINE = 8192 }; /* two paths and an error */

enum tdxu_exit tdxu_error_set(struct tdxu_error *error, enum tdxu_exit code, const char *what,
			      const char *fix, const char *why, ...)
{
	va_list args;

	memset(error, 0, sizeof(*error));
	error->code = code;
	snprintf(error->what, sizeof(error->what), "%s", what);
	snprintf(error->fix, sizeof(error->fix), "%s", fix);
	va_start(args, why);
	vsnprintf(error->why, sizeof(error->why), why, args);
	va_end(args);
	return code;
}

enum tdxu_exit tdxu_error_stopped(struct tdxu_error *error, const char *what)
{
	return tdxu_error_set(error, TDXU_EXIT_BUSY, what, "run it again",
			      "it was interrupted, nothing has changed");
}

/* A driver's sentence may end in advice of its own, after a semicolon. It knows more than we do. */
static enum tdxu_exit fill(struct tdxu_error *error, enum tdxu_exit code, int errnum,
			   const char *check, const char *what, const char *message,
			   const struct tdxu_meaning *meaning)
{
	const char *why = *message ? message : meaning->why, *own = strstr(message, "; ");
	int len = own ? (int)(own - why) : (int)strlen(why);

	tdxu_error_set(error, code, what, own ? own + 2 : meaning->fix, "%.*s", len, why);
	error->errnum = errnum;
	snprintf(error->check, sizeof(error->check), "%s", check);
	return code;
}

enum tdxu_exit tdxu_error_from_fault(struct tdxu_error *error, const char *what,
				     const struct tdxu_fault *fault)
{
	enum tdxu_exit code = tdxu_exit_code(TDX_UPDATE_OUTCOME_NONE, fault->errnum, NULL);
	struct tdxu_meaning meaning = *tdxu_meaning_of_errno(fault->errnum);
	const char *name = strerrorname_np(fault->errnum);
	char why[TDXU_MESSAGE_BYTES];

	if (!meaning.why) {
		snprintf(why, sizeof(why), "the driver answered %s (%s)",
			 name ? name : "an unknown error", strerror(fault->errnum));
		meaning.why = why;
		meaning.fix = "see `dmesg` and `tdxupd status` for more";
	}
	return fill(error, code, fault->errnum, "", what, fault->message, &meaning);
}

enum tdxu_exit tdxu_error_from_result(struct tdxu_error *error, const char *what,
				      const struct tdxu_result *result)
{
	enum tdxu_exit code = tdxu_exit_code(result->outcome, result->errnum, result->check);

	/* What has ended was accepted, whatever it does not tell. */
	if (result->outcome == TDX_UPDATE_OUTCOME_NONE)
		code = TDXU_EXIT_BEGUN;
	return fill(error, code, result->errnum, result->check, what, result->message,
		    tdxu_meaning_of_outcome(result->outcome));
}

enum tdxu_exit tdxu_error_from_check(struct tdxu_error *error, const char *what,
				     const struct tdxu_check *check)
{
	enum tdxu_exit code =
		tdxu_exit_code(TDX_UPDATE_OUTCOME_REFUSED, check->errnum, check->name);

	return fill(error, code, check->errnum, check->name, what, check->message,
		    tdxu_meaning_of_outcome(TDX_UPDATE_OUTCOME_REFUSED));
}

/* Length of the UTF-8 character at @p, if there is a whole one that no terminal obeys. */
static size_t plain_character(const u8 *p)
{
	size_t n = *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;

	if (*p < 0x80)
		return *p >= ' ' && *p != 0x7f;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* U+0080 to U+009F control, as ESC does; from U+2028 on, some break and turn lines. */
	if (n == 2 && *p == 0xc2 && p[1] < 0xa0)
		return 0;
	if (n == 3 && *p == 0xe2 && (p[1] == 0x80 || p[1] == 0x81) && p[2] >= 0xa6)
		return 0;
	return n;
}

static void make_plain(char *text)
{
	while (*text) {
		size_t n = plain_character((const u8 *)text);

		if (!n)
			*text = '?';
		text += n ? n : 1;
	}
}

/*
 * On the stack, so that it can be printed when out of memory. By one call, since stderr has no
 * buffer: in a log that others write to, too, a line stays a line.
 */
static void put(FILE *stream, const char *end, const char *text, va_list args)
{
	char line[LONGEST_LINE];

	vsnprintf(line, sizeof(line), text, args);
	make_plain(line);
	fprintf(stream, "%s%s", line, end);
}

void tdxu_put_args(FILE *stream, const char *text, va_list args)
{
	put(stream, "", text, args);
}

void tdxu_put(FILE *stream, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	put(stream, "", text, args);
	va_end(args);
}

void tdxu_say(FILE *stream, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	put(stream, "\n", text, args);
	va_end(args);
}

void tdxu_error_print(FILE *stream, const struct tdxu_error *error)
{
	tdxu_say(stream, "tdxupd: %s: %s; %s", error->what, error->why, error->fix);
}
