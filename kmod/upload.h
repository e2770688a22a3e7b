/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_UPLOAD_H
#define TDXU_UPLOAD_H

/*
 * The upload session: images that are on their way from one socket. It holds everything the socket
 * has uploaded and dies with it. All calls may sleep.
 */

#include "candidate.h"
#include "uapi/tdx_update.h"

/**
 * tdxu_upload_begin() - Open a slot for an image of exactly @size bytes.
 * @portid: the socket that sends it.
 *
 * Return: 0, -EPERM if another socket holds the session, -EBUSY while the images are taken, -EINVAL
 * or -EFBIG for a size that no image has, -ENOMEM. What the slot held is forgotten only on success.
 */
int tdxu_upload_begin(u32 portid, enum tdx_update_slot slot, u32 size);

/**
 * tdxu_upload_append() - The next bytes of a slot.
 * @offset: where the sender believes they belong: chunks come strictly in order.
 *
 * Return: 0, -ENOENT without an upload for that slot, -EPERM if the session is another socket's,
 * -EBUSY while the images are taken, -ERANGE if @offset is not where the last bytes ended or the
 * bytes go beyond the size; nothing changes then.
 */
int tdxu_upload_append(u32 portid, enum tdx_update_slot slot, u32 offset, const void *data,
		       u32 length);

/**
 * tdxu_upload_drop() - Forget one slot, or with @slot < 0 all.
 *
 * Return: 0, also if there was nothing; -EPERM if the session is another socket's, -EBUSY while the
 * images are taken.
 */
int tdxu_upload_drop(u32 portid, int slot);

/** tdxu_upload_socket_closed() - The socket is gone, and so is its session. */
bool tdxu_upload_socket_closed(u32 portid);

/**
 * tdxu_upload_take() - Take the images, for a check or an update.
 * @images: set to all, by slot; without data where there is none.
 *
 * They do not change, and no other session can begin, until tdxu_upload_return(). With @keep the
 * session then goes on with its images, unless its socket has gone meanwhile; otherwise they are
 * forgotten. The caller may note in them what it has found out about them.
 *
 * Return: 0, -EBUSY if they are taken already, -ENOENT if this socket has not uploaded a complete
 * target and nothing half.
 */
int tdxu_upload_take(u32 portid, struct tdxu_upload **images);
void tdxu_upload_return(bool keep);

/** tdxu_upload_state() - TDX_UPDATE_STATE_LOADING, or _READY; _IDLE if there is no session. */
enum tdx_update_state tdxu_upload_state(void);

#endif
