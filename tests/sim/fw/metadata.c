// SPDX-License-Identifier: GPL-2.0-or-later
/* TDH.SYS.RD: the metadata, and in which order it names the next field. TDH.SYS.INFO. */

#include "model.h"

#define FIELD_NONE 0xffffffffffffffffULL /* in: begin; out: that was the last */
#define FIRST_FIELD_ID_IN_CONTEXT 0x00000C0B00000000ULL

/* Named by the iteration, meaning not in the facts: read as 0. */
#define FIELD_PLATFORM_INFO 0x0000000200000000ULL
#define FIELD_ATTRIBUTES    0x0A00000200000000ULL

#define NO_SUBLEAF 0xffffffff00000000ULL

/* Which CPUID bits a VMM may choose: a leaf and sub-leaf, then masks for EBX:EAX and EDX:ECX. */
struct cpuid_entry {
	u64 leaf;
	u64 mask[2];
} __packed;

static const struct cpuid_entry cpuid_config[] = {
	{ NO_SUBLEAF | 0x1, { 0x00ff00000fff3fffULL, 0x00000000ULL } },
	{ 0x0ULL << 32 | 0x4, { 0x03ffffffffffc000ULL, 0xffffffffULL } },
	{ 0x1ULL << 32 | 0x4, { 0x03ffffffffffc000ULL, 0xffffffffULL } },
	{ 0x2ULL << 32 | 0x4, { 0x03ffffffffffc000ULL, 0xffffffffULL } },
	{ 0x3ULL << 32 | 0x4, { 0x03ffffffffffc000ULL, 0xffffffffULL } },
	{ NO_SUBLEAF | 0x80000008, { 0x000000ffULL, 0x00000000ULL } },
};

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
	{ id, FROM_HANDOFF, offsetof(struct fw_handoff_header, member), \
	  sizeof(((struct fw_handoff_header *)NULL)->member) }

/* By class (bits 61:56), then by field code (bits 23:0): the order of the iteration. */
static const struct field fields[] = {
	{ FIELD_PLATFORM_INFO, FROM_NOTHING, 0, 0 },
	DESC(TDXU_FIELD_BUILD_DATE, build_date),
	DESC(TDXU_FIELD_BUILD_NUM, build_num),
	DESC(TDXU_FIELD_MINOR_VERSION, minor),
	DESC(TDXU_FIELD_MAJOR_VERSION, major),
	DESC(TDXU_FIELD_UPDATE_VERSION, update),
	DESC(TDXU_FIELD_INTERNAL_VERSION, internal),
	/* Constants of the build. SHUTDOWN and UPDATE go by the sigstruct's, in SYS_INFO. */
	DESC(TDXU_FIELD_MODULE_HV, module_hv),
	DESC(TDXU_FIELD_MIN_UPDATE_HV, min_update_hv),
	DESC(TDXU_FIELD_NO_DOWNGRADE, no_downgrade),
	SYSINFO(TDXU_FIELD_NUM_HANDOFF_PAGES, num_handoff_pages),
	HANDOFF(TDXU_FIELD_HANDOFF_VALID, valid),
	HANDOFF(FW_FIELD_HANDOFF_HV, hv),
	HANDOFF(FW_FIELD_HANDOFF_SIZE, size),
	{ FIELD_ATTRIBUTES, FROM_NOTHING, 0, 0 },
	DESC(TDXU_FIELD_TDX_FEATURES0, features0),
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

/* The table's entry @i of @desc: a module may begin elsewhere in it, and change the first mask. */
static struct cpuid_entry cpuid_entry(const struct fw_desc *desc, u64 i)
{
	struct cpuid_entry entry =
		cpuid_config[(i + desc->cpuid_config_first) % ARRAY_SIZE(cpuid_config)];

	if (!i)
		entry.mask[0] ^= desc->cpuid_config_xor;
	return entry;
}

/* Two arrays, as long as the module says that they are. The iteration leaves them out. */
static bool cpuid_field(const struct fw *fw, u64 id, u64 *value)
{
	u64 leaf = id - TDXU_FIELD_CPUID_CONFIG_LEAVES;
	u64 mask = id - TDXU_FIELD_CPUID_CONFIG_VALUES;
	u64 count = fw->mod.desc.num_cpuid_config;

	if (count > ARRAY_SIZE(cpuid_config))
		count = ARRAY_SIZE(cpuid_config);
	if (leaf >= count && mask >= 2 * count)
		return false;
	*value = leaf < count ? cpuid_entry(&fw->mod.desc, leaf).leaf :
				cpuid_entry(&fw->mod.desc, mask / 2).mask[mask % 2];
	return true;
}

void fw_sys_rd_none(struct fw_regs *regs)
{
	regs->rdx = FIELD_NONE;
	regs->r8 = 0;
}

/* Takes RDX, answers in RDX (the next field) and R8 (the value). Returns RAX. */
u64 fw_sys_rd(struct fw *fw, struct fw_regs *regs)
{
	u64 id = regs->rdx;
	size_t i;

	fw_sys_rd_none(regs);
	if (id == FIELD_NONE) {
		regs->rdx = fields[0].id;
		return FIRST_FIELD_ID_IN_CONTEXT;
	}
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (fields[i].id != id)
			continue;
		if (i + 1 < ARRAY_SIZE(fields))
			regs->rdx = fields[i + 1].id;
		regs->r8 = field_value(fw, &fields[i]);
		return FW_SUCCESS;
	}
	if (cpuid_field(fw, id, &regs->r8))
		return FW_SUCCESS;
	return TDXU_TDX_METADATA_FIELD_ID_INCORRECT;
}

/* TDH.SYS.INFO: what SYS.RD tells, in one piece, as the first modules did. */

enum {
	INFO_ALIGN = 1024,
	CMRS_ALIGN = 512,
	INFO_VENDOR = 0x8086,
};

struct sys_info {
	u32 attributes;
	u32 vendor_id;
	u32 build_date;
	u16 build_num;
	u16 minor;
	u16 major;
	u8 use_sys_rd; /* there is more to be had by it */
	u8 reserved0[13];
	u16 max_tdmrs;
	u16 max_reserved_per_tdmr;
	u16 pamt_entry_size;
	u8 reserved1[10];
	u16 tdcs_base_size;
	u8 reserved2[2];
	u16 tdvps_base_size;
	u8 tdvps_xfam_dependent_size;
	u8 reserved3[9];
	u64 attributes_fixed0;
	u64 attributes_fixed1;
	u64 xfam_fixed0;
	u64 xfam_fixed1;
	u8 reserved4[32];
	u32 num_cpuid_config;
	struct cpuid_entry cpuid[ARRAY_SIZE(cpuid_config)];
	u8 reserved5[1024 - 132 - ARRAY_SIZE(cpuid_config) * sizeof(struct cpuid_entry)];
} __packed;
static_assert(sizeof(struct sys_info) == INFO_ALIGN);
static_assert(sizeof(struct sys_info) <= sizeof(((struct fw *)NULL)->page));

static void fill_info(const struct fw_desc *desc, struct sys_info *info)
{
	u32 i;

	*info = (struct sys_info){
		.vendor_id = INFO_VENDOR,
		.build_date = desc->build_date,
		.build_num = desc->build_num,
		.minor = desc->minor,
		.major = desc->major,
		.use_sys_rd = 1,
		.max_tdmrs = desc->max_tdmrs,
		.max_reserved_per_tdmr = desc->max_reserved_per_tdmr,
		.pamt_entry_size = desc->pamt_entry_size[0],
		.tdcs_base_size = desc->tdcs_base_size,
		.tdvps_base_size = desc->tdvps_base_size,
		.attributes_fixed0 = desc->attributes_fixed0,
		.attributes_fixed1 = desc->attributes_fixed1,
		.xfam_fixed0 = desc->xfam_fixed0,
		.xfam_fixed1 = desc->xfam_fixed1,
		.num_cpuid_config = desc->num_cpuid_config,
	};
	for (i = 0; i < ARRAY_SIZE(cpuid_config) && i < desc->num_cpuid_config; i++)
		info->cpuid[i] = cpuid_entry(desc, i);
}

/* RCX, RDX: where, and room; R8, R9: the same for the CMRs, of which all are written. */
u64 fw_sys_info(struct fw *fw, struct fw_regs *regs)
{
	u64 room = regs->rdx, cmrs = regs->r9;

	regs->rdx = regs->r9 = 0;
	if (!fw_shared_pa(fw, regs->rcx, INFO_ALIGN))
		return fw_operand_invalid(FW_OPERAND_RCX);
	if (room < sizeof(struct sys_info))
		return fw_operand_invalid(FW_OPERAND_RDX);
	if (!fw_shared_pa(fw, regs->r8, CMRS_ALIGN))
		return fw_operand_invalid(FW_OPERAND_R8);
	if (cmrs < FW_MAX_CMRS)
		return fw_operand_invalid(FW_OPERAND_R9);
	fill_info(&fw->mod.desc, (struct sys_info *)fw->page);
	fw_write(fw, regs->rcx, fw->page, sizeof(struct sys_info));
	fw_write(fw, regs->r8, fw->platform.cmr, sizeof(fw->platform.cmr));
	regs->rdx = sizeof(struct sys_info);
	regs->r9 = FW_MAX_CMRS;
	return FW_SUCCESS;
}
