/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

/*
 * The golden vectors, and the module images that they describe in words. Loading and building
 * only: who executes them, against the model or by real SEAMCALLs, brings memory and a machine.
 */

#include <jansson.h>
#include <openssl/evp.h>

#include "../sim/fw/abi.h"

enum {
	VEC_MAX_PAGES = TDXU_MAX_MODULE_PAGES, /* of a vector's image */
	VEC_MAX_IMAGES = 8,
};

/* A signing key as sigstructs hold it. */
struct vec_key {
	EVP_PKEY *pkey;
	u8 modulus[TDXU_RSA_BYTES]; /* little-endian */
};

/* One image of a P-SEAMLDR vector, built. */
struct vec_image {
	const char *name; /* the vector's; "old" for the one that is loaded before */
	u32 num_pages;
	u8 page[VEC_MAX_PAGES][TDXU_PAGE_SIZE];
	struct tdxu_sigstruct sig;
	struct tdxu_seamldr_params params; /* addresses as in the vector */
	u64 params_pa;
	u64 pages_base;
};

/** vec_load() - Read a vector file. Exits with a message if that fails. */
json_t *vec_load(const char *path);

/** vec_key_generate() - A fresh RSA-3072 key; the recorded one's private half is not known. */
void vec_key_generate(struct vec_key *key);
/** vec_key_read() - An RSA-3072 key that is in a file. Exits with a message if it is not. */
void vec_key_read(struct vec_key *key, const char *path);
void vec_key_free(struct vec_key *key);

/** vec_sign_digest() - Sign a digest; sigstructs have signatures with the least byte first. */
void vec_sign_digest(const struct vec_key *key, const u8 digest[TDXU_SHA384_BYTES],
		     u8 signature[TDXU_RSA_BYTES], bool big_endian);

/** vec_sign() - Sign a sigstruct as P-SEAMLDR wants it; the modulus stays as it is. */
void vec_sign(struct tdxu_sigstruct *sig, const struct vec_key *key);

/** vec_sha384() - SHA-384 of @size bytes. */
void vec_sha384(const void *data, size_t size, u8 digest[TDXU_SHA384_BYTES]);

/** vec_image_clear() - An image without anything but room for pages. */
void vec_image_clear(struct vec_image *image);

/**
 * vec_image_build() - Build the image that @spec (a member of a vector's "images") describes.
 * @key: the one that @spec's "key" names.
 *
 * Return: NULL, or what is wrong: the pages do not hash to what the vector says, or it says what
 * cannot be.
 */
const char *vec_image_build(struct vec_image *image, const char *name, const json_t *spec,
		     const struct vec_key *key);

/**
 * vec_image_build_current() - Build platform.current: @defaults, changed by what @spec says.
 *
 * Return: NULL, or what is wrong.
 */
const char *vec_image_build_current(struct vec_image *image, const json_t *defaults,
				    const json_t *spec, const struct vec_key *key);

/**
 * vec_image_store() - Put parameters, sigstruct and pages into physical memory.
 * @store: copies @size bytes to a physical address, never across a page.
 */
void vec_image_store(const struct vec_image *image,
		     void (*store)(void *ctx, u64 pa, const void *data, size_t size), void *ctx);

/* Numbers in vectors are JSON integers or "0x..." strings. */
u64 vec_number(const json_t *value);
u64 vec_get(const json_t *object, const char *key);
const char *vec_text(const json_t *object, const char *key);
size_t vec_unhex(const char *hex, u8 *out, size_t max);

/** vec_signed_digest() - SHA-384 of the signed part of a sigstruct. */
void vec_signed_digest(const struct tdxu_sigstruct *sig, u8 digest[TDXU_SHA384_BYTES]);

/**
 * vec_differs() - Compare what was observed with what a vector expects, member by member.
 * @what: filled with the first difference, "path: expected X, got Y".
 *
 * Numbers are equal by value however they are written. Members that were observed but are not
 * expected are of no interest; expected ones that were not observed are a difference.
 */
bool vec_differs(const json_t *expected, const json_t *observed, char *what, size_t size);

/**
 * vec_page() - The content of module page @i of seed @seed before any patch.
 */
void vec_page(const char *seed, u32 i, u8 page[TDXU_PAGE_SIZE]);

#endif
