// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "facts.h"
#include "names.h"

struct cpu {
	u32 family;
	u32 model;
	u32 stepping;
};

/* Family and model as the kernel shows them, put together as CPUID has them. */
static u32 cpuid_of(const struct cpu *cpu)
{
	u32 base = cpu->family < 0xf ? cpu->family : 0xf;

	return (cpu->family - base) << 20 | (cpu->model >> 4) << 16 | base << 8 |
	       (cpu->model & 0xf) << 4 | (cpu->stepping & 0xf);
}

/* CPUID.1.EAX of the CPUs; none if @cpuinfo, a path of /proc/cpuinfo, cannot be read. */
static void read_cpu_models(const char *cpuinfo, struct tdxu_facts *facts)
{
	FILE *f = fopen(cpuinfo, "re");
	struct cpu cpu = { 0 };
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "cpu family : %u", &cpu.family);
		sscanf(line, "model : %u", &cpu.model);
		/* The last of the three; a line that is longer than ours is none of them. */
		if (sscanf(line, "stepping : %u", &cpu.stepping) == 1)
			tdxu_facts_add_cpu_model(facts, cpuid_of(&cpu));
	}
	if (f)
		fclose(f);
}

/* A driver tells all of the running module, but what it could not read; that is not 0. */
static void know_module(const struct tdxu_module *m, struct tdxu_facts *facts)
{
	static const struct {
		u8 attr;
		u8 fact;
	} fields[] = {
		{ TDX_UPDATE_A_MODULE_FEATURES0, TDXU_FACT_FEATURES0 },
		{ TDX_UPDATE_A_MODULE_HV, TDXU_FACT_MODULE_HV },
		{ TDX_UPDATE_A_MODULE_MIN_UPDATE_HV, TDXU_FACT_MIN_UPDATE_HV },
		{ TDX_UPDATE_A_MODULE_NO_DOWNGRADE, TDXU_FACT_NO_DOWNGRADE },
		{ TDX_UPDATE_A_MODULE_HANDOFF_PAGES, TDXU_FACT_HANDOFF_PAGES },
		{ TDX_UPDATE_A_MODULE_SVN_MINOR, TDXU_FACT_INFO },
	};

	for (u32 i = TDXU_FACT_VERSION; i <= TDXU_FACT_HANDOFF_PAGES; i++)
		tdxu_know(facts, i, 0);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (m->untold >> fields[i].attr & 1)
			facts->known[fields[i].fact].is = TDXU_CANNOT_TELL;
}

void tdxu_facts_from_status(const struct tdxu_status *status, const char *cpuinfo,
			    struct tdxu_facts *facts)
{
	const struct tdxu_module *m = &status->module;
	bool told = m->present && !m->only_version;

	tdxu_facts_not_asked(facts);
	facts->seamldr_answers = status->seamldr.present && told;
	facts->module_answers = told;
	if (facts->seamldr_answers)
		tdxu_know(facts, TDXU_FACT_INFO, 0);
	if (told)
		know_module(m, facts);
	facts->seamldr = (struct tdxu_seamldr_info){
		.major = (u16)status->seamldr.major,
		.minor = (u16)status->seamldr.minor,
		.update = (u16)status->seamldr.update,
		.num_remaining_updates = status->seamldr.updates_left,
	};
	facts->cpus_online = status->cpus_online;
	facts->cpus_present = status->cpus_present;
	facts->system_running = true;
	facts->running = (struct tdxu_module_info){
		.version = tdxu_module_version(m),
		.features0 = m->features0,
		.module_hv = (u16)m->hv,
		.min_update_hv = (u16)m->min_update_hv,
		.no_downgrade = m->no_downgrade,
		.handoff_pages = (u16)m->handoff_pages,
		.svn_major = (u8)m->svn_major,
		.svn_minor = (u8)m->svn_minor,
	};
	memcpy(facts->running.mrseam, m->mrseam, sizeof(facts->running.mrseam));
	read_cpu_models(cpuinfo, facts);
}
