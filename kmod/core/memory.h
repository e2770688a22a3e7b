/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CORE_MEMORY_H
#define TDXU_CORE_MEMORY_H

/* Memory that P-SEAMLDR lays a module out in. Pure C, any context. */

#include "abi.h"

/**
 * tdxu_memory_pages() - What a module takes of the SEAM range.
 * @module_pages: 4 KiB pages of the image.
 * @addressable_lps: logical processors of one package as CPUID leaf 4, subleaf 3 counts them.
 * @packages: how many packages there are.
 *
 * The larger of what P-SEAMLDR estimates, and refuses as too much while the old module is whole
 * (facts: INSTALL, step 27), and of what laying it out then really takes (steps 30 and 31).
 *
 * Return: 4 KiB pages, from the start of the range to that of the P-SEAMLDR's part of it.
 */
u64 tdxu_memory_pages(const struct tdxu_sigstruct *sig, u32 module_pages, u32 addressable_lps,
		      u32 packages);

#endif
