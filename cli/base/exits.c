// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "exits.h"

static const struct tdxu_meaning by_errno[] = {
	[EBUSY] = { TDXU_EXIT_BUSY,
		    "another program is uploading an image, or an update is running",
		    "try again later, or let --retry-for do that" },
	[EALREADY] = { TDXU_EXIT_BUSY, "an update is already running",
		       "wait for its result in `tdxupd status`" },
	[EPERM] = { TDXU_EXIT_PERMISSION, "only the administrator may replace the TDX module",
		    "run it as root, in the initial user namespace" },
	[EACCES] = { TDXU_EXIT_PERMISSION, "permission denied", "run it as root" },
	[ENODEV] = { TDXU_EXIT_PLATFORM,
		     "neither the driver tdx_update is loaded nor the kernel's own updater",
		     "load one with `modprobe tdx_update`, or from Linux 7.2 on `modprobe tdx-host`, and see `dmesg` if that fails" },
	[EOPNOTSUPP] = { TDXU_EXIT_PLATFORM, "this host cannot update its TDX module",
			 "see the blockers that `tdxupd status` lists" },
	[EPROTONOSUPPORT] = { TDXU_EXIT_PLATFORM, "the driver's answer has an unknown form",
			      "install tdxupd and tdx_update of the same version" },
	[EHOSTDOWN] = { .code = TDXU_EXIT_HOST },
	[EUCLEAN] = { .code = TDXU_EXIT_HOST },
	[ENOSPC] = { TDXU_EXIT_HOST, "P-SEAMLDR takes no more updates until the next boot",
		     "reboot the host" },
	[ESHUTDOWN] = { .code = TDXU_EXIT_HOST },
	[EINVAL] = { .code = TDXU_EXIT_IMAGE },
	[EFBIG] = { .code = TDXU_EXIT_IMAGE },
	[EBADMSG] = { .code = TDXU_EXIT_IMAGE },
	[EKEYREJECTED] = { .code = TDXU_EXIT_IMAGE },
	[EXDEV] = { .code = TDXU_EXIT_IMAGE },
	[ESTALE] = { .code = TDXU_EXIT_IMAGE },
	[EPROTO] = { .code = TDXU_EXIT_IMAGE },
	[ENOEXEC] = { .code = TDXU_EXIT_IMAGE },
	[EIO] = { .code = TDXU_EXIT_FAILED },
	[ECANCELED] = { .code = TDXU_EXIT_FAILED },
	[ENOTRECOVERABLE] = { TDXU_EXIT_LOST, "the TDX module was lost in an earlier update",
			      "reboot the host" },
	[ENOENT] = { TDXU_EXIT_UNFORESEEN, "the driver does not have the image any more",
		     "try again, and see `dmesg` if the driver was reloaded meanwhile" },
	[ENOMEM] = { TDXU_EXIT_UNFORESEEN, "out of memory", "free some memory and try again" },
};

static const struct tdxu_meaning by_outcome[] = {
	[TDX_UPDATE_OUTCOME_BUSY] = {
		TDXU_EXIT_BUSY, "the update would have hurt a TD and was not begun",
		"try again later, or let --retry-for do that" },
	/* Its code goes by the check, or by the errno. */
	[TDX_UPDATE_OUTCOME_REFUSED] = {
		.why = "the preflight check refused, nothing has changed",
		.fix = "see the blockers that `tdxupd status` lists" },
	[TDX_UPDATE_OUTCOME_FAILED] = {
		TDXU_EXIT_FAILED,
		"the TDX module would not shut down; it still runs, and so do all TDs",
		"see `tdxupd status` for the SEAMCALL status, and report it" },
	[TDX_UPDATE_OUTCOME_ROLLED_BACK] = {
		TDXU_EXIT_FAILED,
		"the image could not be installed; the fallback image runs now, and so do all TDs",
		"see `tdxupd status` for the SEAMCALL status, and try another image" },
	[TDX_UPDATE_OUTCOME_LOST] = {
		TDXU_EXIT_LOST, "the TDX module is lost and its TDs are gone",
		"reboot the host" },
};

/* Checks of which the errno alone would say something else. */
static const struct {
	const char *check;
	enum tdxu_exit code;
} by_check[] = {
	{ "gate", TDXU_EXIT_HOST },
	{ "handoff", TDXU_EXIT_IMAGE },
	{ "memory", TDXU_EXIT_IMAGE },
};

static const char *const exit_names[] = {
	[TDXU_EXIT_OK] = "ok",
	[TDXU_EXIT_UNFORESEEN] = "unforeseen",
	[TDXU_EXIT_USAGE] = "usage",
	[TDXU_EXIT_IMAGE] = "image",
	[TDXU_EXIT_PLATFORM] = "platform",
	[TDXU_EXIT_LOST] = "lost",
	[TDXU_EXIT_BEGUN] = "begun",
	[TDXU_EXIT_FAILED] = "failed",
	[TDXU_EXIT_BUSY] = "busy",
	[TDXU_EXIT_PERMISSION] = "permission",
	[TDXU_EXIT_HOST] = "host",
};

const struct tdxu_meaning *tdxu_meaning_of_errno(int errnum)
{
	static const struct tdxu_meaning unknown = { .code = TDXU_EXIT_UNFORESEEN };
	bool known = errnum > 0 && (size_t)errnum < ARRAY_SIZE(by_errno) && by_errno[errnum].code;

	return known ? &by_errno[errnum] : &unknown;
}

const struct tdxu_meaning *tdxu_meaning_of_outcome(u32 outcome)
{
	/* Of a newer driver: it says nothing of what runs now. */
	static const struct tdxu_meaning unknown = {
		TDXU_EXIT_BEGUN, "it ended in a way that this version of tdxupd does not know",
		"see `tdxupd status` and `dmesg` for what runs now, and install tdxupd and tdx_update of the same version",
	};
	bool known = outcome < ARRAY_SIZE(by_outcome) && by_outcome[outcome].why;

	return known ? &by_outcome[outcome] : &unknown;
}

static enum tdxu_exit code_of_check(const char *check, enum tdxu_exit otherwise)
{
	for (size_t i = 0; check && i < ARRAY_SIZE(by_check); i++)
		if (!strcmp(by_check[i].check, check))
			return by_check[i].code;
	return otherwise;
}

enum tdxu_exit tdxu_exit_code(enum tdx_update_outcome outcome, int errnum, const char *check)
{
	if (outcome == TDX_UPDATE_OUTCOME_UPDATED)
		return TDXU_EXIT_OK;
	if (outcome != TDX_UPDATE_OUTCOME_REFUSED && outcome != TDX_UPDATE_OUTCOME_NONE)
		return tdxu_meaning_of_outcome(outcome)->code;
	/* What the host does not tell says nothing of the image. */
	if (errnum == ENODATA)
		return TDXU_EXIT_HOST;
	return code_of_check(check, tdxu_meaning_of_errno(errnum)->code);
}

const char *tdxu_exit_name(enum tdxu_exit code)
{
	return code < ARRAY_SIZE(exit_names) && exit_names[code] ? exit_names[code] : "unforeseen";
}
