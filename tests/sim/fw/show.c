// SPDX-License-Identifier: GPL-2.0-or-later
/* What the simulator shows: one fact, TD, fault or call a line. */

#include "sim.h"

enum {
	SHA_TEXT = 2 * TDXU_SHA384_BYTES + 1,
};

static const char *hex(const u8 sha[TDXU_SHA384_BYTES], char text[SHA_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	u32 i;

	for (i = 0; i < TDXU_SHA384_BYTES; i++) {
		text[2 * i] = digits[sha[i] >> 4];
		text[2 * i + 1] = digits[sha[i] & 0xf];
	}
	text[SHA_TEXT - 1] = 0;
	return text;
}

static void number(const struct fw_emit *emit, const char *key, u64 value)
{
	emit->print(emit->ctx, "%s %llu\n", key, (unsigned long long)value);
}

static void word(const struct fw_emit *emit, const char *key, const char *value)
{
	emit->print(emit->ctx, "%s %s\n", key, value);
}

/* The LPs for which a flag is set. */
static void show_lps(const struct fw *fw, const char *key, const u8 *flags,
		     const struct fw_emit *emit)
{
	const char *separator = " ";
	u32 lp;

	emit->print(emit->ctx, "%s", key);
	for (lp = 0; lp < fw->platform.num_lps; lp++) {
		if (!flags[lp])
			continue;
		emit->print(emit->ctx, "%s%u", separator, lp);
		separator = ",";
	}
	emit->print(emit->ctx, "%s\n", *separator == ' ' ? " none" : "");
}

static void show_module(const struct fw *fw, const struct fw_emit *emit)
{
	const struct fw_desc *desc = &fw->mod.desc;
	const struct tdxu_seamextend *ext = &fw->ldr.ext;
	char text[SHA_TEXT];

	emit->print(emit->ctx, "version %u.%u.%02u\n", desc->major, desc->minor, desc->update);
	word(emit, "mrseam", hex(ext->mrseam, text));
	emit->print(emit->ctx, "seamextend_valid 0x%llx\n", (unsigned long long)ext->valid);
	emit->print(emit->ctx, "svn %u.%u\n", ext->tcb_svn_major, ext->tcb_svn_minor);
	word(emit, "sys_state", fw_sys_state_name(fw->mod.sys_state));
	show_lps(fw, "lps_initialized", fw->mod.lp_init, emit);
	number(emit, "handoff_pages", fw->ldr.sysinfo.num_handoff_pages + 1u);
}

static void show_loader(struct fw *fw, const struct fw_emit *emit)
{
	const struct fw_seamldr *ldr = &fw->ldr;

	emit->print(emit->ctx, "seamldr_version %u.%u\n", fw->platform.seamldr_major,
		    fw->platform.seamldr_minor);
	number(emit, "seamldr", ldr->ext.p_seamldr_ready);
	number(emit, "debug_unlocked", ldr->ext.system_under_debug);
	number(emit, "seam_ready", ldr->ext.seam_ready);
	word(emit, "flow", fw_flow_name(ldr->flow));
	number(emit, "lps_in_update", ldr->lps_in_update);
	show_lps(fw, "in_update", ldr->in_update, emit);
	number(emit, "lps_in_shutdown", ldr->lps_in_shutdown);
	number(emit, "lps_in_cleanup", ldr->lps_in_cleanup);
	number(emit, "updates_left", ldr->updates_left);
	number(emit, "handoff_valid", fw_handoff(fw)->valid);
	number(emit, "handoff_hv", fw_handoff(fw)->hv);
	number(emit, "handoff_size", fw_handoff(fw)->size);
}

static void show_list(const struct fw_emit *emit, const char *key, const u32 *values, u32 count)
{
	u32 i;

	emit->print(emit->ctx, "%s ", key);
	for (i = 0; i < count; i++)
		emit->print(emit->ctx, "%s0x%x", i ? "," : "", values[i]);
	emit->print(emit->ctx, "\n");
}

void fw_show_platform(struct fw_sim *sim, const struct fw_emit *emit)
{
	struct fw *fw = &sim->fw;

	number(emit, "lps", fw->platform.num_lps);
	if (sim->next.num_lps != fw->platform.num_lps)
		number(emit, "next.lps", sim->next.num_lps);
	show_module(fw, emit);
	show_loader(fw, emit);
	number(emit, "dead", fw->dead);
	number(emit, "leftovers", fw->leftovers);
	word(emit, "dead_why", fw->dead_why ? fw->dead_why : "-");
	word(emit, "boot", sim->boot_fresh ? "fresh" : "module");
	number(emit, "activity", sim->activity);
	show_list(emit, "cpuid", fw->platform.cpuid_fms, fw->platform.num_packages);
	show_list(emit, "x2apic", fw->platform.x2apic_id, fw->platform.num_lps);
	show_lps(fw, "vmx_off", (const u8 *)fw->platform.vmx_off, emit);
	fw_params_show(sim, emit);
	fw_params_show_pokes(sim, emit);
}

static enum fw_td_health show_td(struct fw_sim *sim, const struct fw_td *td,
				 const struct fw_emit *emit)
{
	char is[SHA_TEXT], expected[SHA_TEXT], reason[FW_REASON_TEXT];
	enum fw_td_health health = fw_td_health(sim, td, reason);
	u8 sha[TDXU_SHA384_BYTES];

	fw_td_mrtd(sim, td, sha);
	hex(sha, is);
	fw_tenant_mrtd(&sim->fw, td, sha);
	emit->print(emit->ctx, "%u %s %s hkid=%u mrtd=%s expected=%s ", td->id,
		    fw_td_state_name(td->state), fw_td_health_name(health), td->hkid, is,
		    hex(sha, expected));
	fw_td_contents(sim, td, sha);
	hex(sha, is);
	fw_tenant_contents(&sim->fw, td, sha);
	emit->print(emit->ctx, "state_sha=%s expected_state=%s reason=%s\n", is,
		    hex(sha, expected), reason);
	return health;
}

void fw_show_tds(struct fw_sim *sim, const struct fw_emit *emit)
{
	u32 states[FW_TD_MIGRATING + 1] = { 0 };
	u32 healths[FW_TD_CORRUPTED + 1] = { 0 };
	u32 total = 0;
	u32 i;

	for (i = 0; i < FW_MAX_TDS; i++) {
		const struct fw_td *td = &sim->td[i];

		if (td->state == FW_TD_NONE)
			continue;
		total++;
		states[td->state]++;
		healths[show_td(sim, td, emit)]++;
	}
	emit->print(emit->ctx, "total=%u running=%u building=%u migrating=%u ", total,
		    states[FW_TD_RUNNING], states[FW_TD_BUILDING], states[FW_TD_MIGRATING]);
	emit->print(emit->ctx, "dead=%u corrupted=%u\n", healths[FW_TD_DEAD],
		    healths[FW_TD_CORRUPTED]);
}

static void show_fault_action(const struct fw_fault *fault, const struct fw_emit *emit)
{
	unsigned long long value = fault->value;

	switch (fault->kind) {
	case FW_FAULT_DELAY:
		emit->print(emit->ctx, "delay_us=%llu", value);
		return;
	case FW_FAULT_MASK_RCX:
		emit->print(emit->ctx, "mask_rcx=0x%llx", value);
		return;
	case FW_FAULT_OUTCOME:
		emit->print(emit->ctx, "%s", fw_outcome_name(fault->outcome));
		return;
	case FW_FAULT_LAST:
		emit->print(emit->ctx, "last");
		return;
	case FW_FAULT_HOLD:
		emit->print(emit->ctx, "hold");
		return;
	case FW_FAULT_DO:
		emit->print(emit->ctx, "do %s", fault->line);
		return;
	}
	emit->print(emit->ctx, "status=0x%llx", value);
	if (fault->has_rdx)
		emit->print(emit->ctx, " rdx=0x%llx", (unsigned long long)fault->rdx);
	if (fault->kind == FW_FAULT_STATUS_AFTER)
		emit->print(emit->ctx, " after");
}

void fw_show_faults(struct fw_sim *sim, const struct fw_emit *emit)
{
	u32 i;

	for (i = 0; i < sim->num_faults; i++) {
		const struct fw_fault *fault = &sim->fault[i];

		emit->print(emit->ctx, "%s call=%u", fw_leaf_name(fault->leaf), fault->first);
		if (!fault->any_lp)
			emit->print(emit->ctx, " cpu=%u", fault->lp);
		if (!fault->any_module)
			emit->print(emit->ctx, " module=%u.%u.%02u", fault->module[0],
				    fault->module[1], fault->module[2]);
		if (fault->stopped)
			emit->print(emit->ctx, " stopped");
		if (fault->times)
			emit->print(emit->ctx, " times=%u ", fault->times);
		else
			emit->print(emit->ctx, " forever ");
		show_fault_action(fault, emit);
		emit->print(emit->ctx, " matched=%u hits=%u\n", fault->matched, fault->hits);
	}
}

void fw_show_latency(struct fw_sim *sim, const struct fw_emit *emit)
{
	u32 i;

	for (i = 0; i < sim->num_latencies; i++) {
		const struct fw_latency *latency = &sim->latency[i];

		emit->print(emit->ctx, "%s%s=%u", fw_leaf_name(latency->leaf),
			    latency->last ? ".LAST" : "", latency->us);
		if (latency->us_per_page)
			emit->print(emit->ctx, "+%u", latency->us_per_page);
		emit->print(emit->ctx, "\n");
	}
}

void fw_show_registry(struct fw_sim *sim, const struct fw_emit *emit)
{
	char text[SHA_TEXT];
	u32 i;

	for (i = 0; i < sim->fw.num_registry; i++) {
		const struct fw_desc *desc = &sim->fw.registry[i].desc;

		emit->print(emit->ctx, "%s version=%u.%u.%02u build=%u features0=0x%llx hv=%u ",
			    hex(sim->fw.registry[i].seamhash, text), desc->major, desc->minor,
			    desc->update, desc->build_num, (unsigned long long)desc->features0,
			    desc->module_hv);
		emit->print(emit->ctx, "min_hv=%u no_downgrade=%u handoff_size=%u\n",
			    desc->min_update_hv, desc->no_downgrade, desc->handoff_size);
	}
}

void fw_show_signers(struct fw_sim *sim, const struct fw_emit *emit)
{
	char text[SHA_TEXT];
	u32 i;

	for (i = 0; i < sim->fw.platform.num_signers; i++)
		emit->print(emit->ctx, "%s\n", hex(sim->fw.platform.signer[i], text));
}

void fw_show_log_entry(const struct fw_log_entry *entry, const struct fw_emit *emit)
{
	emit->print(emit->ctx, "%llu %llu %u %s rcx=0x%llx rdx=0x%llx r8=0x%llx ",
		    (unsigned long long)entry->seq, (unsigned long long)entry->time_ns, entry->lp,
		    fw_leaf_name(entry->in.rax), (unsigned long long)entry->in.rcx,
		    (unsigned long long)entry->in.rdx, (unsigned long long)entry->in.r8);
	emit->print(emit->ctx, "-> rax=0x%llx rdx=0x%llx %s\n", (unsigned long long)entry->out.rax,
		    (unsigned long long)entry->out.rdx, fw_outcome_name(entry->outcome));
}
