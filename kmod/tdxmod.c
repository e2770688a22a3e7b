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

u64 tdxu_tdxmod_read_version(struct tdxu_version *version, u32 *retries)
{
	static const u64 fields[] = {
		TDXU_FIELD_MAJOR_VERSION,
		TDXU_FIELD_MINOR_VERSION,
		TDXU_FIELD_UPDATE_VERSION,
	};
	u64 values[ARRAY_SIZE(fields)], rax = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields) && !rax; i++)
		rax = tdxu_tdh_sys_rd(fields[i], &values[i], retries);
	if (!rax)
		*version = (struct tdxu_version){ values[0], values[1], values[2] };
	return rax;
}

#define FIELD(fact, field, member) \
	{ TDXU_FACT_##fact, field, offsetof(struct tdxu_module_info, member), \
	  sizeof_field(struct tdxu_module_info, member) }

static const struct {
	enum tdxu_fact fact;
	u64 field;
	size_t offset;
	size_t bytes;
} info_fields[] = {
	FIELD(INTERNAL_VERSION, TDXU_FIELD_INTERNAL_VERSION, internal),
	FIELD(BUILD_NUM, TDXU_FIELD_BUILD_NUM, build_num),
	FIELD(BUILD_DATE, TDXU_FIELD_BUILD_DATE, build_date),
	FIELD(FEATURES0, TDXU_FIELD_TDX_FEATURES0, features0),
	FIELD(MODULE_HV, TDXU_FIELD_MODULE_HV, module_hv),
	FIELD(MIN_UPDATE_HV, TDXU_FIELD_MIN_UPDATE_HV, min_update_hv),
	FIELD(NO_DOWNGRADE, TDXU_FIELD_NO_DOWNGRADE, no_downgrade),
	FIELD(HANDOFF_PAGES, TDXU_FIELD_NUM_HANDOFF_PAGES, handoff_pages),
};

/* The value of info_fields[i], a little-endian number of which the member has the lower bytes. */
static void set_field(struct tdxu_module_info *info, size_t i, u64 value)
{
	if (info_fields[i].fact == TDXU_FACT_HANDOFF_PAGES)
		value++;
	if (info_fields[i].fact == TDXU_FACT_NO_DOWNGRADE)
		value = !!value;
	memcpy((void *)info + info_fields[i].offset, &value, info_fields[i].bytes);
}

void tdxu_tdxmod_read_facts(struct tdxu_facts *facts)
{
	u64 value, rax;
	size_t i;

	if (!tdxu_knows(facts, TDXU_FACT_VERSION)) {
		rax = tdxu_tdxmod_read_version(&facts->running.version, &facts->retries);
		tdxu_know(facts, TDXU_FACT_VERSION, rax);
		facts->module_answers = !rax;
	}
	if (!facts->module_answers)
		return;
	for (i = 0; i < ARRAY_SIZE(info_fields); i++) {
		if (facts->known[info_fields[i].fact].is != TDXU_CANNOT_TELL)
			continue;
		rax = tdxu_tdh_sys_rd(info_fields[i].field, &value, &facts->retries);
		tdxu_know(facts, info_fields[i].fact, rax);
		if (!rax)
			set_field(&facts->running, i, value);
	}
}
