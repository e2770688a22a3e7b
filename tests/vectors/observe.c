// SPDX-License-Identifier: GPL-2.0-or-later
/* What a P-SEAMLDR vector wants to see of the platform, as JSON in its words. */

#include "run.h"

enum { ELF_HEADER = 64 /* what patches may change of page 0 */ };

static struct fw *fw_of(struct run *run)
{
	return run->native->fw;
}

u8 run_payload_byte(u32 i)
{
	return 7 * i + 3;
}

/* After a call */

json_t *run_observe_after(struct run *run)
{
	const struct fw_seamldr *ldr = &fw_of(run)->ldr;

	return json_pack("{s:i,s:s,s:i,s:i}", "seam_ready", ldr->ext.seam_ready,
			 "current_flow", fw_flow_name(ldr->flow),
			 "lps_in_update", ldr->lps_in_update,
			 "num_remaining_updates", ldr->updates_left);
}

static bool zero(const void *data, size_t size)
{
	const u8 *bytes = data;

	return !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
}

static const char *hex_text(const void *data, size_t size, char *text)
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

	return !info->reserved0 && zero(info->reserved1, sizeof(info->reserved1)) &&
	       !ext->tcb_svn_patch &&
	       zero(ext->tcb_svn_reserved, sizeof(ext->tcb_svn_reserved)) &&
	       zero(ext->reserved, sizeof(ext->reserved));
}

void run_observe_info(struct run *run, u64 pa, json_t *observed)
{
	char hex[2 * sizeof(struct tdxu_seamldr_info) + 1];
	struct tdxu_seamldr_info info;

	native_load(run->native, pa, &info, sizeof(info));
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

/* At the end */

static const char *mrseam_name(struct run *run)
{
	const u8 *mrseam = fw_of(run)->ldr.ext.mrseam;
	u32 i;

	if (zero(mrseam, TDXU_SHA384_BYTES))
		return "zero";
	for (i = 0; i < run->num_images; i++)
		if (!memcmp(run->image[i].sig.seamhash, mrseam, TDXU_SHA384_BYTES))
			return run->image[i].name;
	return memcmp(run->old.sig.seamhash, mrseam, TDXU_SHA384_BYTES) ? "unknown" : "old";
}

static bool is_code_of(struct run *run, const struct vec_image *image)
{
	return !memcmp(fw_of(run)->code + ELF_HEADER, image->page[0] + ELF_HEADER,
		       FW_PAGE - ELF_HEADER);
}

/* Images of one seed are told apart by nothing: the recording names the last. */
static const char *code_name(struct run *run)
{
	u32 i;

	if (zero(fw_of(run)->code, sizeof(fw_of(run)->code)))
		return "zero";
	for (i = run->num_images; i > 0; i--)
		if (is_code_of(run, &run->image[i - 1]))
			return run->image[i - 1].name;
	return is_code_of(run, &run->old) ? "old" : "unknown";
}

static json_t *observe_handoff(struct run *run, bool given)
{
	const struct tdxu_handoff_header *header = fw_handoff(fw_of(run));
	const u8 *payload = (const u8 *)(header + 1);
	bool intact = true;
	u32 i;

	for (i = 0; i < run->payload_bytes; i++)
		intact &= payload[i] == run_payload_byte(i);
	return json_pack("{s:i,s:i,s:i,s:o}", "valid", header->valid, "hv", header->hv, "size",
			 header->size, "payload_intact",
			 given ? json_boolean(intact) : json_null());
}

static u64 update_bitmap(const struct fw *fw)
{
	u64 bits = 0;
	u32 lp;

	for (lp = 0; lp < fw->platform.num_lps; lp++)
		if (fw->ldr.in_update[lp])
			bits |= 1ULL << fw->platform.x2apic_id[lp];
	return bits;
}

static json_t *observe_sysinfo(const struct fw_sysinfo *s)
{
	return json_pack("{s:i,s:i,s:i,s:i}", "module_hv", s->module_hv, "min_update_hv",
			 s->min_update_hv, "no_downgrade", s->no_downgrade, "num_handoff_pages",
			 s->num_handoff_pages);
}

static json_t *observe_ext(struct run *run)
{
	const struct tdxu_seamextend *ext = &fw_of(run)->ldr.ext;

	return json_pack("{s:i,s:I,s:{s:i,s:i},s:s,s:i,s:b}", "seam_ready", ext->seam_ready,
			 "seamextend_valid", (json_int_t)ext->valid, "tee_tcb_svn", "minor",
			 ext->tcb_svn_minor, "major", ext->tcb_svn_major, "mrseam",
			 mrseam_name(run), "p_seamldr_ready", ext->p_seamldr_ready,
			 "installed_seamhash_changed",
			 !!memcmp(run->mrseam_before, ext->mrseam, sizeof(ext->mrseam)));
}

static json_t *observe_flow(const struct fw *fw)
{
	const struct fw_seamldr *ldr = &fw->ldr;

	return json_pack("{s:i,s:i,s:s,s:i,s:I,s:i,s:i,s:i,s:i,s:i,s:i}",
			 "num_remaining_updates", ldr->updates_left, "seamdb_entries",
			 ldr->seamdb_entries, "current_flow", fw_flow_name(ldr->flow),
			 "lps_in_update", ldr->lps_in_update, "update_bitmap",
			 (json_int_t)update_bitmap(fw), "lps_in_shutdown", ldr->lps_in_shutdown,
			 "lps_in_cleanup", ldr->lps_in_cleanup, "module_range_initialized",
			 ldr->range_initialized, "init_done", ldr->init_done,
			 "key_dirty_packages_mask", ldr->key_dirty, "cache_dirty_domains_mask",
			 ldr->cache_dirty);
}

json_t *run_observe_end(struct run *run, bool loaded)
{
	struct fw *fw = fw_of(run);
	json_t *end = observe_ext(run);
	json_t *flow = observe_flow(fw);
	bool wiped = fw->mod.live.wbt[0] != RUN_MARKER;

	json_object_update(end, flow);
	json_decref(flow);
	json_object_set_new(end, "handoff", observe_handoff(run, loaded));
	json_object_set_new(end, "module_range_wiped", loaded ? json_boolean(wiped) : json_null());
	json_object_set_new(end, "code_region", json_string(code_name(run)));
	json_object_set_new(end, "sysinfo", observe_sysinfo(&fw->ldr.sysinfo));
	return end;
}
