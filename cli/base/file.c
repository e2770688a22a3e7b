// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

static enum tdxu_exit fail_errno(const char *path, int errnum, struct tdxu_error *error)
{
	enum tdxu_exit code;

	switch (errnum) {
	case EACCES:
	case EPERM:
		code = tdxu_error_set(error, TDXU_EXIT_PERMISSION, path,
				      "run it as a user who may read the file",
				      "it may not be read (permission denied)");
		break;
	case ENOENT:
	case ENOTDIR:
		code = tdxu_error_set(error, TDXU_EXIT_IMAGE, path, "check the path",
				      "there is no such file");
		break;
	case ENOMEM:
		code = tdxu_error_set(error, TDXU_EXIT_UNFORESEEN, path,
				      "free some memory and try again", "memory ran out");
		break;
	default:
		code = tdxu_error_set(error, TDXU_EXIT_IMAGE, path,
				      "check the path and the file system",
				      "it cannot be read (%s)", strerror(errnum));
	}
	error->errnum = errnum;
	return code;
}

static const char *unfit_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return NULL;
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	}
	return "a device";
}

static enum tdxu_exit check_stat(const char *path, const struct stat *st, size_t max,
				 const char *kind, struct tdxu_error *error)
{
	const char *unfit = unfit_type(st->st_mode);

	if (unfit)
		return tdxu_error_set(error, TDXU_EXIT_IMAGE, path, "give the path of a file",
				      "it is %s, not %s", unfit, kind);
	if (!st->st_size)
		return tdxu_error_set(error, TDXU_EXIT_IMAGE, path,
				      "get the file again from its publisher", "it is empty");
	if ((u64)st->st_size > max)
		return tdxu_error_set(error, TDXU_EXIT_IMAGE, path,
				      "check that it is the right file",
				      "it has %llu bytes, and %s has at most %zu",
				      (unsigned long long)st->st_size, kind, max);
	return TDXU_EXIT_OK;
}

/* The file may shrink or grow while it is read; what was there in the end must fit @size. */
static enum tdxu_exit read_all(int fd, const char *path, u8 *data, size_t size,
			       struct tdxu_error *error)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(path, errno, error);
		if (!n)
			return tdxu_error_set(error, TDXU_EXIT_IMAGE, path,
					      "try again when nobody writes to it",
					      "it became shorter while it was read");
		done += (size_t)n;
	}
	return TDXU_EXIT_OK;
}

static enum tdxu_exit read_open(int fd, const char *path, size_t max, const char *kind,
				struct tdxu_file *file, struct tdxu_error *error)
{
	enum tdxu_exit code;
	struct stat st;
	u8 *data;

	if (fstat(fd, &st))
		return fail_errno(path, errno, error);
	code = check_stat(path, &st, max, kind, error);
	if (code)
		return code;
	data = malloc((size_t)st.st_size);
	if (!data)
		return fail_errno(path, ENOMEM, error);

	code = read_all(fd, path, data, (size_t)st.st_size, error);
	if (code) {
		free(data);
		return code;
	}
	file->data = data;
	file->size = (size_t)st.st_size;
	return TDXU_EXIT_OK;
}

enum tdxu_exit tdxu_file_read(const char *path, size_t max, const char *kind,
			      struct tdxu_file *file, struct tdxu_error *error)
{
	enum tdxu_exit code;
	struct stat st;
	int fd;

	/* Opening some devices does something: look first. Checked again on what was opened. */
	if (stat(path, &st))
		return fail_errno(path, errno, error);
	code = check_stat(path, &st, max, kind, error);
	if (code)
		return code;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(path, errno, error);

	code = read_open(fd, path, max, kind, file, error);
	close(fd);
	return code;
}
