/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

/*
 * A QEMU plugin that gives the guest a TDX host: the firmware model (tests/sim/fw) behind the
 * instructions and MSRs by which a kernel meets it. docs/platform.md tells how to use it.
 *
 * For -accel tcg,thread=single: one virtual CPU executes at a time, so nothing here is locked.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../sim/fw/sim.h"
#include "guest.h"

enum {
	/* CPUID.1.EAX as QEMU is told to answer it; a CPU without the partial write erratum. */
	PLATFORM_CPUID = 0xa06f0,
	MAX_CPUS = FW_MAX_LPS,
	MAX_INSN_BYTES = 15,
};

extern struct fw_sim *platform_sim;

/* cpu.c: the virtual CPU whose instruction is being executed. */

enum cpu_register {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
	REG_CR4,
	NUM_REGISTERS,
};

/* To be called at each CPU's start. */
void cpu_init(unsigned int cpu);
/* Which one it is: with one thread for all, QEMU names the one that translated the code. */
unsigned int cpu_current(void);
/* false: this QEMU lacks something, and @why tells what. Before the first of the following. */
bool cpu_usable(const char **why);
uint64_t cpu_get(enum cpu_register reg);
void cpu_set(enum cpu_register reg, uint64_t value);
/* What VMX instructions and SEAMCALL do to the flags: all clear, or CF set. */
void cpu_set_carry(bool carry);
/* Raise #GP(0) at @address; does not return. */
void cpu_raise_gp(uint64_t address) __attribute__((noreturn));

/* decode.c */

enum insn_kind {
	INSN_OTHER,
	INSN_SEAMCALL,
	INSN_VMXON,
	INSN_VMXOFF,
	INSN_INVEPT, /* INVVPID, too */
	INSN_RDMSR,
	INSN_WRITE_CR4,
	INSN_READ_CR4,
	INSN_WBINVD,
};

struct insn {
	enum insn_kind kind;
	unsigned int length;	   /* 0: bytes are missing */
	enum cpu_register operand; /* of MOV to and from CR4 */
};

/** insn_decode() - 64-bit code; more bytes than the instruction's may be given, or fewer. */
void insn_decode(const uint8_t *bytes, size_t size, struct insn *insn);

/* msr.c */

/** msr_read() - false: this MSR is none of ours, the CPU answers. */
bool msr_read(unsigned int cpu, uint32_t number, uint64_t *value);
/** msr_control() - "NUMBER CPU VALUE", or "NUMBER CPU" for no such value any more. */
bool msr_control(char *text, char *err, size_t size);

/* host.c: what the model needs, and the trace. */

/** host_init() - @trace, @control: paths, or NULL. false: why not is on stderr. */
bool host_init(unsigned int cpus, const char *trace, const char *control);
/* A line of the trace. */
void host_trace(const char *fmt, ...) __printf(1, 2);

/* guest.c: commands from inside. */

/* How often each CPU has written its caches back; and had, when the module was disabled last. */
struct platform_wbinvds {
	unsigned long long now[MAX_CPUS];
	unsigned long long at_disable[MAX_CPUS];
};
extern struct platform_wbinvds platform_wbinvds;

/* What SEAMCALL with GUEST_COMMAND does. */
void guest_command(void);
/** guest_line() - Execute one line. false: @emit has got the reason. */
bool guest_line(char *line, const struct fw_emit *emit);

#endif
