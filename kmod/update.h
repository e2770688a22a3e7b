/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_UPDATE_H
#define TDXU_UPDATE_H

/*
 * One update from the preflight to its published result, and what is known between updates.
 */

#include "candidate.h"
#include "core/preflight.h"
#include "outcome.h"
#include "uapi/tdx_update.h"

struct tdxu_status {
	bool updating;
	bool lost;
	enum tdx_update_phase phase;
	u64 asked_ns; /* boot time at which @facts were asked for; 0: not since the load */
	u32 update_id; /* of the running or last update; 0: none yet */
	struct tdxu_facts facts;
	struct tdxu_result result; /* valid if its update_id is not 0 */
};

/* What the layer above wants to be told. Called without any lock held; may sleep. */
struct tdxu_update_listener {
	/* The images are given back; @keep: nothing has happened, they can be tried again. */
	void (*images_done)(bool keep);
	void (*phase)(u32 update_id, enum tdx_update_phase phase);
	void (*finished)(void);
};

/**
 * tdxu_update_init() - Note what is known without asking the firmware.
 *
 * Makes no SEAMCALL: any user can have a netlink family's module loaded, and in a guest of an old
 * KVM the instruction is fatal. The firmware is asked by the first of the calls below.
 *
 * A machine without TDX is no error. Context: may sleep.
 */
void tdxu_update_init(const struct tdxu_update_listener *listener);

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
 * tdxu_update_check() - The preflight for images, and nothing else.
 * @image: uploaded images, by enum tdxu_which_image; not kept, but what is found out about their
 *	bytes is noted in them, and not computed again. All but the target may have no data.
 * @verdicts: set to an array that the caller frees with kvfree().
 * @count: its length.
 *
 * Return: 0, -ENOMEM, or as tdxu_update_refresh(). Context: may sleep.
 */
int tdxu_update_check(struct tdxu_upload image[TDXU_NR_IMAGES],
		      struct tdxu_verdict **verdicts, u32 *count);

/**
 * tdxu_update_reserve() - Claim the right to update.
 * @image: as above; lent until the listener's images_done().
 * @update_id: set to the number under which the result will be published.
 *
 * The caller must follow with tdxu_update_launch(); a reply can go out in between. A refresh or
 * check that is in progress is waited for: no mere question is in an update's way.
 *
 * Return: 0, -EALREADY if an update runs, -ENOTRECOVERABLE once the module is lost, -ESHUTDOWN if
 * the driver is being unloaded. Context: may sleep.
 */
int tdxu_update_reserve(struct tdxu_upload image[TDXU_NR_IMAGES], u32 *update_id);

/** tdxu_update_launch() - Begin the reserved update, in the background. */
void tdxu_update_launch(void);

#endif
