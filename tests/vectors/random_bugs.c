// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slips that a model might have, one for each sentence of invariants.c: planted behind a call, to
 * see that they are found.
 */

#include "random.h"

struct call {
	u32 lp;
	const struct fw_regs *in;
	struct fw_regs *out;
	enum fw_outcome *outcome;
	struct fw *fw;
	bool returned, good, install, cleanup;
};

static bool is(const struct call *c, u64 leaf)
{
	return c->in->rax == leaf;
}

static void install_counts_twice(const struct call *c)
{
	c->fw->ldr.lps_in_update += c->install && c->out->rax == TDXU_SEAMLDR_EBADCALL &&
				    c->fw->ldr.in_update[c->lp];
}

static void cleanup_counts_twice(const struct call *c)
{
	c->fw->ldr.lps_in_cleanup += c->cleanup && c->out->rax == TDXU_SEAMLDR_EBADCALL &&
				     c->fw->ldr.in_cleanup[c->lp];
}

static void shutdown_counts_twice(const struct call *c)
{
	c->fw->ldr.lps_in_shutdown += c->good && is(c, FW_SEAMLDR_SHUTDOWN);
}

static void lp_init_counts_twice(const struct call *c)
{
	c->fw->mod.num_init_lps += c->returned && c->out->rax == TDXU_TDX_SYS_LP_INIT_DONE;
}

static void session_without_lps(const struct call *c)
{
	if (c->install && c->out->rax && c->fw->ldr.flow == FW_FLOW_READY &&
	    !c->fw->ldr.ext.seam_ready)
		c->fw->ldr.flow = FW_FLOW_INSTALL;
}

static void lock_is_kept(const struct call *c)
{
	if (c->good && is(c, TDXU_TDH_SYS_INIT))
		c->fw->mod.global_lock = FW_LOCK_EXCLUSIVE;
}

static void wiped_module_is_ready(const struct call *c)
{
	if (c->install && c->out->rdx)
		c->fw->ldr.ext.seam_ready = 1;
}

static void ready_in_session(const struct call *c)
{
	if (c->install && c->good && c->fw->ldr.flow == FW_FLOW_INSTALL)
		c->fw->ldr.ext.seam_ready = 1;
}

static void absent_module_answers(const struct call *c)
{
	if (*c->outcome == FW_VMFAIL && !(c->in->rax >> 63) && !c->fw->dead)
		*c->outcome = FW_RETURN;
}

static void dead_platform_answers(const struct call *c)
{
	if (*c->outcome == FW_VMFAIL && is(c, TDXU_SEAMLDR_INFO) && c->fw->dead)
		*c->outcome = FW_RETURN;
}

static void update_changes_mrseam(const struct call *c)
{
	c->fw->ldr.ext.mrseam[0] ^= c->good && is(c, TDXU_TDH_SYS_UPDATE);
}

static void counter_runs_over(const struct call *c)
{
	if (c->good && is(c, TDXU_SEAMLDR_INFO))
		c->fw->ldr.updates_left = c->fw->platform.seamdb_size + 1;
}

static void vmfail_changes_r8(const struct call *c)
{
	c->out->r8 ^= *c->outcome == FW_VMFAIL;
}

static void rd_changes_r11(const struct call *c)
{
	c->out->r11 ^= c->returned && is(c, TDXU_TDH_SYS_RD);
}

static void info_clears_rdx(const struct call *c)
{
	if (c->good && is(c, TDXU_SEAMLDR_INFO))
		c->out->rdx = 0;
}

static void install_says_2(const struct call *c)
{
	if (c->install && c->good)
		c->out->rdx = 2;
}

static void install_succeeds_badly(const struct call *c)
{
	if (c->install && c->good)
		c->out->rdx = TDXU_INSTALL_UNRECOVERABLE;
}

static void cleanup_changes_rcx(const struct call *c)
{
	c->out->rcx ^= c->cleanup;
}

static void update_takes_nothing(const struct call *c)
{
	if (c->returned && c->out->rax == TDXU_TDX_SYS_INVALID_HANDOFF)
		c->out->rax = 0;
}

static void update_leaves_handoff(const struct call *c)
{
	if (c->good && is(c, TDXU_TDH_SYS_UPDATE))
		fw_handoff(c->fw)->valid = 1;
}

static void finalize_hits_another(const struct call *c)
{
	if (c->good && is(c, FW_TDH_MR_FINALIZE))
		machine.sim->td[(fw_td_at(machine.sim, c->in->rcx) - machine.sim->td + 1) % 4]
			.contents[0] ^= 1;
}

static void finalize_counts_nine(const struct call *c)
{
	if (c->good && is(c, FW_TDH_MR_FINALIZE))
		fw_set_count(c->fw, FW_COUNT_BUILDS, 9);
}

static const struct {
	void (*plant)(const struct call *c);
	const char *found; /* begin of the sentence */
} bugs[] = {
	{ install_counts_twice, "an INSTALL session has counted" },
	{ cleanup_counts_twice, "a CLEANUP session has counted" },
	{ shutdown_counts_twice, "a SHUTDOWN session has counted" },
	{ lp_init_counts_twice, "LP.INIT has counted" },
	{ session_without_lps, "the flow is not that" },
	{ lock_is_kept, "the module's lock" },
	{ wiped_module_is_ready, "SEAM_READY without a module" },
	{ ready_in_session, "SEAM_READY while a session" },
	{ absent_module_answers, "a module has answered" },
	{ dead_platform_answers, "a dead platform" },
	{ update_changes_mrseam, "MRSEAM has changed" },
	{ counter_runs_over, "more updates are left" },
	{ vmfail_changes_r8, "registers changed without" },
	{ rd_changes_r11, "R11 was" },
	{ info_clears_rdx, "RDX was written" },
	{ install_says_2, "INSTALL has written neither" },
	{ install_succeeds_badly, "INSTALL has succeeded" },
	{ cleanup_changes_rcx, "P-SEAMLDR has written RCX" },
	{ update_takes_nothing, "UPDATE has taken over" },
	{ update_leaves_handoff, "the handoff is valid" },
	{ finalize_hits_another, "a TD has changed" },
	{ finalize_counts_nine, "the module counts more" },
};

u32 bugs_known(void)
{
	return ARRAY_SIZE(bugs);
}

bool bugs_found(u32 bug, const char *wrong)
{
	return !strncmp(wrong, bugs[bug - 1].found, strlen(bugs[bug - 1].found));
}

void bugs_after(u32 bug, u32 lp, const struct fw_regs *in, struct fw_regs *out,
		enum fw_outcome *outcome)
{
	bool returned = *outcome == FW_RETURN;
	const struct call c = {
		.lp = lp,
		.in = in,
		.out = out,
		.outcome = outcome,
		.fw = &machine.sim->fw,
		.returned = returned,
		.good = returned && !out->rax,
		.install = returned && in->rax == TDXU_SEAMLDR_INSTALL,
		.cleanup = returned && in->rax == FW_SEAMLDR_CLEANUP,
	};

	if (bug)
		bugs[bug - 1].plant(&c);
}
