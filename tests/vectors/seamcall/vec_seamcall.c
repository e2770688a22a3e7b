// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vec_seamcall: executes SEAMCALL for a test in user space, with the registers, on the CPU and in
 * the context that the test wants. It knows nothing of leaves, and has nothing of the driver's: it
 * stands for any kernel code that executes the instruction by the book.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <asm/asm.h>
#include <asm/io.h>
#include <asm/trapnr.h>

#include "vec_seamcall.h"

/* One call at a time, on however many CPUs. */
static DEFINE_MUTEX(lock);

static struct {
	struct vec_regs regs;
	struct cpumask cpus;
	atomic_t left; /* CPUs whose tasklet has not run yet */
	struct completion done;
} job;

/* Each CPU writes its own. */
static struct vec_result results[VEC_MAX_CPUS];

/* The first is the machine's physical page 0, which no kernel uses; it gets its content back. */
static struct page *pages[VEC_PAGES];
static void *page_zero_before;

/* A fault leaves the trap's number in RAX (EX_TYPE_FAULT), and the two flags as they were. */
static void seamcall(struct vec_result *result)
{
	register u64 r8 asm("r8") = result->regs.r8;
	register u64 r9 asm("r9") = result->regs.r9;
	register u64 r10 asm("r10") = result->regs.r10;
	register u64 r11 asm("r11") = result->regs.r11;
	u32 trapped = 1, carry = 0;

	asm volatile("1:	.byte 0x66, 0x0f, 0x01, 0xcf\n"
		     "	setc %b[carry]\n"
		     "	movl $0, %[trapped]\n"
		     "2:\n"
		     _ASM_EXTABLE_FAULT(1b, 2b)
		     : "+a"(result->regs.rax), "+c"(result->regs.rcx), "+d"(result->regs.rdx),
		       "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11), [carry] "+r"(carry),
		       [trapped] "+r"(trapped)
		     :
		     : "memory", "cc");
	result->regs.r8 = r8;
	result->regs.r9 = r9;
	result->regs.r10 = r10;
	result->regs.r11 = r11;
	if (trapped)
		result->outcome = result->regs.rax == X86_TRAP_GP ? VEC_GP : VEC_UD;
	else
		result->outcome = carry ? VEC_VMFAIL : VEC_RETURN;
}

static void call_here(void *unused)
{
	struct vec_result *result = &results[smp_processor_id()];

	result->regs = job.regs;
	seamcall(result);
}

/* The contexts: each executes call_here() on all of job.cpus and waits for them. */

static DEFINE_PER_CPU(struct work_struct, works);

/* Runs in process context on each of job.cpus, and is over when all have. */
static void schedule_on_each(work_func_t function)
{
	int cpu;

	for_each_cpu(cpu, &job.cpus) {
		INIT_WORK(per_cpu_ptr(&works, cpu), function);
		schedule_work_on(cpu, per_cpu_ptr(&works, cpu));
	}
	for_each_cpu(cpu, &job.cpus)
		flush_work(per_cpu_ptr(&works, cpu));
}

static void work_fn(struct work_struct *unused)
{
	call_here(NULL);
}

static void in_process(void)
{
	schedule_on_each(work_fn);
}

static void tasklet_fn(struct tasklet_struct *unused)
{
	call_here(NULL);
	if (atomic_dec_and_test(&job.left))
		complete(&job.done);
}

static DEFINE_PER_CPU(struct tasklet_struct, tasklets);

/*
 * Not from a function call interrupt: PREEMPT_RT warns of softirqs that are raised in one (kernel/
 * softirq.c, do_softirq_post_smp_call_flush()). The tasklet runs when softirqs are enabled again.
 */
static void raise_tasklet(struct work_struct *unused)
{
	local_bh_disable();
	tasklet_schedule(this_cpu_ptr(&tasklets));
	local_bh_enable();
}

static void in_softirq_of_each(void)
{
	int cpu;

	for_each_cpu(cpu, &job.cpus)
		tasklet_setup(per_cpu_ptr(&tasklets, cpu), tasklet_fn);
	atomic_set(&job.left, cpumask_weight(&job.cpus));
	init_completion(&job.done);
	schedule_on_each(raise_tasklet);
	wait_for_completion(&job.done);
	for_each_cpu(cpu, &job.cpus)
		tasklet_kill(per_cpu_ptr(&tasklets, cpu));
}

static void in_hardirq_of_each(void)
{
	on_each_cpu_mask(&job.cpus, call_here, NULL, true);
}

static int stopped_fn(void *unused)
{
	call_here(NULL);
	return 0;
}

static void in_stop_machine(void)
{
	stop_machine(stopped_fn, NULL, &job.cpus);
}

static void run_job(u32 context)
{
	static void (*const contexts[VEC_CONTEXTS])(void) = {
		[VEC_PROCESS] = in_process,
		[VEC_SOFTIRQ] = in_softirq_of_each,
		[VEC_HARDIRQ] = in_hardirq_of_each,
		[VEC_STOPPED] = in_stop_machine,
	};

	memset(results, 0, sizeof(results));
	contexts[context]();
}

/* The device */

static int choose_cpus(int cpu)
{
	if (cpu == VEC_EVERY_CPU) {
		cpumask_copy(&job.cpus, cpu_online_mask);
		return 0;
	}
	if (cpu < 0 || cpu >= nr_cpu_ids || !cpu_online(cpu))
		return -ENXIO;
	cpumask_clear(&job.cpus);
	cpumask_set_cpu(cpu, &job.cpus);
	return 0;
}

static int do_call(const struct vec_call *call)
{
	size_t size = sizeof(results[0]) * nr_cpu_ids;
	int result;

	if (call->context >= VEC_CONTEXTS)
		return -EINVAL;
	mutex_lock(&lock);
	result = choose_cpus(call->cpu);
	if (!result) {
		job.regs = call->regs;
		run_job(call->context);
		if (copy_to_user(u64_to_user_ptr(call->results), results, size))
			result = -EFAULT;
	}
	mutex_unlock(&lock);
	return result;
}

static int get_page_address(struct vec_page *page)
{
	if (page->index >= VEC_PAGES)
		return -ENXIO;
	page->pa = page_to_phys(pages[page->index]);
	return 0;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	void __user *user = (void __user *)argument;
	struct vec_call call;
	struct vec_page page;
	int result;

	switch (command) {
	case VEC_IOC_CALL:
		return copy_from_user(&call, user, sizeof(call)) ? -EFAULT : do_call(&call);
	case VEC_IOC_PAGE:
		if (copy_from_user(&page, user, sizeof(page)))
			return -EFAULT;
		result = get_page_address(&page);
		if (!result && copy_to_user(user, &page, sizeof(page)))
			result = -EFAULT;
		return result;
	}
	return -ENOTTY;
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	return vm_map_pages(vma, pages, VEC_PAGES);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.mmap = device_mmap,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vec_seamcall",
	.mode = 0600,
	.fops = &device_fops,
};

static int take_pages(void)
{
	u32 i;

	page_zero_before = kmemdup(__va(0), PAGE_SIZE, GFP_KERNEL);
	if (!page_zero_before)
		return -ENOMEM;
	pages[0] = pfn_to_page(0);
	for (i = 1; i < VEC_PAGES; i++) {
		pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!pages[i])
			return -ENOMEM;
	}
	return 0;
}

static void give_pages_back(void)
{
	u32 i;

	for (i = 1; i < VEC_PAGES && pages[i]; i++)
		__free_page(pages[i]);
	if (page_zero_before)
		memcpy(__va(0), page_zero_before, PAGE_SIZE);
	kfree(page_zero_before);
}

static int __init vec_init(void)
{
	int result;

	if (nr_cpu_ids > VEC_MAX_CPUS) {
		pr_err("%u CPUs are possible, %u can be called on\n", nr_cpu_ids, VEC_MAX_CPUS);
		return -E2BIG;
	}
	result = take_pages();
	if (!result)
		result = misc_register(&device);
	if (result)
		give_pages_back();
	return result;
}

static void __exit vec_exit(void)
{
	misc_deregister(&device);
	give_pages_back();
}

module_init(vec_init);
module_exit(vec_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("SEAMCALL for tests in user space");
