/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_SEAMCALL_H
#define TDXU_SEAMCALL_H

/*
 * The SEAMCALL instruction, and which calls are worth another attempt. Knows no leaf, and nothing
 * else knows the instruction.
 */

#include "core/abi.h"

#include <linux/types.h>
#include <asm/asm.h>
#include <asm/processor.h>

/*
 * The registers that the leaves which the driver calls take or return, beside RAX. R9 to R11, which
 * none of them takes, are 0 in each call: a newer firmware must find no leftovers there.
 */
struct tdxu_args {
	u64 rcx;
	u64 rdx;
	u64 r8;
};

/* What tells how a call went, where RAX alone does not. */
struct tdxu_answer {
	u64 rax;
	u64 rdx;
};

static inline bool tdxu_seamcall_not_taken(u64 rax)
{
	return (rax & 0xffffff0000000000ULL) == TDXU_SEAMCALL_NOT_TAKEN;
}

/**
 * tdxu_seamcall() - Execute SEAMCALL on this CPU.
 * @leaf: RAX.
 * @args: the other registers, in and out; untouched if no SEAM software takes the call.
 *
 * CF says that no SEAM software took the call (none is loaded or ready, or the P-SEAMLDR is busy
 * for another CPU); a #UD or #GP is caught by the exception table, which leaves the trap's number
 * in RAX. Inline, because every CPU comes here while the machine is stopped, and a compiler that
 * sees which registers matter moves no others.
 *
 * Context: any, on a CPU that the caller cannot be moved away from. Does not sleep; the firmware
 * runs with interrupts off however the caller had them.
 *
 * Return: RAX, or one of TDXU_SEAMCALL_*. Intel SDM, SEAMCALL.
 */
static __always_inline u64 tdxu_seamcall(u64 leaf, struct tdxu_args *args)
{
	register u64 r8 asm("r8") = args->r8;
	register u64 r9 asm("r9") = 0;
	register u64 r10 asm("r10") = 0;
	register u64 r11 asm("r11") = 0;
	u64 rax = leaf, rcx = args->rcx, rdx = args->rdx;

	asm volatile("1:	.byte 0x66, 0x0f, 0x01, 0xcf\n"
		     "	jnc 3f\n"
		     "	movabs %[vmfailinvalid], %%rax\n"
		     "	jmp 3f\n"
		     "2:	movabs %[not_taken], %%r9\n"
		     "	or %%r9, %%rax\n"
		     "3:\n"
		     _ASM_EXTABLE_FAULT(1b, 2b)
		     : "+a"(rax), "+c"(rcx), "+d"(rdx), "+r"(r8), "+r"(r9), "+r"(r10),
		       "+r"(r11)
		     : [vmfailinvalid] "i"(TDXU_SEAMCALL_VMFAILINVALID),
		       [not_taken] "i"(TDXU_SEAMCALL_NOT_TAKEN)
		     : "memory", "cc");
	args->rcx = rcx;
	args->rdx = rdx;
	args->r8 = r8;
	return rax;
}

enum {
	/* Of one call that met another caller. The firmware asks for "some" retries. */
	TDXU_MAX_RETRIES = 100,
};

/** tdxu_seamcall_can_pass() - Is this the RAX of a call that may well succeed the next time? */
static inline bool tdxu_seamcall_can_pass(u64 rax)
{
	u64 class = TDXU_STATUS_CLASS(rax);

	return rax == TDXU_SEAMCALL_VMFAILINVALID || rax == TDXU_SEAMLDR_EUNSPECERR ||
	       class == TDXU_TDX_SYS_BUSY || class == TDXU_TDX_RND_NO_ENTROPY;
}

/**
 * tdxu_seamcall_again() - Make another attempt?
 * @can_pass: whether there is any use in it.
 * @tries: 0 before the first call; counted up.
 *
 * Gives the CPU that is in the way a moment.
 */
static inline bool tdxu_seamcall_again(bool can_pass, u32 *tries)
{
	if (!can_pass || ++*tries > TDXU_MAX_RETRIES)
		return false;
	cpu_relax();
	return true;
}

#endif
