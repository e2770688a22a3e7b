// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* renameat2 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "save.h"

enum { STALE_S = 3600 };

enum tdxu_exit tdxu_save_fail(const char *path, int errnum, struct tdxu_error *error)
{
	enum tdxu_exit code = TDXU_EXIT_UNFORESEEN;
	const char *fix = "check the directory and the file system";

	if (errnum == EACCES || errnum == EPERM) {
		code = TDXU_EXIT_PERMISSION;
		fix = "run it as a user who may write there";
	} else if (errnum == ENOSPC || errnum == EDQUOT) {
		fix = "make room on the file system";
	} else if (errnum == EROFS) {
		fix = "mount it writable";
	} else if (errnum == EFBIG) {
		fix = "raise `ulimit -f` (LimitFSIZE=)";
	} else if (errnum == EEXIST) {
		code = TDXU_EXIT_USAGE;
		fix = "remove it, or give another name";
	}
	tdxu_error_set(error, code, path, fix,
		       errnum == EEXIST ? "there is such a file already" :
					  "it could not be written (%s)",
		       strerror(errnum));
	error->errnum = errnum;
	return code;
}

static int write_all(int fd, const u8 *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int fill(int fd, const struct tdxu_save *save)
{
	if (fchmod(fd, save->mode) || write_all(fd, save->data, save->size))
		return -1;
	return fsync(fd);
}

/* The file is in its place already. Who may write to a directory need not be able to open it. */
static void sync_directory(const char *path)
{
	char copy[PATH_MAX];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static int move(const char *from, const struct tdxu_save *save)
{
	if (save->replace)
		return rename(from, save->path);
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, save->path, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL)
		return -1;
	/* Not every file system can do that; each that has hard links can do this. */
	return link(from, save->path) ? -1 : unlink(from);
}

/* What a killed run has left behind; what is younger may be another run's. */
static void remove_stale(const char *path)
{
	char pattern[PATH_MAX];
	glob_t found = { 0 };
	struct stat st;

	snprintf(pattern, sizeof(pattern), "%s.??????", path);
	if (!glob(pattern, GLOB_NOESCAPE, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (!lstat(found.gl_pathv[i], &st) && time(NULL) - st.st_mtime > STALE_S)
				unlink(found.gl_pathv[i]);
	globfree(&found);
}

enum tdxu_exit tdxu_save(const struct tdxu_save *save, struct tdxu_error *error)
{
	char temporary[PATH_MAX];
	int fd, err, errnum;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", save->path) >=
	    sizeof(temporary))
		return tdxu_save_fail(save->path, ENAMETOOLONG, error);
	if (save->replace)
		remove_stale(save->path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return tdxu_save_fail(save->path, errno, error);

	err = fill(fd, save) ? -1 : move(temporary, save);
	errnum = errno;
	close(fd);
	if (err) {
		unlink(temporary);
		return tdxu_save_fail(save->path, errnum, error);
	}
	sync_directory(save->path);
	return TDXU_EXIT_OK;
}
