/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_GENUINE_H
#define TESTS_UNIT_GENUINE_H

/*
 * The publisher's own files are not the project's to carry. TDXU_PUBLISHED names a directory that
 * has them: mapping_file.json, and sigstructs/tdx_module_M.N.ZZ.sigstruct. Without it, tests that
 * want them have nothing to look at, and pass.
 */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/abi.h"

static const struct genuine {
	const char *version;
	u32 module_pages;
	u32 cpu; /* one that it is made for */
} genuine[] = {
	{ "1.5.01", 102, 0x806f8 }, { "1.5.05", 102, 0xc06f2 }, { "1.5.06", 101, 0xa06f3 },
	{ "1.5.08", 101, 0x806f8 }, { "1.5.09", 109, 0xc06f2 }, { "1.5.13", 109, 0xa06f3 },
	{ "1.5.16", 115, 0x806f8 }, { "2.0.02", 131, 0xa06d1 }, { "2.0.04", 134, 0xa06e1 },
	{ "2.0.05", 134, 0xa06d1 }, { "2.0.08", 146, 0xa06e1 },
};

/* Whose key has signed them: SHA-384 of its modulus. */
#define PRODUCTION_SIGNER \
	"c8572f548869a0beca19376b81c2dffc2a23b5a5f71da0b87579b43f408daa1a" \
	"33bad9c149eb56c634f883737968a34c"

/** genuine_dir() - The directory, or NULL. */
static inline const char *genuine_dir(void)
{
	return getenv("TDXU_PUBLISHED");
}

/** read_genuine() - The sigstruct of a version. Return: false if there is none at hand. */
static inline bool read_genuine(const char *version, struct tdxu_sigstruct *sig)
{
	const char *dir = genuine_dir();
	char path[512];
	FILE *file;

	if (!dir)
		return false;
	snprintf(path, sizeof(path), "%s/sigstructs/tdx_module_%s.sigstruct", dir, version);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "there is no %s", path);
	ck_assert_msg(fread(sig, sizeof(*sig), 1, file) == 1, "%s is too short", path);
	fclose(file);
	return true;
}

#endif
