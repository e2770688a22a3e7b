// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* asprintf */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history.h"
#include "save.h"

enum { LINE_BYTES = 16384 }; /* ours are far shorter */

/* No host has that many attempts. Larger ones would not add up, nor fit every reader of JSON. */
static const json_int_t most_dropped = 1LL << 52;

size_t tdxu_history_bytes = 1024 * 1024;

enum kind { ATTEMPT, BUSY, DROPPED, UNREADABLE, NR_KINDS };

struct line {
	char *text; /* ends with its end of line, and is not terminated; what is too long is cut */
	size_t size;
	enum kind kind;
	json_t *json; /* of one that can be read */
	const char *outcome; /* of an attempt */
};

static void set_path(const char *dir, char *out)
{
	snprintf(out, TDXU_WHAT_BYTES, "%s/history.jsonl", dir);
}

static enum tdxu_exit fail(const char *path, int errnum, struct tdxu_error *error)
{
	bool denied = errnum == EACCES || errnum == EPERM;

	tdxu_error_set(error, denied ? TDXU_EXIT_PERMISSION : TDXU_EXIT_UNFORESEEN, path,
		       denied ? "run it as root" : "check the file and the file system",
		       "the history cannot be read or written (%s)", strerror(errnum));
	error->errnum = errnum;
	return error->code;
}

static bool tells_dropped(const json_t *line)
{
	json_t *counts = json_object_get(line, "dropped"), *nr;
	const char *name;

	json_object_foreach(counts, name, nr)
		if (!json_is_integer(nr) || json_integer_value(nr) < 0 ||
		    json_integer_value(nr) > most_dropped)
			return false;
	return json_is_object(counts);
}

static void judge(struct line *line)
{
	line->json = json_loadb(line->text, line->size, JSON_REJECT_DUPLICATES, NULL);
	line->outcome = json_string_value(json_object_get(line->json, "outcome"));
	if (tells_dropped(line->json))
		line->kind = DROPPED;
	else if (line->outcome && json_is_integer(json_object_get(line->json, "time")))
		line->kind = strcmp(line->outcome, "busy") ? ATTEMPT : BUSY;
}

/* Return: whether there was a line, whose @json then is to be given back. */
static bool read_line(FILE *f, char *text, struct line *line)
{
	size_t size = 0;
	int c;

	while ((c = getc_unlocked(f)) != EOF && c != '\n')
		if (size < LINE_BYTES - 1)
			text[size++] = (char)c;
	if (c == EOF && !size)
		return false;
	text[size++] = '\n';
	*line = (struct line){ .text = text, .size = size, .kind = UNREADABLE };
	judge(line);
	return true;
}

static void count(json_t *counts, const char *name, json_int_t nr)
{
	json_int_t before = json_integer_value(json_object_get(counts, name));

	nr = nr < most_dropped - before ? before + nr : most_dropped;
	json_object_set_new(counts, name, json_integer(nr));
}

static void add_dropped(json_t *counts, json_t *line)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(line, "dropped"), name, value)
		count(counts, name, json_integer_value(value));
}

static FILE *open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (!f && fd >= 0)
		close(fd);
	return f;
}

/* A directory opens and does not read. */
static enum tdxu_exit close_file(FILE *f, const char *path, struct tdxu_error *error)
{
	int errnum = ferror(f) ? errno : 0;

	fclose(f);
	return errnum ? fail(path, errnum, error) : TDXU_EXIT_OK;
}

enum tdxu_exit tdxu_history_read(const char *dir, void (*each)(json_t *attempt, void *priv),
				 void *priv, struct tdxu_history *history,
				 struct tdxu_error *error)
{
	char path[TDXU_WHAT_BYTES], text[LINE_BYTES];
	struct line line;
	FILE *f;

	*history = (struct tdxu_history){ .dropped = json_object() };
	set_path(dir, path);
	f = open_file(path);
	if (!f)
		return errno == ENOENT ? TDXU_EXIT_OK : fail(path, errno, error);
	while (read_line(f, text, &line)) {
		if (line.kind == DROPPED)
			add_dropped(history->dropped, line.json);
		else if (line.kind == UNREADABLE)
			history->unreadable++;
		else
			each(line.json, priv);
		json_decref(line.json);
	}
	return close_file(f, path, error);
}

void tdxu_history_free(struct tdxu_history *history)
{
	json_decref(history->dropped);
}

/* --- what has become too long ----------------------------------------------------------------- */

/*
 * How many bytes of the oldest lines are to go. A busy host is asked every minute; an update is
 * what people look for a year later: so busy lines go before others.
 */
static void weigh(FILE *f, long long *busy, long long *others)
{
	long long bytes[NR_KINDS] = { 0 };
	char text[LINE_BYTES];
	struct line line;

	while (read_line(f, text, &line)) {
		bytes[line.kind] += (long long)line.size;
		json_decref(line.json);
	}
	*others = bytes[ATTEMPT] + bytes[UNREADABLE] - (long long)tdxu_history_bytes / 2;
	*busy = *others + bytes[BUSY];
}

/* Return: whether there was enough memory. */
static bool copy_newest(FILE *f, char **newest, size_t *size, json_t *dropped)
{
	FILE *to = open_memstream(newest, size);
	long long busy, others;
	char text[LINE_BYTES];
	struct line line;
	bool whole;

	if (!to)
		return false;
	weigh(f, &busy, &others);
	rewind(f);
	while (read_line(f, text, &line)) {
		long long *to_go = line.kind == BUSY ? &busy : &others;

		if (line.kind == DROPPED) {
			add_dropped(dropped, line.json);
		} else if (*to_go > 0) {
			count(dropped, line.kind == UNREADABLE ? "unreadable" : line.outcome, 1);
			*to_go -= (long long)line.size;
		} else {
			fwrite(line.text, 1, line.size, to);
		}
		json_decref(line.json);
	}
	whole = !ferror(to);
	return !fclose(to) && whole;
}

static enum tdxu_exit save(const char *path, json_t *dropped, const char *newest, size_t size,
			   struct tdxu_error *error)
{
	json_t *head = json_pack("{s:O}", "dropped", dropped);
	struct tdxu_save file = { .path = path, .mode = 0600, .replace = true };
	char *text = NULL;
	FILE *f = open_memstream(&text, &file.size);

	json_dumpf(head, f, JSON_COMPACT);
	fputc('\n', f);
	fwrite(newest, 1, size, f);
	json_decref(head);
	return tdxu_save_stream(&file, f, &text, error);
}

static enum tdxu_exit shorten(const char *path, struct tdxu_error *error)
{
	FILE *f = open_file(path);
	enum tdxu_exit code;
	char *newest = NULL;
	json_t *dropped;
	size_t size;
	bool whole;

	if (!f)
		return fail(path, errno, error);
	dropped = json_object();
	whole = copy_newest(f, &newest, &size, dropped);
	code = close_file(f, path, error);
	if (!code && !whole)
		code = fail(path, ENOMEM, error);
	if (!code)
		code = save(path, dropped, newest, size, error);
	free(newest);
	json_decref(dropped);
	return code;
}

/* --- appending -------------------------------------------------------------------------------- */

/*
 * In one piece. A part of it is taken back; should that fail too, the next one begins with an end
 * of line.
 */
static int write_line(int fd, const char *text, size_t size)
{
	off_t before = lseek(fd, 0, SEEK_END);
	ssize_t n = write(fd, text, size);
	int errnum = n < 0 ? errno : ENOSPC;

	if (n == (ssize_t)size)
		errnum = fsync(fd) ? errno : 0;
	if (errnum && n > 0 && ftruncate(fd, before))
		return errnum;
	return errnum;
}

static bool is_torn(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char last;

	return end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n';
}

static char *line_text(const json_t *attempt, bool torn)
{
	char *json = json_dumps(attempt, JSON_COMPACT), *text = NULL;

	if (json && asprintf(&text, "%s%s\n", torn ? "\n" : "", json) < 0)
		text = NULL;
	free(json);
	return text;
}

static int append(int fd, const json_t *attempt, bool *too_long)
{
	char *text = line_text(attempt, is_torn(fd));
	int errnum = text ? write_line(fd, text, strlen(text)) : ENOMEM;

	*too_long = lseek(fd, 0, SEEK_END) > (off_t)tdxu_history_bytes;
	free(text);
	return errnum;
}

enum tdxu_exit tdxu_history_append(const char *dir, const json_t *attempt,
				   struct tdxu_error *error)
{
	char path[TDXU_WHAT_BYTES];
	bool too_long = false;
	int fd, errnum;

	set_path(dir, path);
	if (mkdir(dir, 0700) && errno != EEXIST)
		return fail(path, errno, error);
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(path, errno, error);
	errnum = append(fd, attempt, &too_long);
	close(fd);
	if (errnum)
		return fail(path, errnum, error);
	return too_long ? shorten(path, error) : TDXU_EXIT_OK;
}
