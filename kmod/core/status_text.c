// SPDX-License-Identifier: GPL-2.0-or-later
#include "status_text.h"

/* What bits 31:0 of a status say. */
enum detail {
	WHOLE, /* nothing: RAX is compared as a whole */
	NOTHING,
	OPERAND,
	MSR,
};

#define ROW(name, value, detail) { value, #name, detail },

static const struct status {
	u64 value;
	const char *name;
	enum detail detail;
} statuses[] = {
	TDXU_STATUSES(ROW)
	{ TDXU_SEAMCALL_VMFAILINVALID, "VMfailInvalid", WHOLE },
	{ TDXU_SEAMCALL_UD, "#UD", WHOLE },
	{ TDXU_SEAMCALL_GP, "#GP", WHOLE },
	{ TDXU_SEAMCALL_BLOCKED, "not tried", WHOLE },
};

static const struct status *find(u64 rax)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		const struct status *s = &statuses[i];

		if (s->value == (s->detail == WHOLE ? rax : TDXU_STATUS_CLASS(rax)))
			return s;
	}
	return NULL;
}

/* Operands are numbered as registers are encoded; 0 is RAX. */
static const char *operand_name(u32 operand)
{
	static const char *const names[] = { "RAX", "RCX", "RDX", "RBX", "RSP", "RBP",
					     "RSI", "RDI", "R8",  "R9",	 "R10", "R11",
					     "R12", "R13", "R14", "R15" };

	return operand < ARRAY_SIZE(names) ? names[operand] : NULL;
}

const char *tdxu_status_name(u64 rax, char *out)
{
	const struct status *s = find(rax);
	const char *operand = operand_name((u32)rax);

	if (!s)
		out[0] = '\0';
	else if (s->detail == OPERAND && operand)
		snprintf(out, TDXU_STATUS_NAME, "%s (%s)", s->name, operand);
	else if (s->detail == OPERAND)
		snprintf(out, TDXU_STATUS_NAME, "%s (operand %u)", s->name, (u32)rax);
	else if (s->detail == MSR)
		snprintf(out, TDXU_STATUS_NAME, "%s (MSR 0x%x)", s->name, (u32)rax);
	else
		snprintf(out, TDXU_STATUS_NAME, "%s", s->name);
	return out;
}

const char *tdxu_status_text(u64 rax, char *out)
{
	char name[TDXU_STATUS_NAME];

	tdxu_status_name(rax, name);
	snprintf(out, TDXU_STATUS_TEXT, "0x%llx%s%s", (unsigned long long)rax, *name ? " " : "",
		 name);
	return out;
}
