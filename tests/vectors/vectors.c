// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading vector files and building the images that they describe. */

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "vectors.h"

json_t *vec_load(const char *path, const char *format)
{
	json_error_t error;
	/* One number is 2^63, which jansson's integers cannot hold and doubles can. */
	json_t *file = json_load_file(path, JSON_DECODE_INT_AS_REAL, &error);

	if (!file) {
		fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
		exit(1);
	}
	if (strcmp(vec_text(file, "format"), format)) {
		fprintf(stderr, "%s: format is not %s\n", path, format);
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

/* Three primes: found in a third of the time that two take, and verified the same way. */
static EVP_PKEY *generate(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx && EVP_PKEY_keygen_init(ctx) > 0 &&
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, TDXU_RSA_BYTES * 8) > 0 &&
	    EVP_PKEY_CTX_set_rsa_keygen_primes(ctx, 3) > 0)
		EVP_PKEY_keygen(ctx, &pkey);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static void take_key(struct vec_key *key, EVP_PKEY *pkey, const char *from)
{
	BIGNUM *n = NULL;

	key->pkey = pkey;
	if (!pkey || !EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) ||
	    BN_bn2lebinpad(n, key->modulus, TDXU_RSA_BYTES) != TDXU_RSA_BYTES) {
		fprintf(stderr, "%s: not an RSA-3072 key\n", from);
		exit(1);
	}
	BN_free(n);
}

void vec_key_generate(struct vec_key *key)
{
	take_key(key, generate(), "libcrypto");
}

void vec_key_read(struct vec_key *key, const char *path)
{
	FILE *file = fopen(path, "re");
	EVP_PKEY *pkey = NULL;

	if (file) {
		pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		fclose(file);
	}
	take_key(key, pkey, path);
}

void vec_key_free(struct vec_key *key)
{
	EVP_PKEY_free(key->pkey);
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

static void reverse(const u8 *from, u8 *to, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		to[i] = from[size - 1 - i];
}

/* PKCS#1 v1.5, SHA-384, big-endian. */
static void compute_signature(const struct vec_key *key, const u8 *digest, u8 *signature)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
	size_t size = TDXU_RSA_BYTES;

	if (!ctx || EVP_PKEY_sign_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha384()) <= 0 ||
	    EVP_PKEY_sign(ctx, signature, &size, digest, TDXU_SHA384_BYTES) <= 0) {
		fprintf(stderr, "cannot sign\n");
		exit(1);
	}
	EVP_PKEY_CTX_free(ctx);
}

/* The same few images come again and again, and under emulation a signature takes its time. */
static void sign_digest(const struct vec_key *key, const u8 *digest, u8 *signature)
{
	static struct {
		u8 modulus[TDXU_RSA_BYTES], digest[TDXU_SHA384_BYTES], signature[TDXU_RSA_BYTES];
	} known[64];
	static u32 next;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!memcmp(known[i].digest, digest, TDXU_SHA384_BYTES) &&
		    !memcmp(known[i].modulus, key->modulus, TDXU_RSA_BYTES))
			break;
	if (i == ARRAY_SIZE(known)) {
		i = next++ % ARRAY_SIZE(known);
		compute_signature(key, digest, known[i].signature);
		memcpy(known[i].digest, digest, TDXU_SHA384_BYTES);
		memcpy(known[i].modulus, key->modulus, TDXU_RSA_BYTES);
	}
	memcpy(signature, known[i].signature, TDXU_RSA_BYTES);
}

void vec_signed_digest(const struct tdxu_sigstruct *sig, u8 digest[TDXU_SHA384_BYTES])
{
	u8 message[TDXU_SIGSTRUCT_BYTES];
	const u8 *bytes = (const u8 *)sig;
	size_t tail = TDXU_SIGSTRUCT_BYTES - TDXU_SIGNED_TAIL_START;

	memcpy(message, bytes, TDXU_SIGNED_HEAD_END);
	memcpy(message + TDXU_SIGNED_HEAD_END, bytes + TDXU_SIGNED_TAIL_START, tail);
	vec_sha384(message, TDXU_SIGNED_HEAD_END + tail, digest);
}

static void sign(struct tdxu_sigstruct *sig, const json_t *how, const struct vec_key *key)
{
	u8 digest[TDXU_SHA384_BYTES];
	u8 signature[TDXU_RSA_BYTES];
	const char *variant = json_string_value(how);

	if (json_is_false(how))
		return;
	if (variant && !strcmp(variant, "whole_struct_zeroed_sig"))
		vec_sha384(sig, sizeof(*sig), digest);
	else
		vec_signed_digest(sig, digest);
	sign_digest(key, digest, signature);
	if (variant && !strcmp(variant, "big_endian"))
		memcpy(sig->signature, signature, sizeof(signature));
	else
		reverse(signature, sig->signature, sizeof(signature));
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

static void set_cpuid_table(struct tdxu_sigstruct *sig, const json_t *table)
{
	json_t *entry;
	size_t i;

	memset(sig->cpuid_table, 0, sizeof(sig->cpuid_table));
	json_array_foreach(table, i, entry)
		if (i < TDXU_SIGSTRUCT_CPUID_ENTRIES)
			sig->cpuid_table[i] = vec_number(entry);
}

static void set_sig_fields(struct tdxu_sigstruct *sig, const json_t *values)
{
	const json_t *table = json_object_get(values, "cpuid_table");
	const json_t *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sig_fields); i++) {
		u64 number;

		value = json_object_get(values, sig_fields[i].name);
		if (!value)
			continue;
		number = vec_number(value);
		memcpy((u8 *)sig + sig_fields[i].offset, &number, sig_fields[i].size);
	}
	if (table)
		set_cpuid_table(sig, table);
}

/* Patches */

/* A patch that happens to hit equal bytes, as one of a fresh signature may, is inverted. */
static void patch(u8 *at, const char *hex)
{
	u8 bytes[TDXU_PAGE_SIZE];
	size_t n = vec_unhex(hex, bytes, sizeof(bytes));
	size_t i;

	if (memcmp(at, bytes, n)) {
		memcpy(at, bytes, n);
		return;
	}
	for (i = 0; i < n; i++)
		at[i] = ~bytes[i];
}

static void patch_bytes(u8 *base, const json_t *patches)
{
	json_t *p;
	size_t i;

	json_array_foreach(patches, i, p)
		patch(base + vec_get(p, "offset"), vec_text(p, "bytes"));
}

static void patch_pages(struct vec_image *image, const json_t *patches)
{
	json_t *p;
	size_t i;

	json_array_foreach(patches, i, p)
		patch(image->page[vec_get(p, "page")] + vec_get(p, "offset"),
		      vec_text(p, "bytes"));
}

static void set_params(struct vec_image *image, const json_t *spec)
{
	struct tdxu_seamldr_params *params = &image->params;
	const char *key;
	json_t *value;
	u32 i;

	params->version = vec_get(spec, "version");
	params->scenario = vec_get(spec, "scenario");
	params->sigstruct_pa = vec_get(spec, "sigstruct_pa");
	params->num_module_pages = vec_get(spec, "num_module_pages");
	for (i = 0; i < image->num_pages; i++)
		params->module_pa_list[i] = image->pages_base + (u64)i * TDXU_PAGE_SIZE;
	patch_bytes((u8 *)params, json_object_get(spec, "reserved_patch"));
	json_object_foreach(json_object_get(spec, "pa_overrides"), key, value)
		params->module_pa_list[atoi(key)] = vec_number(value);
}

static void begin(struct vec_image *image, const char *name, const json_t *spec)
{
	const char *seed = vec_text(spec, "seed");
	u32 i;

	memset(image, 0, sizeof(*image));
	image->name = name;
	image->num_pages = vec_get(spec, "pages");
	for (i = 0; i < image->num_pages; i++)
		vec_page(seed, i, image->page[i]);
	patch_pages(image, json_object_get(spec, "page_patch_before_hash"));
	vec_sha384(image->page, (size_t)image->num_pages * TDXU_PAGE_SIZE, image->sig.seamhash);
	patch_pages(image, json_object_get(spec, "page_patch_after_hash"));
}

static bool hash_as_recorded(const struct vec_image *image, const json_t *spec)
{
	u8 hash[TDXU_SHA384_BYTES];

	return vec_unhex(vec_text(spec, "seamhash"), hash, sizeof(hash)) == sizeof(hash) &&
	       !memcmp(hash, image->sig.seamhash, sizeof(hash));
}

bool vec_image_build(struct vec_image *image, const char *name, const json_t *spec,
		     const struct vec_key *key)
{
	const json_t *pa = json_object_get(spec, "pa");

	begin(image, name, spec);
	image->params_pa = vec_get(pa, "params");
	image->pages_base = vec_get(pa, "pages_base");
	set_params(image, json_object_get(spec, "params"));
	if (!hash_as_recorded(image, spec) || strcmp(vec_text(spec, "key"), "test"))
		return false;

	set_sig_fields(&image->sig, json_object_get(spec, "sigstruct"));
	memcpy(image->sig.modulus, key->modulus, sizeof(image->sig.modulus));
	patch_bytes((u8 *)&image->sig, json_object_get(spec, "sigstruct_patch_before_sign"));
	sign(&image->sig, json_object_get(spec, "signed"), key);
	patch_bytes((u8 *)&image->sig, json_object_get(spec, "sigstruct_patch_after_sign"));
	return true;
}

void vec_image_build_current(struct vec_image *image, const json_t *defaults, const json_t *spec,
			     const struct vec_key *key)
{
	u32 i;

	begin(image, "old", spec);
	image->params_pa = 0xf00000;
	image->pages_base = 0xf10000;
	image->params.scenario = TDXU_SCENARIO_LOAD;
	image->params.sigstruct_pa = 0xf01000;
	image->params.num_module_pages = image->num_pages;
	for (i = 0; i < image->num_pages; i++)
		image->params.module_pa_list[i] = image->pages_base + (u64)i * TDXU_PAGE_SIZE;
	set_sig_fields(&image->sig, defaults);
	set_sig_fields(&image->sig, json_object_get(spec, "sigstruct"));
	memcpy(image->sig.modulus, key->modulus, sizeof(image->sig.modulus));
	sign(&image->sig, json_true(), key);
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
