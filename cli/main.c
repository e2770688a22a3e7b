// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tdxupd - replaces the Intel TDX module underneath running TDs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "version.h"

static const struct command {
	const char *name;
	enum tdxu_exit (*run)(struct tdxu_ctx *ctx);
	u32 options;
	bool image;
	bool changes; /* the host: signals are taken care of, output comes second */
	const char *summary;
	const char *usage;
} commands[] = {
	/* The first is what a bare call means. */
	{ "status", tdxu_cmd_status, TDXU_OPT_JSON, false, false,
	  "what runs, whether it could be updated now, and how the last update ended",
	  "Usage: tdxupd status [--json]\n" },
	{ "apply", tdxu_cmd_apply,
	  TDXU_OPT_JSON | TDXU_OPT_QUIET | TDXU_OPT_SIGSTRUCT | TDXU_OPT_FALLBACK |
		  TDXU_OPT_RETRY_FOR | TDXU_OPT_DRY_RUN,
	  true, true, "replace the running TDX module",
	  "Usage: tdxupd apply IMAGE [OPTION]...\n\n"
	  "IMAGE is a .blob (v1 or v2), or a bare module with its .sigstruct beside it.\n\n"
	  "  --sigstruct FILE    the signature of a bare module\n"
	  "  --fallback FILE     install this if IMAGE cannot be\n"
	  "  --retry-for TIME    when busy, try again for so long (90s, 30m, 1h30m)\n"
	  "  --dry-run           only check whether it would work\n"
	  "  --json              one JSON object on stdout, errors included\n"
	  "  --quiet             nothing, unless a person is needed\n" },
	{ "inspect", tdxu_cmd_inspect, TDXU_OPT_JSON | TDXU_OPT_SIGSTRUCT, true, false,
	  "look into an image, without a driver",
	  "Usage: tdxupd inspect IMAGE [--sigstruct FILE] [--json]\n" },
};

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void print_help(FILE *stream)
{
	fputs("Usage: tdxupd [COMMAND] [ARGUMENT]...\n\n"
	      "Replaces the Intel TDX module underneath running TDs.\n\n", stream);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(stream, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fputs("\nWithout a command: status. `tdxupd help COMMAND` and tdxupd(8) tell more.\n"
	      "Exit: 0 done, 64 usage, 65 image, 69 platform, 70 lost, 74 failed, 75 busy (try\n"
	      "later), 77 not permitted, 78 gate or host state, 1 unforeseen.\n", stream);
}

/* Reading commands have failed if nobody got what they read. An update stays an update. */
static enum tdxu_exit finish_output(const struct command *command, enum tdxu_exit code)
{
	struct tdxu_error error;
	bool lost = fflush(stdout) || ferror(stdout);

	if (!lost || code || command->changes)
		return code;
	code = tdxu_error_set(&error, TDXU_EXIT_UNFORESEEN, command->name,
			      "look at what stdout is connected to",
			      "its output could not be written (%s)", strerror(errno));
	tdxu_error_print(stderr, &error);
	return code;
}

static int columns(void)
{
	struct winsize size = { 0 };

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? 80 : size.ws_col;
}

static enum tdxu_exit run(const struct command *command, const struct tdxu_options *options)
{
	const char *no_colour = getenv("NO_COLOR");
	struct tdxu_clock clock = { .stop_fd = -1 };
	struct tdxu_ctx ctx = {
		.options = options,
		.backend = &tdxu_backend_netlink,
		.clock = &clock,
		.out = stdout,
		.err = stderr,
		.terminal = isatty(STDOUT_FILENO),
		.columns = columns(),
	};
	enum tdxu_exit code;

	ctx.colour = ctx.terminal && (!no_colour || !*no_colour);
	if (command->changes && !tdxu_clock_open(&clock)) {
		fprintf(stderr, "tdxupd: %s: no signalfd (%s); raise the limit of open files\n",
			command->name, strerror(errno));
		return TDXU_EXIT_UNFORESEEN;
	}
	code = command->run(&ctx);
	if (command->changes)
		tdxu_clock_close(&clock);
	return finish_output(command, code);
}

static enum tdxu_exit misuse(const struct tdxu_options *options, const char *command,
			     const struct tdxu_error *error)
{
	if (options->json)
		tdxu_json_print(stdout, command, error, NULL);
	else
		tdxu_error_print(stderr, error);
	return error->code;
}

static enum tdxu_exit unknown_command(int argc, char **argv)
{
	struct tdxu_options options;
	struct tdxu_error error;

	tdxu_options_parse(argv[0], 0, false, argc, argv, &options, &error);
	tdxu_error_set(&error, TDXU_EXIT_USAGE, argv[0], "see `tdxupd help`",
		       "there is no such command");
	return misuse(&options, NULL, &error);
}

static enum tdxu_exit help(int argc, char **argv)
{
	const struct command *command = argc ? find(argv[0]) : NULL;

	if (argc && !command)
		return unknown_command(argc, argv);
	if (command)
		fputs(command->usage, stdout);
	else
		print_help(stdout);
	return TDXU_EXIT_OK;
}

static enum tdxu_exit dispatch(const struct command *command, int argc, char **argv)
{
	struct tdxu_options options;
	struct tdxu_error error;

	if (tdxu_options_parse(command->name, command->options, command->image, argc, argv,
			       &options, &error))
		return misuse(&options, command->name, &error);
	if (options.help)
		return help(1, (char *[]){ (char *)command->name });
	return run(command, &options);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : commands[0].name;
	const struct command *command = find(name);

	if (!strcmp(name, "--version")) {
		puts("tdxupd " TDXU_PROJECT_VERSION);
		return TDXU_EXIT_OK;
	}
	if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))
		return help(argc - 2, argv + 2);
	if (name[0] == '-')
		return dispatch(&commands[0], argc - 1, argv + 1);
	if (!command)
		return unknown_command(argc - 1, argv + 1);
	return dispatch(command, argc > 1 ? argc - 2 : 0, argv + 2);
}
