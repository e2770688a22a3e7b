/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_SYSFS_H
#define TDXU_CLI_SYSFS_H

/* Attributes in sysfs, and what the kernel tells there of its own updater and of CPUs. */

#include "core/types.h"

enum { TDXU_ATTRIBUTE_BYTES = 4096 }; /* a list of CPUs may be as long */

/* The kernel's own updater, below /sys. */
#define TDXU_UPDATER "class/firmware/tdx_module/"

/* Where the updater is, and how long its end is waited for. Tests change this. */
extern struct tdxu_sysfs {
	const char *root;
	const char *host; /* before the paths of the host, such as /lib/modules: "", but in tests */
	const char *cpuinfo;
	u32 patience_ms;
} tdxu_sysfs;

/**
 * tdxu_first_line() - That of a file of the kernel's, as far as @size allows.
 * @out: @size bytes; empty on error.
 *
 * Return: 0, or a negative errno.
 */
int tdxu_first_line(const char *path, char *out, size_t size);

/**
 * tdxu_sysfs_read() - The first line of an attribute.
 * @name: below tdxu_sysfs.root.
 * @out: TDXU_ATTRIBUTE_BYTES; empty on error.
 *
 * P-SEAMLDR refuses a caller while it serves another, which the kernel passes on as ENODEV: that is
 * tried again for a second.
 *
 * Return: 0, or a negative errno.
 */
int tdxu_sysfs_read(const char *name, char *out);

/** tdxu_sysfs_cpus() - Count the CPUs of a list in devices/system/cpu. Return: 0: not known. */
u32 tdxu_sysfs_cpus(const char *list);

/** tdxu_sysfs_offline() - "3,7": which CPUs are present and not online, as far as @size allows. */
void tdxu_sysfs_offline(char *out, size_t size);

/**
 * tdxu_remedy() - Replace the general advice with the one that is right on this host.
 * What helps on this host, where the sentence of a check must suit any.
 * @check: the name of the check that refuses.
 * @message: its sentence, "REASON; ADVICE". It stays as it is where nothing more is known.
 * @size: of @message, in bytes.
 *
 * CPUs that are offline: sysfs tells (devices/system/cpu/smt/control) whether SMT is off, in which
 * case a CPU's own switch is refused with EPERM.
 */
void tdxu_remedy(const char *check, char *message, size_t size);

#endif
