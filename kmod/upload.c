// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The upload session. There is one, of one socket, with a slot for each image; memory is taken in
 * one piece when the size is announced, so that no upload fails half-way for want of it.
 */

#include "upload.h"

#include <linux/mutex.h>
#include <linux/vmalloc.h>

static DEFINE_MUTEX(session_lock); /* protects the four below */
static struct tdxu_upload images[TDXU_NR_IMAGES];
static u32 received[TDXU_NR_IMAGES]; /* bytes */
static u32 owner; /* port of the socket; 0: no session */
/*
 * A CHECK or UPDATE works with the images: they stay as they are, if need be longer than the
 * session does, and no other session can begin.
 */
static bool lent;

static bool is_complete(int slot)
{
	return images[slot].data && received[slot] == images[slot].size;
}

static void clear(int slot)
{
	tdxu_upload_free(&images[slot]);
	received[slot] = 0;
}

/* The session ends when nothing is left in it, and nothing is left when it has ended. */
static void close_if_over(void)
{
	bool empty = true;
	int i;

	lockdep_assert_held(&session_lock);

	for (i = 0; i < TDXU_NR_IMAGES; i++) {
		if (!owner && !lent)
			clear(i);
		empty = empty && !images[i].data;
	}
	if (empty)
		owner = 0;
}

/* Takes the lock if this socket may change what is there. */
static int lock_session(u32 portid)
{
	int err = 0;

	mutex_lock(&session_lock);
	if (owner && owner != portid)
		err = -EPERM;
	else if (lent)
		err = -EBUSY;
	if (err)
		mutex_unlock(&session_lock);
	return err;
}

int tdxu_upload_begin(u32 portid, enum tdx_update_slot slot, u32 size)
{
	void *data;
	int err;

	if (size > TDXU_IMAGE_MAX_BYTES)
		return -EFBIG;
	if (size < TDXU_IMAGE_MIN_BYTES)
		return -EINVAL;
	err = lock_session(portid);
	if (err)
		return err;
	data = vzalloc(size);
	if (data) {
		clear(slot);
		images[slot].data = data;
		images[slot].size = size;
		owner = portid;
	}
	mutex_unlock(&session_lock);
	return data ? 0 : -ENOMEM;
}

int tdxu_upload_append(u32 portid, enum tdx_update_slot slot, u32 offset, const void *data,
		       u32 length)
{
	int err = lock_session(portid);

	if (err)
		return err;
	if (!images[slot].data) {
		err = -ENOENT;
	} else if (offset != received[slot] || length > images[slot].size - received[slot]) {
		err = -ERANGE;
	} else {
		memcpy(images[slot].data + offset, data, length);
		received[slot] += length;
	}
	mutex_unlock(&session_lock);
	return err;
}

int tdxu_upload_drop(u32 portid, int slot)
{
	int i, err = lock_session(portid);

	if (err)
		return err;
	for (i = 0; i < TDXU_NR_IMAGES; i++) {
		if (slot < 0 || slot == i)
			clear(i);
	}
	close_if_over();
	mutex_unlock(&session_lock);
	return 0;
}

bool tdxu_upload_socket_closed(u32 portid)
{
	bool had_session;

	mutex_lock(&session_lock);
	had_session = owner && owner == portid;
	if (had_session)
		owner = 0;
	close_if_over();
	mutex_unlock(&session_lock);
	return had_session;
}

/* The target is there, and nothing is half. */
static bool can_be_taken(u32 portid)
{
	int i;

	for (i = 0; i < TDXU_NR_IMAGES; i++) {
		if (images[i].data && !is_complete(i))
			return false;
	}
	return owner == portid && is_complete(TDXU_TARGET);
}

int tdxu_upload_take(u32 portid, struct tdxu_upload **taken)
{
	int err = 0;

	mutex_lock(&session_lock);
	if (lent)
		err = -EBUSY;
	else if (!can_be_taken(portid))
		err = -ENOENT;
	else
		lent = true;
	mutex_unlock(&session_lock);
	*taken = images;
	return err;
}

void tdxu_upload_return(bool keep)
{
	mutex_lock(&session_lock);
	lent = false;
	if (!keep)
		owner = 0;
	close_if_over();
	mutex_unlock(&session_lock);
}

enum tdx_update_state tdxu_upload_state(void)
{
	enum tdx_update_state state = TDX_UPDATE_STATE_IDLE;

	mutex_lock(&session_lock);
	if (owner)
		state = is_complete(TDXU_TARGET) ? TDX_UPDATE_STATE_READY :
						   TDX_UPDATE_STATE_LOADING;
	mutex_unlock(&session_lock);
	return state;
}
