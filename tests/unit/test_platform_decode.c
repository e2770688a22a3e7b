// SPDX-License-Identifier: GPL-2.0-or-later
/* The QEMU plugin's decoder. The bytes were made by the assembler, from what stands beside them. */

#include "runner.h"

#include "../platform/plugin/decode.c"

static const struct {
	uint8_t bytes[MAX_INSN_BYTES];
	size_t size; /* 0: all */
	enum insn_kind kind;
	unsigned int length;
	enum cpu_register operand;
} cases[] = {
	{ { 0x66, 0x0f, 0x01, 0xcf }, 0, INSN_SEAMCALL, 4, 0 },
	{ { 0x0f, 0x01, 0xc4 }, 0, INSN_VMXOFF, 3, 0 },
	{ { 0x0f, 0x32 }, 0, INSN_RDMSR, 2, 0 },
	{ { 0x0f, 0x09 }, 0, INSN_WBINVD, 2, 0 },
	{ { 0x0f, 0x22, 0xe0 }, 0, INSN_WRITE_CR4, 3, REG_RAX },	/* mov %rax,%cr4 */
	{ { 0x41, 0x0f, 0x22, 0xe5 }, 0, INSN_WRITE_CR4, 4, REG_R13 }, /* mov %r13,%cr4 */
	{ { 0x0f, 0x20, 0xe7 }, 0, INSN_READ_CR4, 3, REG_RDI },	/* mov %cr4,%rdi */
	{ { 0xf3, 0x0f, 0xc7, 0x30 }, 0, INSN_VMXON, 4, 0 },		/* (%rax) */
	{ { 0xf3, 0x0f, 0xc7, 0x34, 0x24 }, 0, INSN_VMXON, 5, 0 },	/* (%rsp) */
	{ { 0xf3, 0x0f, 0xc7, 0x74, 0x24, 8 }, 0, INSN_VMXON, 6, 0 },	/* 8(%rsp) */
	{ { 0xf3, 0x0f, 0xc7, 0x75, 0xf0 }, 0, INSN_VMXON, 5, 0 },	/* -16(%rbp) */
	{ { 0xf3, 0x0f, 0xc7, 0xb5, 0, 1, 0, 0 }, 0, INSN_VMXON, 8, 0 }, /* 256(%rbp) */
	{ { 0xf3, 0x0f, 0xc7, 0x35, 0, 1, 0, 0 }, 0, INSN_VMXON, 8, 0 }, /* 256(%rip) */
	{ { 0xf3, 0x0f, 0xc7, 0x34, 0x25, 0, 1, 0, 0 }, 0, INSN_VMXON, 9, 0 }, /* 256 */
	{ { 0xf3, 0x41, 0x0f, 0xc7, 0x36 }, 0, INSN_VMXON, 5, 0 },	/* (%r14) */
	{ { 0x66, 0x0f, 0x38, 0x80, 0x44, 0x24, 8 }, 0, INSN_INVEPT, 7, 0 }, /* 8(%rsp),%rax */
	{ { 0x66, 0x0f, 0x38, 0x81, 0x10 }, 0, INSN_INVEPT, 5, 0 },	/* invvpid (%rax),%rdx */
	/* QEMU has not looked at the operand */
	{ { 0xf3, 0x0f, 0xc7, 0x74 }, 4, INSN_VMXON, 0, 0 },
	{ { 0x66, 0x0f, 0x38, 0x80 }, 4, INSN_INVEPT, 0, 0 },
	/* neighbours */
	{ { 0x0f, 0x01, 0xcf }, 0, INSN_OTHER, 0, 0 },		  /* encls */
	{ { 0x66, 0x0f, 0x01, 0xcc }, 0, INSN_OTHER, 0, 0 },	  /* tdcall */
	{ { 0x0f, 0xc7, 0x30 }, 0, INSN_OTHER, 0, 0 },		  /* vmptrld (%rax) */
	{ { 0x66, 0x0f, 0xc7, 0x30 }, 0, INSN_OTHER, 0, 0 },	  /* vmclear (%rax) */
	{ { 0xf3, 0x0f, 0xc7, 0xf0 }, 0, INSN_OTHER, 0, 0 },	  /* senduipi %rax */
	{ { 0x0f, 0x22, 0xd8 }, 0, INSN_OTHER, 0, 0 },		  /* mov %rax,%cr3 */
	{ { 0x44, 0x0f, 0x20, 0xc0 }, 0, INSN_OTHER, 0, 0 },	  /* mov %cr8,%rax */
	{ { 0x0f, 0x30 }, 0, INSN_OTHER, 0, 0 },		  /* wrmsr */
	{ { 0xf3, 0x0f, 0x09 }, 0, INSN_OTHER, 0, 0 },	  /* wbnoinvd */
	{ { 0x0f, 0x08 }, 0, INSN_OTHER, 0, 0 },		  /* invd */
	{ { 0x66, 0x0f, 0x38, 0x82, 0x10 }, 0, INSN_OTHER, 0, 0 }, /* invpcid (%rax),%rdx */
	{ { 0x66 }, 1, INSN_OTHER, 0, 0 },
};

START_TEST(decodes)
{
	struct insn insn;

	insn_decode(cases[_i].bytes, cases[_i].size ? cases[_i].size : MAX_INSN_BYTES, &insn);
	ck_assert_int_eq(insn.kind, cases[_i].kind);
	if (insn.kind == INSN_OTHER)
		return;
	ck_assert_uint_eq(insn.length, cases[_i].length);
	ck_assert_int_eq(insn.operand, cases[_i].operand);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("platform_decode");

	tcase_add_loop_test(tc, decodes, 0, ARRAY_SIZE(cases));
	return run_suite("platform_decode", tc);
}
