// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every image of every INSTALL vector, on the vector's platform. The vectors speak to the loader
 * alone; here a module of today runs there first, which writes what the vector found handed over,
 * and the parameters are the driver's.
 */

#include "parity.h"

#ifndef VECTORS
#define VECTORS "../vectors/"
#endif

static const char *const names[] = {
	"pseamldr_vectors.json", "reference2_pseamldr_vectors.json", "runner_vectors.json",
};

static json_t *files[ARRAY_SIZE(names)];
static json_t *file; /* of the current vector */

static void set_topology(struct fw_platform *p, const json_t *spec)
{
	json_t *value;
	size_t i;

	fw_platform_defaults(p, (u32)vec_get(spec, "num_lps"));
	p->num_packages = (u32)vec_get(spec, "sockets");
	json_array_foreach(json_object_get(spec, "apic_ids"), i, value)
		p->x2apic_id[i] = (u32)vec_number(value);
	json_array_foreach(json_object_get(spec, "cpuid_fms"), i, value)
		p->cpuid_fms[i] = (u32)vec_number(value);
	p->pkg_shift = (u32)vec_get(spec, "pkg_shift");
	p->addressable_lps = (u32)vec_get(spec, "addressable_lps_per_socket");
	p->acm_x2apic_id = (u32)vec_get(spec, "acm_x2apicid");
}

static void set_platform(const json_t *spec)
{
	struct fw_platform *p = &bench.fw->platform;

	parity_good_host();
	set_topology(p, spec);
	p->debug_unlocked = vec_get(spec, "debug_unlocked");
	p->max_pa = (u32)vec_get(spec, "max_pa");
	p->keyid_bits = (u32)vec_get(spec, "keyid_bits");
	p->last_shared_hkid = (u32)vec_get(spec, "last_shared_hkid");
	p->num_private_hkids = (u32)vec_get(spec, "num_private_hkids");
	p->seamrr_base = vec_get(spec, "seamrr_base");
	p->seamrr_size = vec_get(spec, "seamrr_size");
	p->seamldr_range_size = vec_get(spec, "p_seamldr_range_size");
	p->seamdb_size = (u32)vec_get(spec, "seamdb_size");
	vec_sha384(bench.key.modulus, sizeof(bench.key.modulus), p->signer[0]);
	p->num_signers = 1;
}

/* The vector's current module, up and running, of a version that passes the gate. */
static void boot_current(const json_t *spec)
{
	const json_t *handoff = json_object_get(spec, "handoff");
	struct fw_boot_module *m = &bench.running;
	static struct vec_image old;

	ck_assert_ptr_null(vec_image_build_current(&old,
						   json_object_get(file, "sigstruct_defaults"),
						   json_object_get(spec, "current"), &bench.key));
	m->desc.module_hv = (u16)vec_get(handoff, "hv");
	m->desc.min_update_hv = m->desc.module_hv;
	m->desc.handoff_size = (u32)vec_get(handoff, "size");
	m->svn_major = old.sig.svn_major;
	m->svn_minor = old.sig.svn_minor;
	m->num_handoff_pages = old.sig.num_handoff_pages;
	memcpy(m->mrseam, old.sig.seamhash, sizeof(m->mrseam));
	bench.updates_left = (u32)vec_get(spec, "num_remaining_updates");
	parity_boot();
	bench.fw->ldr.ext.seam_ready = (u8)vec_get(spec, "seam_ready");
}

static void boot(const json_t *spec)
{
	set_platform(spec);
	if (!strcmp(vec_text(spec, "boot"), "loaded")) {
		boot_current(spec);
		return;
	}
	fw_reset(bench.fw);
	native_reset_memory(bench.native);
}

static bool is_install(const json_t *call)
{
	return !strcmp(vec_text(call, "leaf"), "INSTALL");
}

/* What the vector does to the loader before its first INSTALL. */
static void replay(const json_t *calls)
{
	json_t *call;
	size_t i;

	json_array_foreach(calls, i, call) {
		struct fw_regs regs = { .rax = vec_get(call, "rax_in"),
					.rcx = vec_get(call, "rcx_in") };

		if (is_install(call))
			return;
		fw_seamcall(bench.fw, (u32)vec_get(call, "lp"), &regs);
	}
}

/* Faults of the call that got this image to complete a session. */
static void inject(const json_t *calls, const char *image)
{
	json_t *call;
	size_t i;

	json_array_foreach(calls, i, call) {
		const json_t *spec = json_object_get(call, "inject");
		const json_t *index = json_object_get(spec, "rdrand_fail_index");

		if (!spec || strcmp(vec_text(call, "image"), image))
			continue;
		bench.fail.rdrand_fail_index = index ? (u32)vec_number(index) + 1 : 0;
		bench.fail.seamdb_insert_failures =
			(u32)vec_get(spec, "seamdb_insert_entropy_failures");
	}
}

/* An image of a vector does not say what it is: a build that its sigstruct describes. */
static void identify_image(void)
{
	struct fw_registry_entry *entry = &bench.fw->registry[0];

	bench.fw->num_registry = 1;
	memcpy(entry->seamhash, bench.image.sig.seamhash, sizeof(entry->seamhash));
	entry->desc = bench.running.desc;
	entry->desc.update = 28;
	entry->desc.module_hv = bench.image.sig.module_hv;
	entry->desc.min_update_hv = bench.image.sig.min_update_hv;
	entry->desc.no_downgrade = bench.image.sig.no_downgrade;
}

/* A vector whose parameters name fewer pages than were hashed stands for a file cut short. */
static void cut_file(const json_t *image)
{
	u64 pages = vec_get(json_object_get(image, "params"), "num_module_pages");

	bench.file_pages = pages < bench.image.num_pages ? (u32)pages : 0;
}

static const struct vec_key *key_of(const json_t *image)
{
	return strcmp(vec_text(image, "key"), "other") ? &bench.key : &bench.other_key;
}

static void try_image(const json_t *vector, const char *name, const json_t *image)
{
	const json_t *calls = json_object_get(vector, "calls");

	boot(json_object_get(vector, "platform"));
	ck_assert_ptr_null(vec_image_build(&bench.image, name, image, key_of(image)));
	cut_file(image);
	identify_image();
	inject(calls, name);
	replay(calls);
	parity_try("vector %s, image %s", vec_text(vector, "id"), name);
}

static bool has_install(const json_t *vector)
{
	json_t *call;
	size_t i;

	json_array_foreach(json_object_get(vector, "calls"), i, call) {
		if (is_install(call))
			return true;
	}
	return false;
}

static size_t count(const json_t *of)
{
	return json_array_size(json_object_get(of, "vectors"));
}

/* The Nth of all files. */
static const json_t *find(size_t n)
{
	size_t i;

	for (i = 0; n >= count(files[i]); i++)
		n -= count(files[i]);
	file = files[i];
	return json_array_get(json_object_get(file, "vectors"), n);
}

START_TEST(vectors)
{
	const json_t *vector = find((size_t)_i);
	const char *name;
	json_t *image;

	parity_group("INSTALL vectors");
	if (!has_install(vector))
		return;
	json_object_foreach(json_object_get(vector, "images"), name, image)
		try_image(vector, name, image);
}
END_TEST

void parity_add_vectors(TCase *tc)
{
	size_t i, total = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s%s", VECTORS, names[i]);
		files[i] = vec_load(path);
		total += count(files[i]);
	}
	tcase_add_loop_test(tc, vectors, 0, (int)total);
}
