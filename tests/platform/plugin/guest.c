// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands from the guest: the control language and what there is to be shown, as in the files of
 * /sys/kernel/debug/tdx_sim (docs/simulator.md), and a few of the plugin's own.
 */

#include <stdio.h>
#include <stdlib.h>

#include "platform.h"
#include "qemu.h"

enum {
	ANSWER_BYTES = 1 << 20,
};

struct answer {
	char *text;
	size_t used;
};

static void print(void *ctx, const char *fmt, ...)
{
	struct answer *answer = ctx;
	va_list args;
	int size;

	va_start(args, fmt);
	size = vsnprintf(answer->text + answer->used, ANSWER_BYTES - answer->used, fmt, args);
	va_end(args);
	answer->used += size;
	if (answer->used >= ANSWER_BYTES)
		answer->used = ANSWER_BYTES - 1;
}

static void show_log(struct fw_sim *sim, const struct fw_emit *emit)
{
	struct fw_log_entry entry;
	u64 seq;

	for (seq = 0; fw_log_read(sim, seq, &entry); seq = entry.seq + 1)
		fw_show_log_entry(&entry, emit);
}

struct platform_wbinvds platform_wbinvds;

static void show_wbinvds(struct fw_sim *sim, const struct fw_emit *emit)
{
	for (unsigned int cpu = 0; cpu < sim->fw.platform.num_lps; cpu++)
		emit->print(emit->ctx, "cpu=%u now=%llu at_disable=%llu\n", cpu,
			    platform_wbinvds.now[cpu], platform_wbinvds.at_disable[cpu]);
}

static bool show(const char *what, const struct fw_emit *emit)
{
	static const struct {
		const char *name;
		void (*show)(struct fw_sim *sim, const struct fw_emit *emit);
	} shows[] = {
		{ "platform", fw_show_platform }, { "tds", fw_show_tds },
		{ "faults", fw_show_faults },	  { "log", show_log },
		{ "wbinvds", show_wbinvds },
	};

	for (size_t i = 0; i < ARRAY_SIZE(shows); i++) {
		if (strcmp(shows[i].name, what))
			continue;
		shows[i].show(platform_sim, emit);
		return true;
	}
	emit->print(emit->ctx, "show: want platform, tds, faults, log or wbinvds\n");
	return false;
}

bool guest_line(char *line, const struct fw_emit *emit)
{
	char err[FW_ERROR_TEXT];
	bool good;

	if (!strncmp(line, "show ", 5))
		return show(line + 5, emit);
	if (!strncmp(line, "mark ", 5)) {
		host_trace("# %s\n", line + 5);
		return true;
	}
	if (!strncmp(line, "msr ", 4))
		good = msr_control(line + 4, err, sizeof(err));
	else
		good = !fw_control(&platform_sim->fw, line, err, sizeof(err));
	if (!good)
		emit->print(emit->ctx, "%s\n", err);
	return good;
}

/* false: there is no line at that address of the guest's. */
static bool read_line(uint64_t address, char *line, size_t size)
{
	GByteArray *bytes = g_byte_array_new();
	size_t i;

	for (i = 0; i + 1 < size; i++) {
		g_byte_array_set_size(bytes, 0);
		if (!qemu_plugin_read_memory_vaddr(address + i, bytes, 1) || !bytes->len)
			return false;
		line[i] = (char)bytes->data[0];
		if (!line[i])
			return true;
	}
	return false;
}

void guest_command(void)
{
	static char text[ANSWER_BYTES];
	struct answer answer = { .text = text };
	const struct fw_emit emit = { .print = print, .ctx = &answer };
	GByteArray *bytes = g_byte_array_new();
	char line[FW_LINE_TEXT];
	bool good = read_line(cpu_get(REG_RCX), line, sizeof(line)) && guest_line(line, &emit);

	if (answer.used > cpu_get(REG_R8))
		answer.used = cpu_get(REG_R8);
	g_byte_array_append(bytes, (const void *)text, answer.used);
	if (answer.used && !qemu_plugin_write_memory_vaddr(cpu_get(REG_RDX), bytes))
		good = false;
	cpu_set(REG_R8, answer.used);
	cpu_set(REG_RAX, !good);
	cpu_set_carry(false);
}
