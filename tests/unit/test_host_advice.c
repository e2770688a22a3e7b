// SPDX-License-Identifier: GPL-2.0-or-later
/* What a check advises where that depends on the kernel, or on what was done since the boot. */

#include "core/preflight.h"
#include "runner.h"

static struct tdxu_facts facts;

static void host(void)
{
	memset(&facts, 0, sizeof(facts));
	for (u32 i = 0; i < TDXU_NR_FACTS; i++)
		facts.known[i].is = TDXU_KNOWN;
	facts.seamldr_answers = facts.module_answers = facts.system_running = true;
	facts.readiness = TDXU_READY;
	facts.running.version = (struct tdxu_version){ 1, 5, 24 };
	facts.running.features0 = TDXU_FEATURE_TD_PRESERVING;
	facts.seamldr.num_remaining_updates = 15;
}

static void no_vmx(void) { facts.readiness = TDXU_NOT_READY_NO_VMX; facts.unready_cpu = 3; }
static void no_vmx_6_1(void) { no_vmx(); facts.vmx_entry = TDXU_VMX_BY_FIRST_VM; }
static void no_vmx_6_12(void) { no_vmx(); facts.vmx_entry = TDXU_VMX_BY_KVM; }
static void no_vmx_7_1(void) { no_vmx(); facts.vmx_entry = TDXU_VMX_BY_KERNEL; }

static void no_info(u64 rax)
{
	facts.seamldr_answers = false;
	facts.known[TDXU_FACT_INFO] = (struct tdxu_knowing){ TDXU_CANNOT_TELL, rax };
}

static void ud_6_1(void) { no_info(TDXU_SEAMCALL_UD); facts.vmx_entry = TDXU_VMX_BY_FIRST_VM; }
static void ud_7_1(void) { no_info(TDXU_SEAMCALL_UD); facts.vmx_entry = TDXU_VMX_BY_KERNEL; }
static void no_seam(void) { no_info(TDXU_SEAMCALL_GP); }
static void none_left(void) { facts.seamldr.num_remaining_updates = 0; }
static void used_up(void) { none_left(); facts.updated_here = true; }

static const char by_kernel[] =
	"; this kernel enters it itself where TDX comes up at boot, and it did not: see `dmesg | grep -i virt/tdx`, boot with nohibernate if that is the reason";

static const struct {
	void (*change)(void);
	const char *check;
	const char *says;
	const char *not;
} rows[] = {
	{ ud_6_1, "platform", "(#UD): VMX is off, or this machine has no TDX; load kvm_intel", "dmesg" },
	{ ud_7_1, "platform", by_kernel, "kvm_intel" },
	{ no_seam, "platform", "(RAX 0x8000ff000000000d #GP): TDX is not supported", "kvm_intel" },
	{ no_vmx, "cpus-ready", "CPU 3 is not in VMX operation; load kvm_intel", "dmesg" },
	{ no_vmx_6_1, "cpus-ready", "; load kvm_intel and start a VM", "dmesg" },
	{ no_vmx_6_12, "cpus-ready", "(modprobe kvm enable_virt_at_load=1 first)", "dmesg" },
	{ no_vmx_7_1, "cpus-ready", by_kernel, "kvm_intel" },
	{ none_left, "updates-left", "it supports none: ask for a newer BIOS, else reboot", "used" },
	{ used_up, "updates-left", "have used them up; a reboot refills the counter", "BIOS" },
};

START_TEST(advice)
{
	struct tdxu_verdict verdicts[TDXU_NR_HOST_CHECKS];
	int first;

	rows[_i].change();
	first = tdxu_preflight_run(&facts, NULL, 0, verdicts);
	ck_assert_int_ge(first, 0);
	ck_assert_str_eq(verdicts[first].name, rows[_i].check);
	ck_assert_msg(strstr(verdicts[first].message, rows[_i].says) != NULL, "%s",
		      verdicts[first].message);
	ck_assert_msg(strstr(verdicts[first].message, rows[_i].not) == NULL, "%s",
		      verdicts[first].message);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("advice");

	tcase_add_checked_fixture(tc, host, NULL);
	tcase_add_loop_test(tc, advice, 0, ARRAY_SIZE(rows));
	return run_suite("host advice", tc);
}
