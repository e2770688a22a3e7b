// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* renameat2 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
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
	} else if (errnum == ELOOP) {
		fix = "give its path without symbolic links, which somebody else might turn";
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

int tdxu_write_all(int fd, const u8 *data, size_t size)
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

/* The file is there already. A directory that one may write to may not be open to reading. */
static void sync_directory(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static bool is_link(int dir, const char *name)
{
	struct stat st;

	return !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode);
}

/*
 * Step by step: openat2() can do it at once, and a unit's RestrictSUIDSGID= denies that call.
 * Overwrites @path.
 */
static int open_without_links(char *path, int flags)
{
	int dir = open(*path == '/' ? "/" : ".", flags), next;
	char *rest;

	for (char *name = strtok_r(path, "/", &rest); name && dir >= 0;
	     name = strtok_r(NULL, "/", &rest)) {
		next = openat(dir, name, flags | O_NOFOLLOW);
		if (next < 0 && is_link(dir, name))
			errno = ELOOP;
		close(dir);
		dir = next;
	}
	return dir;
}

/* All that follows is done in the directory that was found once. Searching it is enough. */
static int open_directory(const struct tdxu_save *save)
{
	int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	char copy[PATH_MAX];

	if ((size_t)snprintf(copy, sizeof(copy), "%s", save->path) >= sizeof(copy)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (save->no_links)
		return open_without_links(dirname(copy), flags);
	return open(dirname(copy), flags);
}

static int move(int dir, const char *from, const char *to, bool replace)
{
	if (replace)
		return renameat(dir, from, dir, to);
	if (!renameat2(dir, from, dir, to, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL)
		return -1;
	/* Not every file system can do that; each that has hard links can do this. */
	return linkat(dir, from, dir, to, 0) ? -1 : unlinkat(dir, from, 0);
}

/* What a killed run has left behind; what is younger may be another run's. */
static void remove_stale(int dir, const char *name)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *all = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;
	size_t n = strlen(name);

	while (all && (entry = readdir(all)))
		if (!strncmp(entry->d_name, name, n) &&
		    !fnmatch(".new.??????", entry->d_name + n, 0) &&
		    !fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    time(NULL) - st.st_mtime > STALE_S)
			unlinkat(dir, entry->d_name, 0);
	if (all)
		closedir(all);
}

/* A name that is not taken, and no link that another user has put there. */
static int create(int dir, const char *name, char *temporary)
{
	u32 number = 0;
	int fd, tries = 8;

	do {
		if (getrandom(&number, sizeof(number), 0) < 0)
			return -1;
		if (snprintf(temporary, NAME_MAX + 1, "%s.new.%06x", name, number >> 8) > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
	} while (fd < 0 && errno == EEXIST && --tries);
	return fd;
}

/* Return: 0, or the negative errno. */
static int save_in(int dir, const char *name, const struct tdxu_save *save)
{
	char temporary[NAME_MAX + 1];
	int fd, err = 0;

	if (save->replace)
		remove_stale(dir, name);
	fd = create(dir, name, temporary);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, save->mode) || tdxu_write_all(fd, save->data, save->size) || fsync(fd) ||
	    move(dir, temporary, name, save->replace))
		err = -errno;
	close(fd);
	if (err)
		unlinkat(dir, temporary, 0);
	return err;
}

static const char *name_of(const struct tdxu_save *save)
{
	const char *slash = strrchr(save->path, '/');

	return slash ? slash + 1 : save->path;
}

enum tdxu_exit tdxu_save(const struct tdxu_save *save, struct tdxu_error *error)
{
	int dir = open_directory(save), err;

	if (dir < 0)
		return tdxu_save_fail(save->path, errno, error);
	err = save_in(dir, name_of(save), save);
	if (!err)
		sync_directory(dir);
	close(dir);
	return err ? tdxu_save_fail(save->path, -err, error) : TDXU_EXIT_OK;
}

enum tdxu_exit tdxu_save_stream(struct tdxu_save *save, FILE *stream, char **text,
				struct tdxu_error *error)
{
	bool failed = ferror(stream);
	enum tdxu_exit code;

	failed |= fclose(stream) != 0;
	save->data = *text;
	code = failed ? tdxu_save_fail(save->path, ENOMEM, error) : tdxu_save(save, error);
	free(*text);
	return code;
}

void tdxu_save_none(const struct tdxu_save *save)
{
	int dir = open_directory(save);

	if (dir < 0)
		return;
	unlinkat(dir, name_of(save), 0);
	close(dir);
}
