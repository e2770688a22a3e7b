// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "status.h"
#include "sysfs.h"

enum {
	MEETING_MS = 10,
	MEETINGS = 100,
};

struct tdxu_sysfs tdxu_sysfs = {
	.root = "/sys",
	.host = "",
	.cpuinfo = "/proc/cpuinfo",
	.patience_ms = 30000, /* an update takes less than a second */
};

int tdxu_sysfs_fail(struct tdxu_fault *fault, int errnum, const char *message)
{
	fault->errnum = errnum;
	snprintf(fault->message, sizeof(fault->message), "%s", message);
	return -errnum;
}

static int read_once(const char *name, char *out)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", tdxu_sysfs.root, name);
	*out = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, out, TDXU_ATTRIBUTE_BYTES - 1);
	if (n < 0)
		err = -errno;
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	close(fd);
	return err;
}

int tdxu_sysfs_read(const char *name, char *out)
{
	int err = read_once(name, out);

	for (u32 i = 0; err == -ENODEV && i < MEETINGS; i++) {
		poll(NULL, 0, MEETING_MS);
		err = read_once(name, out);
	}
	return err;
}

/* Of a list like "0-3,7", the part at *@list; and on to the next. */
static bool next_cpus(char **list, unsigned long *first, unsigned long *last)
{
	if (!**list)
		return false;
	*first = *last = strtoul(*list, list, 10);
	if (**list == '-')
		*last = strtoul(*list + 1, list, 10);
	*list += **list == ',' ? 1 : strlen(*list);
	return true;
}

static int read_cpus(const char *list, char *out)
{
	char name[64];

	snprintf(name, sizeof(name), "devices/system/cpu/%s", list);
	return tdxu_sysfs_read(name, out);
}

int tdxu_sysfs_cpus(const char *list, u32 *nr)
{
	char text[TDXU_ATTRIBUTE_BYTES], *rest = text;
	int err = read_cpus(list, text);
	unsigned long first, last;

	*nr = 0;
	while (next_cpus(&rest, &first, &last))
		*nr += (u32)(last - first + 1);
	return err || *nr ? err : -ENODATA;
}

static bool is_online(unsigned long cpu)
{
	char text[TDXU_ATTRIBUTE_BYTES], *rest = text;
	unsigned long first, last;

	read_cpus("online", text);
	while (next_cpus(&rest, &first, &last))
		if (cpu >= first && cpu <= last)
			return true;
	return false;
}

void tdxu_sysfs_offline(char *out, size_t size)
{
	char text[TDXU_ATTRIBUTE_BYTES], *rest = text;
	unsigned long cpu, last;
	size_t n = 0;

	*out = '\0';
	read_cpus("present", text);
	while (next_cpus(&rest, &cpu, &last))
		for (; cpu <= last && n < size; cpu++)
			if (!is_online(cpu))
				n += (size_t)snprintf(out + n, size - n, "%s%lu", n ? "," : "",
						      cpu);
}
