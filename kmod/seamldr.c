// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * P-SEAMLDR, through one choke point.
 *
 * The hardware lets one CPU at a time into the P-SEAMLDR and turns the others away. Where
 * IA32_VMX_BASIC bit 60 is clear, coming back from it also clears that CPU's current VMCS, INFO
 * included: KVM would go on with none. There a call is made only if the administrator has asked
 * for the VMCS to be put back, and with interrupts off from before the call until it is back.
 */

#include "seamldr.h"

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>

#define NO_VMCS (~0ULL)

enum {
	/* SEAMLDR.INSTALL refuses this address in the call that ends a session. */
	UNALIGNED_PARAMS = 1,
	/* Of a query that meets a call of the kernel's own driver; a millisecond in all. */
	MAX_MEETINGS = 100,
	MEETING_US = 10,
};

/*
 * Serialises P-SEAMLDR calls of this driver and protects info_page and vmcs_lost. Raw: it is taken
 * inside stop_machine(), where a lock that sleeps on PREEMPT_RT must not be. It is held only with
 * interrupts off: so it is free when the machine stops, and INSTALL, which the CPUs then call one
 * after the other, does without it.
 */
static DEFINE_RAW_SPINLOCK(seamldr_lock);
static void *info_page; /* a whole page: what P-SEAMLDR fills wants physical alignment */
static u32 vmcs_lost;
static enum tdxu_erratum erratum __ro_after_init;

static enum tdxu_erratum find_erratum(bool restore_vmcs)
{
	u64 basic;

	/* The MSR exists only with VMX; a CPU without it has no VMCS to lose. */
	if (!boot_cpu_has(X86_FEATURE_VMX) || rdmsrq_safe(TDXU_MSR_VMX_BASIC, &basic) ||
	    (basic & TDXU_VMX_BASIC_SEAMRET_KEEPS_VMCS))
		return TDXU_ERRATUM_NONE;
	return restore_vmcs ? TDXU_ERRATUM_HANDLED : TDXU_ERRATUM_BLOCKED;
}

int tdxu_seamldr_init(bool restore_vmcs)
{
	info_page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!info_page)
		return -ENOMEM;
	erratum = find_erratum(restore_vmcs);
	return 0;
}

void tdxu_seamldr_uninit(void)
{
	free_page((unsigned long)info_page);
}

enum tdxu_erratum tdxu_seamldr_erratum(void)
{
	return erratum;
}

/* Outside VMX operation the instruction faults, and then there is no VMCS either. */
static u64 current_vmcs(void)
{
	u64 vmcs = NO_VMCS;

	asm volatile("1:	vmptrst %[vmcs]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : [vmcs] "+m"(vmcs)
		     :
		     : "cc");
	return vmcs;
}

static bool load_vmcs(u64 vmcs)
{
	bool loaded = false;

	asm volatile("1:	vmptrld %[vmcs]\n"
		     "	seta %[loaded]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : [loaded] "+q"(loaded)
		     : [vmcs] "m"(vmcs)
		     : "cc", "memory");
	return loaded;
}

static struct tdxu_answer call(u64 leaf, u64 rcx)
{
	struct tdxu_args args = { .rcx = rcx };
	u64 rax = tdxu_seamcall(leaf, &args);

	return (struct tdxu_answer){ .rax = rax, .rdx = args.rdx };
}

static noinline struct tdxu_answer call_with_erratum(u64 leaf, u64 rcx)
{
	struct tdxu_answer answer;
	u64 vmcs;

	if (erratum == TDXU_ERRATUM_BLOCKED)
		return (struct tdxu_answer){ .rax = TDXU_SEAMCALL_BLOCKED };
	vmcs = current_vmcs();
	answer = call(leaf, rcx);
	if (vmcs != NO_VMCS && !load_vmcs(vmcs))
		WRITE_ONCE(vmcs_lost, vmcs_lost + 1);
	return answer;
}

/* Where P-SEAMLDR is called, and nowhere else. No other CPU may be here. */
static __always_inline struct tdxu_answer seamldr_call(u64 leaf, u64 rcx)
{
	return unlikely(erratum) ? call_with_erratum(leaf, rcx) : call(leaf, rcx);
}

/* A leaf that fills a page, of which @bytes are copied to @out if the status is 0. */
static u64 ask_once(u64 leaf, void *out, size_t bytes)
{
	unsigned long flags;
	u64 rax;

	raw_spin_lock_irqsave(&seamldr_lock, flags);
	rax = seamldr_call(leaf, __pa(info_page)).rax;
	if (!rax)
		memcpy(out, info_page, bytes);
	raw_spin_unlock_irqrestore(&seamldr_lock, flags);
	return rax;
}

/* From Linux 7.2 on the kernel calls P-SEAMLDR, too, under a lock of its own. */
static u64 ask(u64 leaf, void *out, size_t bytes)
{
	u32 meetings = 0;
	u64 rax = ask_once(leaf, out, bytes);

	while (rax == TDXU_SEAMCALL_VMFAILINVALID && ++meetings < MAX_MEETINGS) {
		udelay(MEETING_US);
		rax = ask_once(leaf, out, bytes);
	}
	return rax;
}

u64 tdxu_seamldr_info(struct tdxu_seamldr_info *info)
{
	return ask(TDXU_SEAMLDR_INFO, info, sizeof(*info));
}

u64 tdxu_seamldr_seaminfo(struct tdxu_seaminfo *seaminfo)
{
	return ask(TDXU_SEAMLDR_SEAMINFO, seaminfo, sizeof(*seaminfo));
}

struct tdxu_answer tdxu_seamldr_install(u64 params_pa)
{
	return seamldr_call(TDXU_SEAMLDR_INSTALL, params_pa);
}

u64 tdxu_seamldr_end_session(void)
{
	return seamldr_call(TDXU_SEAMLDR_INSTALL, UNALIGNED_PARAMS).rax;
}

u32 tdxu_seamldr_vmcs_lost(void)
{
	return READ_ONCE(vmcs_lost);
}
