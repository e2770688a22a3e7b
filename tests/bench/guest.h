/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

/* What the plugin knows of the guest: its functions, and some instructions. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a function is to the plugin. */
enum role {
	NO_ROLE,
	WINDOW,
	SPAN,
	STOPPER, /* calls the function of a window and is where it returns to */
	INTERRUPT,
	SWITCH, /* to another task */
	IDLE,
};

struct function {
	uint64_t start;
	char name[64];
	enum role role;
	const char *title;
	bool is_leaf; /* makes one SEAMCALL, which is named after it */
	uint64_t own; /* instructions in the window */
};

enum { GUEST_MAX_INSN = 15 }; /* bytes */

enum insn_kind {
	PLAIN,
	MARKER, /* a long NOP: from here on measure, or no more */
	SEAMCALL,
	PAUSE,
	IRET,
	WBINVD,
};

/* By address; the first is for all that is not known, which the guest calls as that. */
extern struct function guest_functions[];
extern unsigned int guest_nr_functions;

/**
 * guest_read_symbols() - Read the functions.
 *
 * @path: kallsyms lines. One follows each function, so that its end is known.
 *
 * Return: were there any?
 */
bool guest_read_symbols(const char *path);

/** guest_function() - Which function the instruction at @address belongs to. */
struct function *guest_function(uint64_t address);

/** guest_insn_kind() - What the instruction of so many bytes is. */
enum insn_kind guest_insn_kind(const uint8_t *bytes, size_t size);

/**
 * guest_leaf_loaded() - Which leaf this instruction loads the number of into RAX.
 *
 * Return: as a function that makes the call would be named; NULL if it is none that is inline.
 */
const char *guest_leaf_loaded(const uint8_t *bytes, size_t size);

/** guest_insn_locked() - Has it a LOCK prefix, or is it XCHG with memory, locked without one? */
bool guest_insn_locked(const uint8_t *bytes, size_t size);

#endif
