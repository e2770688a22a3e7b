/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_SYSFS_RESULT_H
#define TDXU_CLI_SYSFS_RESULT_H

#include "backend.h"

/**
 * tdxu_sysfs_result() - What an end of the kernel's own updater means.
 * @error: the attribute "error" of its fw_upload device: "", or "STATUS:ERROR".
 * @from: the module that ran before.
 * @to: the one that the kernel says runs now.
 */
void tdxu_sysfs_result(const char *error, const struct tdxu_module *from,
		       const struct tdxu_module *to, struct tdxu_result *result);

#endif
