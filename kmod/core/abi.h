/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CORE_ABI_H
#define TDXU_CORE_ABI_H

/*
 * What the P-SEAMLDR and the TDX module define: leaf numbers, status codes, field identifiers
 * and memory layouts. Definitions only: the simulator includes this file, and it must not share
 * the logic that it tests. All multi-byte fields are little-endian, as is the machine.
 */

#include "types.h"

#define TDXU_PAGE_SIZE 4096u

/* SEAMCALL leaves. P-SEAMLDR leaves have bit 63 set (Intel TDX Loader specification). */
#define TDXU_SEAMLDR_INFO     0x8000000000000000ULL
#define TDXU_SEAMLDR_INSTALL  0x8000000000000001ULL
#define TDXU_SEAMLDR_SEAMINFO 0x8000000000000003ULL

/* TDX module leaves (Intel TDX Module ABI specification). */
enum {
	TDXU_TDH_SYS_INIT = 33,
	TDXU_TDH_SYS_RD = 34,
	TDXU_TDH_SYS_LP_INIT = 35,
	TDXU_TDH_SYS_SHUTDOWN = 52,
	TDXU_TDH_SYS_UPDATE = 53,
};

/* TDH.SYS.SHUTDOWN, RCX: the handoff version, and a request to refuse while it would hurt a TD. */
#define TDXU_SHUTDOWN_AVOID_COMPAT_SENSITIVE (1ULL << 16)

/*
 * Statuses, and what bits 31:0 say beside them: an operand, the number of an MSR, NOTHING that is
 * known; or the status is the WHOLE of RAX. 0 is success.
 */
#define TDXU_STATUSES(X)                                                        \
	/* of the P-SEAMLDR */                                                  \
	X(SEAMLDR_EBADPARAM, 0x8000000000000000ULL, WHOLE)                      \
	X(SEAMLDR_EBADCALL, 0x8000000000000003ULL, WHOLE)                       \
	X(SEAMLDR_EBADHANDOFF, 0x8000000000000004ULL, WHOLE)                    \
	X(SEAMLDR_ECLEANUPREQ, 0x8000000000000005ULL, WHOLE)                    \
	X(SEAMLDR_EUNSUPPORTED, 0x8000000000000006ULL, WHOLE)                   \
	X(SEAMLDR_ENOMEM, 0x8000000000010002ULL, WHOLE)                         \
	X(SEAMLDR_EUNSPECERR, 0x8000000000010003ULL, WHOLE)                     \
	X(SEAMLDR_EUNSUPCPU, 0x8000000000010004ULL, WHOLE)                      \
	X(SEAMLDR_EBADSIG, 0x8000000000020000ULL, WHOLE)                        \
	X(SEAMLDR_EBADHASH, 0x8000000000020001ULL, WHOLE)                       \
	X(SEAMLDR_EINTERRUPT, 0x8000000000030000ULL, WHOLE)                     \
	X(SEAMLDR_ENOENTROPY, 0x8000000000030001ULL, WHOLE)                     \
	/* of the TDX module: the class is bits 63:32 of RAX */                 \
	X(TDX_OPERAND_INVALID, 0xC000010000000000ULL, OPERAND)                  \
	X(TDX_OPERAND_BUSY, 0x8000020000000000ULL, OPERAND)                     \
	X(TDX_SYS_BUSY, 0x8000020200000000ULL, NOTHING)                         \
	X(TDX_RND_NO_ENTROPY, 0x8000020300000000ULL, NOTHING)                   \
	X(TDX_SYS_INIT_NOT_PENDING, 0xC000050000000000ULL, NOTHING)             \
	X(TDX_SYS_LP_INIT_NOT_DONE, 0xC000050200000000ULL, NOTHING)             \
	X(TDX_SYS_LP_INIT_DONE, 0xC000050300000000ULL, NOTHING)                 \
	X(TDX_SYS_NOT_READY, 0xC000050500000000ULL, NOTHING)                    \
	X(TDX_SYS_SHUTDOWN, 0xC000050600000000ULL, NOTHING)                     \
	X(TDX_SYS_KEY_CONFIG_NOT_PENDING, 0xC000050700000000ULL, NOTHING)       \
	X(TDX_SYS_STATE_INCORRECT, 0xC000050800000000ULL, NOTHING)              \
	X(TDX_SYS_INVALID_HANDOFF, 0xC000050900000000ULL, NOTHING)              \
	X(TDX_SYS_INCOMPATIBLE_SIGSTRUCT, 0xC000050A00000000ULL, NOTHING)       \
	X(TDX_SYS_LP_INIT_NOT_PENDING, 0xC000050B00000000ULL, NOTHING)          \
	X(TDX_SYS_CONFIG_NOT_PENDING, 0xC000050C00000000ULL, NOTHING)           \
	X(TDX_INCOMPATIBLE_SEAM_CAPABILITIES, 0xC000050D00000000ULL, NOTHING)   \
	X(TDX_UPDATE_COMPAT_SENSITIVE, 0x8000051200000000ULL, NOTHING)          \
	X(TDX_INCONSISTENT_MSR, 0xC000092000000000ULL, MSR)                     \
	X(TDX_INCORRECT_MSR_VALUE, 0xC000092100000000ULL, MSR)                  \
	X(TDX_METADATA_FIELD_ID_INCORRECT, 0xC0000C0000000000ULL, NOTHING)

#define TDXU_STATUS(name, value, detail) TDXU_##name = value,

enum {
	TDXU_STATUSES(TDXU_STATUS)
};

#define TDXU_STATUS_CLASS(rax) ((rax) & 0xffffffff00000000ULL)

/*
 * What stands in place of a status when no SEAM software took the call. Bits 47:40 of a status are
 * reserved for software, so none of these can come from the firmware.
 */
#define TDXU_SEAMCALL_NOT_TAKEN	  0x8000ff0000000000ULL
#define TDXU_SEAMCALL_VMFAILINVALID (TDXU_SEAMCALL_NOT_TAKEN | 0xffff0000ULL)
#define TDXU_SEAMCALL_UD	  (TDXU_SEAMCALL_NOT_TAKEN | 6)	 /* not in VMX root operation */
#define TDXU_SEAMCALL_GP	  (TDXU_SEAMCALL_NOT_TAKEN | 13) /* SEAM is not enabled */
#define TDXU_SEAMCALL_BLOCKED	  (TDXU_SEAMCALL_NOT_TAKEN | 0xffff0001ULL) /* not even tried */

/* RDX of SEAMLDR.INSTALL, if the old module's memory is already gone. */
#define TDXU_INSTALL_UNRECOVERABLE 1ULL

/* Detail of TDXU_TDX_UPDATE_COMPAT_SENSITIVE. */
#define TDXU_COMPAT_SENSITIVE_REASON(rax) ((u16)(rax))
#define TDXU_COMPAT_SENSITIVE_COUNT(rax)  ((u16)((rax) >> 16))

enum tdxu_compat_sensitive_reason {
	TDXU_COMPAT_SENSITIVE_BUILD = 0,     /* between TDH.MNG.INIT and TDH.MR.FINALIZE */
	TDXU_COMPAT_SENSITIVE_MIGRATION = 1, /* an interrupted export or import flow */
};

/* TDH.SYS.RD field identifiers (RDX in, value in R8). */
#define TDXU_FIELD_BUILD_DATE         0x8800000200000001ULL
#define TDXU_FIELD_BUILD_NUM          0x8800000100000002ULL
#define TDXU_FIELD_MINOR_VERSION      0x0800000100000003ULL
#define TDXU_FIELD_MAJOR_VERSION      0x0800000100000004ULL
#define TDXU_FIELD_UPDATE_VERSION     0x0800000100000005ULL
#define TDXU_FIELD_INTERNAL_VERSION   0x0800000100000006ULL
#define TDXU_FIELD_MODULE_HV          0x8900000100000000ULL
#define TDXU_FIELD_MIN_UPDATE_HV      0x8900000100000001ULL
#define TDXU_FIELD_NO_DOWNGRADE       0x8900000000000002ULL
#define TDXU_FIELD_NUM_HANDOFF_PAGES  0x8900000100000003ULL
#define TDXU_FIELD_HANDOFF_VALID      0x8900000000000004ULL

/* Those that the kernel and KVM keep from boot, as the specification calls them. */
#define TDXU_METADATA_FIELDS(X)                                 \
	X(NUM_CPUID_CONFIG, 0x9900000100000004ULL)              \
	X(TDX_FEATURES0, 0x0A00000300000008ULL)                 \
	X(MAX_TDMRS, 0x9100000100000008ULL)                     \
	X(MAX_RESERVED_PER_TDMR, 0x9100000100000009ULL)         \
	X(PAMT_4K_ENTRY_SIZE, 0x9100000100000010ULL)            \
	X(PAMT_2M_ENTRY_SIZE, 0x9100000100000011ULL)            \
	X(PAMT_1G_ENTRY_SIZE, 0x9100000100000012ULL)            \
	X(PAMT_PAGE_BITMAP_ENTRY_BITS, 0x9100000100000013ULL)   \
	X(TDR_BASE_SIZE, 0x9800000100000000ULL)                 \
	X(TDCS_BASE_SIZE, 0x9800000100000100ULL)                \
	X(TDVPS_BASE_SIZE, 0x9800000100000200ULL)               \
	X(ATTRIBUTES_FIXED0, 0x1900000300000000ULL)             \
	X(ATTRIBUTES_FIXED1, 0x1900000300000001ULL)             \
	X(XFAM_FIXED0, 0x1900000300000002ULL)                   \
	X(XFAM_FIXED1, 0x1900000300000003ULL)                   \
	X(MAX_VCPUS_PER_TD, 0x9900000100000008ULL)

#define TDXU_FIELD(name, number) TDXU_FIELD_##name = number,

enum {
	TDXU_METADATA_FIELDS(TDXU_FIELD)
};

/* Two arrays of NUM_CPUID_CONFIG entries: + i, leaf and sub-leaf; + 2i + j, masks of registers. */
#define TDXU_FIELD_CPUID_CONFIG_LEAVES 0x9900000300000400ULL
#define TDXU_FIELD_CPUID_CONFIG_VALUES 0x9900000300000500ULL

/* TDX_FEATURES0 */
#define TDXU_FEATURE_TD_PRESERVING   (1ULL << 1)
#define TDXU_FEATURE_TDX_CONNECT     (1ULL << 6)
#define TDXU_FEATURE_ADD_ON	     (1ULL << 39)
#define TDXU_FEATURE_UPDATE_COMPAT   (1ULL << 47)
#define TDXU_FEATURE_QUOTING	     (1ULL << 50)

/* SEAMLDR.INSTALL, RCX: physical address of one of these, 4 KiB aligned. */
enum {
	TDXU_MAX_MODULE_PAGES = 496,
	TDXU_SCENARIO_UPDATE = 1,
};

struct tdxu_seamldr_params {
	u32 version;
	u32 scenario;
	u64 sigstruct_pa;
	u8 reserved[104];
	u64 num_module_pages;
	u64 module_pa_list[TDXU_MAX_MODULE_PAGES];
} __packed;
static_assert(sizeof(struct tdxu_seamldr_params) == 4096);

struct tdxu_seamextend {
	u64 valid;
	u8 tcb_svn_minor;
	u8 tcb_svn_major;
	u8 tcb_svn_patch;
	u8 tcb_svn_reserved[13];
	u8 mrseam[48];
	u8 mrsigner[48];
	u64 attributes;
	u8 seam_ready; /* a module is installed and no INSTALL session is open */
	u8 system_under_debug; /* unlocked for debugging */
	u8 p_seamldr_ready;
	u8 reserved[5];
} __packed;
static_assert(sizeof(struct tdxu_seamextend) == 136);

/* SEAMLDR.INFO, RCX: physical address of one of these, 256-byte aligned. */
struct tdxu_seamldr_info {
	u32 version;
	u32 attributes;
	u32 vendor_id;
	u32 build_date;
	u16 build_num;
	u16 minor;
	u16 major;
	u16 update; /* of its version: major.minor.update */
	u32 acm_x2apicid;
	u32 num_remaining_updates;
	struct tdxu_seamextend seamextend;
	u64 features0;
	u8 reserved1[80];
} __packed;
static_assert(sizeof(struct tdxu_seamldr_info) == 256);

/*
 * SEAMLDR.SEAMINFO, RCX: physical address of 2048 bytes, as aligned, which get what the machine
 * check firmware found at boot. This is their head.
 */
struct tdxu_seaminfo {
	u64 version;
	u32 num_lps;
	u32 num_packages;
	u32 package_cpuid[8]; /* CPUID.1.EAX */
	u64 seamldr_base; /* the P-SEAMLDR's part of the SEAM range is its end */
	u64 seamldr_size;
	u8 skip_smrr2_check;
	u8 tdx_ac;
	u8 reserved[62];
} __packed;
static_assert(sizeof(struct tdxu_seaminfo) == 128);

/* The SEAM range, which is up to the P-SEAMLDR's part for the module. */
#define TDXU_MSR_SEAMRR_BASE        0x1400
#define TDXU_SEAMRR_BASE_CONFIGURED (1ULL << 3)
#define TDXU_MSR_SEAMRR_MASK        0x1401
#define TDXU_SEAMRR_MASK_ENABLED    (1ULL << 11)
/* Its address and size are multiples of 32 MiB, below 2^52. */
#define TDXU_SEAMRR_ADDRESS         0x000ffffffe000000ULL

/* The signature block of a module image. Page counts are stored as count - 1. */
enum {
	TDXU_SIGSTRUCT_HEADER_TYPE = 6,
	TDXU_SIGSTRUCT_HEADER_LENGTH = 0xE1,
	TDXU_SIGSTRUCT_HEADER_VERSION = 0x10000,
	TDXU_SIGSTRUCT_VENDOR_INTEL = 0x8086,
	TDXU_SIGSTRUCT_SIZE_DWORDS = 0x200,
	TDXU_SIGSTRUCT_KEY_DWORDS = 0x60,
	TDXU_SIGSTRUCT_EXPONENT_DWORDS = 1,
	TDXU_SIGSTRUCT_EXPONENT = 0x10001,
	TDXU_SIGSTRUCT_CPUID_ENTRIES = 255,
	TDXU_SIGSTRUCT_BYTES = 2048,
	TDXU_RSA_BYTES = 384,
	TDXU_SHA384_BYTES = 48,
};

#define TDXU_SIGSTRUCT_TYPE_DEBUG (1u << 31)

struct tdxu_sigstruct {
	u32 header_type;
	u32 header_length;
	u32 header_version;
	u32 module_type;
	u32 vendor;
	u32 date; /* BCD, 0xYYYYMMDD */
	u32 size;
	u32 key_size;
	u32 modulus_size;
	u32 exponent_size;
	u8 reserved0[88];
	u8 modulus[TDXU_RSA_BYTES]; /* little-endian, like the signature */
	u32 exponent;
	u8 signature[TDXU_RSA_BYTES];
	u8 seamhash[TDXU_SHA384_BYTES];
	u8 svn_minor;
	u8 svn_major;
	u64 attributes;
	u32 rip_offset;
	u8 num_stack_pages;
	u8 num_tls_pages;
	u16 num_keyhole_pages;
	u16 num_global_data_pages;
	u16 max_tdmrs;
	u16 max_rsvd_per_tdmr;
	u16 pamt_entry_size_4k;
	u16 pamt_entry_size_2m;
	u16 pamt_entry_size_1g;
	u8 reserved1[6];
	u16 module_hv;
	u16 min_update_hv;
	u8 no_downgrade;
	u8 reserved2;
	u16 num_handoff_pages;
	u32 gdt_idt_offset;
	u32 fault_wrapper_offset;
	u8 reserved3[24]; /* 2.0.x images carry their version here */
	u32 cpuid_table_size;
	u32 cpuid_table[TDXU_SIGSTRUCT_CPUID_ENTRIES];
} __packed;
static_assert(sizeof(struct tdxu_sigstruct) == TDXU_SIGSTRUCT_BYTES);
static_assert(offsetof(struct tdxu_sigstruct, modulus) == 128);
static_assert(offsetof(struct tdxu_sigstruct, seamhash) == 900);
static_assert(offsetof(struct tdxu_sigstruct, attributes) == 950);
static_assert(offsetof(struct tdxu_sigstruct, module_hv) == 984);
static_assert(offsetof(struct tdxu_sigstruct, reserved3) == 1000);
static_assert(offsetof(struct tdxu_sigstruct, cpuid_table) == 1028);

/* The signed message is bytes [0, 128) followed by bytes [900, 2048). */
enum {
	TDXU_SIGNED_HEAD_END = 128,
	TDXU_SIGNED_TAIL_START = 900,
};

/*
 * On-disk images: one header page, the sigstruct's page(s), the module's pages. The 16-bit
 * little-endian words of the whole file add up to zero.
 */
#define TDXU_IMAGE_MAGIC "TDX-BLOB"

enum {
	TDXU_IMAGE_VERSION_1 = 0x100,
	TDXU_IMAGE_VERSION_2 = 0x200,
	TDXU_IMAGE_MAGIC_BYTES = 8,
};

struct tdxu_image_header_v1 {
	u16 version;
	u16 checksum;
	u32 offset_of_module;
	u8 magic[TDXU_IMAGE_MAGIC_BYTES];
	u32 length;
	u8 reserved[4076];
} __packed;
static_assert(sizeof(struct tdxu_image_header_v1) == 4096);

struct tdxu_image_header_v2 {
	u16 version;
	u16 checksum;
	u8 magic[TDXU_IMAGE_MAGIC_BYTES];
	u32 sigstruct_nr_pages;
	u32 module_nr_pages;
	u8 reserved[4076];
} __packed;
static_assert(sizeof(struct tdxu_image_header_v2) == 4096);

/* VMX, as far as the SEAMRET erratum needs it. */
#define TDXU_MSR_VMX_BASIC                  0x480
#define TDXU_VMX_BASIC_SEAMRET_KEEPS_VMCS   (1ULL << 60)

#endif
