// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends netlink commands to the driver exactly as told, wrong ones too. Reads lines from standard
 * input, all sent through one socket, and answers each with a line: "ok", or "ERRNO: SENTENCE".
 *
 *	image-begin slot=0 size=4096
 *	image-data slot=0 offset=0 data=FILE:OFFSET:BYTES
 *	update 99=7		attribute 99, a u32
 *	hold			stays, with the socket open, until killed
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include <tdx_update.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct name {
	const char *text;
	int number;
};

static const struct name commands[] = {
	{ "status-get", TDX_UPDATE_CMD_STATUS_GET },
	{ "refresh", TDX_UPDATE_CMD_REFRESH },
	{ "image-begin", TDX_UPDATE_CMD_IMAGE_BEGIN },
	{ "image-data", TDX_UPDATE_CMD_IMAGE_DATA },
	{ "image-drop", TDX_UPDATE_CMD_IMAGE_DROP },
	{ "check", TDX_UPDATE_CMD_CHECK },
	{ "update", TDX_UPDATE_CMD_UPDATE },
};

static const struct name attributes[] = {
	{ "slot", TDX_UPDATE_A_IMAGE_SLOT },
	{ "size", TDX_UPDATE_A_IMAGE_SIZE },
	{ "offset", TDX_UPDATE_A_IMAGE_OFFSET },
	{ "data", TDX_UPDATE_A_IMAGE_DATA },
};

/* A number as it stands, or one that has a name. */
static int lookup(const struct name *names, size_t n, const char *text)
{
	char *end;
	long number = strtol(text, &end, 0);

	if (end != text && !*end)
		return number;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i].text, text))
			return names[i].number;
	errx(64, "'%s' is neither a number nor known", text);
}

static void put_slice(struct nl_msg *msg, int attribute, char *spec)
{
	char *path = strsep(&spec, ":"), *offset = strsep(&spec, ":");
	size_t bytes = spec ? strtoul(spec, NULL, 0) : 0;
	void *data = malloc(bytes + 1);
	FILE *f = fopen(path, "rb");

	if (!f || !data || fseek(f, strtol(offset, NULL, 0), SEEK_SET))
		err(1, "%s", path);
	if (fread(data, 1, bytes, f) != bytes)
		errx(1, "%s: shorter than that", path);
	nla_put(msg, attribute, bytes, data);
	fclose(f);
	free(data);
}

static void put_attribute(struct nl_msg *msg, char *word)
{
	const char *key = strsep(&word, "=");
	int attribute = lookup(attributes, ARRAY_SIZE(attributes), key);

	if (!word)
		errx(64, "%s: no value", key);
	if (attribute == TDX_UPDATE_A_IMAGE_DATA)
		put_slice(msg, attribute, word);
	else
		nla_put_u32(msg, attribute, strtoul(word, NULL, 0));
}

/* libnl drops the extended ack: its attributes follow the message that failed, or its header. */
static const char *sentence(const struct nlmsgerr *e)
{
	const struct nlmsghdr *outer = (const void *)((const char *)e - NLMSG_HDRLEN);
	size_t skip = sizeof(*e);
	struct nlattr *found;

	if (!(outer->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - NLMSG_HDRLEN;
	if (!(outer->nlmsg_flags & NLM_F_ACK_TLVS))
		return "";
	found = nla_find((struct nlattr *)((char *)e + NLMSG_ALIGN(skip)),
			 outer->nlmsg_len - NLMSG_HDRLEN - NLMSG_ALIGN(skip), NLMSGERR_ATTR_MSG);
	return found ? nla_data(found) : "";
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *done)
{
	(void)from;
	printf("%s: %s\n", strerrorname_np(-e->error), sentence(e));
	*(int *)done = 1;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *done)
{
	(void)msg;
	puts("ok");
	*(int *)done = 1;
	return NL_STOP;
}

static int on_reply(struct nl_msg *msg, void *done)
{
	(void)msg;
	(void)done;
	return NL_OK;
}

static void exchange(struct nl_sock *sock, struct nl_msg *msg)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int done = 0;

	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &done);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &done);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_reply, &done);
	if (nl_send_auto(sock, msg) < 0)
		err(1, "cannot send");
	while (!done)
		nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
}

static void run(struct nl_sock *sock, int family, char *line)
{
	struct nl_msg *msg = nlmsg_alloc_size(2 * TDX_UPDATE_MAX_CHUNK);
	char *word = strsep(&line, " \n");

	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_REQUEST | NLM_F_ACK,
		    lookup(commands, ARRAY_SIZE(commands), word), TDX_UPDATE_FAMILY_VERSION);
	while ((word = strsep(&line, " \n")))
		if (*word)
			put_attribute(msg, word);
	exchange(sock, msg);
	nlmsg_free(msg);
}

int main(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	char line[1024];
	int family, on = 1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!sock || genl_connect(sock))
		errx(1, "cannot open a netlink socket");
	family = genl_ctrl_resolve(sock, TDX_UPDATE_FAMILY_NAME);
	if (family < 0)
		errx(69, "no netlink family '%s': is the driver loaded?", TDX_UPDATE_FAMILY_NAME);
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	nl_socket_disable_seq_check(sock);
	while (fgets(line, sizeof(line), stdin)) {
		if (!strcmp(line, "hold\n"))
			pause();
		run(sock, family, line);
	}
	return 0;
}
