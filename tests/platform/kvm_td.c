// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In the guest: builds a TD by KVM, step by step, as its arguments say.
 *
 *	kvm_td [create | init | finalize | capabilities | wait]...
 *
 * "wait" reads a line from standard input. Each step is reported when it is done. At the end the
 * TD is destroyed.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>

/* Newer than the headers of this machine. */
#define VM_TYPE_TDX 5

enum tdx_command {
	TDX_CAPABILITIES = 0,
	TDX_INIT_VM = 1,
	TDX_FINALIZE_VM = 4,
};

struct tdx_cmd {
	uint32_t id;
	uint32_t flags;
	uint64_t data;
	uint64_t hw_error;
};

enum {
	MAX_CPUID = 16,
	LEAF_ADDRESS_BITS = 0x80000008u,
	GPA_BITS = 48,
};

struct tdx_cpuid {
	uint32_t nent;
	uint32_t padding;
	struct kvm_cpuid_entry2 entries[MAX_CPUID];
};

struct tdx_capabilities {
	uint64_t attributes;
	uint64_t xfam;
	uint64_t reserved[254];
	struct tdx_cpuid cpuid;
};

struct tdx_init_vm {
	uint64_t attributes;
	uint64_t xfam;
	uint64_t mr[18];
	uint64_t reserved[12];
	struct tdx_cpuid cpuid;
};
_Static_assert(offsetof(struct tdx_init_vm, cpuid) == 256, "as the kernel has it");

static int vm = -1;

static void tdx(const char *what, enum tdx_command id, void *data)
{
	struct tdx_cmd cmd = { .id = id, .data = (uintptr_t)data };

	if (ioctl(vm, KVM_MEMORY_ENCRYPT_OP, &cmd))
		errx(1, "%s: %s, hw_error 0x%llx", what, strerror(errno),
		     (unsigned long long)cmd.hw_error);
}

static void create(void)
{
	int kvm = open("/dev/kvm", O_RDWR);

	if (kvm < 0)
		err(1, "/dev/kvm");
	vm = ioctl(kvm, KVM_CREATE_VM, VM_TYPE_TDX);
	if (vm < 0)
		err(1, "KVM_CREATE_VM");
}

static void capabilities(void)
{
	struct tdx_capabilities caps = { .cpuid.nent = MAX_CPUID };

	tdx("KVM_TDX_CAPABILITIES", TDX_CAPABILITIES, &caps);
	printf("attributes=0x%llx xfam=0x%llx cpuid=%u\n", (unsigned long long)caps.attributes,
	       (unsigned long long)caps.xfam, caps.cpuid.nent);
}

static void init(void)
{
	struct tdx_init_vm params = { .cpuid.nent = 1 };

	params.cpuid.entries[0].function = LEAF_ADDRESS_BITS;
	params.cpuid.entries[0].eax = GPA_BITS << 16;
	tdx("KVM_TDX_INIT_VM", TDX_INIT_VM, &params);
}

static void finalize(void)
{
	tdx("KVM_TDX_FINALIZE_VM", TDX_FINALIZE_VM, NULL);
}

static void wait_for_line(void)
{
	char line[80];

	if (!fgets(line, sizeof(line), stdin))
		exit(1);
}

static const struct {
	const char *name;
	void (*run)(void);
} steps[] = {
	{ "create", create }, { "capabilities", capabilities }, { "init", init },
	{ "finalize", finalize }, { "wait", wait_for_line },
};

static void run(const char *name)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strcmp(steps[i].name, name))
			continue;
		steps[i].run();
		printf("%s: done\n", name);
		return;
	}
	errx(64, "there is no step '%s'", name);
}

int main(int argc, char **argv)
{
	setlinebuf(stdout);
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	(void)argc;
	return 0;
}
