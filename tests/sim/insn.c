// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decodes the three instructions that are emulated. The kernel's own decoder is not there for
 * modules, and these need little of it: 64-bit mode, one memory operand at the most.
 */

#include "insn.h"

#include <asm/msr.h>
#include <asm/ptrace.h>

enum {
	ESCAPE = 0x0f,
	OPCODE_GROUP_7 = 0x01, /* SEAMCALL: 66 0F 01 CF */
	OPCODE_GROUP_9 = 0xc7, /* VMPTRLD: 0F C7 /6, VMPTRST: 0F C7 /7, both with memory only */
	MODRM_SEAMCALL = 0xcf,
	RM_SIB = 4,
	RM_DISP32 = 5,
	SIB_NO_INDEX = 4,
};

struct prefixes {
	bool operand_size; /* 66 */
	bool other;	   /* one that makes it another instruction, or that is not followed here */
	u8 segment;	   /* 64 or 65, else 0 */
	u8 rex;
};

struct cursor {
	const u8 *start, *at, *end;
	bool short_of_bytes;
};

static u8 next(struct cursor *cursor)
{
	if (cursor->at < cursor->end)
		return *cursor->at++;
	cursor->short_of_bytes = true;
	return 0;
}

static bool take_prefix(struct prefixes *prefixes, u8 byte)
{
	switch (byte) {
	case 0x66:
		prefixes->operand_size = true;
		return true;
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e: /* segments without a meaning in 64-bit mode */
		return true;
	case 0x64:
	case 0x65:
		prefixes->segment = byte;
		return true;
	case 0x67: /* 32-bit addresses: no kernel code has them */
	case 0xf0:
	case 0xf2:
	case 0xf3:
		prefixes->other = true;
		return true;
	}
	return false;
}

static u8 take_prefixes(struct cursor *cursor, struct prefixes *prefixes)
{
	u8 byte = next(cursor);

	while (take_prefix(prefixes, byte))
		byte = next(cursor);
	if ((byte & 0xf0) != 0x40)
		return byte;
	prefixes->rex = byte;
	return next(cursor);
}

static unsigned long reg(const struct pt_regs *regs, u8 number)
{
	static const u8 offsets[] = {
		offsetof(struct pt_regs, ax),  offsetof(struct pt_regs, cx),
		offsetof(struct pt_regs, dx),  offsetof(struct pt_regs, bx),
		offsetof(struct pt_regs, sp),  offsetof(struct pt_regs, bp),
		offsetof(struct pt_regs, si),  offsetof(struct pt_regs, di),
		offsetof(struct pt_regs, r8),  offsetof(struct pt_regs, r9),
		offsetof(struct pt_regs, r10), offsetof(struct pt_regs, r11),
		offsetof(struct pt_regs, r12), offsetof(struct pt_regs, r13),
		offsetof(struct pt_regs, r14), offsetof(struct pt_regs, r15),
	};

	return *(const unsigned long *)((const u8 *)regs + offsets[number]);
}

static unsigned long displacement(struct cursor *cursor, u32 bytes)
{
	u32 value = 0;
	u32 i;

	for (i = 0; i < bytes; i++)
		value |= (u32)next(cursor) << (8 * i);
	return bytes == 1 ? (long)(signed char)value : (long)(int)value;
}

static unsigned long segment_base(u8 segment)
{
	u32 low = 0, high = 0;

	if (segment && rdmsr_safe(segment == 0x64 ? MSR_FS_BASE : MSR_GS_BASE, &low, &high))
		return 0;
	return low | (unsigned long)high << 32;
}

static unsigned long sib_address(struct cursor *cursor, const struct pt_regs *regs, u8 mod, u8 rex)
{
	u8 sib = next(cursor);
	u8 base = (sib & 7) | (rex & 1) << 3;
	u8 index = (sib >> 3 & 7) | (rex & 2) << 2;
	unsigned long address = 0;

	if (index != SIB_NO_INDEX)
		address = reg(regs, index) << (sib >> 6);
	if (mod == 0 && (sib & 7) == RM_DISP32)
		return address + displacement(cursor, 4);
	return address + reg(regs, base);
}

/* The operand's address but for the segment. */
static unsigned long operand(struct cursor *cursor, const struct pt_regs *regs, u8 modrm, u8 rex)
{
	u8 mod = modrm >> 6, rm = modrm & 7;
	unsigned long address;

	if (mod == 0 && rm == RM_DISP32) {
		/* Relative to the end, which is here: no immediate follows. */
		address = displacement(cursor, 4);
		return address + regs->ip + (cursor->at - cursor->start);
	}
	if (rm == RM_SIB)
		address = sib_address(cursor, regs, mod, rex);
	else
		address = reg(regs, rm | (rex & 1) << 3);
	if (mod == 1)
		address += displacement(cursor, 1);
	else if (mod == 2)
		address += displacement(cursor, 4);
	return address;
}

static bool decode_group_9(struct cursor *cursor, const struct pt_regs *regs,
			   const struct prefixes *prefixes, struct sim_insn *insn)
{
	u8 modrm = next(cursor);
	u8 extension = modrm >> 3 & 7;

	if (prefixes->operand_size || modrm >= 0xc0 || extension < 6)
		return false;
	insn->kind = extension == 6 ? SIM_INSN_VMPTRLD : SIM_INSN_VMPTRST;
	insn->address = operand(cursor, regs, modrm, prefixes->rex);
	insn->address += segment_base(prefixes->segment);
	return true;
}

bool sim_insn_decode(const u8 *bytes, size_t size, const struct pt_regs *regs,
		     struct sim_insn *insn)
{
	struct cursor cursor = { .start = bytes, .at = bytes, .end = bytes + size };
	struct prefixes prefixes = { 0 };
	bool known;

	if (take_prefixes(&cursor, &prefixes) != ESCAPE || prefixes.other)
		return false;
	switch (next(&cursor)) {
	case OPCODE_GROUP_7:
		insn->kind = SIM_INSN_SEAMCALL;
		known = next(&cursor) == MODRM_SEAMCALL && prefixes.operand_size;
		break;
	case OPCODE_GROUP_9:
		known = decode_group_9(&cursor, regs, &prefixes, insn);
		break;
	default:
		return false;
	}
	insn->length = (u8)(cursor.at - bytes);
	return known && !cursor.short_of_bytes;
}
