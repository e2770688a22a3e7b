// SPDX-License-Identifier: GPL-2.0-or-later
#include <netlink/genl/genl.h>
#include <sys/socket.h>

#include "netlink.h"

enum {
	MESSAGE_ROOM = TDX_UPDATE_MAX_CHUNK + 4096, /* a chunk and its attributes */
	SOCKET_BUFFER = 256 * 1024,
};

/* A request and what came of it. */
struct exchange {
	tdxu_nl_decode *decode;
	void *out;
	bool done;
	bool decoded; /* or there was nothing to decode */
	struct tdxu_fault *fault;
};

/* libnl has errors of its own; none of them is the driver's. */
int tdxu_nl_fail_libnl(struct tdxu_fault *fault, int nl_error)
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
		nla_strlcpy(fault->message, text, sizeof(fault->message));
}

/*
 * Any program with CAP_NET_ADMIN in the network namespace can send to this socket: only the kernel
 * is believed, and of what it sends only answers and whole messages of the family.
 */
static int on_message(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *header = nlmsg_hdr(msg);
	const struct tdxu_nl *s = arg;
	bool whole = header->nlmsg_len >= NLMSG_HDRLEN + GENL_HDRLEN;

	if (nlmsg_get_src(msg)->nl_pid)
		return NL_SKIP;
	return header->nlmsg_type < NLMSG_MIN_TYPE || (header->nlmsg_type == s->family && whole) ?
		       NL_OK : NL_SKIP;
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

static int receive_answer(struct tdxu_nl *s, struct exchange *x)
{
	struct nl_cb *cb = nl_socket_get_cb(s->commands);
	int err = 0;

	/* Set anew for each answer: @x does not outlive it. */
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
	if (x->done && x->decoded)
		return 0;
	x->fault->unsure = true;
	return x->done ? tdxu_fault_set(x->fault, EPROTONOSUPPORT, "") : tdxu_nl_fail_libnl(x->fault, err);
}

struct nl_msg *tdxu_nl_request(struct tdxu_nl *s, u8 command)
{
	struct nl_msg *msg = nlmsg_alloc_size(MESSAGE_ROOM);

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, s->family, 0, NLM_F_ACK, command,
				TDX_UPDATE_FAMILY_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

int tdxu_nl_transact(struct tdxu_nl *s, struct nl_msg *msg, tdxu_nl_decode *decode, void *out,
		     struct tdxu_fault *fault)
{
	struct exchange x = { .decode = decode, .out = out, .decoded = !decode, .fault = fault };
	int err;

	memset(fault, 0, sizeof(*fault));
	if (!msg)
		return tdxu_fault_set(fault, ENOMEM, "");
	err = nl_send_auto(s->commands, msg);
	nlmsg_free(msg);
	return err < 0 ? tdxu_nl_fail_libnl(fault, err) : receive_answer(s, &x);
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

int tdxu_nl_connect(struct tdxu_nl *s, struct nl_sock **out, struct tdxu_fault *fault)
{
	struct nl_sock *sock = nl_socket_alloc();
	int err;

	if (!sock)
		return tdxu_fault_set(fault, ENOMEM, "");
	nl_socket_enable_msg_peek(sock);
	nl_socket_modify_cb(sock, NL_CB_MSG_IN, NL_CB_CUSTOM, on_message, s);
	err = genl_connect(sock) ?: ask_for_sentences(sock);
	if (err) {
		nl_socket_free(sock);
		return tdxu_nl_fail_libnl(fault, err);
	}
	*out = sock;
	return 0;
}
