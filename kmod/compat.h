/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_COMPAT_H
#define TDXU_COMPAT_H

/*
 * Every difference between the supported kernels, each with the version that made it. Included by
 * the build before everything else; no other file of the driver knows of kernel versions.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/types.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "tdx_update needs Linux 6.1 or newer: install it on a newer kernel"
#endif

/* 6.2 gave what a family is called with before a command a type of its own. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define genl_split_ops genl_ops
#endif

/* 6.13 renamed rcu_momentary_dyntick_idle(), and stable kernels followed: see Kbuild. */
#ifndef TDXU_HAVE_RCU_MOMENTARY_EQS
#define rcu_momentary_eqs rcu_momentary_dyntick_idle
#endif

/* 6.16 renamed rdmsrl_safe(), whose name had the operand size of another assembler. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define rdmsrq_safe rdmsrl_safe
#endif

/*
 * Who enters VMX operation: enum tdxu_vmx_entry. 6.12 moved it from the first VM to the loading of
 * KVM, 7.1 to the kernel, which does so where TDX came up at boot.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 1, 0)
#define TDXU_VMX_ENTRY TDXU_VMX_BY_KERNEL
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define TDXU_VMX_ENTRY TDXU_VMX_BY_KVM
#else
#define TDXU_VMX_ENTRY TDXU_VMX_BY_FIRST_VM
#endif

/*
 * The kernel's wrappers of these two instructions have moved between headers (6.17), changed their
 * arguments, and are exported to fewer and fewer modules: own ones are easier to keep.
 */
struct tdxu_cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct tdxu_cpuid tdxu_cpuid(u32 leaf, u32 subleaf)
{
	struct tdxu_cpuid out = { .eax = leaf, .ecx = subleaf };

	asm volatile("cpuid" : "+a"(out.eax), "=b"(out.ebx), "+c"(out.ecx), "=d"(out.edx));
	return out;
}

static inline void tdxu_wbinvd(void)
{
	asm volatile("wbinvd" : : : "memory");
}

#endif
