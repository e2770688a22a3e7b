// SPDX-License-Identifier: GPL-2.0-or-later
/* The virtual CPU whose instruction is being executed: registers, flags, exceptions. */

#include <stdio.h>
#include <stdlib.h>

#include "platform.h"
#include "qemu.h"

enum {
	EFLAGS_CF = 1,
	EFLAGS_STATUS = 0x8d5, /* CF PF AF ZF SF OF */
	VECTOR_GP = 13,
	GDB_RIP = 16,
	/* CPU state is searched this far, in words, and for no more than so many places. */
	SEARCH_WORDS = 0x8000,
	MAX_PLACES = 64,
};

static const char *const names[NUM_REGISTERS] = {
	[REG_RAX] = "rax", [REG_RCX] = "rcx", [REG_RDX] = "rdx", [REG_RBX] = "rbx",
	[REG_RSP] = "rsp", [REG_RBP] = "rbp", [REG_RSI] = "rsi", [REG_RDI] = "rdi",
	[REG_R8] = "r8",   [REG_R9] = "r9",   [REG_R10] = "r10", [REG_R11] = "r11",
	[REG_R12] = "r12", [REG_R13] = "r13", [REG_R14] = "r14", [REG_R15] = "r15",
	[REG_CR4] = "cr4",
};

static struct qemu_plugin_register *handles[NUM_REGISTERS];
static void *cpus[MAX_CPUS];

static void find_register(const qemu_plugin_reg_descriptor *reg)
{
	for (int i = 0; i < NUM_REGISTERS; i++)
		if (!strcmp(reg->name, names[i]))
			handles[i] = reg->handle;
}

void cpu_init(unsigned int cpu)
{
	GArray *list = qemu_plugin_get_registers();
	const qemu_plugin_reg_descriptor *reg = (const void *)list->data;

	if (cpu < MAX_CPUS)
		cpus[cpu] = current_cpu;
	for (unsigned int i = 0; i < list->len; i++)
		find_register(&reg[i]);
}

unsigned int cpu_current(void)
{
	for (unsigned int i = 0; i < MAX_CPUS; i++)
		if (cpus[i] == current_cpu)
			return i;
	abort();
}

bool cpu_usable(const char **why)
{
	*why = NULL;
	if (!&current_cpu)
		*why = "current_cpu";
	else if (!helper_write_eflags)
		*why = "helper_write_eflags";
	else if (!gdb_write_register)
		*why = "gdb_write_register";
	else if (!raise_exception_err_ra)
		*why = "raise_exception_err_ra";
	return !*why;
}

static GByteArray *scratch(void)
{
	static GByteArray *array;

	if (!array)
		array = g_byte_array_new();
	return g_byte_array_set_size(array, 0);
}

uint64_t cpu_get(enum cpu_register reg)
{
	GByteArray *value = scratch();
	uint64_t result = 0;

	if (!handles[reg] || !qemu_plugin_read_register(handles[reg], value)) {
		fprintf(stderr, "platform: QEMU does not let its plugin read %s\n", names[reg]);
		exit(1);
	}
	memcpy(&result, value->data, value->len < sizeof(result) ? value->len : sizeof(result));
	return result;
}

void cpu_set(enum cpu_register reg, uint64_t value)
{
	GByteArray *bytes = scratch();

	g_byte_array_append(bytes, (const void *)&value, sizeof(value));
	if (handles[reg] && qemu_plugin_write_register(handles[reg], bytes))
		return;
	fprintf(stderr, "platform: QEMU does not let its plugin write %s\n", names[reg]);
	exit(1);
}

/* Where all of @count places hold @value, the others are dropped. */
static int narrow(const uint64_t *state, size_t *places, int count, uint64_t value)
{
	int kept = 0;

	for (int i = 0; i < count; i++)
		if (state[places[i]] == value)
			places[kept++] = places[i];
	return kept;
}

/*
 * QEMU's own helpers take the architectural part of the CPU's state, which begins with RAX, at an
 * offset from the CPU that only QEMU's build knows. So it is searched for two values of RAX.
 */
static size_t find_state(void)
{
	static const uint64_t marks[] = { 0x7d9a3c5512345677, 0x8265c3aaedcba988 };
	const uint64_t *state = current_cpu;
	uint64_t rax = cpu_get(REG_RAX);
	size_t places[MAX_PLACES];
	int count = 0;

	cpu_set(REG_RAX, marks[0]);
	for (size_t i = 0; i < SEARCH_WORDS && count < MAX_PLACES; i++)
		if (state[i] == marks[0])
			places[count++] = i;
	cpu_set(REG_RAX, marks[1]);
	count = narrow(state, places, count, marks[1]);
	cpu_set(REG_RAX, rax);
	if (count == 1)
		return places[0];
	fprintf(stderr, "platform: RAX is at %d places of QEMU's CPU state, not at one\n", count);
	exit(1);
}

static void *architectural_state(void)
{
	static size_t place;

	if (!place)
		place = find_state();
	return (uint64_t *)current_cpu + place;
}

void cpu_set_carry(bool carry)
{
	helper_write_eflags(architectural_state(), carry ? EFLAGS_CF : 0, EFLAGS_STATUS);
}

void cpu_raise_gp(uint64_t address)
{
	void *state = architectural_state();

	gdb_write_register(current_cpu, (void *)&address, GDB_RIP);
	raise_exception_err_ra(state, VECTOR_GP, 0, 0);
}
