// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the simulator may run, and the machine that it makes of this one. */

#include "host.h"
#include "real.h"

#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <linux/topology.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>

enum {
	MSR_KEYID_PARTITIONING = 0x87,
	MSR_MTRR_CAPABILITIES = 0xfe,
	CPUID_TDX_GUEST = 0x21,
	PACKAGE_SHIFT = 16,
};

static u64 msr_or_zero(u32 msr)
{
	u32 low, high;

	return rdmsr_safe(msr, &low, &high) ? 0 : low | (u64)high << 32;
}

/* The kernel's own function has moved from one header to another. */
static void ask_for_td(u32 signature[3])
{
	u32 eax = CPUID_TDX_GUEST, ecx = 0;

	if (boot_cpu_data.cpuid_level >= CPUID_TDX_GUEST)
		asm volatile("cpuid" : "+a"(eax), "=b"(signature[0]), "+c"(ecx),
			     "=d"(signature[1]));
	signature[2] = ecx;
}

static bool host_platform(void)
{
#ifdef X86_FEATURE_TDX_HOST_PLATFORM
	return boot_cpu_has(X86_FEATURE_TDX_HOST_PLATFORM);
#else
	return false;
#endif
}

int sim_machine_check(void)
{
	struct sim_signs signs = {
		.keyid_partitioning = msr_or_zero(MSR_KEYID_PARTITIONING),
		.mtrr_capabilities = msr_or_zero(MSR_MTRR_CAPABILITIES),
		.host_platform = host_platform(),
	};
	const char *real;

	ask_for_td(signs.td);
	real = sim_real(&signs);
	if (!real && num_present_cpus() <= FW_MAX_LPS)
		return 0;
	if (real)
		pr_err("Refusing to load where TDX is real: %s\n", real);
	else
		pr_err("Refusing to load: %u CPUs are present, %u can be simulated\n",
		       num_present_cpus(), FW_MAX_LPS);
	return -ENODEV;
}

/* A CPU that was never online has no topology: it counts for the first package. */
static u32 package_of(int cpu)
{
	u32 package = topology_logical_package_id(cpu);

	return package < FW_MAX_PACKAGES ? package : 0;
}

void sim_machine_describe(struct fw_platform *platform)
{
	u32 lps[FW_MAX_PACKAGES] = { 0 };
	u32 most = 1, last = 0;
	int cpu;

	for_each_present_cpu(cpu) {
		u32 package = package_of(cpu);

		if (cpu >= FW_MAX_LPS)
			continue;
		platform->x2apic_id[cpu] = package << PACKAGE_SHIFT | lps[package]++;
		most = max(most, lps[package]);
		last = max(last, package);
	}
	platform->num_packages = last + 1;
	platform->pkg_shift = order_base_2(most);
	platform->addressable_lps = most;
	for_each_present_cpu(cpu)
		if (cpu < FW_MAX_LPS)
			platform->x2apic_id[cpu] =
				platform->x2apic_id[cpu] >> PACKAGE_SHIFT << platform->pkg_shift |
				(platform->x2apic_id[cpu] & GENMASK(PACKAGE_SHIFT - 1, 0));
	platform->acm_x2apic_id = platform->x2apic_id[0];
}

void sim_machine_show_vmx(bool show)
{
	static bool shown;

	if (show == shown || (show && boot_cpu_has(X86_FEATURE_VMX)))
		return;
	if (show)
		set_cpu_cap(&boot_cpu_data, X86_FEATURE_VMX);
	else
		clear_bit(X86_FEATURE_VMX, (unsigned long *)boot_cpu_data.x86_capability);
	shown = show;
}
