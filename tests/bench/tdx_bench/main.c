// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Things to measure next to the driver, by writing their names to /sys/kernel/debug/tdx_bench:
 *
 *	measure		from now on the emulator's plugin measures; the next time: no more
 *	empty		stop the machine and do nothing
 *	mainline	update as Linux 7.3 does
 *	crypto		hash the image and verify its signature
 *	settle		free what the kernel has put off to free
 */

#include "bench.h"

#include <linux/debugfs.h>
#include <linux/firmware.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/stop_machine.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

/* A small one to be installed, a large one to be checked. */
enum which {
	SMALL,
	LARGE,
	NR_FILES,
};

static const char *const names[NR_FILES] = { "small", "large" };
static const struct firmware *modules[NR_FILES], *sigstructs[NR_FILES];
static struct dentry *file;

static int bench_measure(const struct bench_image *image)
{
	/* "nopl" with a displacement that no compiler has reason to choose. */
	asm volatile(".byte 0x0f, 0x1f, 0x80\n\t.ascii \"TDXB\"");
	return 0;
}

static noinline int bench_empty(void *unused)
{
	return 0;
}

static int stop_for_nothing(const struct bench_image *image)
{
	return stop_machine(bench_empty, NULL, cpu_online_mask);
}

/* Callbacks of RCU, and the address space of what was freed by vfree(). */
static int settle(const struct bench_image *image)
{
	rcu_barrier();
	vm_unmap_aliases();
	return 0;
}

static const struct {
	const char *name;
	enum which which;
	int (*run)(const struct bench_image *image);
} commands[] = {
	{ "measure", SMALL, bench_measure },
	{ "empty", SMALL, stop_for_nothing },
	{ "mainline", SMALL, bench_mainline_update },
	{ "crypto", LARGE, bench_crypto },
	{ "settle", SMALL, settle },
};

static int run(size_t command)
{
	const struct firmware *module = modules[commands[command].which];
	const struct bench_image image = {
		.module = module->data,
		.module_bytes = module->size,
		.sigstruct = sigstructs[commands[command].which]->data,
	};

	return commands[command].run(&image);
}

static ssize_t bench_write(struct file *f, const char __user *text, size_t count, loff_t *pos)
{
	char name[16] = "";
	size_t i;
	int err;

	if (count >= sizeof(name) || copy_from_user(name, text, count))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!sysfs_streq(name, commands[i].name))
			continue;
		err = run(i);
		return err ? err : count;
	}
	return -EINVAL;
}

static const struct file_operations bench_fops = {
	.owner = THIS_MODULE,
	.write = bench_write,
};

static int load(const struct firmware **to, const char *name, const char *suffix)
{
	char path[32];

	snprintf(path, sizeof(path), "%s%s", name, suffix);
	return request_firmware_direct(to, path, NULL);
}

static void unload_all(void)
{
	int i;

	for (i = 0; i < NR_FILES; i++) {
		release_firmware(modules[i]);
		release_firmware(sigstructs[i]);
	}
}

static int __init bench_init(void)
{
	int i, err = 0;

	for (i = 0; i < NR_FILES && !err; i++) {
		err = load(&modules[i], names[i], ".so");
		if (!err)
			err = load(&sigstructs[i], names[i], ".sigstruct");
	}
	if (err)
		unload_all();
	else
		file = debugfs_create_file("tdx_bench", 0200, NULL, NULL, &bench_fops);
	return err;
}

static void __exit bench_exit(void)
{
	debugfs_remove(file);
	unload_all();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("What the TDX module updater is compared with");
