// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The two backends without a kernel: sysfs is a directory of ordinary files, and of libnl the
 * functions that need a socket are replaced (Makefile, -Wl,--wrap).
 */
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>

#include "messages.h"

static struct blob blob;

/* --- the kernel's own updater ----------------------------------------------------------------- */

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
	tdxu_sysfs = (struct tdxu_sysfs){ root, fake_paths.cpuinfo, 0 };
	used_backend = &tdxu_backend_sysfs;
}

static void ends_with_busy(void) { put_text(DEVICE "error", "preparing:device-busy\n"); }
static void ends_with_size(void) { put_text(DEVICE "error", "preparing:invalid-file-size\n"); }
static void ends_with_abort(void) { put_text(DEVICE "error", "transferring:user-abort\n"); }
static void ends_with_timeout(void) { put_text(DEVICE "error", "transferring:timeout\n"); }
static void ends_with_invalid(void) { put_text(DEVICE "error", "transferring:firmware-invalid\n"); }
static void ends_with_news(void) { put_text(DEVICE "error", "transferring:moon-phase\n"); }
static void works_for_others(void) { put_text(DEVICE "status", "transferring\n"); }
static void one_cpu_off(void) { put_text("sys/devices/system/cpu/online", "0\n"); }
static void many_cpus_off(void)
{
	put_text("sys/devices/system/cpu/present", "0-11\n");
	put_text("sys/devices/system/cpu/online", "0-1,4,9,11\n");
}

static void one_cpu_left(void) { put_text("sys/devices/system/cpu/online", "1\n"); }
static void no_update_left(void) { put_text(DEVICE "device/num_remaining_updates", "0\n"); }
static void no_device(void) { unlink(path_of(DEVICE "status")); }

/* What the kernel does between the transfer and the first look at it. */
static const char *status_then, *version_then;

static int wait_after_change(void *priv, u32 id, int stop_fd, struct tdxu_status *status,
			     struct tdxu_fault *fault)
{
	if (status_then)
		put_text(DEVICE "status", status_then);
	else
		no_device();
	put_text(DEVICE "device/version", version_then);
	return tdxu_backend_sysfs.wait(priv, id, stop_fd, status, fault);
}

static void change(const char *status, const char *version)
{
	static struct tdxu_backend changing;

	changing = tdxu_backend_sysfs;
	changing.wait = wait_after_change;
	used_backend = &changing;
	status_then = status;
	version_then = version;
}

static void succeeds(void) { change("idle\n", "1.5.28\n"); }
static void sticks(void) { change("transferring\n", "1.5.24\n"); }
static void vanishes(void) { change(NULL, "1.5.24\n"); }

#define APPLY "apply DIR/tdx_module_1.5.28.blob --at-own-risk"
#define SAYS "tdxupd: apply DIR/tdx_module_1.5.28.blob: "

static const struct row sysfs_rows[] = {
	{ succeeds, APPLY, 0, "Module          1.5.24 -> 1.5.28" },
	{ succeeds, APPLY " --json", 0, "*\"changed\": true,*" },
	{ ends_with_busy, APPLY, 75, SAYS "the kernel's updater is busy; try again later" },
	{ ends_with_size, APPLY, 65,
	  SAYS "the kernel's updater refuses an image of this size; check that it is the right file" },
	{ ends_with_abort, APPLY, 74,
	  SAYS "somebody has cancelled it; check in `dmesg` how far it was" },
	{ ends_with_timeout, APPLY, 74,
	  SAYS "the kernel's updater has run into a time-out; see `dmesg`, and check that TDs run" },
	{ ends_with_invalid, APPLY, 74,
	  SAYS "the kernel's updater says firmware-invalid, which can mean a refused image as well as a lost TDX module; see `dmesg`, check that TDs run, and reboot if they do not" },
	{ ends_with_news, APPLY, 74,
	  SAYS "the kernel's updater has met an error that tdxupd does not know; see `dmesg`, and check that TDs run" },
	{ works_for_others, APPLY, 75,
	  SAYS "the kernel's updater is at work for another program; try again later" },
	{ sticks, APPLY, 1,
	  SAYS "the kernel's updater does not come to an end: after 0 seconds it is still in the state 'transferring', and it cannot be cancelled; see `dmesg`, and check that TDs run" },
	{ vanishes, APPLY, 69,
	  SAYS "the kernel's updater has vanished while it worked; see `dmesg`, and check that TDs run" },
	{ no_device, APPLY, 69,
	  SAYS "the driver tdx_update is not loaded; load it with `modprobe tdx_update`, and see `dmesg` if that fails" },
	{ one_cpu_off, APPLY, 78,
	  SAYS "1 of 2 present CPUs are offline (CPU 1), and P-SEAMLDR installs only when every CPU has called it; *" },
	{ many_cpus_off, APPLY, 78,
	  SAYS "7 of 12 present CPUs are offline (CPU 2,3,5,6,7,8,10), and *" },
	{ no_update_left, APPLY, 78, SAYS "P-SEAMLDR has no TD-preserving update left*" },
	{ one_cpu_left, "status", 0, "CPUs            1 of 2 online" },
	{ NULL, "status", 0, "Driver          tdx_host (the kernel's own updater)" },
	{ NULL, "status", 0, "P-SEAMLDR       1.5, 15 updates left until reboot" },
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

/* --- the driver, behind libnl ----------------------------------------------------------------- */

static struct {
	bool no_socket;
	struct {
		nl_recvmsg_msg_cb_t call;
		void *arg;
	} valid, ack;
} netlink;

extern __typeof__(nl_cb_set) __real_nl_cb_set, __wrap_nl_cb_set;
extern __typeof__(genl_connect) __wrap_genl_connect;
extern __typeof__(genl_ctrl_resolve) __wrap_genl_ctrl_resolve;
extern __typeof__(genl_ctrl_resolve_grp) __wrap_genl_ctrl_resolve_grp;
extern __typeof__(nl_socket_set_buffer_size) __wrap_nl_socket_set_buffer_size;
extern __typeof__(nl_send_auto) __wrap_nl_send_auto;
extern __typeof__(nl_recvmsgs) __wrap_nl_recvmsgs;
extern __typeof__(poll) __wrap_poll;

int __wrap_genl_connect(struct nl_sock *sock)
{
	(void)sock;
	return netlink.no_socket ? -NLE_NOMEM : 0;
}

int __wrap_genl_ctrl_resolve(struct nl_sock *sock, const char *name)
{
	(void)sock;
	(void)name;
	return 42;
}

int __wrap_genl_ctrl_resolve_grp(struct nl_sock *sock, const char *name, const char *group)
{
	(void)sock;
	(void)name;
	(void)group;
	return 7;
}

int __wrap_nl_socket_set_buffer_size(struct nl_sock *sock, int receive, int send)
{
	(void)sock;
	(void)receive;
	(void)send;
	return 0;
}

int __wrap_nl_cb_set(struct nl_cb *cb, enum nl_cb_type type, enum nl_cb_kind kind,
		     nl_recvmsg_msg_cb_t call, void *arg)
{
	if (type == NL_CB_VALID) {
		netlink.valid.call = call;
		netlink.valid.arg = arg;
	} else if (type == NL_CB_ACK) {
		netlink.ack.call = call;
		netlink.ack.arg = arg;
	}
	return __real_nl_cb_set(cb, type, kind, call, arg);
}

int __wrap_nl_send_auto(struct nl_sock *sock, struct nl_msg *msg)
{
	(void)sock;
	(void)msg;
	return 1;
}

/* Update 7 is running, or was the last. */
int __wrap_nl_recvmsgs(struct nl_sock *sock, struct nl_cb *cb)
{
	struct nl_msg *msg = nlmsg_alloc();

	(void)sock;
	(void)cb;
	genlmsg_put(msg, 1, 1, 42, 0, 0, TDX_UPDATE_CMD_STATUS_GET, 1);
	nla_put_u32(msg, TDX_UPDATE_A_STATUS_UPDATE_ID, 7);
	netlink.valid.call(msg, netlink.valid.arg);
	netlink.ack.call(msg, netlink.ack.arg);
	nlmsg_free(msg);
	return 0;
}

/* No events, and no waiting for them. */
int __wrap_poll(struct pollfd *fds, nfds_t nr, int timeout)
{
	(void)fds;
	(void)nr;
	(void)timeout;
	return 0;
}

static enum tdxu_exit wait_for_six(struct tdxu_ctx *ctx)
{
	const struct tdxu_backend *netlink = ctx->backend;
	struct tdxu_fault fault = { 0 };
	static struct tdxu_status status;
	void *priv;
	u32 id;

	ck_assert_int_eq(netlink->open(&priv, &fault), 0);
	netlink->update(priv, &id, &fault); /* subscribes to the events */
	netlink->wait(priv, 6, -1, &status, &fault);
	netlink->close(priv);
	tdxu_error_from_fault(&error, "apply x", &fault);
	return print_error(ctx);
}

START_TEST(netlink_without_memory)
{
	static const struct row row = {
		NULL, "status", 1,
		"tdxupd: status: netlink does not work: Out of memory; see `dmesg` and `tdxupd status` for more",
	};

	used_backend = &tdxu_backend_netlink;
	netlink.no_socket = true;
	try_row(&row);
}
END_TEST

START_TEST(netlink_after_another_update)
{
	static const struct row row = {
		NULL, "", 1,
		"tdxupd: apply x: another update has followed, and the result of this one is gone; see `dmesg` and `tdxupd status`",
	};

	used_backend = &tdxu_backend_netlink;
	expect_row(&row, run(wait_for_six, &options, false));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("backends");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, sysfs, 0, ARRAY_SIZE(sysfs_rows));
	tcase_add_test(tc, what_the_kernel_gets);
	tcase_add_test(tc, netlink_without_memory);
	tcase_add_test(tc, netlink_after_another_update);
	return run_suite("cli backends", tc);
}
