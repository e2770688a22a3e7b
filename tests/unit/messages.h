/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_MESSAGES_H
#define TESTS_UNIT_MESSAGES_H

/*
 * Messages, each provoked: a row is what to do before, a command line, and what must come of it.
 * tests/messages.t compares all that is printed here with what the sources can print, and tries
 * all rows once more, with TDXUPD_JSON=1: each with --json, for the schema.
 */

#include <fnmatch.h>

#include "cli_fake.h"
#include "json.h"

struct row {
	void (*prepare)(void);
	const char *args; /* DIR is the directory of the test's files, '' an empty argument */
	int code;
	const char *line; /* the whole line; * stands for any text */
};

static struct tdxu_options options;
static bool with_json; /* the next line */
static struct tdxu_error error;

/* What does not work, of what the linker replaces for these programs. */
static enum { ALL_WORKS, NO_MALLOC, NO_CALLOC, NO_READ, NO_FSYNC, NO_LIBRARY, NO_SYMBOL, NO_DIGEST,
	      NO_LOCK, NO_DESCRIPTORS } broken;

/* With DIR written out. Good until the next but seven. */
static char *expand(const char *text)
{
	static char lines[8][TDXU_WHAT_BYTES];
	static u32 next;
	char *line = lines[next++ % 8];
	const char *dir = strstr(text, "DIR");

	if (!dir)
		snprintf(line, sizeof(lines[0]), "%s", text);
	else
		snprintf(line, sizeof(lines[0]), "%.*s%s%s", (int)(dir - text), text, directory,
			 strstr(dir + 3, "DIR") ? expand(dir + 3) : dir + 3);
	return line;
}

static const char *json_command;

static enum tdxu_exit print_error(struct tdxu_ctx *ctx)
{
	if (with_json)
		tdxu_json_print(ctx->out, json_command, &error, NULL);
	else
		tdxu_error_print(ctx->err, &error);
	return error.code;
}

/* As main() does it. */
static int run_line(const char *text)
{
	static char line[2 * TDXU_WHAT_BYTES];
	const struct tdxu_command *command;
	char *argv[20], *rest = line;
	int argc = 0;

	snprintf(line, sizeof(line), "%s", expand(text));
	while ((argv[argc] = strsep(&rest, " ")))
		if (!strcmp(argv[argc++], "''"))
			argv[argc - 1] = "";
		else if (with_json && argc == 1)
			argv[argc++] = "--json";
	command = tdxu_command_find(argv[0]);
	ck_assert_msg(command != NULL, "%s", argv[0]);
	json_command = command->name;
	if (tdxu_options_parse(command, argc - 1, argv + 1, &options, &error))
		return run(print_error, &options, false);
	return run(command->run, &options, false);
}

static bool has_line(const char *text, const char *pattern)
{
	char line[4 * TDXU_WHAT_BYTES];

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
		if (!fnmatch(pattern, line, 0))
			return true;
	}
	return false;
}

static void expect_row(const struct row *row, int code)
{
	const char *line = expand(row->line);

	ck_assert_msg(has_line(err, line) || has_line(out, line), "no line\n%s\nin\n%s%s", line,
		      out, err);
	ck_assert_int_eq(code, row->code);
	/* An error is one line. */
	if (code)
		ck_assert_ptr_eq(strchr(err, '\n'), err + err_size - 1);
}

/* Every sentence, in the line that is printed without --json. */
static bool json_says(const char *line)
{
	const char *what, *why, *fix;
	char have[4 * TDXU_WHAT_BYTES];
	json_t *note;
	size_t i;

	ck_assert_int_eq(json_unpack(json, "{s:{s:s, s:s, s:s}}", "error", "what", &what, "why",
				     &why, "fix", &fix), 0);
	snprintf(have, sizeof(have), "tdxupd: %s: %s; %s", what, why, fix);
	if (has_line(have, line))
		return true;
	json_array_foreach(json_object_get(json, "notes"), i, note) {
		snprintf(have, sizeof(have), "tdxupd: %s: %s", what, json_string_value(note));
		if (has_line(have, line))
			return true;
	}
	return false;
}

/* Its error says the same in JSON, which keeps to the schema. */
static void expect_json(const struct row *row, int code)
{
	const char *line = expand(row->line);

	ck_assert_str_eq(err, "");
	json = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(json != NULL, "%s", out);
	expect_schema(json);
	ck_assert_int_eq(code, row->code);
	ck_assert_int_eq(json_integer_value(json_object_get(json, "exit_code")), code);
	if (code && !strncmp(line, "tdxupd: ", 8))
		ck_assert_msg(json_says(line), "no line\n%s\nin\n%s", line, out);
}

/* With another printer, or JSON already, none is asked for. */
static inline void run_row(const struct row *row)
{
	int code;

	with_json = getenv("TDXUPD_JSON") && !strstr(row->args, "--json") &&
		    !strstr(row->args, "--watch") && !strstr(row->args, "--prometheus");
	code = run_line(row->args);
	broken = ALL_WORKS;
	if (with_json)
		expect_json(row, code);
	else
		expect_row(row, code);
	with_json = false;
}

static inline void try_row(const struct row *row)
{
	uid_t user = geteuid();

	broken = ALL_WORKS;
	if (row->prepare)
		row->prepare();
	run_row(row);
	ck_assert_int_eq(seteuid(user), 0);
}

/* Who may read what everybody may. */
static inline void be_nobody(void)
{
	if (!geteuid())
		ck_assert_int_eq(seteuid(65534), 0);
}

#endif
