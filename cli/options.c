// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "core/abi.h"
#include "duration.h"
#include "lock.h"
#include "options.h"

enum { MAX_CAP_MS = 3600 * 1000 };

static const struct option {
	const char *name;
	u32 bit;
	bool value;
	size_t offset; /* of a bool or a const char *; some have parsers of their own */
} all[] = {
	{ "--json", TDXU_OPT_JSON, false, offsetof(struct tdxu_options, json) },
	{ "--quiet", TDXU_OPT_QUIET, false, offsetof(struct tdxu_options, quiet) },
	{ "--dry-run", TDXU_OPT_DRY_RUN, false, offsetof(struct tdxu_options, dry_run) },
	{ "--sigstruct", TDXU_OPT_SIGSTRUCT, true, offsetof(struct tdxu_options, sigstruct) },
	{ "--fallback", TDXU_OPT_FALLBACK, true, offsetof(struct tdxu_options, fallback) },
	{ "--no-fallback", TDXU_OPT_NO_FALLBACK, false,
	  offsetof(struct tdxu_options, no_fallback) },
	{ "--newest", TDXU_OPT_NEWEST, true, offsetof(struct tdxu_options, newest) },
	{ "--at-own-risk", TDXU_OPT_AT_OWN_RISK, false,
	  offsetof(struct tdxu_options, at_own_risk) },
	{ "--watch", TDXU_OPT_WATCH, false, offsetof(struct tdxu_options, watch) },
	{ "--prometheus", TDXU_OPT_PROMETHEUS, false, offsetof(struct tdxu_options, prometheus) },
	{ "--nfd", TDXU_OPT_NFD, true, offsetof(struct tdxu_options, nfd) },
	{ "--output", TDXU_OPT_OUTPUT, true, offsetof(struct tdxu_options, output) },
	{ "--format", TDXU_OPT_FORMAT, true, 0 },
	{ "--retry-for", TDXU_OPT_RETRY_FOR, true, 0 },
	{ "--hold-builds", TDXU_OPT_HOLD_BUILDS, true, 0 },
	{ "--retry-cap", TDXU_OPT_RETRY_CAP, true, 0 },
	{ "--tcb-info", TDXU_OPT_TCB_INFO, true, 0 },
	{ "--require-tcb", TDXU_OPT_REQUIRE_TCB, true, 0 },
	{ "--tcb-chain", TDXU_OPT_TCB_CHAIN, true, offsetof(struct tdxu_options, tcb_chain) },
	{ "--help", TDXU_OPT_HELP, false, offsetof(struct tdxu_options, help) },
	{ "-h", TDXU_OPT_HELP, false, offsetof(struct tdxu_options, help) },
};

struct parser {
	const char *command;
	u32 takes;
	enum tdxu_operand operand;
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

static bool parse_format(const char *text, u16 *format)
{
	if (!strcmp(text, "v1"))
		*format = TDXU_IMAGE_VERSION_1;
	else if (!strcmp(text, "v2"))
		*format = TDXU_IMAGE_VERSION_2;
	else
		return false;
	return true;
}

/* The one option that may be given several times. */
static enum tdxu_exit store_tcb_info(struct parser *p, const char *value)
{
	struct tdxu_options *o = p->options;

	if (o->nr_tcb_infos == TDXU_MAX_TCB_INFOS)
		return misuse(p, "there are more than 8 --tcb-info%s", "");
	o->tcb_info[o->nr_tcb_infos++] = value;
	return TDXU_EXIT_OK;
}

static enum tdxu_exit store(struct parser *p, const struct option *option, const char *value)
{
	u8 *options = (u8 *)p->options;

	if (!*value)
		return misuse(p, "the value of %s is empty", option->name);
	switch (option->bit) {
	case TDXU_OPT_PROMETHEUS:
		p->options->metrics = value;
		return TDXU_EXIT_OK;
	case TDXU_OPT_RETRY_FOR:
		if (tdxu_duration_parse(value, &p->options->retry_ms))
			return TDXU_EXIT_OK;
		return misuse(p, "'%s' is not a duration like 90s, 30m or 1h30m, of at most 720h",
			      value);
	case TDXU_OPT_HOLD_BUILDS:
		if (tdxu_duration_parse(value, &p->options->hold_ms) && p->options->hold_ms &&
		    p->options->hold_ms <= TDXU_HOLD_MAX_MS)
			return TDXU_EXIT_OK;
		return misuse(p, "'%s' is not a time to hold builds, like 30s or 2m, of 1s to 10m",
			      value);
	case TDXU_OPT_RETRY_CAP:
		if (tdxu_duration_parse(value, &p->options->retry_cap_ms) &&
		    p->options->retry_cap_ms && p->options->retry_cap_ms <= MAX_CAP_MS)
			return TDXU_EXIT_OK;
		return misuse(p, "'%s' is not a wait like 1s or 30s, of 1s to 1h", value);
	case TDXU_OPT_FORMAT:
		if (parse_format(value, &p->options->format))
			return TDXU_EXIT_OK;
		return misuse(p, "'%s' is no format of images: there are v1 and v2", value);
	case TDXU_OPT_TCB_INFO:
		return store_tcb_info(p, value);
	case TDXU_OPT_REQUIRE_TCB:
		p->options->require_tcb = !strcmp(value, "UpToDate");
		if (p->options->require_tcb)
			return TDXU_EXIT_OK;
		return misuse(p, "'%s' cannot be required: UpToDate can", value);
	}
	*(const char **)(options + option->offset) = value;
	return TDXU_EXIT_OK;
}

static enum tdxu_exit take_option(struct parser *p, const char *arg)
{
	const char *equals = strchr(arg, '=');
	const struct option *option =
		find(arg, equals ? (size_t)(equals - arg) : strlen(arg), p->takes);

	if (!option)
		return misuse(p, "it has no option '%s'", arg);
	if (option->bit == TDXU_OPT_PROMETHEUS && equals) {
		p->options->prometheus = true;
		return store(p, option, equals + 1);
	}
	if (!option->value && equals)
		return misuse(p, "%s takes no value", option->name);
	if (!option->value) {
		*(bool *)((u8 *)p->options + option->offset) = true;
		return TDXU_EXIT_OK;
	}
	if (equals)
		return store(p, option, equals + 1);
	if (option->bit == TDXU_OPT_HOLD_BUILDS)
		return store(p, option, "60s");
	if (!p->left)
		return misuse(p, "%s needs a value", option->name);
	p->left--;
	return store(p, option, *p->next++);
}

static enum tdxu_exit take_release(struct parser *p, const char *arg)
{
	struct tdxu_options *o = p->options;

	if (o->nr_releases == TDXU_MAX_NAMED)
		return misuse(p, "there are more than 16 releases, the last of them '%s'", arg);
	o->release[o->nr_releases++] = arg;
	return TDXU_EXIT_OK;
}

static enum tdxu_exit take_operand(struct parser *p, const char *arg)
{
	if (p->operand == TDXU_OPERAND_RELEASES)
		return take_release(p, arg);
	if (!p->operand || p->options->image)
		return misuse(p, "unexpected argument '%s'", arg);
	if (!*arg)
		return misuse(p, "the path that it was given is empty%s", "");
	p->options->image = arg;
	return TDXU_EXIT_OK;
}

/* Options that contradict each other, in pairs. */
static enum tdxu_exit check_pairs(struct parser *p)
{
	const struct tdxu_options *o = p->options;

	if (o->newest && o->image)
		return misuse(p, "--newest chooses the image: unexpected argument '%s'",
			      o->image);
	if (o->newest && o->sigstruct)
		return misuse(p, "--newest chooses the image: unexpected argument %s",
			      "--sigstruct");
	if (o->fallback && o->no_fallback)
		return misuse(p, "--fallback and --no-fallback contradict each other%s", "");
	if (o->tcb_chain && !o->nr_tcb_infos)
		return misuse(p, "--tcb-chain is of the files that --tcb-info names%s", "");
	if (o->retry_cap_ms && !o->retry_ms && !o->hold_ms)
		return misuse(p, "--retry-cap is of the waits that --retry-for allows%s", "");
	if (o->watch + o->prometheus + o->json > 1)
		return misuse(p, "only one of --json, --watch and --prometheus makes sense%s", "");
	if (o->nfd && !o->prometheus)
		return misuse(p, "--nfd goes with --prometheus%s", "");
	return TDXU_EXIT_OK;
}

static enum tdxu_exit check_operand(struct parser *p)
{
	if (p->options->image || p->options->newest)
		return TDXU_EXIT_OK;
	if (p->operand == TDXU_OPERAND_IMAGE)
		return misuse(p, "it needs the path of an image%s", "");
	if (p->operand == TDXU_OPERAND_DIRECTORY)
		return misuse(p, "it needs the path of a directory with images%s", "");
	return TDXU_EXIT_OK;
}

static enum tdxu_exit parse(struct parser *p)
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
			code = take_operand(p, arg);
	}
	if (code || p->options->help)
		return code;
	code = check_operand(p);
	return code ? code : check_pairs(p);
}

/* Errors in the arguments must come as JSON too, wherever --json stands among them. */
static bool asks_for_json(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

enum tdxu_exit tdxu_options_parse(const char *command, u32 takes, enum tdxu_operand operand,
				  int argc, char **argv, struct tdxu_options *options,
				  struct tdxu_error *error)
{
	struct parser parser = {
		.command = command,
		.takes = takes | TDXU_OPT_HELP,
		.operand = operand,
		.left = argc,
		.next = argv,
		.options = options,
		.error = error,
	};

	*options = (struct tdxu_options){ .json = asks_for_json(argc, argv) };
	return parse(&parser);
}
