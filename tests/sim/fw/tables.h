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

struct fw_kot_entry {
	u8 state; /* enum fw_kot_state */
	u8 written_back; /* while FLUSHED: packages whose caches were written back (mask) */
	u8 reserved[2];
	/*
	 * Entry 0 only (HKID 0 is never a TD's): the number of TDs being built, as a module with
	 * TDXU_FEATURE_UPDATE_COMPAT packs it at handoff version 1 and up; else 0.
	 */
	u32 detail;
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
