/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_MODULE_IMAGE_H
#define TESTS_UNIT_MODULE_IMAGE_H

/* An image of four pages, for what is installed into the firmware model. */

#include "../sim/fw/desc.h"
#include "../vectors/vectors.h"

#include <stdio.h>

/* What differs between the images of the suites. */
struct module_image {
	const char *seed; /* of the pages' contents */
	int svn_minor; /* of major 1 */
	int hv, min_hv; /* handoff versions */
	int handoff_pages;
};

static inline json_t *module_sigstruct(const struct module_image *m)
{
	return json_pack(
		"{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:[i]}",
		"header_type", TDXU_SIGSTRUCT_HEADER_TYPE, "header_length",
		TDXU_SIGSTRUCT_HEADER_LENGTH, "header_version", TDXU_SIGSTRUCT_HEADER_VERSION,
		"module_vendor", TDXU_SIGSTRUCT_VENDOR_INTEL, "size", TDXU_SIGSTRUCT_SIZE_DWORDS,
		"key_size", TDXU_SIGSTRUCT_KEY_DWORDS, "modulus_size", TDXU_SIGSTRUCT_KEY_DWORDS,
		"exponent_size", TDXU_SIGSTRUCT_EXPONENT_DWORDS, "exponent",
		TDXU_SIGSTRUCT_EXPONENT, "seamsvn_major", 1, "seamsvn_minor", m->svn_minor,
		"module_hv", m->hv, "min_update_hv", m->min_hv, "num_handoff_pages",
		m->handoff_pages - 1, "cpuid_table_size", 1, "cpuid_table", 0x806f0);
}

/* module_image() - Build it, signed with @key; its second page starts with @desc, if not NULL. */
static inline void module_image(struct vec_image *image, const struct vec_key *key,
				const struct module_image *m, const struct fw_desc *desc)
{
	char hex[2 * sizeof(*desc) + 1] = "";
	json_t *defaults = module_sigstruct(m);
	json_t *spec;
	size_t i;

	for (i = 0; desc && i < sizeof(*desc); i++)
		sprintf(hex + 2 * i, "%02x", ((const u8 *)desc)[i]);
	spec = json_pack("{s:s,s:i,s:[{s:i,s:i,s:s}]}", "seed", m->seed, "pages", 4,
			 "page_patch_before_hash", "page", 1, "offset", 0, "bytes", hex);
	vec_image_build_current(image, defaults, spec, key);
	json_decref(spec);
	json_decref(defaults);
}

#endif
