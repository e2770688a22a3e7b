// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generic netlink family. Only this file knows netlink sockets; report.c fills messages, and
 * the layers below do what they ask for.
 */

#include "netlink.h"
#include "report.h"
#include "upload.h"

#include <linux/bitops.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <net/genetlink.h>

/* Defined at the end: it lists the handlers. */
static struct genl_family family;

/* Copies of the status are too big for the stack. */
static struct tdxu_status *get_status(void)
{
	struct tdxu_status *status = kmalloc(sizeof(*status), GFP_KERNEL);

	if (status)
		tdxu_update_status(status);
	return status;
}

/* Events */

/* Protects the two below, and keeps events in the order of what they tell. */
static DEFINE_MUTEX(event_lock);
static enum tdx_update_state last_state = TDX_UPDATE_STATE_NOT_ASKED;
static enum tdx_update_phase last_phase;

/* An event could not be sent, for want of memory: listeners have to ask for the status. */
static void tell_of_loss(void)
{
	genl_set_err(&family, &init_net, 0, 0, -ENOBUFS);
}

static void send_state(enum tdx_update_state state, enum tdx_update_phase phase, u32 update_id)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *header;

	if (!skb) {
		tell_of_loss();
		return;
	}
	/* Three numbers in a page: these fit. */
	header = genlmsg_put(skb, 0, 0, &family, 0, TDX_UPDATE_CMD_STATE_CHANGE_NTF);
	nla_put_u32(skb, TDX_UPDATE_A_STATUS_STATE, state);
	nla_put_u32(skb, TDX_UPDATE_A_STATUS_PHASE, phase);
	nla_put_u32(skb, TDX_UPDATE_A_STATUS_UPDATE_ID, update_id);
	genlmsg_end(skb, header);
	genlmsg_multicast(&family, skb, 0, 0, GFP_KERNEL);
}

/* Tells the subscribers if state or phase have changed since they were told. */
static void announce_state(void)
{
	struct tdxu_status *status;
	enum tdx_update_state state;

	mutex_lock(&event_lock);
	status = get_status();
	if (status) {
		state = tdxu_report_state(status);
		if (state != last_state || status->phase != last_phase)
			send_state(state, status->phase, status->update_id);
		last_state = state;
		last_phase = status->phase;
		kfree(status);
	} else {
		tell_of_loss();
	}
	mutex_unlock(&event_lock);
}

static struct sk_buff *status_message(u32 portid, u32 seq, u8 cmd)
{
	struct sk_buff *skb = genlmsg_new(TDXU_REPORT_BYTES, GFP_KERNEL);
	struct tdxu_status *status = get_status();
	void *header = skb ? genlmsg_put(skb, portid, seq, &family, 0, cmd) : NULL;

	if (!header || !status || tdxu_report_status(skb, status)) {
		nlmsg_free(skb);
		skb = NULL;
	} else {
		genlmsg_end(skb, header);
	}
	kfree(status);
	return skb;
}

void tdxu_netlink_listen(bool finished)
{
	struct sk_buff *skb;

	announce_state();
	if (!finished)
		return;
	skb = status_message(0, 0, TDX_UPDATE_CMD_RESULT_NTF);
	if (skb)
		genlmsg_multicast(&family, skb, 0, 0, GFP_KERNEL);
	else
		tell_of_loss();
}

/* Errors */

#define CMD(name) BIT(TDX_UPDATE_CMD_##name)

static const char size_of_no_image[] =
	"no image has this size: it has a header, a sigstruct and 1 to 496 module pages";

/* What to say of an errno, by commands; the first row that fits. */
static const struct {
	u32 commands;
	int error;
	const char *says;
} sentences[] = {
	{ CMD(IMAGE_BEGIN), EPERM, "another client holds an upload session; try again later" },
	{ CMD(IMAGE_BEGIN), EFBIG, size_of_no_image },
	{ CMD(IMAGE_BEGIN), EINVAL, size_of_no_image },
	{ CMD(IMAGE_DATA), ENOENT,
	  "no upload is open for this slot; begin with IMAGE_BEGIN" },
	{ CMD(IMAGE_DATA), ERANGE,
	  "the chunk is out of order, overlaps, or goes beyond the image's size; send the bytes that follow the last chunk" },
	{ CMD(IMAGE_DATA) | CMD(IMAGE_DROP), EPERM,
	  "the upload belongs to another client; try again later" },
	{ CMD(IMAGE_BEGIN) | CMD(IMAGE_DATA) | CMD(IMAGE_DROP), EBUSY,
	  "a check or an update works with the uploaded images; wait for its result" },
	{ CMD(CHECK) | CMD(UPDATE), ENOENT,
	  "this socket has uploaded no complete target image; upload one first" },
	{ ~0, EBUSY, "an update is in progress; wait for its result" },
	{ ~0, ENOTRECOVERABLE, "the TDX module is lost; reboot this host" },
	{ ~0, ENOMEM, "out of memory; nothing was changed, try again" },
	{ ~0, ENOPKG,
	  "this kernel lacks the crypto algorithm sha384 or rsa; see that it has both, and try again" },
	{ ~0, ESHUTDOWN,
	  "the system is going down, or tdx_update is being unloaded; load it again" },
};

/* Return: @err. */
static int explain(struct genl_info *info, int err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sentences); i++) {
		if (err != -sentences[i].error ||
		    !(sentences[i].commands & BIT(info->genlhdr->cmd)))
			continue;
		/* What GENL_SET_ERR_MSG() does with a literal. */
		do_trace_netlink_extack(sentences[i].says);
		info->extack->_msg = sentences[i].says;
		break;
	}
	return err;
}

/*
 * Before every command; its internal_flags are the attributes that it requires.
 * GENL_ADMIN_PERM would ask for CAP_NET_ADMIN: setting up networks does not include this.
 */
static int admit(const struct genl_split_ops *op, struct sk_buff *request, struct genl_info *info)
{
	unsigned long needed = op->internal_flags;
	unsigned int attr;
	int err;

	/* It only reads. */
	if (op->cmd == TDX_UPDATE_CMD_STATUS_GET)
		return 0;
	if (!netlink_capable(request, CAP_SYS_ADMIN)) {
		GENL_SET_ERR_MSG(info, "this needs CAP_SYS_ADMIN in the initial user namespace; run it as root");
		return -EPERM;
	}
	err = tdxu_update_admits();
	if (err)
		return explain(info, err);
	for_each_set_bit(attr, &needed, BITS_PER_BYTE) {
		if (info->attrs[attr])
			continue;
		GENL_SET_ERR_MSG(info, "an attribute is missing; see uapi/tdx_update.h");
		return -EINVAL;
	}
	return 0;
}

/* Commands */

static int reply(struct sk_buff *skb, struct genl_info *info)
{
	return skb ? genlmsg_reply(skb, info) : explain(info, -ENOMEM);
}

static int do_status_get(struct sk_buff *request, struct genl_info *info)
{
	return reply(status_message(info->snd_portid, info->snd_seq, info->genlhdr->cmd), info);
}

static int do_refresh(struct sk_buff *request, struct genl_info *info)
{
	int err = tdxu_update_refresh();

	if (err)
		return explain(info, err);
	announce_state();
	return do_status_get(request, info);
}

static int do_image_begin(struct sk_buff *request, struct genl_info *info)
{
	int err = tdxu_upload_begin(info->snd_portid,
				    nla_get_u32(info->attrs[TDX_UPDATE_A_IMAGE_SLOT]),
				    nla_get_u32(info->attrs[TDX_UPDATE_A_IMAGE_SIZE]));

	if (!err)
		announce_state();
	return explain(info, err) == -EPERM ? -EBUSY : err;
}

static int do_image_data(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *data = info->attrs[TDX_UPDATE_A_IMAGE_DATA];
	int err = tdxu_upload_append(info->snd_portid,
				     nla_get_u32(info->attrs[TDX_UPDATE_A_IMAGE_SLOT]),
				     nla_get_u32(info->attrs[TDX_UPDATE_A_IMAGE_OFFSET]),
				     nla_data(data), nla_len(data));

	if (!err)
		announce_state();
	return explain(info, err);
}

static int do_image_drop(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *slot = info->attrs[TDX_UPDATE_A_IMAGE_SLOT];
	int err = tdxu_upload_drop(info->snd_portid, slot ? (int)nla_get_u32(slot) : -1);

	announce_state();
	return explain(info, err);
}

static struct sk_buff *verdicts_message(struct genl_info *info, const struct tdxu_verdict *verdicts,
					u32 count)
{
	struct sk_buff *skb = genlmsg_new(TDXU_REPORT_BYTES, GFP_KERNEL);
	void *header = skb ? genlmsg_put_reply(skb, info, &family, 0, TDX_UPDATE_CMD_CHECK) : NULL;

	if (!header || tdxu_report_verdicts(skb, verdicts, count)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, header);
	return skb;
}

static int do_check(struct sk_buff *request, struct genl_info *info)
{
	struct tdxu_verdict *verdicts = NULL;
	struct sk_buff *skb;
	u32 count;
	int err = tdxu_update_check(info->snd_portid, &verdicts, &count);

	if (err)
		return explain(info, err);
	announce_state();
	skb = verdicts_message(info, verdicts, count);
	kvfree(verdicts);
	return reply(skb, info);
}

static int do_update(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	u32 update_id;
	void *header;
	int err;

	if (!skb)
		return explain(info, -ENOMEM);
	err = tdxu_update_reserve(info->snd_portid, &update_id);
	if (err) {
		nlmsg_free(skb);
		return explain(info, err) == -EBUSY ? -EALREADY : err;
	}
	/* One attribute in a page: this fits. */
	header = genlmsg_put_reply(skb, info, &family, 0, TDX_UPDATE_CMD_UPDATE);
	nla_put_u32(skb, TDX_UPDATE_A_UPDATE_ID, update_id);
	genlmsg_end(skb, header);
	announce_state();
	genlmsg_reply(skb, info);
	tdxu_update_launch();
	return 0;
}

/* The family */

static const struct nla_policy no_attributes[] = {
	[1] = { .type = NLA_REJECT },
};

static const struct nla_policy begin_policy[] = {
	[TDX_UPDATE_A_IMAGE_SLOT] = NLA_POLICY_MAX(NLA_U32, TDX_UPDATE_SLOT_WAY_OUT),
	[TDX_UPDATE_A_IMAGE_SIZE] = { .type = NLA_U32 },
};

/* TDX_UPDATE_MAX_CHUNK does not fit the s16 of NLA_POLICY_RANGE. Not const: 6.1 wants it so. */
static struct netlink_range_validation chunk_bytes = { .min = 1, .max = TDX_UPDATE_MAX_CHUNK };

static const struct nla_policy data_policy[] = {
	[TDX_UPDATE_A_IMAGE_SLOT] = NLA_POLICY_MAX(NLA_U32, TDX_UPDATE_SLOT_WAY_OUT),
	[TDX_UPDATE_A_IMAGE_SIZE] = { .type = NLA_REJECT },
	[TDX_UPDATE_A_IMAGE_OFFSET] = { .type = NLA_U32 },
	[TDX_UPDATE_A_IMAGE_DATA] = NLA_POLICY_FULL_RANGE(NLA_BINARY, &chunk_bytes),
};

#define POLICY(p) .policy = (p), .maxattr = ARRAY_SIZE(p) - 1
#define NEEDED(name) BIT(TDX_UPDATE_A_IMAGE_##name)

static const struct genl_ops ops[] = {
	{ .cmd = TDX_UPDATE_CMD_STATUS_GET, .doit = do_status_get, POLICY(no_attributes) },
	{ .cmd = TDX_UPDATE_CMD_REFRESH, .doit = do_refresh, POLICY(no_attributes) },
	{ .cmd = TDX_UPDATE_CMD_IMAGE_BEGIN, .doit = do_image_begin, POLICY(begin_policy),
	  .internal_flags = NEEDED(SLOT) | NEEDED(SIZE) },
	{ .cmd = TDX_UPDATE_CMD_IMAGE_DATA, .doit = do_image_data, POLICY(data_policy),
	  .internal_flags = NEEDED(SLOT) | NEEDED(OFFSET) | NEEDED(DATA) },
	{ .cmd = TDX_UPDATE_CMD_IMAGE_DROP, .doit = do_image_drop, .policy = begin_policy,
	  .maxattr = TDX_UPDATE_A_IMAGE_SLOT },
	{ .cmd = TDX_UPDATE_CMD_CHECK, .doit = do_check, POLICY(no_attributes) },
	{ .cmd = TDX_UPDATE_CMD_UPDATE, .doit = do_update, POLICY(no_attributes) },
};

static const struct genl_multicast_group groups[] = {
	{ .name = TDX_UPDATE_MCGRP_EVENTS },
};

/*
 * Without parallel_ops, one lock of all generic netlink would be held while an image is hashed or
 * the firmware is asked. What the handlers share has locks of its own: the session in upload.c, the
 * status and the claim to the firmware in claim.c, the order of events here.
 */
static struct genl_family family __ro_after_init = {
	.name = TDX_UPDATE_FAMILY_NAME,
	.version = TDX_UPDATE_FAMILY_VERSION,
	.module = THIS_MODULE,
	.parallel_ops = true,
	.pre_doit = admit,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = __TDX_UPDATE_CMD_MAX,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/* A socket of any protocol and namespace was closed: was it the one with our session? */
static int on_socket_event(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net) && tdxu_upload_socket_closed(notify->portid))
		announce_state();
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = { .notifier_call = on_socket_event };

int tdxu_netlink_init(void)
{
	int err;

	netlink_register_notifier(&socket_notifier);
	err = genl_register_family(&family);
	if (err)
		netlink_unregister_notifier(&socket_notifier);
	return err;
}

void tdxu_netlink_uninit(void)
{
	genl_unregister_family(&family);
	netlink_unregister_notifier(&socket_notifier);
	/* Nobody has taken it; whosever it is, it ends. */
	tdxu_upload_return(false);
}
