// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TDX module leaves.
 */

#include "tdxmod.h"

#include <linux/kernel.h>

u64 tdxu_tdh_sys_rd(u64 field, u64 *value, u32 *retries)
{
	u32 tries = 0;
	u64 rax;

	do {
		rax = tdxu_tdh_sys_rd_once(field, value);
	} while (unlikely(rax) && tdxu_seamcall_again(tdxu_seamcall_can_pass(rax), &tries));
	*retries += tries;
	return rax;
}

u64 tdxu_tdh_sys_shutdown(u16 hv)
{
	struct tdxu_args args = { .rcx = hv | TDXU_SHUTDOWN_AVOID_COMPAT_SENSITIVE };

	return tdxu_seamcall(TDXU_TDH_SYS_SHUTDOWN, &args);
}

u64 tdxu_tdh_sys_init(void)
{
	struct tdxu_args args = {};

	return tdxu_seamcall(TDXU_TDH_SYS_INIT, &args);
}

u64 tdxu_tdh_sys_update(void)
{
	struct tdxu_args args = {};

	return tdxu_seamcall(TDXU_TDH_SYS_UPDATE, &args);
}

/* Reads @count fields; stops at the first that fails. */
static u64 read_fields(const u64 *fields, u64 *values, size_t count, u32 *retries)
{
	u64 rax = 0;
	size_t i;

	for (i = 0; i < count && !rax; i++)
		rax = tdxu_tdh_sys_rd(fields[i], &values[i], retries);
	return rax;
}

u64 tdxu_tdxmod_read_version(struct tdxu_version *version, u32 *retries)
{
	static const u64 fields[] = {
		TDXU_FIELD_MAJOR_VERSION,
		TDXU_FIELD_MINOR_VERSION,
		TDXU_FIELD_UPDATE_VERSION,
	};
	u64 values[ARRAY_SIZE(fields)];
	u64 rax = read_fields(fields, values, ARRAY_SIZE(fields), retries);

	if (rax)
		return rax;
	version->major = values[0];
	version->minor = values[1];
	version->update = values[2];
	return 0;
}

static void set_field(struct tdxu_module_info *info, enum tdxu_fact fact, u64 value)
{
	switch (fact) {
	case TDXU_FACT_INTERNAL_VERSION:
		info->internal = value;
		break;
	case TDXU_FACT_BUILD_NUM:
		info->build_num = value;
		break;
	case TDXU_FACT_BUILD_DATE:
		info->build_date = value;
		break;
	case TDXU_FACT_FEATURES0:
		info->features0 = value;
		break;
	case TDXU_FACT_MODULE_HV:
		info->module_hv = value;
		break;
	case TDXU_FACT_MIN_UPDATE_HV:
		info->min_update_hv = value;
		break;
	case TDXU_FACT_NO_DOWNGRADE:
		info->no_downgrade = value;
		break;
	case TDXU_FACT_HANDOFF_PAGES:
		info->handoff_pages = value + 1;
		break;
	default:
		break;
	}
}

static const struct {
	enum tdxu_fact fact;
	u64 field;
} info_fields[] = {
	{ TDXU_FACT_INTERNAL_VERSION, TDXU_FIELD_INTERNAL_VERSION },
	{ TDXU_FACT_BUILD_NUM, TDXU_FIELD_BUILD_NUM },
	{ TDXU_FACT_BUILD_DATE, TDXU_FIELD_BUILD_DATE },
	{ TDXU_FACT_FEATURES0, TDXU_FIELD_TDX_FEATURES0 },
	{ TDXU_FACT_MODULE_HV, TDXU_FIELD_MODULE_HV },
	{ TDXU_FACT_MIN_UPDATE_HV, TDXU_FIELD_MIN_UPDATE_HV },
	{ TDXU_FACT_NO_DOWNGRADE, TDXU_FIELD_NO_DOWNGRADE },
	{ TDXU_FACT_HANDOFF_PAGES, TDXU_FIELD_NUM_HANDOFF_PAGES },
};

static void read_version(struct tdxu_facts *facts)
{
	u64 rax = tdxu_tdxmod_read_version(&facts->running.version, &facts->retries);

	tdxu_know(facts, TDXU_FACT_VERSION, rax);
	facts->module_answers = !rax;
}

bool tdxu_tdxmod_read_facts(struct tdxu_facts *facts)
{
	bool all = true;
	u64 value, rax;
	size_t i;

	if (!tdxu_knows(facts, TDXU_FACT_VERSION))
		read_version(facts);
	if (!tdxu_knows(facts, TDXU_FACT_VERSION))
		return false;
	for (i = 0; i < ARRAY_SIZE(info_fields); i++) {
		if (facts->known[info_fields[i].fact].is != TDXU_CANNOT_TELL)
			continue;
		rax = tdxu_tdh_sys_rd(info_fields[i].field, &value, &facts->retries);
		tdxu_know(facts, info_fields[i].fact, rax);
		if (!rax)
			set_field(&facts->running, info_fields[i].fact, value);
		all &= facts->known[info_fields[i].fact].is != TDXU_CANNOT_TELL;
	}
	return all;
}
