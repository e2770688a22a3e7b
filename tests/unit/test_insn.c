// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The simulator's instruction decoder, on registers that are all different. The bytes were made
 * by the assembler, from what stands beside them.
 */

#include "runner.h"

/* The kernel's names for the registers of a trap, and MSR access, as insn.c knows them. */
#define ax rax
#define bx rbx
#define cx rcx
#define dx rdx
#define si rsi
#define di rdi
#define bp rbp
#define sp rsp
#define ip rip

#include "../sim/insn.h"

enum {
	MSR_FS_BASE = 0xc0000100,
	MSR_GS_BASE = 0xc0000101,
	FS_BASE_LOW = 0x20000000,
	GS_BASE_LOW = 0x40000000,
	GS_BASE_HIGH = 0xffff8880,
};

static int rdmsr_stub(u32 msr, u32 *low, u32 *high)
{
	*low = msr == MSR_GS_BASE ? GS_BASE_LOW : FS_BASE_LOW;
	*high = msr == MSR_GS_BASE ? GS_BASE_HIGH : 0;
	return 0;
}
#define rdmsr_safe(msr, low, high) rdmsr_stub(msr, low, high)

#include "../sim/insn.c"

static const struct pt_regs regs = {
	.rax = 0x1000, .rcx = 0x2000, .rdx = 0x3000, .rbx = 0x4000, .rsp = 0x5000, .rbp = 0x6000,
	.rsi = 0x7000, .rdi = 0x8000, .r8 = 0x9000, .r9 = 0xa000, .r10 = 0xb000, .r11 = 0xc000,
	.r12 = 0xd000, .r13 = 0xe000, .r14 = 0xf000, .r15 = 0x10000, .rip = 0x100000,
};

enum { LD = SIM_INSN_VMPTRLD, ST = SIM_INSN_VMPTRST, SEAM = SIM_INSN_SEAMCALL };

static const struct {
	const char *text;
	const char *bytes;
	u8 size;
	u8 kind;
	unsigned long address;
} good[] = {
	{ "seamcall", "\x66\x0f\x01\xcf", 4, SEAM, 0 },
	{ "rex seamcall", "\x66\x48\x0f\x01\xcf", 5, SEAM, 0 },
	{ "vmptrst (%rax)", "\x0f\xc7\x38", 3, ST, 0x1000 },
	{ "vmptrld (%rax)", "\x0f\xc7\x30", 3, LD, 0x1000 },
	{ "vmptrst (%rdi)", "\x0f\xc7\x3f", 3, ST, 0x8000 },
	{ "vmptrst (%rsp)", "\x0f\xc7\x3c\x24", 4, ST, 0x5000 },
	{ "vmptrst 8(%rsp)", "\x0f\xc7\x7c\x24\x08", 5, ST, 0x5008 },
	{ "vmptrst (%r12)", "\x41\x0f\xc7\x3c\x24", 5, ST, 0xd000 },
	{ "vmptrst 0(%rbp)", "\x0f\xc7\x7d\x00", 4, ST, 0x6000 },
	{ "vmptrst 0(%r13)", "\x41\x0f\xc7\x7d\x00", 5, ST, 0xe000 },
	{ "vmptrst -8(%rcx)", "\x0f\xc7\x79\xf8", 4, ST, 0x1ff8 },
	{ "vmptrst 0x1234(%rdx)", "\x0f\xc7\xba\x34\x12\x00\x00", 7, ST, 0x4234 },
	{ "vmptrst -0x1000(%r15)", "\x41\x0f\xc7\xbf\x00\xf0\xff\xff", 8, ST, 0xf000 },
	{ "vmptrst 0x10(%rip)", "\x0f\xc7\x3d\x10\x00\x00\x00", 7, ST, 0x100017 },
	{ "vmptrld -0x10(%rip)", "\x0f\xc7\x35\xf0\xff\xff\xff", 7, LD, 0xffff7 },
	{ "vmptrst (%rax,%rcx,1)", "\x0f\xc7\x3c\x08", 4, ST, 0x3000 },
	{ "vmptrst (%rax,%r12,8)", "\x42\x0f\xc7\x3c\xe0", 5, ST, 0x69000 },
	{ "vmptrst (%r9,%r8,4)", "\x43\x0f\xc7\x3c\x81", 5, ST, 0x2e000 },
	{ "vmptrst 4(%rbp,%rsi,2)", "\x0f\xc7\x7c\x75\x04", 5, ST, 0x14004 },
	{ "vmptrst 0x20(,%rbx,8)", "\x0f\xc7\x3c\xdd\x20\x00\x00\x00", 8, ST, 0x20020 },
	{ "vmptrst 0x7000", "\x0f\xc7\x3c\x25\x00\x70\x00\x00", 8, ST, 0x7000 },
	{ "vmptrst 0x80(%r13,%r13,1)", "\x43\x0f\xc7\xbc\x2d\x80\x00\x00\x00", 9, ST, 0x1c080 },
	{ "vmptrst %gs:0x30", "\x65\x0f\xc7\x3c\x25\x30\x00\x00\x00", 9, ST, 0xffff888040000030 },
	{ "vmptrst %gs:8(%rip)", "\x65\x0f\xc7\x3d\x08\x00\x00\x00", 8, ST, 0xffff888040100010 },
	{ "vmptrld %fs:(%rax)", "\x64\x0f\xc7\x30", 4, LD, 0x20001000 },
	{ "vmptrld %ds:(%rax)", "\x3e\x0f\xc7\x30", 4, LD, 0x1000 },
};

START_TEST(decodes)
{
	struct sim_insn insn = { 0 };
	const u8 *bytes = (const u8 *)good[_i].bytes;

	ck_assert_msg(sim_insn_decode(bytes, good[_i].size, &regs, &insn), "%s", good[_i].text);
	ck_assert_int_eq(insn.kind, good[_i].kind);
	ck_assert_msg(insn.length == good[_i].size, "%s: length %u", good[_i].text, insn.length);
	ck_assert_msg(insn.address == good[_i].address, "%s: address 0x%lx", good[_i].text,
		      insn.address);
}
END_TEST

/* What follows does not matter, and what is not there is not made up. */
START_TEST(length_is_exact)
{
	u8 padded[16], size = good[_i].size, *cut;
	struct sim_insn insn = { 0 };

	memset(padded, 0x90, sizeof(padded));
	memcpy(padded, good[_i].bytes, size);
	ck_assert(sim_insn_decode(padded, 15, &regs, &insn));
	ck_assert_uint_eq(insn.length, size);
	for (size--; size; size--) {
		cut = malloc(size); /* so that a read beyond it is seen */
		memcpy(cut, good[_i].bytes, size);
		ck_assert(!sim_insn_decode(cut, size, &regs, &insn));
		free(cut);
	}
}
END_TEST

static const struct {
	const char *text;
	const char *bytes;
	u8 size;
} others[] = {
	{ "nothing", "", 0 },
	{ "ud2", "\x0f\x0b", 2 },
	{ "without 66", "\x0f\x01\xcf", 3 },
	{ "tdcall", "\x66\x0f\x01\xcc", 4 },
	{ "seamret", "\x66\x0f\x01\xcd", 4 },
	{ "seamops", "\x66\x0f\x01\xce", 4 },
	{ "repeated seamcall", "\xf3\x66\x0f\x01\xcf", 5 },
	{ "rdrand %eax", "\x0f\xc7\xf0", 3 },
	{ "rdseed %eax", "\x0f\xc7\xf8", 3 },
	{ "cmpxchg8b (%rax)", "\x0f\xc7\x08", 3 },
	{ "xsaves (%rax)", "\x0f\xc7\x28", 3 },
	{ "vmclear (%rax)", "\x66\x0f\xc7\x30", 4 },
	{ "vmxon (%rax)", "\xf3\x0f\xc7\x30", 4 },
	{ "lock vmptrst", "\xf0\x0f\xc7\x38", 4 },
	{ "vmptrst (%eax)", "\x67\x0f\xc7\x38", 4 },
	{ "rex before a prefix", "\x48\x66\x0f\x01\xcf", 5 },
	{ "prefixes only", "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66", 15 },
};

START_TEST(leaves_others_alone)
{
	struct sim_insn insn;

	ck_assert_msg(!sim_insn_decode((const u8 *)others[_i].bytes, others[_i].size, &regs, &insn),
		      "%s", others[_i].text);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("insn");

	tcase_add_loop_test(tcase, decodes, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tcase, length_is_exact, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tcase, leaves_others_alone, 0, ARRAY_SIZE(others));
	return run_suite("insn", tcase);
}
