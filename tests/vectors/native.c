// SPDX-License-Identifier: GPL-2.0-or-later
/* The firmware model on an imaginary machine: sparse memory, libcrypto. */

#include <stdio.h>
#include <stdlib.h>

#include "native.h"

static u8 *find_page(struct native *n, u64 pa)
{
	u32 i;

	for (i = 0; i < n->num_pages; i++)
		if (n->page[i].pa == pa / FW_PAGE)
			return n->page[i].data;
	return NULL;
}

static u8 *back_page(struct native *n, u64 pa)
{
	u8 *data = find_page(n, pa);

	if (data)
		return data;
	if (n->num_pages == NATIVE_PAGES) {
		fprintf(stderr, "native: out of pages\n");
		exit(1);
	}
	n->page[n->num_pages].pa = pa / FW_PAGE;
	data = n->page[n->num_pages++].data;
	memset(data, 0, FW_PAGE);
	return data;
}

void native_store(void *ctx, u64 pa, const void *data, size_t size)
{
	memcpy(back_page(ctx, pa) + pa % FW_PAGE, data, size);
}

/* No access of the model or of the vectors crosses a page. */
static bool hook_read(void *ctx, u64 pa, void *data, size_t size)
{
	const u8 *page = find_page(ctx, pa);

	if (page)
		memcpy(data, page + pa % FW_PAGE, size);
	return page;
}

static bool hook_write(void *ctx, u64 pa, const void *data, size_t size)
{
	u8 *page = find_page(ctx, pa);

	if (page)
		memcpy(page + pa % FW_PAGE, data, size);
	return page;
}

void native_load(struct native *native, u64 pa, void *data, size_t size)
{
	if (!hook_read(native, pa, data, size))
		memset(data, 0xff, size);
}

static void hook_sha_init(void *ctx)
{
	struct native *n = ctx;

	EVP_DigestInit_ex(n->sha, EVP_sha384(), NULL);
}

static void hook_sha_update(void *ctx, const void *data, size_t size)
{
	struct native *n = ctx;

	EVP_DigestUpdate(n->sha, data, size);
}

static void hook_sha_final(void *ctx, u8 digest[TDXU_SHA384_BYTES])
{
	struct native *n = ctx;

	EVP_DigestFinal_ex(n->sha, digest, NULL);
}

void native_reset_memory(struct native *native)
{
	native->num_pages = 0;
	back_page(native, 0);
}

struct native *native_new(void)
{
	struct fw_hooks hooks = {
		.read = hook_read,
		.write = hook_write,
		.sha384_init = hook_sha_init,
		.sha384_update = hook_sha_update,
		.sha384_final = hook_sha_final,
	};
	struct native *n = calloc(1, sizeof(*n));

	if (n) {
		n->fw = calloc(1, sizeof(*n->fw));
		n->sha = EVP_MD_CTX_new();
	}
	if (!n || !n->fw || !n->sha) {
		fprintf(stderr, "native: out of memory\n");
		exit(1);
	}
	hooks.ctx = n;
	fw_init(n->fw, &hooks);
	native_reset_memory(n);
	return n;
}

void native_free(struct native *native)
{
	EVP_MD_CTX_free(native->sha);
	free(native->fw);
	free(native);
}

