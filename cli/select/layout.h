/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_LAYOUT_H
#define TDXU_CLI_LAYOUT_H

/* Where the publisher puts images, and how they are called there. Case does not matter. */

#include <fts.h>

#include "clock.h"

/** tdxu_layout_open() - All below @dir, in the order of names; nothing behind a link. */
FTS *tdxu_layout_open(const char *dir);

/** tdxu_layout_enters() - Is this folder one of the publisher's? All others are their owner's. */
bool tdxu_layout_enters(const FTSENT *f);

/**
 * tdxu_layout_stock() - A sum that changes when a file is written, moved or removed, and not when
 * one is read. It is none if @clock tells of a signal.
 */
u64 tdxu_layout_stock(const char *dir, const struct tdxu_clock *clock);

/** tdxu_layout_wants() - Is it an image, an archive or a lone signature, by its path? */
bool tdxu_layout_wants(const char *path);

/** tdxu_layout_is_image() - Has it an image's ending? tdxu_layout_is_blob() - That of a blob? */
bool tdxu_layout_is_image(const char *name);
bool tdxu_layout_is_blob(const char *name);

/** tdxu_layout_is_lonely() - Is it a signature whose module is not there? */
bool tdxu_layout_is_lonely(const char *path);

/** tdxu_layout_claims() - Does its name claim to be an image's, though it has no version? */
bool tdxu_layout_claims(const char *path);

#endif
