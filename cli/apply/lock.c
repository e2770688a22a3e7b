// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"

/* Return: a file descriptor; -EBUSY if another process has it; another negative errno. */
static int lock(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int fd, err;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(fd);
	return err;
}

enum tdxu_exit tdxu_lock_take(const char *dir, const char *what, int *fd,
			      struct tdxu_error *error)
{
	bool denied;

	*fd = mkdir(dir, 0700) && errno != EEXIST ? -errno : lock(dir, "lock");
	if (*fd >= 0)
		return TDXU_EXIT_OK;
	denied = *fd == -EACCES || *fd == -EPERM;
	if (*fd == -EBUSY)
		tdxu_error_set(error, TDXU_EXIT_BUSY, what,
			       "wait until it has ended (`lslocks` names its process), or let --retry-for do that",
			       "another tdxupd is already applying an image");
	else
		tdxu_error_set(error, denied ? TDXU_EXIT_PERMISSION : TDXU_EXIT_UNFORESEEN, what,
			       denied ? "run it as root" : "check that /run is there and writable",
			       "the lock file %s/lock cannot be locked (%s)", dir, strerror(-*fd));
	error->errnum = -*fd;
	return error->code;
}

/* The file says when the last hold was to end: a holder that was killed has left it, too. */
static u64 last_end(int fd, u64 now_ms)
{
	u64 end = 0;

	if (pread(fd, &end, sizeof(end), 0) != sizeof(end) || end > now_ms + TDXU_HOLD_MAX_MS)
		return 0;
	return end;
}

int tdxu_hold_take(struct tdxu_hold *hold, const char *dir, u64 now_ms, u64 for_ms)
{
	u64 end, until = now_ms + for_ms;
	/* A launcher passes through in no time; a program that keeps it is not waited for. */
	int err = 0, fd = lock(dir, "hold");

	if (fd < 0)
		return fd;
	end = last_end(fd, now_ms);
	if (end && now_ms < end + for_ms)
		err = -EAGAIN;
	else if (pwrite(fd, &until, sizeof(until), 0) != sizeof(until))
		err = -EIO;
	if (err) {
		close(fd);
		return err;
	}
	hold->fd = fd;
	hold->until_ms = until;
	return 0;
}

void tdxu_hold_drop(struct tdxu_hold *hold, u64 now_ms)
{
	ssize_t ignored;

	if (hold->fd < 0)
		return;
	/* Should this fail, the pause of launchers counts from the end that was said before. */
	ignored = pwrite(hold->fd, &now_ms, sizeof(now_ms), 0);
	(void)ignored;
	close(hold->fd);
	*hold = (struct tdxu_hold){ .fd = -1 };
}
