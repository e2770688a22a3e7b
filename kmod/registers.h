/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_REGISTERS_H
#define TDXU_REGISTERS_H

/* What must be equal on all CPUs for TDH.SYS.INIT and TDH.SYS.LP.INIT of another module. */

#include "core/preflight.h"

enum { TDXU_NR_REGISTERS = 54 };

/* One CPU's. */
struct tdxu_registers {
	u32 cpu;
	struct {
		bool exists;
		u64 value;
	} reg[TDXU_NR_REGISTERS];
};

/**
 * tdxu_registers_read() - Read those of this CPU, which others are compared with.
 *
 * Context: preemption off.
 */
void tdxu_registers_read(struct tdxu_registers *registers);

/**
 * tdxu_registers_compare() - Compare this CPU with @reference, and with what INIT demands of each.
 * @difference: the first that is found; untouched if there is none.
 *
 * Context: preemption off, IRQs may be.
 */
void tdxu_registers_compare(const struct tdxu_registers *reference,
			    struct tdxu_cpu_difference *difference);

#endif
