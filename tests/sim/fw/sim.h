/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_FW_SIM_H
#define SIM_FW_SIM_H

/*
 * The firmware model with what a test bench needs around it: TDs and their tenants (td.c), the
 * VMM that runs them (vmm.c), faults and latencies (fault.c), a log (log.c), a text language to
 * set all of that (control.c, params.c) and text to read it (show.c). Plain C, like the model:
 * no allocation, no sleeping.
 *
 * "Lock held" means the lock of fw.h (hooks.lock).
 */

#include "fw.h"

enum {
	FW_MAX_TDS = 256,
	FW_MAX_TD_PAGES = 1024,
	FW_MAX_FAULTS = 32,
	FW_LOG_ENTRIES = 4096, /* a power of two */
	FW_MAX_LATENCIES = 32,
	FW_CONTEXT_BYTES = 64,
	FW_REASON_TEXT = 96,
	FW_ERROR_TEXT = 160,
	FW_LINE_TEXT = 512,
	FW_DO_TEXT = 64,
};

enum fw_td_state {
	FW_TD_NONE, /* the slot is free */
	FW_TD_CREATED,
	FW_TD_BUILDING,
	FW_TD_RUNNING,
	FW_TD_MIGRATING,
};

enum fw_td_health {
	FW_TD_ALIVE,
	FW_TD_DEAD,
	FW_TD_CORRUPTED,
};

/*
 * What the tenant knows of his TD. It lies outside of the platform: no module reads or writes it,
 * so that comparing it with what the module delivers shows what an update has done.
 */
struct fw_tenant {
	u8 mrtd[TDXU_SHA384_BYTES];
	u8 state[TDXU_SHA384_BYTES];
	u8 stream[TDXU_SHA384_BYTES];
	u64 pages;
};

struct fw_td {
	u8 state; /* enum fw_td_state */
	bool torn_down; /* of pages: its key is free again, its pages can be reclaimed */
	/* In its control structure, for as long as it lives: begun under a module that counts. */
	bool counted;
	u8 streams; /* what it has in the module's count of interrupted streams */
	/* Whose cryptography has begun measuring[] and migrating[]; 0: it did not say. */
	u64 measuring_by, migrating_by;
	u16 hkid;
	u32 id;
	u32 lp; /* where its vCPU runs */
	/* Of a TD that a real VMM makes of pages (td_pages.c): its root page; else 0. */
	u64 tdr;
	u32 key_packages; /* ditto: where its key is configured (mask) */

	/* In the TD's own memory (TDCS): survives an update, in the layout of who wrote it. */
	u8 measuring[FW_CONTEXT_BYTES];
	u8 migrating[FW_CONTEXT_BYTES];
	u8 mrtd[TDXU_SHA384_BYTES];
	u8 contents[TDXU_SHA384_BYTES]; /* what it has computed so far */

	struct fw_tenant tenant;
	char dead[FW_REASON_TEXT]; /* why, once something has killed it; else empty */
};

/* As the module numbers them. */
enum fw_td_page_type {
	FW_PT_NDA = 0, /* nobody's */
	FW_PT_RSVD = 1,
	FW_PT_TDR = 4,
	FW_PT_TDCX = 5,
};

struct fw_td_page {
	u64 pa;
	u32 td;	 /* id */
	u8 type; /* enum fw_td_page_type; FW_PT_NDA: the entry is free */
};

enum fw_fault_kind {
	FW_FAULT_STATUS, /* instead of executing */
	FW_FAULT_STATUS_AFTER,
	FW_FAULT_DELAY,
	FW_FAULT_MASK_RCX,
	FW_FAULT_OUTCOME, /* vmfail, ud, gp */
	FW_FAULT_LAST,	  /* until no other LP makes calls */
	FW_FAULT_HOLD,	  /* until the hold is over */
	FW_FAULT_DO,	  /* a "platform" or "poke" command comes first */
};

struct fw_fault {
	u64 leaf;
	u32 kind;    /* enum fw_fault_kind */
	bool any_lp;
	bool any_module;
	bool stopped; /* only while the host does nothing else */
	bool has_rdx;
	bool any_field;
	u64 field; /* only this RDX of the caller: the field that TDH.SYS.RD reads */
	u32 lp;
	u16 module[3]; /* major, minor, update: only while this one is installed */
	u32 first;   /* matching calls count from 1; this is the first that is hit */
	u32 times;   /* 0: for ever */
	u64 for_ns;  /* instead; 0: @times counts */
	u64 since;   /* the first hit */
	u32 matched;
	u32 hits;
	enum fw_outcome outcome;
	u64 value;   /* status, mask or microseconds */
	u64 rdx;
	u64 others;  /* FW_FAULT_LAST: calls of other LPs, when they were last counted */
	u32 quiet;   /* and how often there was none in between */
	char line[FW_DO_TEXT]; /* FW_FAULT_DO */
};

struct fw_latency {
	u64 leaf;
	bool last; /* SEAMLDR.INSTALL that completes the session */
	u32 us;
	u32 us_per_page;
};

struct fw_log_entry {
	u64 seq; /* from 1 */
	u64 time_ns; /* when it ended */
	u32 lp;
	u32 outcome;
	struct fw_regs in, out;
};

struct fw_sim {
	struct fw fw; /* first: &sim->fw and sim are the same place */
	void *host;   /* the environment's own */

	/* Taken over by fw_sim_reset(). */
	struct fw_platform next;
	struct fw_boot_module boot;
	bool boot_fresh; /* no module is loaded at power-on */

	/* All under the lock. */
	struct fw_td td[FW_MAX_TDS];
	u32 next_td;
	struct fw_td_page page[FW_MAX_TD_PAGES]; /* the PAMT, as far as it is about TDs */
	u64 loaded_vmcs[FW_MAX_LPS]; /* what the VMM believes to be current on an LP */
	bool quiet[FW_MAX_LPS];	     /* background activity: success is not worth a log line */

	struct fw_fault fault[FW_MAX_FAULTS];
	u32 num_faults;
	u8 fault_after[FW_MAX_LPS]; /* 1 + index of the fault that the current call reports, or 0 */
	u64 calls;		    /* that have ended */
	u64 calls_of[FW_MAX_LPS];
	struct fw_latency latency[FW_MAX_LATENCIES];
	u32 num_latencies;

	bool activity;	     /* background activity, see fw_vmm_activity() */
	u32 activity_ms;     /* its period */
	bool held;	     /* calls with FW_FAULT_HOLD wait, and whatever the host makes wait */

	char line[FW_LINE_TEXT]; /* scratch of fw_control() */

	struct fw_log_entry log[FW_LOG_ENTRIES];
	u64 log_next;  /* sequence number of the next entry */
	u64 log_start; /* of the first since "log clear" */
};

static inline struct fw_sim *fw_sim(struct fw *fw)
{
	return (struct fw_sim *)fw;
}

static inline unsigned long fw_sim_lock(struct fw_sim *sim)
{
	return sim->fw.hooks.lock ? sim->fw.hooks.lock(sim->fw.hooks.ctx) : 0;
}

static inline void fw_sim_unlock(struct fw_sim *sim, unsigned long flags)
{
	if (sim->fw.hooks.unlock)
		sim->fw.hooks.unlock(sim->fw.hooks.ctx, flags);
}

/**
 * fw_sim_init() - Zero @sim and set up a machine of @num_lps logical processors.
 * @hooks: the environment's; their ctx becomes @sim, before() and after() are set here.
 *
 * Then change sim->next and sim->boot as wished and call fw_sim_reset().
 */
void fw_sim_init(struct fw_sim *sim, const struct fw_hooks *hooks, u32 num_lps);

/**
 * fw_sim_reset() - Reboot the machine: sim->next comes into force, the boot module is READY.
 *
 * TDs and pokes are gone; faults, latencies, log, registry and signers stay. Lock held.
 */
void fw_sim_reset(struct fw_sim *sim);

/** fw_sim_call() - fw_seamcall() without stall(), for the VMM's own calls. Lock held. */
enum fw_outcome fw_sim_call(struct fw_sim *sim, u32 lp, struct fw_regs *regs);

/* Faults and latencies (fault.c). */

void fw_fault_before(struct fw_sim *sim, struct fw_call *call);
void fw_fault_after(struct fw_sim *sim, struct fw_call *call);

/**
 * fw_fault_holds() - Shall stall() go on waiting for other LPs? To be asked over and over again,
 * with a pause in between, by @call's LP. Without the lock.
 * @others, @quiet: 0 at first; kept by the caller.
 */
bool fw_fault_holds(const struct fw_sim *sim, const struct fw_call *call, u64 *others, u32 *quiet);

/** fw_latency_ns() - How long stall() shall wait. Without the lock: a torn setting is harmless. */
u64 fw_latency_ns(const struct fw_sim *sim, const struct fw_call *call);

/* Log (log.c). */

void fw_log_add(struct fw_sim *sim, const struct fw_call *call);
/**
 * fw_log_read() - Copy the oldest entry that is not older than @seq. Lock held.
 *
 * Return: false if there is none.
 */
bool fw_log_read(const struct fw_sim *sim, u64 seq, struct fw_log_entry *entry);

/* TDs as the module keeps them (td.c). Lock held. */

extern const struct fw_td_ops fw_td_ops;
struct fw_td *fw_td_find(struct fw_sim *sim, u32 id);
/* What the running module would make of it now: its MRTD, its contents. */
void fw_td_mrtd(struct fw_sim *sim, const struct fw_td *td, u8 mrtd[TDXU_SHA384_BYTES]);
void fw_td_contents(struct fw_sim *sim, const struct fw_td *td, u8 sha[TDXU_SHA384_BYTES]);
/** fw_td_key_kept() - Is its key known to a module that runs, or in a handoff for one to come? */
bool fw_td_key_kept(struct fw *fw, const struct fw_td *td);

/* The TD whose root page this is, real or imaginary; NULL: none. */
struct fw_td *fw_td_at(struct fw_sim *sim, u64 tdr);

/* TDs made of pages (td_pages.c). Lock held. */

struct fw_td_page *fw_td_page_find(struct fw_sim *sim, u64 pa);
/** fw_td_page_free() - Is it a page of a TDMR that is nobody's? */
bool fw_td_page_free(struct fw_sim *sim, u64 pa);
/* false: no room to remember it. */
bool fw_td_page_take(struct fw_sim *sim, u64 pa, u32 td, enum fw_td_page_type type);
/** fw_td_pages_drop() - All pages are the host's again. */
void fw_td_pages_drop(struct fw_sim *sim);
/* Is its key in every package? TDs without pages need none of that, and no parameters. */
bool fw_td_configured(const struct fw *fw, const struct fw_td *td);
/* MNG.INIT's look at the control pages and at TD_PARAMS: 0 or RAX. */
u64 fw_td_params_check(struct fw *fw, const struct fw_td *td, u64 pa);
u64 fw_td_key_free(struct fw *fw, struct fw_td *td);
/* What the module counts of a TD: its measurement is final, its stream goes on, it is given up. */
void fw_td_end_build(struct fw *fw, const struct fw_td *td);
void fw_td_end_streams(struct fw *fw, struct fw_td *td);
void fw_td_uncount(struct fw *fw, struct fw_td *td);
/* As fw_td_ops.leaf. */
bool fw_td_pages_leaf(struct fw *fw, u32 lp, struct fw_regs *regs);

/* R10 of TDH.EXPORT.STATE.TD: go on with an export that was interrupted. */
#define FW_EXPORT_RESUME (1ULL << 63)

/* Operands of TD leaves: the physical addresses that stand for a TD's parts. */
u64 fw_td_tdr(u32 id);
u64 fw_td_tdvpr(u32 id);
u64 fw_td_vmcs(u32 id);

/* Tenants: what they do on their side, and what they find (tenant.c). Lock held. */

/** fw_chain() - @digest = SHA-384(@digest, @data, @number). */
void fw_chain(struct fw *fw, u8 digest[TDXU_SHA384_BYTES], const void *data, size_t size,
	      u64 number);
void fw_tenant_builds(struct fw *fw, struct fw_td *td);
void fw_tenant_adds_page(struct fw *fw, struct fw_td *td);
void fw_tenant_runs(struct fw *fw, struct fw_td *td);
void fw_tenant_departs(struct fw *fw, struct fw_td *td); /* a migration begins */
void fw_tenant_arrives(struct fw *fw, struct fw_td *td); /* and is complete */
void fw_tenant_mrtd(struct fw *fw, const struct fw_td *td, u8 mrtd[TDXU_SHA384_BYTES]);
void fw_tenant_contents(struct fw *fw, const struct fw_td *td, u8 sha[TDXU_SHA384_BYTES]);
/** fw_td_health() - Compare with what the tenant knows. @reason: FW_REASON_TEXT bytes. */
enum fw_td_health fw_td_health(struct fw_sim *sim, const struct fw_td *td, char *reason);
/** fw_td_kill() - It will never run again. The first reason stays. */
void fw_td_kill(struct fw_td *td, const char *fmt, ...) __printf(2, 3);
const char *fw_td_state_name(u8 state);
const char *fw_td_health_name(enum fw_td_health health);

/* The VMM (vmm.c): what KVM does with TDs. Lock held, except for fw_vmm_activity(). */

/** fw_vmm_create() - New TD, brought to @state. false: see @err (FW_ERROR_TEXT bytes). */
bool fw_vmm_create(struct fw_sim *sim, enum fw_td_state state, char *err);
bool fw_vmm_extend(struct fw_sim *sim, struct fw_td *td, u32 pages, char *err);
bool fw_vmm_finish(struct fw_sim *sim, struct fw_td *td, char *err);
bool fw_vmm_resume(struct fw_sim *sim, struct fw_td *td, char *err);
bool fw_vmm_migrate(struct fw_sim *sim, struct fw_td *td, char *err);
bool fw_vmm_enter(struct fw_sim *sim, struct fw_td *td, char *err);
void fw_vmm_destroy(struct fw_sim *sim, struct fw_td *td);
/** fw_vmm_lost_vmcs() - Does the VMM believe the TD's VMCS current on its LP, where none is? */
bool fw_vmm_lost_vmcs(const struct fw_sim *sim, const struct fw_td *td);
/**
 * fw_vmm_activity() - One round of background work on an LP: enter the running TDs that live
 * there, extend those being built, as SEAMCALLs like any other.
 *
 * Context: that CPU, interrupts off, lock not held.
 */
void fw_vmm_activity(struct fw_sim *sim, u32 lp);

/* Text in. */

/**
 * fw_control() - Execute one line of the control language (docs/simulator.md).
 * @line: modified. An empty line, or one that starts with '#', does nothing.
 * @err: what was wrong, as a sentence.
 *
 * A line is applied as a whole or not at all. Takes the lock.
 *
 * Return: 0 or -EINVAL.
 */
int fw_control(struct fw *fw, char *line, char *err, size_t errlen);

/* Between control*.c, params.c, specials.c and fault.c. */
struct fw_args {
	struct fw_sim *sim;
	bool dry;   /* only look whether the line can be applied */
	char *rest; /* tokens not yet read */
	char *err;
	size_t errlen;
};

/** fw_control_run() - One line, under the lock; @args.dry says whether it shall have an effect. */
bool fw_control_run(struct fw_args *args);
char *fw_args_next(struct fw_args *args); /* NULL at the end */
/* Always false, so that it can be returned. */
bool fw_args_fail(struct fw_args *args, const char *fmt, ...) __printf(2, 3);
bool fw_args_u64(struct fw_args *args, const char *what, const char *text, u64 max, u64 *value);
bool fw_args_sha384(struct fw_args *args, const char *text, u8 sha[TDXU_SHA384_BYTES]);
bool fw_parse_u64(const char *text, u64 *value); /* decimal, or hexadecimal after 0x */
bool fw_control_td(struct fw_args *args);
bool fw_control_fault(struct fw_args *args);
bool fw_control_latency(struct fw_args *args);
bool fw_params_platform(struct fw_args *args);
bool fw_params_poke(struct fw_args *args);
bool fw_params_desc(struct fw_args *args, struct fw_desc *desc); /* rest of a registry line */
/* "A.B" or "A.B.C" */
bool fw_args_dotted(struct fw_args *args, const char *name, char *text, u16 *part, u32 parts);
/* false: there is no such special parameter or poke; else @good says whether it was set. */
bool fw_special_set(struct fw_args *args, const char *name, char *value, bool poke, bool *good);

/* Text out. @emit is called once or more often for each line. Lock held. */

struct fw_emit {
	void (*print)(void *ctx, const char *fmt, ...) __printf(2, 3);
	void *ctx;
};

void fw_show_platform(struct fw_sim *sim, const struct fw_emit *emit);
void fw_params_show(struct fw_sim *sim, const struct fw_emit *emit);
void fw_params_show_pokes(struct fw_sim *sim, const struct fw_emit *emit);
void fw_show_tds(struct fw_sim *sim, const struct fw_emit *emit);
void fw_show_faults(struct fw_sim *sim, const struct fw_emit *emit);
void fw_show_latency(struct fw_sim *sim, const struct fw_emit *emit);
void fw_show_registry(struct fw_sim *sim, const struct fw_emit *emit);
void fw_show_signers(struct fw_sim *sim, const struct fw_emit *emit);
/** fw_show_log_entry() - Needs no lock: the entry is a copy. */
void fw_show_log_entry(const struct fw_log_entry *entry, const struct fw_emit *emit);

#endif
