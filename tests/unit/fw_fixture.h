/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_FW_FIXTURE_H
#define TESTS_UNIT_FW_FIXTURE_H

/* A booted machine with TDs that are only numbers, for the suites of the firmware model. */

#include "../sim/fw/model.h"
#include "../vectors/native.h"
#include "../vectors/vectors.h"
#include "module_image.h"
#include "runner.h"

enum { LPS = 2, HV = 3, HANDOFF_PAGES = 14 };

/* What the module told TDs of its life. */
static struct {
	u32 events;
	enum fw_td_event last;
	u64 detail;
} tds;

static inline void note_event(struct fw *fw, enum fw_td_event event, u64 detail)
{
	(void)fw;
	tds.events++;
	tds.last = event;
	tds.detail = detail;
}

static const struct fw_td_ops ops = {
	.event = note_event,
};

static struct native *native;
static struct fw *fw;

static inline void describe(struct fw_desc *desc, bool compat)
{
	fw_desc_default(desc);
	desc->module_hv = HV;
	desc->min_update_hv = 0;
	if (compat)
		desc->features0 |= TDXU_FEATURE_UPDATE_COMPAT;
}

static inline void boot(bool compat)
{
	struct fw_boot_module module = { .svn_major = 1, .svn_minor = 5,
					 .num_handoff_pages = HANDOFF_PAGES - 1 };

	fw_reset(fw);
	describe(&module.desc, compat);
	fw_boot_module(fw, &module);
}

static inline void setup(void)
{
	memset(&tds, 0, sizeof(tds));
	native = native_new();
	fw = native->fw;
	fw_platform_defaults(&fw->platform, LPS);
	fw->td_ops = &ops;
	boot(true);
}

static inline void teardown(void)
{
	native_free(native);
}

static inline u64 call(u32 lp, u64 rax, u64 rcx)
{
	struct fw_regs regs = { .rax = rax, .rcx = rcx };

	ck_assert_int_eq(fw_seamcall(fw, lp, &regs), FW_RETURN);
	return regs.rax;
}

static inline enum fw_outcome outcome(u32 lp, u64 rax)
{
	struct fw_regs regs = { .rax = rax, .rcx = 0x800 };

	return fw_seamcall(fw, lp, &regs);
}

static inline u64 field(u64 id)
{
	struct fw_regs regs = { .rax = TDXU_TDH_SYS_RD, .rdx = id };

	ck_assert_int_eq(fw_seamcall(fw, 0, &regs), FW_RETURN);
	ck_assert_uint_eq(regs.rax, FW_SUCCESS);
	return regs.r8;
}

/* An image to install. */

static __attribute__((unused)) struct vec_key key;
static __attribute__((unused)) struct vec_image image;

static inline void build_image(const struct fw_desc *desc)
{
	static const struct module_image unit = {
		.seed = "unit", .svn_minor = 5, .hv = 2, .min_hv = 1, .handoff_pages = HANDOFF_PAGES,
	};

	module_image(&image, &key, &unit, desc);
}

static inline void install(u64 scenario, u64 rax, u64 rdx)
{
	struct fw_regs regs;
	u32 lp;

	image.params.scenario = scenario;
	vec_image_store(&image, native_store, native);
	for (lp = 0; lp < LPS; lp++) {
		regs = (struct fw_regs){ .rax = TDXU_SEAMLDR_INSTALL, .rcx = image.params_pa };
		fw_seamcall(fw, lp, &regs);
	}
	ck_assert_uint_eq(regs.rax, rax);
	ck_assert_uint_eq(regs.rdx, rdx);
}

static inline void accept_key(void)
{
	vec_key_generate(&key);
	vec_sha384(key.modulus, sizeof(key.modulus), fw->platform.signer[0]);
	fw->platform.num_signers = 1;
}

#endif
