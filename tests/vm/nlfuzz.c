// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends the driver random netlink messages, and looks at each answer: a refusal has a sentence
 * (extended ack), unless generic netlink refuses before the driver is asked at all.
 *
 *	nlfuzz SEED MESSAGES IMAGE...
 *
 * Messages are made as the UAPI header describes them: commands, their attributes, numbers from
 * where something changes, and uploads that are continued, so that now and then one is complete and
 * an update begins. Most are then damaged: attributes missing, twice, unknown, of a wrong length or
 * type, nested; header flags; bits and bytes anywhere; cut off. The same arguments make the same
 * messages.
 *
 * Prints "ok N" and, for each errno, "ERRNO N", then "sentences N", how many different ones there
 * were, and "updates N". Exits with 1 if a refusal had no sentence, and says which.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include <tdx_update.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum {
	MAX_IMAGES = 8,
	MAX_MESSAGE = 2 * TDX_UPDATE_MAX_CHUNK,
	MAX_ERRNO = 200,
	MAX_SENTENCES = 64,
	/* In how many messages one is: */
	REOPEN_EVERY = 400,
	UPDATE_EVERY = 200, /* and of those after an upload, one in five */
	INTACT_EVERY = 3,
};

struct image {
	void *data;
	uint32_t size;
};

static struct image images[MAX_IMAGES];
static int nr_images;

static int family, group;
static struct nl_sock *sock;

/* What this client has begun to upload. */
static const struct image *uploaded;
static uint32_t slot, offset, chunk;

static unsigned long refusals[MAX_ERRNO], silent, ok, updates;
static char *sentences[MAX_SENTENCES];
static size_t nr_sentences;

/* --- chance ----------------------------------------------------------------------------------- */

static uint64_t state;

/* xorshift64*, Vigna 2016 */
static uint32_t chance(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL >> 32) % below;
}

static bool once_in(uint32_t times)
{
	return !chance(times);
}

/* Where something changes, or anything. */
static uint32_t number(void)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 4095, 4096, 8192, 12288, 16384, 32767, 32768, 32769,
		2039808, 2039809, INT32_MAX, UINT32_MAX - 1, UINT32_MAX, 0x80000000,
	};

	return once_in(4) ? chance(UINT32_MAX) : edges[chance(ARRAY_SIZE(edges))];
}

/* --- answers ---------------------------------------------------------------------------------- */

static const char *sentence(const struct nlmsghdr *answer, const struct nlmsgerr *e)
{
	size_t skip = sizeof(*e) + e->msg.nlmsg_len - NLMSG_HDRLEN;
	struct nlattr *found;

	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS))
		return "";
	found = nla_find((struct nlattr *)((char *)e + NLMSG_ALIGN(skip)),
			 answer->nlmsg_len - NLMSG_HDRLEN - NLMSG_ALIGN(skip), NLMSGERR_ATTR_MSG);
	return found ? nla_get_string(found) : "";
}

/*
 * What generic netlink answers by itself and without a word: the kernel's net/netlink/genetlink.c
 * wants a header of its own, and a command that the family has, for a single question.
 */
static bool before_the_driver(const struct nlmsghdr *asked)
{
	const struct genlmsghdr *header = nlmsg_data(asked);

	if (asked->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN)
		return true;
	return !header->cmd || header->cmd > TDX_UPDATE_CMD_UPDATE ||
	       (asked->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

static void note_sentence(const char *text)
{
	size_t i;

	for (i = 0; i < nr_sentences; i++)
		if (!strcmp(sentences[i], text))
			return;
	if (nr_sentences < MAX_SENTENCES)
		sentences[nr_sentences++] = strdup(text);
}

static void note_success(const struct nlmsghdr *sent)
{
	const struct genlmsghdr *header = nlmsg_data(sent);

	/* What is no request is taken without being looked at. */
	if (sent->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN || !(sent->nlmsg_flags & NLM_F_REQUEST))
		return;
	ok++;
	if (header->cmd == TDX_UPDATE_CMD_UPDATE)
		updates++;
}

static void note_refusal(const struct nlmsghdr *answer, const struct nlmsgerr *e)
{
	const char *text = sentence(answer, e);
	const struct genlmsghdr *header = nlmsg_data(&e->msg);

	if (-e->error < MAX_ERRNO)
		refusals[-e->error]++;
	note_sentence(text);
	if (*text || before_the_driver(&e->msg))
		return;
	silent++;
	printf("no sentence: %s for command %u, %u bytes, flags 0x%x\n", strerrorname_np(-e->error),
	       header->cmd, e->msg.nlmsg_len, e->msg.nlmsg_flags);
}

/* The kernel has answered when a send returns. @sent: the message. */
static void read_answers(const struct nlmsghdr *sent)
{
	static char buffer[4 * MAX_MESSAGE];
	int fd = nl_socket_get_fd(sock);
	ssize_t got;

	while ((got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0 || errno == ENOBUFS) {
		struct nlmsghdr *answer = (void *)buffer;
		int rest = got;

		for (; got > 0 && nlmsg_ok(answer, rest); answer = nlmsg_next(answer, &rest)) {
			struct nlmsgerr *e = nlmsg_data(answer);

			if (answer->nlmsg_type != NLMSG_ERROR)
				continue;
			if (e->error)
				note_refusal(answer, e);
			else
				note_success(sent);
		}
		errno = 0;
	}
}

/* --- messages --------------------------------------------------------------------------------- */

static void reopen(void)
{
	int on = 1;

	if (sock)
		nl_socket_free(sock);
	sock = nl_socket_alloc();
	if (!sock || genl_connect(sock))
		errx(1, "cannot open a netlink socket");
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	uploaded = NULL;
}

/* Without events, which would come in between. */
static void resolve(void)
{
	reopen();
	family = genl_ctrl_resolve(sock, TDX_UPDATE_FAMILY_NAME);
	group = genl_ctrl_resolve_grp(sock, TDX_UPDATE_FAMILY_NAME, TDX_UPDATE_MCGRP_EVENTS);
	if (family < 0 || group < 0)
		errx(69, "no netlink family '%s'", TDX_UPDATE_FAMILY_NAME);
}

static void put_begin(struct nl_msg *msg)
{
	uploaded = &images[chance(nr_images)];
	slot = once_in(8) ? chance(4) : TDX_UPDATE_SLOT_TARGET;
	offset = 0;
	nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SLOT, slot);
	nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SIZE, once_in(8) ? number() : uploaded->size);
}

static void put_data(struct nl_msg *msg)
{
	const struct image *image = uploaded ? uploaded : &images[0];
	uint32_t from = offset < image->size ? offset : 0;

	chunk = image->size - from;
	if (chunk > TDX_UPDATE_MAX_CHUNK)
		chunk = TDX_UPDATE_MAX_CHUNK;
	if (once_in(4))
		chunk = 1 + chance(chunk);
	nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SLOT, once_in(16) ? number() : slot);
	nla_put_u32(msg, TDX_UPDATE_A_IMAGE_OFFSET, once_in(16) ? number() : from);
	nla_put(msg, TDX_UPDATE_A_IMAGE_DATA, chunk, (char *)image->data + from);
	offset = from + chunk;
}

static int choose_command(void)
{
	if (once_in(uploaded && offset == uploaded->size ? 5 : UPDATE_EVERY))
		return TDX_UPDATE_CMD_UPDATE;
	if (once_in(50))
		return chance(256);
	if (once_in(30))
		return once_in(2) ? TDX_UPDATE_CMD_CHECK : TDX_UPDATE_CMD_REFRESH;
	if (once_in(20))
		return TDX_UPDATE_CMD_IMAGE_DROP;
	if (once_in(3))
		return TDX_UPDATE_CMD_STATUS_GET;
	return uploaded && offset < uploaded->size ? TDX_UPDATE_CMD_IMAGE_DATA :
						      TDX_UPDATE_CMD_IMAGE_BEGIN;
}

static void put_attributes(struct nl_msg *msg, int command)
{
	if (command == TDX_UPDATE_CMD_IMAGE_BEGIN)
		put_begin(msg);
	else if (command == TDX_UPDATE_CMD_IMAGE_DATA)
		put_data(msg);
	else if (command == TDX_UPDATE_CMD_IMAGE_DROP && once_in(2))
		nla_put_u32(msg, TDX_UPDATE_A_IMAGE_SLOT, once_in(4) ? number() : chance(3));
}

/* One more, which may be known and may be there already. */
static void put_stranger(struct nl_msg *msg)
{
	int type = once_in(3) ? (int)chance(UINT16_MAX + 1) : (int)chance(12);
	char bytes[64];
	size_t size = chance(sizeof(bytes));
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = chance(256);
	if (once_in(2))
		nla_put_u32(msg, type, number());
	else
		nla_put(msg, type, size, bytes);
}

/* An attribute's length or type, flags included. */
static void damage_attribute(struct nlmsghdr *nlh)
{
	int rest = genlmsg_attrlen(nlmsg_data(nlh), 0);
	struct nlattr *attr, *chosen = NULL;

	nla_for_each_attr(attr, genlmsg_attrdata(nlmsg_data(nlh), 0), rest, rest)
		if (!chosen || once_in(2))
			chosen = attr;
	if (!chosen)
		return;
	if (once_in(2))
		chosen->nla_len = once_in(2) ? chance(UINT16_MAX) : chosen->nla_len + chance(9) - 4;
	else
		chosen->nla_type = once_in(2) ? chosen->nla_type | NLA_F_NESTED : chance(16);
}

/* All but the type, which would ask others than the driver. */
static void damage_header(struct nlmsghdr *nlh)
{
	switch (chance(4)) {
	case 0:
		nlh->nlmsg_flags = chance(UINT16_MAX + 1);
		break;
	case 1:
		nlh->nlmsg_flags ^= 1 << chance(16);
		break;
	case 2:
		nlh->nlmsg_pid = number();
		break;
	default:
		nlh->nlmsg_len -= chance(nlh->nlmsg_len - NLMSG_HDRLEN + 1);
		break;
	}
}

static void damage_bytes(struct nlmsghdr *nlh)
{
	uint8_t *bytes = nlmsg_data(nlh);
	uint32_t size = nlmsg_datalen(nlh), times = 1 + chance(4);

	/* Most of what is there is an image: its bytes matter less. */
	if (size > 64 && !once_in(4))
		size = 64;
	while (size && times--) {
		if (once_in(2))
			bytes[chance(size)] ^= 1 << chance(8);
		else
			bytes[chance(size)] = chance(256);
	}
}

static void damage(struct nl_msg *msg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	switch (chance(5)) {
	case 0:
		put_stranger(msg);
		break;
	case 1:
		damage_attribute(nlh);
		break;
	case 2:
		damage_header(nlh);
		break;
	case 3:
		damage_bytes(nlh);
		break;
	default:
		put_stranger(msg);
		damage_attribute(nlh);
		damage_bytes(nlh);
		break;
	}
}

static void send_one(void)
{
	struct nl_msg *msg = nlmsg_alloc_size(MAX_MESSAGE);
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	int command = choose_command();
	uint32_t size;

	genlmsg_put(msg, 0, 0, family, 0, NLM_F_REQUEST | NLM_F_ACK, command,
		    TDX_UPDATE_FAMILY_VERSION);
	if (!once_in(30))
		put_attributes(msg, command);
	size = nlh->nlmsg_len;
	if (!once_in(INTACT_EVERY)) {
		damage(msg);
		size = nlh->nlmsg_len > size ? nlh->nlmsg_len : size;
	}
	if (nl_sendto(sock, nlh, size) < 0)
		err(1, "cannot send");
	read_answers(nlh);
	nlmsg_free(msg);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void read_image(const char *path)
{
	struct image *image = &images[nr_images++];
	FILE *f = fopen(path, "rb");

	if (!f || fseek(f, 0, SEEK_END))
		err(1, "%s", path);
	image->size = ftell(f);
	image->data = malloc(image->size);
	rewind(f);
	if (!image->data || fread(image->data, 1, image->size, f) != image->size)
		err(1, "%s", path);
	fclose(f);
}

static void report(void)
{
	int i;

	printf("ok %lu\n", ok);
	for (i = 1; i < MAX_ERRNO; i++)
		if (refusals[i])
			printf("%s %lu\n", strerrorname_np(i), refusals[i]);
	printf("sentences %zu\nupdates %lu\n", nr_sentences, updates);
}

int main(int argc, char **argv)
{
	unsigned long i, messages;

	if (argc < 4 || argc > 3 + MAX_IMAGES)
		errx(64, "usage: nlfuzz SEED MESSAGES IMAGE...");
	state = strtoull(argv[1], NULL, 0) * 2 + 1;
	messages = strtoul(argv[2], NULL, 0);
	for (i = 3; i < (unsigned long)argc; i++)
		read_image(argv[i]);
	resolve();
	for (i = 0; i < messages; i++) {
		if (once_in(REOPEN_EVERY)) {
			reopen();
			if (once_in(4))
				nl_socket_add_membership(sock, group);
		}
		send_one();
	}
	report();
	return silent ? 1 : 0;
}
