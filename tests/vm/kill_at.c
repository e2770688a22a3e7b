// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into a program, kills it as kill -9 would, just before it talks to the kernel's netlink
 * for the Nth time, sending or receiving: KILL_AT=N LD_PRELOAD=/lib/kill_at.so tdxupd ...
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

static void count(void)
{
	static int calls;
	const char *at = getenv("KILL_AT");

	if (at && ++calls == atoi(at))
		raise(SIGKILL);
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
