// SPDX-License-Identifier: GPL-2.0-or-later
/* Which of the few instructions it is that the plugin takes over, and how long it is. */

#include "platform.h"

enum {
	PREFIX_66 = 1,
	PREFIX_F3 = 2,
	REX_R = 4,
	REX_B = 1,
	RM_SIB = 4,
	RM_DISPLACEMENT = 5,
	MOD_REGISTER = 3,
};

struct code {
	const uint8_t *bytes;
	size_t size, at;
	unsigned int prefixes;
	uint8_t rex;
};

static int peek(const struct code *c, size_t ahead)
{
	return c->at + ahead < c->size ? c->bytes[c->at + ahead] : -1;
}

static void skip_prefixes(struct code *c)
{
	for (;; c->at++) {
		if (peek(c, 0) == 0x66)
			c->prefixes |= PREFIX_66;
		else if (peek(c, 0) == 0xf3)
			c->prefixes |= PREFIX_F3;
		else
			break;
	}
	if ((peek(c, 0) & ~0xf) == 0x40)
		c->rex = (uint8_t)peek(c, 0) & 0xf, c->at++;
}

/* Bytes from ModRM on, which is @ahead; 0: they are not all there. */
static unsigned int operand_length(const struct code *c, size_t ahead)
{
	int modrm = peek(c, ahead);
	int sib = (modrm & 7) == RM_SIB ? peek(c, ahead + 1) : 0;
	unsigned int length = 1 + ((modrm & 7) == RM_SIB);

	if (modrm < 0 || sib < 0)
		return 0;
	switch (modrm >> 6) {
	case 0:
		if ((modrm & 7) == RM_DISPLACEMENT ||
		    ((modrm & 7) == RM_SIB && (sib & 7) == RM_DISPLACEMENT))
			length += 4;
		break;
	case 1:
		length += 1;
		break;
	case 2:
		length += 4;
		break;
	default:
		return 1;
	}
	return length;
}

static bool memory_operand(const struct code *c, size_t ahead, int extension)
{
	int modrm = peek(c, ahead);

	return modrm >= 0 && modrm >> 6 != MOD_REGISTER && (modrm >> 3 & 7) == extension;
}

static void decode_cr4(const struct code *c, struct insn *insn)
{
	int modrm = peek(c, 2);

	if (modrm < 0 || (modrm >> 3 & 7) != 4 || c->rex & REX_R)
		return;
	insn->kind = peek(c, 1) == 0x22 ? INSN_WRITE_CR4 : INSN_READ_CR4;
	insn->operand = (modrm & 7) | (c->rex & REX_B) << 3;
	insn->length = c->at + 3;
}

static void decode_01(const struct code *c, struct insn *insn)
{
	if (peek(c, 2) == 0xcf && c->prefixes & PREFIX_66)
		insn->kind = INSN_SEAMCALL;
	else if (peek(c, 2) == 0xc4 && !c->prefixes)
		insn->kind = INSN_VMXOFF;
	insn->length = c->at + 3;
}

static void decode_with_operand(const struct code *c, struct insn *insn, enum insn_kind kind,
				size_t ahead)
{
	unsigned int operand = operand_length(c, ahead);

	insn->kind = kind;
	insn->length = operand ? c->at + ahead + operand : 0;
}

void insn_decode(const uint8_t *bytes, size_t size, struct insn *insn)
{
	struct code c = { .bytes = bytes, .size = size };

	*insn = (struct insn){ .kind = INSN_OTHER };
	skip_prefixes(&c);
	if (peek(&c, 0) != 0x0f)
		return;
	switch (peek(&c, 1)) {
	case 0x01:
		decode_01(&c, insn);
		break;
	case 0x09: /* with F3 it is WBNOINVD */
		insn->kind = c.prefixes & PREFIX_F3 ? INSN_OTHER : INSN_WBINVD;
		insn->length = c.at + 2;
		break;
	case 0x20:
	case 0x22:
		decode_cr4(&c, insn);
		break;
	case 0x32:
		insn->kind = INSN_RDMSR;
		insn->length = c.at + 2;
		break;
	case 0x38:
		if (c.prefixes & PREFIX_66 && (peek(&c, 2) & ~1) == 0x80)
			decode_with_operand(&c, insn, INSN_INVEPT, 3);
		break;
	case 0xc7:
		if (c.prefixes & PREFIX_F3 && memory_operand(&c, 2, 6))
			decode_with_operand(&c, insn, INSN_VMXON, 2);
		break;
	}
}
