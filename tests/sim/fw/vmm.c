// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The VMM that owns the TDs, as far as an update can hurt them through it: it makes the SEAMCALLs,
 * gives up a TD for good when the module refuses one, and remembers for each LP which VMCS it has
 * made current, so as not to load it again before each entry.
 */

#include "sim.h"

enum {
	FIRST_PAGES = 4, /* that a new TD begins with */
};

#define NO_VMCS (~0ULL)

/* Bit 62 of a status: not to be tried again. Busy, no entropy and the like leave the TD alone. */
#define NON_RECOVERABLE (1ULL << 62)

static void condemn(struct fw_td *td, u32 lp, const char *leaf, enum fw_outcome outcome, u64 rax)
{
	switch (outcome) {
	case FW_RETURN:
		break;
	case FW_UD:
		fw_td_kill(td, "%s on LP %u where VMX is off", leaf, lp);
		return;
	default:
		fw_td_kill(td, "%s on LP %u while no module was there to take it", leaf, lp);
		return;
	}
	if (!(rax & NON_RECOVERABLE))
		return;
	if (TDXU_STATUS_CLASS(rax) == TDXU_TDX_SYS_SHUTDOWN)
		fw_td_kill(td, "%s on LP %u while the module was shut down", leaf, lp);
	else if (TDXU_STATUS_CLASS(rax) == TDXU_TDX_SYS_LP_INIT_NOT_DONE)
		fw_td_kill(td, "%s on LP %u, which the module had not initialised", leaf, lp);
	else if (TDXU_STATUS_CLASS(rax) == TDXU_TDX_SYS_NOT_READY)
		fw_td_kill(td, "%s on LP %u before the module was ready", leaf, lp);
	else
		fw_td_kill(td, "%s on LP %u failed with 0x%016llx", leaf, lp,
			   (unsigned long long)rax);
}

/* What the VMM makes of an answer. false: the call did not succeed. */
static bool judge(struct fw_td *td, u32 lp, u64 leaf, enum fw_outcome outcome, u64 rax, char *err)
{
	const char *name = fw_leaf_name(leaf);

	if (outcome == FW_RETURN && rax == FW_SUCCESS)
		return true;
	condemn(td, lp, name, outcome, rax);
	if (err && outcome == FW_RETURN)
		snprintf(err, FW_ERROR_TEXT, "TD %u: %s on LP %u answered 0x%016llx", td->id, name,
			 lp, (unsigned long long)rax);
	else if (err)
		snprintf(err, FW_ERROR_TEXT, "TD %u: %s on LP %u: %s", td->id, name, lp,
			 fw_outcome_name(outcome));
	return false;
}

static bool call(struct fw_sim *sim, struct fw_td *td, struct fw_regs regs, char *err)
{
	u64 leaf = regs.rax;
	enum fw_outcome outcome = fw_sim_call(sim, td->lp, &regs);

	return judge(td, td->lp, leaf, outcome, regs.rax, err);
}

/*
 * vCPU load: nothing to do if this VMCS is the one that was made current last. That memory is the
 * VMM's, not the CPU's: clearing the CPU's pointer behind its back breaks the next entry.
 */
static void load_vmcs(struct fw_sim *sim, const struct fw_td *td)
{
	if (sim->loaded_vmcs[td->lp] == fw_td_vmcs(td->id))
		return;
	sim->loaded_vmcs[td->lp] = fw_td_vmcs(td->id);
	sim->fw.lp[td->lp].current_vmcs = fw_td_vmcs(td->id);
}

bool fw_vmm_lost_vmcs(const struct fw_sim *sim, const struct fw_td *td)
{
	return sim->loaded_vmcs[td->lp] == fw_td_vmcs(td->id) &&
	       sim->fw.lp[td->lp].current_vmcs == NO_VMCS;
}

/*
 * The vCPU whose VMCS is current was interrupted in the middle of something: it goes on before
 * the VMM loads another one.
 */
static void resume_interrupted(struct fw_sim *sim, u32 lp)
{
	u32 i;

	for (i = 0; i < FW_MAX_TDS; i++) {
		struct fw_td *td = &sim->td[i];

		if (td->state != FW_TD_NONE && td->lp == lp && fw_vmm_lost_vmcs(sim, td))
			fw_td_kill(td, "went on with the current-VMCS pointer of LP %u left cleared",
				   lp);
	}
}

static bool ready_to_enter(struct fw_sim *sim, struct fw_td *td)
{
	resume_interrupted(sim, td->lp);
	load_vmcs(sim, td);
	return !td->dead[0];
}

bool fw_vmm_enter(struct fw_sim *sim, struct fw_td *td, char *err)
{
	if (!ready_to_enter(sim, td)) {
		snprintf(err, FW_ERROR_TEXT, "TD %u is dead: %s", td->id, td->dead);
		return false;
	}
	return call(sim, td, (struct fw_regs){ .rax = FW_TDH_VP_ENTER,
					       .rcx = fw_td_tdvpr(td->id) }, err);
}

bool fw_vmm_extend(struct fw_sim *sim, struct fw_td *td, u32 pages, char *err)
{
	for (; pages; pages--) {
		struct fw_regs regs = { .rax = FW_TDH_MR_EXTEND,
					.rcx = td->tenant.pages * FW_PAGE,
					.rdx = fw_td_tdr(td->id) };

		if (!call(sim, td, regs, err))
			return false;
	}
	return true;
}

bool fw_vmm_finish(struct fw_sim *sim, struct fw_td *td, char *err)
{
	return call(sim, td, (struct fw_regs){ .rax = FW_TDH_MR_FINALIZE,
					       .rcx = fw_td_tdr(td->id) }, err);
}

bool fw_vmm_migrate(struct fw_sim *sim, struct fw_td *td, char *err)
{
	return call(sim, td, (struct fw_regs){ .rax = FW_TDH_EXPORT_STATE_TD,
					       .rcx = fw_td_tdr(td->id) }, err);
}

bool fw_vmm_resume(struct fw_sim *sim, struct fw_td *td, char *err)
{
	return call(sim, td, (struct fw_regs){ .rax = FW_TDH_EXPORT_STATE_TD,
					       .rcx = fw_td_tdr(td->id),
					       .r10 = FW_EXPORT_RESUME }, err);
}

/* Its memory is taken back even if no module is left to be told. */
void fw_vmm_destroy(struct fw_sim *sim, struct fw_td *td)
{
	struct fw_regs regs = { .rax = FW_TDH_MNG_KEY_FREEID, .rcx = fw_td_tdr(td->id) };

	if (sim->fw.mod.sys_state == FW_SYS_READY)
		fw_sim_call(sim, td->lp, &regs);
	if (sim->loaded_vmcs[td->lp] == fw_td_vmcs(td->id)) {
		sim->loaded_vmcs[td->lp] = NO_VMCS;
		sim->fw.lp[td->lp].current_vmcs = NO_VMCS;
	}
	memset(td, 0, sizeof(*td));
}

static bool hkid_taken(const struct fw_sim *sim, u32 hkid)
{
	u32 i;

	if (sim->fw.mod.live.kot[hkid].state != FW_KOT_FREE)
		return true;
	for (i = 0; i < FW_MAX_TDS; i++)
		if (sim->td[i].state != FW_TD_NONE && sim->td[i].hkid == hkid)
			return true;
	return false;
}

static u32 free_hkid(const struct fw_sim *sim)
{
	const struct fw_platform *platform = &sim->fw.platform;
	u32 first = platform->last_shared_hkid + 1;
	u32 hkid;

	for (hkid = first; hkid < first + platform->num_private_hkids; hkid++)
		if (hkid < FW_KOT_ENTRIES && !hkid_taken(sim, hkid))
			return hkid;
	return 0;
}

static struct fw_td *free_slot(struct fw_sim *sim)
{
	u32 i;

	for (i = 0; i < FW_MAX_TDS; i++)
		if (sim->td[i].state == FW_TD_NONE)
			return &sim->td[i];
	return NULL;
}

static bool bring_up(struct fw_sim *sim, struct fw_td *td, u32 hkid, enum fw_td_state state,
		     char *err)
{
	struct fw_regs create = { .rax = FW_TDH_MNG_CREATE, .rcx = fw_td_tdr(td->id),
				  .rdx = hkid };
	struct fw_regs init = { .rax = FW_TDH_MNG_INIT, .rcx = fw_td_tdr(td->id) };

	if (!call(sim, td, create, err) || !call(sim, td, init, err) ||
	    !fw_vmm_extend(sim, td, FIRST_PAGES, err))
		return false;
	if (state == FW_TD_BUILDING)
		return true;
	if (!fw_vmm_finish(sim, td, err) || !fw_vmm_enter(sim, td, err))
		return false;
	return state == FW_TD_RUNNING || fw_vmm_migrate(sim, td, err);
}

bool fw_vmm_create(struct fw_sim *sim, enum fw_td_state state, char *err)
{
	struct fw_td *td = free_slot(sim);
	u32 hkid = free_hkid(sim);

	if (!td || !hkid) {
		snprintf(err, FW_ERROR_TEXT,
			 "no %s is left: destroy a TD, or set hkids higher and reset",
			 td ? "private HKID" : "room for another TD");
		return false;
	}
	memset(td, 0, sizeof(*td));
	td->state = FW_TD_CREATED;
	td->id = sim->next_td++;
	td->lp = (td->id - 1) % sim->fw.platform.num_lps;
	td->hkid = (u16)hkid;
	if (bring_up(sim, td, hkid, state, err))
		return true;
	fw_vmm_destroy(sim, td);
	return false;
}

/* The next thing to be done for a TD on its LP in the background, if anything. Lock held. */
static bool next_call(struct fw_sim *sim, struct fw_td *td, u32 lp, struct fw_regs *regs)
{
	if (td->state == FW_TD_NONE || td->tdr || td->lp != lp || td->dead[0])
		return false;
	if (td->state == FW_TD_RUNNING && ready_to_enter(sim, td)) {
		*regs = (struct fw_regs){ .rax = FW_TDH_VP_ENTER, .rcx = fw_td_tdvpr(td->id) };
		return true;
	}
	*regs = (struct fw_regs){ .rax = FW_TDH_MR_EXTEND, .rdx = fw_td_tdr(td->id),
				  .rcx = td->tenant.pages * FW_PAGE };
	return td->state == FW_TD_BUILDING;
}

static void act(struct fw_sim *sim, struct fw_td *td, u32 lp)
{
	unsigned long flags = fw_sim_lock(sim);
	enum fw_outcome outcome;
	struct fw_regs regs;
	u32 id = td->id;
	bool wanted = next_call(sim, td, lp, &regs);
	u64 leaf;

	fw_sim_unlock(sim, flags);
	if (!wanted)
		return;
	leaf = regs.rax;
	outcome = fw_seamcall(&sim->fw, lp, &regs);
	flags = fw_sim_lock(sim);
	/* Destroyed meanwhile? Then the answer means nothing. */
	if (td->state != FW_TD_NONE && td->id == id)
		judge(td, lp, leaf, outcome, regs.rax, NULL);
	fw_sim_unlock(sim, flags);
}

void fw_vmm_activity(struct fw_sim *sim, u32 lp)
{
	u32 i;

	sim->quiet[lp] = true;
	for (i = 0; i < FW_MAX_TDS; i++)
		act(sim, &sim->td[i], lp);
	sim->quiet[lp] = false;
}
