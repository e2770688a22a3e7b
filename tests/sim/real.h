/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_REAL_H
#define SIM_REAL_H

/*
 * Where TDX is real, the simulator has no business. What tells: each value as the CPU or the kernel
 * gives it, 0 where there is no such register or leaf.
 */
struct sim_signs {
	unsigned long long keyid_partitioning; /* MSR 0x87; bits 63:32: private key ids */
	unsigned long long mtrr_capabilities;  /* MSR 0xfe; bit 15: SEAM range registers */
	int host_platform;		       /* X86_FEATURE_TDX_HOST_PLATFORM */
	unsigned int td[3];		       /* EBX, EDX, ECX of CPUID leaf 0x21 */
};

#define SIM_MTRR_SEAMRR (1ULL << 15)

/**
 * sim_real() - Is TDX real here?
 *
 * Return: by what one sees it, or NULL.
 */
static inline const char *sim_real(const struct sim_signs *signs)
{
	static const char in_td[] = "IntelTDX    ";

	if (signs->keyid_partitioning >> 32)
		return "this machine has private key ids";
	if (signs->mtrr_capabilities & SIM_MTRR_SEAMRR)
		return "this CPU has SEAM";
	if (signs->host_platform)
		return "the kernel runs on a TDX host platform";
	if (!memcmp(signs->td, in_td, sizeof(signs->td)))
		return "this is a TD, and the hypervisor provides TDX";
	return NULL;
}

#endif
