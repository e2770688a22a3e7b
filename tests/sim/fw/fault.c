// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults that a test has set, and how long each leaf takes. */

#include "sim.h"

enum {
	/*
	 * How often a call that shall be the last looks, and sees that no other LP makes one. Each
	 * look gives the others time to go on: a pause of the virtual CPU here, a refused call and
	 * whatever the host does before the next one there.
	 */
	QUIET_LOOKS = 1000,
	QUIET_REFUSALS = 20,
};

static u64 leaf_key(u64 rax)
{
	return rax >> 63 ? rax : rax & 0xffff;
}

static bool applies(const struct fw_sim *sim, const struct fw_fault *fault,
		    const struct fw_call *call)
{
	const struct fw_desc *desc = &sim->fw.mod.desc;

	if (fault->stopped && (!sim->fw.hooks.stopped || !sim->fw.hooks.stopped(sim->fw.hooks.ctx)))
		return false;
	return fault->leaf == leaf_key(call->in.rax) &&
	       (fault->any_field || fault->field == call->in.rdx) &&
	       (fault->any_lp || fault->lp == call->lp) &&
	       (fault->any_module ||
		(fault->module[0] == desc->major && fault->module[1] == desc->minor &&
		 fault->module[2] == desc->update));
}

/* From the first call that is due on, by the host's clock. */
static bool lasts(const struct fw_sim *sim, struct fw_fault *fault)
{
	const struct fw_hooks *hooks = &sim->fw.hooks;
	u64 now = hooks->time_ns ? hooks->time_ns(hooks->ctx) : 0;

	if (fault->matched < fault->first)
		return false;
	if (!fault->since)
		fault->since = now;
	return now - fault->since < fault->for_ns;
}

static bool due(const struct fw_sim *sim, struct fw_fault *fault, const struct fw_call *call)
{
	if (!applies(sim, fault, call))
		return false;
	fault->matched++;
	if (fault->for_ns)
		return lasts(sim, fault);
	return fault->matched >= fault->first && (!fault->times || fault->hits < fault->times);
}

static void answer(struct fw_sim *sim, const struct fw_fault *fault, struct fw_call *call)
{
	call->outcome = FW_RETURN;
	call->regs->rax = fault->value;
	if (fault->has_rdx)
		call->regs->rdx = fault->rdx;
	/* The erratum is the CPU's: it does not ask what the loader answers. */
	if (call->in.rax >> 63 && sim->fw.platform.erratum)
		sim->fw.lp[call->lp].current_vmcs = ~0ULL;
}

/* One more look: has there been none of another LP's since as many looks? */
static bool all_quiet(const struct fw_sim *sim, u32 lp, u64 *others, u32 *quiet, u32 looks)
{
	u64 now = sim->calls - sim->calls_of[lp];

	if (now != *others)
		*quiet = 0;
	*others = now;
	return ++*quiet > looks;
}

/* P-SEAMLDR takes one LP at a time: to wait inside would keep the others out. */
static void refuse_until_last(struct fw_sim *sim, struct fw_fault *fault, struct fw_call *call)
{
	if (all_quiet(sim, call->lp, &fault->others, &fault->quiet, QUIET_REFUSALS)) {
		fault->quiet = 0; /* the next call is of another session */
		return;
	}
	call->skip = true;
	call->outcome = FW_VMFAIL;
}

bool fw_fault_holds(const struct fw_sim *sim, const struct fw_call *call, u64 *others, u32 *quiet)
{
	return call->last && !all_quiet(sim, call->lp, others, quiet, QUIET_LOOKS);
}

static void do_command(struct fw_sim *sim, const struct fw_fault *fault)
{
	char line[FW_DO_TEXT], err[FW_ERROR_TEXT];
	struct fw_args args = { .sim = sim, .rest = line, .err = err, .errlen = sizeof(err) };

	memcpy(line, fault->line, sizeof(line));
	fw_control_run(&args);
}

static void apply(struct fw_sim *sim, struct fw_fault *fault, struct fw_call *call)
{
	fault->hits++;
	switch (fault->kind) {
	case FW_FAULT_STATUS:
		call->skip = true;
		answer(sim, fault, call);
		break;
	case FW_FAULT_STATUS_AFTER:
		sim->fault_after[call->lp] = (u8)(1 + (fault - sim->fault));
		break;
	case FW_FAULT_DELAY:
		call->delay_ns += fault->value * 1000;
		break;
	case FW_FAULT_MASK_RCX:
		call->regs->rcx &= fault->value;
		break;
	case FW_FAULT_OUTCOME:
		call->skip = true;
		call->outcome = fault->outcome;
		break;
	case FW_FAULT_LAST:
		if (call->in.rax >> 63)
			refuse_until_last(sim, fault, call);
		else
			call->last = true;
		break;
	case FW_FAULT_HOLD:
		call->hold = true;
		break;
	case FW_FAULT_DO:
		do_command(sim, fault);
		break;
	}
}

void fw_fault_before(struct fw_sim *sim, struct fw_call *call)
{
	u32 i;

	sim->fault_after[call->lp] = 0;
	for (i = 0; i < sim->num_faults; i++)
		if (due(sim, &sim->fault[i], call))
			apply(sim, &sim->fault[i], call);
}

void fw_fault_after(struct fw_sim *sim, struct fw_call *call)
{
	u8 index = sim->fault_after[call->lp];

	sim->calls++;
	sim->calls_of[call->lp]++;
	sim->fault_after[call->lp] = 0;
	if (index && !call->skip && call->outcome == FW_RETURN)
		answer(sim, &sim->fault[index - 1], call);
}

static const struct fw_latency *latency_of(const struct fw_sim *sim, u64 leaf, bool last)
{
	u32 i;

	for (i = 0; i < sim->num_latencies; i++)
		if (sim->latency[i].leaf == leaf && sim->latency[i].last == last)
			return &sim->latency[i];
	return NULL;
}

u64 fw_latency_ns(const struct fw_sim *sim, const struct fw_call *call)
{
	u64 leaf = leaf_key(call->in.rax);
	const struct fw_latency *latency = NULL;

	if (call->last_install)
		latency = latency_of(sim, leaf, true);
	if (!latency)
		latency = latency_of(sim, leaf, false);
	if (!latency)
		return call->delay_ns;
	return call->delay_ns + (latency->us + (u64)latency->us_per_page * call->pages) * 1000;
}
