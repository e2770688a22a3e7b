/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_UPDATE_H
#define TDXU_UPDATE_H

/*
 * One update from the preflight to its published result, and what is known between updates.
 */

#include "outcome.h"

struct tdxu_status {
	bool updating;
	bool lost;
	enum tdx_update_phase phase;
	u64 asked_ns; /* boot time at which @facts were asked for; 0: not since the load */
	u32 update_id; /* of the running or last update; 0: none yet */
	struct tdxu_facts facts;
	struct tdxu_result result; /* valid if its update_id is not 0 */
};

/* Is told of each new phase, and when the result is there. No lock is held; may sleep. */
typedef void tdxu_update_listener(bool finished);

/**
 * tdxu_update_init() - Note what is known without asking the firmware.
 *
 * Makes no SEAMCALL: any user can have a netlink family's module loaded, and in a guest of an old
 * KVM the instruction is fatal. The firmware is asked by the first of the calls below.
 *
 * A machine without TDX is no error. Context: may sleep.
 */
void tdxu_update_init(tdxu_update_listener *listener);

/** tdxu_update_uninit() - Wait for a running update to end; none can begin any more. */
void tdxu_update_uninit(void);

/** tdxu_update_status() - A consistent copy of what is known. Makes no SEAMCALL; may sleep. */
void tdxu_update_status(struct tdxu_status *status);

/**
 * tdxu_update_admits() - Is there any use in a request, an upload included?
 *
 * Return: 0, -ENOTRECOVERABLE once the module is lost, -ESHUTDOWN if the driver is being unloaded.
 * Context: may sleep.
 */
int tdxu_update_admits(void);

/**
 * tdxu_update_refresh() - Ask the firmware, once all earlier questions are answered.
 *
 * Return: 0, -EBUSY while an update runs, -ENOTRECOVERABLE once the module is lost, -ESHUTDOWN if
 * the driver is being unloaded. Context: may sleep.
 */
int tdxu_update_refresh(void);

/**
 * tdxu_update_check() - The preflight for what a socket has uploaded, and nothing else.
 * @portid: that socket.
 * @verdicts: set to an array that the caller frees with kvfree().
 * @count: its length.
 *
 * Return: 0, -ENOMEM, or as tdxu_upload_take() and tdxu_update_refresh(). Context: may sleep.
 */
int tdxu_update_check(u32 portid, struct tdxu_verdict **verdicts, u32 *count);

/**
 * tdxu_update_reserve() - Claim the right to update.
 * @portid: the socket whose images these are; they are given back before the result is published.
 * @update_id: set to the number under which the result will be published.
 *
 * The caller must follow with tdxu_update_launch(); a reply can go out in between. A refresh or
 * check that is in progress is waited for: no mere question is in an update's way.
 *
 * Return: 0, or as tdxu_upload_take() and tdxu_update_refresh(). Context: may sleep.
 */
int tdxu_update_reserve(u32 portid, u32 *update_id);

/** tdxu_update_launch() - Begin the reserved update, in the background. */
void tdxu_update_launch(void);

#endif
