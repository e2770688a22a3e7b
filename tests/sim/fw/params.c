// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything that has a name and a number: parameters of the platform, of the module that it
 * boots, and the inner state that "poke" reaches.
 */

#include "sim.h"

enum field_group {
	OF_MACHINE,	 /* struct fw_platform, at once */
	OF_MACHINE_NEXT, /* struct fw_platform, from the next reset on */
	OF_MODULE,	 /* struct fw_desc */
	OF_FIRMWARE,	 /* struct fw */
};

struct field {
	const char *name;
	u8 group;
	u8 size; /* bytes */
	u32 offset;
	u64 min, max;
};

#define MAX_OF(size) (~0ULL >> (64 - 8 * (size)))
#define FIELD(name, group, type, member, min, max)                                                 \
	{                                                                                          \
		name, group, sizeof(((type *)0)->member), offsetof(type, member), min, max         \
	}
#define NUMBER(name, group, type, member)                                                          \
	FIELD(name, group, type, member, 0, MAX_OF(sizeof(((type *)0)->member)))
#define MACHINE_FIELD(name, member) NUMBER(name, OF_MACHINE, struct fw_platform, member)
#define MACHINE_FLAG(name, member) FIELD(name, OF_MACHINE, struct fw_platform, member, 0, 1)
#define MACHINE_RANGE(name, member, min, max)                                                      \
	FIELD(name, OF_MACHINE_NEXT, struct fw_platform, member, min, max)
#define MODULE_FIELD(name, member) NUMBER(name, OF_MODULE, struct fw_desc, member)
#define INSIDE_FIELD(name, member) NUMBER(name, OF_FIRMWARE, struct fw, member)
#define INSIDE_FLAG(name, member) FIELD(name, OF_FIRMWARE, struct fw, member, 0, 1)

static const struct field fields[] = {
	MACHINE_RANGE("packages", num_packages, 1, FW_MAX_PACKAGES),
	MACHINE_RANGE("pkg_shift", pkg_shift, 0, 31),
	MACHINE_RANGE("last_shared_hkid", last_shared_hkid, 0, 1023),
	MACHINE_RANGE("hkids", num_private_hkids, 2, 1024),
	MACHINE_RANGE("keyid_bits", keyid_bits, 1, 15),
	MACHINE_RANGE("maxpa", max_pa, 36, 52),
	MACHINE_RANGE("seamdb", seamdb_size, 1, 65536),
	MACHINE_RANGE("cache_blocks", cache_blocks, 1, 65536),
	MACHINE_FIELD("addressable_lps", addressable_lps),
	MACHINE_FIELD("acm_x2apic", acm_x2apic_id),
	MACHINE_FLAG("seam", seam_present),
	MACHINE_FLAG("erratum", erratum),
	MACHINE_FIELD("seam_base", seamrr_base),
	MACHINE_FIELD("seam_size", seamrr_size),
	MACHINE_FIELD("seamldr_size", seamldr_range_size),
	MACHINE_FIELD("seamldr_update", seamldr_update),
	MACHINE_FIELD("seamldr_build", seamldr_build_num),
	MACHINE_FIELD("seamldr_date", seamldr_build_date),
	MODULE_FIELD("build", build_num),
	MODULE_FIELD("date", build_date),
	MODULE_FIELD("internal", internal),
	MODULE_FIELD("features0", features0),
	MODULE_FIELD("hv", module_hv),
	MODULE_FIELD("min_hv", min_update_hv),
	FIELD("no_downgrade", OF_MODULE, struct fw_desc, no_downgrade, 0, 1),
	MODULE_FIELD("handoff_size", handoff_size),
	MODULE_FIELD("max_tdmrs", max_tdmrs),
	MODULE_FIELD("max_reserved_per_tdmr", max_reserved_per_tdmr),
	MODULE_FIELD("pamt_4k_entry", pamt_entry_size[0]),
	MODULE_FIELD("pamt_2m_entry", pamt_entry_size[1]),
	MODULE_FIELD("pamt_1g_entry", pamt_entry_size[2]),
	MODULE_FIELD("tdr_size", tdr_base_size),
	MODULE_FIELD("tdcs_size", tdcs_base_size),
	MODULE_FIELD("tdvps_size", tdvps_base_size),
	MODULE_FIELD("attributes_fixed0", attributes_fixed0),
	MODULE_FIELD("attributes_fixed1", attributes_fixed1),
	MODULE_FIELD("xfam_fixed0", xfam_fixed0),
	MODULE_FIELD("xfam_fixed1", xfam_fixed1),
	MODULE_FIELD("num_cpuid_config", num_cpuid_config),
	MODULE_FIELD("cpuid_config_xor", cpuid_config_xor),
	MODULE_FIELD("cpuid_config_first", cpuid_config_first),
	MODULE_FIELD("max_vcpus", max_vcpus_per_td),
	FIELD("sys_disable", OF_MODULE, struct fw_desc, sys_disable, 0, 1),
	FIELD("nb_export", OF_MODULE, struct fw_desc, nb_export, 0, 63),
	FIELD("sys_state", OF_FIRMWARE, struct fw, mod.sys_state, 0, FW_SYS_SHUTDOWN),
	INSIDE_FIELD("lock", mod.global_lock),
	INSIDE_FIELD("init_lps", mod.num_init_lps),
	INSIDE_FIELD("hkid", mod.live.global_hkid),
	INSIDE_FIELD("pkgbitmap", mod.live.pkg_config_bitmap),
	INSIDE_FIELD("wbt", mod.live.wbt[0]),
	INSIDE_FIELD("tdmrs", mod.live.num_tdmrs),
	INSIDE_FIELD("builds", mod.live.kot[FW_COUNT_BUILDS].detail),
	INSIDE_FIELD("migrations", mod.live.kot[FW_COUNT_MIGRATIONS].detail),
	INSIDE_FLAG("seam_ready", ldr.ext.seam_ready),
	INSIDE_FIELD("mrseam", ldr.ext.mrseam[0]),
	INSIDE_FIELD("updates_left", ldr.updates_left),
	INSIDE_FIELD("seamdb_entries", ldr.seamdb_entries),
	INSIDE_FIELD("key_dirty", ldr.key_dirty),
	INSIDE_FIELD("cache_dirty", ldr.cache_dirty),
	INSIDE_FLAG("canary_ready", ldr.canary_ready),
	INSIDE_FLAG("init_done", ldr.init_done),
	INSIDE_FLAG("range_initialized", ldr.range_initialized),
	INSIDE_FIELD("sysinfo_hv", ldr.sysinfo.module_hv),
	INSIDE_FIELD("sysinfo_min_hv", ldr.sysinfo.min_update_hv),
	INSIDE_FIELD("sysinfo_no_downgrade", ldr.sysinfo.no_downgrade),
	INSIDE_FIELD("sysinfo_handoff_pages", ldr.sysinfo.num_handoff_pages),
	INSIDE_FLAG("rdrand_fail", pokes.rdrand_fail),
	INSIDE_FLAG("rdseed_fail", pokes.rdseed_fail),
	INSIDE_FIELD("rdrand_fail_index", pokes.rdrand_fail_index),
	INSIDE_FIELD("seamdb_insert_failures", pokes.seamdb_insert_failures),
	INSIDE_FLAG("seamdb_read_fails", pokes.seamdb_read_fails),
	INSIDE_FIELD("interrupt_after_polls", pokes.interrupt_after_polls),
	INSIDE_FIELD("pconfig_fail_index", pokes.pconfig_fail_index),
	INSIDE_FIELD("msr_bad_addr", pokes.msr_bad_addr),
	INSIDE_FLAG("msr_bad_lp_only", pokes.msr_bad_lp_only),
	INSIDE_FIELD("msr_bad_lp", pokes.msr_bad_lp),
	INSIDE_FIELD("seam_caps", pokes.seam_caps),
	INSIDE_FLAG("seam_caps_set", pokes.seam_caps_set),
};

static void store(void *base, const struct field *field, u64 value)
{
	memcpy((u8 *)base + field->offset, &value, field->size);
}

static u64 load(const void *base, const struct field *field)
{
	u64 value = 0;

	memcpy(&value, (const u8 *)base + field->offset, field->size);
	return value;
}

static bool is_poke(const struct field *field)
{
	return field->group == OF_FIRMWARE;
}

static const struct field *find(const char *name, bool poke)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (is_poke(&fields[i]) == poke && !strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

static bool parse(struct fw_args *args, const struct field *field, const char *text, u64 *value)
{
	if (!fw_args_u64(args, field->name, text, field->max, value))
		return false;
	if (*value >= field->min)
		return true;
	return fw_args_fail(args, "%s: %s is too small, the least is %llu", field->name, text,
			    (unsigned long long)field->min);
}

static bool set_field(struct fw_args *args, const struct field *field, const char *text)
{
	struct fw_sim *sim = args->sim;
	u64 value;

	if (!parse(args, field, text, &value))
		return false;
	if (args->dry)
		return true;
	if (field->group == OF_MACHINE || field->group == OF_MACHINE_NEXT)
		store(&sim->next, field, value);
	if (field->group == OF_MACHINE)
		store(&sim->fw.platform, field, value);
	if (field->group == OF_FIRMWARE)
		store(&sim->fw, field, value);
	if (field->group == OF_MODULE) {
		store(&sim->boot.desc, field, value);
		store(&sim->fw.mod.desc, field, value);
	}
	return true;
}

/* "A.B" or "A.B.C" */
bool fw_args_dotted(struct fw_args *args, const char *name, char *text, u16 *part, u32 parts)
{
	u32 i;

	for (i = 0; i < parts; i++) {
		char *dot = text ? strchr(text, '.') : NULL;
		u64 value;

		if (!text || !dot != (i == parts - 1))
			return fw_args_fail(args, "%s: want %u numbers with dots between", name,
					    parts);
		if (dot)
			*dot++ = 0;
		if (!fw_args_u64(args, name, text, 0xffff, &value))
			return false;
		part[i] = (u16)value;
		text = dot;
	}
	return true;
}

static void put_version(struct fw_desc *desc, const u16 part[3])
{
	desc->major = part[0];
	desc->minor = part[1];
	desc->update = part[2];
}

static bool set_version(struct fw_args *args, char *text)
{
	u16 part[3];

	if (!fw_args_dotted(args, "version", text, part, 3))
		return false;
	if (args->dry)
		return true;
	put_version(&args->sim->boot.desc, part);
	put_version(&args->sim->fw.mod.desc, part);
	return true;
}

static bool set_one(struct fw_args *args, char *token, bool poke)
{
	char *value = strchr(token, '=');
	const struct field *field;
	bool good = false;

	if (!value)
		return fw_args_fail(args, "\"%s\": want KEY=VALUE", token);
	*value++ = 0;
	field = find(token, poke);
	if (field)
		return set_field(args, field, value);
	if (!poke && !strcmp(token, "version"))
		return set_version(args, value);
	if (fw_special_set(args, token, value, poke, &good))
		return good;
	return fw_args_fail(args, "\"%s\" is not a %s", token,
			    poke ? "thing to poke" : "platform parameter");
}

static bool set_all(struct fw_args *args, bool poke)
{
	char *token = fw_args_next(args);

	if (!token)
		return fw_args_fail(args, "want KEY=VALUE");
	for (; token; token = fw_args_next(args))
		if (!set_one(args, token, poke))
			return false;
	return true;
}

bool fw_params_platform(struct fw_args *args)
{
	struct fw_sim *sim = args->sim;
	const struct fw_desc *desc = &sim->fw.mod.desc;

	if (!set_all(args, false))
		return false;
	if (args->dry)
		return true;
	/* What P-SEAMLDR has told the module comes from the module's own sigstruct. */
	sim->fw.ldr.sysinfo.module_hv = desc->module_hv;
	sim->fw.ldr.sysinfo.min_update_hv = desc->min_update_hv;
	sim->fw.ldr.sysinfo.no_downgrade = (u8)desc->no_downgrade;
	return true;
}

bool fw_params_poke(struct fw_args *args)
{
	return set_all(args, true);
}

static bool set_desc(struct fw_args *args, struct fw_desc *desc, char *token)
{
	char *text = strchr(token, '=');
	const struct field *field;
	u16 part[3];
	u64 value;

	if (!text)
		return fw_args_fail(args, "\"%s\": want KEY=VALUE", token);
	*text++ = 0;
	if (!strcmp(token, "version")) {
		if (!fw_args_dotted(args, "version", text, part, 3))
			return false;
		put_version(desc, part);
		return true;
	}
	field = find(token, false);
	if (!field || field->group != OF_MODULE)
		return fw_args_fail(args, "\"%s\" is not a parameter of a module", token);
	if (!parse(args, field, text, &value))
		return false;
	store(desc, field, value);
	return true;
}

bool fw_params_desc(struct fw_args *args, struct fw_desc *desc)
{
	char *token;

	while ((token = fw_args_next(args)))
		if (!set_desc(args, desc, token))
			return false;
	return true;
}

static void show_field(const struct field *field, const char *prefix, u64 value,
		       const struct fw_emit *emit)
{
	const char *format = field->size == 8 ? "%s%s 0x%llx\n" : "%s%s %llu\n";

	emit->print(emit->ctx, format, prefix, field->name, (unsigned long long)value);
}

void fw_params_show(struct fw_sim *sim, const struct fw_emit *emit)
{
	const struct field *field;

	for (field = fields; field < fields + ARRAY_SIZE(fields); field++) {
		if (is_poke(field))
			continue;
		if (field->group == OF_MODULE) {
			show_field(field, "", load(&sim->fw.mod.desc, field), emit);
			continue;
		}
		show_field(field, "", load(&sim->fw.platform, field), emit);
		if (load(&sim->fw.platform, field) != load(&sim->next, field))
			show_field(field, "next.", load(&sim->next, field), emit);
	}
}

void fw_params_show_pokes(struct fw_sim *sim, const struct fw_emit *emit)
{
	const struct field *field;

	for (field = fields; field < fields + ARRAY_SIZE(fields); field++)
		if (is_poke(field))
			show_field(field, "poke.", load(&sim->fw, field), emit);
}
