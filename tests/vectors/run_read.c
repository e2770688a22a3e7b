// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vectors without steps: each states what a combination does. Here the combination is made,
 * by the model's own means, on two LPs. Keyed by what they are about, which their ids say.
 */

#include "run.h"

#define UNALIGNED_PA 0x800ULL

static struct fw *fw_of(struct run *run)
{
	return run->native->fw;
}

static void boot(struct run *run)
{
	struct fw_boot_module module = { .svn_major = 1, .svn_minor = 5,
					 .num_handoff_pages = 13 };

	fw_platform_defaults(&fw_of(run)->platform, 2);
	fw_reset(fw_of(run));
	native_reset_memory(run->native);
	fw_desc_default(&module.desc);
	fw_boot_module(fw_of(run), &module);
}

static enum fw_outcome call(struct run *run, u32 lp, u64 rax, u64 rcx, u64 *status)
{
	struct fw_regs regs = { .rax = rax, .rcx = rcx, .rdx = ~0ULL };
	enum fw_outcome outcome = fw_seamcall(fw_of(run), lp, &regs);

	*status = regs.rax;
	return outcome;
}

static json_t *observed(struct run *run, enum fw_outcome outcome, u64 rax)
{
	const json_t *names = json_object_get(run->file, "error_codes");

	return json_pack("{s:s,s:s}", "outcome",
			 outcome == FW_VMFAIL ? "vmfail_invalid" : "return", "rax_name",
			 run_name_of(names, TDXU_STATUS_CLASS(rax)));
}

/* SEAM_READY is 0 from the first INSTALL call on. */
static json_t *module_during_install(struct run *run)
{
	enum fw_outcome outcome;
	u64 rax;

	boot(run);
	call(run, 0, TDXU_SEAMLDR_INSTALL, 0, &rax);
	outcome = call(run, 1, TDXU_TDH_SYS_RD, 0, &rax);
	return observed(run, outcome, rax);
}

/* P_SEAMLDR_READY is 0 once SEAMLDR.SHUTDOWN has completed, LP 0 being the last. */
static json_t *seamldr_after_shutdown(struct run *run)
{
	enum fw_outcome outcome;
	u64 rax;

	fw_platform_defaults(&fw_of(run)->platform, 2);
	fw_reset(fw_of(run));
	call(run, 1, TDXU_SEAMLDR_SHUTDOWN, 0, &rax);
	call(run, 0, TDXU_SEAMLDR_SHUTDOWN, 0, &rax);
	outcome = call(run, 0, TDXU_SEAMLDR_INFO, 0, &rax);
	return observed(run, outcome, rax);
}

/* A refused INSTALL brings back the old module, which is shut down. */
static json_t *module_after_refused_install(struct run *run)
{
	enum fw_outcome outcome;
	u64 rax;

	boot(run);
	call(run, 0, TDXU_TDH_SYS_SHUTDOWN, fw_of(run)->ldr.sysinfo.module_hv, &rax);
	call(run, 0, TDXU_SEAMLDR_INSTALL, 0, &rax);
	call(run, 1, TDXU_SEAMLDR_INSTALL, UNALIGNED_PA, &rax);
	outcome = call(run, 1, TDXU_TDH_SYS_RD, 0, &rax);
	return observed(run, outcome, rax);
}

bool run_read_vector(struct run *run, const json_t *vector)
{
	static const struct {
		const char *id;
		json_t *(*scenario)(struct run *run);
	} scenarios[] = {
		{ "cpu-seam-ready-0", module_during_install },
		{ "cpu-pseamldr-ready-0", seamldr_after_shutdown },
		{ "cycle-recoverable-install-failure", module_after_refused_install },
	};
	json_t *seen = NULL;
	bool differs;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(scenarios); i++)
		if (!strcmp(scenarios[i].id, vec_text(vector, "id")))
			seen = scenarios[i].scenario(run);
	if (!seen) {
		snprintf(run->why, sizeof(run->why), "nobody knows how to make this happen");
		return false;
	}
	differs = vec_differs(json_object_get(vector, "expected"), seen, run->why,
			      sizeof(run->why));
	json_decref(seen);
	return !differs;
}
