// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TDs that run while nobody asks for it. A thread sends every CPU there once in a while; the CPU
 * enters its TDs with interrupts off, as SEAMCALLs. What stops the machine stops this too.
 */

#include "host.h"

#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(wait);
static struct task_struct *thread;

static void round_on_cpu(void *unused)
{
	u32 lp = smp_processor_id();

	if (lp < READ_ONCE(tdx_sim->fw.platform.num_lps))
		fw_vmm_activity(tdx_sim, lp);
}

static bool wanted(void)
{
	return READ_ONCE(tdx_sim->activity) || kthread_should_stop();
}

static int run(void *unused)
{
	while (!kthread_should_stop()) {
		wait_event_interruptible(wait, wanted());
		if (kthread_should_stop())
			break;
		on_each_cpu(round_on_cpu, NULL, 1);
		schedule_timeout_interruptible(
			msecs_to_jiffies(READ_ONCE(tdx_sim->activity_ms)));
	}
	return 0;
}

int sim_activity_init(void)
{
	thread = kthread_run(run, NULL, "tdx_sim_tds");
	return PTR_ERR_OR_ZERO(thread);
}

void sim_activity_exit(void)
{
	kthread_stop(thread);
}

void sim_activity_kick(void)
{
	wake_up_interruptible(&wait);
}
