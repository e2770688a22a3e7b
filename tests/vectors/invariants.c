// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What must hold after every call, whatever came before. It is kept beside the model, from the
 * answers that the calls give, and compared with what the model has inside.
 */

#include "random.h"

enum { TDS = 16 /* that are looked at; a sequence makes fewer */ };

/* Of the state before the call. */
static struct fw_td before[TDS];
static struct tdxu_seamextend ext;
static u8 sys_state;
static bool dead;

static bool handoff; /* is there one, by what calls have answered? */
static bool dropped; /* have TDs gone without the module's knowing? */

static struct {
	const char *name;
	u64 times;
} happened[] = {
	{ "calls that did not return", 0 }, { "answers other than success", 0 },
	{ "SHUTDOWN succeeded", 0 },	    { "INSTALL succeeded for the last LP", 0 },
	{ "INSTALL failed with RDX = 1", 0 }, { "UPDATE succeeded", 0 },
	{ "TDs changed", 0 },		    { "platforms died", 0 },
};
enum { NOT_RETURNED, REFUSED, SHUT_DOWN, INSTALLED, WIPED, UPDATED, TD_CHANGED, DIED };

void invariants_tell(FILE *file)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(happened); i++)
		fprintf(file, "%10lu %s\n", happened[i].times, happened[i].name);
}

static bool serves_tds(void)
{
	const struct fw *fw = &machine.sim->fw;

	return !fw->dead && fw->ldr.ext.seam_ready && fw->mod.sys_state == FW_SYS_READY &&
	       fw->mod.num_init_lps == fw->platform.num_lps;
}

void invariants_told(const char *line)
{
	if (!strcmp(line, "reset"))
		handoff = dropped = false;
	if (!strcmp(line, "td destroy all") && !serves_tds())
		dropped = true;
}

void invariants_before(void)
{
	memcpy(before, machine.sim->td, sizeof(before));
	ext = machine.sim->fw.ldr.ext;
	sys_state = machine.sim->fw.mod.sys_state;
	dead = machine.sim->fw.dead;
}

static u32 count(const u8 *flags)
{
	u32 lp, n = 0;

	for (lp = 0; lp < RANDOM_LPS; lp++)
		n += !!flags[lp];
	return n;
}

/* Sessions: each LP once, and no session that all have entered and nobody has ended. */
static const char *sessions(const struct fw *fw)
{
	const struct fw_seamldr *l = &fw->ldr;

	if (count(l->in_update) != l->lps_in_update || l->lps_in_update >= fw->platform.num_lps)
		return "an INSTALL session has counted an LP twice, or has not ended";
	if (count(l->in_cleanup) != l->lps_in_cleanup ||
	    l->lps_in_cleanup >= fw->platform.num_lps)
		return "a CLEANUP session has counted an LP twice, or has not ended";
	if (count(l->in_shutdown) != l->lps_in_shutdown)
		return "a SHUTDOWN session has counted an LP twice";
	if (!!l->lps_in_update != (l->flow == FW_FLOW_INSTALL))
		return "the flow is not that of the session";
	if (count(fw->mod.lp_init) != fw->mod.num_init_lps)
		return "LP.INIT has counted an LP twice";
	if (fw->mod.global_lock)
		return "the module's lock is held between calls";
	return NULL;
}

static bool described(const struct tdxu_seamextend *e)
{
	static const u8 none[TDXU_SHA384_BYTES];

	return e->valid == 0x1ff && memcmp(e->mrseam, none, sizeof(none));
}

static const char *module_there(const struct fw *fw, const struct fw_regs *in,
				enum fw_outcome outcome)
{
	bool module = !(in->rax >> 63);

	if (fw->ldr.ext.seam_ready && !described(&fw->ldr.ext))
		return "SEAM_READY without a module in SEAMEXTEND";
	if (fw->ldr.ext.seam_ready && fw->ldr.flow != FW_FLOW_READY)
		return "SEAM_READY while a session is open";
	if (module && outcome == FW_RETURN && !ext.seam_ready)
		return "a module has answered that is not there";
	if (dead && outcome != FW_VMFAIL)
		return "a dead platform has answered";
	if (module && memcmp(ext.mrseam, fw->ldr.ext.mrseam, sizeof(ext.mrseam)))
		return "MRSEAM has changed without P-SEAMLDR";
	if (fw->ldr.updates_left > fw->platform.seamdb_size)
		return "more updates are left than SEAMDB has room for";
	return NULL;
}

static bool is(const struct fw_regs *in, u64 leaf)
{
	return in->rax == leaf;
}

static const char *registers(const struct fw_regs *in, const struct fw_regs *out,
			     enum fw_outcome outcome)
{
	if (outcome != FW_RETURN)
		return memcmp(in, out, sizeof(*in)) ? "registers changed without an answer" : NULL;
	if (in->r11 != out->r11)
		return "R11 was changed";
	if (!(in->rax >> 63))
		return NULL;
	if (!is(in, TDXU_SEAMLDR_INSTALL) && in->rdx != out->rdx)
		return "RDX was written, and not by INSTALL";
	/* The very first call to P-SEAMLDR may find no entropy, and then does nothing at all. */
	if (is(in, TDXU_SEAMLDR_INSTALL) && out->rax != TDXU_SEAMLDR_EUNSPECERR && out->rdx > 1)
		return "INSTALL has written neither 0 nor 1 to RDX";
	if (is(in, TDXU_SEAMLDR_INSTALL) && !out->rax && out->rdx)
		return "INSTALL has succeeded unrecoverably";
	return in->rcx != out->rcx ? "P-SEAMLDR has written RCX" : NULL;
}

static bool loads(const struct fw *fw)
{
	return fw->ldr.params.scenario == FW_SCENARIO_LOAD;
}

/* From SHUTDOWN to UPDATE, or to what wipes it: a LOAD, CLEANUP. A failed INSTALL leaves it. */
static const char *handed_over(struct fw *fw, const struct fw_regs *in, const struct fw_regs *out,
			       enum fw_outcome outcome)
{
	u16 leaf = (u16)in->rax;
	bool module = !(in->rax >> 63), good = outcome == FW_RETURN && !out->rax;

	if (module && leaf == TDXU_TDH_SYS_SHUTDOWN && good)
		handoff = true;
	if (module && leaf == TDXU_TDH_SYS_UPDATE && good) {
		if (!handoff)
			return "UPDATE has taken over what nobody had handed over";
		handoff = false;
	}
	if (is(in, FW_SEAMLDR_CLEANUP) && fw->ldr.ext.seam_ready != ext.seam_ready)
		handoff = false;
	if (is(in, FW_SEAMLDR_CLEANUP) && outcome == FW_RETURN &&
	    out->rax != TDXU_SEAMLDR_EBADCALL)
		handoff = false;
	if (is(in, TDXU_SEAMLDR_INSTALL) && outcome == FW_RETURN && loads(fw) &&
	    fw->ldr.flow == FW_FLOW_READY && (out->rdx || (good && fw->ldr.ext.seam_ready)))
		handoff = false;
	if (fw->dead)
		return NULL;
	return !!fw_handoff(fw)->valid == handoff ? NULL :
		"the handoff is valid where none was made, or the other way round";
}

/* A leaf that is about a TD, and about which. */
static bool speaks_of(const struct fw_regs *in, const struct fw_td *td)
{
	u16 leaf = (u16)in->rax;

	if (in->rax >> 63)
		return false;
	if (leaf == FW_TDH_VP_ENTER)
		return in->rcx == fw_td_tdvpr(td->id);
	if (leaf == FW_TDH_MR_EXTEND)
		return in->rdx == fw_td_tdr(td->id);
	return in->rcx == fw_td_tdr(td->id) || in->rdx == fw_td_tdr(td->id);
}

/* Everything but whether it is dead. */
static bool same_account(const struct fw_td *a, const struct fw_td *b)
{
	return !memcmp(a, b, offsetof(struct fw_td, dead));
}

static const char *accounts(const struct fw *fw, const struct fw_regs *in, enum fw_outcome outcome)
{
	u32 i, builds = 0, streams = 0;

	for (i = 0; i < TDS; i++) {
		const struct fw_td *td = &machine.sim->td[i];

		builds += td->state == FW_TD_BUILDING;
		streams += td->streams;
		if (same_account(td, &before[i]))
			continue;
		if (outcome == FW_VMFAIL || sys_state != FW_SYS_READY || !speaks_of(in, td))
			return "a TD has changed in a call that is not about it";
		happened[TD_CHANGED].times++;
	}
	if (!dropped &&
	    (fw_count(fw, FW_COUNT_BUILDS) > builds ||
	     fw_count(fw, FW_COUNT_MIGRATIONS) > streams))
		return "the module counts more TDs than there are";
	return NULL;
}

static void note(const struct fw *fw, const struct fw_regs *in, const struct fw_regs *out,
		 enum fw_outcome outcome)
{
	bool good = outcome == FW_RETURN && !out->rax;

	happened[NOT_RETURNED].times += outcome != FW_RETURN;
	happened[REFUSED].times += outcome == FW_RETURN && out->rax;
	happened[SHUT_DOWN].times += good && is(in, TDXU_TDH_SYS_SHUTDOWN);
	happened[UPDATED].times += good && is(in, TDXU_TDH_SYS_UPDATE);
	happened[INSTALLED].times += good && is(in, TDXU_SEAMLDR_INSTALL) &&
				     fw->ldr.ext.seam_ready;
	happened[WIPED].times += outcome == FW_RETURN && is(in, TDXU_SEAMLDR_INSTALL) && out->rdx;
	happened[DIED].times += outcome == FW_UD2;
}

const char *invariants_after(u32 lp, const struct fw_regs *in, const struct fw_regs *out,
			     enum fw_outcome outcome)
{
	struct fw *fw = &machine.sim->fw;
	const char *wrong = registers(in, out, outcome);

	(void)lp;
	note(fw, in, out, outcome);
	if (!wrong)
		wrong = module_there(fw, in, outcome);
	if (!wrong)
		wrong = handed_over(fw, in, out, outcome);
	if (!wrong)
		wrong = accounts(fw, in, outcome);
	/* Where it died, it stopped in the middle. */
	return wrong || fw->dead ? wrong : sessions(fw);
}
