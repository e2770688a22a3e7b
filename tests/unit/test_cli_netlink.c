// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's backend without a driver: of libnl the functions that need a socket are replaced
 * (Makefile, -Wl,--wrap).
 */
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>

#include "checks.h"
#include "messages.h"

static struct {
	bool no_socket;
	u32 verdicts; /* the last of them fails */
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
extern __typeof__(nl_socket_add_membership) __wrap_nl_socket_add_membership;
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

int __wrap_nl_socket_add_membership(struct nl_sock *sock, int group)
{
	(void)sock;
	ck_assert_int_eq(group, 7);
	return 0;
}

int __wrap_nl_send_auto(struct nl_sock *sock, struct nl_msg *msg)
{
	(void)sock;
	(void)msg;
	return 1;
}

static void put_verdicts(struct nl_msg *msg)
{
	for (u32 i = 1; i <= netlink.verdicts; i++) {
		struct nlattr *check = nla_nest_start(msg, TDX_UPDATE_A_VERDICTS_CHECK);

		nla_put_string(msg, TDX_UPDATE_A_CHECK_NAME, "new");
		nla_put_u32(msg, TDX_UPDATE_A_CHECK_VERDICT, i == netlink.verdicts ?
			    TDX_UPDATE_VERDICT_FAIL : TDX_UPDATE_VERDICT_PASS);
		nla_nest_end(msg, check);
	}
}

/* Update 7 is running, or was the last; or there are verdicts. */
int __wrap_nl_recvmsgs(struct nl_sock *sock, struct nl_cb *cb)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	(void)sock;
	(void)cb;
	genlmsg_put(msg, 1, 1, 42, 0, 0, TDX_UPDATE_CMD_STATUS_GET, 1);
	if (netlink.verdicts)
		put_verdicts(msg);
	else
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
	/* It subscribes to the events; the answer is none to an update, which may have begun. */
	ck_assert_int_eq(netlink->update(priv, &id, &fault), -EPROTONOSUPPORT);
	ck_assert(fault.unsure);
	/* Update 7 does not end in no time at all. */
	ck_assert_int_eq(netlink->wait(priv, 7, -1, 0, &status, &fault), -ETIMEDOUT);
	netlink->wait(priv, 6, -1, -1, &status, &fault);
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

/* A newer driver may have more checks: all are taken, or it is an error. */
START_TEST(netlink_with_more_verdicts)
{
	static struct tdxu_checks checks;
	struct tdxu_fault fault = { 0 };
	void *priv;

	netlink.no_socket = false;
	ck_assert_int_eq(tdxu_backend_netlink.open(&priv, &fault), 0);
	netlink.verdicts = TDXU_MAX_CHECKS;
	ck_assert_int_eq(tdxu_backend_netlink.check(priv, &checks, &fault), 0);
	ck_assert_ptr_eq(tdxu_checks_failure(&checks), &checks.check[TDXU_MAX_CHECKS - 1]);
	netlink.verdicts++;
	ck_assert_int_eq(tdxu_backend_netlink.check(priv, &checks, &fault), -EPROTONOSUPPORT);
	netlink.verdicts = 0;
	tdxu_backend_netlink.close(priv);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("netlink");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, paths_setup, command_teardown);
	tcase_add_test(tc, netlink_without_memory);
	tcase_add_test(tc, netlink_after_another_update);
	tcase_add_test(tc, netlink_with_more_verdicts);
	return run_suite("cli netlink", tc);
}
