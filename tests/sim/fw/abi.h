/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_FW_ABI_H
#define SIM_FW_ABI_H

/* What the P-SEAMLDR and the TDX module define and the driver has no use for. Definitions only. */

#include "../../../kmod/core/abi.h"

#define FW_SUCCESS 0ULL

#define FW_SEAMLDR_SHUTDOWN 0x8000000000000002ULL
#define FW_SEAMLDR_CLEANUP  0x8000000000000004ULL

enum fw_leaf {
	FW_TDH_VP_ENTER = 0,
	FW_TDH_MNG_ADDCX = 1,
	FW_TDH_MNG_KEY_CONFIG = 8,
	FW_TDH_MNG_CREATE = 9,
	FW_TDH_MNG_RD = 11,
	FW_TDH_MR_EXTEND = 16,
	FW_TDH_MR_FINALIZE = 17,
	FW_TDH_MNG_VPFLUSHDONE = 19,
	FW_TDH_MNG_KEY_FREEID = 20,
	FW_TDH_MNG_INIT = 21,
	FW_TDH_PHYMEM_PAGE_RDMD = 24,
	FW_TDH_PHYMEM_PAGE_RECLAIM = 28,
	FW_TDH_SYS_KEY_CONFIG = 31,
	FW_TDH_SYS_INFO = 32,
	FW_TDH_SYS_TDMR_INIT = 36,
	FW_TDH_SYS_RDALL = 37,
	FW_TDH_PHYMEM_CACHE_WB = 40,
	FW_TDH_PHYMEM_PAGE_WBINVD = 41,
	FW_TDH_SYS_LP_SHUTDOWN = 44,
	FW_TDH_SYS_CONFIG = 45,
	FW_TDH_SYS_DISABLE = 69,
	FW_TDH_EXPORT_STATE_TD = 73,
};

#define FW_FIELD_HANDOFF_HV   0x8900000100000005ULL
#define FW_FIELD_HANDOFF_SIZE 0x8900000200000006ULL

enum {
	FW_SCENARIO_LOAD = 0, /* SEAMLDR_PARAMS: a module where there is none */
	FW_INSTALL_RECOVERABLE = 0, /* RDX of SEAMLDR.INSTALL: the old module is whole */
};

/* Header of the handoff data that the old module leaves for the new one. */
struct fw_handoff_header {
	u8 valid;
	u8 reserved;
	u16 hv;
	u32 size;
} __packed;
static_assert(sizeof(struct fw_handoff_header) == 8);

#endif
