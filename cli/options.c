// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <string.h>

#include "command.h"
#include "core/abi.h"
#include "duration.h"
#include "lock.h"

enum { MAX_CAP_MS = 3600 * 1000 };

struct option {
	const char *name;
	size_t offset; /* of its member of struct tdxu_options: a bool, if it takes no value */
	bool (*take)(const struct option *option, struct tdxu_options *options, const char *value);
	const char *wrong; /* what is said of a value that is not taken */
	const char *alone; /* its value where none is behind '='; NULL: the next argument */
	u64 max_ms; /* of a time that must not be 0; 0: of any */
};

static void *member(const struct option *option, struct tdxu_options *options)
{
	return (u8 *)options + option->offset;
}

static bool take_text(const struct option *option, struct tdxu_options *options, const char *value)
{
	*(const char **)member(option, options) = value;
	return true;
}

static bool take_time(const struct option *option, struct tdxu_options *options, const char *value)
{
	u64 *ms = member(option, options);

	return tdxu_duration_parse(value, ms) &&
	       (!option->max_ms || (*ms && *ms <= option->max_ms));
}

static bool take_format(const struct option *option, struct tdxu_options *options,
			const char *value)
{
	u16 *format = member(option, options);

	if (!strcmp(value, "v1"))
		*format = TDXU_IMAGE_VERSION_1;
	else if (!strcmp(value, "v2"))
		*format = TDXU_IMAGE_VERSION_2;
	return *format;
}

static bool take_required(const struct option *option, struct tdxu_options *options,
			  const char *value)
{
	bool *required = member(option, options);

	*required = !strcmp(value, "UpToDate");
	return *required;
}

/* The one option that may be given several times. */
static bool take_tcb_info(const struct option *option, struct tdxu_options *options,
			  const char *value)
{
	const char **files = member(option, options);

	if (options->nr_tcb_infos == TDXU_MAX_TCB_INFOS)
		return false;
	files[options->nr_tcb_infos++] = value;
	return true;
}

#define FLAG(text, field) { .name = text, .offset = offsetof(struct tdxu_options, field) }
#define VALUE(text, field, function, ...) \
	{ .name = text, .offset = offsetof(struct tdxu_options, field), .take = function, \
	  __VA_ARGS__ }

static const struct option all[] = {
	FLAG("--json", json),
	FLAG("--quiet", quiet),
	FLAG("--dry-run", dry_run),
	FLAG("--no-fallback", no_fallback),
	FLAG("--at-own-risk", at_own_risk),
	FLAG("--watch", watch),
	FLAG("--help", help),
	FLAG("-h", help),
	VALUE("--sigstruct", sigstruct, take_text),
	VALUE("--fallback", fallback, take_text),
	VALUE("--newest", newest, take_text),
	VALUE("--prometheus", metrics, take_text, .alone = ""),
	VALUE("--nfd", nfd, take_text),
	VALUE("--output", output, take_text),
	VALUE("--tcb-chain", tcb_chain, take_text),
	VALUE("--tcb-info", tcb_info, take_tcb_info, .wrong = "there are more than 8 --tcb-info"),
	VALUE("--require-tcb", require_tcb, take_required,
	      .wrong = "'%s' cannot be required: UpToDate can"),
	VALUE("--format", format, take_format,
	      .wrong = "'%s' is no format of images: there are v1 and v2"),
	VALUE("--retry-for", retry_ms, take_time,
	      .wrong = "'%s' is not a duration like 90s, 30m or 1h30m, of at most 720h"),
	VALUE("--retry-cap", retry_cap_ms, take_time,
	      .wrong = "'%s' is not a wait like 1s or 30s, of 1s to 1h", .max_ms = MAX_CAP_MS),
	VALUE("--hold-builds", hold_ms, take_time,
	      .wrong = "'%s' is not a time to hold builds, like 30s or 2m, of 1s to 10m",
	      .alone = "60s", .max_ms = TDXU_HOLD_MAX_MS),
};

struct parser {
	const struct tdxu_command *command;
	int left;
	char **next;
	struct tdxu_options *options;
	struct tdxu_error *error;
};

static enum tdxu_exit misuse(struct parser *p, const char *why, const char *subject)
{
	char fix[TDXU_NAME_BYTES * 2];

	snprintf(fix, sizeof(fix), "see `tdxupd help %s`", p->command->name);
	return tdxu_error_set(p->error, TDXU_EXIT_USAGE, p->command->name, fix, why, subject);
}

/* A command takes what its usage names, and --help. */
static bool is_taken(const struct option *option, const struct tdxu_command *command)
{
	size_t len = strlen(option->name);

	if (option->offset == offsetof(struct tdxu_options, help))
		return true;
	for (const char *at = command->usage; (at = strstr(at, option->name)); at += len)
		if (at[len] != '-' && !isalpha((unsigned char)at[len]))
			return true;
	return false;
}

/* "--name" or "--name=value" */
static const struct option *find(const char *arg, size_t len, const struct tdxu_command *command)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (strlen(all[i].name) == len && !strncmp(all[i].name, arg, len) &&
		    is_taken(&all[i], command))
			return &all[i];
	return NULL;
}

static enum tdxu_exit take_option(struct parser *p, const char *arg)
{
	const char *value = strchr(arg, '=');
	const struct option *option =
		find(arg, value ? (size_t)(value - arg) : strlen(arg), p->command);

	if (!option)
		return misuse(p, "it has no option '%s'", arg);
	if (!option->take && value)
		return misuse(p, "%s takes no value", option->name);
	if (!option->take) {
		*(bool *)member(option, p->options) = true;
		return TDXU_EXIT_OK;
	}
	if (value) {
		value++;
	} else if (!option->alone) {
		if (!p->left)
			return misuse(p, "%s needs a value", option->name);
		p->left--;
		value = *p->next++;
	}
	if (value && !*value)
		return misuse(p, "the value of %s is empty", option->name);
	if (!value)
		value = option->alone;
	return option->take(option, p->options, value) ? TDXU_EXIT_OK :
							 misuse(p, option->wrong, value);
}

static enum tdxu_exit take_operand(struct parser *p, const char *arg)
{
	struct tdxu_options *o = p->options;

	if (p->command->operand == TDXU_OPERAND_RELEASES) {
		if (o->nr_releases == TDXU_MAX_NAMED)
			return misuse(p, "there are more than 16 releases, the last of them '%s'",
				      arg);
		o->release[o->nr_releases++] = arg;
		return TDXU_EXIT_OK;
	}
	if (!p->command->operand || o->image)
		return misuse(p, "unexpected argument '%s'", arg);
	if (!*arg)
		return misuse(p, "the path that it was given is empty", "");
	o->image = arg;
	return TDXU_EXIT_OK;
}

/* What lacks, and options that contradict each other. */
static enum tdxu_exit check(struct parser *p)
{
	const struct tdxu_options *o = p->options;
	const enum tdxu_operand lacks =
		o->image || o->newest ? TDXU_OPERAND_NONE : p->command->operand;
	const struct {
		bool broken;
		const char *why;
		const char *subject;
	} rules[] = {
		{ lacks == TDXU_OPERAND_IMAGE, "it needs the path of an image", "" },
		{ lacks == TDXU_OPERAND_DIRECTORY, "it needs the path of a directory with images", "" },
		{ o->newest && o->image,
		  "--newest chooses the image: unexpected argument '%s'", o->image },
		{ o->newest && o->sigstruct,
		  "--newest chooses the image: unexpected argument %s", "--sigstruct" },
		{ o->fallback && o->no_fallback,
		  "--fallback and --no-fallback contradict each other", "" },
		{ o->tcb_chain && !o->nr_tcb_infos,
		  "--tcb-chain is of the files that --tcb-info names", "" },
		{ o->retry_cap_ms && !o->retry_ms && !o->hold_ms,
		  "--retry-cap is of the waits that --retry-for allows", "" },
		{ o->watch + !!o->metrics + o->json > 1,
		  "only one of --json, --watch and --prometheus makes sense", "" },
		{ o->nfd && !o->metrics, "--nfd goes with --prometheus", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].broken)
			return misuse(p, rules[i].why, rules[i].subject);
	return TDXU_EXIT_OK;
}

/* Errors in the arguments must come as JSON too, wherever --json stands among them. */
static bool asks_for_json(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

enum tdxu_exit tdxu_options_parse(const struct tdxu_command *command, int argc, char **argv,
				  struct tdxu_options *options, struct tdxu_error *error)
{
	struct parser p = { command, argc, argv, options, error };
	enum tdxu_exit code = TDXU_EXIT_OK;
	bool operands_only = false;

	*options = (struct tdxu_options){ .json = asks_for_json(argc, argv) };
	while (p.left && !code) {
		const char *arg = *p.next++;

		p.left--;
		if (!operands_only && !strcmp(arg, "--"))
			operands_only = true;
		else if (!operands_only && arg[0] == '-' && arg[1])
			code = take_option(&p, arg);
		else
			code = take_operand(&p, arg);
	}
	return code || options->help ? code : check(&p);
}
