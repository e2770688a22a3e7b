/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_FW_FW_H
#define SIM_FW_FW_H

/*
 * The firmware of a TDX platform as a model in plain C: the P-SEAMLDR (seamldr.c, install.c ...),
 * the TDX module (tdxmod.c ...) and, behind struct fw_td_ops, the TDs. It follows the fact sheet's
 * rules and knows nothing of the driver. The host environment (kernel module, user-space runner,
 * QEMU plugin) allocates struct fw, gives it the hooks, and calls fw_seamcall() for each SEAMCALL.
 *
 * No allocation, no sleeping, no floating point; stack frames stay below 1 KiB. struct fw is
 * about 2.2 MiB: vmalloc it.
 *
 * Locking: fw_seamcall() may be called on many LPs at once. All fields of struct fw are guarded by
 * the host's lock (hooks.lock), which fw_seamcall() holds except in hooks.stall(), unless a field
 * says otherwise. Code outside that reads or changes struct fw takes the same lock.
 */

#include "abi.h"
#include "desc.h"
#include "tables.h"

enum {
	FW_MAX_LPS = 512,
	FW_MAX_PACKAGES = 8,
	FW_MAX_SIGNERS = 8,
	FW_MAX_REGISTRY = 64,
	FW_PAGE = 4096,
	FW_MAX_CMRS = 32,
	FW_NUM_MSRS = 30, /* room for what LP.INIT compares, see lifecycle.c */
	/* What is kept of the handoff area in bytes; the area may be larger, the rest is zero. */
	FW_HANDOFF_BYTES = 16 * FW_PAGE,
};

/* General-purpose registers that a SEAMCALL takes and returns. */
struct fw_regs {
	u64 rax, rcx, rdx, r8, r9, r10, r11;
};

/* What the instruction SEAMCALL did. */
enum fw_outcome {
	FW_RETURN, /* CF = 0, registers hold the answer */
	FW_VMFAIL, /* CF = 1 (VMfailInvalid), registers unchanged */
	FW_UD,	   /* #UD: not in VMX root operation on that LP */
	FW_GP,	   /* #GP(0): the CPU has no SEAM */
	/*
	 * The firmware executed UD2 inside SEAM: the platform is dead (fw->dead, fw->dead_why). On
	 * real hardware the machine shuts down; a host environment treats this call, like all
	 * later ones, as VMfailInvalid.
	 */
	FW_UD2,
};

/* One SEAMCALL on its way through the firmware, as hooks see it. */
struct fw_call {
	u32 lp;
	struct fw_regs in;    /* as the caller gave them */
	struct fw_regs *regs; /* before(): what will be executed; after(): the answer */
	enum fw_outcome outcome; /* valid in after(), or set by before() together with @skip */
	bool skip;	      /* set by before(): do not execute, answer *regs with @outcome */
	u64 delay_ns;	      /* set by before(): stall() waits this much longer */
	bool last;	      /* set by before(): stall() waits until no other LP makes calls */
	bool hold;	      /* set by before(): stall() waits until the hold is over */
	/* For latencies; valid in stall() and after(). */
	bool last_install;    /* SEAMLDR.INSTALL that will complete the session */
	u32 pages;	      /* its number of module pages, 0 if not to be known */
};

/*
 * What the firmware needs from its surroundings. Called in the context of fw_seamcall(); none may
 * sleep. Those marked optional may be NULL.
 */
struct fw_hooks {
	void *ctx;
	/* Physical memory; false: nothing is there (reads give all ones, writes are dropped). */
	bool (*read)(void *ctx, u64 pa, void *data, size_t size);
	bool (*write)(void *ctx, u64 pa, const void *data, size_t size);
	/* One SHA-384 at a time. */
	void (*sha384_init)(void *ctx);
	void (*sha384_update)(void *ctx, const void *data, size_t size);
	void (*sha384_final)(void *ctx, u8 digest[TDXU_SHA384_BYTES]);
	/* RDRAND/RDSEED; false: no entropy. Optional: a fixed sequence. */
	bool (*random)(void *ctx, u64 *value);
	/* Monotonic. Optional: always 0. */
	u64 (*time_ns)(void *ctx);
	/* Does the host make this call while all its CPUs do nothing else? Optional: no. */
	bool (*stopped)(void *ctx);
	/*
	 * RDMSR on the calling LP, for LP.INIT's comparison with what INIT saw; false: that MSR
	 * does not exist here, take it as equal. Optional: all are equal.
	 */
	bool (*msr)(void *ctx, u32 lp, u32 msr, u64 *value);
	/* The lock over struct fw; irq-safe. Optional: single-threaded host. */
	unsigned long (*lock)(void *ctx);
	void (*unlock)(void *ctx, unsigned long flags);
	/* Lock held. Fault injection: may change regs, skip, outcome, delay_ns. Optional. */
	void (*before)(void *ctx, struct fw_call *call);
	/* Lock NOT held: busy-wait for the leaf's latency plus call->delay_ns. Optional. */
	void (*stall)(void *ctx, struct fw_call *call);
	/* Lock held. Fault injection ("takes effect, then reports"), the log. Optional. */
	void (*after)(void *ctx, struct fw_call *call);
};

/* What the machine is. Set before fw_reset(); signers, vmx_off, erratum may change at any time. */
struct fw_platform {
	u32 num_lps;		 /* that P-SEAMLDR knows of: all of them must call INSTALL */
	u32 num_packages;	 /* 1..FW_MAX_PACKAGES */
	u32 x2apic_id[FW_MAX_LPS]; /* by LP number; package id = x2apic_id >> pkg_shift */
	u32 pkg_shift;
	u32 cpuid_fms[FW_MAX_PACKAGES]; /* CPUID.1.EAX */
	u32 addressable_lps;	 /* per package, CPUID.4.3; rounded up to a power of two */
	u32 acm_x2apic_id;	 /* LP that must be last in SEAMLDR.SHUTDOWN */
	bool debug_unlocked;
	bool seam_present;	 /* false: every SEAMCALL is #GP */
	bool seamldr_present;	 /* false: P_SEAMLDR_READY = 0 */
	bool erratum;		 /* SEAMRET from P-SEAMLDR clears lp[].current_vmcs */
	bool vmx_off[FW_MAX_LPS]; /* SEAMCALL is #UD there */
	u32 max_pa;		 /* physical address bits, key id bits included */
	u32 keyid_bits;
	u32 last_shared_hkid;
	u32 num_private_hkids;
	/* Convertible memory, in order. None: TDMRs are not looked at, no page can be a TD's. */
	struct fw_range cmr[FW_MAX_CMRS];
	u32 num_cmrs;
	u64 seamrr_base;	 /* SEAM range in bytes; the P-SEAMLDR range is its end */
	u64 seamrr_size;
	u64 seamldr_range_size;
	u32 seamdb_size;	 /* INSTALLs, the LOAD included, until the counter is 0 */
	u32 cache_blocks;	 /* that WBINVD counts; CLEANUP can be interrupted after each */
	u16 seamldr_major;
	u16 seamldr_minor;
	u16 seamldr_update;
	u16 seamldr_build_num;
	u32 seamldr_build_date;	 /* decimal YYYYMMDD */
	/* SHA-384 of the 384 modulus bytes as stored in a sigstruct. */
	u8 signer[FW_MAX_SIGNERS][TDXU_SHA384_BYTES];
	u32 num_signers;
};

/* Faults of the hardware underneath the firmware; all zero: none. Poke at any time. */
struct fw_pokes {
	u32 rdrand_fail_index;	 /* the Nth RDRAND (from 1) of a SEAMCALL fails, once */
	bool rdrand_fail;	 /* every RDRAND fails */
	bool rdseed_fail;	 /* every RDSEED fails */
	u32 seamdb_insert_failures; /* so many next SEAMDB inserts find no entropy */
	bool seamdb_read_fails;	 /* INFO cannot look into SEAMDB */
	u32 interrupt_after_polls; /* SEAMLDR.CLEANUP is interrupted once, after so many polls */
	u32 pconfig_fail_index;	 /* the Nth key (from 1) that a CLEANUP programs fails, once */
	u32 msr_bad_addr;	 /* this MSR reads wrong (INIT) or differently (LP.INIT); 0: none */
	bool msr_bad_lp_only;	 /* ... only on msr_bad_lp */
	u32 msr_bad_lp;
	u32 seam_caps;		 /* SEAMOPS capabilities as the CPU reports them */
	bool seam_caps_set;	 /* else FW_SEAM_CAPS */
};

enum {
	FW_SEAM_CAPS = 0x30, /* SEAMOPS capabilities that INIT demands; it ignores all others */
};

/* Flow of the P-SEAMLDR: which multi-LP session is open. */
enum fw_flow {
	FW_FLOW_READY,
	FW_FLOW_INSTALL,
	FW_FLOW_SHUTDOWN,
	FW_FLOW_CLEANUP,
};

/* State of the TDX module; the numbers are the module's own. */
enum fw_sys_state {
	FW_SYSINIT_PENDING = 0,
	FW_SYSINIT_DONE = 1,
	FW_SYSCONFIG_DONE = 2,
	FW_SYS_READY = 3,
	FW_SYS_SHUTDOWN = 4,
};

/* What P-SEAMLDR publishes to the module in SYS_INFO at the end of an install. */
struct fw_sysinfo {
	u16 module_hv;
	u16 min_update_hv;
	u8 no_downgrade;
	u16 num_handoff_pages; /* field: count - 1 */
};

/* The running TDX module: lost with its memory, but for what the handoff carries. */
struct fw_module {
	struct fw_desc desc; /* what it is: its "code" */
	u8 sys_state;	     /* enum fw_sys_state */
	u32 global_lock;     /* 0 free, 1 exclusive, 2 * n shared by n */
	u32 num_init_lps;
	u8 lp_init[FW_MAX_LPS];
	u64 msr[FW_NUM_MSRS]; /* as INIT saw them, in the order of lifecycle.c's table */
	u32 seam_caps;	      /* ditto */
	/* The VMM wants to be told where a context of cryptography is another build's. */
	bool tells_mismatch;
	struct fw_handoff_payload live; /* the tables that a handoff carries */
};

/* A module that is simply there, as after a boot. See fw_boot_module(). */
struct fw_boot_module {
	struct fw_desc desc;
	u8 svn_minor;
	u8 svn_major;
	u8 mrseam[TDXU_SHA384_BYTES]; /* all zero: SHA-384 of @desc */
	u16 num_handoff_pages;	      /* field: count - 1 */
};

struct fw_lp {
	/* Written without the lock, by fw_seamcall() on that LP only. */
	u8 inside; /* executes in the module */
	u8 busy;   /* poke: as if it executed in the module, for as long as set */
	/*
	 * The LP's current-VMCS pointer, for a host that emulates VMPTRLD and VMPTRST; ~0: none.
	 * With platform.erratum set, every return from P-SEAMLDR makes it ~0.
	 */
	u64 current_vmcs;
};

struct fw;

/* What happens to the module, as far as TDs care. */
enum fw_td_event {
	FW_TD_SHUTDOWN, /* TDH.SYS.SHUTDOWN succeeded: live is packed; TDs rest */
	FW_TD_UPDATED,	/* TDH.SYS.UPDATE succeeded: live restored from a handoff; @detail = hv */
	/* INSTALL(LOAD) past its point of no return, or CONFIG of a module: all TDs are dead. */
	FW_TD_RELOADED,
	FW_TD_WIPED,	/* INSTALL(UPDATE) failed with RDX = 1: all TDs are dead */
	FW_TD_DISABLED,	/* TDH.SYS.DISABLE: all memory is the host's again, no TD is left */
	FW_TD_CLEANUP,	/* SEAMLDR.CLEANUP began: handoff and TDs are gone */
	FW_TD_FATAL,	/* UD2 inside SEAM, the platform is dead */
};

/*
 * The TD model (td.c) as the module sees it; fw->td_ops may be NULL: no TDs ever. All are called
 * with the lock held. A TD owns an HKID: td.c marks it in fw->mod.live.kot[hkid] with
 * FW_KOT_ASSIGNED, and after FW_TD_UPDATED a TD without its entry is dead. live is real data: what
 * the payload lost is lost.
 */
struct fw_td_ops {
	void (*event)(struct fw *fw, enum fw_td_event event, u64 detail);
	/*
	 * A leaf that tdxmod.c does not know, in SYS_READY. false: unknown leaf (the module
	 * answers OPERAND_INVALID). Optional.
	 */
	bool (*leaf)(struct fw *fw, u32 lp, struct fw_regs *regs);
};

/* What an image without a descriptor is, by its SEAMHASH. */
struct fw_registry_entry {
	u8 seamhash[TDXU_SHA384_BYTES];
	struct fw_desc desc;
};

/* The P-SEAMLDR's own state and what lies in the SEAM range. */
struct fw_seamldr {
	struct tdxu_seamextend ext;	 /* the CPU's SEAMEXTEND register */
	struct tdxu_seamextend ext_saved; /* at the start of an INSTALL session */
	u8 flow;			 /* enum fw_flow */
	u32 lps_in_update, lps_in_shutdown, lps_in_cleanup;
	u8 in_update[FW_MAX_LPS], in_shutdown[FW_MAX_LPS], in_cleanup[FW_MAX_LPS];
	bool canary_ready;		 /* the very first SEAMCALL has found entropy */
	bool init_done;			 /* an INSTALL session has ended, however */
	bool range_initialized;		 /* the module range was laid out once */
	u32 updates_left;		 /* cached counter */
	u64 code_base;			 /* where the last image was relocated to */
	u32 seamdb_entries;
	u32 key_dirty, cache_dirty;	 /* masks of packages, by id */
	/* How far CLEANUP is with a package. */
	u32 keys_done[FW_MAX_PACKAGES], blocks_done[FW_MAX_PACKAGES];
	struct fw_sysinfo sysinfo;	 /* what the module sees */
	struct tdxu_seamldr_params params; /* scratch of the last INSTALL call */
	struct tdxu_sigstruct sig;	 /* ditto */
};

/* Numbers of 3072 bits for rsa.c: too big for a stack. */
struct fw_rsa_work {
	u64 n[48], base[48], acc[48], tmp[50];
};

struct fw {
	struct fw_hooks hooks;
	struct fw_platform platform;
	struct fw_pokes pokes;
	const struct fw_td_ops *td_ops;
	void *td; /* td.c's */

	bool dead; /* executed UD2 in SEAM; everything is VMfailInvalid until fw_reset() */
	const char *dead_why;
	u32 leftovers; /* calls with something in registers that their leaf does not take */
	u32 seamldr_busy; /* atomic, without the lock: an LP executes in P-SEAMLDR */

	struct fw_seamldr ldr;
	struct fw_module mod;
	struct fw_lp lp[FW_MAX_LPS];
	struct fw_registry_entry registry[FW_MAX_REGISTRY];
	u32 num_registry;

	u32 rdrand_count; /* within the current SEAMCALL */
	u64 random_seed;  /* of the fixed sequence */
	struct fw_rsa_work rsa;
	u8 page[FW_PAGE]; /* scratch */
	u8 handoff[FW_HANDOFF_BYTES]; /* handoff area: struct fw_handoff_header, payload */
	u8 code[TDXU_MAX_MODULE_PAGES * FW_PAGE]; /* the image copied last */
};

/* Set-up. Single-threaded; fw_reset() and fw_boot_module() under the lock once calls can come. */

/** fw_init() - Zero @fw and keep @hooks. Then set platform, td_ops, registry and fw_reset(). */
void fw_init(struct fw *fw, const struct fw_hooks *hooks);

/**
 * fw_platform_defaults() - A sound machine: 1 package, @num_lps LPs (x2APIC id = LP number), SEAM
 * range of 32 MiB, 16 SEAMDB entries, P-SEAMLDR 1.5, no signer.
 */
void fw_platform_defaults(struct fw_platform *platform, u32 num_lps);

/**
 * fw_reset() - Power on: P-SEAMLDR fresh (if present), no module, no faults poked.
 *
 * Keeps hooks, platform, td_ops, td and registry. Does not tell td_ops: reset TDs beside it.
 */
void fw_reset(struct fw *fw);

/**
 * fw_boot_module() - Put a module in place as a booted host has it: LOADed by all LPs, SEAM_READY,
 * configured, SYS_READY, every LP initialised; counter, dirty masks and SYS_INFO accordingly.
 */
void fw_boot_module(struct fw *fw, const struct fw_boot_module *module);

/** fw_desc_default() - What a module is of which nothing is known: like 1.5.01. */
void fw_desc_default(struct fw_desc *desc);

/**
 * fw_seamcall() - Execute SEAMCALL on a logical processor.
 * @lp: 0 .. num_lps - 1; another LP (unknown to P-SEAMLDR) may not be given.
 * @regs: in and out; unchanged unless FW_RETURN is returned.
 *
 * Context: interrupts off on the calling CPU (a SEAMCALL is one instruction), concurrently on
 * different LPs. Not reentrant on one LP.
 */
enum fw_outcome fw_seamcall(struct fw *fw, u32 lp, struct fw_regs *regs);

/** fw_dispatch() - fw_seamcall() without hooks before, stall and after. Lock held. */
enum fw_outcome fw_dispatch(struct fw *fw, u32 lp, struct fw_regs *regs);

/* Words, both ways, for text interfaces. Names are as in "SEAMLDR.INSTALL", "TDH.SYS.INIT". */
const char *fw_leaf_name(u64 rax); /* "unknown" for a leaf without a name */

/** fw_leaf_has_leftovers() - Is a register not 0 that this leaf does not take, as far as known? */
bool fw_leaf_has_leftovers(const struct fw_regs *regs);

bool fw_leaf_parse(const char *name, u64 *rax);
const char *fw_outcome_name(enum fw_outcome outcome); /* return vmfail ud gp ud2 */
const char *fw_flow_name(u8 flow);	   /* READY INSTALL SHUTDOWN CLEANUP */
const char *fw_sys_state_name(u8 state);   /* SYSINIT_PENDING ... */

/** fw_handoff() - Header of the handoff area; may be written (poke). Lock held. */
static inline struct fw_handoff_header *fw_handoff(struct fw *fw)
{
	return (struct fw_handoff_header *)fw->handoff;
}

/* What the running module knows a physical address to be. */
enum fw_memory {
	FW_MEMORY_OUTSIDE,  /* of all TDMRs, or not initialised yet */
	FW_MEMORY_RESERVED, /* in a reserved area of a TDMR, like the PAMTs */
	FW_MEMORY_USABLE,   /* for TDs */
};

/** fw_tdmr_memory() - Lock held. */
enum fw_memory fw_tdmr_memory(const struct fw *fw, u64 pa);

/** fw_package() - Package id of an LP; ids need not be contiguous. */
u32 fw_package(const struct fw *fw, u32 lp);

/**
 * fw_module_start() - A module that is described by @desc begins its life: fresh data, PENDING.
 *
 * What INSTALL ends with; SYS_INFO (ldr.sysinfo), SEAMEXTEND and the handoff area are the
 * caller's. Lock held.
 */
void fw_module_start(struct fw *fw, const struct fw_desc *desc);

#endif
