/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_RANDOM_H
#define TESTS_VECTORS_RANDOM_H

/* Between random.c (what is run and told), random_calls.c (what is drawn) and invariants.c. */

#include "../sim/fw/model.h"
#include "../sim/fw/sim.h"
#include "native.h"
#include "vectors.h"

enum {
	RANDOM_LPS = 4, /* the most that a machine has here */
	RANDOM_LINE = 200,
};

extern struct machine {
	struct native *native;
	struct fw_sim *sim;
} machine;

/* random.c */

u64 random_below(u64 limit);
/** random_tell() - Execute and record a line of the control language; false: it was refused. */
bool random_tell(const char *line);

/* random_calls.c */

void random_open(void);
void random_print_images(void); /* as steps of a vector */
/** random_machine() - Another machine, freshly booted. */
void random_machine(void);
/** random_setting() - Something changes: TDs come, go on and go, entropy fails. */
void random_setting(void);
void random_call(u32 *lp, struct fw_regs *regs);

/* invariants.c */

void invariants_told(const char *line);
void invariants_before(void);
/** invariants_after() - What does not hold after a call, or NULL. */
const char *invariants_after(u32 lp, const struct fw_regs *in, const struct fw_regs *out,
			     enum fw_outcome outcome);
/** invariants_tell() - How often what happened of which something must hold. */
void invariants_tell(FILE *file);

/* random_bugs.c: bugs count from 1, 0 is none */

u32 bugs_known(void);
/** bugs_after() - Do what a model with that bug would have done in this call. */
void bugs_after(u32 bug, u32 lp, const struct fw_regs *in, struct fw_regs *out,
		enum fw_outcome *outcome);
/** bugs_found() - Is it that one which @wrong is about? */
bool bugs_found(u32 bug, const char *wrong);

#endif
