/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_INSN_H
#define SIM_INSN_H

/* The instructions that a CPU without SEAM or VMX answers with #UD, and that are emulated. */

#include "../../kmod/core/types.h"

struct pt_regs;

enum sim_insn_kind {
	SIM_INSN_SEAMCALL,
	SIM_INSN_VMPTRLD,
	SIM_INSN_VMPTRST,
};

struct sim_insn {
	enum sim_insn_kind kind;
	u8 length;
	unsigned long address; /* of the memory operand */
};

/**
 * sim_insn_decode() - Is this one of them?
 * @bytes: the @size bytes at @regs->ip that can be read, at most 15.
 */
bool sim_insn_decode(const u8 *bytes, size_t size, const struct pt_regs *regs,
		     struct sim_insn *insn);

#endif
