// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "sysfs_result.h"

/* Documentation/ABI/testing/sysfs-class-firmware names them. */
static const struct meaning {
	const char *error;
	u32 outcome;
	int errnum;
	const char *message;
} meanings[] = {
	{ "device-busy", TDX_UPDATE_OUTCOME_BUSY, EBUSY,
	  "the kernel's updater is busy; try again later" },
	{ "invalid-file-size", TDX_UPDATE_OUTCOME_REFUSED, EINVAL,
	  "the kernel's updater refuses an image of this size; check that it is the right file" },
	{ "user-abort", TDX_UPDATE_OUTCOME_FAILED, ECANCELED,
	  "somebody has cancelled it; check in `dmesg` how far it was" },
	{ "timeout", TDX_UPDATE_OUTCOME_FAILED, ETIMEDOUT,
	  "the kernel's updater has run into a time-out; see `dmesg`, and check that TDs run" },
	/* The only error that the updater in Linux 7.2 knows, for whatever has gone wrong. */
	{ "firmware-invalid", TDX_UPDATE_OUTCOME_FAILED, EIO,
	  "the kernel's updater says firmware-invalid, which can mean a refused image as well as a lost TDX module; see `dmesg`, check that TDs run, and reboot if they do not" },
};

static const struct meaning *find(const char *error)
{
	static const struct meaning other = {
		.outcome = TDX_UPDATE_OUTCOME_FAILED, .errnum = EIO,
		.message = "the kernel's updater has met an error that tdxupd does not know; see `dmesg`, and check that TDs run",
	};
	const char *colon = strchr(error, ':');

	for (size_t i = 0; colon && i < ARRAY_SIZE(meanings); i++)
		if (!strcmp(meanings[i].error, colon + 1))
			return &meanings[i];
	return &other;
}

void tdxu_sysfs_result(const char *error, const struct tdxu_module *from,
		       const struct tdxu_module *to, struct tdxu_result *result)
{
	static const struct meaning success = { .outcome = TDX_UPDATE_OUTCOME_UPDATED };
	const struct meaning *m = *error ? find(error) : &success;

	*result = (struct tdxu_result){
		.present = true,
		.outcome = m->outcome,
		.errnum = (u32)m->errnum,
		.from = *from,
		.to = *to,
	};
	snprintf(result->message, sizeof(result->message), "%s", m->message ? m->message : "");
}
