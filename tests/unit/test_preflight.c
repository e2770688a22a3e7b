// SPDX-License-Identifier: GPL-2.0-or-later
/* The preflight: a good host and a good image, with one thing changed at a time. */

#include "good_host.h"

START_TEST(nothing_stands_against_a_good_update)
{
	u32 i;

	ck_assert_ptr_null(first_failure((u32)_i));
	for (i = 0; i < tdxu_preflight_count((u32)_i); i++) {
		ck_assert_msg(verdicts[i].kind == TDXU_PASS, "%s: %s", verdicts[i].name,
			      verdicts[i].message);
		ck_assert_str_ne(verdicts[i].message, "");
		if (i < tdxu_preflight_count(1))
			ck_assert_str_eq(verdicts[i].name, tdxu_preflight_name(i));
	}
	ck_assert_ptr_null(tdxu_preflight_name(tdxu_preflight_count(1)));
}
END_TEST

/* Each row breaks one thing; exactly one check must fail, with this errno and these words. */
static void erratum(void) { facts.erratum = TDXU_ERRATUM_BLOCKED; facts.seamldr_answers = false; }
static void no_seamldr(void) { facts.seamldr_answers = false; }
static void offline(void) { facts.cpus_online = 3; strcpy(facts.offline_cpus, "2"); }
static void seamldr_waits_for_more(void) { facts.seam_lps = 5; }
static void seamldr_waits_for_less(void) { facts.seam_lps = 3; }
static void high_x2apic_id(void) { facts.highest_x2apic_id = 1024; }
static void no_vmx(void) { facts.readiness = TDXU_NOT_READY_NO_VMX; facts.unready_cpu = 3; }
static void no_seam(void) { facts.readiness = TDXU_NOT_READY_NO_SEAM; }
static void bad_status(void)
{
	facts.readiness = TDXU_NOT_READY_STATUS;
	facts.unready_status = TDXU_TDX_SYS_LP_INIT_NOT_DONE;
}
static void too_old(void) { facts.running.version.update = 23; }
static void too_old_for_the_administrator(void)
{
	char why[TDXU_GATE_WHY];

	ck_assert(tdxu_gate_raise("1.5.28", why));
}
static void unknown_series(void) { facts.running.version.minor = 6; }
static void not_preserving(void) { facts.running.features0 = 0; }
static void tdx_connect(void) { facts.running.features0 |= 1ULL << 6; }
static void add_on(void) { facts.running.features0 |= 1ULL << 39; }
static void quoting(void) { facts.running.features0 |= 1ULL << 50; }
#define CPU(name, ...) \
	static void name(void) \
	{ facts.cpu_difference = (struct tdxu_cpu_difference){ __VA_ARGS__ }; }
#define DIFFERS .is = TDXU_CPU_DIFFERS, .reference = 7, .cpu = 2, .value = 9
CPU(unlike, DIFFERS, .number = 0x3b)
CPU(unlike_cpuid, DIFFERS, .kind = TDXU_REGISTER_EDX, .number = 7, .subleaf = 2)
CPU(unlike_microcode, DIFFERS, .kind = TDXU_REGISTER_MICROCODE)
CPU(msr_missing, .is = TDXU_CPU_LACKS, .number = 0x10a, .cpu = 2)
CPU(cpuid_limited, .is = TDXU_CPU_REFUSED, .number = 0x1a0, .bit = 22, .cpu = 2, .value = 1 << 22)
static void bad_elf(void) { module[0][4] = 1; }
static void used_up(void) { facts.seamldr.num_remaining_updates = 0; }
static void suspending(void) { facts.system_running = false; }
static void bad_format(void) { candidate[0].rule = TDXU_IMAGE_CHECKSUM; }
static void bad_sigstruct(void) { sig[0].vendor = 0; }
static void seamldr_too_old(void) { sig[0].reserved3[0] = 8; }
static void too_big(void) { sig[0].num_global_data_pages = 7600; }
static void debug(void) { sig[0].module_type = TDXU_SIGSTRUCT_TYPE_DEBUG; }
static void bad_hash(void) { candidate[0].hash_matches = false; }
static void foreign_key(void) { candidate[0].signer[47] = 1; }
static void bad_signature(void) { candidate[0].signature_valid = false; }
static void other_cpu(void) { facts.cpu_models[0] = 0xa06d0; }
static void one_other_cpu(void) { facts.cpu_models[1] = 0xa06d0; facts.nr_cpu_models = 2; }
static void svn_major(void) { sig[0].svn_major = 3; }
static void svn_major_zero(void) { sig[0].svn_major = facts.running.svn_major = 0; }
static void svn_minor(void) { sig[0].svn_minor = 12; }
static void hv_too_new(void) { sig[0].module_hv = sig[0].min_update_hv = 2; }
static void no_downgrade(void) { facts.running.no_downgrade = true; sig[0].module_hv = 0; }
static void running_hv_unknown(void) { facts.running.module_hv = 3; }
static void target_hv_unknown(void) { sig[0].module_hv = 3; }
static void small_handoff(void) { sig[0].num_handoff_pages = 12; }

static const struct {
	void (*change)(void);
	const char *check;
	int error;
	const char *says;
} failures[] = {
	{ suspending, "system", ESHUTDOWN, "suspending" },
	{ erratum, "platform", EOPNOTSUPP, "restore_vmcs=1" },
	{ no_seamldr, "platform", ENODEV, "BIOS" },
	{ offline, "cpus-online", EHOSTDOWN, "1 of 4 present CPUs are offline (CPU 2)" },
	{ seamldr_waits_for_more, "cpus-online", EHOSTDOWN, "waits for 5 logical processors" },
	{ seamldr_waits_for_less, "cpus-online", EHOSTDOWN, "and the kernel has 4" },
	{ high_x2apic_id, "cpus-online", EHOSTDOWN, "x2APIC ID 1024" },
	{ no_vmx, "cpus-ready", EOPNOTSUPP, "CPU 3 is not in VMX operation; load kvm_intel" },
	{ no_seam, "cpus-ready", ENODEV, "no TDX module answers" },
	{ bad_status, "cpus-ready", ENODEV, "0xc000050200000000 TDX_SYS_LP_INIT_NOT_DONE" },
	{ too_old, "gate", EPERM, "older than 1.5.24, the minimum of its series; put a newer one where the BIOS loads it from (EFI/TDX on the EFI system partition, or where the BIOS ignores that, a BIOS update) and reboot" },
	{ too_old_for_the_administrator, "gate", EPERM, "1.5.24 is older than 1.5.28, which tdx_update was loaded" },
	{ unknown_series, "gate", EPERM, "series" },
	{ not_preserving, "gate", EPERM, "TD-preserving" },
	{ tdx_connect, "features", EOPNOTSUPP, "TDX Connect (TDX_FEATURES0 bit 6)" },
	{ add_on, "features", EOPNOTSUPP, "add-on features (TDX_FEATURES0 bit 39)" },
	{ quoting, "features", EOPNOTSUPP, "quoting (TDX_FEATURES0 bit 50), which would not run on" },
	{ unlike, "cpus-alike", EUCLEAN, "MSR 0x3b is 0x7 on CPU 0 and 0x9 on CPU 2" },
	{ unlike_cpuid, "cpus-alike", EUCLEAN, "CPUID 0x7.2 EDX is 0x7 on CPU 0 and 0x9 on CPU 2" },
	{ unlike_microcode, "cpus-alike", EUCLEAN, "the microcode revision is 0x7 on CPU 0 and 0x9 " },
	{ cpuid_limited, "cpus-alike", EUCLEAN, "bit 22 of MSR 0x1a0 (IA32_MISC_ENABLE) is 1 on " },
	{ msr_missing, "cpus-alike", EUCLEAN, "MSR 0x10a is on CPU 0 and not on CPU 2" },
	{ used_up, "updates-left", ENOSPC, "no update left; if none was made" },
	{ bad_format, "format", EINVAL, "target: not a usable image: its checksum is wrong" },
	{ bad_sigstruct, "sigstruct", EBADMSG, "vendor" },
	{ seamldr_too_old, "sigstruct", EBADMSG, "P-SEAMLDR 1.5 would refuse it" },
	{ too_big, "memory", ENOMEM, "which has 7680 for a module" },
	{ debug, "debug-signed", EKEYREJECTED, "production image" },
	{ bad_hash, "hash", EBADMSG, "SEAMHASH" },
	{ bad_signature, "signature", EKEYREJECTED, "signature" },
	{ foreign_key, "signer", EKEYREJECTED, "load tdx_update with signer=" },
	{ other_cpu, "cpu-model", EXDEV, "0xa06d0" },
	{ one_other_cpu, "cpu-model", EXDEV, "0xa06d0" },
	{ svn_major, "svn", ESTALE, "image has SVN 3.14, the platform is at 1.13" },
	{ svn_major_zero, "svn", ESTALE, "image has SVN 0.14" },
	{ svn_minor, "svn", ESTALE, "image has SVN 1.12, the platform is at 1.13" },
	{ hv_too_new, "handoff", EPROTO, "the image reads 2 to 2, the running module writes 0 to 1" },
	{ no_downgrade, "handoff", EPROTO, "the image reads 0 to 0, the running module writes 1 to 1" },
	{ running_hv_unknown, "features", EOPNOTSUPP, "the running module writes handoff version 3, and 2 is the" },
	{ target_hv_unknown, "handoff", EOPNOTSUPP, "the image is of handoff version 3, and 2 is the highest" },
	{ bad_elf, "elf", ENOEXEC, "not a 64-bit little-endian ELF" },
	{ small_handoff, "handoff-room", EPROTO, "13 handoff pages, the running module 14" },
};

START_TEST(each_failure_is_told_once)
{
	const struct tdxu_verdict *v;
	u32 i, failed = 0;

	failures[_i].change();
	v = first_failure(1);
	ck_assert_msg(v != NULL, "%s did not fail", failures[_i].check);
	ck_assert_str_eq(v->name, failures[_i].check);
	ck_assert_int_eq(v->error, failures[_i].error);
	ck_assert_msg(strstr(v->message, failures[_i].says) != NULL, "%s", v->message);
	/* what to do stands behind a semicolon or colon, and nothing was cut off */
	ck_assert_uint_lt(strlen(v->message), TDXU_VERDICT_TEXT - 1);
	for (i = 0; i < tdxu_preflight_count(1); i++)
		failed += verdicts[i].kind == TDXU_FAIL;
	ck_assert_uint_eq(failed, 1);
}
END_TEST

/* What nobody has signed can take long to look into. */
START_TEST(elf_of_a_forgery_is_not_looked_into)
{
	const struct tdxu_verdict *v = verdicts;

	bad_elf();
	candidate[0].hash_matches = _i;
	candidate[0].signature_valid = !_i;
	first_failure(1);
	while (strcmp(v->name, "elf"))
		v++;
	ck_assert_int_eq(v->kind, TDXU_UNKNOWN);
}
END_TEST

/* The fallback is checked as strictly as the target, and named. */
START_TEST(fallback_is_judged_too)
{
	const struct tdxu_verdict *v;

	candidate[1].hash_matches = false;
	ck_assert_ptr_null(first_failure(1));
	v = first_failure(2);
	ck_assert_str_eq(v->name, "hash");
	ck_assert_ptr_eq(strstr(v->message, "fallback: "), v->message);
}
END_TEST

static const char *said_of_svn(u32 image)
{
	u32 i;

	ck_assert_ptr_null(first_failure(3));
	for (i = 0; strcmp(tdxu_image_checks[i].name, "svn"); i++)
		;
	return verdicts[TDXU_NR_HOST_CHECKS + image * TDXU_NR_IMAGE_CHECKS + i].message;
}

/* P-SEAMLDR compares with what it has installed: the target, from then on. */
START_TEST(it_is_said_what_each_fallback_replaces)
{
	sig[1].svn_minor = 13;
	ck_assert_str_eq(said_of_svn(0), "target: image has SVN 1.14, the platform is at 1.13");
	ck_assert_str_eq(said_of_svn(1),
			 "fallback: image has SVN 1.13, the platform is at 1.13: it can replace a target that P-SEAMLDR refuses, but none that it has installed, whose SVN is higher");
	ck_assert_str_eq(said_of_svn(2),
			 "way-out: image has SVN 1.14, the platform is at 1.13: it can replace the target whether P-SEAMLDR refuses it or has installed it");
}
END_TEST

/* Any one of the three numbers missing is enough not to know. */
START_TEST(memory_is_unknown_without_all_its_facts)
{
	static const enum tdxu_fact numbers[] = { TDXU_FACT_SEAM_RANGE,
						  TDXU_FACT_ADDRESSABLE_LPS };

	too_big();
	facts.known[numbers[_i]].is = TDXU_CANNOT_TELL;
	ck_assert_ptr_null(first_failure(1));
}
END_TEST

/* What 2.0 modules carry in the last reserved area, P-SEAMLDR 2.0 takes. */
START_TEST(seamldr_2_takes_2_0_modules)
{
	seamldr_too_old();
	facts.seamldr.major = 2;
	facts.seamldr.minor = 0;
	ck_assert_ptr_null(first_failure(1));
}
END_TEST

START_TEST(debug_image_on_an_unlocked_platform)
{
	sig[0].module_type = TDXU_SIGSTRUCT_TYPE_DEBUG;
	sig[0].cpuid_table_size = 0; /* P-SEAMLDR then takes it for every CPU */
	facts.seamldr.seamextend.system_under_debug = true;
	ck_assert_ptr_null(first_failure(1));
}
END_TEST

static const struct {
	u16 running_min, running_hv;
	bool no_downgrade;
	u16 image_min, image_hv;
	int hv;
} handoffs[] = {
	{ 0, 0, false, 0, 0, 0 },    { 0, 1, false, 0, 1, 1 },	  { 0, 1, false, 0, 2, 1 },
	{ 0, 2, false, 0, 1, 1 },    { 0, 2, false, 2, 3, 2 },	  { 0, 2, false, 3, 3, -1 },
	{ 2, 3, false, 0, 1, -1 },   { 0, 1, true, 0, 2, 1 },	  { 0, 1, true, 0, 0, -1 },
	{ 0, 65535, false, 0, 65535, 65535 }, { 2, 1, true, 0, 2, -1 },	  { 2, 1, false, 0, 2, -1 },
};

START_TEST(handoff_version_is_the_highest_in_common)
{
	facts.running.min_update_hv = handoffs[_i].running_min;
	facts.running.module_hv = handoffs[_i].running_hv;
	facts.running.no_downgrade = handoffs[_i].no_downgrade;
	sig[0].min_update_hv = handoffs[_i].image_min;
	sig[0].module_hv = handoffs[_i].image_hv;
	ck_assert_int_eq(tdxu_handoff_version(&facts.running, &candidate[0]), handoffs[_i].hv);
}
END_TEST

/* One set of handoff data is written, and each image must be able to read it. */
START_TEST(handoff_version_suits_all)
{
	facts.running.module_hv = 2;
	sig[0].module_hv = 2;
	sig[1].module_hv = 1;
	sig[2].min_update_hv = 2;
	sig[2].module_hv = 2;
	ck_assert_int_eq(tdxu_handoff_version(&facts.running, &candidate[1]), 1);
	ck_assert_ptr_null(first_failure(2));
	/* Each fits the target; but not one version fits all. */
	ck_assert_int_eq(tdxu_handoff_version(&facts.running, &candidate[2]), -1);
	ck_assert_ptr_nonnull(strstr(first_failure(3)->message, "way-out: no common handoff"));

	sig[0].min_update_hv = 2;
	ck_assert_int_eq(tdxu_handoff_version(&facts.running, &candidate[1]), -1);
	ck_assert_ptr_nonnull(strstr(first_failure(2)->message, "fallback: no common handoff"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("preflight");

	/* Of the candidates. */
	tdxu_signer_take(NOBODY NOBODY NOBODY);
	tcase_add_checked_fixture(tc, good_host, NULL);
	tcase_add_loop_test(tc, nothing_stands_against_a_good_update, 0, 4);
	tcase_add_loop_test(tc, each_failure_is_told_once, 0, ARRAY_SIZE(failures));
	tcase_add_loop_test(tc, elf_of_a_forgery_is_not_looked_into, 0, 2);
	tcase_add_test(tc, fallback_is_judged_too);
	tcase_add_test(tc, it_is_said_what_each_fallback_replaces);
	tcase_add_loop_test(tc, memory_is_unknown_without_all_its_facts, 0, 2);
	tcase_add_test(tc, seamldr_2_takes_2_0_modules);
	tcase_add_test(tc, debug_image_on_an_unlocked_platform);
	tcase_add_loop_test(tc, handoff_version_is_the_highest_in_common, 0, ARRAY_SIZE(handoffs));
	tcase_add_test(tc, handoff_version_suits_all);
	return run_suite("preflight", tc);
}
