// SPDX-License-Identifier: GPL-2.0-or-later
/* The last SEAMCALLs, in the order in which they ended. */

#include "sim.h"

/* Background activity that goes well would only push everything else out of the ring. */
static bool worth_a_line(const struct fw_sim *sim, const struct fw_call *call)
{
	if (call->lp >= FW_MAX_LPS || !sim->quiet[call->lp])
		return true;
	return call->outcome != FW_RETURN || call->regs->rax != FW_SUCCESS;
}

void fw_log_add(struct fw_sim *sim, const struct fw_call *call)
{
	const struct fw_hooks *hooks = &sim->fw.hooks;
	struct fw_log_entry *entry = &sim->log[sim->log_next % FW_LOG_ENTRIES];

	if (!worth_a_line(sim, call))
		return;
	entry->seq = sim->log_next++;
	entry->time_ns = hooks->time_ns ? hooks->time_ns(hooks->ctx) : 0;
	entry->lp = call->lp;
	entry->outcome = call->outcome;
	entry->in = call->in;
	entry->out = call->outcome == FW_RETURN ? *call->regs : call->in;
}

bool fw_log_read(const struct fw_sim *sim, u64 seq, struct fw_log_entry *entry)
{
	u64 oldest = sim->log_start;

	if (sim->log_next > FW_LOG_ENTRIES && oldest < sim->log_next - FW_LOG_ENTRIES)
		oldest = sim->log_next - FW_LOG_ENTRIES;
	if (seq < oldest)
		seq = oldest;
	if (seq >= sim->log_next)
		return false;
	*entry = sim->log[seq % FW_LOG_ENTRIES];
	return true;
}
