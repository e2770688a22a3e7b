/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_HOST_H
#define SIM_HOST_H

/* The kernel around the firmware model: traps, physical memory, debugfs. */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ptrace.h>
#include "fw/sim.h"
#include "insn.h"

/* The one simulated platform of this kernel. Its lock is in memory.c's hooks. */
extern struct fw_sim *tdx_sim;

/* fixup.c: exception tables of modules that are loaded after this one. */

int sim_fixup_init(void);
void sim_fixup_exit(void);
/**
 * sim_fixup() - Go on where the exception table says that trap @trapnr at @regs->ip goes.
 *
 * Return: false if no entry is known that we can follow; @regs are unchanged.
 */
bool sim_fixup(struct pt_regs *regs, int trapnr);

/* trap.c: the die notifier that emulates them. */

int sim_trap_init(void);
void sim_trap_exit(void);

/* hooks.c: what the firmware model needs of the kernel. */

int sim_hooks_init(void);
void sim_hooks_exit(void);
extern const struct fw_hooks sim_hooks;

/* machine.c: the machine that is simulated, by what this one is like. */

/** sim_machine_check() - Refuse where the real thing is. Says why. */
int sim_machine_check(void);
/** sim_machine_describe() - LPs, packages and x2APIC ids of this machine's present CPUs. */
void sim_machine_describe(struct fw_platform *platform);
/** sim_machine_show_vmx() - Let the kernel believe in VMX: drivers then look for the erratum. */
void sim_machine_show_vmx(bool show);

/* activity.c: TDs that do something all the time. */

int sim_activity_init(void);
void sim_activity_exit(void);
/** sim_activity_kick() - It may have been switched on or off. */
void sim_activity_kick(void);

/* hold.c: CPUs that shall leave, and calls that shall return, at a certain moment. */

int sim_hold_init(void);
void sim_hold_exit(void);
/** sim_hold_kick() - The hold may have been ended. */
void sim_hold_kick(void);
/** sim_hold_end() - End it. */
void sim_hold_end(void);

/* debugfs.c */

void sim_debugfs_init(void);
void sim_debugfs_exit(void);

/** sim_control() - Execute one line; what is wrong with it goes to the log and to last_error. */
int sim_control(char *line);

#endif
