// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Netlink attributes. A message that does not fit is a bug in TDXU_REPORT_BYTES; it is told rather
 * than something left out.
 */

#include "report.h"
#include "upload.h"
#include "version.h"

#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/netlink.h>

/* A message that is being filled. After an error nothing more is put into it. */
struct message {
	struct sk_buff *skb;
	int err;
};

static void put(struct message *m, int attr, int bytes, const void *value)
{
	if (!m->err)
		m->err = nla_put(m->skb, attr, bytes, value);
}

static void put_u32(struct message *m, int attr, u32 value)
{
	put(m, attr, sizeof(value), &value);
}

/* x86 asks for no padding in front of it. */
static void put_u64(struct message *m, int attr, u64 value)
{
	put(m, attr, sizeof(value), &value);
}

static void put_string(struct message *m, int attr, const char *value)
{
	put(m, attr, strlen(value) + 1, value);
}

static struct nlattr *begin_nest(struct message *m, int attr)
{
	struct nlattr *nest = nla_nest_start(m->skb, attr);

	if (!nest)
		m->err = -EMSGSIZE;
	return nest;
}

static void end_nest(struct message *m, struct nlattr *nest)
{
	if (!m->err)
		nla_nest_end(m->skb, nest);
}

/* What is not known is left out: 0 would be a value. */
static void put_known(struct message *m, const struct tdxu_module_info *info, enum tdxu_fact fact,
		      int attr, u32 value)
{
	if (info->known & 1u << fact)
		put_u32(m, attr, value);
}

static void put_module(struct message *m, int attr, const struct tdxu_module_info *info)
{
	struct nlattr *nest;

	if (!tdxu_module_answered(info))
		return;
	nest = begin_nest(m, attr);
	put_u32(m, TDX_UPDATE_A_MODULE_MAJOR, info->version.major);
	put_u32(m, TDX_UPDATE_A_MODULE_MINOR, info->version.minor);
	put_u32(m, TDX_UPDATE_A_MODULE_UPDATE, info->version.update);
	put_known(m, info, TDXU_FACT_INTERNAL_VERSION, TDX_UPDATE_A_MODULE_INTERNAL,
		  info->internal);
	put_known(m, info, TDXU_FACT_BUILD_NUM, TDX_UPDATE_A_MODULE_BUILD_NUM, info->build_num);
	put_known(m, info, TDXU_FACT_BUILD_DATE, TDX_UPDATE_A_MODULE_BUILD_DATE, info->build_date);
	if (info->known & 1u << TDXU_FACT_FEATURES0)
		put_u64(m, TDX_UPDATE_A_MODULE_FEATURES0, info->features0);
	put_known(m, info, TDXU_FACT_MODULE_HV, TDX_UPDATE_A_MODULE_HV, info->module_hv);
	put_known(m, info, TDXU_FACT_MIN_UPDATE_HV, TDX_UPDATE_A_MODULE_MIN_UPDATE_HV,
		  info->min_update_hv);
	put_known(m, info, TDXU_FACT_NO_DOWNGRADE, TDX_UPDATE_A_MODULE_NO_DOWNGRADE,
		  info->no_downgrade);
	put_known(m, info, TDXU_FACT_HANDOFF_PAGES, TDX_UPDATE_A_MODULE_HANDOFF_PAGES,
		  info->handoff_pages);
	if (info->known & 1u << TDXU_FACT_INFO)
		put(m, TDX_UPDATE_A_MODULE_MRSEAM, sizeof(info->mrseam), info->mrseam);
	put_known(m, info, TDXU_FACT_INFO, TDX_UPDATE_A_MODULE_SVN_MAJOR, info->svn_major);
	put_known(m, info, TDXU_FACT_INFO, TDX_UPDATE_A_MODULE_SVN_MINOR, info->svn_minor);
	end_nest(m, nest);
}

static void put_seamldr(struct message *m, const struct tdxu_seamldr_info *s)
{
	struct nlattr *nest = begin_nest(m, TDX_UPDATE_A_STATUS_SEAMLDR);

	put_u32(m, TDX_UPDATE_A_SEAMLDR_MAJOR, s->major);
	put_u32(m, TDX_UPDATE_A_SEAMLDR_MINOR, s->minor);
	put_u32(m, TDX_UPDATE_A_SEAMLDR_BUILD_NUM, s->build_num);
	put_u32(m, TDX_UPDATE_A_SEAMLDR_BUILD_DATE, s->build_date);
	put_u32(m, TDX_UPDATE_A_SEAMLDR_UPDATES_LEFT, s->num_remaining_updates);
	put_u32(m, TDX_UPDATE_A_SEAMLDR_UPDATE, s->update);
	end_nest(m, nest);
}

/* @began: when the update did. */
static void put_timing(struct message *m, const struct tdxu_timing *t, u64 began)
{
	struct nlattr *nest = begin_nest(m, TDX_UPDATE_A_RESULT_TIMING);

	put_u32(m, TDX_UPDATE_A_TIMING_PHASE, t->phase);
	put_u64(m, TDX_UPDATE_A_TIMING_START_NS, t->start_ns - began);
	put_u64(m, TDX_UPDATE_A_TIMING_END_NS, t->end_ns - began);
	put_u32(m, TDX_UPDATE_A_TIMING_RETRIES, t->retries);
	end_nest(m, nest);
}

static void put_failure(struct message *m, const struct tdxu_failure *f)
{
	put_u32(m, TDX_UPDATE_A_RESULT_CPU, f->cpu);
	put_u64(m, TDX_UPDATE_A_RESULT_LEAF, tdxu_told_as[f->step].leaf);
	put_u64(m, TDX_UPDATE_A_RESULT_RAX, f->rax);
	put_u64(m, TDX_UPDATE_A_RESULT_RDX, f->rdx);
}

static void put_result(struct message *m, const struct tdxu_result *r)
{
	struct nlattr *nest = begin_nest(m, TDX_UPDATE_A_STATUS_RESULT);
	const struct tdxu_window_result *w = &r->window;
	u32 i;

	put_u32(m, TDX_UPDATE_A_RESULT_UPDATE_ID, r->update_id);
	put_u32(m, TDX_UPDATE_A_RESULT_OUTCOME, r->outcome);
	put_u32(m, TDX_UPDATE_A_RESULT_ERRNO, r->error);
	put_string(m, TDX_UPDATE_A_RESULT_MESSAGE, r->message);
	put_u32(m, TDX_UPDATE_A_RESULT_PHASE, r->phase);
	if (r->check)
		put_string(m, TDX_UPDATE_A_RESULT_CHECK, r->check);
	if (r->busy_reason != TDX_UPDATE_BUSY_NONE) {
		put_u32(m, TDX_UPDATE_A_RESULT_BUSY_REASON, r->busy_reason);
		put_u32(m, TDX_UPDATE_A_RESULT_BUSY_COUNT, r->busy_count);
	}
	if (w->failed)
		put_failure(m, &w->failure);
	put_module(m, TDX_UPDATE_A_RESULT_FROM, &r->from);
	put_module(m, TDX_UPDATE_A_RESULT_TO, &r->to);
	for (i = 0; i < r->timings.nr; i++)
		put_timing(m, &r->timings.run[i], r->timings.run[0].start_ns);
	put_u64(m, TDX_UPDATE_A_RESULT_FINISHED, r->finished);
	for (i = 0; i < r->nr_changes; i++)
		put_string(m, TDX_UPDATE_A_RESULT_METADATA, r->change[i]);
	if (w->patience_ms) {
		put_u32(m, TDX_UPDATE_A_RESULT_WAITED_MS, div_u64(w->waited_ns, NSEC_PER_MSEC));
		put_u32(m, TDX_UPDATE_A_RESULT_PATIENCE_MS, w->patience_ms);
	}
	end_nest(m, nest);
}

static void put_verdict(struct message *m, int attr, const struct tdxu_verdict *v)
{
	struct nlattr *nest = begin_nest(m, attr);

	put_string(m, TDX_UPDATE_A_CHECK_NAME, v->name);
	put_u32(m, TDX_UPDATE_A_CHECK_VERDICT, v->kind);
	put_u32(m, TDX_UPDATE_A_CHECK_ERRNO, v->error);
	put_string(m, TDX_UPDATE_A_CHECK_MESSAGE, v->message);
	end_nest(m, nest);
}

int tdxu_report_verdicts(struct sk_buff *skb, const struct tdxu_verdict *verdicts, u32 count)
{
	struct message m = { .skb = skb };
	u32 i;

	for (i = 0; i < count; i++)
		put_verdict(&m, TDX_UPDATE_A_VERDICTS_CHECK, &verdicts[i]);
	return m.err;
}

/* What would keep any image from being installed now. */
static void put_blockers(struct message *m, const struct tdxu_status *status)
{
	u32 i, count = tdxu_preflight_count(0);
	struct tdxu_verdict *verdicts;

	if (status->lost) {
		put_verdict(m, TDX_UPDATE_A_STATUS_BLOCKER, &tdxu_verdict_lost);
		return;
	}
	verdicts = kcalloc(count, sizeof(*verdicts), GFP_KERNEL);
	if (!verdicts) {
		m->err = -ENOMEM;
		return;
	}
	tdxu_preflight_run(&status->facts, NULL, 0, verdicts);
	for (i = 0; i < count; i++) {
		if (verdicts[i].kind == TDXU_FAIL)
			put_verdict(m, TDX_UPDATE_A_STATUS_BLOCKER, &verdicts[i]);
	}
	kfree(verdicts);
}

/* With what minimum_version has made of it. */
static void put_minimum(struct message *m, const struct tdxu_facts *facts)
{
	char text[TDXU_VERSION_TEXT];
	struct tdxu_version minimum;

	if (facts->module_answers &&
	    tdxu_gate_check(&facts->running.version, &minimum) != TDXU_GATE_UNKNOWN_SERIES)
		put_string(m, TDX_UPDATE_A_STATUS_MINIMUM, tdxu_version_format(&minimum, text));
}

static void put_signer(struct message *m)
{
	const u8 *signer = tdxu_signer_taken();
	char text[TDXU_SIGNER_TEXT];

	if (!signer)
		return;
	snprintf(text, sizeof(text), "%*phN", TDXU_SHA384_BYTES, signer);
	put_string(m, TDX_UPDATE_A_STATUS_SIGNER, text);
}

enum tdx_update_state tdxu_report_state(const struct tdxu_status *status)
{
	enum tdx_update_state upload = tdxu_upload_state();

	if (status->lost)
		return TDX_UPDATE_STATE_LOST;
	if (status->updating)
		return TDX_UPDATE_STATE_UPDATING;
	if (upload != TDX_UPDATE_STATE_IDLE || status->asked_ns)
		return upload;
	return TDX_UPDATE_STATE_NOT_ASKED;
}

int tdxu_report_status(struct sk_buff *skb, const struct tdxu_status *status)
{
	u64 age_ns = ktime_get_boottime_ns() - status->asked_ns;
	const struct tdxu_facts *f = &status->facts;
	struct message m = { .skb = skb };
	const char *name;
	u32 i;

	put_u32(&m, TDX_UPDATE_A_STATUS_STATE, tdxu_report_state(status));
	put_u32(&m, TDX_UPDATE_A_STATUS_PHASE, status->phase);
	put_u32(&m, TDX_UPDATE_A_STATUS_UPDATE_ID, status->update_id);
	put_module(&m, TDX_UPDATE_A_STATUS_MODULE, &f->running);
	if (f->seamldr_answers)
		put_seamldr(&m, &f->seamldr);
	put_u32(&m, TDX_UPDATE_A_STATUS_CPUS_ONLINE, f->cpus_online);
	put_u32(&m, TDX_UPDATE_A_STATUS_CPUS_PRESENT, f->cpus_present);
	put_u32(&m, TDX_UPDATE_A_STATUS_ERRATUM, f->erratum);
	put_string(&m, TDX_UPDATE_A_STATUS_DRIVER, TDXU_PROJECT_VERSION);
	put_minimum(&m, f);
	put_signer(&m);
	/* Facts that were never asked for have no age. */
	if (status->asked_ns)
		put_u64(&m, TDX_UPDATE_A_STATUS_FACTS_AGE_MS, div_u64(age_ns, NSEC_PER_MSEC));
	/* A tdxupd that knows more checks says which are not made here. */
	for (i = 0; (name = tdxu_preflight_name(i)); i++)
		put_string(&m, TDX_UPDATE_A_STATUS_CHECK, name);
	put_blockers(&m, status);
	if (status->result.update_id)
		put_result(&m, &status->result);
	return m.err;
}
