/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_NATIVE_H
#define TESTS_VECTORS_NATIVE_H

/* The firmware model on an imaginary machine: sparse memory, libcrypto. */

#include <openssl/evp.h>

#include "../sim/fw/model.h"

enum {
	NATIVE_PAGES = 1024, /* that can be backed at a time */
};

struct native {
	struct fw *fw;
	EVP_MD_CTX *sha;
	struct {
		u64 pa;
		u8 data[FW_PAGE];
	} page[NATIVE_PAGES];
	u32 num_pages;
};

/** native_new() - A model with hooks on a machine without memory. Exits if it cannot. */
struct native *native_new(void);
void native_free(struct native *native);

/** native_reset_memory() - Forget all memory but page 0, which reads as zeros. */
void native_reset_memory(struct native *native);

/** native_store() - Write memory, backing it where nothing is. @ctx is the struct native. */
void native_store(void *ctx, u64 pa, const void *data, size_t size);
void native_load(struct native *native, u64 pa, void *data, size_t size);


#endif
