// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends netlink commands to the driver exactly as told, wrong ones too. Reads lines from standard
 * input, all sent through one socket, and answers each with a line: "ok", or "ERRNO: SENTENCE".
 *
 *	image-begin slot=0 size=4096
 *	image-data slot=0 offset=0 data=FILE:OFFSET:BYTES
 *	update 99=7		attribute 99, a u32
 *	hold			stays, with the socket open, until killed
 *	capability=21		keeps this capability (its number) and gives up all others
 *	close			closes that socket; no command can follow
 *	first			goes on until it waits, whatever its CPU has to do for the driver
 *	show			status-get, and tells what the reply says
 *	listen			subscribes to the events, on another socket
 *	events			tells the events since then, up to the next result, and waits for it
 *
 * "show" and "events" print lines before their "ok": "status" or "result", or "change" for a change
 * of state, followed by KEY=VALUE pairs. Values are numbers, as in the UAPI header.
 */
#include <err.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

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

/* What is told of a status or an event, in this order. */
static const struct name status_keys[] = {
	{ "state", TDX_UPDATE_A_STATUS_STATE },
	{ "phase", TDX_UPDATE_A_STATUS_PHASE },
	{ "id", TDX_UPDATE_A_STATUS_UPDATE_ID },
};

static const struct name result_keys[] = {
	{ "outcome", TDX_UPDATE_A_RESULT_OUTCOME },
	{ "errno", TDX_UPDATE_A_RESULT_ERRNO },
	{ "at", TDX_UPDATE_A_RESULT_PHASE },
	{ "cpu", TDX_UPDATE_A_RESULT_CPU },
	{ "leaf", TDX_UPDATE_A_RESULT_LEAF },
	{ "rax", TDX_UPDATE_A_RESULT_RAX },
	{ "rdx", TDX_UPDATE_A_RESULT_RDX },
};

static const struct name module_keys[] = {
	{ "major", TDX_UPDATE_A_MODULE_MAJOR },
	{ "minor", TDX_UPDATE_A_MODULE_MINOR },
	{ "update", TDX_UPDATE_A_MODULE_UPDATE },
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

/* --- what a reply or an event says ------------------------------------------------------------ */

static void tell_numbers(const char *prefix, const struct name *keys, size_t n,
			 struct nlattr *const *attrs)
{
	for (size_t i = 0; i < n; i++) {
		struct nlattr *attr = attrs[keys[i].number];
		unsigned long long value;

		if (!attr)
			continue;
		value = nla_len(attr) == sizeof(uint64_t) ? nla_get_u64(attr) : nla_get_u32(attr);
		printf(value > UINT16_MAX ? " %s%s=0x%llx" : " %s%s=%llu", prefix, keys[i].text,
		       value);
	}
}

static void tell_module(const char *key, struct nlattr *nest)
{
	struct nlattr *attrs[TDX_UPDATE_A_MODULE_MAX + 1];

	if (!nest || nla_parse_nested(attrs, TDX_UPDATE_A_MODULE_MAX, nest, NULL))
		return;
	tell_numbers(key, module_keys, ARRAY_SIZE(module_keys), attrs);
}

/* Those of which there may be several, and the sentence, which has blanks, last. */
static void tell_texts(struct nlattr *result)
{
	struct nlattr *timing[TDX_UPDATE_A_TIMING_MAX + 1];
	struct nlattr *attr, *message = NULL;
	int rest;

	nla_for_each_nested(attr, result, rest) {
		switch (nla_type(attr)) {
		case TDX_UPDATE_A_RESULT_TIMING:
			nla_parse_nested(timing, TDX_UPDATE_A_TIMING_MAX, attr, NULL);
			printf(" retries%u=%u", nla_get_u32(timing[TDX_UPDATE_A_TIMING_PHASE]),
			       nla_get_u32(timing[TDX_UPDATE_A_TIMING_RETRIES]));
			break;
		case TDX_UPDATE_A_RESULT_CHECK:
			printf(" check=%s", nla_get_string(attr));
			break;
		case TDX_UPDATE_A_RESULT_MESSAGE:
			message = attr;
			break;
		}
	}
	if (message)
		printf(" message=%s", nla_get_string(message));
}

static void tell_result(struct nlattr *nest)
{
	struct nlattr *attrs[TDX_UPDATE_A_RESULT_MAX + 1];

	if (!nest || nla_parse_nested(attrs, TDX_UPDATE_A_RESULT_MAX, nest, NULL))
		return;
	tell_numbers("", result_keys, ARRAY_SIZE(result_keys), attrs);
	tell_texts(nest);
}

static void tell(const char *what, struct nl_msg *msg)
{
	struct nlattr *attrs[TDX_UPDATE_A_STATUS_MAX + 1];

	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, TDX_UPDATE_A_STATUS_MAX, NULL))
		errx(1, "cannot read a message");
	printf("%s", what);
	tell_numbers("", status_keys, ARRAY_SIZE(status_keys), attrs);
	tell_module("", attrs[TDX_UPDATE_A_STATUS_MODULE]);
	tell_result(attrs[TDX_UPDATE_A_STATUS_RESULT]);
	putchar('\n');
}

static bool showing;

static int on_reply(struct nl_msg *msg, void *done)
{
	(void)done;
	if (showing)
		tell("status", msg);
	return NL_OK;
}

static int on_event(struct nl_msg *msg, void *done)
{
	struct genlmsghdr *header = nlmsg_data(nlmsg_hdr(msg));
	bool result = header->cmd == TDX_UPDATE_CMD_RESULT_NTF;

	tell(result ? "result" : "change", msg);
	*(int *)done = result;
	return result ? NL_STOP : NL_OK;
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

/* --- events ---------------------------------------------------------------------------------- */

static struct nl_sock *listener;

static void listen_to_events(void)
{
	int group;

	listener = nl_socket_alloc();
	if (!listener || genl_connect(listener))
		errx(1, "cannot open another netlink socket");
	group = genl_ctrl_resolve_grp(listener, TDX_UPDATE_FAMILY_NAME, TDX_UPDATE_MCGRP_EVENTS);
	if (group < 0 || nl_socket_add_membership(listener, group))
		errx(1, "cannot subscribe to the events");
	nl_socket_disable_seq_check(listener);
	puts("ok");
}

static void tell_events(void)
{
	int error, done = 0;

	nl_socket_modify_cb(listener, NL_CB_VALID, NL_CB_CUSTOM, on_event, &done);
	while (!done) {
		error = nl_recvmsgs_default(listener);
		if (error < 0)
			errx(1, "events were lost: %s", nl_geterror(error));
	}
	puts("ok");
}

static void keep_capability(int number)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	data[CAP_TO_INDEX(number)].effective = CAP_TO_MASK(number);
	data[CAP_TO_INDEX(number)].permitted = CAP_TO_MASK(number);
	if (syscall(SYS_capset, &header, data))
		err(1, "cannot give up capabilities");
	puts("ok");
}

static void go_first(void)
{
	struct sched_param lowest = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &lowest))
		err(1, "cannot go first");
	puts("ok");
}

/* A word that is no command to the driver. */
static bool told_to_us(struct nl_sock *sock, int family, const char *line)
{
	char status_get[] = "status-get";
	int capability;

	if (sscanf(line, "capability=%d", &capability) == 1) {
		keep_capability(capability);
	} else if (!strcmp(line, "hold\n")) {
		pause();
	} else if (!strcmp(line, "close\n")) {
		nl_close(sock);
		puts("ok");
	} else if (!strcmp(line, "first\n")) {
		go_first();
	} else if (!strcmp(line, "listen\n")) {
		listen_to_events();
	} else if (!strcmp(line, "events\n")) {
		tell_events();
	} else if (!strcmp(line, "show\n")) {
		showing = true;
		run(sock, family, status_get);
		showing = false;
	} else {
		return false;
	}
	return true;
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
		if (!told_to_us(sock, family, line))
			run(sock, family, line);
	}
	return 0;
}
