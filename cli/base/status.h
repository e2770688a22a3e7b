/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_STATUS_H
#define TDXU_CLI_STATUS_H

/* This folder: what all others need, and no decision about an update. */

/* What a back end tells of this host and of its last update, as plain data. */

#include "core/preflight.h"
#include "core/types.h"
#include "uapi/tdx_update.h"

enum {
	TDXU_NAME_BYTES = 32,
	TDXU_MESSAGE_BYTES = 512,
	TDXU_MRSEAM_BYTES = 48,
	TDXU_MAX_CHECKS = TDXU_MAX_VERDICTS,
	TDXU_MAX_TIMINGS = 32,
	TDXU_MAX_METADATA = 32,
	TDXU_BEYOND_TEXT = 128,
	TDXU_ALL_SLOTS = -1,
};

struct tdxu_module {
	bool present;
	u32 major;
	u32 minor;
	u32 update;
	u32 internal;
	u32 build_num;
	u32 build_date; /* decimal YYYYMMDD */
	u64 features0;
	u32 hv;
	u32 min_update_hv;
	u32 no_downgrade;
	u32 handoff_pages;
	u32 svn_major;
	u32 svn_minor;
	u8 mrseam[TDXU_MRSEAM_BYTES];
	bool only_version; /* the backend does not tell the rest, from @internal on */
	bool unsure;	   /* the version may be that of before an update by another driver */
	u32 untold;	   /* bits 1 << TDX_UPDATE_A_MODULE_*: what has no value, not even 0 */
};

/* Has the field that came as TDX_UPDATE_A_MODULE_@attr a value? */
#define TDXU_TOLD(m, attr)                     \
	((m)->present && !(m)->only_version && \
	 !((m)->untold >> TDX_UPDATE_A_MODULE_##attr & 1))

struct tdxu_seamldr {
	bool present;
	u32 major;
	u32 minor;
	u32 update;
	u32 build_num;
	u32 build_date; /* as the loader stores it: BCD */
	u32 updates_left;
	bool only_version; /* no build and no date */
	u32 untold;	   /* as above, of TDX_UPDATE_A_SEAMLDR_*: older drivers have no update */
};

struct tdxu_timing {
	u32 phase;
	u32 retries;
	u64 start_ns; /* since the start of the preflight */
	u64 end_ns;
};

struct tdxu_check {
	char name[TDXU_NAME_BYTES];
	u32 verdict;
	u32 errnum;
	char message[TDXU_MESSAGE_BYTES];
};

struct tdxu_checks {
	u32 nr;
	struct tdxu_check check[TDXU_MAX_CHECKS];
	char beyond[TDXU_BEYOND_TEXT]; /* "check 5": sent, and not known to this version */
};

struct tdxu_check_names {
	u32 nr;
	char name[TDXU_MAX_CHECKS][TDXU_NAME_BYTES];
};

struct tdxu_result {
	bool present;
	u32 id;
	u32 outcome;
	u32 errnum;
	u32 phase;
	u32 busy_reason;
	u32 busy_count;
	u32 cpu;
	u64 leaf; /* 0: no SEAMCALL decided */
	u64 rax;
	u64 rdx;
	u64 finished; /* seconds since the epoch */
	u32 waited_ms; /* past the point of no return, for what can pass */
	u32 patience_ms; /* the limit of that in each step; 0: not told */
	char message[TDXU_MESSAGE_BYTES];
	char check[TDXU_NAME_BYTES];
	struct tdxu_module from;
	struct tdxu_module to;
	u32 nr_timings;
	struct tdxu_timing timing[TDXU_MAX_TIMINGS];
	u32 nr_metadata;
	char metadata[TDXU_MAX_METADATA][TDXU_MESSAGE_BYTES / 4];
};

/* How many TDs there are on this host, and can be: each has a key ID of its own. */
struct tdxu_tds {
	const char *unknown; /* why it is not known, or NULL */
	u64 current;	     /* between KVM_TDX_INIT_VM and the TD's end */
	u64 capacity;
};

struct tdxu_status {
	u32 state;
	u32 phase;
	u32 update_id;
	u32 cpus_online;
	u32 cpus_present;
	u32 erratum;
	char driver[TDXU_NAME_BYTES];
	char minimum[TDXU_NAME_BYTES]; /* version that the gate demands, if the backend tells */
	char signer[TDXU_SIGNER_TEXT]; /* taken beside the production key; "": none */
	struct tdxu_module module;
	struct tdxu_seamldr seamldr;
	struct tdxu_tds tds; /* not the backend's: `tdxupd status` fills it */
	struct tdxu_checks blockers;
	struct tdxu_check_names made; /* all that the driver makes; none: it does not tell */
	struct tdxu_result result;
	u64 facts_age_ms; /* since the firmware was asked: see tdxu_status_asked() */
	u32 untold;	  /* bits 1 << TDX_UPDATE_A_STATUS_*: what did not come */
	char beyond[TDXU_BEYOND_TEXT]; /* as in struct tdxu_checks */
};

/* Has @facts_age_ms of a status a value? */
#define TDXU_AGE_TOLD(s) (!((s)->untold >> TDX_UPDATE_A_STATUS_FACTS_AGE_MS & 1))

/*
 * Was the firmware asked? If not, a module, P-SEAMLDR or blocker that is not told may be there all
 * the same. A driver of 0.1.0 asks when it is loaded, and tells no age.
 */
static inline bool tdxu_status_asked(const struct tdxu_status *s)
{
	return TDXU_AGE_TOLD(s) || s->module.present || s->seamldr.present ||
	       s->state == TDX_UPDATE_STATE_LOST;
}

/* Why a request was not done. */
struct tdxu_fault {
	int errnum;
	char message[TDXU_MESSAGE_BYTES]; /* the driver's own sentence, or "" */
	bool unsure; /* it may have been done all the same: the answer was lost or has no sense */
};

/** tdxu_fault_set() - Fill in all but @unsure. Return: -@errnum. */
static inline int tdxu_fault_set(struct tdxu_fault *fault, int errnum, const char *message)
{
	fault->errnum = errnum;
	snprintf(fault->message, sizeof(fault->message), "%s", message);
	return -errnum;
}

#endif
