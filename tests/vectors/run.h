/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_RUN_H
#define TESTS_VECTORS_RUN_H

/* The vectors, one after the other, on whatever machine.h is. */

#include "machine.h"
#include "vectors.h"

enum {
	RUN_WHY = 320,
	RUN_LINE = 400,	   /* of the control language */
	RUN_STATE = 65536, /* all that the platform says of itself */
	RUN_WORD = 128,
	RUN_MARKER = 0xa5, /* a byte of the module range, to see it wiped */
};

struct run {
	struct vec_key key;
	struct vec_key other; /* whose signature nobody takes; made when one is wanted */
	const json_t *file;
	char why[RUN_WHY]; /* the first difference of the current vector */
	char state[RUN_STATE];
	char word[RUN_WORD];

	/* P-SEAMLDR vectors */
	u32 x2apic_id[FW_MAX_LPS];
	struct vec_image image[VEC_MAX_IMAGES];
	u32 num_images;
	struct vec_image old;
	char mrseam_before[2 * TDXU_SHA384_BYTES + 1];
	u32 payload_bytes; /* of the handoff that the vector put there */
	u32 key_shift; /* bits of an address below those of the key id */
};

/* Each runs one vector; false with run->why set if anything differs. */
bool run_seamldr_vector(struct run *run, const json_t *vector);
bool run_module_vector(struct run *run, const json_t *vector);
bool run_read_vector(struct run *run, const json_t *vector);

/**
 * run_knows() - Is everything that a vector says known here? (known.c)
 * @kind: "seamldr" or "module".
 */
bool run_knows(struct run *run, const char *kind, const json_t *vector);

/** run_store_image() - Put an image into memory that P-SEAMLDR accepts the key of. */
bool run_store_image(struct run *run, const json_t *spec);

/* state.c */

/** run_tell() - A line of the control language; false with run->why set if it is refused. */
bool run_tell(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** run_look() - Keep what the platform says of itself now, for run_state() and the like. */
void run_look(struct run *run);
/* The value of a key, valid until the next call. A key that there is not ends the program. */
const char *run_state(struct run *run, const char *key);
u64 run_state_number(struct run *run, const char *key);
/** run_state_lists() - Is @lp in a list of LPs? */
bool run_state_lists(struct run *run, const char *key, u32 lp);
/** run_is_dead() - Does a platform that executed UD2 in SEAM say so, and answer nobody? */
bool run_is_dead(struct run *run);

/* observe.c: what a vector wants to see, after run_look(): after each call, by INFO, at the end. */
json_t *run_observe_after(struct run *run);
void run_observe_info(u64 pa, json_t *observed);
void run_observe_seaminfo(u64 pa, json_t *observed);
json_t *run_observe_end(struct run *run, bool loaded);

/* Byte i of the handoff payload that a vector puts there is RUN_PAYLOAD_A * i + RUN_PAYLOAD_B. */
enum { RUN_PAYLOAD_A = 7, RUN_PAYLOAD_B = 3 };

/** run_kat() - The file's known-answer block, one TAP line each through @line. */
void run_kat(const json_t *kat, void (*line)(bool ok, const char *name));

/** run_name_of() - The name that a table of the vector file gives to a code. */
const char *run_name_of(const json_t *codes, u64 code);
json_t *run_hex(u64 value);

#endif
