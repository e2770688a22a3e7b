// SPDX-License-Identifier: GPL-2.0-or-later
/* The model and its test equipment, wired together. */

#include "sim.h"

/* The key that signs the published production images (SHA-384 of its modulus as stored). */
static const u8 production_signer[TDXU_SHA384_BYTES] = {
	0xc8, 0x57, 0x2f, 0x54, 0x88, 0x69, 0xa0, 0xbe, 0xca, 0x19, 0x37, 0x6b,
	0x81, 0xc2, 0xdf, 0xfc, 0x2a, 0x23, 0xb5, 0xa5, 0xf7, 0x1d, 0xa0, 0xb8,
	0x75, 0x79, 0xb4, 0x3f, 0x40, 0x8d, 0xaa, 0x1a, 0x33, 0xba, 0xd9, 0xc1,
	0x49, 0xeb, 0x56, 0xc6, 0x34, 0xf8, 0x83, 0x73, 0x79, 0x68, 0xa3, 0x4c,
};

/* What a host that is due for an update runs. */
static void default_module(struct fw_boot_module *boot)
{
	fw_desc_default(&boot->desc);
	boot->desc.major = 1;
	boot->desc.minor = 5;
	boot->desc.update = 24;
	boot->desc.build_num = 1024;
	boot->desc.build_date = 20251001;
	boot->desc.features0 = 0xD1326F3F0FBFULL;
	boot->desc.module_hv = 1;
	boot->desc.min_update_hv = 0;
	boot->desc.no_downgrade = 0;
	boot->desc.attributes_fixed0 = ~0ULL;
	boot->desc.xfam_fixed0 = 0x602e7;
	boot->desc.xfam_fixed1 = 0x3;
	boot->svn_major = 1;
	boot->svn_minor = 13;
	boot->num_handoff_pages = 14 - 1;
}

static void before(void *ctx, struct fw_call *call)
{
	fw_fault_before(ctx, call);
}

static void after(void *ctx, struct fw_call *call)
{
	fw_fault_after(ctx, call);
	fw_log_add(ctx, call);
}

void fw_sim_init(struct fw_sim *sim, const struct fw_hooks *hooks, u32 num_lps)
{
	memset(sim, 0, sizeof(*sim));
	fw_init(&sim->fw, hooks);
	sim->fw.hooks.ctx = sim;
	sim->fw.hooks.before = before;
	sim->fw.hooks.after = after;
	sim->fw.td_ops = &fw_td_ops;
	fw_platform_defaults(&sim->next, num_lps);
	memcpy(sim->next.signer[0], production_signer, sizeof(production_signer));
	sim->next.num_signers = 1;
	default_module(&sim->boot);
	sim->log_next = 1;
	sim->log_start = 1;
}

void fw_sim_reset(struct fw_sim *sim)
{
	sim->fw.platform = sim->next;
	memset(sim->td, 0, sizeof(sim->td));
	fw_td_pages_drop(sim);
	memset(sim->loaded_vmcs, 0xff, sizeof(sim->loaded_vmcs));
	sim->next_td = 1;
	fw_reset(&sim->fw);
	if (!sim->boot_fresh && sim->next.seam_present && sim->next.seamldr_present)
		fw_boot_module(&sim->fw, &sim->boot);
}

enum fw_outcome fw_sim_call(struct fw_sim *sim, u32 lp, struct fw_regs *regs)
{
	struct fw_regs work = *regs;
	struct fw_call call = { .lp = lp, .in = *regs, .regs = &work, .outcome = FW_RETURN };
	u8 fault_after = sim->fault_after[lp]; /* of a call of that LP's own, that stalls now */

	before(sim, &call);
	if (!call.skip)
		call.outcome = fw_dispatch(&sim->fw, lp, &work);
	after(sim, &call);
	sim->fault_after[lp] = fault_after;
	if (call.outcome == FW_RETURN)
		*regs = work;
	return call.outcome;
}
