// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What this runner knows of the format. A vector that says more, or more than fits, is an error: to
 * run a part of it would be to test something else. What is expected is compared member by member.
 */

#include "run.h"

/* Places of the format and the keys that they may have, a blank before and behind each. */
static const struct place {
	const char *path, *keys;
} places[] = {
	{ "seamldr", " id title provenance note platform images calls end_state " },
	{ "seamldr.platform",
	  " num_lps sockets cpuid_fms apic_ids pkg_shift addressable_lps_per_socket acm_x2apicid"
	  " debug_unlocked max_pa keyid_bits last_shared_hkid num_private_hkids seamrr_base"
	  " seamrr_size p_seamldr_range_size seamdb_size boot current seam_ready"
	  " num_remaining_updates handoff cmrs wbinvdp_blocks key_dirty_packages_mask"
	  " cache_dirty_domains_mask init_done module_range_initialized " },
	{ "seamldr.platform.current", " seed pages sigstruct " },
	{ "seamldr.platform.handoff", " valid hv size reserved " },
	{ "seamldr.images.*",
	  " key pa pages params seamhash seed signed sigstruct sigstruct_overrides"
	  " page_patch_before_hash page_patch_after_hash sigstruct_patch_before_sign"
	  " sigstruct_patch_after_sign " },
	{ "seamldr.images.*.pa", " pages_base params " },
	{ "seamldr.images.*.params",
	  " version scenario sigstruct_pa num_module_pages reserved_patch pa_overrides " },
	{ "seamldr.images.*.params.reserved_patch", " bytes offset " },
	{ "seamldr.images.*.page_patch_before_hash", " page bytes offset " },
	{ "seamldr.images.*.page_patch_after_hash", " page bytes offset " },
	{ "seamldr.images.*.sigstruct_patch_before_sign", " bytes offset " },
	{ "seamldr.images.*.sigstruct_patch_after_sign", " bytes offset " },
	{ "seamldr.calls", " leaf lp image rax_in rcx_in rdx_in inject handoff_write expected " },
	{ "seamldr.calls.inject",
	  " rdrand_fail_index seamdb_insert_entropy_failures interrupt_after_polls"
	  " pconfig_fail_index pconfig_entropy_failures " },
	{ "seamldr.calls.handoff_write", " valid hv size reserved " },
	{ "module", " id title provenance note module steps expected end_state " },
	{ "module.module", " built sysinfo num_lps sockets " },
	{ "module.module.built", " TDX_MODULE_HV TDX_MIN_UPDATE_HV TDX_NO_DOWNGRADE " },
	{ "module.module.sysinfo",
	  " module_hv min_update_hv no_downgrade num_handoff_pages_plus1 " },
	{ "module.steps",
	  " op comment lp leaf rax_in rcx_in rdx_in r8_in r9_in r10_in r11_in expected values"
	  " new_sysinfo valid hv size reserved line refused image " },
	{ "module.steps.new_sysinfo",
	  " module_hv min_update_hv no_downgrade num_handoff_pages_plus1 " },
};

static const struct place *find(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (!strcmp(places[i].path, path))
			return &places[i];
	return NULL;
}

static bool has_key(const struct place *place, const char *key)
{
	char word[RUN_WORD];

	snprintf(word, sizeof(word), " %s ", key);
	return !place || strstr(place->keys, word);
}

/* The members of an array are where the array is, images have names of their own. */
static bool knows_all(struct run *run, const char *path, const json_t *value)
{
	const struct place *place = find(path);
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member)
		if (!knows_all(run, path, member))
			return false;
	json_object_foreach((json_t *)value, key, member) {
		char inner[RUN_WORD];

		snprintf(inner, sizeof(inner), "%s.%s", path,
			 strcmp(path, "seamldr.images") ? key : "*");
		if (!has_key(place, key)) {
			snprintf(run->why, sizeof(run->why), "%s: unknown to this runner", inner);
			return false;
		}
		if (!knows_all(run, inner, member))
			return false;
	}
	return true;
}

bool run_knows(struct run *run, const char *kind, const json_t *vector)
{
	return knows_all(run, kind, vector);
}
