// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vectors without steps: each states what a combination does. Here the combination is made,
 * on two LPs. Keyed by what they are about, which their ids say.
 */

#include "run.h"

#define UNALIGNED_PA 0x800ULL
#define HV 3

static bool boot(struct run *run, const char *what)
{
	machine_forget_memory();
	return run_tell(run, "platform boot=%s lps=2 packages=1 x2apic=0,1 acm_x2apic=0", what) &&
	       run_tell(run, "platform version=1.5.1 features0=0x2 hv=%u min_hv=1 no_downgrade=0",
			HV) &&
	       run_tell(run, "reset");
}

static enum fw_outcome call(u32 lp, u64 rax, u64 rcx, u64 *status)
{
	struct fw_regs regs = { .rax = rax, .rcx = rcx, .rdx = ~0ULL };
	enum fw_outcome outcome = machine_seamcall(lp, &regs);

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

	if (!boot(run, "module"))
		return NULL;
	call(0, TDXU_SEAMLDR_INSTALL, 0, &rax);
	outcome = call(1, TDXU_TDH_SYS_RD, 0, &rax);
	return observed(run, outcome, rax);
}

/* P_SEAMLDR_READY is 0 once SEAMLDR.SHUTDOWN has completed, LP 0 being the last. */
static json_t *seamldr_after_shutdown(struct run *run)
{
	enum fw_outcome outcome;
	u64 rax;

	if (!boot(run, "fresh"))
		return NULL;
	call(1, FW_SEAMLDR_SHUTDOWN, 0, &rax);
	call(0, FW_SEAMLDR_SHUTDOWN, 0, &rax);
	outcome = call(0, TDXU_SEAMLDR_INFO, 0, &rax);
	return observed(run, outcome, rax);
}

/* A refused INSTALL brings back the old module, which is shut down. */
static json_t *module_after_refused_install(struct run *run)
{
	enum fw_outcome outcome;
	u64 rax;

	if (!boot(run, "module"))
		return NULL;
	call(0, TDXU_TDH_SYS_SHUTDOWN, HV, &rax);
	call(0, TDXU_SEAMLDR_INSTALL, 0, &rax);
	call(1, TDXU_SEAMLDR_INSTALL, UNALIGNED_PA, &rax);
	outcome = call(1, TDXU_TDH_SYS_RD, 0, &rax);
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
		if (!run->why[0])
			snprintf(run->why, sizeof(run->why), "nobody knows how this happens");
		return false;
	}
	differs = vec_differs(json_object_get(vector, "expected"), seen, run->why,
			      sizeof(run->why));
	json_decref(seen);
	return !differs;
}
