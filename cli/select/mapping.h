/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_MAPPING_H
#define TDXU_CLI_MAPPING_H

/* The publisher's mapping_file.json: what each release of the TDX module asks of a host. */

#include "core/version.h"
#include "error.h"

enum {
	TDXU_MAX_VERSIONS = 32,
	TDXU_MAX_RELEASES = 256,
};

struct tdxu_versions {
	u32 nr;
	struct tdxu_version version[TDXU_MAX_VERSIONS];
};

struct tdxu_release {
	struct tdxu_version version;
	struct tdxu_version minimum; /* the oldest running module whose TDs it preserves */
	struct tdxu_versions seamldrs; /* of each series, the oldest */
	/* Running modules from which nothing changes that kernel and KVM read at boot. */
	struct tdxu_versions compatible;
	bool compatible_told;
	bool untold; /* there is no mapping file: nothing of it is known */
};

struct tdxu_mapping {
	bool absent;
	u32 nr;
	u32 nr_bad;    /* entries that lack something, and are left out */
	u32 first_bad; /* the number of the first, from 1 */
	struct tdxu_release release[TDXU_MAX_RELEASES];
};

/**
 * tdxu_mapping_load() - Read DIR/mapping_file.json.
 *
 * A release that lacks something is left out, as the publisher's own script does, and counted;
 * unknown keys are skipped. One that is there twice is an error. That there is no such file in a
 * directory is none, unless it is in a folder of that.
 *
 * Return: TDXU_EXIT_OK, or the code that is in @error.
 */
enum tdxu_exit tdxu_mapping_load(const char *dir, struct tdxu_mapping *mapping,
				 struct tdxu_error *error);

/** tdxu_versions_have() - Is @version among them? */
bool tdxu_versions_have(const struct tdxu_versions *versions, const struct tdxu_version *version);

/** tdxu_mapping_find() - The release of a version, or NULL. */
const struct tdxu_release *tdxu_mapping_find(const struct tdxu_mapping *mapping,
					     const struct tdxu_version *version);

#endif
