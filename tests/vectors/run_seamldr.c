// SPDX-License-Identifier: GPL-2.0-or-later
/* P-SEAMLDR vectors: set up the platform, make the calls, compare everything. */

#include "run.h"

enum { INFO_PA = 0x80000 };

static struct fw *fw_of(struct run *run)
{
	return run->native->fw;
}

static const char *outcome_word(enum fw_outcome outcome)
{
	switch (outcome) {
	case FW_RETURN:
		return "return";
	case FW_UD2:
		return "fatal_ud2";
	default:
		return "not_callable";
	}
}

/* Set-up */

static void set_topology(struct fw_platform *p, const json_t *spec)
{
	json_t *value;
	size_t i;

	p->num_lps = vec_get(spec, "num_lps");
	p->num_packages = vec_get(spec, "sockets");
	json_array_foreach(json_object_get(spec, "apic_ids"), i, value)
		p->x2apic_id[i] = vec_number(value);
	json_array_foreach(json_object_get(spec, "cpuid_fms"), i, value)
		p->cpuid_fms[i] = vec_number(value);
	p->pkg_shift = vec_get(spec, "pkg_shift");
	p->addressable_lps = vec_get(spec, "addressable_lps_per_socket");
	p->acm_x2apic_id = vec_get(spec, "acm_x2apicid");
}

static void set_platform(struct run *run, const json_t *spec)
{
	const json_t *built = json_object_get(run->file, "build_constants");
	struct fw_platform *p = &fw_of(run)->platform;

	fw_platform_defaults(p, 1);
	set_topology(p, spec);
	p->debug_unlocked = vec_get(spec, "debug_unlocked");
	p->max_pa = vec_get(spec, "max_pa");
	p->keyid_bits = vec_get(spec, "keyid_bits");
	p->last_shared_hkid = vec_get(spec, "last_shared_hkid");
	p->num_private_hkids = vec_get(spec, "num_private_hkids");
	p->seamrr_base = vec_get(spec, "seamrr_base");
	p->seamrr_size = vec_get(spec, "seamrr_size");
	p->seamldr_range_size = vec_get(spec, "p_seamldr_range_size");
	p->seamdb_size = vec_get(spec, "seamdb_size");
	p->seamldr_major = vec_get(built, "major");
	p->seamldr_minor = vec_get(built, "minor");
	p->seamldr_build_num = vec_get(built, "build_num");
	p->seamldr_build_date = vec_get(built, "build_date");
	vec_sha384(run->key.modulus, sizeof(run->key.modulus), p->signer[0]);
	p->num_signers = 1;
}

static void write_handoff(struct run *run, const json_t *spec)
{
	struct tdxu_handoff_header *header = fw_handoff(fw_of(run));
	u8 *payload = (u8 *)(header + 1);
	u32 i;

	header->valid = vec_get(spec, "valid");
	header->reserved = vec_get(spec, "reserved");
	header->hv = vec_get(spec, "hv");
	header->size = vec_get(spec, "size");
	run->payload_bytes = header->size;
	for (i = 0; i < run->payload_bytes; i++)
		payload[i] = run_payload_byte(i);
}

static bool load_current(struct run *run)
{
	struct fw_regs regs;
	u32 lp;

	for (lp = 0; lp < fw_of(run)->platform.num_lps; lp++) {
		regs = (struct fw_regs){ .rax = TDXU_SEAMLDR_INSTALL, .rcx = run->old.params_pa };
		if (fw_seamcall(fw_of(run), lp, &regs) == FW_RETURN && !regs.rax)
			continue;
		snprintf(run->why, sizeof(run->why), "loading the current module: RAX 0x%llx",
			 (unsigned long long)regs.rax);
		return false;
	}
	return true;
}

/* "boot=loaded": really LOADed, then three values set as given. */
static bool boot_loaded(struct run *run, const json_t *spec)
{
	struct fw_seamldr *ldr = &fw_of(run)->ldr;

	vec_image_build_current(&run->old, json_object_get(run->file, "sigstruct_defaults"),
				json_object_get(spec, "current"), &run->key);
	vec_image_store(&run->old, native_store, run->native);
	if (!load_current(run))
		return false;
	ldr->ext.seam_ready = vec_get(spec, "seam_ready");
	ldr->updates_left = vec_get(spec, "num_remaining_updates");
	ldr->seamdb_entries = fw_of(run)->platform.seamdb_size - ldr->updates_left;
	write_handoff(run, json_object_get(spec, "handoff"));
	memset(fw_of(run)->mod.live.wbt, RUN_MARKER, sizeof(fw_of(run)->mod.live.wbt));
	return true;
}

static bool build_images(struct run *run, const json_t *specs)
{
	const char *name;
	json_t *spec;

	run->num_images = 0;
	json_object_foreach((json_t *)specs, name, spec) {
		struct vec_image *image = &run->image[run->num_images++];

		if (!vec_image_build(image, name, spec, &run->key)) {
			snprintf(run->why, sizeof(run->why), "image %s: hash not as recorded",
				 name);
			return false;
		}
		vec_image_store(image, native_store, run->native);
	}
	return true;
}

/* What the recording observed before the first call. */
static bool start_as_recorded(struct run *run, const json_t *spec)
{
	const struct fw_seamldr *ldr = &fw_of(run)->ldr;
	json_t *observed = json_pack("{s:i,s:i,s:i,s:i,s:i,s:i}",
				     "seam_ready", ldr->ext.seam_ready,
				     "num_remaining_updates", ldr->updates_left,
				     "key_dirty_packages_mask", ldr->key_dirty,
				     "cache_dirty_domains_mask", ldr->cache_dirty,
				     "init_done", ldr->init_done,
				     "module_range_initialized", ldr->range_initialized);
	const char *key;
	json_t *value;
	bool ok = true;

	json_object_foreach(observed, key, value)
		if (vec_number(value) != vec_get(spec, key)) {
			snprintf(run->why, sizeof(run->why), "before the calls: %s", key);
			ok = false;
		}
	json_decref(observed);
	return ok;
}

static bool set_up(struct run *run, const json_t *vector)
{
	static const u8 zeros[FW_PAGE];
	const json_t *spec = json_object_get(vector, "platform");

	set_platform(run, spec);
	fw_reset(fw_of(run));
	native_reset_memory(run->native);
	native_store(run->native, INFO_PA, zeros, sizeof(zeros));
	run->payload_bytes = 0;
	memset(&run->old, 0, sizeof(run->old));
	if (!build_images(run, json_object_get(vector, "images")))
		return false;
	if (!strcmp(vec_text(spec, "boot"), "loaded") && !boot_loaded(run, spec))
		return false;
	memcpy(run->mrseam_before, fw_of(run)->ldr.ext.mrseam, sizeof(run->mrseam_before));
	return start_as_recorded(run, spec);
}

/* Calls */

static void inject(struct run *run, const json_t *call)
{
	const json_t *spec = json_object_get(call, "inject");
	const json_t *index = json_object_get(spec, "rdrand_fail_index");
	struct fw_pokes *pokes = &fw_of(run)->pokes;

	pokes->rdrand_fail_index = index ? vec_number(index) + 1 : 0;
	pokes->seamdb_insert_failures = vec_get(spec, "seamdb_insert_entropy_failures");
	pokes->interrupt_after_polls = vec_get(spec, "interrupt_after_polls");
	if (json_object_get(call, "handoff_write"))
		write_handoff(run, json_object_get(call, "handoff_write"));
}

static json_t *observe_call(struct run *run, const struct fw_regs *regs, enum fw_outcome outcome)
{
	json_t *observed = json_pack("{s:s}", "outcome", outcome_word(outcome));

	if (outcome != FW_RETURN)
		return observed;
	json_object_set_new(observed, "rax", run_hex(regs->rax));
	json_object_set_new(observed, "rax_name",
			    json_string(run_name_of(json_object_get(run->file, "codes"),
						    regs->rax)));
	json_object_set_new(observed, "rdx", run_hex(regs->rdx));
	json_object_set_new(observed, "after", run_observe_after(run));
	return observed;
}

/* Where the instruction does not return, a vector has words in place of registers. */
static bool call_differs(const json_t *expected, const json_t *observed, char *what, size_t size)
{
	json_t *outcome;
	bool differs;

	if (!strcmp(vec_text(expected, "outcome"), "return"))
		return vec_differs(expected, observed, what, size);
	outcome = json_pack("{s:O}", "outcome", json_object_get(expected, "outcome"));
	differs = vec_differs(outcome, observed, what, size);
	json_decref(outcome);
	return differs;
}

static bool do_call(struct run *run, size_t number, const json_t *call)
{
	struct fw_regs regs = { .rax = vec_get(call, "rax_in"),
				.rcx = vec_get(call, "rcx_in"),
				.rdx = vec_get(call, "rdx_in") };
	enum fw_outcome outcome;
	char what[RUN_WHY / 2];
	json_t *observed;
	bool differs;

	inject(run, call);
	outcome = fw_seamcall(fw_of(run), vec_get(call, "lp"), &regs);
	observed = observe_call(run, &regs, outcome);
	if (outcome == FW_RETURN && !strcmp(vec_text(call, "leaf"), "INFO") && !regs.rax)
		run_observe_info(run, vec_get(call, "rcx_in"), observed);
	differs = call_differs(json_object_get(call, "expected"), observed, what, sizeof(what));
	if (differs)
		snprintf(run->why, sizeof(run->why), "call %zu: %s", number + 1, what);
	json_decref(observed);
	return !differs;
}

/* End state */

/* A platform that executed UD2 in SEAM answers nobody. */
static bool is_dead(struct run *run)
{
	struct fw_regs info = { .rax = TDXU_SEAMLDR_INFO, .rcx = INFO_PA };

	if (fw_of(run)->dead && fw_seamcall(fw_of(run), 0, &info) == FW_VMFAIL)
		return true;
	snprintf(run->why, sizeof(run->why), "the platform is not dead");
	return false;
}

static bool end_as_recorded(struct run *run, const json_t *vector)
{
	const json_t *expected = json_object_get(vector, "end_state");
	const json_t *spec = json_object_get(vector, "platform");
	char what[RUN_WHY / 2];
	json_t *observed;
	bool differs;

	if (json_is_null(expected))
		return is_dead(run);
	observed = run_observe_end(run, !strcmp(vec_text(spec, "boot"), "loaded"));
	differs = vec_differs(expected, observed, what, sizeof(what));
	if (differs)
		snprintf(run->why, sizeof(run->why), "end state: %s", what);
	json_decref(observed);
	return !differs;
}

bool run_seamldr_vector(struct run *run, const json_t *vector)
{
	json_t *call;
	size_t i;

	if (!set_up(run, vector))
		return false;
	json_array_foreach(json_object_get(vector, "calls"), i, call)
		if (!do_call(run, i, call))
			return false;
	return end_as_recorded(run, vector);
}
