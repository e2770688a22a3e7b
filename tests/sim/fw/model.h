/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_FW_MODEL_H
#define SIM_FW_MODEL_H

/* What the files of the firmware model share among themselves. Lock held throughout. */

#include "fw.h"

/* fw.c: services of the platform */

/* The firmware executes UD2: nothing of the platform works from here on. Returns FW_UD2. */
enum fw_outcome fw_die(struct fw *fw, const char *why);
bool fw_rdrand(struct fw *fw, u64 *value);
bool fw_rdseed(struct fw *fw, u64 *value);
void fw_td_tell(struct fw *fw, enum fw_td_event event, u64 detail);
/* Aligned to @align, inside the physical address space, shared key id, outside the SEAM range. */
bool fw_shared_pa(const struct fw *fw, u64 pa, u64 align);
void fw_read(struct fw *fw, u64 pa, void *data, size_t size);
void fw_write(struct fw *fw, u64 pa, const void *data, size_t size);

/* The packages that there are, as a mask by package id; an id beyond the mask is left out. */
u32 fw_all_packages(const struct fw *fw);
/* Of them, that of an LP. */
static inline u32 fw_package_bit(const struct fw *fw, u32 lp)
{
	u32 id = fw_package(fw, lp);

	return id < FW_MAX_PACKAGES ? 1u << id : 0;
}

/* Is there a package with an id of FW_MAX_PACKAGES or more? */
bool fw_package_beyond(const struct fw *fw);
/* A module is in service: keys and caches of every package have seen TD memory. */
void fw_mark_dirty(struct fw *fw);

/* Size of the handoff area that the installed module was given, in bytes. */
static inline u64 fw_handoff_area(const struct fw *fw)
{
	return (u64)(fw->ldr.sysinfo.num_handoff_pages + 1) * FW_PAGE;
}

static inline bool fw_is_update(const struct fw *fw)
{
	return fw->ldr.params.scenario == TDXU_SCENARIO_UPDATE;
}

/* seamldr.c, install.c, verify.c, memory.c, elf.c, rsa.c: the P-SEAMLDR */

enum fw_outcome fw_seamldr_dispatch(struct fw *fw, u32 lp, struct fw_regs *regs);

/*
 * What the last LP of an INSTALL session does. Returns RAX; sets @unrecoverable, which is RDX.
 * The platform may be dead afterwards.
 */
u64 fw_install_last(struct fw *fw, u64 params_pa, u64 *unrecoverable);

/* Steps 7 to 14 and 15 to 25 of INSTALL; the first fills ldr.params and ldr.sig. 0 or RAX. */
u64 fw_verify_params(struct fw *fw, u64 params_pa);
u64 fw_verify_sigstruct(struct fw *fw);

/* Sizes of the regions of a module in 4 KiB pages, from its sigstruct. */
struct fw_layout {
	u64 vmcs; /* one per addressable LP */
	u64 stacks;
	u64 data;
	u64 keyholes;
	u64 keyhole_edit; /* the page table entries of the keyholes, mapped for editing */
	u64 image;
};

void fw_layout(const struct fw *fw, struct fw_layout *layout);
bool fw_layout_estimate_fits(const struct fw *fw, const struct fw_layout *layout);
/* Returns 0 or RAX; the platform may be dead afterwards. */
u64 fw_layout_map(struct fw *fw, const struct fw_layout *layout);

/**
 * fw_elf_relocate() - Relocate the image at @code, of @size bytes, to the address @base.
 *
 * Return: false if P-SEAMLDR does not accept it; then it may have been relocated in part.
 */
bool fw_elf_relocate(u8 *code, u32 size, u64 base);

/**
 * fw_rsa_verify() - RSA-3072, e = 65537, PKCS#1 v1.5 with SHA-384.
 * @modulus, @signature: little-endian, as in a sigstruct.
 *
 * Return: whether @signature is that of a message with this @digest.
 */
bool fw_rsa_verify(struct fw_rsa_work *w, const u8 modulus[TDXU_RSA_BYTES],
		   const u8 signature[TDXU_RSA_BYTES], const u8 digest[TDXU_SHA384_BYTES]);

/* tdxmod.c, lifecycle.c, handoff.c, metadata.c: the TDX module. All but the first return RAX. */

enum fw_outcome fw_module_dispatch(struct fw *fw, u32 lp, struct fw_regs *regs);

u64 fw_sys_init(struct fw *fw, u32 lp, struct fw_regs *regs);
u64 fw_sys_lp_init(struct fw *fw, u32 lp, struct fw_regs *regs);
u64 fw_sys_config(struct fw *fw, const struct fw_regs *regs);
u64 fw_sys_key_config(struct fw *fw, u32 lp);
u64 fw_sys_shutdown(struct fw *fw, u32 lp, u64 rcx);
u64 fw_sys_update(struct fw *fw, const struct fw_regs *regs);
u64 fw_sys_rd(struct fw *fw, struct fw_regs *regs);
/* What SYS.RD leaves in the registers where it has nothing to tell. */
void fw_sys_rd_none(struct fw_regs *regs);
u64 fw_sys_info(struct fw *fw, struct fw_regs *regs);
u64 fw_sys_disable(struct fw *fw);
u64 fw_sys_tdmr_init(struct fw *fw, struct fw_regs *regs);
/* tdmr.c: the TDMRs that CONFIG is given, by an array of the addresses of TDMR_INFOs. */
u64 fw_tdmr_config(struct fw *fw, u64 array, u64 count);

enum fw_takes {
	FW_TAKES_OWN,	  /* UPDATE: no less than it writes itself, no more than its area holds */
	FW_TAKES_AREA,	  /* no more than its area holds */
	FW_TAKES_V0_LONG, /* so, but 25 pages of handoff version 0 */
	FW_TAKES_ANY,
};

/* In what modules of different versions differ around a handoff: handoff.c. */
struct fw_rules {
	u16 major, minor, update; /* the first that does it so */
	u8 takes;		  /* enum fw_takes */
	bool versions;		  /* INIT, CONFIG and UPDATE come in two versions */
	bool restates;		  /* non-blocking export is to be asked for again in UPDATE */
	u32 writes;		  /* bytes of payload */
};

const struct fw_rules *fw_rules(const struct fw *fw);
u32 fw_handoff_size(const struct fw *fw);

static inline u32 fw_leaf_version(u64 rax)
{
	return (u8)(rax >> 16);
}

/*
 * R9 and R10 of CONFIG and UPDATE, version 1: which features to enable. 0 or RAX.
 * @nb_export: non-blocking export was configured, and must be among them.
 */
u64 fw_enable(struct fw *fw, const struct fw_regs *regs, bool nb_export);

/* Does the running module count what is update-sensitive? */
static inline bool fw_counts(const struct fw *fw)
{
	return fw->mod.desc.features0 & TDXU_FEATURE_UPDATE_COMPAT;
}

static inline u32 fw_count(const struct fw *fw, enum fw_count what)
{
	return fw->mod.live.kot[what].detail;
}

static inline void fw_set_count(struct fw *fw, enum fw_count what, u32 count)
{
	fw->mod.live.kot[what].detail = count;
}

/* Detail of OPERAND_INVALID: which register. */
enum fw_operand {
	FW_OPERAND_RAX = 0,
	FW_OPERAND_RCX = 1,
	FW_OPERAND_RDX = 2,
	FW_OPERAND_R8 = 8,
	FW_OPERAND_R9 = 9,
	FW_OPERAND_R10 = 10,
};

static inline u64 fw_operand_invalid(enum fw_operand operand)
{
	return TDXU_TDX_OPERAND_INVALID | operand;
}

/* The module's global lock. Held within one call only; a poked value is somebody else's. */
enum {
	FW_LOCK_EXCLUSIVE = 1,
	FW_LOCK_SHARED = 2, /* each */
};

static inline bool fw_lock_exclusive(struct fw_module *mod)
{
	if (mod->global_lock)
		return false;
	mod->global_lock = FW_LOCK_EXCLUSIVE;
	return true;
}

static inline void fw_unlock_exclusive(struct fw_module *mod)
{
	mod->global_lock = 0;
}

static inline bool fw_all_lps_init(const struct fw *fw)
{
	return fw->mod.num_init_lps == fw->platform.num_lps;
}

#endif
