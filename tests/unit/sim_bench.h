/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_SIM_BENCH_H
#define TESTS_UNIT_SIM_BENCH_H

/*
 * A simulated platform on the bench: the model with its test equipment, 256 KiB of memory where
 * images are put, and a driver that updates the module by the book.
 */

#include "../sim/fw/sim.h"
#include "../vectors/vectors.h"
#include "module_image.h"
#include "runner.h"

enum {
	BENCH_LPS = 4,
	BENCH_MEMORY = 0x40000,
	BENCH_TEXT = 65536,
};

#define BENCH_MEMORY_BASE 0xf00000ULL
#define BENCH_AVOID	  TDXU_SHUTDOWN_AVOID_COMPAT_SENSITIVE

static struct fw_sim *sim;
static u8 memory[BENCH_MEMORY];
static EVP_MD_CTX *sha;
static u64 clock_ns;
static char text[BENCH_TEXT]; /* what was shown last */
static char error[FW_ERROR_TEXT];
/* Called in the middle of a call, while its LP is inside and the lock is free. */
static void (*meanwhile)(const struct fw_call *call);

static struct vec_key key;
static struct vec_image image;

static bool bench_read(void *ctx, u64 pa, void *data, size_t size)
{
	bool backed = pa >= BENCH_MEMORY_BASE && pa + size <= BENCH_MEMORY_BASE + BENCH_MEMORY;

	(void)ctx;
	if (backed)
		memcpy(data, memory + (pa - BENCH_MEMORY_BASE), size);
	return backed;
}

static bool bench_write(void *ctx, u64 pa, const void *data, size_t size)
{
	bool backed = pa >= BENCH_MEMORY_BASE && pa + size <= BENCH_MEMORY_BASE + BENCH_MEMORY;

	(void)ctx;
	if (backed)
		memcpy(memory + (pa - BENCH_MEMORY_BASE), data, size);
	return backed;
}

static void bench_store(void *ctx, u64 pa, const void *data, size_t size)
{
	ck_assert(bench_write(ctx, pa, data, size));
}

static void bench_sha_init(void *ctx)
{
	(void)ctx;
	EVP_DigestInit_ex(sha, EVP_sha384(), NULL);
}

static void bench_sha_update(void *ctx, const void *data, size_t size)
{
	(void)ctx;
	EVP_DigestUpdate(sha, data, size);
}

static void bench_sha_final(void *ctx, u8 digest[TDXU_SHA384_BYTES])
{
	(void)ctx;
	EVP_DigestFinal_ex(sha, digest, NULL);
}

static u64 bench_time(void *ctx)
{
	(void)ctx;
	return clock_ns += 1000;
}

static void bench_stall(void *ctx, struct fw_call *call)
{
	void (*once)(const struct fw_call *call) = meanwhile;

	clock_ns += fw_latency_ns(ctx, call);
	meanwhile = NULL;
	if (once)
		once(call);
}

static void bench_setup(void)
{
	static const struct fw_hooks hooks = {
		.read = bench_read,
		.write = bench_write,
		.sha384_init = bench_sha_init,
		.sha384_update = bench_sha_update,
		.sha384_final = bench_sha_final,
		.time_ns = bench_time,
		.stall = bench_stall,
	};

	sim = malloc(sizeof(*sim));
	sha = EVP_MD_CTX_new();
	ck_assert(sim && sha);
	memset(memory, 0, sizeof(memory));
	meanwhile = NULL;
	clock_ns = 0;
	fw_sim_init(sim, &hooks, BENCH_LPS);
	fw_sim_reset(sim);
}

static void bench_teardown(void)
{
	EVP_MD_CTX_free(sha);
	free(sim);
}

/* The error, or "" if there was none. */
static const char *control(const char *line)
{
	char copy[2 * FW_LINE_TEXT];

	ck_assert_uint_lt(strlen(line), sizeof(copy));
	strcpy(copy, line);
	error[0] = 0;
	if (!fw_control(&sim->fw, copy, error, sizeof(error)))
		ck_assert_str_eq(error, "");
	else
		ck_assert_str_ne(error, "");
	return error;
}

static void command(const char *line)
{
	ck_assert_msg(!*control(line), "%s: %s", line, error);
}

static __printf(2, 3) void bench_print(void *ctx, const char *fmt, ...)
{
	size_t used = strlen(text);
	va_list args;

	(void)ctx;
	va_start(args, fmt);
	vsnprintf(text + used, sizeof(text) - used, fmt, args);
	va_end(args);
}

static const struct fw_emit bench_emit = { .print = bench_print };

static const char *show(void (*what)(struct fw_sim *sim, const struct fw_emit *emit))
{
	text[0] = 0;
	what(sim, &bench_emit);
	return text;
}

static bool shows(void (*what)(struct fw_sim *sim, const struct fw_emit *emit), const char *line)
{
	return strstr(show(what), line);
}

static struct fw_regs seamcall(u32 lp, u64 rax, u64 rcx, enum fw_outcome expected)
{
	struct fw_regs regs = { .rax = rax, .rcx = rcx, .rdx = 0xdead };

	ck_assert_int_eq(fw_seamcall(&sim->fw, lp, &regs), expected);
	return regs;
}

static u64 call(u32 lp, u64 rax, u64 rcx)
{
	return seamcall(lp, rax, rcx, FW_RETURN).rax;
}

static inline enum fw_td_health health(u32 id)
{
	char reason[FW_REASON_TEXT];
	struct fw_td *td = fw_td_find(sim, id);

	ck_assert(td);
	return fw_td_health(sim, td, reason);
}

/* An image of a module 1.5.28, differing by @seed; signed by a key that the platform accepts. */
static void bench_image(const char *seed)
{
	const struct module_image m = {
		.seed = seed, .svn_minor = 14, .hv = 1, .handoff_pages = 14,
	};
	struct fw_desc desc = sim->boot.desc;

	desc.update = 28;
	desc.module_hv = 1;
	if (!key.pkey)
		vec_key_generate(&key);
	module_image(&image, &key, &m, &desc);
	vec_sha384(key.modulus, sizeof(key.modulus), sim->fw.platform.signer[1]);
	sim->fw.platform.num_signers = 2;
}

static struct fw_regs bench_install(u32 scenario)
{
	struct fw_regs regs;
	u32 lp;

	image.params.scenario = scenario;
	vec_image_store(&image, bench_store, NULL);
	for (lp = 0; lp < BENCH_LPS; lp++)
		regs = seamcall(lp, TDXU_SEAMLDR_INSTALL, image.params_pa, FW_RETURN);
	return regs;
}

/* From SHUTDOWN, which has @rcx, to UPDATE; true if all of it succeeds. */
static inline bool bench_update(u64 rcx)
{
	bool good = !call(0, TDXU_TDH_SYS_SHUTDOWN, rcx) &&
		    !bench_install(TDXU_SCENARIO_UPDATE).rax && !call(0, TDXU_TDH_SYS_INIT, 0);
	u32 lp;

	for (lp = 0; good && lp < BENCH_LPS; lp++)
		good = !call(lp, TDXU_TDH_SYS_LP_INIT, 0);
	return good && !call(0, TDXU_TDH_SYS_UPDATE, 0);
}

#endif
