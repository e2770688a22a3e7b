// SPDX-License-Identifier: GPL-2.0-or-later
/* TDH.SYS.RD: the module's metadata, and the order in which it names the next field. */

#include "model.h"

#define FIELD_NONE 0xffffffffffffffffULL /* in: begin; out: that was the last */
#define FIRST_FIELD_ID_IN_CONTEXT 0x00000C0B00000000ULL

/* Named by the iteration, meaning not in the facts: read as 0. */
#define FIELD_PLATFORM_INFO 0x0000000200000000ULL
#define FIELD_ATTRIBUTES    0x0A00000200000000ULL

enum source {
	FROM_NOTHING,
	FROM_DESC,
	FROM_SYSINFO,
	FROM_HANDOFF,
};

struct field {
	u64 id;
	u8 source; /* enum source */
	u8 offset;
	u8 bytes;
};

#define DESC(id, member) \
	{ id, FROM_DESC, offsetof(struct fw_desc, member), \
	  sizeof(((struct fw_desc *)NULL)->member) }
#define SYSINFO(id, member) \
	{ id, FROM_SYSINFO, offsetof(struct fw_sysinfo, member), \
	  sizeof(((struct fw_sysinfo *)NULL)->member) }
#define HANDOFF(id, member) \
	{ id, FROM_HANDOFF, offsetof(struct tdxu_handoff_header, member), \
	  sizeof(((struct tdxu_handoff_header *)NULL)->member) }

/* By class (bits 61:56), then by field code (bits 23:0): the order of the iteration. */
static const struct field fields[] = {
	{ FIELD_PLATFORM_INFO, FROM_NOTHING, 0, 0 },
	DESC(TDXU_FIELD_BUILD_DATE, build_date),
	DESC(TDXU_FIELD_BUILD_NUM, build_num),
	DESC(TDXU_FIELD_MINOR_VERSION, minor),
	DESC(TDXU_FIELD_MAJOR_VERSION, major),
	DESC(TDXU_FIELD_UPDATE_VERSION, update),
	DESC(TDXU_FIELD_INTERNAL_VERSION, internal),
	SYSINFO(TDXU_FIELD_MODULE_HV, module_hv),
	SYSINFO(TDXU_FIELD_MIN_UPDATE_HV, min_update_hv),
	SYSINFO(TDXU_FIELD_NO_DOWNGRADE, no_downgrade),
	SYSINFO(TDXU_FIELD_NUM_HANDOFF_PAGES, num_handoff_pages),
	HANDOFF(TDXU_FIELD_HANDOFF_VALID, valid),
	HANDOFF(TDXU_FIELD_HANDOFF_HV, hv),
	HANDOFF(TDXU_FIELD_HANDOFF_SIZE, size),
	{ FIELD_ATTRIBUTES, FROM_NOTHING, 0, 0 },
	DESC(TDXU_FIELD_FEATURES0, features0),
	DESC(TDXU_FIELD_MAX_TDMRS, max_tdmrs),
	DESC(TDXU_FIELD_MAX_RESERVED_PER_TDMR, max_reserved_per_tdmr),
	DESC(TDXU_FIELD_PAMT_4K_ENTRY_SIZE, pamt_entry_size[0]),
	DESC(TDXU_FIELD_PAMT_2M_ENTRY_SIZE, pamt_entry_size[1]),
	DESC(TDXU_FIELD_PAMT_1G_ENTRY_SIZE, pamt_entry_size[2]),
	DESC(TDXU_FIELD_TDR_BASE_SIZE, tdr_base_size),
	DESC(TDXU_FIELD_TDCS_BASE_SIZE, tdcs_base_size),
	DESC(TDXU_FIELD_TDVPS_BASE_SIZE, tdvps_base_size),
	DESC(TDXU_FIELD_ATTRIBUTES_FIXED0, attributes_fixed0),
	DESC(TDXU_FIELD_ATTRIBUTES_FIXED1, attributes_fixed1),
	DESC(TDXU_FIELD_XFAM_FIXED0, xfam_fixed0),
	DESC(TDXU_FIELD_XFAM_FIXED1, xfam_fixed1),
	DESC(TDXU_FIELD_NUM_CPUID_CONFIG, num_cpuid_config),
	DESC(TDXU_FIELD_MAX_VCPUS_PER_TD, max_vcpus_per_td),
};

static u64 field_value(struct fw *fw, const struct field *f)
{
	const u8 *from = NULL;
	u64 value = 0;

	switch (f->source) {
	case FROM_DESC:
		from = (const u8 *)&fw->mod.desc;
		break;
	case FROM_SYSINFO:
		from = (const u8 *)&fw->ldr.sysinfo;
		break;
	case FROM_HANDOFF:
		from = (const u8 *)fw_handoff(fw);
		break;
	default:
		return 0;
	}
	memcpy(&value, from + f->offset, f->bytes);
	return value;
}

/* Takes RDX, answers in RDX (the next field) and R8 (the value). Returns RAX. */
u64 fw_sys_rd(struct fw *fw, struct fw_regs *regs)
{
	u64 id = regs->rdx;
	size_t i;

	regs->r8 = 0;
	if (id == FIELD_NONE) {
		regs->rdx = fields[0].id;
		return FIRST_FIELD_ID_IN_CONTEXT;
	}
	regs->rdx = FIELD_NONE;
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (fields[i].id != id)
			continue;
		if (i + 1 < ARRAY_SIZE(fields))
			regs->rdx = fields[i + 1].id;
		regs->r8 = field_value(fw, &fields[i]);
		return TDXU_TDX_SUCCESS;
	}
	return TDXU_TDX_METADATA_FIELD_ID_INCORRECT;
}
