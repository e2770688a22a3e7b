// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine that is imagined in this process: the firmware model, sparse memory, libcrypto. */

#include <stdio.h>
#include <stdlib.h>

#include "../sim/fw/sim.h"
#include "machine.h"
#include "native.h"

static struct native *native;
static struct fw_sim *sim;

void machine_start(void)
{
	struct fw_hooks hooks;

	native = native_new();
	hooks = native->fw->hooks;
	sim = calloc(1, sizeof(*sim));
	if (!sim) {
		fprintf(stderr, "native: out of memory\n");
		exit(1);
	}
	fw_sim_init(sim, &hooks, 1);
	/* Without the simulator's own hooks, for faults and log: vectors need neither. */
	sim->fw.hooks = hooks;
}

void machine_stop(void)
{
	free(sim);
	native_free(native);
}

u32 machine_lps(void)
{
	return FW_MAX_LPS;
}

bool machine_control(const char *line, char *why, size_t size)
{
	char copy[FW_LINE_TEXT];

	snprintf(copy, sizeof(copy), "%s", line);
	return !fw_control(&sim->fw, copy, why, size);
}

struct text {
	char *at;
	size_t left;
};

static __attribute__((format(printf, 2, 3))) void print(void *ctx, const char *format, ...)
{
	struct text *text = ctx;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->at, text->left, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= text->left) {
		fprintf(stderr, "native: the platform has more to say than was expected\n");
		exit(1);
	}
	text->at += length;
	text->left -= length;
}

void machine_platform(char *text, size_t size)
{
	struct text to = { text, size };
	struct fw_emit emit = { print, &to };

	fw_show_platform(sim, &emit);
}

void machine_handoff(u8 *data, size_t size)
{
	memcpy(data, sim->fw.handoff, size);
}

void machine_code(u8 *data, size_t size)
{
	memcpy(data, sim->fw.code, size);
}

enum fw_outcome machine_seamcall(u32 lp, struct fw_regs *regs)
{
	enum fw_outcome outcome = fw_seamcall(&sim->fw, lp, regs);

	return outcome == FW_UD2 ? FW_VMFAIL : outcome;
}

void machine_forget_memory(void)
{
	native_reset_memory(native);
}

void machine_store(u64 pa, const void *data, size_t size)
{
	native_store(native, pa, data, size);
}

void machine_load(u64 pa, void *data, size_t size)
{
	native_load(native, pa, data, size);
}

u64 machine_address(u64 pa)
{
	return pa;
}
