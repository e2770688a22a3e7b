// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver's backend without a driver: of libnl the functions that need a socket are replaced
 * (Makefile, -Wl,--wrap), so that it reads messages that are made here.
 */
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>

#include "checks.h"
#include "messages.h"

enum { FAMILY = 42 };

/* What is wrong with a message that comes before the driver's own, on either socket. */
enum forgery { NO_FORGERY, FOREIGN_SENDER, FOREIGN_FAMILY, TOO_SHORT, FOREIGN_ERROR };

static struct {
	bool no_socket;
	u32 verdicts; /* the last of them fails */
	enum forgery forgery;
	u32 events; /* that are still to come, of update 7 */
	struct nl_msg *next[3];
	u32 nr, at;
} netlink;

extern __typeof__(genl_connect) __wrap_genl_connect;
extern __typeof__(genl_ctrl_resolve) __wrap_genl_ctrl_resolve;
extern __typeof__(genl_ctrl_resolve_grp) __wrap_genl_ctrl_resolve_grp;
extern __typeof__(nl_socket_set_buffer_size) __wrap_nl_socket_set_buffer_size;
extern __typeof__(nl_socket_add_membership) __wrap_nl_socket_add_membership;
extern __typeof__(nl_send_auto) __wrap_nl_send_auto;
extern __typeof__(nl_recvmsgs) __real_nl_recvmsgs, __wrap_nl_recvmsgs;
extern __typeof__(poll) __wrap_poll;

int __wrap_genl_ctrl_resolve(struct nl_sock *sock, const char *name)
{
	(void)sock;
	(void)name;
	return FAMILY;
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

int __wrap_nl_socket_add_membership(struct nl_sock *sock, int group)
{
	(void)sock;
	ck_assert_int_eq(group, 7);
	return 0;
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

static void put_result(struct nl_msg *msg, u32 outcome)
{
	struct nlattr *result = nla_nest_start(msg, TDX_UPDATE_A_STATUS_RESULT);

	nla_put_u32(msg, TDX_UPDATE_A_RESULT_UPDATE_ID, 7);
	nla_put_u32(msg, TDX_UPDATE_A_RESULT_OUTCOME, outcome);
	nla_nest_end(msg, result);
}

static struct nl_msg *add_message(u32 from, u32 seq, int type)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_pid = from };
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	if (type == FAMILY || type == FAMILY + 1)
		genlmsg_put(msg, 0, seq, type, 0, 0, TDX_UPDATE_CMD_RESULT_NTF, 1);
	else
		nlmsg_put(msg, 0, seq, type, 0, 0);
	nlmsg_set_src(msg, &address);
	netlink.next[netlink.nr++] = msg;
	return msg;
}

static void add_error(u32 from, u32 seq, int error)
{
	struct nlmsgerr e = { .error = error };

	nlmsg_append(add_message(from, seq, NLMSG_ERROR), &e, sizeof(e), NLMSG_ALIGNTO);
}

static void forge(u32 seq)
{
	switch (netlink.forgery) {
	case NO_FORGERY:
		return;
	case FOREIGN_ERROR:
		add_error(1234, seq, -ENOTRECOVERABLE);
		return;
	case TOO_SHORT:
		/* Of the family, without its header. */
		nlmsg_hdr(add_message(0, seq, FAMILY))->nlmsg_len = NLMSG_HDRLEN;
		return;
	default:
		put_result(add_message(netlink.forgery == FOREIGN_SENDER ? 1234 : 0, seq,
				       FAMILY + (netlink.forgery == FOREIGN_FAMILY)),
			   TDX_UPDATE_OUTCOME_LOST);
	}
}

/* Update 7 is running, or was the last; or there are verdicts. */
int __wrap_nl_send_auto(struct nl_sock *sock, struct nl_msg *request)
{
	struct nl_msg *msg;
	u32 seq;

	nl_complete_msg(sock, request);
	seq = nlmsg_hdr(request)->nlmsg_seq;
	netlink.nr = netlink.at = 0;
	forge(seq);
	msg = add_message(0, seq, FAMILY);
	if (netlink.verdicts)
		put_verdicts(msg);
	else
		nla_put_u32(msg, TDX_UPDATE_A_STATUS_UPDATE_ID, 7);
	add_error(0, seq, 0);
	return 1;
}

/* One datagram, from the kernel or from another process. */
static int receive(struct nl_sock *sock, struct sockaddr_nl *from, unsigned char **buffer,
		   struct ucred **creds)
{
	struct nl_msg *msg;
	size_t size;

	(void)sock;
	(void)creds;
	if (netlink.at == netlink.nr)
		return -NLE_NOMEM;
	msg = netlink.next[netlink.at++];
	size = nlmsg_hdr(msg)->nlmsg_len;
	*from = *nlmsg_get_src(msg);
	/* Of the same size, so that reading beyond is found. */
	*buffer = malloc(size);
	memcpy(*buffer, nlmsg_hdr(msg), size);
	nlmsg_free(msg);
	return (int)size;
}

int __wrap_genl_connect(struct nl_sock *sock)
{
	struct nl_cb *cb = nl_socket_get_cb(sock);

	nl_cb_overwrite_recv(cb, receive);
	nl_cb_put(cb);
	return netlink.no_socket ? -NLE_NOMEM : 0;
}

int __wrap_nl_recvmsgs(struct nl_sock *sock, struct nl_cb *cb)
{
	nl_cb_overwrite_recv(cb, receive);
	return __real_nl_recvmsgs(sock, cb);
}

/* Without events, there is no waiting for them. */
int __wrap_poll(struct pollfd *fds, nfds_t nr, int timeout)
{
	(void)nr;
	(void)timeout;
	if (!netlink.events)
		return 0;
	netlink.nr = netlink.at = 0;
	if (netlink.events-- > 1)
		forge(0);
	else
		put_result(add_message(0, 0, FAMILY), TDX_UPDATE_OUTCOME_UPDATED);
	fds[0].revents = POLLIN;
	return 1;
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

/* Each is another process's, or nobody's, with CAP_NET_ADMIN in this network namespace. */
static const enum forgery forgeries[] = {
	FOREIGN_SENDER, FOREIGN_FAMILY, TOO_SHORT, FOREIGN_ERROR,
};

START_TEST(netlink_believes_the_kernel_alone)
{
	static struct tdxu_status status;
	struct tdxu_fault fault = { 0 };
	void *priv;

	netlink.no_socket = false;
	netlink.forgery = forgeries[_i];
	ck_assert_int_eq(tdxu_backend_netlink.open(&priv, &fault), 0);
	ck_assert_int_eq(tdxu_backend_netlink.status(priv, false, &status, &fault), 0);
	ck_assert_uint_eq(status.update_id, 7);
	ck_assert(!status.result.present);

	/* Watching subscribes. The first event is the forged one. */
	ck_assert_int_eq(tdxu_backend_netlink.watch(priv, -1, 0, &fault), 0);
	netlink.events = 2;
	ck_assert_int_eq(tdxu_backend_netlink.wait(priv, 7, -1, -1, &status, &fault), 0);
	ck_assert_uint_eq(status.result.outcome, TDX_UPDATE_OUTCOME_UPDATED);
	netlink.forgery = NO_FORGERY;
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
	tcase_add_loop_test(tc, netlink_believes_the_kernel_alone, 0, ARRAY_SIZE(forgeries));
	return run_suite("cli netlink", tc);
}
