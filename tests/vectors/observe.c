// SPDX-License-Identifier: GPL-2.0-or-later
/* What a P-SEAMLDR vector wants to see of the platform, as JSON in its words. */

#include "run.h"

enum {
	ELF_HEADER = 64, /* what patches may change of page 0 */
	SEAMINFO_FIELDS = 640,
};

static json_t *number(struct run *run, const char *key)
{
	return json_integer((json_int_t)run_state_number(run, key));
}

/* After a call */

json_t *run_observe_after(struct run *run)
{
	return json_pack("{s:o,s:s,s:o,s:o}", "seam_ready", number(run, "seam_ready"),
			 "current_flow", run_state(run, "flow"),
			 "lps_in_update", number(run, "lps_in_update"),
			 "num_remaining_updates", number(run, "updates_left"));
}

static bool zero(const void *data, size_t size)
{
	const u8 *bytes = data;

	return !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
}

static char *hex_text(const void *data, size_t size, char *text)
{
	const u8 *bytes = data;
	size_t i;

	for (i = 0; i < size; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	return text;
}

static json_t *ext_json(const struct tdxu_seamextend *ext)
{
	char mrseam[2 * TDXU_SHA384_BYTES + 1];

	return json_pack("{s:I,s:i,s:i,s:s,s:b,s:I,s:i,s:i,s:i}", "valid", (json_int_t)ext->valid,
			 "seamsvn_minor", ext->tcb_svn_minor, "seamsvn_major", ext->tcb_svn_major,
			 "mrseam", hex_text(ext->mrseam, sizeof(ext->mrseam), mrseam),
			 "mrsigner_zero", zero(ext->mrsigner, sizeof(ext->mrsigner)),
			 "attributes", (json_int_t)ext->attributes, "seam_ready", ext->seam_ready,
			 "system_under_debug", ext->system_under_debug, "p_seamldr_ready",
			 ext->p_seamldr_ready);
}

static bool info_rest_zero(const struct tdxu_seamldr_info *info)
{
	const struct tdxu_seamextend *ext = &info->seamextend;

	return !info->update && zero(info->reserved1, sizeof(info->reserved1)) &&
	       !ext->tcb_svn_patch &&
	       zero(ext->tcb_svn_reserved, sizeof(ext->tcb_svn_reserved)) &&
	       zero(ext->reserved, sizeof(ext->reserved));
}

void run_observe_info(u64 pa, json_t *observed)
{
	char hex[2 * sizeof(struct tdxu_seamldr_info) + 1];
	struct tdxu_seamldr_info info;

	machine_load(pa, &info, sizeof(info));
	json_object_set_new(observed, "info_hex",
			    json_string(hex_text(&info, sizeof(info), hex)));
	json_object_set_new(
		observed, "info",
		json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:o,s:I,s:b}",
			  "version", info.version, "attributes", info.attributes,
			  "vendor_id", info.vendor_id, "build_date", info.build_date,
			  "build_num", info.build_num, "minor", info.minor, "major", info.major,
			  "acm_x2apicid", info.acm_x2apicid, "num_remaining_updates",
			  info.num_remaining_updates, "seamextend", ext_json(&info.seamextend),
			  "features0", (json_int_t)info.features0, "rest_zero",
			  info_rest_zero(&info)));
}

/* As far as SEAMINFO has fields. */
void run_observe_seaminfo(u64 pa, json_t *observed)
{
	u8 info[SEAMINFO_FIELDS];
	char hex[2 * sizeof(info) + 1];

	machine_load(pa, info, sizeof(info));
	json_object_set_new(observed, "seaminfo_hex",
			    json_string(hex_text(info, sizeof(info), hex)));
}

/* At the end */

static bool is_hash_of(const struct vec_image *image, const char *mrseam)
{
	char hash[2 * TDXU_SHA384_BYTES + 1];

	return !strcmp(hex_text(image->sig.seamhash, sizeof(image->sig.seamhash), hash), mrseam);
}

static const char *mrseam_name(struct run *run)
{
	const char *mrseam = run_state(run, "mrseam");
	u32 i;

	if (mrseam[strspn(mrseam, "0")] == 0)
		return "zero";
	for (i = 0; i < run->num_images; i++)
		if (is_hash_of(&run->image[i], mrseam))
			return run->image[i].name;
	return is_hash_of(&run->old, mrseam) ? "old" : "unknown";
}

static bool is_code_of(const u8 *code, const struct vec_image *image)
{
	return !memcmp(code + ELF_HEADER, image->page[0] + ELF_HEADER,
		       TDXU_PAGE_SIZE - ELF_HEADER);
}

/* Images of one seed are told apart by nothing: the recording names the last. */
static const char *code_name(struct run *run)
{
	static u8 code[TDXU_MAX_MODULE_PAGES * TDXU_PAGE_SIZE];
	u32 i;

	machine_code(code, sizeof(code));
	if (zero(code, sizeof(code)))
		return "zero";
	for (i = run->num_images; i > 0; i--)
		if (is_code_of(code, &run->image[i - 1]))
			return run->image[i - 1].name;
	return is_code_of(code, &run->old) ? "old" : "unknown";
}

static json_t *observe_handoff(struct run *run, bool given)
{
	static u8 area[FW_HANDOFF_BYTES];
	const struct fw_handoff_header *header = (const void *)area;
	const u8 *payload = (const u8 *)(header + 1);
	bool intact = true;
	u32 i;

	machine_handoff(area, sizeof(area));
	for (i = 0; i < run->payload_bytes && i < sizeof(area) - sizeof(*header); i++)
		intact &= payload[i] == (u8)(RUN_PAYLOAD_A * i + RUN_PAYLOAD_B);
	return json_pack("{s:i,s:i,s:I,s:i,s:o}", "valid", header->valid, "hv", header->hv, "size",
			 (json_int_t)header->size, "reserved", header->reserved, "payload_intact",
			 given ? json_boolean(intact) : json_null());
}

static json_t *update_bitmap(struct run *run)
{
	u32 lps = run_state_number(run, "lps");
	u64 bits = 0;
	u32 lp;

	for (lp = 0; lp < lps; lp++)
		if (run_state_lists(run, "in_update", lp) && run->x2apic_id[lp] < 64)
			bits |= 1ULL << run->x2apic_id[lp];
	return run_hex(bits);
}

static json_t *observe_sysinfo(struct run *run)
{
	return json_pack("{s:o,s:o,s:o,s:o}", "module_hv", number(run, "poke.sysinfo_hv"),
			 "min_update_hv", number(run, "poke.sysinfo_min_hv"), "no_downgrade",
			 number(run, "poke.sysinfo_no_downgrade"), "num_handoff_pages",
			 number(run, "poke.sysinfo_handoff_pages"));
}

static json_t *observe_svn(struct run *run)
{
	unsigned int major = 0, minor = 0;

	sscanf(run_state(run, "svn"), "%u.%u", &major, &minor);
	return json_pack("{s:i,s:i}", "minor", minor, "major", major);
}

static json_t *observe_ext(struct run *run)
{
	const char *mrseam = mrseam_name(run);
	bool changed = strcmp(run->mrseam_before, run_state(run, "mrseam"));

	return json_pack("{s:o,s:o,s:o,s:s,s:o,s:b}", "seam_ready", number(run, "seam_ready"),
			 "seamextend_valid", number(run, "seamextend_valid"), "tee_tcb_svn",
			 observe_svn(run), "mrseam", mrseam, "p_seamldr_ready",
			 number(run, "seamldr"), "installed_seamhash_changed", changed);
}

/* What goes by another name in the vectors than in the simulator. */
static void observe_flow(struct run *run, json_t *end)
{
	static const struct {
		const char *name, *key;
	} numbers[] = {
		{ "num_remaining_updates", "updates_left" },
		{ "seamdb_entries", "poke.seamdb_entries" },
		{ "lps_in_update", "lps_in_update" },
		{ "lps_in_shutdown", "lps_in_shutdown" },
		{ "lps_in_cleanup", "lps_in_cleanup" },
		{ "module_range_initialized", "poke.range_initialized" },
		{ "init_done", "poke.init_done" },
		{ "key_dirty_packages_mask", "poke.key_dirty" },
		{ "cache_dirty_domains_mask", "poke.cache_dirty" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		json_object_set_new(end, numbers[i].name, number(run, numbers[i].key));
	json_object_set_new(end, "current_flow", json_string(run_state(run, "flow")));
	json_object_set_new(end, "update_bitmap", update_bitmap(run));
}

json_t *run_observe_end(struct run *run, bool loaded)
{
	json_t *end = observe_ext(run);
	bool wiped = run_state_number(run, "poke.wbt") != RUN_MARKER;

	observe_flow(run, end);
	json_object_set_new(end, "handoff", observe_handoff(run, loaded));
	json_object_set_new(end, "module_range_wiped", loaded ? json_boolean(wiped) : json_null());
	json_object_set_new(end, "code_region", json_string(code_name(run)));
	json_object_set_new(end, "sysinfo", observe_sysinfo(run));
	return end;
}
