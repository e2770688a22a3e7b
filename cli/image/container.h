/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_CONTAINER_H
#define TDXU_CLI_CONTAINER_H

/* Making image files, where core/image.h takes them apart. */

#include "core/image.h"
#include "file.h"

/**
 * tdxu_container_make() - Put a module and its sigstruct into one file.
 * @format: TDXU_IMAGE_VERSION_1 or _2.
 * @blob: filled with malloc'ed memory.
 *
 * There is one way to write each format, so that taking apart and making is byte-exact.
 *
 * Return: false without memory.
 */
bool tdxu_container_make(u16 format, const struct tdxu_sigstruct *sigstruct, const u8 *module,
			 u32 module_pages, struct tdxu_file *blob);

#endif
