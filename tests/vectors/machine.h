/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VECTORS_MACHINE_H
#define TESTS_VECTORS_MACHINE_H

/*
 * What the vectors run on: the firmware model in this process (machine_native.c), or tdx_sim.ko
 * under the kernel of this machine (machine_vm.c). A program links one of them; all else that it
 * does is the same.
 *
 * Addresses are those of the vectors. Where this machine's memory lies elsewhere, a page that a
 * vector has put something into has an address of this machine's; all other addresses, the
 * impossible ones among them, stand for themselves.
 */

#include "../sim/fw/fw.h"

/** machine_start() - Get the machine ready. Exits with a message if that fails. */
void machine_start(void);
void machine_stop(void);

/** machine_lps() - How many logical processors a vector can have. */
u32 machine_lps(void);

/**
 * machine_control() - One line of the simulator's control language.
 * @why: what was wrong with it.
 */
bool machine_control(const char *line, char *why, size_t size);

/** machine_platform() - What the platform says of itself: "KEY VALUE" lines. */
void machine_platform(char *text, size_t size);

/** machine_handoff() - Copy the handoff area with its header; what there is not, is zero. */
void machine_handoff(u8 *data, size_t size);
/** machine_code() - Copy the pages of the image that was installed last. */
void machine_code(u8 *data, size_t size);

/**
 * machine_seamcall() - Execute SEAMCALL on a logical processor.
 * @regs: as the CPU takes and leaves them: @regs->rcx and the like are this machine's addresses.
 *
 * Return: what the caller sees of it. FW_UD2 is not among that: it is FW_VMFAIL.
 */
enum fw_outcome machine_seamcall(u32 lp, struct fw_regs *regs);

/** machine_forget_memory() - No page has anything in it, but for page 0, which reads as zeros. */
void machine_forget_memory(void);
/* Within one page. A page exists from the first time that something is stored there. */
void machine_store(u64 pa, const void *data, size_t size);
void machine_load(u64 pa, void *data, size_t size);
/** machine_address() - The address by which the firmware finds what was stored at @pa. */
u64 machine_address(u64 pa);

#endif
