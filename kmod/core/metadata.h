/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CORE_METADATA_H
#define TDXU_CORE_METADATA_H

/*
 * What the kernel and KVM have read from a module at boot and keep: read before and after an
 * update, and compared.
 */

#include "types.h"

enum {
	TDXU_NR_METADATA_FIELDS = 16,
	TDXU_NR_METADATA_LISTS = 2,
	TDXU_NR_METADATA = TDXU_NR_METADATA_FIELDS + TDXU_NR_METADATA_LISTS,
	TDXU_MAX_CPUID_CONFIG = 128, /* what the kernel has space for: it boots with no more */
	TDXU_CHANGE_TEXT = 96,
};

/* The CPUID configuration: KVM takes from it by position. Known as a whole or not at all. */
struct tdxu_metadata_list {
	u64 rax;
	u32 count;
	u64 value[2 * TDXU_MAX_CPUID_CONFIG];
};

struct tdxu_metadata {
	u64 rax[TDXU_NR_METADATA_FIELDS]; /* a field that a module does not have is no error */
	u64 value[TDXU_NR_METADATA_FIELDS];
	struct tdxu_metadata_list list[TDXU_NR_METADATA_LISTS];
	u32 retries;
};

/**
 * tdxu_metadata_snapshot() - Read all of it.
 * @read: TDH.SYS.RD; sets @value if it returns 0, and adds to @retries.
 *
 * Context: that of @read.
 */
void tdxu_metadata_snapshot(struct tdxu_metadata *metadata,
			    u64 (*read)(u64 field, u64 *value, u32 *retries));

/** tdxu_metadata_any_told() - Has the module answered for any field? */
bool tdxu_metadata_any_told(const struct tdxu_metadata *metadata);

/**
 * tdxu_metadata_describe_change() - One line about one field or list that differs, or may differ
 * because it could not be read.
 * @index: of the field or list, below TDXU_NR_METADATA.
 * @out: room for TDXU_CHANGE_TEXT bytes.
 *
 * Return: whether there is something to say. Context: any.
 */
bool tdxu_metadata_describe_change(const struct tdxu_metadata *before,
				   const struct tdxu_metadata *after, u32 index, char *out);

#endif
