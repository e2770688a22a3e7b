// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* memfd_create, scandirat */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hooks.h"

u32 tdxu_hook_ms = TDXU_HOOK_MS;

struct hook {
	char path[PATH_MAX];
	char said[128]; /* how its output begins */
	size_t nr_said;
	pid_t process;
	int output; /* a pipe */
	int pidfd;
};

static enum tdxu_exit refuse(struct tdxu_error *error, const char *what, const char *path,
			     const char *why, const char *fix)
{
	return tdxu_error_set(error, TDXU_EXIT_HOST, what, fix, "%s %s", path, why);
}

/* A hook that others than root can change would make them root. */
static bool is_others(const struct stat *st)
{
	return (st->st_uid && st->st_uid != geteuid()) || (st->st_mode & (S_IWGRP | S_IWOTH));
}

/* Of a hook, or of the @directory that it is in. */
static enum tdxu_exit inspect(struct tdxu_error *error, const char *what, const char *path,
			      bool directory)
{
	struct stat st;

	if (directory ? stat(path, &st) : lstat(path, &st))
		return refuse(error, what, path, strerror(errno), "see why it cannot be looked at");
	if (!directory && !S_ISREG(st.st_mode))
		return refuse(error, what, path, "is no file",
			      "put the program itself there, or remove it");
	if (is_others(&st))
		return refuse(error, what, path, "can be written by others than root",
			      "give it to root, chmod go-w it, and see what is in it first");
	if (!directory && !(st.st_mode & S_IXUSR))
		return refuse(error, what, path, "is not executable",
			      "chmod +x it if it is to be run, or remove it");
	return TDXU_EXIT_OK;
}

static int is_hook(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);

	return entry->d_name[0] != '.' && entry->d_name[size - 1] != '~';
}

/* The child's part. It dies with tdxupd, and so does what it starts, by its process group. */
static void become(const struct hook *hook, int input, int output)
{
	static char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
					     NULL };
	char *const argv[] = { (char *)hook->path, NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execve(hook->path, argv, environment);
	dprintf(STDERR_FILENO, "%s", strerror(errno));
	_exit(127);
}

static int start(struct hook *hook, int input)
{
	int pipes[2];

	lseek(input, 0, SEEK_SET);
	if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	hook->process = fork();
	if (!hook->process)
		become(hook, input, pipes[1]);
	close(pipes[1]);
	hook->output = pipes[0];
	if (hook->process < 0)
		return -errno;
	setpgid(hook->process, hook->process);
	hook->pidfd = pidfd_open(hook->process, 0);
	return hook->pidfd < 0 ? -errno : 0;
}

/* Whatever it writes is read, so that it does not wait for us; how it begins is kept. */
static void listen_to(struct hook *hook)
{
	char text[4096];
	ssize_t n;

	while ((n = read(hook->output, text, sizeof(text))) > 0) {
		size_t room = sizeof(hook->said) - 1 - hook->nr_said;
		size_t taken = (size_t)n < room ? (size_t)n : room;

		memcpy(hook->said + hook->nr_said, text, taken);
		hook->nr_said += taken;
	}
	if (!n) { /* it has closed it */
		close(hook->output);
		hook->output = -1;
	}
}

/* Return: 0 when it has ended; -ETIMEDOUT; -EINTR. */
static int follow(struct hook *hook, const struct tdxu_clock *clock, int stop_fd)
{
	struct pollfd fds[3] = {
		{ .fd = hook->pidfd, .events = POLLIN },
		{ .fd = hook->output, .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	u64 end = tdxu_now_ms() + tdxu_hook_ms;

	for (;;) {
		u64 now = tdxu_now_ms();

		if (now >= end)
			return -ETIMEDOUT;
		if (poll(fds, 3, (int)(end - now)) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			listen_to(hook);
		fds[1].fd = hook->output;
		if (fds[0].revents)
			return 0;
		if (fds[2].revents && !clock->sleep_ms(clock->priv, 0))
			return -EINTR;
	}
}

static enum tdxu_exit judge(struct tdxu_error *error, const char *what, struct hook *hook,
			    int err, int status)
{
	char why[256];

	hook->said[strcspn(hook->said, "\n")] = '\0';
	if (err == -EINTR)
		return tdxu_error_set(error, TDXU_EXIT_BUSY, what, "run it again",
				      "%s was interrupted, nothing has changed", hook->path);
	if (err == -ETIMEDOUT)
		snprintf(why, sizeof(why), "had not ended after %u s, and was killed",
			 tdxu_hook_ms / 1000);
	else if (err)
		snprintf(why, sizeof(why), "could not be run (%s)", strerror(-err));
	else if (WIFSIGNALED(status))
		snprintf(why, sizeof(why), "was ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		snprintf(why, sizeof(why), "said no: exit code %d%s%s", WEXITSTATUS(status),
			 *hook->said ? ", " : "", hook->said);
	else
		return TDXU_EXIT_OK;
	return refuse(error, what, hook->path, why, "see what it wants, or remove it");
}

static enum tdxu_exit run(struct hook *hook, const struct tdxu_clock *clock, int stop_fd, int input,
			  const char *what, struct tdxu_error *error)
{
	int status = 0, err = start(hook, input);

	if (!err)
		err = follow(hook, clock, stop_fd);
	/* What it has left behind goes, too. */
	if (hook->process > 0) {
		kill(-hook->process, SIGKILL);
		waitpid(hook->process, &status, 0);
	}
	if (hook->output >= 0)
		listen_to(hook);
	if (hook->output >= 0)
		close(hook->output);
	if (hook->pidfd >= 0)
		close(hook->pidfd);
	return judge(error, what, hook, err, status);
}

/* In a file without a name: a hook that does not read it holds up nothing. */
static int as_file(const json_t *input)
{
	int fd = memfd_create("tdxupd", MFD_CLOEXEC);

	if (fd >= 0 && !json_dumpfd(input, fd, JSON_INDENT(2)))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static enum tdxu_exit inspect_all(const char *path, struct dirent **names, int nr, const char *what,
				  struct tdxu_error *error)
{
	enum tdxu_exit code = inspect(error, what, path, true);
	char hook[PATH_MAX];

	for (int i = 0; i < nr && !code; i++) {
		snprintf(hook, sizeof(hook), "%.3800s/%s", path, names[i]->d_name);
		code = inspect(error, what, hook, false);
	}
	return code;
}

static enum tdxu_exit run_all(const struct tdxu_ctx *ctx, const char *path, bool before,
			      struct dirent **names, int nr, const char *what, const json_t *input,
			      struct tdxu_error *error)
{
	enum tdxu_exit code = TDXU_EXIT_OK;
	int file = as_file(input);

	if (file < 0)
		return refuse(error, what, path, "could not be given what they read",
			      "free some memory and try again");
	for (int i = 0; i < nr && !code; i++) {
		struct hook hook = { .output = -1, .pidfd = -1 };

		snprintf(hook.path, sizeof(hook.path), "%.3800s/%s", path, names[i]->d_name);
		code = run(&hook, ctx->clock, before ? ctx->clock->stop_fd : -1, file, what, error);
	}
	close(file);
	return code;
}

enum tdxu_exit tdxu_hooks_run(const struct tdxu_ctx *ctx, const char *directory, const char *what,
			      const json_t *input, struct tdxu_error *error)
{
	enum tdxu_exit code;
	struct dirent **names;
	char path[PATH_MAX];
	int nr;

	snprintf(path, sizeof(path), "%s/etc/tdxupd/%s", ctx->paths->root, directory);
	nr = scandir(path, &names, is_hook, alphasort);
	if (nr < 0 && errno == ENOENT)
		return TDXU_EXIT_OK;
	if (nr < 0)
		return refuse(error, what, path, strerror(errno),
			      "see why it cannot be read, or remove it");
	code = inspect_all(path, names, nr, what, error);
	if (!code && nr)
		code = run_all(ctx, path, !strcmp(directory, "pre.d"), names, nr, what, input,
			       error);
	for (int i = 0; i < nr; i++)
		free(names[i]);
	free(names);
	return code;
}
