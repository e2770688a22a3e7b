/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_IDENTIFY_H
#define TDXU_CLI_IDENTIFY_H

/* Which version an image is. Its header does not tell. */

#include "core/image.h"
#include "core/version.h"

enum tdxu_version_source {
	TDXU_VERSION_UNKNOWN,
	TDXU_VERSION_SEAMHASH,	/* a published release, by its hash */
	TDXU_VERSION_SIGSTRUCT, /* it says so itself, and that is signed */
	TDXU_VERSION_FILE_NAME, /* not signed by anyone */
};

struct tdxu_identity {
	enum tdxu_version_source source;
	struct tdxu_version version; /* valid unless the source is unknown */
};

/**
 * tdxu_identify() - Find an image's version.
 * @sig: its sigstruct, or NULL if that is not to be believed: see tdxu_genuine().
 * @path: where it was found: its name may tell, or that of a release's folder around it.
 */
struct tdxu_identity tdxu_identify(const struct tdxu_sigstruct *sig, const char *path);

/** tdxu_is_release_folder() - Does the publisher call a release's or a series' folder so? */
bool tdxu_is_release_folder(const char *name);

/** tdxu_version_source_names[] - "seamhash", "sigstruct", "file-name", "unknown". */
extern const char *const tdxu_version_source_names[];

enum { TDXU_IDENTITY_TEXT = 64 };

/** tdxu_identity_text() - "1.5.28 (file name, unverified)". @out: TDXU_IDENTITY_TEXT bytes. */
const char *tdxu_identity_text(const struct tdxu_identity *identity, char *out);

#endif
