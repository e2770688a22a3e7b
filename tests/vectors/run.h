/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_RUN_H
#define TESTS_VECTORS_RUN_H

/* The vectors against the firmware model in this process. */

#include "native.h"
#include "vectors.h"

enum {
	RUN_WHY = 320,
	RUN_MARKER = 0xa5, /* fills part of the module range, to see it wiped */
};

struct run {
	struct native *native;
	struct vec_key key;
	const json_t *file;
	char why[RUN_WHY]; /* the first difference of the current vector */

	/* P-SEAMLDR vectors */
	struct vec_image image[VEC_MAX_IMAGES];
	u32 num_images;
	struct vec_image old;
	u8 mrseam_before[TDXU_SHA384_BYTES];
	u32 payload_bytes; /* of the handoff that the vector put there */
};

/* Each runs one vector; false with run->why set if anything differs. */
bool run_seamldr_vector(struct run *run, const json_t *vector);
bool run_module_vector(struct run *run, const json_t *vector);
bool run_read_vector(struct run *run, const json_t *vector);

/* What it wants to see: after each call, by INFO, and at the end. */
json_t *run_observe_after(struct run *run);
void run_observe_info(struct run *run, u64 pa, json_t *observed);
json_t *run_observe_end(struct run *run, bool loaded);

/** run_payload_byte() - Byte @i of the handoff payload that a vector puts there. */
u8 run_payload_byte(u32 i);

/** run_kat() - The file's known-answer block, one TAP line each through @line. */
void run_kat(struct run *run, const json_t *kat, void (*line)(bool ok, const char *name));

/** run_name_of() - The name that a table of the vector file gives to a code. */
const char *run_name_of(const json_t *codes, u64 code);
json_t *run_hex(u64 value);

#endif
