// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the history: each line is an attempt, tells of dropped ones, or is unreadable, and
 * shortening loses count of none. What is printed of it controls no terminal, and is sound JSON.
 */

#define _GNU_SOURCE /* as history.c has it */
#include <fcntl.h>

#include "fuzz.h"
#include "save.h"

/* The file that it opens, in memory. */
static const u8 *file;
static size_t file_size;
#define open(path, ...) 0
#define fdopen(fd, mode) stream_of(file, file_size)
#define tdxu_save_stream(save, stream, text, error) keep(save, stream, text, error)
static enum tdxu_exit keep(const struct tdxu_save *save, FILE *stream, char **text,
			   struct tdxu_error *error);
#include "../../cli/base/history.c"
#undef open
#undef fdopen
#undef tdxu_save_stream

#include "../../cli/attempts.c"

enum { LIMIT = 256 };

static char *saved;
static size_t saved_size;

static enum tdxu_exit keep(const struct tdxu_save *save, FILE *stream, char **text,
			   struct tdxu_error *error)
{
	error->code = TDXU_EXIT_OK;
	check(!fclose(stream) && save->replace && save->mode == 0600);
	saved = *text;
	saved_size = save->size;
	return TDXU_EXIT_OK;
}

static const struct tdxu_paths paths = { .state = "/var/lib/tdxupd" };
static const struct tdxu_error no_error = { .code = TDXU_EXIT_OK };

/* As the command prints it. */
static char *print_as(bool json, json_t *attempts, const struct tdxu_history *history, size_t *size)
{
	struct tdxu_options options = { .json = json };
	struct tdxu_ctx ctx = { .options = &options, .paths = &paths };
	char *text = NULL;

	ctx.out = ctx.err = open_memstream(&text, size);
	check(ctx.out);
	print(&ctx, attempts, history, &no_error);
	check(!fclose(ctx.out) && text);
	return text;
}

static void look_at_prints(json_t *attempts, const struct tdxu_history *history)
{
	size_t size;
	char *text = print_as(false, attempts, history, &size);
	json_t *json;

	for (size_t i = 0; i < size; i++)
		check(text[i] == '\n' || (u8)text[i] >= ' ');
	free(text);
	text = print_as(true, attempts, history, &size);
	json = json_loadb(text, size, 0, NULL);
	check(json_array_size(json_object_get(json, "attempts")) == json_array_size(attempts));
	check(json_is_object(json_object_get(json, "dropped")));
	json_decref(json);
	free(text);
}

/* Attempts, whether their lines are there or not. */
static json_int_t read_file(const u8 *data, size_t size, bool look)
{
	struct tdxu_history history;
	json_t *attempts = json_array(), *number;
	struct tdxu_error error = no_error;
	const char *name;
	json_int_t sum;

	file = data;
	file_size = size;
	check(!tdxu_history_read(paths.state, collect, attempts, &history, &error));
	sum = (json_int_t)json_array_size(attempts) + history.unreadable;
	json_object_foreach(history.dropped, name, number) {
		check(json_integer_value(number) >= 0);
		sum += json_integer_value(number);
	}
	if (look)
		look_at_prints(attempts, &history);
	tdxu_history_free(&history);
	json_decref(attempts);
	return sum;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	json_int_t attempts = read_file(data, size, true);
	struct tdxu_error error = no_error;
	const char *head;

	tdxu_history_bytes = LIMIT;
	check(!shorten("history.jsonl", &error));
	head = memchr(saved, '\n', saved_size);
	check(head && saved_size - (size_t)(head + 1 - saved) <= LIMIT / 2);
	check(attempts >= most_dropped || read_file((u8 *)saved, saved_size, false) == attempts);
	free(saved);
	return 0;
}
