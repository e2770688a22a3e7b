// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fail_return.ko: once, at its CALLth call since the module was loaded, a function of the kernel
 * returns VALUE and does nothing. Only for tests.
 *
 *	modprobe fail_return symbol=mpi_alloc value=0 call=3
 *
 * /sys/module/fail_return/parameters/calls tells how many there were.
 *
 * Or it does all, and the NTHth allocation in each of its calls fails; with "go_on" all later ones,
 * too. That takes a kernel with fault injection, of which the attributes of failslab and
 * fail_page_alloc have to be set up (tests/vm/shortage.t).
 *
 *	modprobe fail_return symbol=tdx_update:run_job nth=3 go_on=1
 *
 * .../parameters/left is 0 if one has failed in the last call, and 4294967295 until that is over.
 */

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static char *symbol;
module_param(symbol, charp, 0444);

static long value;
module_param(value, long, 0444);

static int call = 1;
module_param(call, int, 0444);

static atomic_t nr_calls;

static int get_calls(char *buffer, const struct kernel_param *param)
{
	return sprintf(buffer, "%d\n", atomic_read(&nr_calls));
}

static const struct kernel_param_ops calls_ops = { .get = get_calls };
module_param_cb(calls, &calls_ops, NULL, 0444);

/* Where the function goes on in place of its own first instruction. */
static noinline void just_return(void)
{
}

static int on_entry(struct kprobe *kprobe, struct pt_regs *regs)
{
	if (atomic_inc_return(&nr_calls) != call)
		return 0;
	regs_set_return_value(regs, value);
	instruction_pointer_set(regs, (unsigned long)just_return);
	return 1;
}

/* One that has this is not optimised into a jump, which could not go elsewhere. */
static void after_entry(struct kprobe *kprobe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probe = { .pre_handler = on_entry, .post_handler = after_entry };

static uint nth;
module_param(nth, uint, 0644);

static bool go_on;
module_param(go_on, bool, 0644);

/* What "left" is until a call is over. */
#define NOT_OVER UINT_MAX

static uint left = NOT_OVER;
module_param(left, uint, 0444);

#ifdef CONFIG_FAULT_INJECTION
/* As if the task had written to /proc/self/fail-nth and make-it-fail. */
static int on_call(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	left = NOT_OVER;
	current->fail_nth = nth;
	current->make_it_fail = nth && go_on;
	return 0;
}

static int on_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	left = current->fail_nth;
	current->fail_nth = 0;
	current->make_it_fail = 0;
	return 0;
}

static struct kretprobe calls = { .entry_handler = on_call, .handler = on_return };

static int probe_allocations(void)
{
	calls.kp.symbol_name = symbol;
	return register_kretprobe(&calls);
}

static void stop_allocations(void)
{
	unregister_kretprobe(&calls);
}
#else
static int probe_allocations(void)
{
	return -EOPNOTSUPP;
}

static void stop_allocations(void)
{
}
#endif

static bool allocations;

static int __init fail_return_init(void)
{
	allocations = nth;
	if (allocations)
		return probe_allocations();
	probe.symbol_name = symbol;
	return register_kprobe(&probe);
}
module_init(fail_return_init);

static void __exit fail_return_exit(void)
{
	if (allocations)
		stop_allocations();
	else
		unregister_kprobe(&probe);
}
module_exit(fail_return_exit);

MODULE_DESCRIPTION("A kernel function's return value, for tests");
MODULE_LICENSE("GPL");
