// SPDX-License-Identifier: GPL-2.0-or-later
#include "status_text.h"

/* What bits 31:0 of a status say. */
enum detail {
	WHOLE, /* nothing: RAX is compared as a whole */
	NOTHING,
	OPERAND,
	MSR,
};

#define NAMES(X)                                   \
	X(SEAMLDR_EBADPARAM, WHOLE)                \
	X(SEAMLDR_EBADCALL, WHOLE)                 \
	X(SEAMLDR_EBADHANDOFF, WHOLE)              \
	X(SEAMLDR_ECLEANUPREQ, WHOLE)              \
	X(SEAMLDR_EUNSUPPORTED, WHOLE)             \
	X(SEAMLDR_ENOMEM, WHOLE)                   \
	X(SEAMLDR_EUNSPECERR, WHOLE)               \
	X(SEAMLDR_EUNSUPCPU, WHOLE)                \
	X(SEAMLDR_EBADSIG, WHOLE)                  \
	X(SEAMLDR_EBADHASH, WHOLE)                 \
	X(SEAMLDR_EINTERRUPT, WHOLE)               \
	X(SEAMLDR_ENOENTROPY, WHOLE)               \
	X(TDX_OPERAND_INVALID, OPERAND)            \
	X(TDX_OPERAND_BUSY, OPERAND)               \
	X(TDX_SYS_BUSY, NOTHING)                   \
	X(TDX_RND_NO_ENTROPY, NOTHING)             \
	X(TDX_SYS_INIT_NOT_PENDING, NOTHING)       \
	X(TDX_SYS_LP_INIT_NOT_DONE, NOTHING)       \
	X(TDX_SYS_LP_INIT_DONE, NOTHING)           \
	X(TDX_SYS_NOT_READY, NOTHING)              \
	X(TDX_SYS_SHUTDOWN, NOTHING)               \
	X(TDX_SYS_KEY_CONFIG_NOT_PENDING, NOTHING) \
	X(TDX_SYS_STATE_INCORRECT, NOTHING)        \
	X(TDX_SYS_INVALID_HANDOFF, NOTHING)        \
	X(TDX_SYS_INCOMPATIBLE_SIGSTRUCT, NOTHING) \
	X(TDX_SYS_LP_INIT_NOT_PENDING, NOTHING)    \
	X(TDX_SYS_CONFIG_NOT_PENDING, NOTHING)     \
	X(TDX_INCOMPATIBLE_SEAM_CAPABILITIES, NOTHING) \
	X(TDX_UPDATE_COMPAT_SENSITIVE, NOTHING)    \
	X(TDX_INCONSISTENT_MSR, MSR)               \
	X(TDX_INCORRECT_MSR_VALUE, MSR)            \
	X(TDX_METADATA_FIELD_ID_INCORRECT, NOTHING)

#define ROW(name, detail) { TDXU_##name, #name, detail },

static const struct status {
	u64 value;
	const char *name;
	enum detail detail;
} statuses[] = {
	NAMES(ROW)
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
