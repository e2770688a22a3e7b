// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"

static enum tdxu_exit fail(const char *what, const char *path, int errnum,
			   struct tdxu_error *error)
{
	bool denied = errnum == EACCES || errnum == EPERM;

	tdxu_error_set(error, denied ? TDXU_EXIT_PERMISSION : TDXU_EXIT_UNFORESEEN, what,
		       denied ? "run it as root" : "check that /run is there and writable",
		       "the lock file %s cannot be locked (%s)", path, strerror(errnum));
	error->errnum = errnum;
	return error->code;
}

enum tdxu_exit tdxu_lock_take(const char *dir, const char *what, int *fd,
			      struct tdxu_error *error)
{
	char path[PATH_MAX];
	int file, errnum;

	snprintf(path, sizeof(path), "%s/lock", dir);
	if (mkdir(dir, 0700) && errno != EEXIST)
		return fail(what, path, errno, error);
	file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return fail(what, path, errno, error);
	if (!flock(file, LOCK_EX | LOCK_NB)) {
		*fd = file;
		return TDXU_EXIT_OK;
	}
	errnum = errno;
	close(file);
	if (errnum != EWOULDBLOCK)
		return fail(what, path, errnum, error);
	tdxu_error_set(error, TDXU_EXIT_BUSY, what,
		       "wait until it has ended (`lslocks` names its process), or let --retry-for do that",
		       "another tdxupd is already applying an image");
	error->errnum = EBUSY;
	return TDXU_EXIT_BUSY;
}

void tdxu_lock_drop(int fd)
{
	close(fd);
}
