// SPDX-License-Identifier: GPL-2.0-or-later
/* What the firmware model needs of the kernel. All but init and exit runs in traps. */

#include "host.h"

#include <crypto/hash.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <asm/msr.h>
#include <asm/processor.h>

/*
 * Over all of tdx_sim, but the pieces of it that fw.h excepts. Raw, because it is taken in traps
 * that interrupt anything, stop_machine included; interrupts are always off under it.
 */
static DEFINE_RAW_SPINLOCK(sim_lock);

/* Allocated once, used under sim_lock: the model hashes one thing at a time. */
static struct shash_desc *sha384;

static unsigned long hook_lock(void *ctx) __acquires(&sim_lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&sim_lock, flags);
	return flags;
}

static void hook_unlock(void *ctx, unsigned long flags) __releases(&sim_lock)
{
	raw_spin_unlock_irqrestore(&sim_lock, flags);
}

/* The direct map holds RAM and nothing else: what cannot be reached there is not backed. */
static void *backed(u64 pa)
{
	return pa >> boot_cpu_data.x86_phys_bits || !pfn_valid(PHYS_PFN(pa)) ? NULL : __va(pa);
}

static bool read_chunk(u64 pa, void *data, size_t size)
{
	const void *from = backed(pa);

	return from && !copy_from_kernel_nofault(data, from, size);
}

static bool hook_read(void *ctx, u64 pa, void *data, size_t size)
{
	while (size) {
		size_t chunk = min_t(size_t, size, PAGE_SIZE - offset_in_page(pa));

		if (!read_chunk(pa, data, chunk))
			return false;
		pa += chunk;
		data += chunk;
		size -= chunk;
	}
	return true;
}

static bool write_byte(u8 *to, u8 value)
{
	pagefault_disable();
	__put_kernel_nofault(to, &value, u8, fault);
	pagefault_enable();
	return true;
fault:
	pagefault_enable();
	return false;
}

static bool write_word(u64 *to, u64 value)
{
	pagefault_disable();
	__put_kernel_nofault(to, &value, u64, fault);
	pagefault_enable();
	return true;
fault:
	pagefault_enable();
	return false;
}

/* Whole words where possible: a host that polls sees no half of one. */
static bool hook_write(void *ctx, u64 pa, const void *data, size_t size)
{
	bool good = true;

	while (size && good) {
		void *to = backed(pa);
		size_t step = pa % sizeof(u64) || size < sizeof(u64) ? 1 : sizeof(u64);
		u64 word = 0;

		memcpy(&word, data, step);
		good = to && (step == 1 ? write_byte(to, (u8)word) : write_word(to, word));
		pa += step;
		data += step;
		size -= step;
	}
	return good;
}

static void hook_sha384_init(void *ctx)
{
	crypto_shash_init(sha384);
}

static void hook_sha384_update(void *ctx, const void *data, size_t size)
{
	crypto_shash_update(sha384, data, size);
}

static void hook_sha384_final(void *ctx, u8 digest[TDXU_SHA384_BYTES])
{
	crypto_shash_final(sha384, digest);
}

static u64 hook_time_ns(void *ctx)
{
	return ktime_get_mono_fast_ns();
}

/* stop_machine() is what these threads are for; what interrupts them does not belong to it. */
static bool hook_stopped(void *ctx)
{
	return !in_hardirq() && !strncmp(current->comm, "migration/", 10);
}

/* Called on the CPU that is the LP. */
static bool hook_msr(void *ctx, u32 lp, u32 msr, u64 *value)
{
	u32 low, high;

	if (rdmsr_safe(msr, &low, &high))
		return false;
	*value = low | (u64)high << 32;
	return true;
}

/* The leaf's latency. No watchdog is fed: neither does a CPU in SEAM mode. */
static void hook_stall(void *ctx, struct fw_call *call)
{
	u64 wait = fw_latency_ns(tdx_sim, call);
	u64 start, others = 0;
	u32 quiet = 0;

	while (fw_fault_holds(tdx_sim, call, &others, &quiet))
		cpu_relax();
	while (call->hold && READ_ONCE(tdx_sim->held))
		cpu_relax();
	if (!wait)
		return;
	start = ktime_get_mono_fast_ns();
	while (ktime_get_mono_fast_ns() - start < wait)
		cpu_relax();
}

/* No random(): the kernel's takes locks that may not be taken under a raw one. */
const struct fw_hooks sim_hooks = {
	.read = hook_read,
	.write = hook_write,
	.sha384_init = hook_sha384_init,
	.sha384_update = hook_sha384_update,
	.sha384_final = hook_sha384_final,
	.time_ns = hook_time_ns,
	.stopped = hook_stopped,
	.msr = hook_msr,
	.lock = hook_lock,
	.unlock = hook_unlock,
	.stall = hook_stall,
};

/*
 * The portable implementation if there is one under its own name: those that use vector registers
 * look whether they may, but there is no need to try that from a trap. Newer kernels have a
 * library behind the plain name.
 */
static struct crypto_shash *allocate_sha384(void)
{
	struct crypto_shash *tfm = crypto_alloc_shash("sha384-generic", 0, 0);

	return IS_ERR(tfm) ? crypto_alloc_shash("sha384", 0, 0) : tfm;
}

int sim_hooks_init(void)
{
	struct crypto_shash *tfm = allocate_sha384();

	if (IS_ERR(tfm)) {
		pr_err("No SHA-384 in this kernel: load sha512_generic\n");
		return PTR_ERR(tfm);
	}
	sha384 = kzalloc(sizeof(*sha384) + crypto_shash_descsize(tfm), GFP_KERNEL);
	if (!sha384) {
		crypto_free_shash(tfm);
		return -ENOMEM;
	}
	sha384->tfm = tfm;
	return 0;
}

void sim_hooks_exit(void)
{
	crypto_free_shash(sha384->tfm);
	kfree(sha384);
}
