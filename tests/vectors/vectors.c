// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading vector files and building the images that they describe. */

#include <stdlib.h>

#include <openssl/sha.h>

#include "vectors.h"

json_t *vec_load(const char *path)
{
	json_error_t error;
	/* One number is 2^63, which jansson's integers cannot hold and doubles can. */
	json_t *file = json_load_file(path, JSON_DECODE_INT_AS_REAL, &error);

	if (!file) {
		fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
		exit(1);
	}
	return file;
}

u64 vec_number(const json_t *value)
{
	if (json_is_string(value))
		return strtoull(json_string_value(value), NULL, 0);
	if (json_is_boolean(value))
		return json_is_true(value);
	if (json_is_real(value))
		return (u64)json_real_value(value);
	return json_integer_value(value);
}

u64 vec_get(const json_t *object, const char *key)
{
	return vec_number(json_object_get(object, key));
}

const char *vec_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

size_t vec_unhex(const char *hex, u8 *out, size_t max)
{
	size_t n;

	for (n = 0; n < max && hex[0] && hex[1]; n++, hex += 2) {
		char pair[3] = { hex[0], hex[1], 0 };

		out[n] = strtoul(pair, NULL, 16);
	}
	return n;
}

void vec_sha384(const void *data, size_t size, u8 digest[TDXU_SHA384_BYTES])
{
	SHA384(data, size, digest);
}

void vec_page(const char *seed, u32 i, u8 page[TDXU_PAGE_SIZE])
{
	static const u8 elf64[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	u8 digest[TDXU_SHA384_BYTES];
	char text[64];
	size_t at;

	snprintf(text, sizeof(text), "tdxmod:%s:%u", seed, i);
	vec_sha384(text, strlen(text), digest);
	for (at = 0; at < TDXU_PAGE_SIZE; at++)
		page[at] = digest[at % sizeof(digest)];
	if (i)
		return;
	memset(page, 0, 64);
	memcpy(page, elf64, sizeof(elf64));
}

/* Signing */

static bool can_sign(const json_t *how)
{
	const char *variant = json_string_value(how);

	return json_is_boolean(how) || (variant && (!strcmp(variant, "whole_struct_zeroed_sig") ||
						    !strcmp(variant, "big_endian")));
}

static void sign(struct tdxu_sigstruct *sig, const json_t *how, const struct vec_key *key)
{
	u8 digest[TDXU_SHA384_BYTES];
	const char *variant = json_string_value(how);

	if (json_is_false(how))
		return;
	if (variant && !strcmp(variant, "whole_struct_zeroed_sig"))
		vec_sha384(sig, sizeof(*sig), digest);
	else
		vec_signed_digest(sig, digest);
	vec_sign_digest(key, digest, sig->signature, variant && !strcmp(variant, "big_endian"));
}

void vec_sign(struct tdxu_sigstruct *sig, const struct vec_key *key)
{
	sign(sig, json_true(), key);
}

/* Sigstruct fields */

static const struct {
	const char *name;
	size_t offset;
	size_t size;
} sig_fields[] = {
#define FIELD(name, member) \
	{ name, offsetof(struct tdxu_sigstruct, member), \
	  sizeof(((struct tdxu_sigstruct *)NULL)->member) }
	FIELD("header_type", header_type),
	FIELD("header_length", header_length),
	FIELD("header_version", header_version),
	FIELD("module_type", module_type),
	FIELD("module_vendor", vendor),
	FIELD("date", date),
	FIELD("size", size),
	FIELD("key_size", key_size),
	FIELD("modulus_size", modulus_size),
	FIELD("exponent_size", exponent_size),
	FIELD("exponent", exponent),
	FIELD("seamsvn_minor", svn_minor),
	FIELD("seamsvn_major", svn_major),
	FIELD("attributes", attributes),
	FIELD("rip_offset", rip_offset),
	FIELD("num_stack_pages", num_stack_pages),
	FIELD("num_tls_pages", num_tls_pages),
	FIELD("num_keyhole_pages", num_keyhole_pages),
	FIELD("num_global_data_pages", num_global_data_pages),
	FIELD("max_tdmrs", max_tdmrs),
	FIELD("max_rsvd_per_tdmr", max_rsvd_per_tdmr),
	FIELD("pamt_entry_size_4k", pamt_entry_size_4k),
	FIELD("pamt_entry_size_2m", pamt_entry_size_2m),
	FIELD("pamt_entry_size_1g", pamt_entry_size_1g),
	FIELD("module_hv", module_hv),
	FIELD("min_update_hv", min_update_hv),
	FIELD("no_downgrade", no_downgrade),
	FIELD("num_handoff_pages", num_handoff_pages),
	FIELD("gdt_idt_offset", gdt_idt_offset),
	FIELD("fault_wrapper_offset", fault_wrapper_offset),
	FIELD("cpuid_table_size", cpuid_table_size),
#undef FIELD
};

static bool set_cpuid_table(struct tdxu_sigstruct *sig, const json_t *table)
{
	json_t *entry;
	size_t i;

	if (json_array_size(table) > TDXU_SIGSTRUCT_CPUID_ENTRIES)
		return false;
	memset(sig->cpuid_table, 0, sizeof(sig->cpuid_table));
	json_array_foreach(table, i, entry)
		sig->cpuid_table[i] = vec_number(entry);
	return true;
}

/* Reserved fields are numbers here, though they are wider: only patches make them other than 0. */
static bool set_sig_field(struct tdxu_sigstruct *sig, const char *name, const json_t *value)
{
	u64 number = vec_number(value);
	size_t i;

	if (!strcmp(name, "cpuid_table"))
		return set_cpuid_table(sig, value);
	if (!strncmp(name, "reserved", strlen("reserved")))
		return !number;
	for (i = 0; i < ARRAY_SIZE(sig_fields); i++) {
		if (strcmp(name, sig_fields[i].name))
			continue;
		memcpy((u8 *)sig + sig_fields[i].offset, &number, sig_fields[i].size);
		return sig_fields[i].size == sizeof(number) || !(number >> 8 * sig_fields[i].size);
	}
	return false;
}

static bool set_sig_fields(struct tdxu_sigstruct *sig, const json_t *values)
{
	bool good = true;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)values, name, value)
		good &= set_sig_field(sig, name, value);
	return good;
}

/* Patches */

/* A patch that happens to hit equal bytes, as one of a fresh signature may, is inverted. */
static bool patch(u8 *base, size_t size, u64 offset, const char *hex)
{
	u8 bytes[TDXU_PAGE_SIZE];
	size_t n = vec_unhex(hex, bytes, sizeof(bytes));
	size_t i;

	if (strlen(hex) != 2 * n || offset > size || n > size - offset)
		return false;
	if (memcmp(base + offset, bytes, n)) {
		memcpy(base + offset, bytes, n);
		return true;
	}
	for (i = 0; i < n; i++)
		base[offset + i] = ~bytes[i];
	return true;
}

static bool patch_all(void *base, size_t size, const json_t *patches)
{
	bool good = true;
	json_t *p;
	size_t i;

	json_array_foreach(patches, i, p)
		good &= patch(base, size,
			      vec_get(p, "page") * TDXU_PAGE_SIZE + vec_get(p, "offset"),
			      vec_text(p, "bytes"));
	return good;
}

static bool patch_pages(struct vec_image *image, const json_t *patches)
{
	return patch_all(image->page, (size_t)image->num_pages * TDXU_PAGE_SIZE, patches);
}

static bool set_params(struct vec_image *image, const json_t *spec)
{
	struct tdxu_seamldr_params *params = &image->params;
	bool good = true;
	const char *key;
	json_t *value;
	u32 i;

	params->version = vec_get(spec, "version");
	params->scenario = vec_get(spec, "scenario");
	params->sigstruct_pa = vec_get(spec, "sigstruct_pa");
	params->num_module_pages = vec_get(spec, "num_module_pages");
	for (i = 0; i < image->num_pages; i++)
		params->module_pa_list[i] = image->pages_base + (u64)i * TDXU_PAGE_SIZE;
	good &= patch_all(params, sizeof(*params), json_object_get(spec, "reserved_patch"));
	json_object_foreach(json_object_get(spec, "pa_overrides"), key, value) {
		u64 entry = strtoull(key, NULL, 0);

		if (entry < TDXU_MAX_MODULE_PAGES)
			params->module_pa_list[entry] = vec_number(value);
		good &= entry < TDXU_MAX_MODULE_PAGES;
	}
	return good;
}

void vec_image_clear(struct vec_image *image)
{
	image->num_pages = 0;
	memset(&image->sig, 0, sizeof(image->sig));
	memset(&image->params, 0, sizeof(image->params));
}

static const char *begin(struct vec_image *image, const char *name, const json_t *spec)
{
	const char *seed = vec_text(spec, "seed");
	bool good;
	u32 i;

	vec_image_clear(image);
	if (vec_get(spec, "pages") > VEC_MAX_PAGES)
		return "more pages than P-SEAMLDR takes";
	image->name = name;
	image->num_pages = vec_get(spec, "pages");
	for (i = 0; i < image->num_pages; i++)
		vec_page(seed, i, image->page[i]);
	good = patch_pages(image, json_object_get(spec, "page_patch_before_hash"));
	vec_sha384(image->page, (size_t)image->num_pages * TDXU_PAGE_SIZE, image->sig.seamhash);
	good &= patch_pages(image, json_object_get(spec, "page_patch_after_hash"));
	return good ? NULL : "a patch that is outside of the pages";
}

static bool hash_as_recorded(const struct vec_image *image, const json_t *spec)
{
	u8 hash[TDXU_SHA384_BYTES];

	return vec_unhex(vec_text(spec, "seamhash"), hash, sizeof(hash)) == sizeof(hash) &&
	       !memcmp(hash, image->sig.seamhash, sizeof(hash));
}

static const char *build_sigstruct(struct tdxu_sigstruct *sig, const json_t *spec,
				   const struct vec_key *key)
{
	const json_t *fields = json_object_get(spec, "sigstruct");
	bool good;

	if (!set_sig_fields(sig, fields))
		return "a field of the sigstruct that there is not, or too small for its value";
	if (!can_sign(json_object_get(spec, "signed")))
		return "signed in an unknown way";
	memcpy(sig->modulus, key->modulus, sizeof(sig->modulus));
	good = patch_all(sig, sizeof(*sig), json_object_get(spec, "sigstruct_patch_before_sign"));
	sign(sig, json_object_get(spec, "signed"), key);
	good &= patch_all(sig, sizeof(*sig), json_object_get(spec, "sigstruct_patch_after_sign"));
	return good ? NULL : "a patch that is outside of the sigstruct";
}

const char *vec_image_build(struct vec_image *image, const char *name, const json_t *spec,
			    const struct vec_key *key)
{
	const json_t *pa = json_object_get(spec, "pa");
	const char *why = begin(image, name, spec);

	if (why)
		return why;
	image->params_pa = vec_get(pa, "params");
	image->pages_base = vec_get(pa, "pages_base");
	if (!set_params(image, json_object_get(spec, "params")))
		return "something that is outside of the parameters";
	if (!hash_as_recorded(image, spec))
		return "hash not as recorded";
	return build_sigstruct(&image->sig, spec, key);
}

const char *vec_image_build_current(struct vec_image *image, const json_t *defaults,
				    const json_t *spec, const struct vec_key *key)
{
	const char *why = begin(image, "old", spec);
	u32 i;

	if (why)
		return why;
	image->params_pa = 0xf00000;
	image->pages_base = 0xf10000;
	image->params.scenario = FW_SCENARIO_LOAD;
	image->params.sigstruct_pa = 0xf01000;
	image->params.num_module_pages = image->num_pages;
	for (i = 0; i < image->num_pages; i++)
		image->params.module_pa_list[i] = image->pages_base + (u64)i * TDXU_PAGE_SIZE;
	if (!set_sig_fields(&image->sig, defaults) ||
	    !set_sig_fields(&image->sig, json_object_get(spec, "sigstruct")))
		return "a field of the sigstruct that there is not, or too small for its value";
	memcpy(image->sig.modulus, key->modulus, sizeof(image->sig.modulus));
	sign(&image->sig, json_true(), key);
	return NULL;
}

void vec_image_store(const struct vec_image *image,
		     void (*store)(void *ctx, u64 pa, const void *data, size_t size), void *ctx)
{
	u64 sigstruct_pa = image->params_pa + TDXU_PAGE_SIZE;
	u32 i;

	store(ctx, image->params_pa, &image->params, sizeof(image->params));
	store(ctx, sigstruct_pa, &image->sig, sizeof(image->sig));
	for (i = 0; i < image->num_pages; i++)
		store(ctx, image->pages_base + (u64)i * TDXU_PAGE_SIZE, image->page[i],
		      TDXU_PAGE_SIZE);
}
