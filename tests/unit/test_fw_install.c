// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The P-SEAMLDR model beyond the golden vectors: what an image turns out to be, edges, genuine
 * sigstructs.
 */

#include "fw_fixture.h"
#include "genuine.h"

/* Images: what a module is, follows from what was installed */

static void start(void)
{
	u32 lp;

	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_INIT, 0), 0);
	for (lp = 0; lp < LPS; lp++)
		ck_assert_uint_eq(call(lp, TDXU_TDH_SYS_LP_INIT, 0), 0);
}

START_TEST(module_by_descriptor)
{
	struct fw_desc desc;

	accept_key();
	describe(&desc, true);
	desc.module_hv = 2;
	desc.min_update_hv = 1;
	desc.update = 28;
	build_image(&desc);
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1), 0);
	install(TDXU_SCENARIO_UPDATE, 0, 0);
	start();
	ck_assert_uint_eq(field(TDXU_FIELD_UPDATE_VERSION), 28);
	ck_assert_uint_eq(field(FW_FIELD_HANDOFF_HV), 1);
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_UPDATE, 0), 0);
	ck_assert_int_eq(tds.last, FW_TD_UPDATED);
}
END_TEST

START_TEST(module_by_registry)
{
	accept_key();
	build_image(NULL);
	memcpy(fw->registry[0].seamhash, image.sig.seamhash, sizeof(image.sig.seamhash));
	describe(&fw->registry[0].desc, true);
	fw->registry[0].desc.module_hv = 2;
	fw->registry[0].desc.update = 31;
	fw->num_registry = 1;
	install(FW_SCENARIO_LOAD, 0, 0);
	ck_assert_int_eq(tds.last, FW_TD_RELOADED);
	start();
	ck_assert_uint_eq(field(TDXU_FIELD_UPDATE_VERSION), 31);
}
END_TEST

START_TEST(module_by_sigstruct)
{
	accept_key();
	build_image(NULL);
	install(FW_SCENARIO_LOAD, 0, 0);
	start();
	ck_assert_uint_eq(fw->mod.desc.module_hv, 2);
	ck_assert_uint_eq(field(TDXU_FIELD_UPDATE_VERSION), 1);
}
END_TEST

START_TEST(unknown_signer)
{
	accept_key();
	build_image(NULL);
	fw->platform.signer[0][0] ^= 1;
	install(FW_SCENARIO_LOAD, TDXU_SEAMLDR_EBADSIG, FW_INSTALL_RECOVERABLE);
	fw->platform.num_signers = 0;
	install(FW_SCENARIO_LOAD, TDXU_SEAMLDR_EBADSIG, FW_INSTALL_RECOVERABLE);
	ck_assert_uint_eq(tds.events, 0);
}
END_TEST

START_TEST(lost_update_kills)
{
	accept_key();
	build_image(NULL);
	image.page[3][0] ^= 1;
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1), 0);
	install(TDXU_SCENARIO_UPDATE, TDXU_SEAMLDR_EBADHASH, TDXU_INSTALL_UNRECOVERABLE);
	ck_assert_int_eq(tds.last, FW_TD_WIPED);
	ck_assert_int_eq(outcome(0, TDXU_TDH_SYS_RD), FW_VMFAIL);
}
END_TEST

/* For latencies: which call will do the work, and how much. */
static struct fw_call stalled;
static int stalls;

static void note_stall(void *ctx, struct fw_call *call)
{
	(void)ctx;
	stalled = *call;
	stalls += call->last_install;
}

START_TEST(last_call_is_foreseen)
{
	accept_key();
	build_image(NULL);
	stalls = 0;
	fw->hooks.stall = note_stall;
	install(FW_SCENARIO_LOAD, 0, 0);
	ck_assert_int_eq(stalls, 1);
	ck_assert(stalled.last_install && stalled.lp == LPS - 1 && stalled.pages == 4);
	call(0, TDXU_SEAMLDR_INSTALL, 0);
	ck_assert(!stalled.last_install);
	call(0, TDXU_SEAMLDR_INSTALL, 0); /* once more on that LP */
	ck_assert(!stalled.last_install);
	call(1, TDXU_SEAMLDR_INSTALL, 0x800);
	ck_assert(stalled.last_install && stalled.pages == 0);
}
END_TEST

/* INFO and SEAMINFO tell of the platform. */
START_TEST(loader_information)
{
	struct tdxu_seamldr_info info;
	u32 seaminfo[16];

	fw->platform.acm_x2apic_id = 1;
	fw->platform.num_packages = 2;
	fw->platform.cpuid_fms[1] = 0xc06f2;
	native_store(native, 0x2000, (u8[FW_PAGE]){ 0xee, 0xee }, FW_PAGE);
	ck_assert_uint_eq(call(0, TDXU_SEAMLDR_INFO, 0x2000), 0);
	native_load(native, 0x2000, &info, sizeof(info));
	ck_assert_uint_eq(info.acm_x2apicid, 1);
	ck_assert_uint_eq(info.num_remaining_updates, fw->platform.seamdb_size - 1);

	ck_assert_uint_eq(call(0, TDXU_SEAMLDR_SEAMINFO, 0x2000), 0);
	native_load(native, 0x2000, seaminfo, sizeof(seaminfo));
	ck_assert_uint_eq(seaminfo[0], 0);
	ck_assert_uint_eq(seaminfo[2], LPS);
	ck_assert_uint_eq(seaminfo[3], 2);
	ck_assert_uint_eq(seaminfo[4], fw->platform.cpuid_fms[0]);
	ck_assert_uint_eq(seaminfo[5], 0xc06f2);
	ck_assert_uint_eq(seaminfo[6], 0);
	ck_assert_uint_eq(seaminfo[12] | (u64)seaminfo[13] << 32,
			  fw->platform.seamrr_base + fw->platform.seamrr_size - (2 << 20));
	ck_assert_uint_eq(seaminfo[14], 2 << 20);
}
END_TEST

/* 1023 is the last x2APIC ID that has a place in the loader's tables. */
START_TEST(last_x2apic_id)
{
	u64 leaves[] = { TDXU_SEAMLDR_INSTALL, FW_SEAMLDR_CLEANUP, FW_SEAMLDR_SHUTDOWN };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		fw->platform.x2apic_id[1] = 1024;
		ck_assert_uint_eq(call(1, leaves[i], 0), TDXU_SEAMLDR_EUNSPECERR);
		fw->platform.x2apic_id[1] = 1023;
		ck_assert_uint_ne(call(1, leaves[i], 0), TDXU_SEAMLDR_EUNSPECERR);
	}
}
END_TEST

/* Either kind of dirt keeps the loader. Two CLEANUPs in a row are two sessions. */
START_TEST(shutdown_needs_cleanup)
{
	fw->ldr.cache_dirty = 0;
	ck_assert_uint_eq(call(1, FW_SEAMLDR_SHUTDOWN, 0), TDXU_SEAMLDR_ECLEANUPREQ);
	fw->ldr.cache_dirty = 1;
	fw->ldr.key_dirty = 0;
	ck_assert_uint_eq(call(1, FW_SEAMLDR_SHUTDOWN, 0), TDXU_SEAMLDR_ECLEANUPREQ);
	fw->ldr.key_dirty = 1;
	fw->pokes.rdseed_fail = true;
	ck_assert_uint_eq(call(0, FW_SEAMLDR_CLEANUP, 0), 0);
	ck_assert_int_eq(tds.last, FW_TD_CLEANUP);
	ck_assert_uint_eq(call(1, FW_SEAMLDR_CLEANUP, 0), TDXU_SEAMLDR_ENOENTROPY);
	fw->pokes.rdseed_fail = false;
	ck_assert_uint_eq(call(1, FW_SEAMLDR_CLEANUP, 0), 0);
	ck_assert_uint_eq(call(0, FW_SEAMLDR_CLEANUP, 0), 0);
	ck_assert_uint_eq(call(1, FW_SEAMLDR_CLEANUP, 0), 0);
	ck_assert_uint_eq(call(1, FW_SEAMLDR_SHUTDOWN, 0), 0);
	ck_assert_int_eq(outcome(0, TDXU_TDH_SYS_RD), FW_VMFAIL);
	ck_assert_uint_eq(call(0, FW_SEAMLDR_SHUTDOWN, 0), 0);
	ck_assert_int_eq(outcome(0, TDXU_SEAMLDR_INFO), FW_VMFAIL);
}
END_TEST

/* As many pages as the list has room for, and one more. */
START_TEST(page_count)
{
	u32 i;

	accept_key();
	build_image(NULL);
	for (i = 0; i < TDXU_MAX_MODULE_PAGES; i++)
		image.params.module_pa_list[i] = image.pages_base;
	image.params.num_module_pages = TDXU_MAX_MODULE_PAGES + 1;
	install(FW_SCENARIO_LOAD, TDXU_SEAMLDR_EBADPARAM, FW_INSTALL_RECOVERABLE);
	image.params.num_module_pages = TDXU_MAX_MODULE_PAGES;
	install(FW_SCENARIO_LOAD, TDXU_SEAMLDR_EBADHASH, TDXU_INSTALL_UNRECOVERABLE);
}
END_TEST

/* SEAMDB takes five tries. */
START_TEST(seamdb_tries)
{
	accept_key();
	build_image(NULL);
	fw->pokes.seamdb_insert_failures = 4;
	install(FW_SCENARIO_LOAD, 0, 0);
	fw->pokes.seamdb_insert_failures = 5;
	install(FW_SCENARIO_LOAD, TDXU_SEAMLDR_ENOENTROPY, TDXU_INSTALL_UNRECOVERABLE);
	ck_assert_uint_eq(fw->pokes.seamdb_insert_failures, 0);
	install(FW_SCENARIO_LOAD, 0, 0);
}
END_TEST

/*
 * Everything that the loader checks of a genuine sigstruct before the point of no return. The
 * pages are not the module's: a LOAD that got so far fails on the hash.
 */
static void load_genuine(const char *version, u32 fms, u16 loader, u64 rax, u64 rdx)
{
	u32 i;

	if (!read_genuine(version, &image.sig))
		return;
	vec_unhex(PRODUCTION_SIGNER, fw->platform.signer[0], TDXU_SHA384_BYTES);
	fw->platform.num_signers = 1;
	fw->platform.cpuid_fms[0] = fms;
	fw->platform.seamldr_major = loader;
	fw_reset(fw);
	image.params_pa = 0x100000;
	image.pages_base = 0x200000;
	image.num_pages = 1;
	image.params.sigstruct_pa = image.params_pa + FW_PAGE;
	image.params.num_module_pages = 146;
	for (i = 0; i < 146; i++)
		image.params.module_pa_list[i] = image.pages_base;
	install(FW_SCENARIO_LOAD, rax, rdx);
}

START_TEST(genuine_fields)
{
	load_genuine("1.5.16", 0x806f8, 1, TDXU_SEAMLDR_EBADHASH, 1);
	load_genuine("1.5.16", 0xa06d1, 1, TDXU_SEAMLDR_EUNSUPCPU, 0);
	/* P-SEAMLDR 1.5 does not take 2.0 modules */
	load_genuine("2.0.08", 0xa06d1, 1, TDXU_SEAMLDR_EBADSIG, 0);
	load_genuine("2.0.08", 0xa06d1, 2, TDXU_SEAMLDR_EBADHASH, 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("fw_install");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, module_by_descriptor);
	tcase_add_test(tc, module_by_registry);
	tcase_add_test(tc, module_by_sigstruct);
	tcase_add_test(tc, unknown_signer);
	tcase_add_test(tc, lost_update_kills);
	tcase_add_test(tc, genuine_fields);
	tcase_add_test(tc, last_call_is_foreseen);
	tcase_add_test(tc, loader_information);
	tcase_add_test(tc, last_x2apic_id);
	tcase_add_test(tc, shutdown_needs_cleanup);
	tcase_add_test(tc, page_count);
	tcase_add_test(tc, seamdb_tries);
	return run_suite("fw_install", tc);
}
