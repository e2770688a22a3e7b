/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_VEC_SEAMCALL_H
#define TESTS_VEC_SEAMCALL_H

/* /dev/vec_seamcall: SEAMCALL on any CPU, in any context, and memory to give to it. */

#include <linux/ioctl.h>
#include <linux/types.h>

#define VEC_DEVICE "/dev/vec_seamcall"

enum {
	VEC_MAX_CPUS = 512,
	/* That can be mapped, 4 KiB each, page i at offset 4096 * i. The first is at address 0. */
	VEC_PAGES = 1024,
	VEC_EVERY_CPU = -1,
};

/* Where on the CPU the instruction is executed. */
enum vec_context {
	VEC_PROCESS,  /* a work item: preemptible, interrupts on */
	VEC_SOFTIRQ,  /* a tasklet */
	VEC_HARDIRQ,  /* an inter-processor interrupt */
	VEC_STOPPED,  /* stop_machine(): interrupts off, all CPUs that call at the same moment */
	VEC_CONTEXTS,
};

enum vec_outcome {
	VEC_NOT_CALLED, /* not one of the CPUs that were meant, or not online */
	VEC_RETURN,
	VEC_VMFAIL,	/* CF = 1 */
	VEC_UD,
	VEC_GP,
	VEC_OUTCOMES,
};

/* Also in the order of the instruction's operands. */
struct vec_regs {
	__u64 rax, rcx, rdx, r8, r9, r10, r11;
};

struct vec_result {
	struct vec_regs regs; /* all of them as the instruction left them, after #UD and #GP too */
	__u32 outcome;	      /* enum vec_outcome */
	__u32 reserved;
};

struct vec_call {
	__s32 cpu;	/* or VEC_EVERY_CPU */
	__u32 context;	/* enum vec_context */
	struct vec_regs regs;
	__u64 results;	/* address of VEC_MAX_CPUS struct vec_result, to be filled in by CPU */
};

struct vec_page {
	__u64 index;
	__u64 pa;	/* out: its physical address */
};

#define VEC_IOC_CALL _IOW('V', 1, struct vec_call)
#define VEC_IOC_PAGE _IOWR('V', 2, struct vec_page)

#endif
