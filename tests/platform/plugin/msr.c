// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MSRs of a TDX host that QEMU's software CPU does not have: enough for the kernel to find TDX, and
 * for KVM to find all that it asks of VMX for TDs. Any MSR can be given another value on a CPU.
 */

#include "platform.h"

enum {
	MSR_FEATURE_CONTROL = 0x3a,
	MSR_KEYID_PARTITIONING = 0x87,
	MAX_OVERRIDES = 16,
};

/* All that a control field may set, and nothing that it must. */
#define ANY_CONTROL  0xffffffff00000000ULL
/* Of pin-based ones there are eight. */
#define PIN_CONTROL  0x000000ff00000000ULL
/* Primary controls, without the tertiary ones: those have an MSR of 64 bits. */
#define PROC_CONTROL (ANY_CONTROL & ~(1ULL << (32 + 17)))

static const struct {
	uint32_t number;
	uint64_t value;
} fixed[] = {
	{ MSR_FEATURE_CONTROL, 0x5 }, /* locked, VMX outside of SMX */
	/* Revision 1, 4 KiB, write-back, INS/OUTS, true controls, SEAMRET keeps the VMCS. */
	{ 0x480, 1 | 4096ULL << 32 | 6ULL << 50 | 1ULL << 54 | 1ULL << 55 |
		 TDXU_VMX_BASIC_SEAMRET_KEEPS_VMCS },
	{ 0x481, PIN_CONTROL | 0x16 },
	{ 0x482, PROC_CONTROL | 0x0401e172 },
	{ 0x483, ANY_CONTROL | 0x00036dff },
	{ 0x484, ANY_CONTROL | 0x000011ff },
	{ 0x485, 1ULL << 5 | 1ULL << 6 | 4ULL << 16 }, /* EFER.LMA, HLT, CR3 targets */
	{ 0x486, 0x80000021 },
	{ 0x487, 0xffffffff },
	{ 0x488, 0x2000 },
	{ 0x489, ~0ULL },
	{ 0x48a, 0x2e },
	{ 0x48b, ANY_CONTROL },
	/* 4 levels, WB, 2 MiB, 1 GiB, INVEPT and accessed/dirty bits, INVVPID: all kinds. */
	{ 0x48c, 1ULL << 0 | 1ULL << 6 | 1ULL << 14 | 1ULL << 16 | 1ULL << 17 | 1ULL << 20 |
		 1ULL << 21 | 1ULL << 25 | 1ULL << 26 | 1ULL << 32 | 0xfULL << 40 },
	{ 0x48d, PIN_CONTROL | 0x16 },
	{ 0x48e, PROC_CONTROL | 0x04006172 },
	{ 0x48f, ANY_CONTROL | 0x00036dfb },
	{ 0x490, ANY_CONTROL | 0x000011fb },
	{ 0x491, 0 },
};

static struct override {
	bool used;
	unsigned int cpu;
	uint32_t number;
	uint64_t value;
} overrides[MAX_OVERRIDES];

static struct override *find_override(unsigned int cpu, uint32_t number)
{
	for (size_t i = 0; i < MAX_OVERRIDES; i++)
		if (overrides[i].used && overrides[i].cpu == cpu && overrides[i].number == number)
			return &overrides[i];
	return NULL;
}

/* What the firmware model's platform says. */
static bool modelled(uint32_t number, uint64_t *value)
{
	const struct fw_platform *p = &platform_sim->fw.platform;

	switch (number) {
	case MSR_KEYID_PARTITIONING:
		*value = p->last_shared_hkid | (uint64_t)p->num_private_hkids << 32;
		return p->seam_present;
	case TDXU_MSR_SEAMRR_BASE:
		*value = p->seamrr_base | TDXU_SEAMRR_BASE_CONFIGURED;
		return p->seam_present;
	case TDXU_MSR_SEAMRR_MASK:
		*value = (~(p->seamrr_size - 1) & TDXU_SEAMRR_ADDRESS) | TDXU_SEAMRR_MASK_ENABLED;
		return p->seam_present;
	default:
		return false;
	}
}

bool msr_read(unsigned int cpu, uint32_t number, uint64_t *value)
{
	const struct override *override = find_override(cpu, number);

	if (override) {
		*value = override->value;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
		if (fixed[i].number != number)
			continue;
		*value = fixed[i].value;
		if (number == TDXU_MSR_VMX_BASIC && platform_sim->fw.platform.erratum)
			*value &= ~TDXU_VMX_BASIC_SEAMRET_KEEPS_VMCS;
		return true;
	}
	return modelled(number, value);
}

static struct override *free_override(void)
{
	for (size_t i = 0; i < MAX_OVERRIDES; i++)
		if (!overrides[i].used)
			return &overrides[i];
	return NULL;
}

bool msr_control(char *text, char *err, size_t size)
{
	unsigned long long value;
	struct override *override;
	unsigned int cpu;
	uint32_t number;
	int count = sscanf(text, "%i %u %lli", (int *)&number, &cpu, (long long *)&value);

	if (count < 2 || cpu >= MAX_CPUS) {
		snprintf(err, size, "usage: msr NUMBER CPU [VALUE]");
		return false;
	}
	override = find_override(cpu, number);
	if (!override)
		override = free_override();
	if (!override) {
		snprintf(err, size, "msr: %d values are set already", MAX_OVERRIDES);
		return false;
	}
	*override = (struct override){ count == 3, cpu, number, value };
	return true;
}
