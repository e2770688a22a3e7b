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
	enum tdxu_operand operand;
	bool changes; /* the host: signals are taken care of, output comes second */
	const char *summary;
	const char *usage;
} commands[] = {
	/* The first is what a bare call means. */
	{ "status", tdxu_cmd_status, TDXU_OPT_JSON | TDXU_OPT_WATCH | TDXU_OPT_PROMETHEUS,
	  TDXU_OPERAND_NONE, false,
	  "what runs, whether it could be updated now, and how the last update ended",
	  "Usage: tdxupd status [--json | --watch | --prometheus]\n\n"
	  "  --json              one JSON object on stdout, errors included\n"
	  "  --watch             again whenever something changes, until interrupted\n"
	  "  --prometheus        metrics, for the textfile collector\n" },
	{ "apply", tdxu_cmd_apply,
	  TDXU_OPT_JSON | TDXU_OPT_QUIET | TDXU_OPT_SIGSTRUCT | TDXU_OPT_FALLBACK |
		  TDXU_OPT_RETRY_FOR | TDXU_OPT_DRY_RUN | TDXU_OPT_NO_FALLBACK |
		  TDXU_OPT_NEWEST | TDXU_OPT_AT_OWN_RISK,
	  TDXU_OPERAND_IMAGE, true, "replace the running TDX module",
	  "Usage: tdxupd apply IMAGE [OPTION]...\n"
	  "       tdxupd apply --newest DIR [OPTION]...\n\n"
	  "IMAGE is a .blob (v1 or v2), or a bare module with its .sigstruct beside it.\n\n"
	  "  --newest DIR        choose the newest image in DIR that fits; see `tdxupd list`\n"
	  "  --sigstruct FILE    the signature of a bare module\n"
	  "  --fallback FILE     install this if IMAGE cannot be, in place of the kept image\n"
	  "  --no-fallback       no fallback at all\n"
	  "  --retry-for TIME    when busy, try again for so long (90s, 30m, 1h30m)\n"
	  "  --dry-run           only check whether it would work\n"
	  "  --json              one JSON object on stdout, errors included\n"
	  "  --quiet             nothing, unless a person is needed\n"
	  "  --at-own-risk       use the kernel's own updater, where tdx_update is not loaded\n" },
	{ "inspect", tdxu_cmd_inspect, TDXU_OPT_JSON | TDXU_OPT_SIGSTRUCT, TDXU_OPERAND_IMAGE,
	  false, "look into an image, without a driver",
	  "Usage: tdxupd inspect IMAGE [--sigstruct FILE] [--json]\n" },
	{ "list", tdxu_cmd_list, TDXU_OPT_JSON, TDXU_OPERAND_DIRECTORY, false,
	  "judge the images in a directory with its publisher's mapping file",
	  "Usage: tdxupd list DIR [--json]\n" },
	{ "pack", tdxu_cmd_pack,
	  TDXU_OPT_JSON | TDXU_OPT_SIGSTRUCT | TDXU_OPT_FORMAT | TDXU_OPT_OUTPUT,
	  TDXU_OPERAND_IMAGE, false, "make a blob of a bare module, or of another blob",
	  "Usage: tdxupd pack IMAGE --output FILE [OPTION]...\n\n"
	  "  --output FILE       the blob; it must not exist\n"
	  "  --format v1|v2      its format (v2)\n"
	  "  --sigstruct FILE    the signature of a bare module\n"
	  "  --json              one JSON object on stdout, errors included\n" },
	{ "unpack", tdxu_cmd_unpack, TDXU_OPT_JSON | TDXU_OPT_OUTPUT, TDXU_OPERAND_IMAGE, false,
	  "split a blob into a bare module and its .sigstruct",
	  "Usage: tdxupd unpack IMAGE --output FILE [--json]\n\n"
	  "  --output FILE       the module; its .sigstruct goes beside it\n" },
};

static const struct tdxu_paths paths = {
	.lock = "/run/tdxupd",
	.state = "/var/lib/tdxupd",
	.cpuinfo = "/proc/cpuinfo",
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

static enum tdxu_exit misuse(const struct tdxu_options *options, const char *command,
			     const struct tdxu_error *error)
{
	if (options->json)
		tdxu_json_print(stdout, command, error, NULL);
	else
		tdxu_error_print(stderr, error);
	return error->code;
}

static enum tdxu_exit run(const struct command *command, const struct tdxu_options *options)
{
	const char *no_colour = getenv("NO_COLOR");
	struct tdxu_clock clock = { .stop_fd = -1 };
	struct tdxu_ctx ctx = {
		.options = options,
		.backend = &tdxu_backend_netlink,
		.second = &tdxu_backend_sysfs,
		.paths = &paths,
		.clock = &clock,
		.out = stdout,
		.err = stderr,
		.terminal = isatty(STDOUT_FILENO),
		.columns = columns(),
	};
	bool waits = command->changes || options->watch;
	struct tdxu_error error;
	enum tdxu_exit code;

	ctx.colour = ctx.terminal && (!no_colour || !*no_colour);
	if (waits && !tdxu_clock_open(&clock)) {
		tdxu_error_set(&error, TDXU_EXIT_UNFORESEEN, command->name,
			       "raise the limit of open files",
			       "it cannot listen for signals (%s)", strerror(errno));
		return misuse(options, command->name, &error);
	}
	code = command->run(&ctx);
	if (waits)
		tdxu_clock_close(&clock);
	return finish_output(command, code);
}

static enum tdxu_exit unknown_command(int argc, char **argv)
{
	struct tdxu_options options;
	struct tdxu_error error;

	tdxu_options_parse(argv[0], 0, TDXU_OPERAND_NONE, argc, argv, &options, &error);
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

	if (tdxu_options_parse(command->name, command->options, command->operand, argc, argv,
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
