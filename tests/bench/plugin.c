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
 * and executes the marker; only then is anything instrumented, so that it boots at full speed, and
 * only until it executes the marker again.
 */

#include "../platform/plugin/qemu.h"
#include "guest.h"
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CALLS = 4096 };

struct insn {
	uint64_t address;
	struct function *function;
	enum insn_kind kind;
	bool locked, starts_function;
	const char *leaf; /* that the next SEAMCALL after it calls, or NULL */
	uint8_t size;
};

struct call {
	unsigned int cpu;
	const char *leaf;
	uint64_t begin, end, cost;
};

static struct cpu {
	bool inside;
	bool idle; /* this and the next are known outside of windows only */
	unsigned int interrupts; /* in each other */
	const struct insn *last;
	const char *leaf; /* of the next SEAMCALL */
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

static unsigned int nr_cpus;
static void *qemu_cpus[MODEL_MAX_CPUS];
static uint64_t executed; /* on all CPUs, since the marker */
static uint64_t outside; /* on all CPUs, since the last window, by CPUs at work */
static uint64_t wbinvd; /* likewise, but interrupts count */
static const char *symbols_path;
static FILE *out;

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
		     "\"firmware\": %lu, \"waiting\": %lu, \"outside\": %lu, \"wbinvd\": %lu, "
		     "\"locked\": %lu, \"parallel\": {",
		window.function->title, nr_cpus, executed - window.begin, window.own,
		window.firmware, window.waiting, outside, wbinvd, window.locked);
	for (int v = 0; v < MODEL_VARIANTS; v++)
		fprintf(out, "%s\"%u\": %lu", v ? ", " : "", model_transfer_cost(v), longest(v));
	fprintf(out, "}, \"functions\": {");
	for (unsigned int i = 0; i < guest_nr_functions; i++) {
		struct function *f = &guest_functions[i];

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
	outside = wbinvd = 0;
}

static void begin_seamcall(struct cpu *cpu, const struct insn *insn)
{
	struct call *call = &window.calls[window.nr_calls % MAX_CALLS];

	window.nr_calls++;
	window.firmware++;
	*call = (struct call){
		.cpu = cpu - cpus,
		.leaf = cpu->leaf ? cpu->leaf : "?",
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
	if (insn->leaf)
		cpu->leaf = insn->leaf;
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

/*
 * Interrupts come when they like, the more the slower the host is, and wake idle CPUs. One ends
 * with IRET, or, if it came in user mode, with another task.
 */
static bool is_at_work(struct cpu *cpu, const struct insn *insn)
{
	enum role role = insn->starts_function ? insn->function->role : NO_ROLE;

	if (role == INTERRUPT)
		cpu->interrupts++;
	else if (insn->kind == IRET && cpu->interrupts)
		cpu->interrupts--;
	else if (role == SWITCH)
		cpu->interrupts = 0;
	if (role == SWITCH || role == IDLE)
		cpu->idle = role == IDLE;
	return !cpu->interrupts && !cpu->idle;
}

/* --- what the emulator tells ------------------------------------------------------------------ */

static void on_start(unsigned int index, void *data)
{
	(void)data;
	if (index < MODEL_MAX_CPUS)
		qemu_cpus[index] = current_cpu;
}

/*
 * Which CPU executes this. Since QEMU 10.0, and while one thread executes all CPUs, a callback is
 * told which one the code was translated on.
 */
static unsigned int this_cpu(void)
{
	static unsigned int last;

	if (qemu_cpus[last] == current_cpu)
		return last;
	for (last = 0; last < nr_cpus; last++) {
		if (qemu_cpus[last] == current_cpu)
			return last;
	}
	abort();
}

static void on_instruction(unsigned int translated_on, void *data)
{
	const struct insn *insn = data;
	struct cpu *cpu = &cpus[this_cpu()];

	(void)translated_on;
	look_at_span(cpu, insn);
	if (insn->starts_function && insn->function->role == WINDOW)
		enter_window(cpu, insn->function);
	else if (cpu->inside && insn->function->role == STOPPER)
		leave_window(cpu);
	executed++;
	cpu->executed++;
	cpu->last = insn;
	wbinvd += insn->kind == WBINVD;
	if (cpu->inside)
		inside_window(cpu, insn);
	else if (is_at_work(cpu, insn))
		outside++;
}

static void on_access(unsigned int translated_on, qemu_meminfo_t info, uint64_t address, void *data)
{
	const struct insn *insn = data;
	unsigned int index = this_cpu();

	(void)translated_on;
	/* A locked instruction takes the line at once, although it reads first. */
	if (cpus[index].inside && !cpus[index].caller)
		model_access(index, address, insn->locked || qemu_plugin_mem_is_store(info));
}

static const char *leaf_of(const struct insn *insn, const uint8_t *bytes)
{
	if (!insn->function->is_leaf)
		return guest_leaf_loaded(bytes, insn->size);
	return insn->starts_function ? insn->function->name : NULL;
}

static struct insn *describe(const struct qemu_plugin_insn *insn, const uint8_t *bytes, size_t size)
{
	struct insn *new = calloc(1, sizeof(*new));

	if (!new)
		abort();
	new->address = qemu_plugin_insn_vaddr(insn);
	new->size = size;
	new->function = guest_function(new->address);
	new->starts_function = new->address == new->function->start;
	new->leaf = leaf_of(new, bytes);
	new->locked = guest_insn_locked(bytes, new->size);
	new->kind = guest_insn_kind(bytes, new->size);
	return new;
}

static void instrument(struct qemu_plugin_insn *insn, const uint8_t *bytes, size_t size)
{
	struct insn *description = describe(insn, bytes, size);

	qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, QEMU_PLUGIN_CB_NO_REGS,
					       description);
	qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS,
					 QEMU_PLUGIN_MEM_RW, description);
}

/* --- from marker to marker -------------------------------------------------------------------- */

static qemu_plugin_id_t this_plugin;
static bool measuring;

static void start(void *data);

/* All that was translated is forgotten, and translated again as it is needed. */
static void on_marker(unsigned int index, void *data)
{
	(void)index, (void)data;
	if (guest_nr_functions == 1 && !guest_read_symbols(symbols_path)) {
		fprintf(stderr, "plugin: no symbols in %s\n", symbols_path);
		exit(1);
	}
	measuring = !measuring;
	qemu_plugin_reset(this_plugin, start, NULL);
}

static void look_at(struct qemu_plugin_insn *insn)
{
	uint8_t bytes[GUEST_MAX_INSN];
	size_t size = qemu_plugin_insn_data(insn, bytes, sizeof(bytes));

	if (guest_insn_kind(bytes, size) == MARKER)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_marker, QEMU_PLUGIN_CB_NO_REGS,
						       NULL);
	else if (measuring)
		instrument(insn, bytes, size);
}

static void on_translation(struct qemu_plugin_tb *tb, void *data)
{
	(void)data;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
		look_at(qemu_plugin_tb_get_insn(tb, i));
}

static void start(void *data)
{
	(void)data;
	qemu_plugin_register_vcpu_tb_trans_cb(this_plugin, on_translation, NULL);
}

int qemu_plugin_version = QEMU_PLUGIN_VERSION;

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
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
	if (!&current_cpu) {
		fprintf(stderr, "plugin: this QEMU does not export current_cpu\n");
		return 1;
	}
	this_plugin = id;
	qemu_plugin_register_vcpu_init_cb(id, on_start, NULL);
	start(NULL);
	return 0;
}
