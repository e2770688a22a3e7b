// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The generic netlink family. Only this file knows netlink sockets; report.c fills messages, and
 * the layers below do what they ask for.
 */

#include "netlink.h"
#include "report.h"
#include "update.h"
#include "upload.h"

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

/* Protects last_state, and keeps events in the order of what they tell. */
static DEFINE_MUTEX(event_lock);
static enum tdx_update_state last_state = TDX_UPDATE_STATE_NOT_ASKED;

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

/* Tells the subscribers if the state has changed since they were told. */
static void announce_state(void)
{
	struct tdxu_status *status;
	enum tdx_update_state state;

	mutex_lock(&event_lock);
	status = get_status();
	if (status) {
		state = tdxu_report_state(status, tdxu_upload_state());
		if (state != last_state)
			send_state(state, status->phase, status->update_id);
		last_state = state;
		kfree(status);
	} else {
		tell_of_loss();
	}
	mutex_unlock(&event_lock);
}

static void on_phase(u32 update_id, enum tdx_update_phase phase)
{
	mutex_lock(&event_lock);
	last_state = TDX_UPDATE_STATE_UPDATING;
	send_state(TDX_UPDATE_STATE_UPDATING, phase, update_id);
	mutex_unlock(&event_lock);
}

static struct sk_buff *status_message(u32 portid, u32 seq, u8 cmd)
{
	struct sk_buff *skb = genlmsg_new(TDXU_REPORT_BYTES, GFP_KERNEL);
	struct tdxu_status *status = get_status();
	void *header = skb ? genlmsg_put(skb, portid, seq, &family, 0, cmd) : NULL;

	if (!header || !status || tdxu_report_status(skb, status, tdxu_upload_state())) {
		nlmsg_free(skb);
		skb = NULL;
	} else {
		genlmsg_end(skb, header);
	}
	kfree(status);
	return skb;
}

static void on_finished(void)
{
	struct sk_buff *skb;

	announce_state();
	skb = status_message(0, 0, TDX_UPDATE_CMD_RESULT_NTF);
	if (skb)
		genlmsg_multicast(&family, skb, 0, 0, GFP_KERNEL);
	else
		tell_of_loss();
}

const struct tdxu_update_listener tdxu_netlink_listener = {
	.images_done = tdxu_upload_return,
	.phase = on_phase,
	.finished = on_finished,
};

/* Words for errors that several commands share */

static int explain_session(struct genl_info *info, int err)
{
	if (err == -EPERM)
		GENL_SET_ERR_MSG(info, "the upload belongs to another client; try again later");
	else if (err == -EBUSY)
		GENL_SET_ERR_MSG(info,
				 "a check or an update works with the uploaded images; wait for its result");
	return err;
}

static int explain(struct genl_info *info, int err)
{
	switch (err) {
	case -EALREADY:
	case -EBUSY:
		GENL_SET_ERR_MSG(info, "an update is in progress; wait for its result");
		break;
	case -ENOTRECOVERABLE:
		GENL_SET_ERR_MSG(info, "the TDX module is lost; reboot this host");
		break;
	case -ENOMEM:
		GENL_SET_ERR_MSG(info, "out of memory; nothing was changed, try again");
		break;
	case -ENOPKG:
		GENL_SET_ERR_MSG(info, "this kernel lacks the crypto algorithm sha384 or rsa; see that it has both, and try again");
		break;
	case -ESHUTDOWN:
		GENL_SET_ERR_MSG(info, "the system is going down, or tdx_update is being unloaded; load it again");
		break;
	case -ENOENT:
		GENL_SET_ERR_MSG(info,
				 "this socket has uploaded no complete target image; upload one first");
		break;
	}
	return err;
}

/* GENL_ADMIN_PERM would ask for CAP_NET_ADMIN: setting up networks does not include this. */
static int require_admin(struct sk_buff *request, struct genl_info *info)
{
	if (netlink_capable(request, CAP_SYS_ADMIN))
		return 0;
	GENL_SET_ERR_MSG(info, "this needs CAP_SYS_ADMIN in the initial user namespace; run it as root");
	return -EPERM;
}

/* What every command requires that does more than read. */
static int admit(struct sk_buff *request, struct genl_info *info)
{
	int err = require_admin(request, info);

	return err ? err : explain(info, tdxu_update_admits());
}

static bool has_attrs(struct genl_info *info, int first, int last)
{
	for (; first <= last; first++) {
		if (info->attrs[first])
			continue;
		GENL_SET_ERR_MSG(info, "an attribute is missing; see uapi/tdx_update.h");
		return false;
	}
	return true;
}

/* Commands */

static int do_status_get(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb =
		status_message(info->snd_portid, info->snd_seq, info->genlhdr->cmd);

	return skb ? genlmsg_reply(skb, info) : explain(info, -ENOMEM);
}

static int do_refresh(struct sk_buff *request, struct genl_info *info)
{
	int err = admit(request, info);

	if (err)
		return err;
	err = tdxu_update_refresh();
	if (err)
		return explain(info, err);
	announce_state();
	return do_status_get(request, info);
}

static int do_image_begin(struct sk_buff *request, struct genl_info *info)
{
	int err = admit(request, info);

	if (err)
		return err;
	if (!has_attrs(info, TDX_UPDATE_A_IMAGE_SLOT, TDX_UPDATE_A_IMAGE_SIZE))
		return -EINVAL;
	err = tdxu_upload_begin(info->snd_portid, nla_get_u32(info->attrs[TDX_UPDATE_A_IMAGE_SLOT]),
				nla_get_u32(info->attrs[TDX_UPDATE_A_IMAGE_SIZE]));
	switch (err) {
	case 0:
		announce_state();
		return 0;
	case -EPERM:
		GENL_SET_ERR_MSG(info, "another client holds an upload session; try again later");
		return -EBUSY;
	case -EBUSY:
		return explain_session(info, err);
	case -EFBIG:
	case -EINVAL:
		GENL_SET_ERR_MSG(info,
				 "no image has this size: it has a header, a sigstruct and 1 to 496 module pages");
		return err;
	default:
		return explain(info, err);
	}
}

static int do_image_data(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *data = info->attrs[TDX_UPDATE_A_IMAGE_DATA];
	int err = admit(request, info);

	if (err)
		return err;
	if (!has_attrs(info, TDX_UPDATE_A_IMAGE_SLOT, TDX_UPDATE_A_IMAGE_SLOT) ||
	    !has_attrs(info, TDX_UPDATE_A_IMAGE_OFFSET, TDX_UPDATE_A_IMAGE_DATA))
		return -EINVAL;
	err = tdxu_upload_append(info->snd_portid,
				 nla_get_u32(info->attrs[TDX_UPDATE_A_IMAGE_SLOT]),
				 nla_get_u32(info->attrs[TDX_UPDATE_A_IMAGE_OFFSET]),
				 nla_data(data), nla_len(data));
	switch (err) {
	case 0:
		announce_state();
		break;
	case -ENOENT:
		GENL_SET_ERR_MSG(info, "no upload is open for this slot; begin with IMAGE_BEGIN");
		break;
	case -ERANGE:
		GENL_SET_ERR_MSG(info,
				 "the chunk is out of order, overlaps, or goes beyond the image's size; send the bytes that follow the last chunk");
		break;
	}
	return explain_session(info, err);
}

static int do_image_drop(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *slot = info->attrs[TDX_UPDATE_A_IMAGE_SLOT];
	int err = admit(request, info);

	if (err)
		return err;
	err = tdxu_upload_drop(info->snd_portid, slot ? (int)nla_get_u32(slot) : -1);
	announce_state();
	return explain_session(info, err);
}

static struct sk_buff *verdicts_message(struct genl_info *info, const struct tdxu_verdict *verdicts,
					u32 count)
{
	struct sk_buff *skb = genlmsg_new(TDXU_REPORT_BYTES, GFP_KERNEL);
	void *header = skb ? genlmsg_put_reply(skb, info, &family, 0, TDX_UPDATE_CMD_CHECK) : NULL;
	u32 i;

	for (i = 0; i < count && header; i++) {
		if (tdxu_report_verdict(skb, TDX_UPDATE_A_VERDICTS_CHECK, &verdicts[i]))
			header = NULL;
	}
	if (header) {
		genlmsg_end(skb, header);
		return skb;
	}
	nlmsg_free(skb);
	return NULL;
}

static int do_check(struct sk_buff *request, struct genl_info *info)
{
	struct tdxu_upload *images;
	struct tdxu_verdict *verdicts = NULL;
	struct sk_buff *skb;
	u32 count;
	int err = admit(request, info);

	if (err)
		return err;
	err = tdxu_upload_take(info->snd_portid, &images);
	if (err)
		return explain(info, err);
	err = tdxu_update_check(images, &verdicts, &count);
	tdxu_upload_return(true);
	if (err)
		return explain(info, err);
	announce_state();
	skb = verdicts_message(info, verdicts, count);
	kvfree(verdicts);
	return skb ? genlmsg_reply(skb, info) : explain(info, -ENOMEM);
}

static int do_update(struct sk_buff *request, struct genl_info *info)
{
	struct tdxu_upload *images;
	int err = admit(request, info);
	struct sk_buff *skb;
	u32 update_id;
	void *header;

	if (err)
		return err;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return explain(info, -ENOMEM);
	err = tdxu_upload_take(info->snd_portid, &images);
	if (err == -EBUSY)
		err = -EALREADY;
	if (err)
		goto free_reply;
	err = tdxu_update_reserve(images, &update_id);
	if (err)
		goto return_images;

	/* One attribute in a page: this fits. */
	header = genlmsg_put_reply(skb, info, &family, 0, TDX_UPDATE_CMD_UPDATE);
	nla_put_u32(skb, TDX_UPDATE_A_UPDATE_ID, update_id);
	genlmsg_end(skb, header);
	announce_state();
	genlmsg_reply(skb, info);
	tdxu_update_launch();
	return 0;

return_images:
	tdxu_upload_return(true);
free_reply:
	nlmsg_free(skb);
	return explain(info, err);
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

static const struct nla_policy drop_policy[] = {
	[TDX_UPDATE_A_IMAGE_SLOT] = NLA_POLICY_MAX(NLA_U32, TDX_UPDATE_SLOT_WAY_OUT),
};

#define POLICY(p) .policy = (p), .maxattr = ARRAY_SIZE(p) - 1

static const struct genl_ops ops[] = {
	{ .cmd = TDX_UPDATE_CMD_STATUS_GET, .doit = do_status_get, POLICY(no_attributes) },
	{ .cmd = TDX_UPDATE_CMD_REFRESH, .doit = do_refresh, POLICY(no_attributes) },
	{ .cmd = TDX_UPDATE_CMD_IMAGE_BEGIN, .doit = do_image_begin, POLICY(begin_policy) },
	{ .cmd = TDX_UPDATE_CMD_IMAGE_DATA, .doit = do_image_data, POLICY(data_policy) },
	{ .cmd = TDX_UPDATE_CMD_IMAGE_DROP, .doit = do_image_drop, POLICY(drop_policy) },
	{ .cmd = TDX_UPDATE_CMD_CHECK, .doit = do_check, POLICY(no_attributes) },
	{ .cmd = TDX_UPDATE_CMD_UPDATE, .doit = do_update, POLICY(no_attributes) },
};

static const struct genl_multicast_group groups[] = {
	{ .name = TDX_UPDATE_MCGRP_EVENTS },
};

/*
 * Without parallel_ops, one lock of all generic netlink would be held while an image is hashed or
 * the firmware is asked. What the handlers share has locks of its own: the session in upload.c, the
 * status and the claim to the firmware in update.c, the order of events here.
 */
static struct genl_family family __ro_after_init = {
	.name = TDX_UPDATE_FAMILY_NAME,
	.version = TDX_UPDATE_FAMILY_VERSION,
	.module = THIS_MODULE,
	.parallel_ops = true,
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
	tdxu_upload_reset();
}
