// SPDX-License-Identifier: GPL-2.0-or-later
/* The simulator's control language, its faults, latencies and log. */

#include "sim_bench.h"

#define THIRD "00112233445566778899aabbccddeeff"
#define SHA   THIRD THIRD THIRD

/* Lines that are refused, and a piece of what is said about them. */
static const struct {
	const char *line, *error;
} bad_lines[] = {
	{ "fly", "not a command" },
	{ "reset now", "too much" },
	{ "log", "usage" },
	{ "log clear up", "too much" },
	{ "platform", "want KEY=VALUE" },
	{ "platform lps", "want KEY=VALUE" },
	{ "platform lps=", "not a number" },
	{ "platform lps=0", "at least 1" },
	{ "platform lps=513", "too large" },
	{ "platform lps=4x", "not a number" },
	{ "platform lps=0x", "not a number" },
	{ "platform lps=99999999999999999999", "not a number" },
	{ "platform wings=2", "not a platform parameter" },
	{ "platform sys_state=1", "not a platform parameter" },
	{ "platform packages=0", "too small" },
	{ "platform packages=9", "too large" },
	{ "platform erratum=2", "too large" },
	{ "platform hv=65536", "too large" },
	{ "platform version=1.5", "3 numbers" },
	{ "platform version=1.5.24.1", "3 numbers" },
	{ "platform version=1.5.x", "not a number" },
	{ "platform svn=256.1", "byte" },
	{ "platform handoff_pages=0", "at least 1" },
	{ "platform updates_left=17", "too large" },
	{ "platform cpuid=1,2,3,4,5,6,7,8,9", "more than 8" },
	{ "platform vmx_off=512", "too large" },
	{ "platform boot=slowly", "want \"module\"" },
	{ "poke", "want KEY=VALUE" },
	{ "poke lps=1", "not a thing to poke" },
	{ "poke sys_state=5", "too large" },
	{ "poke busy=1", "want 2 numbers" },
	{ "poke busy=1:1:1", "want 2 numbers" },
	{ "poke busy=512:1", "no number 512" },
	{ "poke handoff=1:1", "want 3 numbers" },
	{ "poke contents=7", "no TD 7" },
	{ "td", "want run" },
	{ "td fly 3", "want run" },
	{ "td run", "not a number" },
	{ "td run many", "not a number" },
	{ "td run 257", "too large" },
	{ "td run 32", "private HKID" },
	{ "td extend", "usage" },
	{ "td extend 9", "no TD 9" },
	{ "td extend all 1025", "too large" },
	{ "td finish 1", "is running, not building" },
	{ "td resume 1", "is running, not migrating" },
	{ "td enter 1 2", "too much" },
	{ "fault", "usage" },
	{ "fault SEAMLDR.FLY vmfail", "not a leaf" },
	{ "fault SEAMLDR.INFO", "what shall happen" },
	{ "fault SEAMLDR.INFO call=0 vmfail", "count from 1" },
	{ "fault SEAMLDR.INFO times=0 vmfail", "do nothing" },
	{ "fault SEAMLDR.INFO for_ms=0 vmfail", "do nothing" },
	{ "fault SEAMLDR.INFO cpu=512 vmfail", "too large" },
	{ "fault SEAMLDR.INFO module=1.5 vmfail", "3 numbers" },
	{ "fault SEAMLDR.INFO explode", "not an action" },
	{ "fault SEAMLDR.INFO ud2", "not an action" },
	{ "fault SEAMLDR.INFO status=1 before", "after a status" },
	{ "fault SEAMLDR.INFO vmfail forever", "too much" },
	{ "fault SEAMLDR.INFO last", "want cpu=" },
	{ "fault SEAMLDR.INFO do td run 1", "want \"platform" },
	{ "fault SEAMLDR.INFO do platform wings=2", "not a platform parameter" },
	{ "fault SEAMLDR.INFO do poke sys_state=5", "too large" },
	{ "hold on", "too much" },
	{ "latency", "usage" },
	{ "latency SEAMLDR.INFO", "want LEAF=" },
	{ "latency SEAMLDR.FLY=1", "not a leaf" },
	{ "latency SEAMLDR.INFO=1+", "not a number" },
	{ "latency TDH.SYS.INIT=1 TDH.SYS.INIT=60000001", "too large" },
	{ "registry", "not a SHA-384" },
	{ "registry 1234 hv=1", "not a SHA-384" },
	{ "registry " SHA " seam=1", "not a parameter of a module" },
	{ "registry " SHA " version=1", "3 numbers" },
	{ "poke payload=7", "want 2 numbers" },
	{ "platform cache_blocks=0", "too small" },
	{ "signer", "not a SHA-384" },
	{ "signer x" SHA, "not a SHA-384" },
	{ "activity", "usage" },
	{ "activity perhaps", "usage" },
	{ "activity on 60001", "too large" },
};

START_TEST(bad_line)
{
	static char before[BENCH_TEXT];

	command("td run 1");
	command("poke handoff=0:0:65529");
	strcpy(before, show(fw_show_platform));
	control(bad_lines[_i].line);
	ck_assert_msg(strstr(error, bad_lines[_i].error), "\"%s\" said: %s", bad_lines[_i].line,
		      error);
	ck_assert_str_eq(show(fw_show_platform), before);
	ck_assert(shows(fw_show_tds, "total=1 running=1 "));
	ck_assert_str_eq(show(fw_show_faults), "");
	ck_assert_str_eq(show(fw_show_latency), "");
	ck_assert_str_eq(show(fw_show_registry), "");
}
END_TEST

/* One bad word, and nothing of the line is done. */
START_TEST(whole_or_nothing)
{
	control("platform hv=7 min_hv=3 wings=2");
	ck_assert(shows(fw_show_platform, "\nhv 1\nmin_hv 0\n"));
	control("latency TDH.SYS.INIT=5 SEAMLDR.FLY=1");
	ck_assert_str_eq(show(fw_show_latency), "");
	control("platform vmx_off=1 x2apic=9,8,7 cpuid=1 wings=2");
	ck_assert(shows(fw_show_platform, "vmx_off none\n"));
	command("reset");
	ck_assert(shows(fw_show_platform, "\nx2apic 0x0,0x1,0x2,0x3\n"));
	ck_assert(shows(fw_show_platform, "\ncpuid 0x806f8\n"));
}
END_TEST

START_TEST(long_lines)
{
	char line[FW_LINE_TEXT + 1];

	memset(line, ' ', sizeof(line));
	line[FW_LINE_TEXT] = 0;
	control(line);
	ck_assert_msg(strstr(error, "longer than 511"), "%s", error);
	line[FW_LINE_TEXT - 1] = 0;
	command(line);
	command("");
	command("\t ");
	command("# td fly");
}
END_TEST

/* Parameters: what to set, what is shown then; with "reset" between if that is needed. */
static const struct {
	const char *line, *shown;
	bool reset;
} params[] = {
	{ "platform version=2.0.14", "\nversion 2.0.14\n", false },
	{ "platform svn=3.7", "\nsvn 3.7\n", false },
	{ "platform svn=3.7", "\nsvn 3.7\n", true },
	{ "platform features0=0x2", "\nfeatures0 0x2\n", false },
	{ "platform features0=0x2", "\nfeatures0 0x2\n", true },
	{ "platform handoff_pages=25", "\nhandoff_pages 25\n", true },
	{ "platform updates_left=1", "\nupdates_left 1\n", false },
	{ "platform lps=9", "lps 4\nnext.lps 9\n", false },
	{ "platform lps=9", "lps 9\n", true },
	{ "platform packages=2 pkg_shift=1", "\nnext.packages 2\n", false },
	{ "platform packages=2 cpuid=0x806f8,0xc06f2", "\ncpuid 0x806f8,0xc06f2\n", true },
	{ "platform x2apic=0,1024", "\nx2apic 0x0,0x400,0x2,0x3\n", true },
	{ "platform seam_size=0x1000000", "\nseam_size 0x1000000\n", false },
	{ "platform vmx_off=2", "\nvmx_off 2\n", true },
	{ "platform vmx_off=all", "\nvmx_off 0,1,2,3\n", false },
	{ "platform seamldr=0", "\nseamldr 0\n", false },
	{ "platform debug_unlocked=1", "\ndebug_unlocked 1\n", true },
	{ "platform seamldr_version=2.0", "\nseamldr_version 2.0\n", false },
	{ "platform boot=fresh", "\nsys_state SYSINIT_PENDING\n", true },
	{ "poke sys_state=2", "\nsys_state SYSCONFIG_DONE\n", false },
	{ "poke sys_state=2", "\nsys_state SYS_READY\n", true },
	{ "poke handoff=1:3:1000", "\nhandoff_valid 1\nhandoff_hv 3\nhandoff_size 1000\n", false },
	{ "platform vmx_off=1", "\nlps_initialized 0,1,2,3\n", false },
	{ "poke lp_init=2:0", "\nlps_initialized 0,1,3\n", false },
	{ "poke wbt=90", "\npoke.wbt 90\n", false },
	{ "poke rdrand_fail=1", "\npoke.rdrand_fail 1\n", false },
	{ "poke restart=1", "\nsys_state SYSINIT_PENDING\n", false },
};

START_TEST(param)
{
	command(params[_i].line);
	if (params[_i].reset)
		command("reset");
	ck_assert_msg(shows(fw_show_platform, params[_i].shown), "no \"%s\" in:\n%s",
		      params[_i].shown, text);
}
END_TEST

START_TEST(new_hv_reaches_the_module)
{
	command("platform hv=3 min_hv=2 no_downgrade=1");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 2), TDXU_TDX_OPERAND_INVALID | 1);
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 3), 0);
}
END_TEST

START_TEST(payload)
{
	command("poke handoff=1:3:1000");
	command("poke payload=7:3");
	ck_assert_uint_eq(sim->fw.handoff[8], 3);
	ck_assert_uint_eq(sim->fw.handoff[8 + 999], (u8)(7 * 999 + 3));
	ck_assert_uint_eq(sim->fw.handoff[8 + 1000], 0);
}
END_TEST

START_TEST(lists)
{
	command("signer " SHA);
	ck_assert(shows(fw_show_signers, "\n" SHA "\n"));
	command("signer clear");
	ck_assert_str_eq(show(fw_show_signers), "");
	command("registry " SHA " version=1.5.28 build=77 features0=0x8000 hv=1 min_hv=0");
	ck_assert(shows(fw_show_registry, SHA " version=1.5.28 build=77 features0=0x8000 hv=1 "));
	command("registry " SHA " version=1.5.34 handoff_size=99");
	ck_assert(!shows(fw_show_registry, "1.5.28"));
	ck_assert(shows(fw_show_registry, "version=1.5.34"));
	command("latency SEAMLDR.INSTALL=10 SEAMLDR.INSTALL.LAST=1000+20 TDH.SYS.INIT=3");
	command("latency TDH.SYS.INIT=4");
	ck_assert_str_eq(show(fw_show_latency), "SEAMLDR.INSTALL=10\n"
			 "SEAMLDR.INSTALL.LAST=1000+20\nTDH.SYS.INIT=4\n");
	command("latency clear");
	ck_assert_str_eq(show(fw_show_latency), "");
}
END_TEST

/* Faults */

#define INFO	 TDXU_SEAMLDR_INFO
#define INFO_RCX BENCH_MEMORY_BASE

START_TEST(fault_conditions)
{
	command("fault SEAMLDR.INFO call=2 times=2 cpu=1 status=0x77");
	ck_assert_uint_eq(call(1, INFO, INFO_RCX), 0);
	ck_assert_uint_eq(call(0, INFO, INFO_RCX), 0);
	ck_assert_uint_eq(call(1, INFO, INFO_RCX), 0x77);
	ck_assert_uint_eq(call(0, INFO, INFO_RCX), 0);
	ck_assert_uint_eq(call(1, INFO, INFO_RCX), 0x77);
	ck_assert_uint_eq(call(1, INFO, INFO_RCX), 0);
	ck_assert_str_eq(show(fw_show_faults),
			 "SEAMLDR.INFO call=2 cpu=1 times=2 status=0x77 matched=4 hits=2\n");
	command("fault clear");
	ck_assert_str_eq(show(fw_show_faults), "");
}
END_TEST

START_TEST(fault_of_one_module)
{
	command("platform version=1.5.27");
	command("fault SEAMLDR.INFO module=1.5.28 forever status=0x77");
	ck_assert_uint_eq(call(0, INFO, INFO_RCX), 0);
	command("platform version=1.5.28");
	ck_assert_uint_eq(call(0, INFO, INFO_RCX), 0x77);
	ck_assert_str_eq(show(fw_show_faults),
			 "SEAMLDR.INFO call=1 module=1.5.28 forever status=0x77 matched=1 hits=1\n");
	command("fault clear");
}
END_TEST

START_TEST(fault_outcomes)
{
	command("fault TDH.SYS.RD vmfail");
	seamcall(0, TDXU_TDH_SYS_RD, 0, FW_VMFAIL);
	command("fault TDH.SYS.RD call=1 ud");
	seamcall(0, TDXU_TDH_SYS_RD, 0, FW_UD);
	command("fault TDH.SYS.RD gp");
	seamcall(0, TDXU_TDH_SYS_RD, 0, FW_GP);
	command("fault clear");
	command("fault SEAMLDR.INFO forever vmfail");
	seamcall(0, INFO, INFO_RCX, FW_VMFAIL);
	seamcall(3, INFO, INFO_RCX, FW_VMFAIL);
	ck_assert(shows(fw_show_faults, "forever vmfail matched=2 hits=2"));
}
END_TEST

/* Nobody stops this host: it has no hook to say so. */
START_TEST(fault_while_stopped)
{
	command("fault SEAMLDR.INFO stopped forever vmfail");
	ck_assert_uint_eq(call(0, INFO, INFO_RCX), 0);
	ck_assert(shows(fw_show_faults, "call=1 stopped forever vmfail matched=0 hits=0"));
}
END_TEST

START_TEST(fault_of_order)
{
	command("fault SEAMLDR.INFO cpu=1 forever last");
	for (int i = 0; i < 20; i++)
		seamcall(1, INFO, INFO_RCX, FW_VMFAIL);
	ck_assert_uint_eq(call(1, INFO, INFO_RCX), 0);
	for (int i = 0; i < 10; i++)
		seamcall(1, INFO, INFO_RCX, FW_VMFAIL);
	ck_assert_uint_eq(call(0, INFO, INFO_RCX), 0);
	for (int i = 0; i < 20; i++)
		seamcall(1, INFO, INFO_RCX, FW_VMFAIL);
	ck_assert_uint_eq(call(1, INFO, INFO_RCX), 0);
	ck_assert(shows(fw_show_faults, " cpu=1 forever last matched=52 hits=52\n"));
}
END_TEST

START_TEST(fault_behind_the_back)
{
	command("fault SEAMLDR.INFO call=2 do platform vmx_off=1 version=1.5.27");
	ck_assert_uint_eq(call(1, INFO, INFO_RCX), 0);
	seamcall(1, INFO, INFO_RCX, FW_UD);
	ck_assert(shows(fw_show_platform, "\nversion 1.5.27\n"));
	ck_assert(shows(fw_show_faults, "do platform vmx_off=1 version=1.5.27 matched=2 hits=1"));
}
END_TEST

/* Instead of executing, or after it: the state of the module tells. */
START_TEST(fault_status)
{
	struct fw_regs regs;

	command("fault TDH.SYS.SHUTDOWN status=0x8000020200000000");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1), TDXU_TDX_SYS_BUSY);
	ck_assert(shows(fw_show_platform, "\nsys_state SYS_READY\n"));
	command("fault TDH.SYS.SHUTDOWN status=0x8000020200000000 rdx=0x5 after");
	regs = seamcall(0, TDXU_TDH_SYS_SHUTDOWN, 1, FW_RETURN);
	ck_assert_uint_eq(regs.rax, TDXU_TDX_SYS_BUSY);
	ck_assert_uint_eq(regs.rdx, 5);
	ck_assert(shows(fw_show_platform, "\nsys_state SYS_SHUTDOWN\n"));
}
END_TEST

START_TEST(fault_mask)
{
	command("td build 1");
	command("fault TDH.SYS.SHUTDOWN call=2 mask_rcx=0xffff");
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1 | BENCH_AVOID),
			  TDXU_TDX_UPDATE_COMPAT_SENSITIVE | 1 << 16);
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1 | BENCH_AVOID), 0);
}
END_TEST

START_TEST(latencies)
{
	u64 start;

	bench_image("latency");
	command("latency SEAMLDR.INSTALL=10 SEAMLDR.INSTALL.LAST=1000+20");
	command("fault TDH.SYS.SHUTDOWN delay_us=7");
	start = clock_ns;
	ck_assert_uint_eq(call(0, TDXU_TDH_SYS_SHUTDOWN, 1), 0);
	ck_assert_uint_ge(clock_ns - start, 7000);
	ck_assert_uint_lt(clock_ns - start, 10000);
	start = clock_ns;
	ck_assert_uint_eq(bench_install(TDXU_SCENARIO_UPDATE).rax, 0);
	/* three at 10 us, the last at 1000 and 20 for each of 4 pages; a tick a log line */
	ck_assert_uint_eq(clock_ns - start, (3 * 10 + 1000 + 4 * 20 + 4) * 1000);
}
END_TEST

/* The log */

START_TEST(log_lines)
{
	struct fw_log_entry entry;

	command("log clear");
	ck_assert(!fw_log_read(sim, 0, &entry));
	seamcall(2, INFO, INFO_RCX, FW_RETURN);
	ck_assert(fw_log_read(sim, 0, &entry));
	text[0] = 0;
	fw_show_log_entry(&entry, &bench_emit);
	ck_assert_str_eq(text, "1 1000 2 SEAMLDR.INFO rcx=0xf00000 rdx=0xdead r8=0x0 -> "
			 "rax=0x0 rdx=0xdead return\n");
	ck_assert(!fw_log_read(sim, 2, &entry));
	command("platform vmx_off=1");
	seamcall(1, TDXU_TDH_SYS_RD, 7, FW_UD);
	ck_assert(fw_log_read(sim, 2, &entry));
	text[0] = 0;
	fw_show_log_entry(&entry, &bench_emit);
	ck_assert_str_eq(text, "2 2000 1 TDH.SYS.RD rcx=0x7 rdx=0xdead r8=0x0 -> "
			 "rax=0x22 rdx=0xdead ud\n");
	command("log clear");
	ck_assert(!fw_log_read(sim, 0, &entry));
}
END_TEST

START_TEST(log_ring)
{
	struct fw_log_entry entry;
	u32 i;

	for (i = 0; i < FW_LOG_ENTRIES + 10; i++)
		seamcall(i % BENCH_LPS, INFO, INFO_RCX, FW_RETURN);
	ck_assert(fw_log_read(sim, 0, &entry));
	ck_assert_uint_eq(entry.seq, 11);
	ck_assert(fw_log_read(sim, FW_LOG_ENTRIES + 10, &entry));
	ck_assert_uint_eq(entry.seq, FW_LOG_ENTRIES + 10);
	ck_assert(!fw_log_read(sim, FW_LOG_ENTRIES + 11, &entry));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("control");

	tcase_add_checked_fixture(tcase, bench_setup, bench_teardown);
	tcase_add_loop_test(tcase, bad_line, 0, ARRAY_SIZE(bad_lines));
	tcase_add_test(tcase, whole_or_nothing);
	tcase_add_test(tcase, long_lines);
	tcase_add_loop_test(tcase, param, 0, ARRAY_SIZE(params));
	tcase_add_test(tcase, new_hv_reaches_the_module);
	tcase_add_test(tcase, payload);
	tcase_add_test(tcase, lists);
	tcase_add_test(tcase, fault_conditions);
	tcase_add_test(tcase, fault_of_one_module);
	tcase_add_test(tcase, fault_outcomes);
	tcase_add_test(tcase, fault_while_stopped);
	tcase_add_test(tcase, fault_of_order);
	tcase_add_test(tcase, fault_behind_the_back);
	tcase_add_test(tcase, fault_status);
	tcase_add_test(tcase, fault_mask);
	tcase_add_test(tcase, latencies);
	tcase_add_test(tcase, log_lines);
	tcase_add_test(tcase, log_ring);
	return run_suite("control", tcase);
}
