/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_MODEL_H
#define BENCH_MODEL_H

/*
 * Modelled parallel time: what a run, of which the emulator executes one CPU at a time, would take
 * on CPUs that run side by side. An instruction is one unit. An access to a cache line that another
 * CPU has is M units and waits for the CPU that has it first; M is not known for a machine that is
 * not at hand, so there are several. A pass of a wait loop that finds nothing changed is free: the
 * CPU waits until the line changes. What a SEAMCALL takes is the firmware's and is not counted.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	MODEL_MAX_CPUS = 256,
	MODEL_VARIANTS = 3,
};

/** model_transfer_cost() - M of a variant. */
unsigned int model_transfer_cost(int variant);

/** model_reset() - No CPU has any line: the first that comes gets it for nothing. */
void model_reset(void);

/** model_enter() - This CPU begins, at time 0. */
void model_enter(unsigned int cpu);

/** model_instruction() - @cpu executes one. */
void model_instruction(unsigned int cpu);

/** model_access() - @cpu reads, or with @own writes, at @address. */
void model_access(unsigned int cpu, uint64_t address, bool own);

/**
 * model_pause() - @cpu executes PAUSE at @where: a pass of a wait loop is over.
 *
 * Return: has it seen or done anything? If not, it was free.
 */
bool model_pause(unsigned int cpu, uint64_t where);

/** model_time() - The units that have passed on @cpu. */
uint64_t model_time(unsigned int cpu, int variant);

#endif
