// SPDX-License-Identifier: GPL-2.0-or-later
/* The firmware model: TDs that a VMM makes of its pages, their rules, their end, and updates. */

#include "sim_bench.h"

enum {
	TDR = 0x200000,
	TDCS = 0x300000, /* and the pages that follow */
	RESERVED = 0x800000,
	HKID = 40,
	TDCS_PAGES = 4,
	PARAMS = BENCH_MEMORY_BASE + BENCH_MEMORY - FW_PAGE, /* where no image is put */
};

#define OPERAND_RCX 0xC000010000000001ULL
#define KEY_IN_ADDRESS ((u64)HKID << 40)

static struct {
	u64 attributes, xfam;
	u16 max_vcpus;
} __packed params;

/* A machine whose kernel has given the module its memory. */
static void configured(void)
{
	struct fw_handoff_payload *live;

	bench_setup();
	live = &sim->fw.mod.live;
	live->num_tdmrs = 1;
	live->tdmr[0] = (struct fw_tdmr){ .size = 1 << 30, .next = 1 << 30,
					  .reserved = { { RESERVED, FW_PAGE } } };
	params.attributes = 0;
	params.xfam = 3;
	params.max_vcpus = 4;
	bench_store(NULL, PARAMS, &params, sizeof(params));
}

static u64 two(u64 rax, u64 rcx, u64 rdx)
{
	struct fw_regs regs = { .rax = rax, .rcx = rcx, .rdx = rdx };

	ck_assert_int_eq(fw_seamcall(&sim->fw, 0, &regs), FW_RETURN);
	return regs.rax;
}

static u64 create(void)
{
	return two(FW_TDH_MNG_CREATE, TDR, HKID);
}

static void add_pages(u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		ck_assert_uint_eq(two(FW_TDH_MNG_ADDCX, TDCS + i * FW_PAGE, TDR), 0);
}

static void build(void)
{
	ck_assert_uint_eq(create(), 0);
	ck_assert_uint_eq(call(0, FW_TDH_MNG_KEY_CONFIG, TDR), 0);
	add_pages(TDCS_PAGES);
	ck_assert_uint_eq(two(FW_TDH_MNG_INIT, TDR, PARAMS), 0);
}

static void destroy(void)
{
	u32 i;

	ck_assert_uint_eq(call(0, FW_TDH_MNG_VPFLUSHDONE, TDR), 0);
	ck_assert_uint_eq(call(0, FW_TDH_PHYMEM_CACHE_WB, 0), 0);
	ck_assert_uint_eq(call(0, FW_TDH_MNG_KEY_FREEID, TDR), 0);
	for (i = 0; i < TDCS_PAGES; i++)
		ck_assert_uint_eq(call(0, FW_TDH_PHYMEM_PAGE_RECLAIM, TDCS + i * FW_PAGE), 0);
	ck_assert_uint_eq(call(0, FW_TDH_PHYMEM_PAGE_RECLAIM, TDR), 0);
	ck_assert_uint_eq(call(0, FW_TDH_PHYMEM_PAGE_WBINVD, TDR | KEY_IN_ADDRESS), 0);
}

START_TEST(life)
{
	struct fw_regs field = { .rax = FW_TDH_MNG_RD, .rcx = TDR, .rdx = 0x110000000000000b };

	build();
	ck_assert_int_eq(fw_seamcall(&sim->fw, 0, &field), FW_RETURN);
	ck_assert_uint_eq(field.rax, 0);
	ck_assert_uint_eq(field.r8, 1ULL << 48);
	ck_assert(shows(fw_show_tds, "building=1"));
	ck_assert_uint_eq(call(0, FW_TDH_MR_FINALIZE, TDR), 0);
	ck_assert(shows(fw_show_tds, "running=1"));
	ck_assert_int_eq(health(1), FW_TD_ALIVE);
	destroy();
	ck_assert(shows(fw_show_tds, "total=0"));
	build();
}
END_TEST

START_TEST(rules_of_creation)
{
	ck_assert_uint_eq(two(FW_TDH_MNG_CREATE, TDR + 8, HKID), OPERAND_RCX);
	ck_assert_uint_eq(two(FW_TDH_MNG_CREATE, RESERVED, HKID), OPERAND_RCX);
	ck_assert_uint_eq(two(FW_TDH_MNG_CREATE, 1ULL << 31, HKID), OPERAND_RCX);
	ck_assert_uint_eq(two(FW_TDH_MNG_CREATE, TDR, 31), 0xC000010000000002);
	ck_assert_uint_eq(create(), 0);
	ck_assert_uint_eq(two(FW_TDH_MNG_CREATE, TDR, HKID + 1), OPERAND_RCX);
	ck_assert_uint_eq(two(FW_TDH_MNG_CREATE, TDCS, HKID), 0xC000082000000000);
}
END_TEST

START_TEST(rules_of_pages)
{
	ck_assert_uint_eq(two(FW_TDH_MNG_ADDCX, TDCS, TDR), 0xC000010000000002);
	create();
	ck_assert_uint_eq(two(FW_TDH_MNG_ADDCX, TDCS, TDR), 0x8000081000000000);
	ck_assert_uint_eq(two(FW_TDH_MNG_INIT, TDR, PARAMS), 0x8000081000000000);
	ck_assert_uint_eq(call(0, FW_TDH_MNG_KEY_CONFIG, TDR), 0);
	ck_assert_uint_eq(call(0, FW_TDH_MNG_KEY_CONFIG, TDR), 0x0000081500000000);
	ck_assert_uint_eq(two(FW_TDH_MNG_ADDCX, TDR, TDR), 0xC000030000000001);
	ck_assert_uint_eq(two(FW_TDH_MNG_ADDCX, RESERVED, TDR), 0xC000010100000001);
	add_pages(TDCS_PAGES - 1);
	ck_assert_uint_eq(two(FW_TDH_MNG_INIT, TDR, PARAMS), 0xC000061000000000);
	ck_assert_uint_eq(two(FW_TDH_MNG_ADDCX, TDCS, TDR), 0xC000030000000001);
	ck_assert_uint_eq(two(FW_TDH_MNG_ADDCX, TDCS + 0x10000, TDR), 0);
	ck_assert_uint_eq(two(FW_TDH_MNG_ADDCX, TDCS + 0x20000, TDR), 0xC000061000000000);
	ck_assert_uint_eq(two(FW_TDH_MNG_INIT, TDR, PARAMS + 512), 0xC000010000000002);
	ck_assert_uint_eq(two(FW_TDH_MNG_INIT, TDR, PARAMS), 0);
	ck_assert_uint_eq(two(FW_TDH_MNG_INIT, TDR, PARAMS), 0xC000060800000000);
}
END_TEST

static const struct {
	u64 attributes, xfam;
	u16 max_vcpus;
	u64 rax;
} bad_params[] = {
	{ 1, 3, 4, 0xC000010000000040 },
	{ 0, 1, 4, 0xC000010000000041 },
	{ 0, 0x80003, 4, 0xC000010000000041 },
	{ 0, 3, 0, 0xC000010000000044 },
	{ 0, 3, 577, 0xC000010000000044 },
};

START_TEST(rules_of_params)
{
	sim->fw.mod.desc.attributes_fixed0 = ~1ULL;
	params.attributes = bad_params[_i].attributes;
	params.xfam = bad_params[_i].xfam;
	params.max_vcpus = bad_params[_i].max_vcpus;
	bench_store(NULL, PARAMS, &params, sizeof(params));
	create();
	call(0, FW_TDH_MNG_KEY_CONFIG, TDR);
	add_pages(TDCS_PAGES);
	ck_assert_uint_eq(two(FW_TDH_MNG_INIT, TDR, PARAMS), bad_params[_i].rax);
	ck_assert(shows(fw_show_tds, "building=0"));
}
END_TEST

START_TEST(rules_of_the_end)
{
	build();
	ck_assert_uint_eq(call(0, FW_TDH_PHYMEM_PAGE_RECLAIM, TDCS), 0xC000060700000000);
	ck_assert_uint_eq(call(0, FW_TDH_MNG_KEY_FREEID, TDR), 0xC000060700000000);
	ck_assert_uint_eq(call(0, FW_TDH_PHYMEM_CACHE_WB, 0), 0x0000082100000000);
	ck_assert_uint_eq(call(0, FW_TDH_MNG_VPFLUSHDONE, TDR), 0);
	ck_assert_uint_eq(call(0, FW_TDH_MR_FINALIZE, TDR), 0x8000081000000000);
	ck_assert_uint_eq(call(0, FW_TDH_MNG_KEY_FREEID, TDR), 0x8000081700000000);
	ck_assert_uint_eq(call(0, FW_TDH_PHYMEM_CACHE_WB, 0), 0);
	ck_assert_uint_eq(call(0, FW_TDH_MNG_KEY_FREEID, TDR), 0);
	ck_assert_uint_eq(call(0, FW_TDH_PHYMEM_PAGE_RECLAIM, TDR), 0xC000040000000000);
	ck_assert_uint_eq(call(0, FW_TDH_PHYMEM_PAGE_WBINVD, TDR), 0xC000030000000001);
	ck_assert_uint_eq(call(0, FW_TDH_PHYMEM_PAGE_RECLAIM, 0x900000), 0xC000030000000001);
	ck_assert_uint_eq(call(0, FW_TDH_PHYMEM_PAGE_RECLAIM, 1ULL << 31), 0xC000010100000001);
}
END_TEST

START_TEST(page_metadata)
{
	static const struct { u64 pa, type; } pages[] = {
		{ TDR, FW_PT_TDR }, { TDCS, FW_PT_TDCX }, { RESERVED, FW_PT_RSVD }, { 0x900000, 0 },
	};
	u32 i;

	build();
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		ck_assert_uint_eq(seamcall(0, FW_TDH_PHYMEM_PAGE_RDMD, pages[i].pa, FW_RETURN).rcx,
				  pages[i].type);
}
END_TEST

/* What the two updaters do, to a TD in the middle of its build. */
START_TEST(update_while_building)
{
	build();
	bench_image("a");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1 | BENCH_AVOID),
			  TDXU_TDX_UPDATE_COMPAT_SENSITIVE | 1 << 16);
	ck_assert(bench_update(1));
	ck_assert_uint_eq(call(0, FW_TDH_MR_FINALIZE, TDR), 0);
	ck_assert_int_eq(health(1), FW_TD_CORRUPTED);
	destroy();
}
END_TEST

/* Pages, keys and TDMRs are known to the module that follows. */
START_TEST(update_between_builds)
{
	build();
	ck_assert_uint_eq(call(0, FW_TDH_MR_FINALIZE, TDR), 0);
	bench_image("a");
	ck_assert(bench_update(1 | BENCH_AVOID));
	ck_assert_int_eq(health(1), FW_TD_ALIVE);
	destroy();
	build();
}
END_TEST

START_TEST(disabled)
{
	build();
	command("platform sys_disable=1");
	ck_assert_uint_eq(call(0, FW_TDH_SYS_DISABLE, 0), 0);
	ck_assert(shows(fw_show_tds, "total=0"));
	ck_assert(!fw_td_page_find(sim, TDR));
}
END_TEST

/* The simulated VMM leaves them alone. */
START_TEST(not_ours)
{
	build();
	ck_assert_str_eq(control("td destroy 1"), "TD 1 is not ours: the kernel has made it");
	command("td destroy all");
	fw_vmm_activity(sim, 0);
	ck_assert(shows(fw_show_tds, "building=1"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("td_pages");

	tcase_add_checked_fixture(tc, configured, bench_teardown);
	tcase_add_test(tc, life);
	tcase_add_test(tc, rules_of_creation);
	tcase_add_test(tc, rules_of_pages);
	tcase_add_loop_test(tc, rules_of_params, 0, ARRAY_SIZE(bad_params));
	tcase_add_test(tc, rules_of_the_end);
	tcase_add_test(tc, page_metadata);
	tcase_add_test(tc, update_while_building);
	tcase_add_test(tc, update_between_builds);
	tcase_add_test(tc, disabled);
	tcase_add_test(tc, not_ours);
	return run_suite("td_pages", tc);
}
