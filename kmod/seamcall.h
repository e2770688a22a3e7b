/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_SEAMCALL_H
#define TDXU_SEAMCALL_H

/* The SEAMCALL instruction. Knows no leaf. */

#include <linux/types.h>

/*
 * What stands in place of a status when no SEAM software took the call. Bits 47:40 of a status are
 * reserved for software, so none of these can come from the firmware.
 */
#define TDXU_SEAMCALL_NOT_TAKEN	  0x8000ff0000000000ULL
#define TDXU_SEAMCALL_VMFAILINVALID (TDXU_SEAMCALL_NOT_TAKEN | 0xffff0000ULL)
#define TDXU_SEAMCALL_UD	  (TDXU_SEAMCALL_NOT_TAKEN | 6)	 /* not in VMX root operation */
#define TDXU_SEAMCALL_GP	  (TDXU_SEAMCALL_NOT_TAKEN | 13) /* SEAM is not enabled */
#define TDXU_SEAMCALL_BLOCKED	  (TDXU_SEAMCALL_NOT_TAKEN | 0xffff0001ULL) /* not even tried */

struct tdxu_args {
	u64 rcx;
	u64 rdx;
	u64 r8;
	u64 r9;
	u64 r10;
	u64 r11;
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
 * Context: any, on a CPU that the caller cannot be moved away from. Does not sleep; the firmware
 * runs with interrupts off however the caller had them.
 *
 * Return: RAX, or one of TDXU_SEAMCALL_*. Intel SDM, SEAMCALL.
 */
u64 tdxu_seamcall(u64 leaf, struct tdxu_args *args);

enum {
	/* Of one call that met somebody else. The firmware asks for "some" retries. */
	TDXU_MAX_RETRIES = 100,
};

/** tdxu_seamcall_can_pass() - Is this the RAX of a call that may well succeed the next time? */
bool tdxu_seamcall_can_pass(u64 rax);

/**
 * tdxu_seamcall_again() - Make another attempt?
 * @can_pass: whether there is any use in it.
 * @tries: 0 before the first call; counted up.
 *
 * Gives whoever is in the way a moment.
 */
bool tdxu_seamcall_again(bool can_pass, u32 *tries);

#endif
