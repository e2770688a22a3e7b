// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SEAMCALL for shell scripts, by vec_seamcall.ko.
 *
 *	seamcall [-c CPU|all] [-x process|softirq|hardirq|stopped] [-n TIMES] RAX [RCX [RDX [R8]]]
 *
 * Numbers are decimal or 0x-hexadecimal, or "page", the address of a page to write to, or
 * "image:FILE.so", the address of SEAMLDR_PARAMS for an update to that module, with FILE.sigstruct.
 * Prints how often it ended in which way, over all CPUs and times, with the registers of the last:
 *
 *	COUNT return|vmfail|ud|gp rax=0x.. rcx=0x.. rdx=0x.. r8=0x..
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vec_seamcall.h"

enum {
	MAX_KINDS = 64,
	PAGE = 4096,
	/* What is in which page of the device. */
	PAGE_FREE = 1,
	PAGE_PARAMS,
	PAGE_SIGSTRUCT,
	PAGE_MODULE, /* and those that follow */
	/* SEAMLDR_PARAMS, as an array of 64-bit words. */
	PARAMS_SCENARIO = 0, /* its upper half; the lower is the version, 0 */
	PARAMS_SIGSTRUCT = 1,
	PARAMS_NUM_PAGES = 15,
	PARAMS_PAGES = 16,
};

#define SCENARIO_UPDATE (1ULL << 32)

static int device;

/* The different ways in which calls ended: outcomes, and the RAX of those that returned. */
static struct {
	unsigned int count;
	struct vec_result last;
} kinds[MAX_KINDS];

static const char *const outcomes[VEC_OUTCOMES] = {
	[VEC_RETURN] = "return", [VEC_VMFAIL] = "vmfail", [VEC_UD] = "ud", [VEC_GP] = "gp",
};

static const char *const contexts[VEC_CONTEXTS] = {
	[VEC_PROCESS] = "process", [VEC_SOFTIRQ] = "softirq", [VEC_HARDIRQ] = "hardirq",
	[VEC_STOPPED] = "stopped",
};

static uint64_t address(uint64_t index)
{
	struct vec_page page = { .index = index };

	if (ioctl(device, VEC_IOC_PAGE, &page))
		err(1, VEC_DEVICE ": page %llu", page.index);
	return page.pa;
}

/* Returns how many pages it fills. */
static uint64_t read_pages(const char *path, uint8_t *to, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (fd < 0)
		err(1, "%s", path);
	size = read(fd, to, room);
	if (size < 0 || (size_t)size == room)
		err(1, "%s: cannot be read into %zu bytes", path, room);
	close(fd);
	return (size + PAGE - 1) / PAGE;
}

static uint64_t load_image(const char *path)
{
	size_t size = VEC_PAGES * PAGE;
	uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
	uint64_t *params = (uint64_t *)(memory + PAGE_PARAMS * PAGE);
	char sigstruct[256];
	uint64_t i, pages;

	if (memory == MAP_FAILED)
		err(1, VEC_DEVICE);
	snprintf(sigstruct, sizeof(sigstruct), "%.*s.sigstruct",
		 (int)(strrchr(path, '.') ? strrchr(path, '.') - path : (long)strlen(path)), path);
	read_pages(sigstruct, memory + PAGE_SIGSTRUCT * PAGE, PAGE);
	pages = read_pages(path, memory + PAGE_MODULE * PAGE, size - PAGE_MODULE * PAGE);
	params[PARAMS_SCENARIO] = SCENARIO_UPDATE;
	params[PARAMS_SIGSTRUCT] = address(PAGE_SIGSTRUCT);
	params[PARAMS_NUM_PAGES] = pages;
	for (i = 0; i < pages; i++)
		params[PARAMS_PAGES + i] = address(PAGE_MODULE + i);
	munmap(memory, size);
	return address(PAGE_PARAMS);
}

static uint64_t number(const char *text)
{
	uint64_t value;
	char *end;

	if (!strcmp(text, "page"))
		return address(PAGE_FREE);
	if (!strncmp(text, "image:", strlen("image:")))
		return load_image(text + strlen("image:"));
	value = strtoull(text, &end, 0);
	if (!*text || *end)
		errx(64, "\"%s\" is not a number", text);
	return value;
}

static uint32_t context(const char *name)
{
	uint32_t i;

	for (i = 0; i < VEC_CONTEXTS; i++)
		if (!strcmp(name, contexts[i]))
			return i;
	errx(64, "\"%s\" is not a context", name);
}

static int same_kind(const struct vec_result *a, const struct vec_result *b)
{
	return a->outcome == b->outcome &&
	       (a->outcome != VEC_RETURN || a->regs.rax == b->regs.rax);
}

static void count(const struct vec_result *result)
{
	unsigned int i;

	for (i = 0; i < MAX_KINDS; i++)
		if (!kinds[i].count || same_kind(&kinds[i].last, result))
			break;
	if (i == MAX_KINDS)
		errx(1, "more than %d different results", MAX_KINDS);
	kinds[i].count++;
	kinds[i].last = *result;
}

static void call_once(struct vec_call *call)
{
	static struct vec_result results[VEC_MAX_CPUS];
	int cpu;

	call->results = (uintptr_t)results;
	if (ioctl(device, VEC_IOC_CALL, call))
		err(1, VEC_DEVICE);
	for (cpu = 0; cpu < VEC_MAX_CPUS; cpu++)
		if (results[cpu].outcome != VEC_NOT_CALLED)
			count(&results[cpu]);
}

static void print_kinds(void)
{
	unsigned int i;

	for (i = 0; i < MAX_KINDS && kinds[i].count; i++) {
		const struct vec_regs *regs = &kinds[i].last.regs;

		printf("%u %s rax=0x%llx rcx=0x%llx rdx=0x%llx r8=0x%llx\n", kinds[i].count,
		       outcomes[kinds[i].last.outcome], regs->rax, regs->rcx, regs->rdx,
		       regs->r8);
	}
}

static void parse_operands(struct vec_call *call, char **words)
{
	__u64 *const registers[] = { &call->regs.rax, &call->regs.rcx, &call->regs.rdx,
				     &call->regs.r8 };
	unsigned int i;

	for (i = 0; words[i] && i < 4; i++)
		*registers[i] = number(words[i]);
	if (!i || words[i])
		errx(64, "usage: seamcall [-c CPU|all] [-x CONTEXT] [-n TIMES] "
		     "RAX [RCX [RDX [R8]]]");
}

int main(int argc, char **argv)
{
	struct vec_call call = { .cpu = 0, .context = VEC_PROCESS };
	uint64_t times = 1;
	int option;

	device = open(VEC_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0)
		err(1, VEC_DEVICE ": load vec_seamcall.ko");
	while ((option = getopt(argc, argv, "c:x:n:")) != -1) {
		if (option == 'c')
			call.cpu = strcmp(optarg, "all") ? (int)number(optarg) : VEC_EVERY_CPU;
		else if (option == 'x')
			call.context = context(optarg);
		else if (option == 'n')
			times = number(optarg);
		else
			return 64;
	}
	parse_operands(&call, argv + optind);
	while (times--)
		call_once(&call);
	print_kinds();
	return 0;
}
