// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver tdx_update, by generic netlink. Commands and their answers go over one socket, to
 * which the driver ties the uploaded images; events come in over another one, which is opened
 * and subscribed before an update is asked for, so that its result cannot be missed.
 */
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <poll.h>
#include <stdlib.h>

#include "backend.h"
#include "clock.h"
#include "decode.h"
#include "netlink.h"

enum { DOUBT_MS = 10000 }; /* without a word from the driver, ask */

/* The event that tdxu_backend.wait waits for. */
struct watch {
	u32 id;
	u64 deadline_ms;
	bool found;
	struct tdxu_status *status;
};

/* Asks the kernel's list of families: until it has answered, only its messages are believed. */
static int resolve(struct tdxu_nl *s, struct tdxu_fault *fault)
{
	int family;

	s->family = GENL_ID_CTRL;
	family = genl_ctrl_resolve(s->commands, TDX_UPDATE_FAMILY_NAME);
	if (family == -NLE_OBJ_NOTFOUND)
		return tdxu_fault_set(fault, ENODEV, "");
	if (family < 0)
		return tdxu_nl_fail_libnl(fault, family);
	s->group = genl_ctrl_resolve_grp(s->commands, TDX_UPDATE_FAMILY_NAME,
					 TDX_UPDATE_MCGRP_EVENTS);
	s->family = family;
	return s->group < 0 ? tdxu_fault_set(fault, EPROTONOSUPPORT, "") : 0;
}

static void close_session(void *priv)
{
	struct tdxu_nl *s = priv;

	nl_socket_free(s->events);
	nl_socket_free(s->commands);
	free(s);
}

static int open_session(void **priv, struct tdxu_fault *fault)
{
	struct tdxu_nl *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return tdxu_fault_set(fault, ENOMEM, "");
	err = tdxu_nl_connect(s, &s->commands, fault) ?: resolve(s, fault);
	if (err) {
		close_session(s);
		return err;
	}
	*priv = s;
	return 0;
}

static int get_status(void *priv, bool fresh, struct tdxu_status *status,
		      struct tdxu_fault *fault)
{
	u8 command = fresh ? TDX_UPDATE_CMD_REFRESH : TDX_UPDATE_CMD_STATUS_GET;
	int err = tdxu_nl_transact(priv, tdxu_nl_request(priv, command), tdxu_decode_status,
				   status, fault);
	char why[TDXU_GATE_WHY];

	/* The administrator may have raised the driver's gate: then ours is too low. */
	if (!err && *status->minimum)
		tdxu_gate_raise(status->minimum, why);
	/* And let it take another signer. */
	if (!err && *status->signer)
		tdxu_signer_take(status->signer);
	return err;
}

static int begin(struct tdxu_nl *s, enum tdx_update_slot slot, u32 size, struct tdxu_fault *fault)
{
	struct nl_msg *msg = tdxu_nl_request(s, TDX_UPDATE_CMD_IMAGE_BEGIN);

	/* Room was allocated for far more than this. */
	if (msg) {
		nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SLOT, slot);
		nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SIZE, size);
	}
	return tdxu_nl_transact(s, msg, NULL, NULL, fault);
}

static int send_chunk(struct tdxu_nl *s, enum tdx_update_slot slot, u32 offset, const u8 *data,
		      u32 size, struct tdxu_fault *fault)
{
	struct nl_msg *msg = tdxu_nl_request(s, TDX_UPDATE_CMD_IMAGE_DATA);

	if (msg) {
		nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SLOT, slot);
		nla_put_u32(msg, TDX_UPDATE_A_IMAGE_OFFSET, offset);
		nla_put(msg, TDX_UPDATE_A_IMAGE_DATA, (int)size, data);
	}
	return tdxu_nl_transact(s, msg, NULL, NULL, fault);
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
	struct nl_msg *msg = tdxu_nl_request(priv, TDX_UPDATE_CMD_IMAGE_DROP);

	if (msg && slot >= 0)
		nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SLOT, (u32)slot);
	return tdxu_nl_transact(priv, msg, NULL, NULL, fault);
}

static int check(void *priv, struct tdxu_checks *checks, struct tdxu_fault *fault)
{
	return tdxu_nl_transact(priv, tdxu_nl_request(priv, TDX_UPDATE_CMD_CHECK),
				tdxu_decode_checks, checks, fault);
}

static int subscribe(struct tdxu_nl *s, struct tdxu_fault *fault)
{
	int err;

	if (s->events)
		return 0;
	err = tdxu_nl_connect(s, &s->events, fault);
	if (err)
		return err;
	nl_socket_disable_seq_check(s->events);
	nl_socket_set_nonblocking(s->events);
	err = nl_socket_add_membership(s->events, s->group);
	return err ? tdxu_nl_fail_libnl(fault, err) : 0;
}

static int update(void *priv, u32 *id, struct tdxu_fault *fault)
{
	return subscribe(priv, fault) ?:
		       tdxu_nl_transact(priv, tdxu_nl_request(priv, TDX_UPDATE_CMD_UPDATE),
					tdxu_decode_update_id, id, fault);
}

/*
 * Until events have come, which are taken, or @stop_fd is readable, or @timeout_ms have passed.
 * @doubt: nothing has come, or not all. Return: is it to stop?
 */
static bool receive(struct tdxu_nl *s, int stop_fd, int timeout_ms, bool *doubt)
{
	struct pollfd fds[] = {
		{ .fd = nl_socket_get_fd(s->events), .events = POLLIN },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int ready = poll(fds, ARRAY_SIZE(fds), timeout_ms);

	*doubt = ready == 0;
	/* An error to receive is an overrun: events were lost, ours perhaps among them. */
	if (ready > 0 && fds[0].revents)
		*doubt = nl_recvmsgs_default(s->events) < 0;
	return ready > 0 && fds[1].revents;
}

/* What has come, or that something was lost: either way the status is asked for. */
static int watch(void *priv, int stop_fd, int timeout_ms, struct tdxu_fault *fault)
{
	int err = subscribe(priv, fault);
	bool doubt;

	if (!err && receive(priv, stop_fd, timeout_ms, &doubt))
		err = tdxu_fault_set(fault, EINTR, "");
	return err;
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
static int ask(struct tdxu_nl *s, struct watch *watch, struct tdxu_fault *fault)
{
	int err = get_status(s, false, watch->status, fault);

	if (err)
		return err;
	watch->found = is_result_of(watch->status, watch->id);
	if (!watch->found && watch->status->update_id != watch->id)
		return tdxu_fault_set(fault, ESRCH,
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
static int wait_once(struct tdxu_nl *s, int stop_fd, struct watch *watch, struct tdxu_fault *fault)
{
	bool doubt, stop = receive(s, stop_fd, poll_ms(watch), &doubt);

	if (watch->found)
		return 0;
	if (stop)
		return tdxu_fault_set(fault, EINTR, "");
	return doubt ? ask(s, watch, fault) : -EAGAIN;
}

static int wait_for_result(void *priv, u32 id, int stop_fd, int timeout_ms,
			   struct tdxu_status *status, struct tdxu_fault *fault)
{
	struct watch watch = { .id = id, .status = status, .deadline_ms = UINT64_MAX };
	struct tdxu_nl *s = priv;
	int err;

	if (timeout_ms >= 0)
		watch.deadline_ms = tdxu_now_ms() + (u64)timeout_ms;
	nl_socket_modify_cb(s->events, NL_CB_VALID, NL_CB_CUSTOM, on_event, &watch);
	/* At the deadline nothing has come, so that the last round has asked. */
	do {
		err = wait_once(s, stop_fd, &watch, fault);
	} while (err == -EAGAIN && tdxu_now_ms() < watch.deadline_ms);
	return err == -EAGAIN ? tdxu_fault_set(fault, ETIMEDOUT, "") : err;
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
