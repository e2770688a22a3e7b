// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin for QEMU that measures what is done while the machine is stopped, from outside: neither
 * the driver nor the kernel knows of it.
 *
 * A window begins when the first CPU enters a function that was given to stop_machine() and ends
 * when the last has left it. What the emulator executes from then to then, on whatever CPU, is
 * counted; what each CPU executes inside is attributed to functions; a SEAMCALL and what the
 * simulator does for it is the firmware's. A span is one call of a function, on one CPU.
 *
 * Arguments: symbols=FILE, the guest's kallsyms lines, and out=FILE. The guest writes the former
 * and executes MARKER; only then is anything instrumented, so that it boots at full speed.
 */

#include "model.h"
#include "qemu_plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_FUNCTIONS = 4096,
	MAX_CALLS = 4096,
	NAME = 64,
};

enum insn_kind {
	PLAIN,
	SEAMCALL,
	PAUSE,
};

/* What a function is to us. */
enum role {
	NO_ROLE,
	WINDOW,
	SPAN,
	STOPPER, /* calls the function of a window and is where it returns to */
};

static const struct {
	const char *symbol, *name;
	enum role role;
} roles[] = {
	{ "walk", "update", WINDOW },
	{ "bench_mainline", "mainline", WINDOW },
	{ "bench_empty", "empty", WINDOW },
	{ "tdxu_candidate_look", "checks", SPAN },
	{ "hash_and_verify", "crypto", SPAN },
	{ "multi_cpu_stop", "stopper", STOPPER },
};

struct function {
	uint64_t start;
	char name[NAME];
	enum role role;
	const char *title;
	bool is_leaf; /* makes one SEAMCALL, which is named after it */
	uint64_t own; /* instructions in the window */
};

struct insn {
	uint64_t address;
	struct function *function;
	enum insn_kind kind;
	bool locked, starts_function;
	uint8_t size;
};

struct call {
	unsigned int cpu;
	const char *leaf;
	uint64_t begin, end, cost;
};

static struct cpu {
	bool inside;
	const struct insn *last;
	struct function *leaf;
	struct function *caller; /* of the SEAMCALL that is executed, or NULL */
	struct call *call;
	uint64_t executed;	 /* on this CPU, ever */
	uint64_t pass;		 /* instructions since the last PAUSE */
	uint64_t seamcall_since;
	struct function *span;
	uint64_t span_return, span_since;
} cpus[MODEL_MAX_CPUS];

static struct window {
	struct function *function;
	unsigned int entered, left;
	uint64_t begin, own, firmware, waiting, locked;
	unsigned int in_firmware; /* CPUs */
	struct call calls[MAX_CALLS];
	unsigned int nr_calls;
} window;

static struct function functions[MAX_FUNCTIONS];
static unsigned int nr_functions;
static struct function elsewhere = { .name = "(kernel)" };
static unsigned int nr_cpus;
static uint64_t executed; /* on all CPUs, since the marker */
static const char *symbols_path;
static FILE *out;

static const uint8_t marker[] = { 0x0f, 0x1f, 0x80, 'T', 'D', 'X', 'B' }; /* a long NOP */
static const uint8_t seamcall[] = { 0x66, 0x0f, 0x01, 0xcf };
static const uint8_t pause_insn[] = { 0xf3, 0x90 };

/* --- the guest's functions -------------------------------------------------------------------- */

static void give_role(struct function *f)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (strcmp(roles[i].symbol, f->name))
			continue;
		f->role = roles[i].role;
		f->title = roles[i].name;
	}
	f->is_leaf = !strncmp(f->name, "tdxu_tdh_", 9) || !strncmp(f->name, "tdxu_seamldr_", 13) ||
		     !strncmp(f->name, "bench_tdh_", 10) || !strncmp(f->name, "bench_seamldr_", 14);
}

static int by_address(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void read_symbols(void)
{
	FILE *f = fopen(symbols_path, "r");
	char line[256], type;

	while (f && fgets(line, sizeof(line), f) && nr_functions < MAX_FUNCTIONS) {
		struct function *function = &functions[nr_functions];

		if (sscanf(line, "%lx %c %63s", &function->start, &type, function->name) != 3)
			continue;
		give_role(function);
		nr_functions++;
	}
	if (!nr_functions) {
		fprintf(stderr, "plugin: no symbols in %s\n", symbols_path);
		exit(1);
	}
	fclose(f);
	qsort(functions, nr_functions, sizeof(functions[0]), by_address);
}

/* The guest names the function behind each, too, so that its end is known. */
static struct function *find_function(uint64_t address)
{
	struct function *found = &elsewhere;

	for (unsigned int low = 0, high = nr_functions; low < high;) {
		unsigned int middle = (low + high) / 2;

		if (functions[middle].start > address) {
			high = middle;
		} else {
			found = &functions[middle];
			low = middle + 1;
		}
	}
	return found;
}

/* --- output ----------------------------------------------------------------------------------- */

static uint64_t longest(int variant)
{
	uint64_t longest = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		if (model_time(cpu, variant) > longest)
			longest = model_time(cpu, variant);
	}
	return longest;
}

static void print_window(void)
{
	const char *comma = "";

	fprintf(out, "{\"window\": \"%s\", \"cpus\": %u, \"instructions\": %lu, \"own\": %lu, "
		     "\"firmware\": %lu, \"waiting\": %lu, \"locked\": %lu, \"parallel\": {",
		window.function->title, nr_cpus, executed - window.begin, window.own,
		window.firmware, window.waiting, window.locked);
	for (int v = 0; v < MODEL_VARIANTS; v++)
		fprintf(out, "%s\"%u\": %lu", v ? ", " : "", model_transfer_cost(v), longest(v));
	fprintf(out, "}, \"functions\": {");
	for (unsigned int i = 0; i <= nr_functions; i++) {
		struct function *f = i < nr_functions ? &functions[i] : &elsewhere;

		if (f->own) {
			fprintf(out, "%s\"%s\": %lu", comma, f->name, f->own);
			comma = ", ";
		}
		f->own = 0;
	}
	fprintf(out, "}, \"calls\": [");
	for (unsigned int i = 0; i < window.nr_calls; i++) {
		const struct call *c = &window.calls[i];

		fprintf(out, "%s[%u, \"%s\", %lu, %lu, %lu]", i ? ", " : "", c->cpu, c->leaf,
			c->begin - window.begin, c->end - window.begin, c->cost);
	}
	fprintf(out, "]}\n");
	fflush(out);
}

/* --- windows ---------------------------------------------------------------------------------- */

static void enter_window(struct cpu *cpu, struct function *function)
{
	if (!window.entered) {
		memset(&window, 0, sizeof(window));
		window.function = function;
		window.begin = executed;
		model_reset();
	}
	window.entered++;
	cpu->inside = true;
	cpu->leaf = NULL;
	cpu->caller = NULL;
	cpu->pass = 0;
	model_enter(cpu - cpus);
}

static void leave_window(struct cpu *cpu)
{
	cpu->inside = false;
	if (++window.left < nr_cpus)
		return;
	print_window();
	window.entered = 0;
}

static void begin_seamcall(struct cpu *cpu, const struct insn *insn)
{
	struct call *call = &window.calls[window.nr_calls % MAX_CALLS];

	window.nr_calls++;
	window.firmware++;
	*call = (struct call){
		.cpu = cpu - cpus,
		.leaf = cpu->leaf ? cpu->leaf->name : "?",
		.begin = executed,
	};
	window.in_firmware++;
	cpu->call = call;
	cpu->caller = insn->function;
	cpu->seamcall_since = cpu->executed - 1;
}

static void end_seamcall(struct cpu *cpu)
{
	cpu->call->end = executed;
	cpu->call->cost = cpu->executed - cpu->seamcall_since;
	cpu->caller = NULL;
	window.in_firmware--;
}

/*
 * A pass that found nothing, while some CPU executes a SEAMCALL, waits for the firmware. How many
 * there are says how often the emulator has turned to this CPU meanwhile, and nothing else.
 */
static void end_pass(struct cpu *cpu, const struct insn *insn)
{
	if (!model_pause(cpu - cpus, insn->address) && window.in_firmware) {
		window.own -= cpu->pass;
		window.waiting += cpu->pass;
		insn->function->own -= cpu->pass;
	}
	cpu->pass = 0;
}

static void inside_window(struct cpu *cpu, const struct insn *insn)
{
	if (cpu->caller && insn->function == cpu->caller)
		end_seamcall(cpu);
	if (cpu->caller) {
		window.firmware++;
		return;
	}
	if (insn->kind == SEAMCALL) {
		begin_seamcall(cpu, insn);
		return;
	}
	window.own++;
	cpu->pass++;
	insn->function->own++;
	window.locked += insn->locked;
	if (insn->starts_function && insn->function->is_leaf)
		cpu->leaf = insn->function;
	model_instruction(cpu - cpus);
	if (insn->kind == PAUSE)
		end_pass(cpu, insn);
}

/* --- spans ------------------------------------------------------------------------------------ */

static void look_at_span(struct cpu *cpu, const struct insn *insn)
{
	if (cpu->span && insn->address == cpu->span_return) {
		fprintf(out, "{\"span\": \"%s\", \"cpus\": %u, \"instructions\": %lu}\n",
			cpu->span->title, nr_cpus, cpu->executed - cpu->span_since);
		fflush(out);
		cpu->span = NULL;
	}
	if (!insn->starts_function || insn->function->role != SPAN || !cpu->last)
		return;
	cpu->span = insn->function;
	cpu->span_return = cpu->last->address + cpu->last->size;
	cpu->span_since = cpu->executed;
}

/* --- what the emulator tells ------------------------------------------------------------------ */

static void on_instruction(unsigned int index, void *data)
{
	const struct insn *insn = data;
	struct cpu *cpu = &cpus[index];

	look_at_span(cpu, insn);
	if (insn->starts_function && insn->function->role == WINDOW)
		enter_window(cpu, insn->function);
	else if (cpu->inside && insn->function->role == STOPPER)
		leave_window(cpu);
	executed++;
	cpu->executed++;
	cpu->last = insn;
	if (cpu->inside)
		inside_window(cpu, insn);
}

static void on_access(unsigned int index, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	const struct insn *insn = data;

	/* A locked instruction takes the line at once, although it reads first. */
	if (cpus[index].inside && !cpus[index].caller)
		model_access(index, address, insn->locked || qemu_plugin_mem_is_store(info));
}

static bool is(const struct qemu_plugin_insn *insn, const uint8_t *bytes, size_t size)
{
	return qemu_plugin_insn_size(insn) == size &&
	       !memcmp(qemu_plugin_insn_data(insn), bytes, size);
}

/* LOCK among the prefixes, or XCHG with memory, which is locked without. */
static bool is_locked(const uint8_t *bytes, size_t size)
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

static struct insn *describe(const struct qemu_plugin_insn *insn)
{
	struct insn *new = calloc(1, sizeof(*new));

	if (!new)
		abort();
	new->address = qemu_plugin_insn_vaddr(insn);
	new->size = qemu_plugin_insn_size(insn);
	new->function = find_function(new->address);
	new->starts_function = new->address == new->function->start;
	new->locked = is_locked(qemu_plugin_insn_data(insn), new->size);
	if (is(insn, seamcall, sizeof(seamcall)))
		new->kind = SEAMCALL;
	else if (is(insn, pause_insn, sizeof(pause_insn)))
		new->kind = PAUSE;
	return new;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		struct insn *description = describe(insn);

		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, QEMU_PLUGIN_CB_NO_REGS,
						       description);
		qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, description);
	}
}

/* --- until the marker ------------------------------------------------------------------------- */

static qemu_plugin_id_t this_plugin;

static void instrument(qemu_plugin_id_t id)
{
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
}

static void on_marker(unsigned int index, void *data)
{
	(void)index, (void)data;
	if (nr_functions)
		return;
	read_symbols();
	qemu_plugin_reset(this_plugin, instrument);
}

static void look_for_marker(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (is(insn, marker, sizeof(marker)))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_marker,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
	}
}

int qemu_plugin_version = QEMU_PLUGIN_API;

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_plugin_info_t *info, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "symbols=", 8))
			symbols_path = strdup(argv[i] + 8);
		else if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
	nr_cpus = info->system.smp_vcpus;
	if (!info->system_emulation || nr_cpus > MODEL_MAX_CPUS || !symbols_path || !out) {
		fprintf(stderr, "plugin: needs symbols=FILE and out=FILE, a system emulator and at most "
				"%d CPUs\n", MODEL_MAX_CPUS);
		return 1;
	}
	this_plugin = id;
	qemu_plugin_register_vcpu_tb_trans_cb(id, look_for_marker);
	return 0;
}
