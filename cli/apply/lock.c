// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A POSIX record lock: the kernel knows who holds it, so no stale process number is ever read.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"

static enum tdxu_exit fail(const char *what, const char *path, int errnum,
			   struct tdxu_error *error)
{
	bool denied = errnum == EACCES || errnum == EPERM;

	tdxu_error_set(error, denied ? TDXU_EXIT_PERMISSION : TDXU_EXIT_UNFORESEEN, what,
		       denied ? "run it as root" : "check that /run is there and writable",
		       "the lock file %s cannot be opened (%s)", path, strerror(errnum));
	error->errnum = errnum;
	return error->code;
}

/* "tdxupd", of the process @pid, or "" if it is gone already or in another PID namespace. */
static void name_of(pid_t pid, char *out, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, out, size - 1);
		close(fd);
	}
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

static enum tdxu_exit fail_held(const char *what, const struct flock *lock,
				struct tdxu_error *error)
{
	char name[32];

	if (lock->l_type == F_UNLCK || lock->l_pid <= 0) {
		tdxu_error_set(error, TDXU_EXIT_BUSY, what,
			       "try again later, or let --retry-for do that",
			       "another tdxupd is at work");
	} else {
		name_of(lock->l_pid, name, sizeof(name));
		tdxu_error_set(error, TDXU_EXIT_BUSY, what,
			       "wait until it has ended, or let --retry-for do that",
			       "process %d%s%s%s is already applying an image", (int)lock->l_pid,
			       *name ? " (" : "", name, *name ? ")" : "");
	}
	error->errnum = EBUSY;
	return TDXU_EXIT_BUSY;
}

enum tdxu_exit tdxu_lock_take(const char *dir, const char *what, int *fd,
			      struct tdxu_error *error)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_MAX];
	int file;

	snprintf(path, sizeof(path), "%s/lock", dir);
	if (mkdir(dir, 0700) && errno != EEXIST)
		return fail(what, path, errno, error);
	file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return fail(what, path, errno, error);
	if (!fcntl(file, F_SETLK, &lock)) {
		*fd = file;
		return TDXU_EXIT_OK;
	}
	fcntl(file, F_GETLK, &lock);
	close(file);
	return fail_held(what, &lock, error);
}

void tdxu_lock_drop(int fd)
{
	close(fd);
}
