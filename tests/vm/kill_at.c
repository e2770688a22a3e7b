// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into a program, kills it as kill -9 would, just before it does for the Nth time what
 * others could notice: sends or receives by netlink, syncs, moves or removes a file:
 * KILL_AT=N LD_PRELOAD=/lib/kill_at.so tdxupd ...
 *
 * Or stops it, as kill -STOP would, before it opens a file of that name for reading: STOP_AT=PATH.
 *
 * HEED_INT=1: SIGINT is as a terminal's shell leaves it. A script's has its background jobs
 * ignore it.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void count(void)
{
	static int calls;
	const char *at = getenv("KILL_AT");

	if (at && ++calls == atoi(at))
		raise(SIGKILL);
}

__attribute__((constructor)) static void heed_int(void)
{
	if (getenv("HEED_INT"))
		signal(SIGINT, SIG_DFL);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	ssize_t (*real)(int, const struct msghdr *, int) = dlsym(RTLD_NEXT, "sendmsg");

	count();
	return real(fd, msg, flags);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t (*real)(int, struct msghdr *, int) = dlsym(RTLD_NEXT, "recvmsg");

	count();
	return real(fd, msg, flags);
}

int fsync(int fd)
{
	int (*real)(int) = dlsym(RTLD_NEXT, "fsync");

	count();
	return real(fd);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	int (*real)(int, const char *, int, const char *) = dlsym(RTLD_NEXT, "renameat");

	count();
	return real(from_dir, from, to_dir, to);
}

int unlinkat(int dir, const char *path, int flags)
{
	int (*real)(int, const char *, int) = dlsym(RTLD_NEXT, "unlinkat");

	count();
	return real(dir, path, flags);
}

int rename(const char *from, const char *to)
{
	int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");

	count();
	return real(from, to);
}

int unlink(const char *path)
{
	int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");

	count();
	return real(path);
}

int open(const char *path, int flags, ...)
{
	int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
	const char *at = getenv("STOP_AT");
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (at && !strcmp(at, path) && (flags & O_ACCMODE) == O_RDONLY)
		raise(SIGSTOP);
	return real(path, flags, mode);
}
