/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_FW_DESC_H
#define SIM_FW_DESC_H

/*
 * What a simulated module says of itself. mkimage puts it at the start of the module's second
 * page, inside what SEAMHASH covers; the firmware model reads it there after an install. It
 * takes the place of the code that a real image has.
 */

#include "../../../kmod/core/types.h"

#define FW_DESC_MAGIC "TDXSIMv1"
/* The same without the terminating zero, for which the field has no room. */
#define FW_DESC_MAGIC_BYTES { 'T', 'D', 'X', 'S', 'I', 'M', 'v', '1' }

enum { FW_DESC_OFFSET = 4096 };

struct fw_desc {
	u8 magic[8];
	u16 major;
	u16 minor;
	u16 update;
	u16 internal;
	u16 build_num;
	u16 module_hv;	   /* what the module was built with; the sigstruct tells the loader */
	u16 min_update_hv;
	u16 no_downgrade;
	u32 build_date;	   /* decimal YYYYMMDD, as TDH.SYS.RD reports it */
	u32 handoff_size;  /* bytes of handoff payload that it writes; 0: as that version does */
	u64 features0;
	u16 max_tdmrs;
	u16 max_reserved_per_tdmr;
	u16 pamt_entry_size[3];
	u16 tdr_base_size;
	u16 tdcs_base_size;
	u16 tdvps_base_size;
	u64 attributes_fixed0;
	u64 attributes_fixed1;
	u64 xfam_fixed0;
	u64 xfam_fixed1;
	u16 num_cpuid_config;
	u16 max_vcpus_per_td;
	u16 sys_disable;   /* it has TDH.SYS.DISABLE */
	u16 nb_export;	   /* bit of features0 that is non-blocking export; 0: it has none */
	u64 cpuid_config_xor;	/* into the first mask of the CPUID configuration */
	u64 cpuid_config_first; /* with which entry of the model's table that begins */
} __packed;
static_assert(sizeof(struct fw_desc) == 112);

#endif
