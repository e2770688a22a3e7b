// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fail_return.ko: once, at its CALLth call since the module was loaded, a function of the kernel
 * returns VALUE and does nothing. Only for tests.
 *
 *	modprobe fail_return symbol=mpi_alloc value=0 call=3
 *
 * /sys/module/fail_return/parameters/calls tells how many there were.
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

static int __init fail_return_init(void)
{
	probe.symbol_name = symbol;
	return register_kprobe(&probe);
}
module_init(fail_return_init);

static void __exit fail_return_exit(void)
{
	unregister_kprobe(&probe);
}
module_exit(fail_return_exit);

MODULE_DESCRIPTION("A kernel function's return value, for tests");
MODULE_LICENSE("GPL");
