// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Facts about the host. The firmware is asked rather than inferred from: a TDH.SYS.RD that
 * succeeds on a CPU proves VMX operation, SEAM and a module that is initialised there, at once.
 */

#include "platform.h"
#include "registers.h"
#include "seamcall.h"
#include "seamldr.h"
#include "tdxmod.h"

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/notifier.h>
#include <linux/overflow.h>
#include <linux/smp.h>
#include <linux/suspend.h>
#include <linux/vmalloc.h>
#include <asm/msr.h>
#include <asm/processor.h>

enum {
	CPUID_CACHES = 4,
	CPUID_CACHES_L3 = 3, /* subleaf */
	CPUID_TOPOLOGY = 0xb,
	/* Of SEAMLDR.SEAMINFO, which only answers that another caller is in P-SEAMLDR. */
	SEAMINFO_PATIENCE_MS = 2000,
	SEAMINFO_PAUSE_MS = 10,
};

/* Set between the announcement of a suspend or reboot and its end; read without a lock. */
static bool going_down;

/* By an update that went past SHUTDOWN, since they were written back. */
static bool caches_dirty;

static int pm_event(struct notifier_block *nb, unsigned long event, void *data)
{
	/* The other events are the ends of these. */
	WRITE_ONCE(going_down, event == PM_SUSPEND_PREPARE || event == PM_HIBERNATION_PREPARE ||
			       event == PM_RESTORE_PREPARE);
	return NOTIFY_DONE;
}

void tdxu_platform_goes_down(void)
{
	WRITE_ONCE(going_down, true);
}

static struct notifier_block pm_notifier = { .notifier_call = pm_event };

void tdxu_platform_init(void)
{
	register_pm_notifier(&pm_notifier);
}

void tdxu_platform_uninit(void)
{
	unregister_pm_notifier(&pm_notifier);
}

bool tdxu_platform_system_running(void)
{
	/* Written as it comes, and read so by all: either value is true for a moment. */
	return data_race(system_state) == SYSTEM_RUNNING && !READ_ONCE(going_down);
}

static enum tdxu_readiness readiness_from(u64 rax)
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
	if (!zalloc_cpumask_var(&offline, GFP_KERNEL)) {
		/* Their number is enough to refuse; only their names are missing. */
		tdxu_know(facts, TDXU_FACT_OFFLINE_CPUS, TDXU_OUT_OF_MEMORY);
		scnprintf(facts->offline_cpus, sizeof(facts->offline_cpus), "?");
		return;
	}
	tdxu_know(facts, TDXU_FACT_OFFLINE_CPUS, 0);
	/* A CPU may come or go just now: the window checks again, when none can. */
	data_race(cpumask_andnot(offline, cpu_present_mask, cpu_online_mask));
	scnprintf(facts->offline_cpus, sizeof(facts->offline_cpus), "%*pbl",
		  cpumask_pr_args(offline));
	free_cpumask_var(offline);
}

/* One CPU's answer. */
struct probe {
	bool answered;
	u32 cpu_model;
	u32 x2apic_id;
	u64 rax;
	u32 retries;
	struct tdxu_cpu_difference difference;
};

struct probes {
	struct tdxu_registers reference;
	struct probe cpu[]; /* one for each possible CPU */
};

static void probe_this_cpu(void *data)
{
	struct probes *probes = data;
	struct probe *probe = &probes->cpu[smp_processor_id()];
	u64 value;

	probe->rax = tdxu_tdh_sys_rd(TDXU_FIELD_MAJOR_VERSION, &value, &probe->retries);
	probe->cpu_model = tdxu_cpuid(1, 0).eax;
	if (boot_cpu_data.cpuid_level >= CPUID_TOPOLOGY)
		probe->x2apic_id = tdxu_cpuid(CPUID_TOPOLOGY, 0).edx;
	tdxu_registers_compare(&probes->reference, &probe->difference);
	probe->answered = true;
}

static void note_probe(struct tdxu_facts *facts, unsigned int cpu, const struct probe *probe)
{
	tdxu_facts_add_cpu_model(facts, probe->cpu_model);
	facts->retries += probe->retries;
	facts->highest_x2apic_id = max(facts->highest_x2apic_id, probe->x2apic_id);
	if (probe->difference.is && !facts->cpu_difference.is)
		facts->cpu_difference = probe->difference;
	if (facts->readiness > TDXU_READY || (!probe->rax && facts->readiness))
		return;
	facts->readiness = readiness_from(probe->rax);
	facts->unready_cpu = cpu;
	facts->unready_status = probe->rax;
}

static void probe_cpus(struct tdxu_facts *facts)
{
	/* kvzalloc() would take up to twice as much if it could. */
	struct probes *probes = vzalloc(struct_size(probes, cpu, nr_cpu_ids));
	u64 why = probes ? 0 : TDXU_OUT_OF_MEMORY;
	unsigned int cpu;

	tdxu_know(facts, TDXU_FACT_CPUS, why);
	tdxu_know(facts, TDXU_FACT_CPU_MODELS, why);
	if (!probes)
		return;
	preempt_disable();
	tdxu_registers_read(&probes->reference);
	preempt_enable();
	on_each_cpu(probe_this_cpu, probes, true);
	for_each_possible_cpu(cpu) {
		if (probes->cpu[cpu].answered)
			note_probe(facts, cpu, &probes->cpu[cpu]);
	}
	vfree(probes);
}

static void read_seamldr(struct tdxu_facts *facts)
{
	struct tdxu_seamldr_info info;
	u64 rax = tdxu_seamldr_info(&info);

	tdxu_know(facts, TDXU_FACT_INFO, rax);
	if (!rax)
		tdxu_facts_from_info(facts, &info);
}

/* Of one package: those that could share its last cache. 0: there is no such cache. */
static u32 count_addressable_lps(void)
{
	u32 eax;

	if (boot_cpu_data.cpuid_level < CPUID_CACHES)
		return 0;
	eax = tdxu_cpuid(CPUID_CACHES, CPUID_CACHES_L3).eax;
	/* bits 4:0: kind of cache; bits 25:14: the count less one */
	return eax & 0x1f ? (eax >> 14 & 0xfff) + 1 : 0;
}

/* 0 if it cannot be read or is not in use. */
static u64 read_seamrr_base(void)
{
	u64 base, mask;

	if (rdmsrq_safe(TDXU_MSR_SEAMRR_BASE, &base) || rdmsrq_safe(TDXU_MSR_SEAMRR_MASK, &mask))
		return 0;
	if (!(base & TDXU_SEAMRR_BASE_CONFIGURED) || !(mask & TDXU_SEAMRR_MASK_ENABLED))
		return 0;
	return base & TDXU_SEAMRR_ADDRESS;
}

/*
 * Another caller of P-SEAMLDR, the kernel's own driver in sysfs for one, can be met again and
 * again. Where INFO was answered, silence has no other reason, and waiting is worthwhile.
 */
static u64 ask_seaminfo(struct tdxu_seaminfo *seaminfo, bool patient)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(SEAMINFO_PATIENCE_MS);
	u64 rax = tdxu_seamldr_seaminfo(seaminfo);

	while (rax == TDXU_SEAMCALL_VMFAILINVALID && patient && time_before(jiffies, deadline)) {
		msleep(SEAMINFO_PAUSE_MS);
		rax = tdxu_seamldr_seaminfo(seaminfo);
	}
	return rax;
}

static void read_seam_range(struct tdxu_facts *facts)
{
	struct tdxu_seaminfo seaminfo;
	u64 rax = ask_seaminfo(&seaminfo, facts->seamldr_answers);

	facts->addressable_lps = count_addressable_lps();
	facts->known[TDXU_FACT_ADDRESSABLE_LPS].is =
		facts->addressable_lps ? TDXU_KNOWN : TDXU_ABSENT;
	tdxu_know(facts, TDXU_FACT_SEAMINFO, rax);
	if (!rax)
		tdxu_facts_from_seaminfo(facts, &seaminfo, read_seamrr_base());
}

static void ask_module(void *facts)
{
	tdxu_tdxmod_read_facts(facts);
}

bool tdxu_platform_module_told_all(const struct tdxu_facts *facts)
{
	u32 i;

	for (i = TDXU_FACT_VERSION; i <= TDXU_FACT_HANDOFF_PAGES; i++) {
		if (facts->known[i].is == TDXU_CANNOT_TELL)
			return false;
	}
	return true;
}

/*
 * One CPU without VMX is no reason to believe that there is no module, nor one that cannot read a
 * field to believe that none can.
 */
static void ask_module_anywhere(struct tdxu_facts *facts)
{
	unsigned int cpu;

	preempt_disable();
	ask_module(facts);
	preempt_enable();
	for_each_online_cpu(cpu) {
		if (tdxu_platform_module_told_all(facts))
			return;
		smp_call_function_single(cpu, ask_module, facts, true);
	}
}

/* What takes no SEAMCALL. */
static void look_at_host(struct tdxu_facts *facts)
{
	facts->erratum = tdxu_seamldr_erratum();
	facts->vmx_entry = TDXU_VMX_ENTRY;
	facts->updated_here = caches_dirty;
	tdxu_platform_count_cpus(facts);
}

void tdxu_platform_not_asked(struct tdxu_facts *facts)
{
	tdxu_facts_not_asked(facts);
	look_at_host(facts);
}

void tdxu_platform_collect(struct tdxu_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	look_at_host(facts);
	read_seamldr(facts);
	read_seam_range(facts);

	ask_module_anywhere(facts);
	probe_cpus(facts);
}

struct answers {
	atomic_t shut_down;
	atomic_t other;
};

static void count_answer(void *data)
{
	struct answers *answers = data;
	u32 retries = 0;
	u64 value, rax = tdxu_tdh_sys_rd(TDXU_FIELD_MAJOR_VERSION, &value, &retries);

	if (TDXU_STATUS_CLASS(rax) == TDXU_TDX_SYS_SHUTDOWN)
		atomic_inc(&answers->shut_down);
	else if (rax != TDXU_SEAMCALL_VMFAILINVALID)
		atomic_inc(&answers->other);
}

bool tdxu_platform_module_is_gone(bool *shut_down)
{
	struct answers answers = {};

	on_each_cpu(count_answer, &answers, true);
	*shut_down = atomic_read(&answers.shut_down);
	return !atomic_read(&answers.other) && tdxu_platform_system_running();
}

bool tdxu_platform_is_lost(const struct tdxu_facts *facts)
{
	bool shut_down;

	if (facts->module_answers || !tdxu_platform_module_is_gone(&shut_down))
		return false;
	return shut_down || (facts->seamldr_answers && !facts->seamldr.seamextend.seam_ready &&
			     memchr_inv(facts->running.mrseam, 0, TDXU_SHA384_BYTES));
}

void tdxu_platform_caches_are_dirty(void)
{
	caches_dirty = true;
}

static void write_back_this_cpu(void *unused)
{
	tdxu_wbinvd();
}

void tdxu_platform_write_caches_back(void)
{
	if (caches_dirty)
		on_each_cpu(write_back_this_cpu, NULL, true);
	caches_dirty = false;
}
