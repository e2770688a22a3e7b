// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A late microcode load, a BIOS that treats sockets differently, or a correction of the TSC can
 * have changed what was equal when the running module was initialised. The next one is refused by
 * TDH.SYS.LP.INIT then, after the running one has been shut down.
 */

#include "registers.h"

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/smp.h>
#include <asm/msr.h>
#include <asm/processor.h>

/* Where the kernel keeps OSXSAVE and OSPKE: they tell what it uses, and no module checks them. */
#define OSXSAVE 0x08000000U
#define OSPKE 0x00000010U
#define ALL U32_MAX

#define MSR(number) { TDXU_REGISTER_MSR, number, 0, ALL }
#define CPUID(leaf, subleaf, reg, mask) { TDXU_REGISTER_##reg, leaf, subleaf, mask }

/*
 * Not every CPU has each. Of CPUID those words that tell what a CPU can do: others, such as its
 * x2APIC ID or the size of its XSAVE area just now, differ or change.
 */
static const struct {
	enum tdxu_register kind;
	u32 number;
	u32 subleaf;
	u32 mask; /* of a CPUID word */
} registers[] = {
	/* TSC_ADJUST, MISC_PACKAGE_CTLS, XAPIC_DISABLE_STATUS, CORE_CAPABILITIES */
	MSR(0x3b), MSR(0xbc), MSR(0xbd), MSR(0xcf),
	/* ARCH_CAPABILITIES, PERF_CAPABILITIES */
	MSR(0x10a), MSR(0x345),
	/* VMX capabilities */
	MSR(0x480), MSR(0x481), MSR(0x482), MSR(0x483), MSR(0x484), MSR(0x485), MSR(0x486),
	MSR(0x487), MSR(0x488), MSR(0x489), MSR(0x48a), MSR(0x48b), MSR(0x48c), MSR(0x48d),
	MSR(0x48e), MSR(0x48f), MSR(0x490), MSR(0x491), MSR(0x492), MSR(0x493),
	/* MTRRCAP, MKTME_KEYID_PARTITIONING, TME_CAPABILITY, TME_ACTIVATE, WBINVDP, WBNOINVDP */
	MSR(0xfe), MSR(0x87), MSR(0x981), MSR(0x982), MSR(0x98), MSR(0x99),
	CPUID(0x1, 0, EAX, ALL), CPUID(0x1, 0, ECX, ~OSXSAVE), CPUID(0x1, 0, EDX, ALL),
	CPUID(0x7, 0, EBX, ALL), CPUID(0x7, 0, ECX, ~OSPKE), CPUID(0x7, 0, EDX, ALL),
	CPUID(0x7, 1, EAX, ALL), CPUID(0x7, 2, EDX, ALL),
	CPUID(0xd, 0, EAX, ALL), CPUID(0xd, 0, EDX, ALL), CPUID(0xd, 1, EAX, ALL),
	CPUID(0x14, 0, EBX, ALL), CPUID(0x14, 0, ECX, ALL),
	CPUID(0x1c, 0, EAX, ALL), CPUID(0x1c, 0, EBX, ALL), CPUID(0x1c, 0, ECX, ALL),
	CPUID(0x1d, 1, EAX, ALL), CPUID(0x1d, 1, EBX, ALL), CPUID(0x1e, 0, EBX, ALL),
	CPUID(0x80000001, 0, ECX, ALL), CPUID(0x80000008, 0, EAX, ALL),
	{ TDXU_REGISTER_MICROCODE, 0, 0, ALL },
};

/* Bits of IA32_MISC_ENABLE: a value that is refused, where the CPU has what it is about. */
enum {
	MSR_MISC_ENABLE = 0x1a0,
	PERFMON_AVAILABLE = 7,
	BTS_UNAVAILABLE = 11,
	LIMIT_CPUID = 22,

	CPUID_PERFMON = 0xa,
	CPUID_1_EDX_DEBUG_STORE = 21,
	CPUID_EXTENDED = 0x80000000,
};

static bool has_leaf(u32 leaf)
{
	u32 base = leaf & CPUID_EXTENDED;
	struct tdxu_cpuid highest = tdxu_cpuid(base, 0);

	return highest.eax >= leaf && (highest.eax & CPUID_EXTENDED) == base;
}

static u32 read_cpuid(size_t i)
{
	struct tdxu_cpuid word = tdxu_cpuid(registers[i].number, registers[i].subleaf);
	const u32 words[] = {
		[TDXU_REGISTER_EAX] = word.eax,
		[TDXU_REGISTER_EBX] = word.ebx,
		[TDXU_REGISTER_ECX] = word.ecx,
		[TDXU_REGISTER_EDX] = word.edx,
	};

	return words[registers[i].kind] & registers[i].mask;
}

static bool read_register(size_t i, u64 *value)
{
	switch (registers[i].kind) {
	case TDXU_REGISTER_MSR:
		return !rdmsrq_safe(registers[i].number, value);
	case TDXU_REGISTER_MICROCODE:
		*value = cpu_data(smp_processor_id()).microcode;
		return true;
	default:
		if (!has_leaf(registers[i].number))
			return false;
		*value = read_cpuid(i);
		return true;
	}
}

void tdxu_registers_read(struct tdxu_registers *r)
{
	size_t i;

	BUILD_BUG_ON(ARRAY_SIZE(registers) != TDXU_NR_REGISTERS);
	r->cpu = smp_processor_id();
	for (i = 0; i < TDXU_NR_REGISTERS; i++)
		r->reg[i].exists = read_register(i, &r->reg[i].value);
}

static bool has_perfmon(void)
{
	return has_leaf(CPUID_PERFMON) && (tdxu_cpuid(CPUID_PERFMON, 0).eax & 0xff);
}

/* The bit that INIT would refuse, or -1. */
static int refused_bit(u64 misc_enable)
{
	if (misc_enable & BIT_ULL(LIMIT_CPUID))
		return LIMIT_CPUID;
	if (!(misc_enable & BIT_ULL(PERFMON_AVAILABLE)) && has_perfmon())
		return PERFMON_AVAILABLE;
	if ((misc_enable & BIT_ULL(BTS_UNAVAILABLE)) &&
	    (tdxu_cpuid(1, 0).edx & BIT(CPUID_1_EDX_DEBUG_STORE)))
		return BTS_UNAVAILABLE;
	return -1;
}

static bool find_refused(struct tdxu_cpu_difference *d)
{
	u64 value;
	int bit;

	if (rdmsrq_safe(MSR_MISC_ENABLE, &value))
		return false;
	bit = refused_bit(value);
	if (bit < 0)
		return false;
	*d = (struct tdxu_cpu_difference){
		.is = TDXU_CPU_REFUSED,
		.number = MSR_MISC_ENABLE,
		.bit = bit,
		.cpu = smp_processor_id(),
		.value = value,
	};
	return true;
}

void tdxu_registers_compare(const struct tdxu_registers *reference, struct tdxu_cpu_difference *d)
{
	u64 value = 0;
	bool exists;
	size_t i;

	if (find_refused(d))
		return;
	for (i = 0; i < TDXU_NR_REGISTERS; i++) {
		exists = read_register(i, &value);
		if (exists == reference->reg[i].exists &&
		    (!exists || value == reference->reg[i].value))
			continue;
		*d = (struct tdxu_cpu_difference){
			.is = exists ? TDXU_CPU_DIFFERS : TDXU_CPU_LACKS,
			.kind = registers[i].kind,
			.number = registers[i].number,
			.subleaf = registers[i].subleaf,
			.reference_cpu = reference->cpu,
			.reference = reference->reg[i].value,
			.cpu = smp_processor_id(),
			.value = value,
		};
		return;
	}
}
