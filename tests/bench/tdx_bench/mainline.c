// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shape of the update in Linux 7.3 (arch/x86/virt/vmx/tdx/seamldr.c), to be measured in the
 * same way as ours. All CPUs go through the same states: shut down, install, initialise, take over,
 * done. Each CPU acknowledges each state under one lock, also those in which CPU 0 alone has
 * something to do; the last to acknowledge sets the next state. A second lock keeps calls of the
 * P-SEAMLDR apart, and a third makes the first CPU to get there initialise the module for all.
 *
 * It has only the way of success: images that are refused are not its business.
 */

#include "bench.h"

#include "../../../kmod/core/abi.h"

#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/stop_machine.h>
#include <linux/vmalloc.h>

enum state {
	STATE_START,
	STATE_SHUTDOWN,
	STATE_INSTALL,
	STATE_INIT,
	STATE_UPDATE,
	STATE_DONE,
};

static struct {
	enum state state;
	int acks;
	int failures;
	raw_spinlock_t lock;
} control;

static DEFINE_RAW_SPINLOCK(seamldr_lock);
static DEFINE_RAW_SPINLOCK(init_lock);
static bool init_done;

/* The registers as mainline's assembly moves them: from a structure and back into it. */
struct registers {
	u64 rcx, rdx, r8, r9, r10, r11;
};

static noinline u64 call(u64 leaf, struct registers *regs)
{
	register u64 r8 asm("r8") = regs->r8;
	register u64 r9 asm("r9") = regs->r9;
	register u64 r10 asm("r10") = regs->r10;
	register u64 r11 asm("r11") = regs->r11;

	asm volatile(".byte 0x66, 0x0f, 0x01, 0xcf"
		     : "+a"(leaf), "+c"(regs->rcx), "+d"(regs->rdx), "+r"(r8), "+r"(r9), "+r"(r10),
		       "+r"(r11)
		     :
		     : "memory", "cc");
	regs->r8 = r8;
	regs->r9 = r9;
	regs->r10 = r10;
	regs->r11 = r11;
	return leaf;
}

static noinline u64 bench_tdh_sys_shutdown(u64 hv)
{
	struct registers regs = { .rcx = hv | TDXU_SHUTDOWN_AVOID_COMPAT_SENSITIVE };

	return call(TDXU_TDH_SYS_SHUTDOWN, &regs);
}

static noinline u64 bench_seamldr_install(u64 params_pa)
{
	struct registers regs = { .rcx = params_pa };
	u64 rax;

	raw_spin_lock(&seamldr_lock);
	rax = call(TDXU_SEAMLDR_INSTALL, &regs);
	raw_spin_unlock(&seamldr_lock);
	return rax;
}

static noinline u64 bench_tdh_sys_init(void)
{
	struct registers regs = {};
	u64 rax = 0;

	raw_spin_lock(&init_lock);
	if (!init_done)
		rax = call(TDXU_TDH_SYS_INIT, &regs);
	init_done = true;
	raw_spin_unlock(&init_lock);
	return rax;
}

static noinline u64 bench_tdh_sys_lp_init(void)
{
	struct registers regs = {};

	return call(TDXU_TDH_SYS_LP_INIT, &regs);
}

static noinline u64 bench_tdh_sys_update(void)
{
	struct registers regs = {};

	return call(TDXU_TDH_SYS_UPDATE, &regs);
}

static u64 read_field(u64 field)
{
	struct registers regs = { .rdx = field };

	return call(TDXU_TDH_SYS_RD, &regs) ? 0 : regs.r8;
}

static void acknowledge(u64 result)
{
	raw_spin_lock(&control.lock);
	control.failures += !!result;
	control.acks++;
	if (control.acks == num_online_cpus() && !control.failures) {
		control.acks = 0;
		control.state++;
	}
	raw_spin_unlock(&control.lock);
}

struct order {
	u64 params_pa;
	u64 hv;
};

static u64 do_state(enum state state, const struct order *order, bool leads)
{
	u64 rax;

	switch (state) {
	case STATE_SHUTDOWN:
		return leads ? bench_tdh_sys_shutdown(order->hv) : 0;
	case STATE_INSTALL:
		return bench_seamldr_install(order->params_pa);
	case STATE_INIT:
		rax = bench_tdh_sys_init();
		return rax ? rax : bench_tdh_sys_lp_init();
	case STATE_UPDATE:
		return leads ? bench_tdh_sys_update() : 0;
	default:
		return 0;
	}
}

static int bench_mainline(void *order)
{
	enum state state = STATE_START;
	bool leads = smp_processor_id() == 0;

	do {
		enum state next = READ_ONCE(control.state);

		if (next == state) {
			cpu_relax();
			continue;
		}
		state = next;
		acknowledge(do_state(state, order, leads));
	} while (state != STATE_DONE && !READ_ONCE(control.failures));
	return 0;
}

static u64 page_pa(const void *address)
{
	return (u64)vmalloc_to_pfn(address) << PAGE_SHIFT;
}

int bench_mainline_update(const struct bench_image *image)
{
	struct tdxu_seamldr_params *params = (void *)get_zeroed_page(GFP_KERNEL);
	struct order order = { .hv = read_field(TDXU_FIELD_MODULE_HV) };
	u32 i;

	if (!params)
		return -ENOMEM;
	params->scenario = TDXU_SCENARIO_UPDATE;
	params->sigstruct_pa = page_pa(image->sigstruct);
	params->num_module_pages = image->module_bytes >> PAGE_SHIFT;
	for (i = 0; i < params->num_module_pages; i++)
		params->module_pa_list[i] = page_pa(image->module + i * PAGE_SIZE);
	order.params_pa = __pa(params);

	raw_spin_lock_init(&control.lock);
	control.state = STATE_START + 1;
	control.acks = 0;
	control.failures = 0;
	init_done = false;
	stop_machine(bench_mainline, &order, cpu_online_mask);
	free_page((unsigned long)params);
	return control.failures ? -EIO : 0;
}
