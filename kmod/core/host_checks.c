// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What must hold of the host, whatever the image.
 */

#include "checks.h"
#include "status_text.h"

enum {
	/* SEAMLDR.INSTALL answers EUNSPECERR to a CPU with a higher one (its step 1). */
	MAX_X2APIC_ID = 1023,
};

/* SEAMCALL needs VMX operation. Which part of the kernel enters it depends on the kernel. */
static const char *const vmx_advice[] = {
	[TDXU_VMX_NOT_TOLD] = "load kvm_intel",
	[TDXU_VMX_BY_FIRST_VM] = "load kvm_intel and start a VM: this kernel's KVM enters VMX with the first one",
	[TDXU_VMX_BY_KVM] = "load kvm_intel (modprobe kvm enable_virt_at_load=1 first), or start a VM",
	[TDXU_VMX_BY_KERNEL] = "this kernel enters it itself where TDX comes up at boot, and it did not: see `dmesg | grep -i virt/tdx`, boot with nohibernate if that is the reason",
};

static void check_platform(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	const struct tdxu_knowing *info = &f->known[TDXU_FACT_INFO];
	char rax[TDXU_STATUS_TEXT];

	if (f->erratum == TDXU_ERRATUM_BLOCKED)
		tdxu_fail(v, EOPNOTSUPP,
			  "this CPU clears the current VMCS on every return from P-SEAMLDR (IA32_VMX_BASIC bit 60 is 0), so P-SEAMLDR is not called; load tdx_update with restore_vmcs=1 to have the VMCS put back after each call");
	else if (!f->seamldr_answers && info->is == TDXU_NOT_ASKED)
		tdxu_unknown(v, "P-SEAMLDR was not asked");
	else if (!f->seamldr_answers && info->why == TDXU_SEAMCALL_UD)
		tdxu_fail(v, ENODEV,
			  "no P-SEAMLDR answers (#UD): VMX is off, or this machine has no TDX; %s",
			  vmx_advice[f->vmx_entry]);
	else if (!f->seamldr_answers)
		tdxu_fail(v, ENODEV,
			  "no P-SEAMLDR answers (RAX %s): TDX is not supported by this machine or switched off in its BIOS; enable it there",
			  tdxu_status_text(info->why, rax));
	else
		tdxu_pass(v, "P-SEAMLDR %u.%u answers%s", f->seamldr.major, f->seamldr.minor,
			  f->erratum == TDXU_ERRATUM_HANDLED ?
				  "; the VMCS is put back after each call" : "");
}

static void check_cpus_ready(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	char rax[TDXU_STATUS_TEXT];

	switch (f->readiness) {
	case TDXU_READINESS_NOT_SEEN:
		tdxu_unknown(v, "no CPU was asked for the TDX module");
		break;
	case TDXU_READY:
		tdxu_pass(v, "the TDX module answers on all %u online CPUs", f->cpus_online);
		break;
	case TDXU_NOT_READY_NO_VMX:
		tdxu_fail(v, EOPNOTSUPP, "CPU %u is not in VMX operation; %s",
			  f->unready_cpu, vmx_advice[f->vmx_entry]);
		break;
	case TDXU_NOT_READY_NO_SEAM:
		tdxu_fail(v, ENODEV,
			  "no TDX module answers on CPU %u; check in the kernel log that TDX was initialised at boot",
			  f->unready_cpu);
		break;
	case TDXU_NOT_READY_STATUS:
		tdxu_fail(v, ENODEV,
			  "the TDX module answers TDH.SYS.RD on CPU %u with status %s: it is not initialised there; see `dmesg | grep -i virt/tdx`, and reboot with TDX enabled in the kernel",
			  f->unready_cpu, tdxu_status_text(f->unready_status, rax));
		break;
	}
}

static void fail_too_old(const struct tdxu_version *version, const struct tdxu_version *min,
			 struct tdxu_verdict *v)
{
	char running[TDXU_VERSION_TEXT], minimum[TDXU_VERSION_TEXT];

	tdxu_version_format(version, running);
	tdxu_version_format(min, minimum);
	if (tdxu_gate_protects(version))
		tdxu_fail(v, EPERM,
			  "the running module %s is older than %s, which tdx_update was loaded to demand (minimum_version); " TDXU_NEWER_BY_BOOT,
			  running, minimum);
	else
		tdxu_fail(v, EPERM,
			  "the running module %s cannot refuse to be replaced while a TD is built or migrated, and is older than %s, the minimum of its series; " TDXU_NEWER_BY_BOOT,
			  running, minimum);
}

static void check_gate(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	char running[TDXU_VERSION_TEXT];
	struct tdxu_version min;

	if (!tdxu_knows(f, TDXU_FACT_VERSION) || !tdxu_knows(f, TDXU_FACT_FEATURES0)) {
		tdxu_unknown(v, "no module answers, so its version is not known");
		return;
	}
	tdxu_version_format(&f->running.version, running);
	switch (tdxu_gate_check(&f->running.version, &min)) {
	case TDXU_GATE_TOO_OLD:
		fail_too_old(&f->running.version, &min, v);
		return;
	case TDXU_GATE_UNKNOWN_SERIES:
		tdxu_fail(v, EPERM,
			  "the running module %s is of a series that tdx_update does not know; use a newer tdx_update",
			  running);
		return;
	case TDXU_GATE_OPEN:
		break;
	}
	if (!(f->running.features0 & TDXU_FEATURE_TD_PRESERVING))
		tdxu_fail(v, EPERM,
			  "the running module %s does not support TD-preserving update (TDX_FEATURES0 bit 1); " TDXU_NEWER_BY_BOOT,
			  running);
	else
		tdxu_pass(v, "the running module %s can protect TDs that are built or migrated",
			  running);
}

u16 tdxu_highest_handoff_version = 2;

/*
 * What TDH.SYS.UPDATE of version 0, the only one that the driver calls, would leave switched off.
 * No module that was published up to 1.5.34 and 2.0.18 has any of these.
 */
static void check_features(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	static const struct {
		u64 bit;
		const char *name;
		u32 number;
	} lost[] = {
		{ TDXU_FEATURE_TDX_CONNECT, "TDX Connect", 6 },
		{ TDXU_FEATURE_ADD_ON, "add-on features", 39 },
		{ TDXU_FEATURE_QUOTING, "quoting", 50 },
	};
	u32 i;

	if (!tdxu_knows(f, TDXU_FACT_FEATURES0)) {
		tdxu_unknown(v, "the running module's TDX_FEATURES0 is not known");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(lost); i++) {
		if (!(f->running.features0 & lost[i].bit))
			continue;
		tdxu_fail(v, EOPNOTSUPP,
			  "the running module has %s (TDX_FEATURES0 bit %u), which would not run on after an update by this tdx_update; use a newer tdx_update, or the kernel's own updater",
			  lost[i].name, lost[i].number);
		return;
	}
	if (tdxu_knows(f, TDXU_FACT_MODULE_HV) &&
	    f->running.module_hv > tdxu_highest_handoff_version)
		tdxu_fail(v, EOPNOTSUPP,
			  "the running module writes handoff version %u, and %u is the highest that this tdx_update knows; use a newer tdx_update, or the kernel's own updater",
			  f->running.module_hv, tdxu_highest_handoff_version);
	else
		tdxu_pass(v,
			  "the running module has no feature that an update would switch off");
}

/*
 * An INSTALL session is over when as many logical processors have called as the firmware found at
 * boot. With one missing every call succeeds and nothing is installed; one too many would begin
 * another session. tdxupd makes the advice of this sentence that for its host (cli/base/sysfs.c);
 * the sentence for a CPU that goes offline after the checks is in outcome.c.
 */
static void check_cpus_online(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	if (f->cpus_online != f->cpus_present)
		tdxu_fail(v, EHOSTDOWN,
			  "%u of %u present CPUs are offline (CPU %s), and P-SEAMLDR installs only when every CPU has called it; bring them online: echo on > /sys/devices/system/cpu/smt/control if that says off, else echo 1 > /sys/devices/system/cpu/cpuN/online",
			  f->cpus_present - f->cpus_online, f->cpus_present, f->offline_cpus);
	else if (tdxu_knows(f, TDXU_FACT_SEAMINFO) && f->seam_lps != f->cpus_present)
		tdxu_fail(v, EHOSTDOWN,
			  "P-SEAMLDR waits for %u logical processors to call it, and the kernel has %u; boot the kernel without a limit on CPUs (nr_cpus, possible_cpus)",
			  f->seam_lps, f->cpus_present);
	else if (f->highest_x2apic_id > MAX_X2APIC_ID)
		tdxu_fail(v, EHOSTDOWN,
			  "a CPU has the x2APIC ID %u, and P-SEAMLDR takes no call from one above %u; " TDXU_NEWER_BY_BOOT,
			  f->highest_x2apic_id, MAX_X2APIC_ID);
	else
		tdxu_pass(v, "all %u present CPUs are online", f->cpus_present);
}

/* "MSR 0x3b", "CPUID 0x7.1 EAX". */
static void name_register(const struct tdxu_cpu_difference *d, char *out, size_t size)
{
	static const char *const words[] = { "", "EAX", "EBX", "ECX", "EDX" };

	if (d->kind == TDXU_REGISTER_MSR)
		snprintf(out, size, "MSR 0x%x", d->number);
	else if (d->kind == TDXU_REGISTER_MICROCODE)
		snprintf(out, size, "the microcode revision");
	else
		snprintf(out, size, "CPUID 0x%x.%u %s", d->number, d->subleaf, words[d->kind]);
}

static void check_cpus_alike(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	const struct tdxu_cpu_difference *d = &f->cpu_difference;
	char name[32];

	name_register(d, name, sizeof(name));
	switch (d->is) {
	case TDXU_CPUS_ALIKE:
		tdxu_pass(v, "the CPUs agree in what TDH.SYS.INIT and TDH.SYS.LP.INIT compare");
		break;
	case TDXU_CPU_LACKS:
		tdxu_fail(v, EUCLEAN,
			  "%s is on CPU %u and not on CPU %u, and TDH.SYS.LP.INIT would refuse that; a late microcode load can be the cause, reboot",
			  name, d->reference_cpu, d->cpu);
		break;
	case TDXU_CPU_DIFFERS:
		tdxu_fail(v, EUCLEAN,
			  "%s is 0x%llx on CPU %u and 0x%llx on CPU %u, and TDH.SYS.LP.INIT would refuse that; a late microcode load or a TSC fix-up can be the cause, reboot",
			  name, (unsigned long long)d->reference, d->reference_cpu,
			  (unsigned long long)d->value, d->cpu);
		break;
	case TDXU_CPU_REFUSED:
		tdxu_fail(v, EUCLEAN,
			  "bit %u of %s (IA32_MISC_ENABLE) is %u on CPU %u, and TDH.SYS.INIT would refuse that; the BIOS sets it, look for a limit on CPUID or performance monitoring there, and reboot",
			  d->bit, name, (u32)(d->value >> d->bit & 1), d->cpu);
		break;
	}
}

static void check_updates_left(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	u32 left = f->seamldr.num_remaining_updates;

	if (!f->seamldr_answers)
		tdxu_unknown(v, "no P-SEAMLDR answers, so its counter is not known");
	else if (!left && f->updated_here)
		tdxu_fail(v, ENOSPC,
			  "P-SEAMLDR has no update left: those since the last boot have used them up; a reboot refills the counter");
	else if (!left) /* if it was 0 from the start, no boot fills it */
		tdxu_fail(v, ENOSPC,
			  "P-SEAMLDR has no update left; if none was made since the last boot, it supports none: ask for a newer BIOS, else reboot");
	else if (left == 1)
		tdxu_pass(v,
			  "1 update left: a fallback can replace a target that P-SEAMLDR refuses, but not one that it has installed");
	else
		tdxu_pass(v, "%u updates left", left);
}

static void check_system(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	if (f->system_running)
		tdxu_pass(v, "the system is running");
	else
		tdxu_fail(v, ESHUTDOWN,
			  "the system is suspending, shutting down or rebooting; try again when it is up");
}

const struct tdxu_host_check tdxu_host_checks[] = {
	{ "system", 0, check_system },
	{ "platform", 0, check_platform },
	{ "cpus-online", TDXU_MUST(SEAMINFO) | TDXU_MUST(CPUS), check_cpus_online },
	{ "cpus-ready", TDXU_MUST(CPUS), check_cpus_ready },
	{ "gate", TDXU_MUST(VERSION) | TDXU_MUST(FEATURES0), check_gate },
	{ "features", TDXU_MUST(FEATURES0), check_features },
	{ "cpus-alike", TDXU_MUST(CPUS), check_cpus_alike },
	{ "updates-left", TDXU_MUST(INFO), check_updates_left },
};

const struct tdxu_verdict tdxu_verdict_lost = {
	.name = "lost",
	.kind = TDXU_FAIL,
	.error = ENOTRECOVERABLE,
	.message = "the TDX module was lost in an earlier update, and its TDs with it; reboot the host",
};
