// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firmware model beyond the golden vectors: what newer modules add (fact sheet, section 11),
 * the instruction itself, metadata.
 */

#include "fw_fixture.h"

#define AVOID TDXU_SHUTDOWN_AVOID_COMPAT_SENSITIVE

/* Section 11: the refusal */

static const struct {
	bool compat;
	u32 building, migrating;
	u64 rcx;
	u64 rax;
} shutdowns[] = {
	/* nothing sensitive going on */
	{ true, 0, 0, HV | AVOID, 0 },
	{ true, 0, 0, HV, 0 },
	{ true, 0, 0, 0 | AVOID, 0 },
	/* reason and count */
	{ true, 1, 0, HV | AVOID, 0x8000051200010000 },
	{ true, 3, 0, HV | AVOID, 0x8000051200030000 },
	{ true, 0, 2, HV | AVOID, 0x8000051200020001 },
	{ true, 4, 2, HV | AVOID, 0x8000051200040000 },
	{ true, 0xffff, 0, HV | AVOID, 0x80000512ffff0000 },
	{ true, 0x10000, 0, HV | AVOID, 0x80000512ffff0000 },
	/* not asked, not refused */
	{ true, 3, 2, HV, 0 },
	/* the operand is checked first */
	{ true, 3, 0, (HV + 1) | AVOID, 0xC000010000000001 },
	{ true, 0, 0, HV | AVOID | 1 << 17, 0xC000010000000001 },
	{ true, 0, 0, HV | AVOID | 1ULL << 63, 0xC000010000000001 },
	/* a module that knows nothing of it */
	{ false, 0, 0, HV | AVOID, 0xC000010000000001 },
	{ false, 3, 2, HV | AVOID, 0xC000010000000001 },
	{ false, 3, 2, HV, 0 },
};

START_TEST(shutdown_refusal)
{
	struct fw_handoff_header before;

	boot(shutdowns[_i].compat);
	before = *fw_handoff(fw);
	fw_set_count(fw, FW_COUNT_BUILDS, shutdowns[_i].building);
	fw_set_count(fw, FW_COUNT_MIGRATIONS, shutdowns[_i].migrating);
	tds.events = 0;
	ck_assert_uint_eq(call(1, TDXU_TDH_SYS_SHUTDOWN, shutdowns[_i].rcx), shutdowns[_i].rax);
	if (!shutdowns[_i].rax) {
		ck_assert_int_eq(fw->mod.sys_state, FW_SYS_SHUTDOWN);
		ck_assert(tds.events == 1 && tds.last == FW_TD_SHUTDOWN);
		return;
	}
	/* nothing has happened */
	ck_assert_int_eq(fw->mod.sys_state, FW_SYS_READY);
	ck_assert_uint_eq(fw->mod.global_lock, 0);
	ck_assert_mem_eq(fw_handoff(fw), &before, sizeof(before));
	ck_assert_uint_eq(tds.events, 0);
	fw_set_count(fw, FW_COUNT_BUILDS, 0);
	fw_set_count(fw, FW_COUNT_MIGRATIONS, 0);
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, HV), 0);
}
END_TEST

/* What a register holds that a leaf does not take is seen, and changes nothing. */
START_TEST(leftovers_are_counted)
{
	struct fw_regs clean = { .rax = TDXU_TDH_SYS_RD, .rdx = TDXU_FIELD_MAJOR_VERSION };
	struct fw_regs regs;
	u64 *const others[] = { &regs.rcx, &regs.r8, &regs.r9, &regs.r10, &regs.r11 };

	boot(true);
	regs = clean;
	ck_assert_int_eq(fw_seamcall(fw, 0, &regs), FW_RETURN);
	ck_assert_uint_eq(fw->leftovers, 0);
	for (u32 i = 0; i < ARRAY_SIZE(others); i++) {
		regs = clean;
		*others[i] = 1;
		ck_assert_int_eq(fw_seamcall(fw, 0, &regs), FW_RETURN);
		ck_assert_uint_eq(regs.rax, 0);
		ck_assert_uint_eq(fw->leftovers, i + 1);
	}
	fw_reset(fw);
	ck_assert_uint_eq(fw->leftovers, ARRAY_SIZE(others));
}
END_TEST

/* Section 11: the count on its way through a handoff */

/* The loader's part, then the new module's up to UPDATE. */
static void take_over(bool compat)
{
	struct fw_desc desc;
	u32 lp;

	describe(&desc, compat);
	fw_module_start(fw, &desc);
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_INIT, 0), 0);
	for (lp = 0; lp < LPS; lp++)
		ck_assert_uint_eq(call(lp, TDXU_TDH_SYS_LP_INIT, 0), 0);
	ck_assert_uint_eq(call(LPS - 1, TDXU_TDH_SYS_UPDATE, 0), 0);
}

static const struct {
	bool from, to; /* with update compatibility */
	u16 hv;
	u32 arrives;
} handoffs[] = {
	{ true, true, 0, 0 },
	{ true, true, 1, 2 },
	{ true, true, HV, 2 },
	{ false, true, 1, 0 },
	{ false, true, 0, 0 },
	{ true, false, 1, 0 },
};

START_TEST(count_travels)
{
	boot(handoffs[_i].from);
	fw_set_count(fw, FW_COUNT_BUILDS, 2);
	fw_set_count(fw, FW_COUNT_MIGRATIONS, 2);
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, handoffs[_i].hv), 0);
	take_over(handoffs[_i].to);
	ck_assert_uint_eq(fw_count(fw, FW_COUNT_BUILDS), handoffs[_i].arrives);
	ck_assert_uint_eq(fw_count(fw, FW_COUNT_MIGRATIONS), handoffs[_i].arrives);
	ck_assert(tds.last == FW_TD_UPDATED && tds.detail == handoffs[_i].hv);
}
END_TEST

START_TEST(tables_travel)
{
	fw->mod.live.kot[40].state = FW_KOT_ASSIGNED;
	fw->mod.live.tdmr[FW_MAX_TDMRS - 1].padding[15] = 0x5a;
	fw->mod.live.num_tdmrs = 7;
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, HV), 0);
	take_over(true);
	ck_assert_int_eq(fw->mod.live.kot[40].state, FW_KOT_ASSIGNED);
	ck_assert_int_eq(fw->mod.live.kot[41].state, FW_KOT_FREE);
	ck_assert_uint_eq(fw->mod.live.tdmr[FW_MAX_TDMRS - 1].padding[15], 0x5a);
	ck_assert_uint_eq(fw->mod.live.num_tdmrs, 7);
}
END_TEST

static u64 config(u64 rcx, u64 rdx, u64 r8)
{
	struct fw_regs regs = { .rax = FW_TDH_SYS_CONFIG, .rcx = rcx, .rdx = rdx, .r8 = r8 };

	ck_assert_int_eq(fw_seamcall(fw, 1, &regs), FW_RETURN);
	return regs.rax;
}

/* CONFIG in place of UPDATE leaves nobody with a key. */
START_TEST(config_in_place_of_update)
{
	struct fw_desc desc;
	u32 lp;

	fw->mod.live.kot[50].state = FW_KOT_ASSIGNED;
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, HV), 0);
	describe(&desc, true);
	fw_module_start(fw, &desc);
	call(0, TDXU_TDH_SYS_INIT, 0);
	for (lp = 0; lp < LPS; lp++)
		call(lp, TDXU_TDH_SYS_LP_INIT, 0);
	ck_assert_uint_eq(config(0x1001, 1, 40), 0xC000010000000001);
	ck_assert_uint_eq(config(0x1000, 65, 40), 0xC000010000000002);
	ck_assert_uint_eq(config(0x1000, 64, 31), 0xC000010000000008);
	ck_assert_uint_eq(config(0x1000, 64, 64), 0xC000010000000008);
	ck_assert_uint_eq(config(0x1000, 64, 63), 0);
	ck_assert_uint_eq(fw->mod.live.num_tdmrs, 64);
	ck_assert_uint_eq(fw->mod.live.global_hkid, 63);
	ck_assert_int_eq(fw->mod.sys_state, FW_SYSCONFIG_DONE);
	ck_assert_int_eq(tds.last, FW_TD_RELOADED);
	ck_assert_int_eq(fw->mod.live.kot[50].state, FW_KOT_FREE);
	ck_assert_uint_eq(call(0, FW_TDH_SYS_KEY_CONFIG, 0), 0);
	ck_assert_int_eq(fw->mod.sys_state, FW_SYS_READY);
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_UPDATE, 0), TDXU_TDX_SYS_STATE_INCORRECT);
}
END_TEST

/* What a booted host finds. */
START_TEST(booted)
{
	struct tdxu_seamldr_info info;
	u8 hash[TDXU_SHA384_BYTES];

	ck_assert_uint_eq(call(0, TDXU_SEAMLDR_INFO, 0x400), 0);
	native_load(native, 0x400, &info, sizeof(info));
	vec_sha384(&fw->mod.desc, sizeof(fw->mod.desc), hash);
	ck_assert_uint_eq(info.seamextend.valid, 0x1ff);
	ck_assert_uint_eq(info.seamextend.tcb_svn_major, 1);
	ck_assert_uint_eq(info.seamextend.tcb_svn_minor, 5);
	ck_assert_mem_eq(info.seamextend.mrseam, hash, sizeof(hash));
	ck_assert_uint_eq(info.seamextend.seam_ready, 1);
	ck_assert_uint_eq(info.num_remaining_updates, 15);
	ck_assert_uint_eq(call(1, FW_SEAMLDR_SHUTDOWN, 0), TDXU_SEAMLDR_ECLEANUPREQ);
	ck_assert_uint_eq(call(1, FW_TDH_SYS_KEY_CONFIG, 0),
			  TDXU_TDX_SYS_KEY_CONFIG_NOT_PENDING);
	ck_assert_int_eq(fw->mod.live.kot[32].state, FW_KOT_RESERVED);
	ck_assert_uint_eq(fw->mod.live.pkg_config_bitmap, 1);
	ck_assert_uint_eq(fw->lp[1].current_vmcs, ~0ULL);
}
END_TEST

/* The instruction */

START_TEST(instruction)
{
	fw->platform.vmx_off[1] = true;
	ck_assert_int_eq(outcome(1, TDXU_TDH_SYS_RD), FW_UD);
	ck_assert_int_eq(outcome(1, TDXU_SEAMLDR_INFO), FW_UD);
	ck_assert_int_eq(outcome(0, TDXU_TDH_SYS_RD), FW_RETURN);
	ck_assert_int_eq(outcome(LPS, TDXU_TDH_SYS_RD), FW_VMFAIL);
	fw->platform.seam_present = false;
	ck_assert_int_eq(outcome(0, TDXU_TDH_SYS_RD), FW_GP);
	ck_assert_int_eq(outcome(1, TDXU_TDH_SYS_RD), FW_UD);
}
END_TEST

START_TEST(no_loader)
{
	fw->platform.seamldr_present = false;
	boot(true);
	ck_assert_int_eq(outcome(0, TDXU_SEAMLDR_INFO), FW_VMFAIL);
	ck_assert_int_eq(outcome(0, TDXU_TDH_SYS_RD), FW_RETURN);
}
END_TEST

/* P-SEAMLDR takes one LP at a time; the module is not concerned. */
START_TEST(loader_busy)
{
	fw->seamldr_busy = 1;
	ck_assert_int_eq(outcome(0, TDXU_SEAMLDR_INFO), FW_VMFAIL);
	ck_assert_int_eq(outcome(0, TDXU_TDH_SYS_RD), FW_RETURN);
	fw->seamldr_busy = 0;
	ck_assert_int_eq(outcome(0, TDXU_SEAMLDR_INFO), FW_RETURN);
	ck_assert_uint_eq(fw->seamldr_busy, 0);
}
END_TEST

START_TEST(lp_inside_the_module)
{
	fw->lp[0].inside = 1;
	ck_assert_uint_eq(call(1, TDXU_TDH_SYS_SHUTDOWN, HV), TDXU_TDX_SYS_BUSY);
	ck_assert_int_eq(fw->mod.sys_state, FW_SYS_READY);
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, HV), 0);
	ck_assert_uint_eq(fw->lp[0].inside, 0);
}
END_TEST

START_TEST(erratum)
{
	fw->platform.erratum = true;
	fw->lp[0].current_vmcs = 0x1000;
	fw->lp[1].current_vmcs = 0x2000;
	call(0, TDXU_TDH_SYS_RD, 0);
	ck_assert_uint_eq(fw->lp[0].current_vmcs, 0x1000);
	call(0, TDXU_SEAMLDR_INFO, 0x800);
	ck_assert_uint_eq(fw->lp[0].current_vmcs, ~0ULL);
	ck_assert_uint_eq(fw->lp[1].current_vmcs, 0x2000);
	fw->platform.erratum = false;
	call(1, TDXU_SEAMLDR_INFO, 0x800);
	ck_assert_uint_eq(fw->lp[1].current_vmcs, 0x2000);
}
END_TEST

START_TEST(dead_after_ud2)
{
	struct fw_desc desc;

	call(0, TDXU_TDH_SYS_SHUTDOWN, HV);
	fw_handoff(fw)->size--;
	describe(&desc, true);
	fw_module_start(fw, &desc);
	call(0, TDXU_TDH_SYS_INIT, 0);
	call(0, TDXU_TDH_SYS_LP_INIT, 0);
	call(1, TDXU_TDH_SYS_LP_INIT, 0);
	ck_assert_int_eq(outcome(0, TDXU_TDH_SYS_UPDATE), FW_UD2);
	ck_assert(fw->dead && fw->dead_why && tds.last == FW_TD_FATAL);
	ck_assert_int_eq(outcome(0, TDXU_TDH_SYS_RD), FW_VMFAIL);
	ck_assert_int_eq(outcome(1, TDXU_SEAMLDR_INFO), FW_VMFAIL);
	fw_reset(fw);
	ck_assert_int_eq(outcome(1, TDXU_SEAMLDR_INFO), FW_RETURN);
}
END_TEST

/* Every field that the iteration names can be read, and it ends. */
START_TEST(metadata_iteration)
{
	struct fw_regs regs = { .rax = TDXU_TDH_SYS_RD, .rdx = ~0ULL };
	u32 fields = 0;

	fw_seamcall(fw, 0, &regs);
	ck_assert_uint_eq(regs.rax, 0x00000C0B00000000);
	while (regs.rdx != ~0ULL && fields < 100) {
		regs.rax = TDXU_TDH_SYS_RD;
		fw_seamcall(fw, 0, &regs);
		ck_assert_uint_eq(regs.rax, 0);
		fields++;
	}
	ck_assert_uint_eq(fields, 30);
	ck_assert_uint_eq(field(TDXU_FIELD_MODULE_HV), HV);
	ck_assert_uint_eq(field(TDXU_FIELD_NUM_HANDOFF_PAGES), HANDOFF_PAGES - 1);
	ck_assert_uint_eq(field(TDXU_FIELD_TDX_FEATURES0),
			  TDXU_FEATURE_UPDATE_COMPAT | TDXU_FEATURE_TD_PRESERVING);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("fw");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, shutdown_refusal, 0, ARRAY_SIZE(shutdowns));
	tcase_add_loop_test(tc, count_travels, 0, ARRAY_SIZE(handoffs));
	tcase_add_test(tc, tables_travel);
	tcase_add_test(tc, config_in_place_of_update);
	tcase_add_test(tc, booted);
	tcase_add_test(tc, instruction);
	tcase_add_test(tc, no_loader);
	tcase_add_test(tc, loader_busy);
	tcase_add_test(tc, lp_inside_the_module);
	tcase_add_test(tc, erratum);
	tcase_add_test(tc, dead_after_ud2);
	tcase_add_test(tc, metadata_iteration);
	tcase_add_test(tc, leftovers_are_counted);
	return run_suite("fw", tc);
}
