// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The instruction itself. CF says that no SEAM software took the call (none is loaded or ready, or
 * the P-SEAMLDR is busy for another CPU); a #UD or #GP is caught by the exception table, which
 * leaves the trap's number in RAX.
 */

#include "seamcall.h"
#include "core/abi.h"

#include <asm/asm.h>
#include <asm/processor.h>

u64 tdxu_seamcall(u64 leaf, struct tdxu_args *args)
{
	register u64 r8 asm("r8") = args->r8;
	register u64 r9 asm("r9") = args->r9;
	register u64 r10 asm("r10") = args->r10;
	register u64 r11 asm("r11") = args->r11;
	u64 rax = leaf;

	asm volatile("1:	.byte 0x66, 0x0f, 0x01, 0xcf\n"
		     "	jnc 3f\n"
		     "	mov %[vmfailinvalid], %[rax]\n"
		     "	jmp 3f\n"
		     "2:	or %[not_taken], %[rax]\n"
		     "3:\n"
		     _ASM_EXTABLE_FAULT(1b, 2b)
		     : [rax] "+a"(rax), "+c"(args->rcx), "+d"(args->rdx), "+r"(r8), "+r"(r9),
		       "+r"(r10), "+r"(r11)
		     : [vmfailinvalid] "r"(TDXU_SEAMCALL_VMFAILINVALID),
		       [not_taken] "r"(TDXU_SEAMCALL_NOT_TAKEN)
		     : "memory", "cc");
	args->r8 = r8;
	args->r9 = r9;
	args->r10 = r10;
	args->r11 = r11;
	return rax;
}

bool tdxu_seamcall_can_pass(u64 rax)
{
	u64 class = TDXU_STATUS_CLASS(rax);

	return rax == TDXU_SEAMCALL_VMFAILINVALID || rax == TDXU_SEAMLDR_EUNSPECERR ||
	       class == TDXU_TDX_SYS_BUSY || class == TDXU_TDX_RND_NO_ENTROPY;
}

bool tdxu_seamcall_again(bool can_pass, u32 *tries)
{
	if (!can_pass || ++*tries > TDXU_MAX_RETRIES)
		return false;
	cpu_relax();
	return true;
}
