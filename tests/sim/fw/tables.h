/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_FW_TABLES_H
#define SIM_FW_TABLES_H

/* The tables of a TDX module that a handoff carries to the next one. */

#include "../../../kmod/core/types.h"

enum {
	FW_MAX_TDMRS = 64,
	FW_MAX_RESERVED = 16, /* areas of a TDMR */
};

struct fw_range {
	u64 base, size;
} __packed;

/* The key ownership table: one entry per HKID, in this layout in the handoff payload too. */
enum fw_kot_state {
	FW_KOT_FREE = 0,
	FW_KOT_RESERVED = 1, /* the module's own key */
	FW_KOT_ASSIGNED = 2, /* a TD has it */
	FW_KOT_FLUSHED = 4,
};

enum {
	FW_KOT_ENTRIES = 2048,
	FW_WBT_BYTES = 16512,
	FW_TDMR_BYTES = 320,
};

/* A TD memory region. */
struct fw_tdmr {
	u64 base, size;
	u64 next;	  /* TDMR.INIT goes on here */
	u64 pamt_base[3]; /* for pages of 4 KiB, 2 MiB, 1 GiB */
	struct fw_range reserved[FW_MAX_RESERVED]; /* from base; size 0: no more */
	u8 padding[16];
} __packed;
static_assert(sizeof(struct fw_tdmr) == FW_TDMR_BYTES);

/*
 * What a module with TDXU_FEATURE_UPDATE_COMPAT counts, in the entry of that number. It is not
 * derived from anything: who is not counted when it begins is not known of later.
 */
enum fw_count {
	FW_COUNT_BUILDS = 0,	 /* TDs between MNG.INIT and the end of their measurement */
	FW_COUNT_MIGRATIONS = 1, /* streams that were interrupted */
	FW_NB_EXPORT = 2,	 /* 1: non-blocking export was configured */
};

struct fw_kot_entry {
	u8 state; /* enum fw_kot_state */
	u8 written_back; /* while FLUSHED: packages whose caches were written back (mask) */
	u8 reserved[2];
	u32 detail; /* of the first only, whose HKIDs are never a TD's: enum fw_count */
} __packed;

/* What SHUTDOWN packs and UPDATE takes over: the handoff payload, in its order and packing. */
struct fw_handoff_payload {
	struct fw_kot_entry kot[FW_KOT_ENTRIES];
	u8 wbt[FW_WBT_BYTES];
	struct fw_tdmr tdmr[FW_MAX_TDMRS];
	u32 num_tdmrs;
	u16 global_hkid;
	u32 pkg_config_bitmap;
} __packed;
static_assert(sizeof(struct fw_handoff_payload) == 53386);

#endif
