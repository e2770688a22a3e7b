// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "tds.h"

/* The line "tdx N". Return: 0, or an errno: ENODATA if there is no such line. */
static int read_line(const char *cgroup, const char *name, u64 *value)
{
	char path[PATH_MAX], line[128];
	int err = ENODATA;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", cgroup, name);
	f = fopen(path, "re");
	if (!f)
		return errno;
	while (err && fgets(line, sizeof(line), f))
		if (sscanf(line, "tdx %" SCNu64, value) == 1)
			err = 0;
	if (err && ferror(f))
		err = EIO;
	fclose(f);
	return err;
}

static const char *reason(int err)
{
	switch (err) {
	case 0:
		return NULL;
	case ENOENT:
		return "the kernel counts none: it is older than 6.16, or wants `echo +misc > /sys/fs/cgroup/cgroup.subtree_control`";
	case ENODATA:
		return "KVM counts none: kvm_intel is not loaded, or has no TDX";
	}
	return "the misc cgroup cannot be read";
}

void tdxu_tds_read(const char *cgroup, struct tdxu_tds *tds)
{
	int err;

	*tds = (struct tdxu_tds){ 0 };
	err = read_line(cgroup, "misc.capacity", &tds->capacity);
	if (!err)
		err = read_line(cgroup, "misc.current", &tds->current);
	tds->unknown = reason(err);
}
