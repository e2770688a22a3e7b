// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "core/types.h"
#include "exits.h"

/* Checks of which the errno alone would say something else. */
static const struct {
	const char *check;
	enum tdxu_exit code;
} by_check[] = {
	{ "gate", TDXU_EXIT_HOST },
	{ "handoff", TDXU_EXIT_IMAGE },
	{ "memory", TDXU_EXIT_IMAGE },
};

static const u8 by_errno[] = {
	[EBUSY] = TDXU_EXIT_BUSY,
	[EALREADY] = TDXU_EXIT_BUSY,
	[EPERM] = TDXU_EXIT_PERMISSION,
	[EACCES] = TDXU_EXIT_PERMISSION,
	[ENODEV] = TDXU_EXIT_PLATFORM,
	[EOPNOTSUPP] = TDXU_EXIT_PLATFORM,
	[EPROTONOSUPPORT] = TDXU_EXIT_PLATFORM,
	[EHOSTDOWN] = TDXU_EXIT_HOST,
	[EUCLEAN] = TDXU_EXIT_HOST,
	[ENOSPC] = TDXU_EXIT_HOST,
	[ESHUTDOWN] = TDXU_EXIT_HOST,
	[EINVAL] = TDXU_EXIT_IMAGE,
	[EFBIG] = TDXU_EXIT_IMAGE,
	[EBADMSG] = TDXU_EXIT_IMAGE,
	[EKEYREJECTED] = TDXU_EXIT_IMAGE,
	[EXDEV] = TDXU_EXIT_IMAGE,
	[ESTALE] = TDXU_EXIT_IMAGE,
	[EPROTO] = TDXU_EXIT_IMAGE,
	[ENOEXEC] = TDXU_EXIT_IMAGE,
	[EIO] = TDXU_EXIT_FAILED,
	[ECANCELED] = TDXU_EXIT_FAILED,
	[ENOTRECOVERABLE] = TDXU_EXIT_LOST,
};

static const char *const names[] = {
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

static enum tdxu_exit code_of_check(const char *check, enum tdxu_exit otherwise)
{
	for (size_t i = 0; check && i < ARRAY_SIZE(by_check); i++)
		if (!strcmp(by_check[i].check, check))
			return by_check[i].code;
	return otherwise;
}

static enum tdxu_exit code_of_errno(int errnum)
{
	bool known = errnum > 0 && (size_t)errnum < ARRAY_SIZE(by_errno) && by_errno[errnum];

	return known ? by_errno[errnum] : TDXU_EXIT_UNFORESEEN;
}

enum tdxu_exit tdxu_exit_code(enum tdx_update_outcome outcome, int errnum, const char *check)
{
	switch (outcome) {
	case TDX_UPDATE_OUTCOME_UPDATED:
		return TDXU_EXIT_OK;
	case TDX_UPDATE_OUTCOME_BUSY:
		return TDXU_EXIT_BUSY;
	case TDX_UPDATE_OUTCOME_FAILED:
	case TDX_UPDATE_OUTCOME_ROLLED_BACK:
		return TDXU_EXIT_FAILED;
	case TDX_UPDATE_OUTCOME_LOST:
		return TDXU_EXIT_LOST;
	case TDX_UPDATE_OUTCOME_REFUSED:
	case TDX_UPDATE_OUTCOME_NONE:
		/* What the host does not tell says nothing of the image. */
		if (errnum == ENODATA)
			return TDXU_EXIT_HOST;
		return code_of_check(check, code_of_errno(errnum));
	}
	/* Of a newer driver: it says nothing of what runs now. */
	return TDXU_EXIT_BEGUN;
}

const char *tdxu_exit_name(enum tdxu_exit code)
{
	return code < ARRAY_SIZE(names) && names[code] ? names[code] : "unforeseen";
}
