// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver tdx_update, by generic netlink. Commands and their answers go over one socket, to
 * which the driver ties the uploaded images; events come in over another one, which is opened
 * and subscribed before an update is asked for, so that its result cannot be missed.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "backend.h"
#include "clock.h"
#include "decode.h"

enum {
	MESSAGE_ROOM = TDX_UPDATE_MAX_CHUNK + 4096, /* a chunk and its attributes */
	SOCKET_BUFFER = 256 * 1024,
	DOUBT_MS = 10000, /* without a word from the driver, ask */
};

struct session {
	struct nl_sock *commands;
	struct nl_sock *events;
	int family;
	int group;
};

/* A request and what came of it. */
struct exchange {
	bool (*decode)(const void *attrs, size_t size, void *out);
	void *out;
	bool done;
	bool decoded;
	struct tdxu_fault *fault;
};

/* The event that tdxu_backend.wait waits for. */
struct watch {
	u32 id;
	u64 deadline_ms;
	bool found;
	struct tdxu_status *status;
};

static int fail(struct tdxu_fault *fault, int errnum, const char *message)
{
	fault->errnum = errnum;
	snprintf(fault->message, sizeof(fault->message), "%s", message);
	return -errnum;
}

/* libnl has errors of its own; none of them is the driver's. */
static int fail_nl(struct tdxu_fault *fault, int nl_error)
{
	fault->errnum = ECOMM;
	snprintf(fault->message, sizeof(fault->message), "netlink does not work: %s",
		 nl_geterror(nl_error));
	return -ECOMM;
}

/* The sentence that the kernel sent along with an error, or nothing. */
static void take_sentence(const struct nlmsghdr *header, const struct nlmsgerr *error,
			  struct tdxu_fault *fault)
{
	size_t skip = sizeof(*error);
	const struct nlattr *text;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += error->msg.nlmsg_len - NLMSG_HDRLEN;
	if (header->nlmsg_len < NLMSG_HDRLEN + NLMSG_ALIGN(skip))
		return;
	text = nla_find((const struct nlattr *)((const u8 *)error + NLMSG_ALIGN(skip)),
			(int)(header->nlmsg_len - NLMSG_HDRLEN - NLMSG_ALIGN(skip)),
			NLMSGERR_ATTR_MSG);
	if (text)
		snprintf(fault->message, sizeof(fault->message), "%.*s", nla_len(text),
			 (const char *)nla_data(text));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	const struct nlmsghdr *header = (const void *)((const u8 *)error - NLMSG_HDRLEN);
	struct exchange *x = arg;

	(void)from;
	x->fault->errnum = -error->error;
	take_sentence(header, error, x->fault);
	x->done = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	(void)msg;
	x->done = true;
	return NL_STOP;
}

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *header = genlmsg_hdr(nlmsg_hdr(msg));
	struct exchange *x = arg;

	if (x->decode)
		x->decoded = x->decode(genlmsg_attrdata(header, 0),
				       (size_t)genlmsg_attrlen(header, 0), x->out);
	return NL_OK;
}

static int receive_answer(struct session *s, struct exchange *x)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err = 0;

	if (!cb)
		return fail(x->fault, ENOMEM, "");
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, x);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_reply, x);
	while (!x->done && err >= 0)
		err = nl_recvmsgs(s->commands, cb);
	nl_cb_put(cb);

	/* The driver always explains itself: this is the kernel, which lost the family. */
	if (x->fault->errnum == ENOENT && !*x->fault->message)
		x->fault->errnum = ENODEV;
	if (x->fault->errnum)
		return -x->fault->errnum;
	if (x->done && (x->decoded || !x->decode))
		return 0;
	x->fault->unsure = true;
	return x->done ? fail(x->fault, EPROTONOSUPPORT, "") : fail_nl(x->fault, err);
}

static struct nl_msg *request(struct session *s, u8 command)
{
	struct nl_msg *msg = nlmsg_alloc_size(MESSAGE_ROOM);

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, s->family, 0, NLM_F_ACK, command,
				TDX_UPDATE_FAMILY_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* Sends @msg, which may be NULL for want of memory, frees it, and awaits the answer. */
static int transact(struct session *s, struct nl_msg *msg, struct exchange *x)
{
	int err;

	memset(x->fault, 0, sizeof(*x->fault));
	if (!msg)
		return fail(x->fault, ENOMEM, "");
	err = nl_send_auto(s->commands, msg);
	nlmsg_free(msg);
	return err < 0 ? fail_nl(x->fault, err) : receive_answer(s, x);
}

/* The kernel sends sentences only to those who ask for them. */
static int ask_for_sentences(struct nl_sock *sock)
{
	int fd = nl_socket_get_fd(sock);
	int on = 1;

	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	return nl_socket_set_buffer_size(sock, SOCKET_BUFFER, SOCKET_BUFFER);
}

static int connect_socket(struct nl_sock **out, struct tdxu_fault *fault)
{
	struct nl_sock *sock = nl_socket_alloc();
	int err;

	if (!sock)
		return fail(fault, ENOMEM, "");
	nl_socket_enable_msg_peek(sock);
	err = genl_connect(sock) ?: ask_for_sentences(sock);
	if (err) {
		nl_socket_free(sock);
		return fail_nl(fault, err);
	}
	*out = sock;
	return 0;
}

static int resolve(struct session *s, struct tdxu_fault *fault)
{
	s->family = genl_ctrl_resolve(s->commands, TDX_UPDATE_FAMILY_NAME);
	if (s->family == -NLE_OBJ_NOTFOUND)
		return fail(fault, ENODEV, "");
	if (s->family < 0)
		return fail_nl(fault, s->family);
	s->group = genl_ctrl_resolve_grp(s->commands, TDX_UPDATE_FAMILY_NAME,
					 TDX_UPDATE_MCGRP_EVENTS);
	return s->group < 0 ? fail(fault, EPROTONOSUPPORT, "") : 0;
}

static void close_session(void *priv)
{
	struct session *s = priv;

	nl_socket_free(s->events);
	nl_socket_free(s->commands);
	free(s);
}

static int open_session(void **priv, struct tdxu_fault *fault)
{
	struct session *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return fail(fault, ENOMEM, "");
	err = connect_socket(&s->commands, fault);
	if (!err)
		err = resolve(s, fault);
	if (err) {
		close_session(s);
		return err;
	}
	*priv = s;
	return 0;
}

/* decode.h knows what it decodes; an exchange does not. */
#define DECODER(kind)                                                        \
	static bool decode_##kind(const void *attrs, size_t size, void *out) \
	{                                                                    \
		return tdxu_decode_##kind(attrs, size, out);                 \
	}
DECODER(status)
DECODER(checks)
DECODER(update_id)

static int get_status(void *priv, struct tdxu_status *status, struct tdxu_fault *fault)
{
	struct exchange x = { .decode = decode_status, .out = status, .fault = fault };
	int err = transact(priv, request(priv, TDX_UPDATE_CMD_STATUS_GET), &x);
	char why[TDXU_GATE_WHY];

	/* The administrator may have raised the driver's gate: then ours is too low. */
	if (!err && *status->minimum)
		tdxu_gate_raise(status->minimum, why);
	/* And let it take another signer. */
	if (!err && *status->signer)
		tdxu_signer_take(status->signer);
	return err;
}

static int begin(struct session *s, enum tdx_update_slot slot, u32 size, struct tdxu_fault *fault)
{
	struct nl_msg *msg = request(s, TDX_UPDATE_CMD_IMAGE_BEGIN);
	struct exchange x = { .fault = fault };

	/* Room was allocated for far more than this. */
	if (msg) {
		nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SLOT, slot);
		nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SIZE, size);
	}
	return transact(s, msg, &x);
}

static int send_chunk(struct session *s, enum tdx_update_slot slot, u32 offset, const u8 *data,
		      u32 size, struct tdxu_fault *fault)
{
	struct nl_msg *msg = request(s, TDX_UPDATE_CMD_IMAGE_DATA);
	struct exchange x = { .fault = fault };

	if (msg) {
		nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SLOT, slot);
		nla_put_u32(msg, TDX_UPDATE_A_IMAGE_OFFSET, offset);
		nla_put(msg, TDX_UPDATE_A_IMAGE_DATA, (int)size, data);
	}
	return transact(s, msg, &x);
}

static int upload(void *priv, enum tdx_update_slot slot, const void *data, size_t size,
		  struct tdxu_fault *fault)
{
	int err = begin(priv, slot, (u32)size, fault);

	for (u32 offset = 0; !err && offset < size; offset += TDX_UPDATE_MAX_CHUNK) {
		size_t left = size - offset;
		u32 chunk = left < TDX_UPDATE_MAX_CHUNK ? (u32)left : TDX_UPDATE_MAX_CHUNK;

		err = send_chunk(priv, slot, offset, (const u8 *)data + offset, chunk, fault);
	}
	return err;
}

static int drop(void *priv, int slot, struct tdxu_fault *fault)
{
	struct nl_msg *msg = request(priv, TDX_UPDATE_CMD_IMAGE_DROP);
	struct exchange x = { .fault = fault };

	if (msg && slot >= 0)
		nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SLOT, (u32)slot);
	return transact(priv, msg, &x);
}

static int check(void *priv, struct tdxu_checks *checks, struct tdxu_fault *fault)
{
	struct exchange x = { .decode = decode_checks, .out = checks, .fault = fault };

	return transact(priv, request(priv, TDX_UPDATE_CMD_CHECK), &x);
}

static int subscribe(struct session *s, struct tdxu_fault *fault)
{
	int err;

	if (s->events)
		return 0;
	err = connect_socket(&s->events, fault);
	if (err)
		return err;
	nl_socket_disable_seq_check(s->events);
	nl_socket_set_nonblocking(s->events);
	err = nl_socket_add_membership(s->events, s->group);
	return err ? fail_nl(fault, err) : 0;
}

static int update(void *priv, u32 *id, struct tdxu_fault *fault)
{
	struct exchange x = { .decode = decode_update_id, .out = id, .fault = fault };
	int err = subscribe(priv, fault);

	return err ? err : transact(priv, request(priv, TDX_UPDATE_CMD_UPDATE), &x);
}

static int watch(void *priv, int stop_fd, int timeout_ms, struct tdxu_fault *fault)
{
	struct session *s = priv;
	int err = subscribe(s, fault);
	struct pollfd fds[] = {
		{ .fd = err ? -1 : nl_socket_get_fd(s->events), .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};

	if (err)
		return err;
	if (poll(fds, ARRAY_SIZE(fds), timeout_ms) <= 0)
		return 0;
	/* What has come, or that something was lost: either way the status is asked for. */
	if (fds[0].revents)
		nl_recvmsgs_default(s->events);
	return fds[1].revents ? fail(fault, EINTR, "") : 0;
}

static bool is_result_of(const struct tdxu_status *status, u32 id)
{
	return status->result.present && status->result.id == id;
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *header = genlmsg_hdr(nlmsg_hdr(msg));
	struct watch *watch = arg;

	if (watch->found || header->cmd != TDX_UPDATE_CMD_RESULT_NTF)
		return NL_OK;
	watch->found = tdxu_decode_status(genlmsg_attrdata(header, 0),
					  (size_t)genlmsg_attrlen(header, 0), watch->status) &&
		       is_result_of(watch->status, watch->id);
	return NL_OK;
}

/* Asks once, where events leave a doubt. -EAGAIN: it is still running. */
static int ask(struct session *s, struct watch *watch, struct tdxu_fault *fault)
{
	int err = get_status(s, watch->status, fault);

	if (err)
		return err;
	watch->found = is_result_of(watch->status, watch->id);
	if (!watch->found && watch->status->update_id != watch->id)
		return fail(fault, ESRCH,
			    "another update has followed, and the result of this one is gone; see `dmesg` and `tdxupd status`");
	return watch->found ? 0 : -EAGAIN;
}

static int poll_ms(const struct watch *watch)
{
	u64 now = tdxu_now_ms();
	u64 left = now < watch->deadline_ms ? watch->deadline_ms - now : 0;

	return left < DOUBT_MS ? (int)left : DOUBT_MS;
}

/* Waits once for an event, a wish to stop, or doubt. -EAGAIN: go on waiting. */
static int wait_once(struct session *s, int stop_fd, struct watch *watch, struct tdxu_fault *fault)
{
	struct pollfd fds[] = {
		{ .fd = nl_socket_get_fd(s->events), .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int ready = poll(fds, ARRAY_SIZE(fds), poll_ms(watch));
	bool doubt = ready == 0;

	/* An error to receive is an overrun: events were lost, ours perhaps among them. */
	if (ready > 0 && fds[0].revents)
		doubt = nl_recvmsgs_default(s->events) < 0;
	if (watch->found)
		return 0;
	if (ready > 0 && fds[1].revents)
		return fail(fault, EINTR, "");
	return doubt ? ask(s, watch, fault) : -EAGAIN;
}

static int wait_for_result(void *priv, u32 id, int stop_fd, int timeout_ms,
			   struct tdxu_status *status, struct tdxu_fault *fault)
{
	struct watch watch = { .id = id, .status = status, .deadline_ms = UINT64_MAX };
	struct session *s = priv;
	int err;

	if (timeout_ms >= 0)
		watch.deadline_ms = tdxu_now_ms() + (u64)timeout_ms;
	nl_socket_modify_cb(s->events, NL_CB_VALID, NL_CB_CUSTOM, on_event, &watch);
	/* At the deadline nothing has come, so that the last round has asked. */
	do {
		err = wait_once(s, stop_fd, &watch, fault);
	} while (err == -EAGAIN && tdxu_now_ms() < watch.deadline_ms);
	return err == -EAGAIN ? fail(fault, ETIMEDOUT, "") : err;
}

const struct tdxu_backend tdxu_backend_netlink = {
	.name = "tdx_update",
	.open = open_session,
	.close = close_session,
	.status = get_status,
	.upload = upload,
	.drop = drop,
	.check = check,
	.update = update,
	.watch = watch,
	.wait = wait_for_result,
};
