/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDX_BENCH_H
#define TDX_BENCH_H

/* The image to work with: small or large, .so and .sigstruct, in /lib/firmware. */

#include <linux/types.h>

struct bench_image {
	const void *module; /* page-aligned, in vmalloc's space */
	size_t module_bytes;
	const void *sigstruct;
};

/**
 * bench_mainline_update() - Update as the state machine of Linux 7.3 does.
 *
 * Return: 0, -EIO if a SEAMCALL failed. Context: may sleep.
 */
int bench_mainline_update(const struct bench_image *image);

/**
 * bench_crypto() - One SHA-384 pass over the module and one verification of an RSA-3072 signature,
 * by the kernel's own crypto.
 *
 * Return: 0, or what the crypto says. Context: may sleep.
 */
int bench_crypto(const struct bench_image *image);

#endif
