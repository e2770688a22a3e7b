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

enum kind { ATTEMPT, BUSY, DROPPED, UNREADABLE };

struct line {
	char *text; /* ends with its end of line, and is not terminated; what is too long is cut */
	size_t size;
	enum kind kind;
	json_t *json; /* of one that can be read */
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

/* Return: whether there was a line. */
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
	return true;
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
	const char *outcome;

	line->json = json_loadb(line->text, line->size, JSON_REJECT_DUPLICATES, NULL);
	outcome = json_string_value(json_object_get(line->json, "outcome"));
	if (tells_dropped(line->json))
		line->kind = DROPPED;
	else if (outcome && json_is_integer(json_object_get(line->json, "time")))
		line->kind = strcmp(outcome, "busy") ? ATTEMPT : BUSY;
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
		judge(&line);
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

struct lines {
	struct line *line;
	u32 nr;
	size_t bytes;
	json_t *dropped;
};

static const char *outcome_of(const struct line *line)
{
	if (line->kind == UNREADABLE)
		return "unreadable";
	return json_string_value(json_object_get(line->json, "outcome"));
}

static void drop(struct lines *all, struct line *line)
{
	if (line->kind == DROPPED)
		add_dropped(all->dropped, line->json);
	else
		count(all->dropped, outcome_of(line), 1);
	all->bytes -= line->size;
	line->size = 0;
}

/* A busy host is asked every minute; an update is what people look for a year later. */
static void drop_oldest(struct lines *all)
{
	for (u32 i = 0; i < all->nr; i++)
		if (all->line[i].kind == DROPPED)
			drop(all, &all->line[i]);
	for (u32 i = 0; i < all->nr && all->bytes > tdxu_history_bytes / 2; i++)
		if (all->line[i].kind == BUSY)
			drop(all, &all->line[i]);
	for (u32 i = 0; i < all->nr && all->bytes > tdxu_history_bytes / 2; i++)
		if (all->line[i].size)
			drop(all, &all->line[i]);
}

static bool add(struct lines *all, struct line *line)
{
	struct line *grown = realloc(all->line, (all->nr + 1) * sizeof(*grown));
	char *text = malloc(line->size);

	if (grown)
		all->line = grown;
	if (!grown || !text) {
		free(text);
		return false;
	}
	line->text = memcpy(text, line->text, line->size);
	judge(line);
	all->bytes += line->size;
	all->line[all->nr++] = *line;
	return true;
}

static bool read_all(FILE *f, struct lines *all)
{
	char text[LINE_BYTES];
	struct line line;

	while (read_line(f, text, &line))
		if (!add(all, &line))
			return false;
	return true;
}

static enum tdxu_exit save(const char *path, const struct lines *all, struct tdxu_error *error)
{
	json_t *head = json_pack("{s:O}", "dropped", all->dropped);
	struct tdxu_save file = { .path = path, .mode = 0600, .replace = true };
	enum tdxu_exit code = TDXU_EXIT_UNFORESEEN;
	char *text = NULL;
	FILE *f = open_memstream(&text, &file.size);

	json_dumpf(head, f, JSON_COMPACT);
	fputc('\n', f);
	for (u32 i = 0; i < all->nr; i++)
		fwrite(all->line[i].text, 1, all->line[i].size, f);
	if (!fclose(f)) {
		file.data = text;
		code = tdxu_save(&file, error);
	}
	free(text);
	json_decref(head);
	return code;
}

static void free_lines(struct lines *all)
{
	for (u32 i = 0; i < all->nr; i++) {
		json_decref(all->line[i].json);
		free(all->line[i].text);
	}
	free(all->line);
	json_decref(all->dropped);
}

static enum tdxu_exit shorten(const char *path, struct tdxu_error *error)
{
	struct lines all = { .dropped = json_object() };
	FILE *f = open_file(path);
	enum tdxu_exit code;
	bool whole;

	if (!f) {
		free_lines(&all);
		return fail(path, errno, error);
	}
	whole = read_all(f, &all);
	code = close_file(f, path, error);
	if (!code && !whole)
		code = fail(path, ENOMEM, error);
	if (!code) {
		drop_oldest(&all);
		code = save(path, &all, error);
	}
	free_lines(&all);
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

	if (n == (ssize_t)size && !fsync(fd))
		return 0;
	if (n == (ssize_t)size)
		errnum = errno;
	if (n > 0 && ftruncate(fd, before))
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
