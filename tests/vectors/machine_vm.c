// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine that this program runs on: tdx_sim.ko under its kernel, told and asked through
 * debugfs; SEAMCALLs by vec_seamcall.ko, which also has the memory.
 */

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"
#include "seamcall/vec_seamcall.h"

#define SIM "/sys/kernel/debug/tdx_sim/"

static int device = -1;
static u8 *memory; /* VEC_PAGES */

/* What page of a vector is in which of ours; page 0 is itself. */
static u64 page_of[VEC_PAGES];
static u32 num_pages = 1;

void machine_start(void)
{
	device = open(VEC_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0)
		err(1, "%s: load vec_seamcall.ko", VEC_DEVICE);
	memory = mmap(NULL, (size_t)VEC_PAGES * FW_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		      device, 0);
	if (memory == MAP_FAILED)
		err(1, "%s: cannot map its pages", VEC_DEVICE);
	if (access(SIM "control", W_OK))
		err(1, SIM "control: load tdx_sim.ko");
}

void machine_stop(void)
{
	munmap(memory, (size_t)VEC_PAGES * FW_PAGE);
	close(device);
}

u32 machine_lps(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

/* Read until the end of the file or of the room. */
static size_t read_file(const char *path, void *data, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t done = 0;
	ssize_t n = 0;

	if (fd < 0)
		err(1, "%s", path);
	while (done < size && (n = read(fd, (u8 *)data + done, size - done)) > 0)
		done += n;
	if (n < 0)
		err(1, "%s", path);
	close(fd);
	return done;
}

static size_t read_text(const char *path, char *text, size_t size)
{
	size_t length = read_file(path, text, size);

	if (length == size)
		errx(1, "%s: longer than was expected", path);
	text[length] = 0;
	return length;
}

bool machine_control(const char *line, char *why, size_t size)
{
	int fd = open(SIM "control", O_WRONLY | O_CLOEXEC);
	size_t length = strlen(line);
	bool good;

	if (fd < 0)
		err(1, SIM "control");
	good = write(fd, line, length) == (ssize_t)length;
	close(fd);
	if (!good) {
		read_text(SIM "last_error", why, size);
		why[strcspn(why, "\n")] = 0;
	}
	return good;
}

void machine_platform(char *text, size_t size)
{
	read_text(SIM "platform", text, size);
}

void machine_handoff(u8 *data, size_t size)
{
	size_t length = read_file(SIM "handoff", data, size);

	memset(data + length, 0, size - length);
}

void machine_code(u8 *data, size_t size)
{
	size_t length = read_file(SIM "code", data, size);

	memset(data + length, 0, size - length);
}

static enum fw_outcome outcome_of(u32 outcome)
{
	switch (outcome) {
	case VEC_RETURN:
		return FW_RETURN;
	case VEC_VMFAIL:
		return FW_VMFAIL;
	case VEC_UD:
		return FW_UD;
	case VEC_GP:
		return FW_GP;
	}
	errx(1, VEC_DEVICE ": the CPU has not been called");
}

enum fw_outcome machine_seamcall(u32 lp, struct fw_regs *regs)
{
	static struct vec_result results[VEC_MAX_CPUS];
	struct vec_call call = {
		.cpu = lp,
		.context = VEC_HARDIRQ,
		.regs = { regs->rax, regs->rcx, regs->rdx, regs->r8, regs->r9, regs->r10,
			  regs->r11 },
		.results = (uintptr_t)results,
	};
	const struct vec_regs *out = &results[lp].regs;

	if (ioctl(device, VEC_IOC_CALL, &call))
		err(1, VEC_DEVICE ": CPU %u", lp);
	*regs = (struct fw_regs){ out->rax, out->rcx, out->rdx, out->r8, out->r9, out->r10,
				  out->r11 };
	return outcome_of(results[lp].outcome);
}

/* Memory */

void machine_forget_memory(void)
{
	memset(memory, 0, (size_t)num_pages * FW_PAGE);
	num_pages = 1;
}

static u32 find_page(u64 pa)
{
	u32 i;

	for (i = 0; i < num_pages; i++)
		if (page_of[i] == pa / FW_PAGE)
			break;
	return i;
}

void machine_store(u64 pa, const void *data, size_t size)
{
	u32 i = find_page(pa);

	if (i == VEC_PAGES)
		errx(1, VEC_DEVICE ": out of pages");
	if (i == num_pages)
		page_of[num_pages++] = pa / FW_PAGE;
	memcpy(memory + (size_t)i * FW_PAGE + pa % FW_PAGE, data, size);
}

void machine_load(u64 pa, void *data, size_t size)
{
	u32 i = find_page(pa);

	if (i == num_pages)
		memset(data, 0xff, size);
	else
		memcpy(data, memory + (size_t)i * FW_PAGE + pa % FW_PAGE, size);
}

u64 machine_address(u64 pa)
{
	struct vec_page page = { .index = find_page(pa) };

	if (page.index == num_pages)
		return pa;
	if (ioctl(device, VEC_IOC_PAGE, &page))
		err(1, VEC_DEVICE ": page %llu", (unsigned long long)page.index);
	return page.pa + pa % FW_PAGE;
}
