// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* O_PATH */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/image.h"
#include "file.h"
#include "kind.h"

/* Root in a unit of systemd may lack the right that makes owner and mode meaningless. */
static enum tdxu_exit fail_denied(const char *path, struct tdxu_error *error)
{
	static const char fix[] =
		"run it as a user who may read the file, or let everybody read it: root in the unit of systemd has no CAP_DAC_OVERRIDE";
	struct stat st;

	if (stat(path, &st))
		return tdxu_error_set(error, TDXU_EXIT_PERMISSION, path, fix,
				      "its directory may not be searched (permission denied)");
	return tdxu_error_set(error, TDXU_EXIT_PERMISSION, path, fix,
			      "it may not be read: it belongs to user %u, and has mode %04o",
			      st.st_uid, st.st_mode & 07777);
}

static enum tdxu_exit fail_missing(const char *path, struct tdxu_error *error)
{
	char target[256];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n <= 0)
		return tdxu_error_set(error, TDXU_EXIT_IMAGE, path, "check the path",
				      "there is no such file");
	target[n] = '\0';
	return tdxu_error_set(error, TDXU_EXIT_IMAGE, path, "remove the link, or mend it",
			      "it is a link to %s, which is not there", target);
}

static enum tdxu_exit fail_errno(const char *path, int errnum, struct tdxu_error *error)
{
	enum tdxu_exit code;

	switch (errnum) {
	case EACCES:
	case EPERM:
		code = fail_denied(path, error);
		break;
	case ENOENT:
	case ENOTDIR:
		code = fail_missing(path, error);
		break;
	case EMFILE:
	case ENFILE:
		code = tdxu_error_set(error, TDXU_EXIT_UNFORESEEN, path,
				      "raise the limit (`ulimit -n`, LimitNOFILE=)",
				      "too many files are open");
		break;
	case EXDEV:
		code = tdxu_error_set(error, TDXU_EXIT_IMAGE, path, "put the file itself there",
				      "it is a link out of the directory, and none is followed");
		break;
	case ENOMEM:
		code = tdxu_error_set(error, TDXU_EXIT_UNFORESEEN, path,
				      "free some memory and try again", "out of memory");
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

static enum tdxu_exit check_stat(const char *path, const struct stat *st, const char *kind,
				 struct tdxu_error *error)
{
	const char *unfit = unfit_type(st->st_mode);

	if (unfit)
		return tdxu_error_set(error, TDXU_EXIT_IMAGE, path, "give the path of a file",
				      "it is %s, not %s", unfit, kind);
	if (!st->st_size)
		return tdxu_error_set(error, TDXU_EXIT_IMAGE, path,
				      "get the file again from its publisher", "it is empty");
	return TDXU_EXIT_OK;
}

/* What it is instead says more than its size. */
static enum tdxu_exit fail_size(int fd, const char *path, const struct stat *st, size_t max,
				const char *kind, struct tdxu_error *error)
{
	u8 head[TDXU_KIND_HEAD];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	const struct tdxu_kind *other = n > 0 ? tdxu_kind_of(head, (size_t)n) : NULL;

	if (other)
		return tdxu_error_set(error, TDXU_EXIT_IMAGE, path, other->fix, "%s", other->why);
	return tdxu_error_set(error, TDXU_EXIT_IMAGE, path, "check that it is the right file",
			      "it has %llu bytes, and %s has at most %zu",
			      (unsigned long long)st->st_size, kind, max);
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

static enum tdxu_exit read_summed(int fd, const char *path, u8 *data, size_t size,
				  struct tdxu_error *error)
{
	u8 piece[TDXU_PAGE_SIZE];
	enum tdxu_exit code = TDXU_EXIT_OK;
	u16 sum = 0;

	for (size_t left = size; left && !code;) {
		size_t n = left < sizeof(piece) ? left : sizeof(piece);

		code = read_all(fd, path, piece, n, error);
		sum = (u16)(sum + tdxu_image_checksum(piece, n));
		left -= n;
	}
	memcpy(data, &sum, size < sizeof(sum) ? size : sizeof(sum));
	return code;
}

static enum tdxu_exit read_open(int fd, const char *path, size_t size, struct tdxu_file *file,
				struct tdxu_error *error)
{
	size_t whole = file->head && file->head < size ? file->head : size;
	u8 *data = file->head ? calloc(1, size) : malloc(size);
	enum tdxu_exit code;

	if (!data)
		return fail_errno(path, ENOMEM, error);
	code = read_all(fd, path, data, whole, error);
	if (!code)
		code = read_summed(fd, path, data + whole, size - whole, error);
	if (code) {
		free(data);
		return code;
	}
	file->data = data;
	file->size = size;
	return TDXU_EXIT_OK;
}

/* Found and not opened, so that its type can be checked first. */
static int find(const char *path)
{
	return open(path, O_PATH | O_CLOEXEC);
}

static bool where_is(int found, char *out)
{
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", found);
	n = readlink(path, out, PATH_MAX);
	return n > 0 && n < PATH_MAX;
}

/*
 * Of what was found, not of its path: no link on the way has led out of @below. openat2() could
 * tell, too, but is none in a unit of systemd that has RestrictSUIDSGID=.
 */
static bool is_below(int found, const char *below)
{
	char dir[PATH_MAX] = "", file[PATH_MAX] = "";
	int top = find(below);
	bool known = top >= 0 && where_is(top, dir) && where_is(found, file);
	size_t n = strlen(dir);

	if (top >= 0)
		close(top);
	return known && !strncmp(file, dir, n) && (file[n] == '/' || n == 1);
}

static enum tdxu_exit read_found(int found, const char *path, size_t max, const char *kind,
				 struct tdxu_file *file, struct tdxu_error *error)
{
	enum tdxu_exit code;
	char link[32];
	struct stat st;
	int fd;

	/* Opening some devices does something. */
	if (fstat(found, &st))
		return fail_errno(path, errno, error);
	code = check_stat(path, &st, kind, error);
	if (code)
		return code;
	/* The same file, whatever has its path by now. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", found);
	fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(path, errno, error);
	if ((u64)st.st_size > max)
		code = fail_size(fd, path, &st, max, kind, error);
	else
		code = read_open(fd, path, (size_t)st.st_size, file, error);
	close(fd);
	return code;
}

enum tdxu_exit tdxu_file_read_below(const char *below, const char *path, size_t max,
				    const char *kind, struct tdxu_file *file,
				    struct tdxu_error *error)
{
	int found = find(path);
	enum tdxu_exit code;

	if (found < 0)
		return fail_errno(path, errno, error);
	if (below && !is_below(found, below))
		code = fail_errno(path, EXDEV, error);
	else
		code = read_found(found, path, max, kind, file, error);
	close(found);
	return code;
}

enum tdxu_exit tdxu_file_read(const char *path, size_t max, const char *kind,
			      struct tdxu_file *file, struct tdxu_error *error)
{
	return tdxu_file_read_below(NULL, path, max, kind, file, error);
}
