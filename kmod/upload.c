// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The upload session. There is one, of one socket, with a slot for each image; memory is taken in
 * one piece when the size is announced, so that nothing can run out half-way.
 */

#include "upload.h"

#include <linux/mutex.h>
#include <linux/vmalloc.h>

struct slot {
	struct tdxu_upload image;
	u32 received;
};

static DEFINE_MUTEX(session_lock); /* protects the three below */
static struct slot slots[TDXU_NR_IMAGES];
static u32 owner; /* port of the socket; 0: no session */
/* The images are with a CHECK or UPDATE, which has taken them: nobody can begin another session. */
static bool lent;

static bool slot_complete(const struct slot *slot)
{
	return slot->image.data && slot->received == slot->image.size;
}

static void clear_slot(struct slot *slot)
{
	tdxu_upload_free(&slot->image);
	slot->received = 0;
}

/* The session ends when nothing is left in it. */
static void close_if_empty(void)
{
	int i;

	lockdep_assert_held(&session_lock);

	for (i = 0; i < TDXU_NR_IMAGES; i++) {
		if (slots[i].image.data)
			return;
	}
	owner = 0;
}

static int open_slot(u32 portid, struct slot *slot, u32 size)
{
	void *data;

	lockdep_assert_held(&session_lock);

	if (lent || (owner && owner != portid))
		return -EBUSY;
	data = vzalloc(size);
	if (!data)
		return -ENOMEM;
	clear_slot(slot);
	slot->image.data = data;
	slot->image.size = size;
	owner = portid;
	return 0;
}

int tdxu_upload_begin(u32 portid, enum tdx_update_slot slot, u32 size)
{
	int err;

	if (size > TDXU_IMAGE_MAX_BYTES)
		return -EFBIG;
	if (size < TDXU_IMAGE_MIN_BYTES)
		return -EINVAL;
	mutex_lock(&session_lock);
	err = open_slot(portid, &slots[slot], size);
	mutex_unlock(&session_lock);
	return err;
}

static int append(u32 portid, struct slot *slot, u32 offset, const void *data, u32 length)
{
	lockdep_assert_held(&session_lock);

	if (!slot->image.data)
		return -ENOENT;
	if (owner != portid)
		return -EPERM;
	if (offset != slot->received || length > slot->image.size - slot->received)
		return -ERANGE;
	memcpy(slot->image.data + offset, data, length);
	slot->received += length;
	return 0;
}

int tdxu_upload_append(u32 portid, enum tdx_update_slot slot, u32 offset, const void *data,
		       u32 length)
{
	int err;

	mutex_lock(&session_lock);
	err = append(portid, &slots[slot], offset, data, length);
	mutex_unlock(&session_lock);
	return err;
}

int tdxu_upload_drop(u32 portid, int slot)
{
	int i, err = 0;

	mutex_lock(&session_lock);
	if (owner && owner != portid)
		err = -EPERM;
	for (i = 0; i < TDXU_NR_IMAGES && !err; i++) {
		if (slot < 0 || slot == i)
			clear_slot(&slots[i]);
	}
	if (!err)
		close_if_empty();
	mutex_unlock(&session_lock);
	return err;
}

bool tdxu_upload_socket_closed(u32 portid)
{
	bool had_session;

	mutex_lock(&session_lock);
	had_session = owner && owner == portid;
	mutex_unlock(&session_lock);
	if (had_session)
		tdxu_upload_drop(portid, -1);
	return had_session;
}

/* The target is there, and nothing is half. */
static bool can_be_taken(u32 portid)
{
	int i;

	for (i = 0; i < TDXU_NR_IMAGES; i++) {
		if (slots[i].image.data && !slot_complete(&slots[i]))
			return false;
	}
	return owner == portid && slot_complete(&slots[TDXU_TARGET]);
}

int tdxu_upload_take(u32 portid, struct tdxu_upload image[TDXU_NR_IMAGES])
{
	int i, err = 0;

	mutex_lock(&session_lock);
	if (lent && owner == portid)
		err = -EBUSY;
	else if (!can_be_taken(portid))
		err = -ENOENT;
	for (i = 0; i < TDXU_NR_IMAGES && !err; i++)
		image[i] = slots[i].image;
	if (!err) {
		memset(slots, 0, sizeof(slots));
		lent = true;
	}
	mutex_unlock(&session_lock);
	return err;
}

static void put_back(struct slot *slot, struct tdxu_upload *image)
{
	slot->image = *image;
	slot->received = image->size;
	*image = (struct tdxu_upload){};
}

void tdxu_upload_return(u32 portid, struct tdxu_upload image[TDXU_NR_IMAGES])
{
	int i;

	mutex_lock(&session_lock);
	lent = false;
	/* Unless the session has ended meanwhile; then these are forgotten. */
	for (i = 0; i < TDXU_NR_IMAGES && owner == portid; i++)
		put_back(&slots[i], &image[i]);
	mutex_unlock(&session_lock);
	for (i = 0; i < TDXU_NR_IMAGES; i++)
		tdxu_upload_free(&image[i]);
}

void tdxu_upload_keep(void)
{
	mutex_lock(&session_lock);
	lent = false;
	owner = 0;
	mutex_unlock(&session_lock);
}

void tdxu_upload_reset(void)
{
	int i;

	mutex_lock(&session_lock);
	for (i = 0; i < TDXU_NR_IMAGES; i++)
		clear_slot(&slots[i]);
	close_if_empty();
	mutex_unlock(&session_lock);
}

enum tdxu_upload_state tdxu_upload_state(void)
{
	enum tdxu_upload_state state = TDXU_UPLOAD_NONE;

	mutex_lock(&session_lock);
	if (slot_complete(&slots[TDXU_TARGET]) || (lent && owner))
		state = TDXU_UPLOAD_READY;
	else if (owner)
		state = TDXU_UPLOAD_LOADING;
	mutex_unlock(&session_lock);
	return state;
}
