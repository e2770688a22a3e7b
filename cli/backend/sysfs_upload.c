// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How an image gets to the kernel's own updater. Its nodes accept nearly every write and ignore
 * what does not suit them: while a transfer runs, and for good once it was out of memory or IMA
 * said no. So what was written is inspected.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "file.h"
#include "save.h"
#include "sysfs.h"

static int open_node(const char *node, int flags)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" TDXU_UPDATER "%s", tdxu_sysfs.root, node);
	return open(path, flags | O_CLOEXEC);
}

static int write_node(const char *node, const void *data, size_t size)
{
	int fd = open_node(node, O_WRONLY);
	int err = fd < 0 || tdxu_write_all(fd, data, size) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/* -EBUSY: another program writes, too. */
static int compare_data(const struct tdxu_file *blob, struct tdxu_fault *fault)
{
	int fd = open_node("data", O_RDONLY);
	size_t at = 0;
	u8 got[4096];
	ssize_t n = 0;

	while (fd >= 0 && (n = read(fd, got, sizeof(got))) > 0) {
		if ((size_t)n > blob->size - at || memcmp(blob->data + at, got, (size_t)n))
			break;
		at += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !n && at == blob->size)
		return 0;
	return tdxu_fault_set(fault, EBUSY,
			       "the kernel's updater holds other bytes than were written: another program writes to it as well; try again when none does");
}

static int fail_at_work(struct tdxu_fault *fault)
{
	return tdxu_fault_set(fault, EBUSY,
			       "the kernel's updater is at work for another program; try again later");
}

static bool says(const char *name, const char *what)
{
	char text[TDXU_ATTRIBUTE_BYTES];

	return !tdxu_sysfs_read(name, text) && !strcmp(text, what);
}

static int begin(struct tdxu_fault *fault)
{
	int err;

	if (!says(TDXU_UPDATER "status", "idle"))
		return fail_at_work(fault);
	if (says(TDXU_UPDATER "loading", "1"))
		return tdxu_fault_set(fault, EBUSY,
				       "another program has begun to load an image into the kernel's updater; try again later, and if that program has died, let `echo -1 > /sys/class/firmware/tdx_module/loading` end it");
	err = write_node("loading", "1", 1);
	if (err)
		return tdxu_fault_set(fault, -err, "");
	if (says(TDXU_UPDATER "loading", "1"))
		return 0;
	if (!says(TDXU_UPDATER "status", "idle"))
		return fail_at_work(fault);
	return tdxu_fault_set(fault, EIO,
			       "the kernel's updater takes no image any more: it was out of memory, or IMA's policy said no when it was given an earlier one; load tdx_update, or reboot the host");
}

static int send(const struct tdxu_file *blob, struct tdxu_fault *fault)
{
	int err = write_node("data", blob->data, blob->size);

	if (!err)
		return compare_data(blob, fault);
	if (err == -ENODEV)
		return fail_at_work(fault);
	if (err == -ENOMEM)
		return tdxu_fault_set(fault, ENOMEM,
				       "the kernel had no memory for the image, and its updater takes none until the next boot; load tdx_update, or free memory and reboot the host");
	return tdxu_fault_set(fault, -err, "");
}

static int commit(struct tdxu_fault *fault)
{
	int err = write_node("loading", "0", 1);

	if (err == -EBUSY)
		return fail_at_work(fault);
	if (err == -EACCES)
		return tdxu_fault_set(fault, EACCES,
				       "IMA's policy forbids what is loaded through the kernel's updater, which takes nothing else until the next boot; load tdx_update, or change that policy and reboot the host");
	return err ? tdxu_fault_set(fault, -err, "") : 0;
}

int tdxu_sysfs_upload(const struct tdxu_file *blob, struct tdxu_fault *fault)
{
	int err = begin(fault);

	if (err)
		return err;
	err = send(blob, fault);
	if (!err)
		err = commit(fault);
	if (err)
		write_node("loading", "-1", 2);
	return err;
}
