// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One update: preflight, window, verification, result. It runs in a work item of its own; there is
 * never more than one.
 */

#include "update.h"
#include "claim.h"
#include "log.h"
#include "platform.h"
#include "upload.h"

#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

enum {
	/* Of the module that was just installed. */
	MAX_LOOKS = 10,
	LOOK_AGAIN_MS = 10,
};

static tdxu_update_listener *listener;

/* The update in progress, or the check; owned by the one who has claimed the firmware. */
static struct {
	struct work_struct work;
	struct tdxu_upload *upload; /* TDXU_NR_IMAGES, lent */
	struct tdxu_candidate candidate[TDXU_NR_IMAGES]; /* of the uploads that have data */
	u32 nr_candidates;
	struct tdxu_facts facts;
	struct tdxu_plan plan;
	struct tdxu_metadata before;
	struct tdxu_metadata after;
	struct tdxu_result result;
	bool lost; /* by the facts */
	uid_t uid; /* who asked for it */
	const char *what; /* is being prepared */
} job;

static void enter_phase(enum tdx_update_phase phase)
{
	tdxu_claim_phase(phase);
	listener(false);
}

static void phase_starts(enum tdx_update_phase phase)
{
	tdxu_timing_starts(&job.result.timings, phase, ktime_get_mono_fast_ns());
	job.result.phase = phase;
	enter_phase(phase);
}

/* To find out whether the module is lost, all CPUs may be asked: the phase includes that time. */
static void phase_ends(void)
{
	struct tdxu_timings *timings = &job.result.timings;

	job.lost = tdxu_platform_is_lost(&job.facts);
	tdxu_timing_ends(timings, ktime_get_mono_fast_ns());
	timings->run[timings->nr - 1].retries += job.facts.retries;
}

/* Preflight */

/*
 * The verdicts on uploaded images, the job's or others; to be freed by the caller. @first: the
 * first failure, or -1.
 */
static int preflight(struct tdxu_upload *image, struct tdxu_verdict **verdicts, u32 *count,
		     int *first)
{
	int err;

	tdxu_platform_collect(&job.facts);
	tdxu_claim_found(&job.facts);
	err = tdxu_candidates_look(image, job.candidate, &job.nr_candidates, &job.what);
	if (err)
		return err;
	*count = tdxu_preflight_count(job.nr_candidates);
	job.what = "room for verdicts";
	*verdicts = kvcalloc(*count, sizeof(**verdicts), GFP_KERNEL);
	if (!*verdicts)
		return -ENOMEM;
	*first = tdxu_preflight_run(&job.facts, job.candidate, job.nr_candidates, *verdicts);
	return 0;
}

/* Is there anything to do, and may it be done? The result is filled if not. */
static bool run_preflight(void)
{
	struct tdxu_verdict *verdicts = NULL;
	bool go_on = false;
	int err, first;
	u32 count;

	err = preflight(job.upload, &verdicts, &count, &first);
	job.result.from = job.facts.running;
	if (err)
		tdxu_outcome_not_tried(&job.result, -err, job.what);
	else if (tdxu_candidate_runs(&job.candidate[0], &job.facts))
		tdxu_outcome_nothing_to_do(&job.result);
	else if (first >= 0)
		tdxu_outcome_refused(&job.result, &verdicts[first]);
	else
		go_on = true;
	kvfree(verdicts);
	return go_on;
}

/* The window and what has to be made for it */

static int prepare_plan(void)
{
	u32 i, candidate = 0;
	int err = 0;

	for (i = 0; i < TDXU_NR_IMAGES && !err; i++) {
		if (job.upload[i].data)
			err = tdxu_install_prepare(&job.candidate[candidate++], &job.plan.image[i]);
	}
	job.plan.facts = &job.facts;
	job.plan.hv = tdxu_handoff_version(&job.facts.running,
					   &job.candidate[job.nr_candidates - 1]);
	return err;
}

static bool run_window(void)
{
	int err;

	job.what = "the list of an image's pages";
	err = prepare_plan();
	if (!err) {
		tdxu_log_plan(&job.plan, job.upload, job.uid);
		job.what = "stopping the CPUs";
		tdxu_metadata_snapshot(&job.before, tdxu_tdh_sys_rd);
		job.result.timings.run[0].retries += job.before.retries;
		err = tdxu_window_run(&job.plan, &job.result.window, &job.result.timings);
	}
	if (err)
		tdxu_outcome_not_tried(&job.result, -err, job.what);
	else
		tdxu_outcome_of_window(&job.result);
	return !err;
}

/* Phases inside the window are announced after it, each once. */
static void announce_window_phases(void)
{
	enum tdx_update_phase phase;

	for (phase = TDX_UPDATE_PHASE_RECHECK; phase < TDX_UPDATE_PHASE_VERIFY; phase++) {
		if (tdxu_timing_first(&job.result.timings, phase))
			enter_phase(phase);
	}
}

static void compare_metadata(void)
{
	struct tdxu_result *r = &job.result;
	u32 i;

	tdxu_metadata_snapshot(&job.after, tdxu_tdh_sys_rd);
	job.facts.retries += job.after.retries;
	/* A CPU that does not reach it: the message says so. */
	if (!tdxu_metadata_any_told(&job.after))
		return;
	for (i = 0; i < TDXU_NR_METADATA; i++) {
		if (tdxu_metadata_describe_change(&job.before, &job.after, i,
						  r->change[r->nr_changes]))
			r->nr_changes++;
	}
}

/* "Lost" is final: one call without an answer, or a CPU coming online, is not enough for it. */
static void look_at_new_module(void)
{
	struct tdxu_facts *now = &job.facts;
	int looks;

	for (looks = 0; looks < MAX_LOOKS; looks++) {
		if (looks)
			msleep(LOOK_AGAIN_MS);
		tdxu_platform_collect(now);
		if (now->module_answers && now->seamldr_answers && now->readiness == TDXU_READY)
			break;
	}
}

static void verify(void)
{
	bool gone, shut_down;

	phase_starts(TDX_UPDATE_PHASE_VERIFY);
	look_at_new_module();
	job.result.to = job.facts.running;
	gone = !job.facts.module_answers && tdxu_platform_module_is_gone(&shut_down);
	tdxu_outcome_verified(&job.result, &job.facts, gone,
			      job.plan.image[job.result.window.image].mrseam);
	if (job.facts.module_answers)
		compare_metadata();
	phase_ends();
}

/* Asks anew what is not known any more. All CPUs are asked, and the timeline includes that time. */
static void look_anew(void)
{
	tdxu_timing_starts(&job.result.timings, TDX_UPDATE_PHASE_VERIFY, ktime_get_mono_fast_ns());
	tdxu_platform_collect(&job.facts);
	phase_ends();
}

/* The result */

static void publish(void)
{
	int i;

	for (i = 0; i < TDXU_NR_IMAGES; i++)
		tdxu_install_release(&job.plan.image[i]);
	/*
	 * If nothing has happened the images can be tried again. Before the result is published: a
	 * client that then asks for another update is not refused.
	 */
	tdxu_upload_return(job.result.outcome == TDX_UPDATE_OUTCOME_BUSY ||
			   job.result.outcome == TDX_UPDATE_OUTCOME_REFUSED);
	job.result.finished = ktime_get_real_seconds();
	tdxu_log_result(&job.result);
	tdxu_log_lost_vmcs();
	tdxu_claim_publish(&job.result, &job.facts,
			   job.lost || job.result.outcome == TDX_UPDATE_OUTCOME_LOST);
	listener(true);
}

static void run_job(struct work_struct *work)
{
	const struct tdxu_window_result *window = &job.result.window;
	bool go_on;

	phase_starts(TDX_UPDATE_PHASE_PREFLIGHT);
	go_on = run_preflight();
	phase_ends();
	if (go_on && run_window()) {
		if (window->end != TDXU_END_UNTOUCHED)
			tdxu_platform_caches_are_dirty();
		announce_window_phases();
		if (window->end == TDXU_END_RUNNING)
			verify();
		/* If SHUTDOWN has said no the preflight's facts still hold. */
		else if (window->end == TDXU_END_LOST || window->recheck)
			look_anew();
	}
	publish();
	module_put(THIS_MODULE);
}

/* The end of everything */

/* New calls of the firmware are refused, and those under way are waited for. */
static void let_work_end(void)
{
	tdxu_claim_close();
	flush_work(&job.work);
	tdxu_platform_write_caches_back();
}

static int on_reboot(struct notifier_block *nb, unsigned long event, void *data)
{
	/* By this a running update knows. */
	tdxu_platform_goes_down();
	let_work_end();
	return NOTIFY_DONE;
}

/* Called first of all: no update may begin once the machine has started to go down. */
static struct notifier_block reboot_notifier = {
	.notifier_call = on_reboot,
	.priority = INT_MAX,
};

/* Calls from above */

void tdxu_update_init(tdxu_update_listener *the_listener)
{
	listener = the_listener;
	INIT_WORK(&job.work, run_job);
	tdxu_claim_init();
	register_reboot_notifier(&reboot_notifier);
}

void tdxu_update_uninit(void)
{
	unregister_reboot_notifier(&reboot_notifier);
	let_work_end();
}

int tdxu_update_refresh(void)
{
	struct tdxu_facts facts;
	int err = tdxu_claim_question();

	if (err)
		return err;
	tdxu_platform_collect(&facts);
	tdxu_claim_question_end(&facts);
	return 0;
}

int tdxu_update_check(u32 portid, struct tdxu_verdict **verdicts, u32 *count)
{
	struct tdxu_upload *images;
	int first, err = tdxu_upload_take(portid, &images);

	if (err)
		return err;
	err = tdxu_claim_question();
	if (!err) {
		err = preflight(images, verdicts, count, &first);
		/* Found also where an image could not be inspected. */
		tdxu_claim_question_end(&job.facts);
	}
	tdxu_upload_return(true);
	return err;
}

int tdxu_update_reserve(u32 portid, u32 *update_id)
{
	struct tdxu_upload *images;
	int err = tdxu_upload_take(portid, &images);

	if (err)
		return err;
	err = tdxu_claim_update(update_id);
	if (err) {
		tdxu_upload_return(true);
		return err;
	}
	/* The work must not run on when the module is gone. */
	__module_get(THIS_MODULE);
	memset(&job.plan, 0, sizeof(job.plan));
	memset(&job.result, 0, sizeof(job.result));
	job.upload = images;
	job.result.update_id = *update_id;
	job.uid = from_kuid(&init_user_ns, current_uid());
	return 0;
}

void tdxu_update_launch(void)
{
	queue_work(system_long_wq, &job.work);
}
