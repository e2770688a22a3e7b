// SPDX-License-Identifier: GPL-2.0-or-later
/* Why the driver is not there: hosts as trees of files, with the kernel that runs here. */
#include <sys/utsname.h>

#include "messages.h"

static struct utsname kernel;

/* With KERNEL written out. */
static char *of_kernel(const char *text)
{
	static char lines[8][TDXU_WHAT_BYTES];
	static u32 next;
	char *line = lines[next++ % ARRAY_SIZE(lines)];
	size_t used = 0;

	for (const char *name; (name = strstr(text, "KERNEL")); text = name + strlen("KERNEL"))
		used += (size_t)snprintf(line + used, sizeof(lines[0]) - used, "%.*s%s",
					 (int)(name - text), text, kernel.release);
	snprintf(line + used, sizeof(lines[0]) - used, "%s", text);
	return line;
}

static void put(const char *name, const char *text)
{
	const char *path = of_kernel(name);
	char command[512];

	snprintf(command, sizeof(command), "mkdir -p \"$(dirname '%s/%s')\"", directory, path);
	ck_assert_int_eq(system(command), 0);
	put_file(path, text, strlen(text));
}

static void setup(void)
{
	char command[256];

	paths_setup();
	snprintf(command, sizeof(command), "rm -rf '%s/'*", directory);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(uname(&kernel), 0);
	memset(&fake, 0, sizeof(fake));
	fake.open_error = ENODEV;
	used_second = NULL;
}

static void no_driver(void) { put("lib/modules/KERNEL/modules.dep", "kernel/fs/ext4.ko:\n"); }
static void no_headers(void) { no_driver(); put("usr/src/tdx_update-1/dkms.conf", ""); }
static void not_built(void) { no_headers(); put("lib/modules/KERNEL/build/include/x", ""); }

static void built(void)
{
	not_built();
	put("lib/modules/KERNEL/updates/dkms/tdx_update.ko.xz", "");
	put("lib/modules/KERNEL/modules.dep", "kernel/x.ko:\nupdates/dkms/tdx_update.ko.xz:\n");
}

static void no_depmod(void) { built(); no_driver(); }
static void by_make(void) { no_driver(); put("lib/modules/KERNEL/updates/tdx_update.ko", ""); }
static void may_load(void) { built(); put("proc/sys/kernel/modules_disabled", "0\n"); }
static void locked(void) { built(); put("proc/sys/kernel/modules_disabled", "1\n"); }
static void locked_early(void) { no_headers(); put("proc/sys/kernel/modules_disabled", "1\n"); }
static void loaded(void) { locked(); put("sys/module/tdx_update/version", "1\n"); }

static void live(void) { loaded(); put("sys/module/tdx_update/initstate", "live\n"); }
static void coming(void) { loaded(); put("sys/module/tdx_update/initstate", "coming\n"); }

static int open_second(void **priv, struct tdxu_fault *fault)
{
	(void)fault;
	fake.opened++;
	*priv = &fake;
	return 0;
}

/* The kernel's own updater would do, and is not to take the place of a driver that is there. */
static void with_second(void)
{
	static struct tdxu_backend second;

	second = fake_backend;
	second.open = open_second;
	used_second = &second;
	fake.status.module = (struct tdxu_module){ .present = true, .major = 1, .minor = 5 };
}

static void only_second(void) { built(); with_second(); }
static void live_and_second(void) { live(); with_second(); }

static const char namespace[] = "*: the driver tdx_update is loaded and does not answer in this network namespace, only in the host's; run it there by `nsenter -t 1 -n tdxupd`, or in a pod with `hostNetwork: true`";
static const char modprobe[] = "*: neither the driver tdx_update is loaded nor the kernel's own updater; load one with `modprobe tdx_update`, or from Linux 7.2 on `modprobe tdx-host`, and see `dmesg` if that fails";
static const char headers[] = "*: the driver tdx_update was not built for this kernel, because the kernel's headers are missing; install the package linux-headers-KERNEL, and DKMS builds it";
static const char depmod[] = "*: the driver tdx_update is there for this kernel, but modprobe does not know of it; run `depmod`, and then `modprobe tdx_update`";

static const struct row rows[] = {
	{ NULL, "status", 69, modprobe },
	{ built, "status", 69, modprobe },
	{ may_load, "status", 69, modprobe },
	{ loaded, "status", 69, modprobe },
	{ coming, "status", 69, modprobe },
	{ live, "status", 69, namespace },
	{ live, "apply DIR/good.blob", 69, namespace },
	{ live_and_second, "status", 69, namespace },
	{ only_second, "status", 0, "TDX module      1.5.0*" },
	{ no_driver, "status", 69, "tdxupd: status: the driver tdx_update is not installed for this kernel (KERNEL); install the packages tdx-update-dkms and linux-headers-KERNEL, or from Linux 7.2 on load the kernel's own updater with `modprobe tdx-host`" },
	{ no_headers, "status", 69, headers },
	{ no_headers, "status --watch", 69, headers },
	{ no_headers, "apply DIR/good.blob", 69, headers },
	{ no_headers, "apply DIR/good.blob --dry-run", 69, headers },
	{ not_built, "status", 69, "tdxupd: status: the driver tdx_update was not built for this kernel, although its headers are there; run `dkms autoinstall -k KERNEL`, which builds it or says what is in the way" },
	{ no_depmod, "status", 69, depmod },
	{ by_make, "status", 69, depmod },
	{ locked_early, "status", 69, headers },
	{ locked, "status", 69, "tdxupd: status: the driver tdx_update is not loaded, and this kernel loads no module any more until the next boot (kernel.modules_disabled is 1); have it loaded at boot by `echo tdx_update >/etc/modules-load.d/tdx_update.conf`, and reboot the host" },
};

START_TEST(absent)
{
	struct row row = rows[_i];
	static struct blob blob;
	char line[TDXU_WHAT_BYTES];

	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	put_file("good.blob", &blob, sizeof(blob));
	snprintf(line, sizeof(line), "%s", of_kernel(row.line));
	row.line = line;
	try_row(&row);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("absent");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, absent, 0, ARRAY_SIZE(rows));
	return run_suite("cli absent", tc);
}
