// SPDX-License-Identifier: GPL-2.0-or-later
/* P-SEAMLDR vectors: set up the platform, make the calls, compare everything. */

#include "run.h"

enum { INFO_PA = 0x80000 };

static const char *outcome_word(struct run *run, enum fw_outcome outcome)
{
	if (outcome == FW_RETURN)
		return "return";
	return run_state_number(run, "dead") ? "fatal_ud2" : "not_callable";
}

/* Always false. */
static bool unfit(struct run *run, const char *what)
{
	snprintf(run->why, sizeof(run->why), "%s", what);
	return false;
}

/* Set-up */

static const char *list_text(const json_t *list, char *text, size_t size)
{
	size_t i, length = 0;
	json_t *value;

	json_array_foreach(list, i, value)
		length += snprintf(text + length, length < size ? size - length : 0, "%s%lu",
				   i ? "," : "", vec_number(value));
	return length < size ? text : NULL;
}

static bool set_topology(struct run *run, const json_t *spec)
{
	const json_t *ids = json_object_get(spec, "apic_ids");
	char x2apic[RUN_WORD], cpuid[RUN_WORD];
	json_t *value;
	size_t i;

	if (!list_text(ids, x2apic, sizeof(x2apic)) ||
	    !list_text(json_object_get(spec, "cpuid_fms"), cpuid, sizeof(cpuid)))
		return unfit(run, "platform: too many LPs or packages");
	json_array_foreach(ids, i, value)
		run->x2apic_id[i] = vec_number(value);
	return run_tell(run, "platform lps=%lu x2apic=%s packages=%lu pkg_shift=%lu cpuid=%s "
			"addressable_lps=%lu acm_x2apic=%lu",
			vec_get(spec, "num_lps"), x2apic, vec_get(spec, "sockets"),
			vec_get(spec, "pkg_shift"), cpuid,
			vec_get(spec, "addressable_lps_per_socket"), vec_get(spec, "acm_x2apicid"));
}

static bool set_numbers(struct run *run, const json_t *spec)
{
	static const struct {
		const char *name, *key;
	} numbers[] = {
		{ "debug_unlocked", "debug_unlocked" },
		{ "max_pa", "maxpa" },
		{ "keyid_bits", "keyid_bits" },
		{ "last_shared_hkid", "last_shared_hkid" },
		{ "num_private_hkids", "hkids" },
		{ "seamrr_base", "seam_base" },
		{ "seamrr_size", "seam_size" },
		{ "p_seamldr_range_size", "seamldr_size" },
		{ "seamdb_size", "seamdb" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!run_tell(run, "platform %s=0x%lx", numbers[i].key,
			      vec_get(spec, numbers[i].name)))
			return false;
	return true;
}

static bool set_memory(struct run *run, const json_t *spec)
{
	const json_t *blocks = json_object_get(spec, "wbinvdp_blocks");
	json_t *cmr;
	size_t i;

	if (!run_tell(run, "platform cmr=none cache_blocks=%lu", blocks ? vec_number(blocks) : 32))
		return false;
	json_array_foreach(json_object_get(spec, "cmrs"), i, cmr)
		if (!run_tell(run, "platform cmr=0x%lx:0x%lx", vec_number(json_array_get(cmr, 0)),
			      vec_number(json_array_get(cmr, 1))))
			return false;
	return true;
}

/* P-SEAMLDR knows the key of the vectors, and no other. */
static bool set_signer(struct run *run)
{
	u8 signer[TDXU_SHA384_BYTES];
	char hex[2 * sizeof(signer) + 1];
	size_t i;

	vec_sha384(run->key.modulus, sizeof(run->key.modulus), signer);
	for (i = 0; i < sizeof(signer); i++)
		sprintf(hex + 2 * i, "%02x", signer[i]);
	return run_tell(run, "signer clear") && run_tell(run, "signer %s", hex);
}

static bool set_seamldr(struct run *run)
{
	const json_t *built = json_object_get(run->file, "build_constants");

	return set_signer(run) &&
	       run_tell(run, "platform boot=fresh seamldr_version=%lu.%lu seamldr_build=%lu "
			"seamldr_date=%lu", vec_get(built, "major"), vec_get(built, "minor"),
			vec_get(built, "build_num"), vec_get(built, "build_date"));
}

static bool set_platform(struct run *run, const json_t *spec)
{
	return set_topology(run, spec) && set_numbers(run, spec) && set_memory(run, spec) &&
	       set_seamldr(run) &&
	       run_tell(run, "reset");
}

static bool write_handoff(struct run *run, const json_t *spec)
{
	run->payload_bytes = vec_get(spec, "size");
	return run_tell(run, "poke handoff=%lu:%lu:%u:%lu payload=%u:%u", vec_get(spec, "valid"),
			vec_get(spec, "hv"), run->payload_bytes, vec_get(spec, "reserved"),
			RUN_PAYLOAD_A, RUN_PAYLOAD_B);
}

/* A page of the vector's has an address of this machine's, under whichever key it is named. */
static u64 address(const struct run *run, u64 pa)
{
	u64 key = pa >> run->key_shift << run->key_shift;

	return machine_address(pa - key) + key;
}

/* Pages first: by then they have addresses, which the parameters are given. */
static void store(void *ctx, u64 pa, const void *data, size_t size)
{
	(void)ctx;
	machine_store(pa, data, size);
}

static void store_image(const struct run *run, const struct vec_image *image)
{
	static struct tdxu_seamldr_params params;
	u32 i;

	vec_image_store(image, store, NULL);
	params = image->params;
	params.sigstruct_pa = address(run, params.sigstruct_pa);
	for (i = 0; i < TDXU_MAX_MODULE_PAGES; i++)
		params.module_pa_list[i] = address(run, params.module_pa_list[i]);
	machine_store(image->params_pa, &params, sizeof(params));
}

static bool load_current(struct run *run)
{
	u32 lps, lp;

	run_look(run);
	lps = run_state_number(run, "lps");
	for (lp = 0; lp < lps; lp++) {
		struct fw_regs regs = { .rax = TDXU_SEAMLDR_INSTALL,
					.rcx = address(run, run->old.params_pa) };

		if (machine_seamcall(lp, &regs) == FW_RETURN && !regs.rax)
			continue;
		snprintf(run->why, sizeof(run->why), "loading the current module: RAX 0x%lx",
			 regs.rax);
		return false;
	}
	return true;
}

/* "boot=loaded": really LOADed, then three values set as given. */
static bool boot_loaded(struct run *run, const json_t *spec)
{
	u64 left = vec_get(spec, "num_remaining_updates");
	const char *why = vec_image_build_current(&run->old,
						  json_object_get(run->file, "sigstruct_defaults"),
						  json_object_get(spec, "current"), &run->key);

	if (why)
		return unfit(run, why);
	store_image(run, &run->old);
	return load_current(run) &&
	       run_tell(run, "poke seam_ready=%lu updates_left=%lu seamdb_entries=%lu wbt=%u",
			vec_get(spec, "seam_ready"), left,
			vec_get(spec, "seamdb_size") - left, RUN_MARKER) &&
	       write_handoff(run, json_object_get(spec, "handoff"));
}

static const struct vec_key *key_of(struct run *run, const json_t *spec)
{
	const char *key = vec_text(spec, "key");

	if (!strcmp(key, "test"))
		return &run->key;
	if (strcmp(key, "other"))
		return NULL;
	if (!run->other.pkey)
		vec_key_generate(&run->other);
	return &run->other;
}

static bool build_image(struct run *run, const char *name, const json_t *spec)
{
	struct vec_image *image = &run->image[run->num_images];
	const struct vec_key *key = key_of(run, spec);
	const char *why;

	if (run->num_images == VEC_MAX_IMAGES)
		return unfit(run, "more images than there is room for");
	if (!key)
		return unfit(run, "an image signed by an unknown key");
	why = vec_image_build(image, name, spec, key);
	if (why) {
		snprintf(run->why, sizeof(run->why), "image %s: %s", name, why);
		return false;
	}
	run->num_images++;
	store_image(run, image);
	return true;
}

bool run_store_image(struct run *run, const json_t *spec)
{
	run->num_images = 0;
	run->key_shift = 63;
	return set_signer(run) && build_image(run, "image", spec);
}

static bool build_images(struct run *run, const json_t *specs)
{
	const char *name;
	json_t *spec;

	run->num_images = 0;
	json_object_foreach((json_t *)specs, name, spec)
		if (!build_image(run, name, spec))
			return false;
	return true;
}

/* What the recording observed before the first call. */
static bool start_as_recorded(struct run *run, const json_t *spec)
{
	static const struct {
		const char *name, *key;
	} numbers[] = {
		{ "seam_ready", "seam_ready" },
		{ "num_remaining_updates", "updates_left" },
		{ "key_dirty_packages_mask", "poke.key_dirty" },
		{ "cache_dirty_domains_mask", "poke.cache_dirty" },
		{ "init_done", "poke.init_done" },
		{ "module_range_initialized", "poke.range_initialized" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (run_state_number(run, numbers[i].key) == vec_get(spec, numbers[i].name))
			continue;
		snprintf(run->why, sizeof(run->why), "before the calls: %s", numbers[i].name);
		return false;
	}
	return true;
}

static bool set_up(struct run *run, const json_t *vector)
{
	static const u8 zeros[TDXU_PAGE_SIZE];
	const json_t *spec = json_object_get(vector, "platform");

	if (!set_platform(run, spec))
		return false;
	run->key_shift = vec_get(spec, "max_pa") - vec_get(spec, "keyid_bits");
	machine_forget_memory();
	machine_store(INFO_PA, zeros, sizeof(zeros));
	run->payload_bytes = 0;
	vec_image_clear(&run->old);
	if (!build_images(run, json_object_get(vector, "images")))
		return false;
	if (!strcmp(vec_text(spec, "boot"), "loaded") && !boot_loaded(run, spec))
		return false;
	run_look(run);
	snprintf(run->mrseam_before, sizeof(run->mrseam_before), "%s", run_state(run, "mrseam"));
	return start_as_recorded(run, spec);
}

/* Calls */

static bool inject(struct run *run, const json_t *call)
{
	const json_t *spec = json_object_get(call, "inject");
	const json_t *index = json_object_get(spec, "rdrand_fail_index");
	const json_t *key = json_object_get(spec, "pconfig_fail_index");
	u64 keys = vec_get(spec, "pconfig_entropy_failures");
	const json_t *handoff = json_object_get(call, "handoff_write");

	/* The first failure ends the call: there is no second. */
	if (keys > 1 || (keys && key))
		return unfit(run, "a call in which the programming of keys fails more than once");
	return run_tell(run, "poke rdrand_fail_index=%lu seamdb_insert_failures=%lu "
			"interrupt_after_polls=%lu pconfig_fail_index=%lu",
			index ? vec_number(index) + 1 : 0,
			vec_get(spec, "seamdb_insert_entropy_failures"),
			vec_get(spec, "interrupt_after_polls"), key ? vec_number(key) + 1 : keys) &&
	       (!handoff || write_handoff(run, handoff));
}

static json_t *observe_call(struct run *run, const struct fw_regs *regs, enum fw_outcome outcome)
{
	json_t *observed = json_pack("{s:s}", "outcome", outcome_word(run, outcome));

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

static json_t *execute(struct run *run, const json_t *call)
{
	struct fw_regs regs = { .rax = vec_get(call, "rax_in"),
				.rcx = address(run, vec_get(call, "rcx_in")),
				.rdx = vec_get(call, "rdx_in") };
	enum fw_outcome outcome = machine_seamcall(vec_get(call, "lp"), &regs);
	json_t *observed;

	run_look(run);
	observed = observe_call(run, &regs, outcome);
	if (outcome == FW_RETURN && !strcmp(vec_text(call, "leaf"), "INFO") && !regs.rax)
		run_observe_info(vec_get(call, "rcx_in"), observed);
	if (outcome == FW_RETURN && !strcmp(vec_text(call, "leaf"), "SEAMINFO") && !regs.rax)
		run_observe_seaminfo(vec_get(call, "rcx_in"), observed);
	return observed;
}

static bool do_call(struct run *run, size_t number, const json_t *call)
{
	char what[RUN_WHY / 2];
	json_t *observed;
	bool differs;

	if (!inject(run, call))
		return false;
	observed = execute(run, call);
	differs = call_differs(json_object_get(call, "expected"), observed, what, sizeof(what));
	if (differs)
		snprintf(run->why, sizeof(run->why), "call %zu: %s", number + 1, what);
	json_decref(observed);
	return !differs;
}

/* End state */

static bool end_as_recorded(struct run *run, const json_t *vector)
{
	const json_t *expected = json_object_get(vector, "end_state");
	const json_t *spec = json_object_get(vector, "platform");
	char what[RUN_WHY / 2];
	json_t *observed;
	bool differs;

	if (json_is_null(expected))
		return run_is_dead(run);
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

	if (!run_knows(run, "seamldr", vector) || !set_up(run, vector))
		return false;
	json_array_foreach(json_object_get(vector, "calls"), i, call)
		if (!do_call(run, i, call))
			return false;
	return end_as_recorded(run, vector);
}
