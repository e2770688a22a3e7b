// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Facts about the host. The firmware is asked rather than inferred from: a TDH.SYS.RD that
 * succeeds on a CPU proves VMX operation, SEAM and a module that is initialised there, at once.
 */

#include "platform.h"
#include "seamcall.h"
#include "seamldr.h"
#include "tdxmod.h"

#include <linux/cpumask.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/suspend.h>
#include <asm/processor.h>

/* Set between the announcement of a suspend or reboot and its end; read without a lock. */
static bool going_down;

static int pm_event(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		WRITE_ONCE(going_down, true);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		WRITE_ONCE(going_down, false);
		break;
	}
	return NOTIFY_DONE;
}

static int reboot_event(struct notifier_block *nb, unsigned long event, void *data)
{
	WRITE_ONCE(going_down, true);
	return NOTIFY_DONE;
}

static struct notifier_block pm_notifier = { .notifier_call = pm_event };

/* Before everybody else: no update may begin once the machine has started to go down. */
static struct notifier_block reboot_notifier = {
	.notifier_call = reboot_event,
	.priority = INT_MAX,
};

int tdxu_platform_init(void)
{
	int err = register_pm_notifier(&pm_notifier);

	if (err)
		return err;
	err = register_reboot_notifier(&reboot_notifier);
	if (err)
		unregister_pm_notifier(&pm_notifier);
	return err;
}

void tdxu_platform_uninit(void)
{
	unregister_reboot_notifier(&reboot_notifier);
	unregister_pm_notifier(&pm_notifier);
}

bool tdxu_platform_system_running(void)
{
	return system_state == SYSTEM_RUNNING && !READ_ONCE(going_down);
}

enum tdxu_readiness tdxu_platform_readiness(u64 rax)
{
	if (!rax)
		return TDXU_READY;
	if (rax == TDXU_SEAMCALL_UD)
		return TDXU_NOT_READY_NO_VMX;
	if (tdxu_seamcall_not_taken(rax))
		return TDXU_NOT_READY_NO_SEAM;
	return TDXU_NOT_READY_STATUS;
}

void tdxu_platform_count_cpus(struct tdxu_facts *facts)
{
	cpumask_var_t offline;

	facts->system_running = tdxu_platform_system_running();
	facts->cpus_online = num_online_cpus();
	facts->cpus_present = num_present_cpus();
	facts->offline_cpus[0] = '\0';
	if (!zalloc_cpumask_var(&offline, GFP_KERNEL))
		return;
	cpumask_andnot(offline, cpu_present_mask, cpu_online_mask);
	scnprintf(facts->offline_cpus, sizeof(facts->offline_cpus), "%*pbl",
		  cpumask_pr_args(offline));
	free_cpumask_var(offline);
}

/* One CPU's answer; the array has one for each possible CPU. */
struct probe {
	bool answered;
	u32 cpu_model;
	u64 rax;
};

static void probe_this_cpu(void *data)
{
	struct probe *probe = (struct probe *)data + smp_processor_id();
	u64 value;

	probe->rax = tdxu_tdh_sys_rd(TDXU_FIELD_MAJOR_VERSION, &value);
	probe->cpu_model = cpuid_eax(1);
	probe->answered = true;
}

static void add_cpu_model(struct tdxu_facts *facts, u32 model)
{
	u32 i;

	for (i = 0; i < facts->nr_cpu_models; i++) {
		if (facts->cpu_models[i] == model)
			return;
	}
	if (i < TDXU_MAX_CPU_MODELS)
		facts->cpu_models[facts->nr_cpu_models++] = model;
}

static int probe_cpus(struct tdxu_facts *facts)
{
	struct probe *probes = kcalloc(nr_cpu_ids, sizeof(*probes), GFP_KERNEL);
	unsigned int cpu;

	if (!probes)
		return -ENOMEM;
	on_each_cpu(probe_this_cpu, probes, true);
	for_each_possible_cpu(cpu) {
		if (!probes[cpu].answered)
			continue;
		add_cpu_model(facts, probes[cpu].cpu_model);
		if (!probes[cpu].rax || facts->readiness != TDXU_READY)
			continue;
		facts->readiness = tdxu_platform_readiness(probes[cpu].rax);
		facts->unready_cpu = cpu;
		facts->unready_status = probes[cpu].rax;
	}
	kfree(probes);
	return 0;
}

u64 tdxu_platform_read_seamldr(struct tdxu_facts *facts)
{
	struct tdxu_seamldr_info info;
	u64 rax = tdxu_seamldr_info(&info);

	facts->seamldr_answers = !rax;
	if (rax)
		return rax;
	facts->seamldr.major = info.major;
	facts->seamldr.minor = info.minor;
	facts->seamldr.build_num = info.build_num;
	facts->seamldr.build_date = info.build_date;
	facts->seamldr.updates_left = info.num_remaining_updates;
	facts->seamldr.debug_unlocked = info.seamextend.system_under_debug;
	facts->seamldr.seam_ready = info.seamextend.seam_ready;
	facts->running.svn_major = info.seamextend.tcb_svn_major;
	facts->running.svn_minor = info.seamextend.tcb_svn_minor;
	memcpy(facts->running.mrseam, info.seamextend.mrseam, TDXU_SHA384_BYTES);
	return 0;
}

int tdxu_platform_collect(struct tdxu_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	facts->erratum = tdxu_seamldr_erratum();
	tdxu_platform_count_cpus(facts);
	tdxu_platform_read_seamldr(facts);

	preempt_disable();
	facts->module_answers = !tdxu_tdxmod_read_info(&facts->running);
	preempt_enable();
	return probe_cpus(facts);
}
