// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "hold_builds.h"

/* The file says when the last hold was to end: a holder that was killed has left it, too. */
static u64 last_end(int fd, u64 now_ms)
{
	u64 end = 0;

	if (pread(fd, &end, sizeof(end), 0) != sizeof(end) || end > now_ms + TDXU_HOLD_MAX_MS)
		return 0;
	return end;
}

static int lock(int fd, u64 now_ms, u64 for_ms)
{
	u64 end, until = now_ms + for_ms;

	/* A launcher passes through in no time; a program that keeps the lock is not waited for. */
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	end = last_end(fd, now_ms);
	if (end && now_ms < end + for_ms)
		return -EAGAIN;
	return pwrite(fd, &until, sizeof(until), 0) == sizeof(until) ? 0 : -EIO;
}

int tdxu_hold_take(struct tdxu_hold *hold, const char *dir, u64 now_ms, u64 for_ms)
{
	char path[PATH_MAX];
	int fd, err;

	snprintf(path, sizeof(path), "%s/hold", dir);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = lock(fd, now_ms, for_ms);
	if (err) {
		close(fd);
		return err;
	}
	hold->fd = fd;
	hold->until_ms = now_ms + for_ms;
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
	hold->fd = -1;
}
