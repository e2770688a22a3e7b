// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel's log says. */

#include "log.h"
#include "seamldr.h"

#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/printk.h>

static void log_plan(const struct tdxu_plan *plan, uid_t uid)
{
	const struct tdxu_install *target = &plan->image[TDXU_TARGET];
	const struct tdxu_facts *f = plan->facts;
	char from[TDXU_VERSION_TEXT];

	pr_notice("replacing TDX module %s (SVN %u.%u, P-SEAMLDR %u.%u.%02u) by MRSEAM %*phN (SVN %u.%u), handoff version %u, %u CPUs, %u fallbacks, for uid %u\n",
		  tdxu_version_format(&f->running.version, from),
		  f->running.svn_major, f->running.svn_minor,
		  f->seamldr.major, f->seamldr.minor, f->seamldr.update, TDXU_SHA384_BYTES,
		  target->mrseam, target->svn >> 8, target->svn & 0xff, plan->hv,
		  num_online_cpus(), !!plan->image[TDXU_FALLBACK].params +
		  !!plan->image[TDXU_WAY_OUT].params, uid);
}

enum {
	/* Retries on a busy host do not fill the log. */
	AGAIN_S = 60,
};

/* Of the update that runs: the log has told its plan not long ago. */
static bool is_told;

static bool was_told(const struct tdxu_upload *upload, u64 now)
{
	return !upload->data ||
	       (upload->logged_ns && now - upload->logged_ns < AGAIN_S * NSEC_PER_SEC);
}

void tdxu_log_plan(const struct tdxu_plan *plan, struct tdxu_upload *uploads, uid_t uid)
{
	u64 now = ktime_get_mono_fast_ns();
	int i;

	is_told = true;
	for (i = 0; i < TDXU_NR_IMAGES; i++)
		is_told = is_told && was_told(&uploads[i], now);
	if (is_told)
		return;
	for (i = 0; i < TDXU_NR_IMAGES; i++)
		uploads[i].logged_ns = now;
	log_plan(plan, uid);
}

void tdxu_log_result(const struct tdxu_result *r)
{
	char from[TDXU_VERSION_TEXT], to[TDXU_VERSION_TEXT] = "unknown";

	tdxu_version_format(&r->from.version, from);
	if (tdxu_module_answered(&r->to))
		tdxu_version_format(&r->to.version, to);
	switch (r->outcome) {
	case TDX_UPDATE_OUTCOME_UPDATED:
		pr_info("%s (TDX module %s -> %s)\n", r->message, from, to);
		break;
	case TDX_UPDATE_OUTCOME_LOST:
		pr_emerg("%s\n", r->message);
		add_taint(TAINT_WARN, LOCKDEP_STILL_OK);
		break;
	case TDX_UPDATE_OUTCOME_ROLLED_BACK:
		pr_err("%s (TDX module %s -> %s)\n", r->message, from, to);
		break;
	case TDX_UPDATE_OUTCOME_BUSY:
		if (is_told)
			break;
		fallthrough;
	default:
		pr_notice("update not done: %s\n", r->message);
		break;
	}
}

void tdxu_log_found_lost(void)
{
	pr_emerg("no TDX module runs any more: the last was shut down and not replaced; TDs on this host are dying, reboot it\n");
}

void tdxu_log_lost_vmcs(void)
{
	static u32 told;
	u32 lost = tdxu_seamldr_vmcs_lost();

	if (lost != told)
		pr_emerg("the current VMCS of a CPU could not be restored %u times; VMs on this host may fail, move them and reboot\n",
			 lost);
	told = lost;
}
