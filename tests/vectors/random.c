// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random sequences of calls and settings on the firmware model, and what must hold after each.
 *
 *	run_random [-s SEED] [-c CALLS] [-b BUG] [-p SEQUENCE]
 *
 * Each sequence begins with a machine of its own. Where something does not hold, the sequence is
 * printed as a vector: run_native executes it, and run_vm, on tdx_sim.ko. -p prints that sequence
 * though nothing is wrong with it; -b plants a bug, to see that it is found, and by what. It ends
 * with 1 where something does not hold, with 2 where that is not what a planted bug breaks.
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "random.h"

enum {
	SEQUENCE = 256, /* steps */
	AT_ONCE = 8, /* more than come between two looks at their number */
	SILENT = 16, /* calls without an answer end a sequence: nobody is there any more */
	DEFAULT_CALLS = 1000000,
};

static u64 state;

u64 random_below(u64 limit)
{
	u64 z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (z ^ z >> 31) % limit;
}

/* The steps of the sequence so far, for the case that it must be told. */

static struct {
	bool call;
	bool refused; /* a line, which may have done a part all the same */
	u32 lp;
	enum fw_outcome outcome;
	u8 sys_state;
	struct fw_regs in, out;
	char line[RANDOM_LINE];
} step[SEQUENCE];
static u32 steps;

static const char *outcome_word(enum fw_outcome outcome)
{
	return outcome == FW_RETURN ? "return" : outcome == FW_UD2 ? "fatal_ud2" : "vmfail";
}

static void print_call(u32 i)
{
	const struct fw_regs *in = &step[i].in, *out = &step[i].out;

	printf("{\"op\": \"seamcall\", \"lp\": %u, \"leaf\": \"%s\", \"rax_in\": \"0x%lx\", "
	       "\"rcx_in\": \"0x%lx\", \"rdx_in\": \"0x%lx\", \"r8_in\": \"0x%lx\", "
	       "\"r9_in\": \"0x%lx\", \"r10_in\": \"0x%lx\", \"r11_in\": \"0x%lx\", "
	       "\"expected\": {\"outcome\": \"%s\"", step[i].lp, fw_leaf_name(in->rax), in->rax,
	       in->rcx, in->rdx, in->r8, in->r9, in->r10, in->r11,
	       outcome_word(step[i].outcome));
	if (step[i].outcome == FW_RETURN)
		printf(", \"rax\": \"0x%lx\", \"rdx\": \"0x%lx\", \"r8\": \"0x%lx\", "
		       "\"sys_state_after\": \"%s\"", out->rax, out->rdx, out->r8,
		       fw_sys_state_name(step[i].sys_state));
	printf("}}");
}

static void print_vector(u64 seed, u64 sequence)
{
	u32 i;

	printf("{\n \"format\": \"tdxmodule-golden-1\", \"error_codes\": {},\n \"vectors\": [\n"
	       "  {\"id\": \"random-%lu-%lu\", \"title\": \"seed %lu, sequence %lu\", "
	       "\"provenance\": \"model\", \"module\": {\"num_lps\": %u, \"sockets\": 1, "
	       "\"built\": {}, \"sysinfo\": {\"num_handoff_pages_plus1\": 14}},\n\"steps\": [\n",
	       seed, sequence, seed, sequence, RANDOM_LPS);
	random_print_images();
	for (i = 0; i < steps; i++) {
		printf(",\n");
		if (step[i].call)
			print_call(i);
		else
			printf("{\"op\": \"control\", \"line\": \"%s\", \"refused\": %s}",
			       step[i].line, step[i].refused ? "true" : "false");
	}
	printf("\n]}\n ]\n}\n");
}

/* Doing, and looking at what was done */

bool random_tell(const char *line)
{
	char copy[RANDOM_LINE], why[RANDOM_LINE];

	snprintf(copy, sizeof(copy), "%s", line);
	snprintf(step[steps].line, RANDOM_LINE, "%s", line);
	step[steps].call = false;
	step[steps].refused = fw_control(&machine.sim->fw, copy, why, sizeof(why));
	invariants_told(line);
	return !step[steps++].refused;
}

/* Counts in @silent how often in a row nobody has answered. */
static const char *call(u32 lp, struct fw_regs regs, u32 bug, u32 *silent)
{
	struct fw_regs in = regs;
	enum fw_outcome outcome;

	invariants_before();
	outcome = fw_seamcall(&machine.sim->fw, lp, &regs);
	bugs_after(bug, lp, &in, &regs, &outcome);
	step[steps].call = true;
	step[steps].lp = lp;
	step[steps].in = in;
	step[steps].out = regs;
	/* From outside, a dead platform is dead, now or since before. */
	step[steps].outcome =
		outcome == FW_VMFAIL && machine.sim->fw.dead ? FW_UD2 : outcome;
	step[steps].sys_state = machine.sim->fw.mod.sys_state;
	steps++;
	*silent = outcome == FW_RETURN ? 0 : *silent + 1;
	return invariants_after(lp, &in, &regs, outcome);
}

/* Returns what does not hold, or NULL. */
static const char *run_sequence(u32 bug, u64 *calls)
{
	const char *wrong = NULL;

	u32 silent = 0;

	steps = 0;
	random_machine();
	while (!wrong && steps < SEQUENCE - AT_ONCE && silent < SILENT) {
		struct fw_regs regs = { 0 };
		u32 lp;

		if (random_below(8) == 0)
			random_setting();
		random_call(&lp, &regs);
		wrong = call(lp, regs, bug, &silent);
		++*calls;
	}
	return wrong;
}

static u64 option_number(const char *name)
{
	char *end;
	u64 value = strtoull(optarg, &end, 0);

	if (!*optarg || *end) {
		fprintf(stderr, "%s: '%s' is not a number\n", name, optarg);
		exit(64);
	}
	return value;
}

int main(int argc, char **argv)
{
	u64 seed = 1, most = DEFAULT_CALLS, print = 0, sequence = 0, calls = 0;
	const char *wrong = NULL;
	u32 bug = 0;
	int option;

	while ((option = getopt(argc, argv, "s:c:b:p:")) != -1) {
		switch (option) {
		case 's': seed = option_number("seed"); break;
		case 'c': most = option_number("calls"); break;
		case 'b': bug = option_number("bug"); break;
		case 'p': print = option_number("sequence"); break;
		default: return 64;
		}
	}
	if (bug > bugs_known()) {
		fprintf(stderr, "there are %u bugs\n", bugs_known());
		return 64;
	}
	random_open();
	while (!wrong && calls < most && (!print || sequence < print)) {
		state = seed * 0xd1342543de82ef95ULL + ++sequence;
		wrong = run_sequence(bug, &calls);
	}
	if (wrong || print)
		print_vector(seed, sequence);
	fprintf(stderr, "%s%sseed %lu: %lu calls in %lu sequences, of which\n", wrong ? wrong : "",
		wrong ? "; " : "", seed, calls, sequence);
	invariants_tell(stderr);
	if (wrong && bug && !bugs_found(bug, wrong))
		return 2;
	return !!wrong;
}
