// SPDX-License-Identifier: GPL-2.0-or-later
/* Good images on hosts that are not: CPUs, counters, MSRs, room, entropy, sessions left open. */

#include "parity.h"

static void set_up(void)
{
	parity_good_host();
	parity_good_image();
	parity_boot();
}

static u64 seamldr(u32 lp, u64 leaf)
{
	struct fw_regs regs = { .rax = leaf };

	fw_seamcall(bench.fw, lp, &regs);
	return regs.rax;
}

static void no_updates_left(void) { bench.updates_left = 0; }
static void one_update_left(void) { bench.updates_left = 1; }
static void lp_unknown_to_the_kernel(void) { bench.unknown_lps = 1; }
static void highest_x2apic_id(void) { bench.fw->platform.x2apic_id[3] = 1023; }
static void x2apic_id_too_high(void) { bench.fw->platform.x2apic_id[3] = 1024; }
static void first_x2apic_id_too_high(void) { bench.fw->platform.x2apic_id[0] = 1024; }
static void vmx_off(void) { bench.fw->platform.vmx_off[2] = true; }
static void no_seam(void) { bench.fw->platform.seam_present = false; }
static void no_seamldr(void) { bench.fw->platform.seamldr_present = false; }
static void erratum(void) { bench.fw->platform.erratum = true; }
static void old_module(void)
{
	bench.running.desc.update = 23;
	bench.running.desc.features0 = TDXU_FEATURE_TD_PRESERVING;
}
static void debug_locked(void) { bench.image.sig.module_type = TDXU_SIGSTRUCT_TYPE_DEBUG; }
static void debug_unlocked(void)
{
	debug_locked();
	bench.fw->platform.debug_unlocked = true;
}
static void reserved3(void) { bench.image.sig.reserved3[23] = 1; }
static void reserved3_of_2_0(void)
{
	reserved3();
	bench.fw->platform.seamldr_major = 2;
}

static const struct {
	const char *name;
	void (*change)(void);
} hosts[] = {
	{ "no updates left", no_updates_left },
	{ "one update left", one_update_left },
	{ "an LP unknown to the kernel", lp_unknown_to_the_kernel },
	{ "highest x2APIC ID", highest_x2apic_id },
	{ "x2APIC ID too high", x2apic_id_too_high },
	{ "first x2APIC ID too high", first_x2apic_id_too_high },
	{ "VMX off on one LP", vmx_off },
	{ "no SEAM", no_seam },
	{ "no P-SEAMLDR", no_seamldr },
	{ "SEAMRET erratum", erratum },
	{ "a module before the gate", old_module },
	{ "debug-signed, locked", debug_locked },
	{ "debug-signed, unlocked", debug_unlocked },
	{ "reserved3, P-SEAMLDR 1.5", reserved3 },
	{ "reserved3, P-SEAMLDR 2.0", reserved3_of_2_0 },
};

START_TEST(other_hosts)
{
	parity_group("hosts");
	parity_good_host();
	parity_good_image();
	hosts[_i].change();
	parity_sign();
	parity_boot();
	parity_try("%s", hosts[_i].name);
}
END_TEST

/* One LP has called already, or CLEANUP has begun: nobody answers then. */
START_TEST(sessions_left_open)
{
	parity_group("hosts");
	set_up();
	ck_assert_uint_eq(seamldr(0, TDXU_SEAMLDR_INSTALL), 0);
	parity_try("INSTALL session open");
	set_up();
	ck_assert_uint_eq(seamldr(1, FW_SEAMLDR_CLEANUP), 0);
	parity_try("CLEANUP session open");
	set_up();
	bench.fw->mod.sys_state = FW_SYS_SHUTDOWN;
	parity_try("module shut down");
}
END_TEST

/* Every MSR that the driver compares, different on each LP in turn. */
static const u32 msrs[] = {
	0x3b,  0xbc,  0xbd,  0xcf,  0x10a, 0x345, 0x480, 0x481, 0x482, 0x483, 0x484, 0x485,
	0x486, 0x487, 0x488, 0x489, 0x48a, 0x48b, 0x48c, 0x48d, 0x48e, 0x48f, 0x490, 0x491,
	0xfe,  0x87,  0x981, 0x982, 0x98,  0x99,  0x1a0,
};

START_TEST(unlike_cpus)
{
	u32 lp;

	parity_group("MSRs");
	for (lp = 1; lp < bench.fw->platform.num_lps; lp++) {
		set_up();
		bench.fw->pokes.msr_bad_addr = msrs[_i];
		bench.fw->pokes.msr_bad_lp_only = true;
		bench.fw->pokes.msr_bad_lp = lp;
		parity_try("MSR 0x%x on LP %u", msrs[_i], lp);
	}
}
END_TEST

/* Room: from enough to too little, page by page. */

static const struct {
	u32 addressable_lps, packages;
	u16 keyholes, data;
} geometries[] = {
	{ 4, 1, 127, 21 },  { 8, 1, 127, 7023 }, { 8, 1, 0, 7023 },  { 64, 1, 127, 21 },
	{ 64, 2, 127, 33 }, { 5, 3, 9, 600 },	 { 1, 1, 65535, 0 }, { 128, 8, 127, 33 },
};

enum { BEFORE_AND_AFTER = 12 };

/* Where it begins to be enough, asked of the model itself. */
static u64 least_room(void)
{
	struct fw_platform *p = &bench.fw->platform;
	struct fw_layout layout;
	u64 pages = 512;

	bench.fw->ldr.sig = bench.image.sig;
	bench.fw->ldr.params.num_module_pages = bench.image.num_pages;
	fw_layout(bench.fw, &layout);
	do {
		p->seamrr_size = p->seamldr_range_size + ++pages * FW_PAGE;
		bench.fw->dead = false;
	} while (!fw_layout_estimate_fits(bench.fw, &layout) ||
		 fw_layout_map(bench.fw, &layout) || bench.fw->dead);
	return pages;
}

static void set_geometry(int row)
{
	struct fw_platform *p = &bench.fw->platform;
	u32 lp;

	parity_good_host();
	parity_good_image();
	p->addressable_lps = geometries[row].addressable_lps;
	p->num_packages = geometries[row].packages;
	p->pkg_shift = 4;
	for (lp = 0; lp < p->num_lps; lp++)
		p->x2apic_id[lp] = lp % p->num_packages << p->pkg_shift | lp;
	bench.image.sig.num_keyhole_pages = geometries[row].keyholes;
	bench.image.sig.num_global_data_pages = geometries[row].data;
	parity_sign();
}

START_TEST(room)
{
	struct fw_platform *p = &bench.fw->platform;
	u64 least, pages;

	parity_group("SEAM range");
	set_geometry(_i);
	least = least_room();
	for (pages = least - BEFORE_AND_AFTER; pages < least + BEFORE_AND_AFTER; pages++) {
		set_geometry(_i);
		p->seamrr_size = p->seamldr_range_size + pages * FW_PAGE;
		p->seamrr_base = 1ULL << 38;
		parity_boot();
		parity_try("room for %llu pages, geometry %d", (unsigned long long)pages, _i);
	}
}
END_TEST

/* In the call that completes INSTALL: the address randomisation, and SEAMDB five times. */
START_TEST(entropy)
{
	parity_group("entropy");
	set_up();
	bench.fail.rdrand_fail_index = 1;
	parity_try("entropy for the layout");
	set_up();
	bench.fail.seamdb_insert_failures = 4;
	parity_try("entropy for SEAMDB at the fifth try");
	set_up();
	bench.fail.seamdb_insert_failures = 5;
	parity_try("entropy for SEAMDB, none");
}
END_TEST

/* The size of the SEAM range may be unknown, and what no check looks at. */
static bool is_advisory(enum tdxu_fact fact)
{
	switch (fact) {
	case TDXU_FACT_SEAM_RANGE:
	case TDXU_FACT_ADDRESSABLE_LPS:
	case TDXU_FACT_OFFLINE_CPUS:
	case TDXU_FACT_INTERNAL_VERSION:
	case TDXU_FACT_BUILD_NUM:
	case TDXU_FACT_BUILD_DATE:
		return true;
	default:
		return false;
	}
}

/* One fact at a time cannot be had: on a good host, and where an LP is hidden from the kernel. */
START_TEST(silent_facts)
{
	struct tdxu_verdict verdicts[TDXU_MAX_VERDICTS];
	int first;

	parity_group("facts not to be had");
	set_up();
	bench.silent = 1u << _i;
	parity_ask();
	parity_look();
	first = tdxu_preflight_run(&bench.facts, &bench.candidate, 1, verdicts);
	ck_assert_int_eq(first < 0, is_advisory(_i));
	parity_try("silent %s %d", is_advisory(_i) ? "advisory" : "must know", _i);

	set_up();
	bench.unknown_lps = 1;
	bench.silent = 1u << _i;
	parity_try("silent %d, an LP unknown to the kernel", _i);
}
END_TEST

void parity_add_hosts(TCase *tc)
{
	tcase_add_loop_test(tc, silent_facts, 0, TDXU_NR_FACTS);
	tcase_add_loop_test(tc, other_hosts, 0, ARRAY_SIZE(hosts));
	tcase_add_test(tc, sessions_left_open);
	tcase_add_loop_test(tc, unlike_cpus, 0, ARRAY_SIZE(msrs));
	tcase_add_loop_test(tc, room, 0, ARRAY_SIZE(geometries));
	tcase_add_test(tc, entropy);
}
