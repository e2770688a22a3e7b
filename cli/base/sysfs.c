// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

enum {
	MEETING_MS = 10,
	MEETINGS = 100,
	MOST_CPUS = 8192, /* for which a kernel can be made */
};

struct tdxu_sysfs tdxu_sysfs = {
	.root = "/sys",
	.host = "",
	.cpuinfo = "/proc/cpuinfo",
	.patience_ms = 30000, /* an update takes less than a second */
};

int tdxu_first_line(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	ssize_t n;

	*out = '\0';
	if (fd < 0)
		return -errno;
	n = read(fd, out, size - 1);
	if (n < 0)
		err = -errno;
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	close(fd);
	return err;
}

int tdxu_sysfs_read(const char *name, char *out)
{
	char path[PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s/%s", tdxu_sysfs.root, name);
	err = tdxu_first_line(path, out, TDXU_ATTRIBUTE_BYTES);
	for (u32 i = 0; err == -ENODEV && i < MEETINGS; i++) {
		poll(NULL, 0, MEETING_MS);
		err = tdxu_first_line(path, out, TDXU_ATTRIBUTE_BYTES);
	}
	return err;
}

/* Return: how many CPUs are in a list like "0-3,7"; 0 if it cannot be read. */
static u32 read_cpus(const char *list, bool *listed)
{
	char name[64], text[TDXU_ATTRIBUTE_BYTES], *rest = text;
	u32 nr = 0;

	snprintf(name, sizeof(name), "devices/system/cpu/%s", list);
	tdxu_sysfs_read(name, text);
	memset(listed, 0, MOST_CPUS * sizeof(*listed));
	while (*rest) {
		unsigned long cpu = strtoul(rest, &rest, 10), last = cpu;

		if (*rest == '-')
			last = strtoul(rest + 1, &rest, 10);
		for (; cpu <= last && cpu < MOST_CPUS; cpu++, nr++)
			listed[cpu] = true;
		rest += *rest == ',' ? 1 : strlen(rest);
	}
	return nr;
}

u32 tdxu_sysfs_cpus(const char *list)
{
	bool listed[MOST_CPUS];

	return read_cpus(list, listed);
}

void tdxu_sysfs_offline(char *out, size_t size)
{
	bool online[MOST_CPUS], present[MOST_CPUS];
	size_t n = 0;

	*out = '\0';
	read_cpus("online", online);
	read_cpus("present", present);
	for (u32 cpu = 0; cpu < MOST_CPUS && n < size; cpu++)
		if (present[cpu] && !online[cpu])
			n += (size_t)snprintf(out + n, size - n, "%s%u", n ? "," : "", cpu);
}

#define SMT "devices/system/cpu/smt/control"

/* NULL: nothing that the general advice does not say. */
static const char *for_offline_cpus(void)
{
	char control[TDXU_ATTRIBUTE_BYTES];

	if (tdxu_sysfs_read(SMT, control))
		return NULL;
	if (!strcmp(control, "off"))
		return "SMT is off: bring them online by `echo on > /sys/" SMT "`";
	if (!strcmp(control, "forceoff"))
		return "SMT is off until the next boot: boot without nosmt=force, or, if that is not given, with SMT switched on in the BIOS";
	return "bring them online: `echo 1 > /sys/devices/system/cpu/cpuN/online`";
}

void tdxu_remedy(const char *check, char *message, size_t size)
{
	char *general = strstr(message, "; ");
	const char *fix = NULL;

	if (general && !strcmp(check, "cpus-online") && strstr(message, " CPUs are offline"))
		fix = for_offline_cpus();
	if (fix)
		snprintf(general + 2, size - (size_t)(general + 2 - message), "%s", fix);
}
