// SPDX-License-Identifier: GPL-2.0-or-later

#include "guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FUNCTIONS = 4096 };

static const struct {
	const char *symbol, *name;
	enum role role;
} roles[] = {
	{ "walk", "update", WINDOW },
	{ "bench_mainline", "mainline", WINDOW },
	{ "bench_empty", "empty", WINDOW },
	{ "tdxu_candidates_look", "checks", SPAN },
	{ "hash_and_verify", "crypto", SPAN },
	{ "multi_cpu_stop", "stopper", STOPPER },
	{ "asm_common_interrupt", "interrupt", INTERRUPT },
	{ "__switch_to_asm", "switch", SWITCH },
	{ "do_idle", "idle", IDLE },
};

struct function guest_functions[MAX_FUNCTIONS] = { { .name = "(kernel)" } };
unsigned int guest_nr_functions = 1;

static void give_role(struct function *f)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (strcmp(roles[i].symbol, f->name))
			continue;
		f->role = roles[i].role;
		f->title = roles[i].name;
	}
	if (!strncmp(f->name, "asm_sysvec_", 11))
		f->role = INTERRUPT;
	f->is_leaf = !strncmp(f->name, "tdxu_tdh_", 9) || !strncmp(f->name, "tdxu_seamldr_", 13) ||
		     !strncmp(f->name, "bench_tdh_", 10) || !strncmp(f->name, "bench_seamldr_", 14);
}

static int by_address(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

bool guest_read_symbols(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[256], type;

	while (f && fgets(line, sizeof(line), f) && guest_nr_functions < MAX_FUNCTIONS) {
		struct function *function = &guest_functions[guest_nr_functions];

		if (sscanf(line, "%lx %c %63s", &function->start, &type, function->name) != 3)
			continue;
		give_role(function);
		guest_nr_functions++;
	}
	if (f)
		fclose(f);
	qsort(guest_functions, guest_nr_functions, sizeof(guest_functions[0]), by_address);
	return guest_nr_functions > 1;
}

struct function *guest_function(uint64_t address)
{
	struct function *found = guest_functions;

	for (unsigned int low = 0, high = guest_nr_functions; low < high;) {
		unsigned int middle = (low + high) / 2;

		if (guest_functions[middle].start > address) {
			high = middle;
		} else {
			found = &guest_functions[middle];
			low = middle + 1;
		}
	}
	return strcmp(found->name, guest_functions->name) ? found : guest_functions;
}

static const struct {
	enum insn_kind kind;
	uint8_t size, bytes[7];
} known[] = {
	{ MARKER, 7, { 0x0f, 0x1f, 0x80, 'T', 'D', 'X', 'B' } },
	{ SEAMCALL, 4, { 0x66, 0x0f, 0x01, 0xcf } },
	{ PAUSE, 2, { 0xf3, 0x90 } },
	{ IRET, 2, { 0x48, 0xcf } },
	{ WBINVD, 2, { 0x0f, 0x09 } },
};

enum insn_kind guest_insn_kind(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].size == size && !memcmp(known[i].bytes, bytes, size))
			return known[i].kind;
	}
	return PLAIN;
}

/* The leaves that every CPU calls have no function of their own: MOV of a constant to EAX. */
static const struct {
	uint8_t bytes[5];
	const char *name;
} inline_leaves[] = {
	{ { 0xb8, 34 }, "tdxu_tdh_sys_rd" },
	{ { 0xb8, 35 }, "tdxu_tdh_sys_lp_init" },
};

const char *guest_leaf_loaded(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < sizeof(inline_leaves) / sizeof(inline_leaves[0]); i++) {
		if (size == 5 && !memcmp(inline_leaves[i].bytes, bytes, size))
			return inline_leaves[i].name;
	}
	return NULL;
}

bool guest_insn_locked(const uint8_t *bytes, size_t size)
{
	size_t i = 0;

	for (; i < size && (bytes[i] == 0x66 || bytes[i] == 0xf2 || bytes[i] == 0xf3 ||
			    bytes[i] == 0x2e || bytes[i] == 0x3e || bytes[i] == 0x65); i++)
		;
	if (i < size && bytes[i] == 0xf0)
		return true;
	if (i < size && (bytes[i] & 0xf0) == 0x40)
		i++;
	return i + 1 < size && (bytes[i] == 0x86 || bytes[i] == 0x87) && bytes[i + 1] < 0xc0;
}
