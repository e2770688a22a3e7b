// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TDs as the TDX module keeps them, and what their tenants know of them.
 *
 * A TD being built has an unfinished SHA-384 in its control structure, and a TD whose export was
 * interrupted has an unfinished cipher there. Both contexts are written by the module's crypto
 * code in a layout that nobody but that build of the module knows; a context is 64 bytes here,
 * and a build's layout is a permutation of them that follows from its MRSEAM. Nothing marks a
 * context as foreign: another build that goes on with it reads other bytes, computes something,
 * and is content. That is how an update corrupts a TD, and the only way to see it is to compare
 * with what the tenant computes on his own.
 *
 * A TD lives as long as its key does: the key ownership table is in the module's memory and goes
 * with it, unless a handoff carries it over.
 */

#include "model.h"
#include "sim.h"

#define OP_STATE_INCORRECT     0xC000060800000000ULL
#define MEASURED_BY_ANOTHER    0xC000062200000000ULL
#define MOVED_BY_ANOTHER       0xC0000E2200000000ULL
#define TD_KEYS_NOT_CONFIGURED 0x8000081000000000ULL
#define HKID_NOT_FREE	       0xC000082000000000ULL

/*
 * Where TDs lie: nothing is ever read or written there, but the addresses are such as every CPU
 * takes (36 bits), and as VMPTRLD takes.
 */
#define TD_MEMORY 0xf00000000ULL

enum {
	TD_SHIFT = 14, /* three pages, and one between */
};

struct context {
	u8 digest[TDXU_SHA384_BYTES];
	u64 steps;
	u64 marker;
};
static_assert(sizeof(struct context) == FW_CONTEXT_BYTES);

u64 fw_td_tdr(u32 id)
{
	return TD_MEMORY + ((u64)id << TD_SHIFT);
}

u64 fw_td_tdvpr(u32 id)
{
	return fw_td_tdr(id) + FW_PAGE;
}

u64 fw_td_vmcs(u32 id)
{
	return fw_td_tdr(id) + 2 * FW_PAGE;
}

/*
 * Where the running build of the module keeps byte i of a context: a shuffle that its MRSEAM
 * determines (xorshift64, Fisher-Yates).
 */
static void layout(const struct fw *fw, u8 place[FW_CONTEXT_BYTES])
{
	u64 seed;
	u32 i;

	memcpy(&seed, fw->ldr.ext.mrseam, sizeof(seed));
	seed |= 1;
	for (i = 0; i < FW_CONTEXT_BYTES; i++)
		place[i] = i;
	for (i = FW_CONTEXT_BYTES - 1; i > 0; i--) {
		u32 other;
		u8 swap;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		other = (u32)(seed >> 32) % (i + 1);
		swap = place[i];
		place[i] = place[other];
		place[other] = swap;
	}
}

static void context_store(const struct fw *fw, u8 memory[FW_CONTEXT_BYTES],
			  const struct context *context)
{
	const u8 *bytes = (const u8 *)context;
	u8 place[FW_CONTEXT_BYTES];
	u32 i;

	layout(fw, place);
	for (i = 0; i < FW_CONTEXT_BYTES; i++)
		memory[place[i]] = bytes[i];
}

static void context_load(const struct fw *fw, const u8 memory[FW_CONTEXT_BYTES],
			 struct context *context)
{
	u8 *bytes = (u8 *)context;
	u8 place[FW_CONTEXT_BYTES];
	u32 i;

	layout(fw, place);
	for (i = 0; i < FW_CONTEXT_BYTES; i++)
		bytes[i] = memory[place[i]];
}

/* The first value of a chain: never all zero, which every layout would read alike. */
static void context_open(struct fw *fw, u8 memory[FW_CONTEXT_BYTES], const char *word, u64 number)
{
	struct context context = { .marker = number };

	fw_chain(fw, context.digest, word, strlen(word), number);
	context_store(fw, memory, &context);
}

static void context_extend(struct fw *fw, u8 memory[FW_CONTEXT_BYTES], const char *word)
{
	struct context context;

	context_load(fw, memory, &context);
	fw_chain(fw, context.digest, word, strlen(word), context.steps);
	context.steps++;
	context_store(fw, memory, &context);
}

static void context_result(struct fw *fw, const u8 memory[FW_CONTEXT_BYTES], u8 *digest)
{
	struct context context;

	context_load(fw, memory, &context);
	fw_chain(fw, context.digest, "final", 5, context.steps);
	memcpy(digest, context.digest, TDXU_SHA384_BYTES);
}

/* Beside a context that it begins, a module that counts writes whose it is: here, the build's. */
static u64 cryptography(const struct fw *fw)
{
	u64 mrseam;

	memcpy(&mrseam, fw->ldr.ext.mrseam, sizeof(mrseam));
	return fw_counts(fw) ? mrseam | 1 : 0;
}

/* Only who has asked for it is told; for others it goes on, as ever (fact sheet, section 12). */
static bool refuses(const struct fw *fw, u64 begun_by)
{
	return fw->mod.tells_mismatch && begun_by != cryptography(fw);
}

struct fw_td *fw_td_find(struct fw_sim *sim, u32 id)
{
	u32 i;

	for (i = 0; i < FW_MAX_TDS; i++) {
		if (sim->td[i].state != FW_TD_NONE && sim->td[i].id == id)
			return &sim->td[i];
	}
	return NULL;
}

static struct fw_td *td_by_address(struct fw_sim *sim, u64 pa, u64 (*address)(u32 id))
{
	u32 id = (u32)((pa - TD_MEMORY) >> TD_SHIFT);
	struct fw_td *td = fw_td_find(sim, id);

	return td && address(id) == pa ? td : NULL;
}

struct fw_td *fw_td_at(struct fw_sim *sim, u64 tdr)
{
	u32 i;

	if (!fw_td_page_find(sim, tdr))
		return td_by_address(sim, tdr, fw_td_tdr);
	for (i = 0; i < FW_MAX_TDS; i++)
		if (sim->td[i].state != FW_TD_NONE && sim->td[i].tdr == tdr)
			return &sim->td[i];
	return NULL;
}

/* A VMM begins a TD on a page of its memory. */
static struct fw_td *new_td(struct fw_sim *sim, u64 tdr)
{
	struct fw_td *td = sim->td;

	while (td < sim->td + FW_MAX_TDS && td->state != FW_TD_NONE)
		td++;
	if (td == sim->td + FW_MAX_TDS || !fw_td_page_take(sim, tdr, sim->next_td, FW_PT_TDR))
		return NULL;
	memset(td, 0, sizeof(*td));
	td->state = FW_TD_CREATED;
	td->id = sim->next_td++;
	td->tdr = tdr;
	return td;
}

static u64 leaf_create(struct fw *fw, const struct fw_regs *regs)
{
	struct fw_sim *sim = fw_sim(fw);
	struct fw_td *td = fw_td_at(sim, regs->rcx);
	bool fresh = !td && fw_td_page_free(sim, regs->rcx);
	u64 hkid = regs->rdx;

	if (!td && !fresh && regs->rcx)
		return fw_operand_invalid(FW_OPERAND_RCX);
	if (hkid <= fw->platform.last_shared_hkid ||
	    hkid > fw->platform.last_shared_hkid + fw->platform.num_private_hkids ||
	    hkid >= FW_KOT_ENTRIES)
		return fw_operand_invalid(FW_OPERAND_RDX);
	if (fw->mod.live.kot[hkid].state != FW_KOT_FREE)
		return HKID_NOT_FREE;
	if (fresh)
		td = new_td(sim, regs->rcx);
	if (!td || td->state != FW_TD_CREATED || (td->tdr && !fresh))
		return fw_operand_invalid(FW_OPERAND_RCX);
	fw->mod.live.kot[hkid].state = FW_KOT_ASSIGNED;
	td->hkid = (u16)hkid;
	return FW_SUCCESS;
}

static bool key_assigned(const struct fw *fw, const struct fw_td *td)
{
	return fw->mod.live.kot[td->hkid].state == FW_KOT_ASSIGNED;
}

static u64 leaf_init(struct fw *fw, struct fw_td *td, u64 params)
{
	u64 rax;

	if (td->state != FW_TD_CREATED)
		return OP_STATE_INCORRECT;
	rax = fw_td_params_check(fw, td, params);
	if (rax)
		return rax;
	context_open(fw, td->measuring, "build", td->id);
	td->measuring_by = cryptography(fw);
	memset(td->contents, 0, sizeof(td->contents));
	fw_chain(fw, td->contents, "power on", 8, td->id);
	fw_tenant_builds(fw, td);
	td->state = FW_TD_BUILDING;
	/* Older modules keep no count, and nobody makes up for it later. */
	td->counted = fw_counts(fw);
	td->streams = 0;
	if (td->counted)
		fw_set_count(fw, FW_COUNT_BUILDS, fw_count(fw, FW_COUNT_BUILDS) + 1);
	return FW_SUCCESS;
}

static u64 leaf_extend(struct fw *fw, struct fw_td *td)
{
	if (td->state != FW_TD_BUILDING)
		return OP_STATE_INCORRECT;
	context_extend(fw, td->measuring, "page");
	fw_tenant_adds_page(fw, td);
	return FW_SUCCESS;
}

static u64 leaf_finalize(struct fw *fw, struct fw_td *td)
{
	if (td->state != FW_TD_BUILDING)
		return OP_STATE_INCORRECT;
	if (refuses(fw, td->measuring_by))
		return MEASURED_BY_ANOTHER;
	fw_td_end_build(fw, td);
	context_result(fw, td->measuring, td->mrtd);
	td->state = FW_TD_RUNNING;
	return FW_SUCCESS;
}

static u64 leaf_enter(struct fw *fw, struct fw_td *td)
{
	if (td->state != FW_TD_RUNNING)
		return OP_STATE_INCORRECT;
	fw_chain(fw, td->contents, "run", 3, 0);
	fw_tenant_runs(fw, td);
	return FW_SUCCESS;
}

static void contents_moved(struct fw *fw, const struct fw_td *td, u8 sha[TDXU_SHA384_BYTES])
{
	u8 stream[TDXU_SHA384_BYTES];

	context_result(fw, td->migrating, stream);
	fw_chain(fw, sha, stream, sizeof(stream), 0);
}

/* The first call is interrupted; the one that resumes completes the move. */
static u64 leaf_export(struct fw *fw, struct fw_td *td, bool resume)
{
	if (td->state != (resume ? FW_TD_MIGRATING : FW_TD_RUNNING))
		return OP_STATE_INCORRECT;
	if (!resume) {
		context_open(fw, td->migrating, "stream", td->id);
		context_extend(fw, td->migrating, "bundle");
		td->migrating_by = cryptography(fw);
		fw_tenant_departs(fw, td);
		td->state = FW_TD_MIGRATING;
		td->streams = td->counted && fw_counts(fw);
		fw_set_count(fw, FW_COUNT_MIGRATIONS,
			     fw_count(fw, FW_COUNT_MIGRATIONS) + td->streams);
		return FW_SUCCESS;
	}
	if (refuses(fw, td->migrating_by))
		return MOVED_BY_ANOTHER;
	fw_td_end_streams(fw, td);
	contents_moved(fw, td, td->contents);
	fw_tenant_arrives(fw, td);
	td->state = FW_TD_RUNNING;
	return FW_SUCCESS;
}

static u64 leaf_free(struct fw *fw, struct fw_td *td)
{
	if (td->tdr)
		return fw_td_key_free(fw, td);
	fw_td_uncount(fw, td);
	fw->mod.live.kot[td->hkid].state = FW_KOT_FREE;
	td->state = FW_TD_CREATED;
	return FW_SUCCESS;
}

static u64 td_leaf(struct fw *fw, struct fw_td *td, const struct fw_regs *regs)
{
	if ((u16)regs->rax != FW_TDH_MNG_KEY_FREEID &&
	    !(key_assigned(fw, td) && fw_td_configured(fw, td)))
		return TD_KEYS_NOT_CONFIGURED;
	switch ((u16)regs->rax) {
	case FW_TDH_VP_ENTER:
		return leaf_enter(fw, td);
	case FW_TDH_MR_EXTEND:
		return leaf_extend(fw, td);
	case FW_TDH_MR_FINALIZE:
		return leaf_finalize(fw, td);
	case FW_TDH_MNG_KEY_FREEID:
		return leaf_free(fw, td);
	case FW_TDH_MNG_INIT:
		return leaf_init(fw, td, regs->rdx);
	default:
		return leaf_export(fw, td, regs->r10 & FW_EXPORT_RESUME);
	}
}

static u64 addressed_leaf(struct fw *fw, const struct fw_regs *regs)
{
	struct fw_sim *sim = fw_sim(fw);
	u16 leaf = (u16)regs->rax;
	struct fw_td *td;

	if (leaf == FW_TDH_VP_ENTER) {
		td = td_by_address(sim, regs->rcx, fw_td_tdvpr);
	} else if (leaf == FW_TDH_MR_EXTEND) {
		td = fw_td_at(sim, regs->rdx);
		if (!td)
			return fw_operand_invalid(FW_OPERAND_RDX);
	} else {
		td = fw_td_at(sim, regs->rcx);
	}
	return td ? td_leaf(fw, td, regs) : fw_operand_invalid(FW_OPERAND_RCX);
}

static bool ops_leaf(struct fw *fw, u32 lp, struct fw_regs *regs)
{
	if (!strcmp(fw_leaf_name(regs->rax), "unknown"))
		return false;
	if (!fw->mod.lp_init[lp]) {
		regs->rax = TDXU_TDX_SYS_LP_INIT_NOT_DONE;
		return true;
	}
	switch ((u16)regs->rax) {
	case FW_TDH_VP_ENTER:
	case FW_TDH_MR_EXTEND:
	case FW_TDH_MR_FINALIZE:
	case FW_TDH_MNG_KEY_FREEID:
	case FW_TDH_MNG_INIT:
	case FW_TDH_EXPORT_STATE_TD:
		regs->rax = addressed_leaf(fw, regs);
		break;
	case FW_TDH_MNG_CREATE:
		regs->rax = leaf_create(fw, regs);
		break;
	default:
		if (!fw_td_pages_leaf(fw, lp, regs))
			return false;
	}
	return true;
}

static const char *event_kills(enum fw_td_event event)
{
	switch (event) {
	case FW_TD_RELOADED:
		return "a new module was loaded over the one that held its key";
	case FW_TD_WIPED:
		return "the module that held its key was wiped by a failed INSTALL";
	case FW_TD_CLEANUP:
		return "SEAMLDR.CLEANUP destroyed the key it was encrypted with";
	case FW_TD_FATAL:
		return "the machine shut down: UD2 inside SEAM";
	default:
		return NULL;
	}
}

static void ops_event(struct fw *fw, enum fw_td_event event, u64 detail)
{
	struct fw_sim *sim = fw_sim(fw);
	const char *why = event_kills(event);
	u32 i;

	(void)detail;
	if (event == FW_TD_DISABLED)
		memset(sim->td, 0, sizeof(sim->td));
	/* A module that is configured anew has a PAMT in which no page is anybody's. */
	if (event == FW_TD_DISABLED || event == FW_TD_RELOADED)
		fw_td_pages_drop(sim);
	for (i = 0; why && i < FW_MAX_TDS; i++)
		if (sim->td[i].state != FW_TD_NONE)
			fw_td_kill(&sim->td[i], "%s", why);
}

const struct fw_td_ops fw_td_ops = {
	.event = ops_event,
	.leaf = ops_leaf,
};

bool fw_td_key_kept(struct fw *fw, const struct fw_td *td)
{
	const struct fw_handoff_payload *payload = (const void *)(fw_handoff(fw) + 1);

	if (fw->mod.sys_state == FW_SYS_READY)
		return key_assigned(fw, td);
	return fw_handoff(fw)->valid && payload->kot[td->hkid].state == FW_KOT_ASSIGNED;
}

void fw_td_mrtd(struct fw_sim *sim, const struct fw_td *td, u8 mrtd[TDXU_SHA384_BYTES])
{
	if (td->state == FW_TD_BUILDING)
		context_result(&sim->fw, td->measuring, mrtd);
	else
		memcpy(mrtd, td->mrtd, TDXU_SHA384_BYTES);
}

void fw_td_contents(struct fw_sim *sim, const struct fw_td *td, u8 sha[TDXU_SHA384_BYTES])
{
	memcpy(sha, td->contents, TDXU_SHA384_BYTES);
	if (td->state == FW_TD_MIGRATING)
		contents_moved(&sim->fw, td, sha);
}
