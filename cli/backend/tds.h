/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_TDS_H
#define TDXU_CLI_TDS_H

#include "status.h"

/**
 * tdxu_tds_read() - Ask the kernel, whose misc cgroup controller counts key IDs.
 * @cgroup: where the root of the cgroups is mounted.
 *
 * Source: Documentation/admin-guide/cgroup-v2.rst, "Misc"; Linux 6.16 and newer.
 */
void tdxu_tds_read(const char *cgroup, struct tdxu_tds *tds);

#endif
