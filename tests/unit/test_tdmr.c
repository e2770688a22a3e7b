// SPDX-License-Identifier: GPL-2.0-or-later
/* The firmware model: what CONFIG demands of TDMRs, and what TDMR.INIT makes of them. */

#include "fw_fixture.h"

enum {
	WORDS = 8 + 2 * FW_MAX_RESERVED, /* of a TDMR_INFO */
	ARRAY = 0x10000,
	INFOS = 0x11000,
	INFO_BYTES = 512,
	TDMRS = 2,
};

#define GIB 0x40000000ULL

/*
 * Two of 1 GiB. In the middle of each is a reserved area of 8 MiB for its PAMTs: 4 MiB for pages
 * of 4 KiB, then 8 KiB for those of 2 MiB, then a page. The first MiB is not convertible.
 */
static const u64 sound[TDMRS][WORDS] = {
	{ 0, GIB, 0x20402000, 0x1000, 0x20400000, 0x2000, 0x20000000, 0x400000,
	  0, 0x100000, 0x20000000, 0x800000 },
	{ GIB, GIB, 0x60402000, 0x1000, 0x60400000, 0x2000, 0x60000000, 0x400000,
	  0x20000000, 0x800000 },
};

static u64 infos[TDMRS][WORDS];

static u64 configure(void)
{
	struct fw_regs regs = { .rax = FW_TDH_SYS_CONFIG, .rcx = ARRAY, .rdx = TDMRS, .r8 = 33 };
	u64 i;

	for (i = 0; i < TDMRS; i++) {
		u64 pa = INFOS + i * INFO_BYTES;

		native_store(native, ARRAY + i * sizeof(pa), &pa, sizeof(pa));
		native_store(native, pa, infos[i], sizeof(infos[i]));
	}
	ck_assert_int_eq(fw_seamcall(fw, 0, &regs), FW_RETURN);
	return regs.rax;
}

/* A module that waits for CONFIG, on a machine that says what memory is convertible. */
static void unconfigured(void)
{
	struct fw_desc desc;
	u32 lp;

	setup();
	memcpy(infos, sound, sizeof(infos));
	fw->platform.num_cmrs = 2;
	fw->platform.cmr[0] = (struct fw_range){ 0x100000, 0x3ff00000 };
	fw->platform.cmr[1] = (struct fw_range){ GIB, GIB };
	describe(&desc, true);
	fw_module_start(fw, &desc);
	call(0, TDXU_TDH_SYS_INIT, 0);
	for (lp = 0; lp < LPS; lp++)
		call(lp, TDXU_TDH_SYS_LP_INIT, 0);
}

static const struct {
	u32 tdmr, word;
	u64 value;
	u64 rax;
} refusals[] = {
	/* the TDMR */
	{ 0, 0, 0x1000, 0xC0000A0000000000 },
	{ 0, 1, 0, 0xC0000A0000000000 },
	{ 0, 1, GIB + 0x1000, 0xC0000A0000000000 },
	{ 1, 0, 0, 0xC0000A0100000001 },
	{ 1, 0, 0xffffffffc0000000, 0xC0000A0000000001 },
	{ 1, 0, 1ULL << 40, 0xC0000A0000000001 },
	/* its reserved areas */
	{ 0, 8, 0x30000000, 0xC0000A2100000100 },
	{ 0, 9, 0x100800, 0xC0000A2000000000 },
	{ 0, 9, 0, 0xC0000A2100000000 },
	{ 0, 10, 0x3ff00000, 0xC0000A2000000100 },
	{ 0, 11, ~0xfffULL, 0xC0000A2000000100 },
	/* its PAMTs */
	{ 0, 7, 0x3ff000, 0xC0000A1000000000 },
	{ 0, 4, 0x20400800, 0xC0000A1000000100 },
	{ 0, 2, 1ULL << 40, 0xC0000A1000000200 },
	{ 0, 4, 0x20000000, 0xC0000A1200000100 },
	{ 0, 2, 0x10000000, 0xC0000A1200000200 },
	{ 1, 2, 0x20402000, 0xC0000A1200000201 },
	{ 1, 6, 0x10000000, 0xC0000A1200000001 },
	/* convertible memory */
	{ 0, 2, 0x1000, 0xC0000A1100000200 },
	{ 0, 9, 0x80000, 0xC0000A0200000000 },
};

START_TEST(refusal)
{
	infos[refusals[_i].tdmr][refusals[_i].word] = refusals[_i].value;
	ck_assert_msg(configure() == refusals[_i].rax, "row %d: got %llx", _i,
		      (unsigned long long)configure());
	ck_assert_int_eq(fw->mod.sys_state, FW_SYSINIT_DONE);
	memcpy(infos, sound, sizeof(infos));
	ck_assert_uint_eq(configure(), 0);
}
END_TEST

START_TEST(misplaced_info)
{
	struct fw_regs regs = { .rax = FW_TDH_SYS_CONFIG, .rcx = ARRAY, .rdx = 1, .r8 = 33 };
	u64 pa = INFOS + 8;

	native_store(native, ARRAY, &pa, sizeof(pa));
	ck_assert_int_eq(fw_seamcall(fw, 0, &regs), FW_RETURN);
	ck_assert_uint_eq(regs.rax, 0xC000010000000001);
}
END_TEST

/* Returns RAX, and RDX by @next. */
static u64 tdmr_init(u64 base, u64 *next)
{
	struct fw_regs regs = { .rax = FW_TDH_SYS_TDMR_INIT, .rcx = base, .rdx = 0xdead };

	ck_assert_int_eq(fw_seamcall(fw, 1, &regs), FW_RETURN);
	*next = regs.rdx;
	return regs.rax;
}

START_TEST(initialisation)
{
	u64 next = 0;
	u32 calls;

	ck_assert_uint_eq(configure(), 0);
	ck_assert_uint_eq(tdmr_init(GIB, &next), TDXU_TDX_SYS_NOT_READY);
	ck_assert_uint_eq(call(0, FW_TDH_SYS_KEY_CONFIG, 0), 0);
	ck_assert_uint_eq(tdmr_init(0x1000, &next), 0xC000010000000001);
	ck_assert_int_eq(fw_tdmr_memory(fw, GIB), FW_MEMORY_OUTSIDE);
	for (calls = 0; next < 2 * GIB; calls++) {
		ck_assert_uint_eq(tdmr_init(GIB, &next), 0);
		ck_assert(next == GIB || next == 2 * GIB);
	}
	ck_assert_uint_eq(calls, 256);
	ck_assert_uint_eq(tdmr_init(GIB, &next), 0x00000A0300000000);
	ck_assert_int_eq(fw_tdmr_memory(fw, GIB), FW_MEMORY_USABLE);
	ck_assert_int_eq(fw_tdmr_memory(fw, 0x60000000), FW_MEMORY_RESERVED);
	ck_assert_int_eq(fw_tdmr_memory(fw, 0x60800000), FW_MEMORY_USABLE);
	ck_assert_int_eq(fw_tdmr_memory(fw, 0x200000), FW_MEMORY_OUTSIDE);
	ck_assert_int_eq(fw_tdmr_memory(fw, 2 * GIB), FW_MEMORY_OUTSIDE);
}
END_TEST

/* Without CMRs, as in tdx_sim, what the host says of its memory is not looked at. */
START_TEST(unknown_memory)
{
	fw->platform.num_cmrs = 0;
	infos[0][0] = 0x1000;
	ck_assert_uint_eq(configure(), 0);
	ck_assert_int_eq(fw_tdmr_memory(fw, 0x200000), FW_MEMORY_OUTSIDE);
}
END_TEST

/* TDH.SYS.INFO, of which the CMRs are a part. */
static u64 info(u64 rcx, u64 rdx, u64 r8, u64 r9)
{
	struct fw_regs regs = { .rax = FW_TDH_SYS_INFO, .rcx = rcx, .rdx = rdx, .r8 = r8,
				.r9 = r9 };

	ck_assert_int_eq(fw_seamcall(fw, 0, &regs), FW_RETURN);
	ck_assert(regs.rax ? !regs.rdx && !regs.r9 : regs.rdx == 1024 && regs.r9 == 32);
	return regs.rax;
}

START_TEST(told)
{
	struct fw_range cmrs[FW_MAX_CMRS];
	u8 page[FW_PAGE] = { 0 };
	u16 max_tdmrs;
	u32 date;

	native_store(native, 0x20000, page, sizeof(page));
	native_store(native, 0x21000, page, sizeof(page));
	ck_assert_uint_eq(info(0x20200, 1024, 0x21000, 32), 0xC000010000000001);
	ck_assert_uint_eq(info(0x20000, 1023, 0x21000, 32), 0xC000010000000002);
	ck_assert_uint_eq(info(0x20000, 1024, 0x21100, 32), 0xC000010000000008);
	ck_assert_uint_eq(info(0x20000, 1024, 0x21000, 31), 0xC000010000000009);
	ck_assert_uint_eq(info(0x20000, 1024, 0x21000, 32), 0);
	native_load(native, 0x21000, cmrs, sizeof(cmrs));
	ck_assert_uint_eq(cmrs[0].base, 0x100000);
	ck_assert_uint_eq(cmrs[1].size, GIB);
	ck_assert_uint_eq(cmrs[2].size, 0);
	native_load(native, 0x20008, &date, sizeof(date));
	ck_assert_uint_eq(date, fw->mod.desc.build_date);
	native_load(native, 0x20020, &max_tdmrs, sizeof(max_tdmrs));
	ck_assert_uint_eq(max_tdmrs, 64);
}
END_TEST

/* A kernel that ends, and the one that follows it. */
START_TEST(disabled)
{
	u32 lp;

	ck_assert_uint_eq(configure(), 0);
	ck_assert_uint_eq(call(0, FW_TDH_SYS_KEY_CONFIG, 0), 0);
	fw->mod.desc.sys_disable = 1;
	ck_assert_uint_eq(call(1, FW_TDH_SYS_DISABLE, 0), 0);
	ck_assert_int_eq(tds.last, FW_TD_DISABLED);
	ck_assert_int_eq(fw->mod.sys_state, FW_SYSINIT_PENDING);
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_INIT, 0), 0);
	for (lp = 0; lp < LPS; lp++)
		ck_assert_uint_eq(call(lp, TDXU_TDH_SYS_LP_INIT, 0), 0);
	ck_assert_uint_eq(configure(), 0);
}
END_TEST

START_TEST(not_disabled)
{
	/* Features bit 47 does not say that a module has it. */
	boot(true);
	ck_assert_uint_eq(call(0, FW_TDH_SYS_DISABLE, 0), TDXU_TDX_OPERAND_INVALID);
	fw->mod.sys_state = FW_SYSINIT_DONE;
	ck_assert_uint_eq(call(0, FW_TDH_SYS_DISABLE, 0), TDXU_TDX_SYS_NOT_READY);
	fw->mod.desc.sys_disable = 1;
	fw->mod.global_lock = 1;
	ck_assert_uint_eq(call(0, FW_TDH_SYS_DISABLE, 0), TDXU_TDX_SYS_BUSY);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("tdmr");

	tcase_add_checked_fixture(tc, unconfigured, teardown);
	tcase_add_loop_test(tc, refusal, 0, ARRAY_SIZE(refusals));
	tcase_add_test(tc, misplaced_info);
	tcase_add_test(tc, initialisation);
	tcase_add_test(tc, unknown_memory);
	tcase_add_test(tc, told);
	tcase_add_test(tc, disabled);
	tcase_add_test(tc, not_disabled);
	return run_suite("tdmr", tc);
}
