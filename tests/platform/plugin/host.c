// SPDX-License-Identifier: GPL-2.0-or-later
/* What the firmware model needs of its host, and the trace. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/evp.h>

#include "platform.h"
#include "qemu.h"

struct fw_sim *platform_sim;
static EVP_MD_CTX *sha;
static FILE *trace;

static GByteArray *scratch(void)
{
	static GByteArray *array;

	if (!array)
		array = g_byte_array_new();
	return g_byte_array_set_size(array, 0);
}

static bool read_memory(void *ctx, u64 pa, void *data, size_t size)
{
	GByteArray *bytes = scratch();

	(void)ctx;
	if (qemu_plugin_read_memory_hwaddr(pa, bytes, size))
		return false;
	memcpy(data, bytes->data, size);
	return true;
}

static bool write_memory(void *ctx, u64 pa, const void *data, size_t size)
{
	(void)ctx;
	return !qemu_plugin_write_memory_hwaddr(pa, g_byte_array_append(scratch(), data, size));
}

static void sha384_init(void *ctx)
{
	(void)ctx;
	EVP_DigestInit_ex(sha, EVP_sha384(), NULL);
}

static void sha384_update(void *ctx, const void *data, size_t size)
{
	(void)ctx;
	EVP_DigestUpdate(sha, data, size);
}

static void sha384_final(void *ctx, u8 digest[TDXU_SHA384_BYTES])
{
	(void)ctx;
	EVP_DigestFinal_ex(sha, digest, NULL);
}

static u64 time_ns(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Only values that were set for one CPU: QEMU's own are the same on all. */
static bool read_msr(void *ctx, u32 lp, u32 msr, u64 *value)
{
	(void)ctx;
	return msr_read(lp, msr, value);
}

void host_trace(const char *fmt, ...)
{
	va_list args;

	if (!trace)
		return;
	va_start(args, fmt);
	vfprintf(trace, fmt, args);
	va_end(args);
	fflush(trace);
}

/* As firmware leaves a TDX host: a module is loaded, and the kernel has to bring it up. */
static void power_on(void)
{
	struct fw_desc desc = platform_sim->boot.desc;

	fw_sim_reset(platform_sim);
	if (!platform_sim->boot_fresh)
		fw_module_start(&platform_sim->fw, &desc);
	memset(platform_sim->fw.platform.vmx_off, 1, sizeof(platform_sim->fw.platform.vmx_off));
}

static void complain(void *ctx, const char *fmt, ...)
{
	va_list args;

	(void)ctx;
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
}

/* Lines as from the guest, before the machine is switched on. */
static bool run_file(const char *path)
{
	static const struct fw_emit emit = { .print = complain };
	char line[FW_LINE_TEXT];
	FILE *file = fopen(path, "r");
	bool good = file;

	if (!file)
		fprintf(stderr, "platform: cannot open %s\n", path);
	while (good && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		good = guest_line(line, &emit);
	}
	if (file)
		fclose(file);
	return good;
}

bool host_init(unsigned int cpus, const char *trace_path, const char *control_path)
{
	static const struct fw_hooks hooks = {
		.read = read_memory,
		.write = write_memory,
		.sha384_init = sha384_init,
		.sha384_update = sha384_update,
		.sha384_final = sha384_final,
		.time_ns = time_ns,
		.msr = read_msr,
	};

	sha = EVP_MD_CTX_new();
	platform_sim = malloc(sizeof(*platform_sim));
	if (trace_path)
		trace = fopen(trace_path, "w");
	if (!sha || !platform_sim || (trace_path && !trace)) {
		fprintf(stderr, "platform: no memory, or cannot write %s\n", trace_path);
		return false;
	}
	fw_sim_init(platform_sim, &hooks, cpus);
	platform_sim->next.cpuid_fms[0] = PLATFORM_CPUID;
	/* What this kernel calls before another one begins. */
	platform_sim->boot.desc.sys_disable = 1;
	if (control_path && !run_file(control_path))
		return false;
	power_on();
	return true;
}
