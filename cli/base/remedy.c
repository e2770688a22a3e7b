// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "remedy.h"
#include "sysfs.h"

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
