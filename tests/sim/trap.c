// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A CPU without SEAM answers SEAMCALL with #UD, and one without VMX does so with VMPTRLD and
 * VMPTRST. The kernel tells the die chain before it looks at exception tables: here the
 * instruction is executed on the saved registers, and the interrupted code goes on behind it.
 *
 * Interrupts are off from the trap to the return from it, whatever was interrupted: the CPU, and
 * with it the LP, stays the same.
 */

#include "host.h"

#include <linux/kdebug.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

enum {
	MAX_INSN_BYTES = 15,
	VMCS_ALIGN = 4096,
};

#define NO_VMCS (~0ULL)
#define FLAGS_OF_VMX                                                                               \
	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | X86_EFLAGS_SF |           \
	 X86_EFLAGS_OF)

static void vm_succeed(struct pt_regs *regs)
{
	regs->flags &= ~FLAGS_OF_VMX;
}

static void vm_fail_invalid(struct pt_regs *regs)
{
	regs->flags = (regs->flags & ~FLAGS_OF_VMX) | X86_EFLAGS_CF;
}

static void vm_fail_valid(struct pt_regs *regs)
{
	regs->flags = (regs->flags & ~FLAGS_OF_VMX) | X86_EFLAGS_ZF;
}

static void put_result(struct pt_regs *regs, const struct fw_regs *result)
{
	regs->ax = result->rax;
	regs->cx = result->rcx;
	regs->dx = result->rdx;
	regs->r8 = result->r8;
	regs->r9 = result->r9;
	regs->r10 = result->r10;
	regs->r11 = result->r11;
}

static enum fw_outcome seamcall(u32 lp, struct pt_regs *regs)
{
	struct fw_regs call = {
		.rax = regs->ax, .rcx = regs->cx, .rdx = regs->dx, .r8 = regs->r8,
		.r9 = regs->r9, .r10 = regs->r10, .r11 = regs->r11,
	};
	enum fw_outcome outcome;

	/* It could have interrupted a SEAMCALL of its own CPU; nothing takes it then. */
	if (in_nmi())
		return FW_VMFAIL;
	outcome = fw_seamcall(&tdx_sim->fw, lp, &call);
	if (outcome == FW_RETURN)
		put_result(regs, &call);
	return outcome;
}

static bool emulate_seamcall(u32 lp, struct pt_regs *regs, const struct sim_insn *insn)
{
	switch (seamcall(lp, regs)) {
	case FW_RETURN:
		vm_succeed(regs);
		break;
	case FW_VMFAIL:
	case FW_UD2:
		vm_fail_invalid(regs);
		break;
	case FW_UD:
		return false;
	case FW_GP:
		return sim_fixup(regs, X86_TRAP_GP);
	}
	regs->ip += insn->length;
	return true;
}

static bool store_operand(unsigned long address, u64 value)
{
	pagefault_disable();
	__put_kernel_nofault((void *)address, &value, u64, fault);
	pagefault_enable();
	return true;
fault:
	pagefault_enable();
	return false;
}

static void make_current(u32 lp, struct pt_regs *regs, u64 pointer)
{
	u64 *current_vmcs = &tdx_sim->fw.lp[lp].current_vmcs;

	if (!(pointer & (VMCS_ALIGN - 1)) && !(pointer >> tdx_sim->fw.platform.max_pa)) {
		WRITE_ONCE(*current_vmcs, pointer);
		vm_succeed(regs);
	} else if (READ_ONCE(*current_vmcs) == NO_VMCS) {
		vm_fail_invalid(regs);
	} else {
		vm_fail_valid(regs);
	}
}

/* The pointer is the LP's own; the simulated VMM moves it only by command. */
static bool emulate_vmptr(u32 lp, struct pt_regs *regs, const struct sim_insn *insn)
{
	u64 pointer;

	if (tdx_sim->fw.platform.vmx_off[lp])
		return false;
	if (insn->kind == SIM_INSN_VMPTRST) {
		if (!store_operand(insn->address, READ_ONCE(tdx_sim->fw.lp[lp].current_vmcs)))
			return false;
		vm_succeed(regs);
		regs->ip += insn->length;
		return true;
	}
	if (copy_from_kernel_nofault(&pointer, (void *)insn->address, sizeof(pointer)))
		return false;
	make_current(lp, regs, pointer);
	regs->ip += insn->length;
	return true;
}

/* true: the interrupted code goes on at regs->ip, else the #UD is real. */
static bool emulate(struct pt_regs *regs, const struct sim_insn *insn)
{
	u32 lp = raw_smp_processor_id();

	if (lp >= tdx_sim->fw.platform.num_lps)
		return false;
	if (insn->kind == SIM_INSN_SEAMCALL)
		return emulate_seamcall(lp, regs, insn);
	return emulate_vmptr(lp, regs, insn);
}

/* As many bytes of the instruction as can be read: it may end where its page does. */
static size_t fetch(unsigned long ip, u8 bytes[MAX_INSN_BYTES])
{
	size_t size = min_t(size_t, MAX_INSN_BYTES, PAGE_SIZE - offset_in_page(ip));

	if (!copy_from_kernel_nofault(bytes, (void *)ip, MAX_INSN_BYTES))
		return MAX_INSN_BYTES;
	return copy_from_kernel_nofault(bytes, (void *)ip, size) ? 0 : size;
}

static int on_die(struct notifier_block *nb, unsigned long event, void *data)
{
	struct die_args *args = data;
	u8 bytes[MAX_INSN_BYTES];
	struct sim_insn insn;

	if (event != DIE_TRAP || args->trapnr != X86_TRAP_UD || user_mode(args->regs))
		return NOTIFY_DONE;
	if (!sim_insn_decode(bytes, fetch(args->regs->ip, bytes), args->regs, &insn))
		return NOTIFY_DONE;
	return emulate(args->regs, &insn) ? NOTIFY_STOP : NOTIFY_DONE;
}

static struct notifier_block die_nb = { .notifier_call = on_die, .priority = INT_MAX };

int sim_trap_init(void)
{
	return register_die_notifier(&die_nb);
}

void sim_trap_exit(void)
{
	unregister_die_notifier(&die_nb);
}
