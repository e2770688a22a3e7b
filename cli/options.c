// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "duration.h"
#include "options.h"

static const struct option {
	const char *name;
	u32 bit;
	bool value;
	size_t offset; /* of a bool or a const char *; --retry-for has its own parser */
} all[] = {
	{ "--json", TDXU_OPT_JSON, false, offsetof(struct tdxu_options, json) },
	{ "--quiet", TDXU_OPT_QUIET, false, offsetof(struct tdxu_options, quiet) },
	{ "--dry-run", TDXU_OPT_DRY_RUN, false, offsetof(struct tdxu_options, dry_run) },
	{ "--sigstruct", TDXU_OPT_SIGSTRUCT, true, offsetof(struct tdxu_options, sigstruct) },
	{ "--fallback", TDXU_OPT_FALLBACK, true, offsetof(struct tdxu_options, fallback) },
	{ "--retry-for", TDXU_OPT_RETRY_FOR, true, 0 },
	{ "--help", TDXU_OPT_HELP, false, offsetof(struct tdxu_options, help) },
	{ "-h", TDXU_OPT_HELP, false, offsetof(struct tdxu_options, help) },
};

struct parser {
	const char *command;
	u32 takes;
	int left;
	char **next;
	struct tdxu_options *options;
	struct tdxu_error *error;
};

static enum tdxu_exit misuse(struct parser *p, const char *why, const char *subject)
{
	char fix[TDXU_NAME_BYTES * 2];

	snprintf(fix, sizeof(fix), "see `tdxupd help %s`", p->command);
	return tdxu_error_set(p->error, TDXU_EXIT_USAGE, p->command, fix, why, subject);
}

/* "--name" or "--name=value" */
static const struct option *find(const char *arg, size_t len, u32 takes)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if ((takes & all[i].bit) && strlen(all[i].name) == len &&
		    !strncmp(all[i].name, arg, len))
			return &all[i];
	return NULL;
}

static enum tdxu_exit store(struct parser *p, const struct option *option, const char *value)
{
	u8 *options = (u8 *)p->options;

	if (!*value)
		return misuse(p, "the value of %s is empty", option->name);
	if (option->bit != TDXU_OPT_RETRY_FOR)
		*(const char **)(options + option->offset) = value;
	else if (!tdxu_duration_parse(value, &p->options->retry_ms))
		return misuse(p, "'%s' is not a duration like 90s, 30m or 1h30m, of at most 720h",
			      value);
	return TDXU_EXIT_OK;
}

static enum tdxu_exit take_option(struct parser *p, const char *arg)
{
	const char *equals = strchr(arg, '=');
	const struct option *option =
		find(arg, equals ? (size_t)(equals - arg) : strlen(arg), p->takes);

	if (!option)
		return misuse(p, "it has no option '%s'", arg);
	if (!option->value && equals)
		return misuse(p, "%s takes no value", option->name);
	if (!option->value) {
		*(bool *)((u8 *)p->options + option->offset) = true;
		return TDXU_EXIT_OK;
	}
	if (equals)
		return store(p, option, equals + 1);
	if (!p->left)
		return misuse(p, "%s needs a value", option->name);
	p->left--;
	return store(p, option, *p->next++);
}

static enum tdxu_exit take_operand(struct parser *p, bool image, const char *arg)
{
	if (!image || p->options->image)
		return misuse(p, "it has no use for '%s'", arg);
	if (!*arg)
		return misuse(p, "the path of the image is empty%s", "");
	p->options->image = arg;
	return TDXU_EXIT_OK;
}

static enum tdxu_exit parse(struct parser *p, bool image)
{
	enum tdxu_exit code = TDXU_EXIT_OK;
	bool operands_only = false;

	while (p->left && !code) {
		const char *arg = *p->next++;

		p->left--;
		if (!operands_only && !strcmp(arg, "--"))
			operands_only = true;
		else if (!operands_only && arg[0] == '-' && arg[1])
			code = take_option(p, arg);
		else
			code = take_operand(p, image, arg);
	}
	if (!code && image && !p->options->image && !p->options->help)
		code = misuse(p, "it needs the path of an image%s", "");
	return code;
}

/* Errors in the arguments must come as JSON too, wherever --json stands among them. */
static bool asks_for_json(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

enum tdxu_exit tdxu_options_parse(const char *command, u32 takes, bool image, int argc,
				  char **argv, struct tdxu_options *options,
				  struct tdxu_error *error)
{
	struct parser parser = {
		.command = command,
		.takes = takes | TDXU_OPT_HELP,
		.left = argc,
		.next = argv,
		.options = options,
		.error = error,
	};

	*options = (struct tdxu_options){ .json = asks_for_json(argc, argv) };
	return parse(&parser, image);
}
