/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_PROOFS_LINUX_H
#define TDXU_PROOFS_LINUX_H

/*
 * What the window asks of Linux, on a machine whose CPUs are threads. Accesses that the kernel
 * marks are atomic ones, in the order that their names promise and no stronger; all others are as
 * they are.
 */

#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "core/types.h"

/* compiler and memory */
#define noinline __attribute__((__noinline__))
#undef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#define likely(x) (x)
#define unlikely(x) (x)
#define SMP_CACHE_BYTES 64
#define ____cacheline_aligned_in_smp __attribute__((__aligned__(64)))
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value) __atomic_store_n(&(x), value, __ATOMIC_RELAXED)
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, value) __atomic_store_n(p, value, __ATOMIC_RELEASE)

typedef struct {
	int counter;
} atomic_t;

#define atomic_read(v) __atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)
#define atomic_add(n, v) ((void)atomic_add_return_relaxed(n, v))
#define atomic_inc_return(v) atomic_add_return(1, v)
#define atomic_add_return(n, v) __atomic_add_fetch(&(v)->counter, n, __ATOMIC_SEQ_CST)
#define atomic_add_return_relaxed(n, v) __atomic_add_fetch(&(v)->counter, n, __ATOMIC_RELAXED)

/* bits and numbers */
#define BITS_PER_BYTE 8
#define BIT(n) (1UL << (n))
#define hweight8(x) ((unsigned int)__builtin_popcountl((x) & 0xff))
#define round_down(x, n) ((x) & ~((n) - 1))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define NSEC_PER_MSEC 1000000ULL

/* CPUs: at most as many as a word has bits */
struct cpumask {
	unsigned long bits[1];
};

extern struct cpumask cpu_online_mask[1];
extern _Thread_local unsigned int this_cpu;

#define nr_cpu_ids ((unsigned int)CPUS)
#define raw_smp_processor_id() (this_cpu)
#define cpumask_bits(mask) ((mask)->bits)
#define cpumask_copy(to, from) (*(to) = *(from))
#define cpumask_equal(a, b) ((a)->bits[0] == (b)->bits[0])
#define cpumask_size() sizeof(struct cpumask)
#define num_present_cpus() nr_cpu_ids
#define num_online_cpus() (__builtin_popcountl(cpu_online_mask->bits[0]))

static inline unsigned int cpumask_next(int cpu, const struct cpumask *mask)
{
	while (++cpu < CPUS && !(mask->bits[0] & BIT(cpu)))
		;
	return (unsigned int)cpu;
}

#define cpumask_first(mask) cpumask_next(-1, mask)
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < nr_cpu_ids; (cpu)++)
#define for_each_cpu(cpu, mask) \
	for ((cpu) = cpumask_first(mask); (cpu) < nr_cpu_ids; \
	     (cpu) = cpumask_next((int)(cpu), mask))
#define for_each_online_cpu(cpu) for_each_cpu(cpu, cpu_online_mask)

/* Threads share cores: who waits must let others go on. */
#define cpu_relax() sched_yield()
#define udelay(us) sched_yield()
#define touch_nmi_watchdog() ((void)0)
#define rcu_momentary_eqs() ((void)0)

static inline u64 ktime_get_mono_fast_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

int stop_machine(int (*function)(void *data), void *data, const struct cpumask *cpus);

/* memory and parameters */
#define struct_size(p, member, n) (sizeof(*(p)) + (n) * sizeof(*(p)->member))
#define vfree(p) free(p)
#define module_param(name, type, mode) static_assert(sizeof(name) == sizeof(unsigned int))
#define MODULE_PARM_DESC(name, text) static_assert(sizeof(text) > 1)

static inline void *vzalloc(size_t size)
{
	void *p = aligned_alloc(64, (size + 63) / 64 * 64);

	return p ? memset(p, 0, size) : NULL;
}

/* The instruction is a function of the firmware that stress.c plays. */
#define tdxu_seamcall tdxu_seamcall_instruction
#define _ASM_EXTABLE_FAULT(from, to) ""
#include "seamcall.h"
#undef tdxu_seamcall
u64 tdxu_seamcall(u64 leaf, struct tdxu_args *args);

#endif
