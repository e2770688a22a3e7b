// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tdxupd - replaces the Intel TDX module underneath running TDs.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "backend.h"
#include "command.h"
#include "json.h"
#include "version.h"

static const struct tdxu_paths paths = {
	.lock = "/run/tdxupd",
	.state = "/var/lib/tdxupd",
	.cpuinfo = "/proc/cpuinfo",
	.cgroup = "/sys/fs/cgroup",
	.root = "",
	.tcb = "/etc/tdxupd/tcb",
};

static void print_help(FILE *stream)
{
	fputs("Usage: tdxupd [COMMAND] [ARGUMENT]...\n\n"
	      "Replaces the Intel TDX module underneath running TDs.\n\n", stream);
	for (u32 i = 0; i < tdxu_nr_commands; i++)
		fprintf(stream, "  %-9s %s\n", tdxu_commands[i].name, tdxu_commands[i].summary);
	fputs("\nWithout a command: status. `tdxupd help COMMAND` and tdxupd(8) tell more.\n"
	      "Exit: 0 done, 64 usage, 65 image, 69 platform, 70 lost, 71 begun, result not\n"
	      "known, 74 failed, 75 busy (try later), 77 not permitted, 78 gate or host state, 1\n"
	      "unforeseen.\n", stream);
}

/*
 * A file opened as the descriptor of a closed standard stream would get what is printed: the image
 * that is kept, or the driver's socket. This one cannot be written to, so that it is noticed.
 */
static void hold_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd < STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* A command that only asks has failed if its answer could not be written. */
static enum tdxu_exit finish_output(const char *command, enum tdxu_exit code)
{
	struct tdxu_error error;
	bool lost = fflush(stdout) || ferror(stdout);

	if (!code && tdxu_json_failed)
		return TDXU_EXIT_UNFORESEEN;
	if (!lost || code)
		return code;
	code = tdxu_error_set(&error, TDXU_EXIT_UNFORESEEN, command,
			      "look at what stdout is connected to",
			      "its output could not be written (%s)", strerror(errno));
	tdxu_error_print(stderr, &error);
	return code;
}

/* One that moves its cursor. */
static bool is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
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

/* For what is asked without a driver, which would know. */
static enum tdxu_exit take_signer(struct tdxu_error *error)
{
	const char *signer = getenv("TDXUPD_SIGNER");

	if (!signer || !*signer || tdxu_signer_take(signer))
		return TDXU_EXIT_OK;
	return tdxu_error_set(error, TDXU_EXIT_USAGE, "TDXUPD_SIGNER",
			      "unset it, or give the signer hash that `tdxupd inspect` shows",
			      "it is not the SHA-384 of a key, which has 96 hexadecimal digits");
}

static enum tdxu_exit run(const struct tdxu_command *command, const struct tdxu_options *options)
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
		.terminal = is_terminal(),
		.columns = columns(),
	};
	bool waits = command->changes || options->watch;
	enum tdxu_exit code;

	ctx.colour = ctx.terminal && (!no_colour || !*no_colour);
	if (waits)
		tdxu_clock_open(&clock);
	/* An update goes on, and is seen to its end, even if its output is not read. */
	if (command->changes)
		signal(SIGPIPE, SIG_IGN);
	/* A file that grows too large is an error; otherwise the kernel kills the program. */
	signal(SIGXFSZ, SIG_IGN);
	code = command->run(&ctx);
	if (waits)
		tdxu_clock_close(&clock);
	return command->changes && !options->dry_run ? code : finish_output(command->name, code);
}

static enum tdxu_exit unknown_command(int argc, char **argv)
{
	const struct tdxu_command none = { .name = argv[0], .usage = "" };
	struct tdxu_options options;
	struct tdxu_error error;

	tdxu_options_parse(&none, argc, argv, &options, &error);
	tdxu_error_set(&error, TDXU_EXIT_USAGE, argv[0], "see `tdxupd help`",
		       "there is no such command");
	return misuse(&options, NULL, &error);
}

static enum tdxu_exit help(int argc, char **argv)
{
	const struct tdxu_command *command = argc ? tdxu_command_find(argv[0]) : NULL;

	if (argc && !command)
		return unknown_command(argc, argv);
	if (command)
		fputs(command->usage, stdout);
	else
		print_help(stdout);
	return finish_output("help", TDXU_EXIT_OK);
}

static enum tdxu_exit dispatch(const struct tdxu_command *command, int argc, char **argv)
{
	struct tdxu_options options;
	struct tdxu_error error;

	if (tdxu_options_parse(command, argc, argv, &options, &error))
		return misuse(&options, command->name, &error);
	if (options.help)
		return help(1, (char *[]){ (char *)command->name });
	if (take_signer(&error))
		return misuse(&options, command->name, &error);
	return run(command, &options);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : tdxu_commands[0].name;
	const struct tdxu_command *command = tdxu_command_find(name);

	hold_standard_streams();
	if (!strcmp(name, "--version")) {
		puts("tdxupd " TDXU_PROJECT_VERSION);
		return finish_output(name, TDXU_EXIT_OK);
	}
	if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))
		return help(argc - 2, argv + 2);
	if (name[0] == '-')
		return dispatch(&tdxu_commands[0], argc - 1, argv + 1);
	if (!command)
		return unknown_command(argc - 1, argv + 1);
	return dispatch(command, argc > 1 ? argc - 2 : 0, argv + 2);
}
