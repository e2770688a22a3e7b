// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's own updater without a kernel: sysfs is a directory of ordinary files, and what
 * cannot be had of those, a replaced write() answers (Makefile, -Wl,--wrap).
 */
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/un.h>

#include "messages.h"
#include "sysfs.h"

static struct blob blob;

#define DEVICE "sys/class/firmware/tdx_module/"

static void put_text(const char *name, const char *text)
{
	put_file(name, text, strlen(text));
}

/* Idle, with 1.5.24, on two CPUs as the image wants them. */
static void setup(void)
{
	static const char *const directories[] = {
		"sys", "sys/class", "sys/class/firmware", "sys/class/firmware/tdx_module",
		DEVICE "device", "sys/devices", "sys/devices/system", "sys/devices/system/cpu",
	};
	static char root[128];
	char command[256];

	/* The test before may have put other things in the place of files. */
	snprintf(command, sizeof(command), "rm -rf '%s' '%s' '%s'", path_of("sys"),
		 path_of("lib"), path_of("mapping_file.json"));
	ck_assert_int_eq(system(command), 0);
	paths_setup();
	make_blob(&blob, TDXU_IMAGE_VERSION_1);
	put_file("tdx_module_1.5.28.blob", &blob, sizeof(blob));
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		ck_assert(!mkdir(path_of(directories[i]), 0755) || errno == EEXIST);
	put_text(DEVICE "status", "idle\n");
	put_text(DEVICE "error", "");
	put_text(DEVICE "loading", "0\n");
	put_text(DEVICE "data", "");
	put_text(DEVICE "device/version", "1.5.24\n");
	put_text(DEVICE "device/seamldr_version", "1.5.02\n");
	put_text(DEVICE "device/num_remaining_updates", "15\n");
	put_text("sys/devices/system/cpu/online", "0-1\n");
	put_text("sys/devices/system/cpu/present", "0-1\n");
	snprintf(root, sizeof(root), "%s/sys", directory);
	tdxu_sysfs = (struct tdxu_sysfs){ root, directory, fake_paths.cpuinfo, 0 };
	ck_assert_int_eq(system(expand("mkdir -p DIR/proc/sys/kernel")), 0);
	put_text("proc/sys/kernel/tainted", "512\n");
	used_backend = &tdxu_backend_sysfs;
}

/* In place of a file, what cannot be read: for another reason, or with ENXIO. */
static void unread(const char *name)
{
	unlink(path_of(name));
	ck_assert_int_eq(mkdir(path_of(name), 0755), 0);
}

static void no_such_device(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(path_of(name));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path_of(name));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

/* A node that accepts everything and keeps nothing. */
static void ignores(const char *name)
{
	unlink(path_of(name));
	ck_assert_int_eq(symlink("/dev/null", path_of(name)), 0);
}

extern __typeof__(write) __real_write, __wrap_write;

/* What a write of so many bytes meets. */
static struct {
	size_t size;
	int errnum;
} refusal;

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
	if (!refusal.errnum || size != refusal.size || (size == 1 && *(const char *)data != '0'))
		return __real_write(fd, data, size);
	errno = refusal.errnum;
	return -1;
}

static void refuse(size_t size, int errnum)
{
	refusal.size = size;
	refusal.errnum = errnum;
}

static void ends_with_busy(void) { put_text(DEVICE "error", "preparing:device-busy\n"); }
static void ends_with_invalid(void) { put_text(DEVICE "error", "transferring:firmware-invalid\n"); }
static void ends_with_news(void) { put_text(DEVICE "error", "transferring:moon-phase\n"); }
static void ends_unread(void) { unread(DEVICE "error"); }
static void others_load(void) { put_text(DEVICE "loading", "1\n"); }
static void takes_nothing(void) { ignores(DEVICE "loading"); }
static void keeps_nothing(void) { ignores(DEVICE "data"); }
static void no_memory(void) { refuse(sizeof(blob), ENOMEM); }
static void gone_meanwhile(void) { refuse(sizeof(blob), ENODEV); }
static void no_capability(void) { refuse(sizeof(blob), EPERM); }
static void forbidden(void) { refuse(1, EACCES); }
static void begun_meanwhile(void) { refuse(1, EBUSY); }
static void is_lost(void) { no_such_device(DEVICE "device/version"); }
static void unknown_module(void) { unread(DEVICE "device/version"); }
static void unknown_counter(void) { unread(DEVICE "device/num_remaining_updates"); }
static void unknown_cpus(void) { unread("sys/devices/system/cpu/online"); }
static void works_for_others(void) { put_text(DEVICE "status", "transferring\n"); }
static void one_cpu_off(void) { put_text("sys/devices/system/cpu/online", "0\n"); }
static void many_cpus_off(void)
{
	put_text("sys/devices/system/cpu/present", "0-11\n");
	put_text("sys/devices/system/cpu/online", "0-1,4,9,11\n");
}

/* As without SMT, a list of more bytes than any other attribute. */
static void every_second_cpu_off(void)
{
	char list[2048] = "0";

	for (u32 cpu = 2; cpu < 512; cpu += 2)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), ",%u", cpu);
	put_text("sys/devices/system/cpu/present", "0-511\n");
	put_text("sys/devices/system/cpu/online", strcat(list, "\n"));
}

static void smt(const char *control)
{
	one_cpu_off();
	if (mkdir(path_of("sys/devices/system/cpu/smt"), 0755))
		ck_assert_int_eq(errno, EEXIST);
	put_text("sys/devices/system/cpu/smt/control", control);
}
static void smt_on(void) { smt("on\n"); }
static void smt_off(void) { smt("off\n"); }
static void smt_forced_off(void) { smt("forceoff\n"); }
static void smt_unsupported(void) { smt("notsupported\n"); }
/* A kernel that no module from outside has touched, or one that has. */
static void put_modules(const char *text)
{
	struct utsname kernel;
	char name[256], command[512];

	uname(&kernel);
	snprintf(command, sizeof(command), "mkdir -p '%s/lib/modules/%s'", directory,
		 kernel.release);
	ck_assert_int_eq(system(command), 0);
	snprintf(name, sizeof(name), "lib/modules/%s/modules.dep", kernel.release);
	put_text(name, text);
}
static void tainted(void)
{
	put_text("proc/sys/kernel/tainted", "4608\n");
	put_modules("updates/tdx_update.ko:\n");
}
static void fails_unsure(void) { tainted(); ends_with_invalid(); }
static void tainted_by_others(void) { tainted(); put_modules("updates/nic.ko:\n"); }
static void taint_unread(void) { tainted(); unlink(path_of("proc/sys/kernel/tainted")); }
static void one_cpu_left(void) { put_text("sys/devices/system/cpu/online", "1\n"); }
static void no_update_left(void) { put_text(DEVICE "device/num_remaining_updates", "0\n"); }
static void no_device(void) { unlink(path_of(DEVICE "status")); }

/* What the kernel does between the transfer and the first look at it. */
static void (*then)(void);

static int wait_after_change(void *priv, u32 id, int stop_fd, int timeout_ms,
			     struct tdxu_status *status, struct tdxu_fault *fault)
{
	then();
	return tdxu_backend_sysfs.wait(priv, id, stop_fd, timeout_ms, status, fault);
}

static void change(void (*what)(void))
{
	static struct tdxu_backend changing;

	changing = tdxu_backend_sysfs;
	changing.wait = wait_after_change;
	used_backend = &changing;
	then = what;
}

static void run_new(void)
{
	put_text(DEVICE "device/version", "1.5.28\n");
	put_text(DEVICE "device/num_remaining_updates", "14\n");
}

static void lose(void)
{
	ends_with_invalid();
	is_lost();
}

static void fail_unseen(void)
{
	ends_with_invalid();
	unknown_module();
}

static void run_unseen(void)
{
	run_new();
	unknown_counter();
}

static void do_nothing(void) {}
static void succeeds(void) { change(run_new); }
static void succeeds_unseen(void) { change(run_unseen); }
static void loses(void) { change(lose); }
static void loses_silently(void) { change(is_lost); }
static void fails_unseen(void) { change(fail_unseen); }
static void does_nothing(void) { change(do_nothing); }
static void sticks(void) { change(works_for_others); }
static void vanishes(void) { change(no_device); }

/* Of the publisher, for the image; the running module is too old for it. */
static void is_too_far(void)
{
	put_text("mapping_file.json",
		 "{ \"tdx_module_releases\": [ { \"version\": \"1.5.28\","
		 "\"min_module_version_for_td_preserving\": \"1.5.26\","
		 "\"min_seamldr_versions\": [ \"1.5.00\" ] } ] }");
}

static void no_json(void) { put_text("mapping_file.json", "{"); }

#define APPLY "apply DIR/tdx_module_1.5.28.blob --at-own-risk"
#define SAYS "tdxupd: apply DIR/tdx_module_1.5.28.blob: "
#define FAILED "the kernel's updater has failed ("
#define UNTOUCHED "), nothing has changed, and the module 1.5.24 runs on with all TDs; "

static const struct row sysfs_rows[] = {
	{ succeeds, APPLY, 0, "Module          1.5.24 -> 1.5.28" },
	{ succeeds, APPLY " --json", 0, "*\"changed\": true,*" },
	{ ends_with_busy, APPLY, 75,
	  SAYS FAILED "it says preparing:device-busy" UNTOUCHED "try again later" },
	{ ends_with_invalid, APPLY, 74,
	  SAYS FAILED "it says transferring:firmware-invalid" UNTOUCHED "the kernel refused the image's form, or had no memory, or the module would not shut down, being busy: see `dmesg` for a SEAMCALL, and try again" },
	{ ends_with_news, APPLY, 74,
	  SAYS FAILED "it says transferring:moon-phase" UNTOUCHED "see `dmesg` before you try again" },
	{ ends_unread, APPLY, 74,
	  SAYS FAILED "what it met cannot be read (Is a directory)" UNTOUCHED "see `dmesg` before you try again" },
	{ fails_unseen, APPLY, 74,
	  SAYS FAILED "it says transferring:firmware-invalid), and whether a TDX module runs cannot be read; see `dmesg`, and check that TDs run" },
	{ fails_unsure, APPLY, 74,
	  SAYS FAILED "it says transferring:firmware-invalid), and whether a TDX module runs is not known: tdx_update may have replaced or lost it since the kernel read the version; load tdx_update, and see `tdxupd status`" },
	{ loses, APPLY, 70,
	  SAYS "the kernel's updater has lost the TDX module (it says transferring:firmware-invalid, and the kernel knows no version any more), and all TDs are gone; reboot the host" },
	{ loses_silently, APPLY, 70,
	  SAYS "the kernel's updater has lost the TDX module (it says nothing, *" },
	{ is_lost, APPLY, 70, SAYS "the TDX module was lost in an earlier update; reboot the host" },
	{ is_lost, "status", 0, "STATE           LOST: *" },
	{ tainted, "status", 0, "TDX module      1.5.24, unless tdx_update has replaced it since the kernel read that; to be sure, load tdx_update" },
	{ tainted, "status --json", 0, "*\"version_sure\": false,*" },
	{ tainted_by_others, "status", 0, "TDX module      1.5.24" },
	{ tainted_by_others, "status --json", 0, "*\"version_sure\": true,*" },
	{ taint_unread, "status", 0, "TDX module      1.5.24, unless *" },
	{ NULL, "status", 0, "TDX module      1.5.24" },
	{ is_lost, "status", 0, "Blockers        lost: the TDX module was lost in an earlier update, and its TDs with it; reboot the host" },
	{ does_nothing, APPLY, 74,
	  SAYS "the kernel's updater reports no error, but nothing proves an update: version 1.5.24, 1.5.24 before, of the image unknown, updates left 15, 15 before; see `dmesg`, and check that TDs run" },
	{ succeeds_unseen, APPLY, 0, "Module          1.5.24 -> 1.5.28" },
	{ others_load, APPLY, 75,
	  SAYS "another program has begun to load an image into the kernel's updater; try again later, and if that program has died, let `echo -1 > /sys/class/firmware/tdx_module/loading` end it" },
	{ takes_nothing, APPLY, 74,
	  SAYS "the kernel's updater takes no image any more: it was out of memory, or IMA's policy said no when it was given an earlier one; load tdx_update, or reboot the host" },
	{ keeps_nothing, APPLY, 75,
	  SAYS "the kernel's updater holds other bytes than were written: another program writes to it as well; try again when none does" },
	{ no_memory, APPLY, 1,
	  SAYS "the kernel had no memory for the image, and its updater takes none until the next boot; load tdx_update, or free memory and reboot the host" },
	{ forbidden, APPLY, 77,
	  SAYS "IMA's policy forbids what is loaded through the kernel's updater, which takes nothing else until the next boot; load tdx_update, or change that policy and reboot the host" },
	{ gone_meanwhile, APPLY, 75, SAYS "the kernel's updater is at work for another program; *" },
	{ begun_meanwhile, APPLY, 75, SAYS "the kernel's updater is at work for another program; *" },
	{ no_capability, APPLY, 77,
	  SAYS "only the administrator may replace the TDX module; run it as root, in the initial user namespace" },
	{ unknown_module, APPLY, 78,
	  SAYS "the kernel does not tell what this check needs (No data available), and its own updater would not ask; see `dmesg`, or load tdx_update" },
	{ unknown_counter, APPLY, 78,
	  SAYS "the kernel does not tell what this check needs (Is a directory), *" },
	{ unknown_cpus, APPLY, 78,
	  SAYS "the kernel does not tell what this check needs (No data available), *" },
	{ succeeds, APPLY, 0,
	  "*SVN and handoff versions of the running module are not known here, as no image of it is kept*" },
	{ succeeds, APPLY, 0,
	  "*what the publisher demands of the running module is not known here, as there is no DIR/mapping_file.json*" },
	{ is_too_far, APPLY, 78,
	  SAYS "by the mapping file beside it, it cannot be taken here: keeps TDs alive from 1.5.26 on, and 1.5.24 runs here; see `tdxupd list` for those that can" },
	{ no_json, APPLY, 65, "tdxupd: DIR/mapping_file.json: *" },
	{ works_for_others, APPLY, 75,
	  SAYS "the kernel's updater is at work for another program; try again later" },
	{ sticks, APPLY, 71,
	  SAYS "update #1 was begun, and its result is not known: the kernel's updater does not come to an end: after 0 seconds it is still in the state 'transferring', and it cannot be cancelled; see `dmesg`, and check that TDs run" },
	{ vanishes, APPLY, 71,
	  SAYS "update #1 was begun, and its result is not known: the kernel's updater has vanished while it worked; see `dmesg`, and check that TDs run" },
	{ no_device, APPLY, 69,
	  SAYS "neither the driver tdx_update is loaded nor the kernel's own updater; load one with `modprobe tdx_update`, or from Linux 7.2 on `modprobe tdx-host`, and see `dmesg` if that fails" },
	{ one_cpu_off, APPLY, 78,
	  SAYS "1 of 2 present CPUs are offline (CPU 1), and P-SEAMLDR installs only when every CPU has called it; *" },
	{ every_second_cpu_off, APPLY, 78, SAYS "256 of 512 present CPUs are offline *" },
	{ many_cpus_off, APPLY, 78,
	  SAYS "7 of 12 present CPUs are offline (CPU 2,3,5,6,7,8,10), and *" },
	{ smt_on, APPLY, 78, SAYS "1 of 2 *it; bring them online: `echo 1 > /sys/devices/system/cpu/cpuN/online`" },
	{ smt_unsupported, APPLY, 78, SAYS "1 of 2 *it; bring them online: `echo 1 > /sys/devices/system/cpu/cpuN/online`" },
	{ smt_off, APPLY, 78, SAYS "1 of 2 *it; SMT is off: bring them online by `echo on > /sys/devices/system/cpu/smt/control`" },
	{ smt_off, "status", 0, "Blockers        cpus-online: 1 of 2 *it; SMT is off: bring them online by `echo on > /sys/devices/system/cpu/smt/control`" },
	{ smt_forced_off, APPLY, 78, SAYS "1 of 2 *it; SMT is off until the next boot: boot without nosmt=force, or, if that is not given, with SMT switched on in the BIOS" },
	{ no_update_left, APPLY, 78, SAYS "P-SEAMLDR has no update left; if none was made since the last boot, it supports none: ask for a newer BIOS, else reboot" },
	{ one_cpu_left, "status", 0, "CPUs            1 of 2 online" },
	{ NULL, "status", 0, "Driver          tdx_host (the kernel's own updater)" },
	{ NULL, "status", 0, "P-SEAMLDR       1.5.02, 15 updates left until reboot" },
	{ NULL, APPLY " --dry-run", 0, "pass    hash          image: SHA-384 of the module *" },
	{ NULL, APPLY " --dry-run", 0,
	  "unknown cpus-alike    the kernel's own updater does not tell" },
};

START_TEST(sysfs)
{
	try_row(&sysfs_rows[_i]);
}
END_TEST

/* Whatever it was, the kernel gets a blob of version 2. */
START_TEST(what_the_kernel_gets)
{
	char sent[sizeof(blob)];
	FILE *f;

	succeeds();
	ck_assert_int_eq(run_line(APPLY), 0);
	f = fopen(path_of(DEVICE "data"), "r");
	ck_assert_uint_eq(fread(sent, 1, sizeof(sent), f), sizeof(sent));
	fclose(f);
	fill_header(&blob, TDXU_IMAGE_VERSION_2);
	ck_assert_mem_eq(sent, &blob, sizeof(sent));
}
END_TEST

/* A module of series 2.0 says its version itself, so the kept image is known to be what runs. */
static void make_2_0(const char *name, u8 update, u8 svn_minor, u16 hv, u16 min_hv)
{
	static struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	b.sig.svn_major = 3;
	b.sig.svn_minor = svn_minor;
	b.sig.module_hv = hv;
	b.sig.min_update_hv = min_hv;
	b.sig.reserved3[0] = update;
	b.sig.reserved3[3] = 2;
	sign(&b.sig);
	seal(&b);
	put_file(name, &b, sizeof(b));
}

START_TEST(what_the_kept_image_tells)
{
	static const struct row rows[] = {
		{ NULL, "apply DIR/lower --dry-run", 65, "tdxupd: apply DIR/lower: image has SVN 3.4, *" },
		{ NULL, "apply DIR/deaf --dry-run", 65, "tdxupd: apply DIR/deaf: *handoff*" },
		{ NULL, "apply DIR/fine --dry-run", 0, "pass    hash *" },
	};

	make_2_0("lower", 16, 4, 1, 0);
	make_2_0("deaf", 16, 5, 2, 2);
	make_2_0("fine", 16, 5, 1, 0);
	ck_assert(!mkdir(fake_paths.state, 0755) || errno == EEXIST);
	make_2_0("state/kept.blob", 14, 5, 1, 0);
	put_text(DEVICE "device/version", "2.0.14\n");
	put_text(DEVICE "device/seamldr_version", "2.0.02\n");
	try_row(&rows[_i]);
	ck_assert_msg(!strstr(out, "not known here, as no image of it"), "%s", out);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("sysfs");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, sysfs, 0, ARRAY_SIZE(sysfs_rows));
	tcase_add_test(tc, what_the_kernel_gets);
	tcase_add_loop_test(tc, what_the_kept_image_tells, 0, 3);
	return run_suite("cli sysfs", tc);
}
