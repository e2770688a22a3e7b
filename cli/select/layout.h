/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_LAYOUT_H
#define TDXU_CLI_LAYOUT_H

/* Where the publisher puts images, and how they are called there. Case does not matter. */

#include "core/types.h"

/** tdxu_layout_has_folder() - Is it one of the publisher's? All others are their owner's. */
bool tdxu_layout_has_folder(const char *name);

/** tdxu_layout_wants() - Is it an image, an archive or a lone signature, by its path? */
bool tdxu_layout_wants(const char *path);

/** tdxu_layout_is_image() - Has it an image's ending? tdxu_layout_is_blob() - That of a blob? */
bool tdxu_layout_is_image(const char *name);
bool tdxu_layout_is_blob(const char *name);

/** tdxu_layout_is_lonely() - Is it a signature whose module is not there? */
bool tdxu_layout_is_lonely(const char *path);

/** tdxu_layout_claims() - Would somebody miss it as an image, though it has no version? */
bool tdxu_layout_claims(const char *path);

#endif
