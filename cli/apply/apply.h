/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_APPLY_H
#define TDXU_CLI_APPLY_H

/* This folder: one update, from files to outcome, and what is left on disk of it. */

/* One run of `tdxupd apply`, and how its progress is shown. */

#include <jansson.h>
#include <limits.h>

#include "backend.h"
#include "catalogue.h"
#include "duration.h"
#include "image_file.h"
#include "kept.h"
#include "launch.h"
#include "lock.h"
#include "retry.h"
#include "tcb.h"

enum {
	TDXU_MAX_NOTES = 8,
	TDXU_INTERRUPTED_MS = 60000, /* longer than the driver needs, shorter than systemd waits */
};

/* Something that a person may want to know, and that changes nothing about the outcome. */
struct tdxu_note {
	bool loud; /* with --quiet, too */
	char text[TDXU_WHAT_BYTES];
};

/* What a run tells at its end: how it has failed, if it has, and notes. */
struct tdxu_report {
	char what[TDXU_WHAT_BYTES]; /* starts each line */
	struct tdxu_error error;
	u32 nr_notes;
	struct tdxu_note note[TDXU_MAX_NOTES];
};

/* What a run may install. */
struct tdxu_selection {
	struct tdxu_image_file target;
	struct tdxu_image_file fallback; /* that the user has named, or that was found */
	struct tdxu_image_file way_out;	 /* that was found */
	struct tdxu_kept kept;
	char esp[PATH_MAX]; /* path of the image on the EFI system partition */
	struct tdxu_catalogue catalogue; /* of the publisher's directory, where there is one */
	const struct tdxu_image_file *use[TDX_UPDATE_SLOT_WAY_OUT + 1]; /* by slot; NULL: none */
	bool named; /* the fallback, by the user */
};

/* How long a run tries, and what it does meanwhile. */
struct tdxu_tries {
	struct tdxu_retry retry;
	u32 nr; /* attempts, with the one that goes on */
	struct tdxu_hold hold;
	bool hold_failed; /* and that was said */
	u64 said_ms; /* when a log was last told that it waits */
};

struct tdxu_apply {
	struct tdxu_ctx *ctx;
	void *updater; /* the backend's, if it is open */
	struct tdxu_report report;
	struct tdxu_selection images;
	struct tdxu_tcb tcb;
	struct tdxu_tries tries;
	int lock; /* -1: not taken */
	u32 update_id; /* that was begun, or may have been; 0: none */
	bool prepared;
	bool nothing_to_do; /* found before anything was tried */
	bool uploaded; /* the updater has what is used, and keeps it while it is busy */
	bool tried;    /* the last attempt reached the updater, and belongs in the history */
	bool interrupted;
	bool hooked;	 /* hooks were run before, so others are run after it */
	bool begun;	 /* begun.json says so; see record.h */
	bool unrecorded; /* the history could not be written, which was said */
	bool kept_now; /* what this run has brought to run is kept */
	struct tdxu_status before;
	struct tdxu_status status; /* with the last attempt's result, if it came to one */
	struct tdxu_checks checks; /* of a dry run */
	struct tdxu_check_names made; /* as the driver tells, or has shown */
};

/** tdxu_cmd_apply() - The command. It prints its outcome, text or JSON. Return: the exit code. */
enum tdxu_exit tdxu_cmd_apply(struct tdxu_ctx *ctx);

/** tdxu_note() - Add a sentence. @loud: it is told with --quiet, too. */
__printf(3, 4) void tdxu_note(struct tdxu_report *report, bool loud, const char *text, ...);

/** tdxu_report_fault() - Set the error from a request that the backend did not do. */
enum tdxu_exit tdxu_report_fault(struct tdxu_report *report, const struct tdxu_fault *fault);

/** tdxu_report_failure() - Set it from the first check that fails, or is not known, if any. */
enum tdxu_exit tdxu_report_failure(struct tdxu_report *report, const struct tdxu_checks *checks);

/** tdxu_report_unsure() - In place of "nothing to do", where @version may not be what runs. */
enum tdxu_exit tdxu_report_unsure(struct tdxu_report *report, const char *version);

/** tdxu_report_name() - Say what is applied, a path: each line starts with it. */
void tdxu_report_name(struct tdxu_report *report, const char *path);

/** tdxu_apply_stopped() - Set the error of a run that a signal ends; nothing has changed. */
enum tdxu_exit tdxu_apply_stopped(struct tdxu_apply *a);

/**
 * tdxu_apply_newest() - With --newest, choose the image for what runs: set a->images.target, or
 * a->nothing_to_do.
 */
enum tdxu_exit tdxu_apply_newest(struct tdxu_apply *a);

/**
 * tdxu_require_tcb() - With --require-tcb: refuse an image, unless every TCB info says, with a
 * signature that was verified, that it is up to date.
 */
enum tdxu_exit tdxu_require_tcb(const struct tdxu_tcb *tcb, const struct tdxu_image_file *image,
				struct tdxu_report *report);

/** tdxu_apply_choose_fallbacks() - Decide what the fallback and the way out are. */
enum tdxu_exit tdxu_apply_choose_fallbacks(struct tdxu_apply *a);

/** tdxu_is_found() - Is there an image in this slot that the user has not named? */
bool tdxu_is_found(const struct tdxu_selection *images, enum tdx_update_slot slot);

/**
 * tdxu_replaces_installed() - Can what is used in this slot replace an image that P-SEAMLDR has
 * installed? One that it has refused, any fallback can replace.
 */
bool tdxu_replaces_installed(const struct tdxu_selection *images, enum tdx_update_slot slot);

/** tdxu_apply_unguarded_check() - What must be said and checked before an unguarded backend. */
enum tdxu_exit tdxu_apply_unguarded_check(struct tdxu_apply *a);

/**
 * tdxu_apply_upload_all() - Upload the image and its fallbacks. What the user has given as fallback
 * must pass; what was found and does not pass is left out.
 */
enum tdxu_exit tdxu_apply_upload_all(struct tdxu_apply *a);

/** tdxu_apply_keep() - After an update: keep what runs now, and nothing else. */
void tdxu_apply_keep(struct tdxu_apply *a);

/** tdxu_apply_json() - What `--json` prints of the run beside its error. */
json_t *tdxu_apply_json(const struct tdxu_apply *a);

/** tdxu_apply_report() - Say how it ended, in text or JSON. */
void tdxu_apply_report(struct tdxu_apply *a);

/* Progress is for people: nothing is shown with --quiet or --json. */
void tdxu_progress_start(struct tdxu_apply *a);
void tdxu_progress_attempt(struct tdxu_apply *a);
void tdxu_progress_end(struct tdxu_ctx *ctx);

/** tdxu_progress_interrupted() - Say that the result of update @id is waited for all the same. */
void tdxu_progress_interrupted(struct tdxu_ctx *ctx, u32 id);

/** tdxu_progress_held() - Say that builds of TDs are held from now on. */
void tdxu_progress_held(struct tdxu_ctx *ctx);

/** tdxu_progress_wait() - Wait until @until_ms, saying so. Return: false if interrupted. */
bool tdxu_progress_wait(struct tdxu_apply *a, u64 until_ms);

#endif
