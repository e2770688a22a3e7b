// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Netlink attributes. A message that does not fit is a bug in TDXU_REPORT_BYTES; every function
 * says so rather than leaving something out.
 */

#include "report.h"
#include "version.h"

#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/netlink.h>

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	/* Attribute 0 pads: it is no attribute of any set. */
	return nla_put_u64_64bit(skb, attr, value, 0);
}

/* What is not known is left out: 0 would be a value. */
static int put_known(struct sk_buff *skb, const struct tdxu_module_info *m, enum tdxu_fact fact,
		     int attr, u32 value)
{
	return m->known & 1u << fact ? nla_put_u32(skb, attr, value) : 0;
}

static int put_features(struct sk_buff *skb, const struct tdxu_module_info *m)
{
	if (!(m->known & 1u << TDXU_FACT_FEATURES0))
		return 0;
	return put_u64(skb, TDX_UPDATE_A_MODULE_FEATURES0, m->features0);
}

static int put_measurement(struct sk_buff *skb, const struct tdxu_module_info *m)
{
	if (!(m->known & 1u << TDXU_FACT_INFO))
		return 0;
	if (nla_put(skb, TDX_UPDATE_A_MODULE_MRSEAM, sizeof(m->mrseam), m->mrseam) ||
	    nla_put_u32(skb, TDX_UPDATE_A_MODULE_SVN_MAJOR, m->svn_major) ||
	    nla_put_u32(skb, TDX_UPDATE_A_MODULE_SVN_MINOR, m->svn_minor))
		return -EMSGSIZE;
	return 0;
}

static int put_module(struct sk_buff *skb, int attr, const struct tdxu_module_info *m)
{
	struct nlattr *nest;

	if (!tdxu_module_answered(m))
		return 0;
	nest = nla_nest_start(skb, attr);
	if (!nest || nla_put_u32(skb, TDX_UPDATE_A_MODULE_MAJOR, m->version.major) ||
	    nla_put_u32(skb, TDX_UPDATE_A_MODULE_MINOR, m->version.minor) ||
	    nla_put_u32(skb, TDX_UPDATE_A_MODULE_UPDATE, m->version.update) ||
	    put_known(skb, m, TDXU_FACT_INTERNAL_VERSION, TDX_UPDATE_A_MODULE_INTERNAL,
		      m->internal) ||
	    put_known(skb, m, TDXU_FACT_BUILD_NUM, TDX_UPDATE_A_MODULE_BUILD_NUM, m->build_num) ||
	    put_known(skb, m, TDXU_FACT_BUILD_DATE, TDX_UPDATE_A_MODULE_BUILD_DATE,
		      m->build_date) ||
	    put_features(skb, m) ||
	    put_known(skb, m, TDXU_FACT_MODULE_HV, TDX_UPDATE_A_MODULE_HV, m->module_hv) ||
	    put_known(skb, m, TDXU_FACT_MIN_UPDATE_HV, TDX_UPDATE_A_MODULE_MIN_UPDATE_HV,
		      m->min_update_hv) ||
	    put_known(skb, m, TDXU_FACT_NO_DOWNGRADE, TDX_UPDATE_A_MODULE_NO_DOWNGRADE,
		      m->no_downgrade) ||
	    put_known(skb, m, TDXU_FACT_HANDOFF_PAGES, TDX_UPDATE_A_MODULE_HANDOFF_PAGES,
		      m->handoff_pages) ||
	    put_measurement(skb, m))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_seamldr(struct sk_buff *skb, int attr, const struct tdxu_seamldr_facts *s)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest || nla_put_u32(skb, TDX_UPDATE_A_SEAMLDR_MAJOR, s->major) ||
	    nla_put_u32(skb, TDX_UPDATE_A_SEAMLDR_MINOR, s->minor) ||
	    nla_put_u32(skb, TDX_UPDATE_A_SEAMLDR_BUILD_NUM, s->build_num) ||
	    nla_put_u32(skb, TDX_UPDATE_A_SEAMLDR_BUILD_DATE, s->build_date) ||
	    nla_put_u32(skb, TDX_UPDATE_A_SEAMLDR_UPDATES_LEFT, s->updates_left) ||
	    nla_put_u32(skb, TDX_UPDATE_A_SEAMLDR_UPDATE, s->update))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* @began: when the update did. */
static int put_timing(struct sk_buff *skb, const struct tdxu_timing *t, u64 began)
{
	struct nlattr *nest = nla_nest_start(skb, TDX_UPDATE_A_RESULT_TIMING);

	if (!nest || nla_put_u32(skb, TDX_UPDATE_A_TIMING_PHASE, t->phase) ||
	    put_u64(skb, TDX_UPDATE_A_TIMING_START_NS, t->start_ns - began) ||
	    put_u64(skb, TDX_UPDATE_A_TIMING_END_NS, t->end_ns - began) ||
	    nla_put_u32(skb, TDX_UPDATE_A_TIMING_RETRIES, t->retries))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_timings(struct sk_buff *skb, const struct tdxu_result *r)
{
	int err = 0;
	u32 i;

	for (i = 0; i < r->timings.nr && !err; i++)
		err = put_timing(skb, &r->timings.run[i], r->timings.run[0].start_ns);
	return err;
}

static int put_changes(struct sk_buff *skb, const struct tdxu_result *r)
{
	int err = 0;
	u32 i;

	for (i = 0; i < r->nr_changes && !err; i++)
		err = nla_put_string(skb, TDX_UPDATE_A_RESULT_METADATA, r->change[i]);
	return err;
}

static int put_failure(struct sk_buff *skb, const struct tdxu_window_result *w)
{
	const struct tdxu_failure *f = &w->failure;

	if (!w->failed)
		return 0;
	if (nla_put_u32(skb, TDX_UPDATE_A_RESULT_CPU, f->cpu) ||
	    put_u64(skb, TDX_UPDATE_A_RESULT_LEAF, tdxu_told_as[f->step].leaf) ||
	    put_u64(skb, TDX_UPDATE_A_RESULT_RAX, f->rax) ||
	    put_u64(skb, TDX_UPDATE_A_RESULT_RDX, f->rdx))
		return -EMSGSIZE;
	return 0;
}

static int put_busy(struct sk_buff *skb, const struct tdxu_result *r)
{
	if (r->busy_reason == TDX_UPDATE_BUSY_NONE)
		return 0;
	if (nla_put_u32(skb, TDX_UPDATE_A_RESULT_BUSY_REASON, r->busy_reason) ||
	    nla_put_u32(skb, TDX_UPDATE_A_RESULT_BUSY_COUNT, r->busy_count))
		return -EMSGSIZE;
	return 0;
}

static int put_patience(struct sk_buff *skb, const struct tdxu_window_result *w)
{
	if (!w->patience_ms)
		return 0;
	if (nla_put_u32(skb, TDX_UPDATE_A_RESULT_WAITED_MS, div_u64(w->waited_ns, NSEC_PER_MSEC)) ||
	    nla_put_u32(skb, TDX_UPDATE_A_RESULT_PATIENCE_MS, w->patience_ms))
		return -EMSGSIZE;
	return 0;
}

static int put_result(struct sk_buff *skb, const struct tdxu_result *r)
{
	struct nlattr *nest = nla_nest_start(skb, TDX_UPDATE_A_STATUS_RESULT);

	if (!nest || nla_put_u32(skb, TDX_UPDATE_A_RESULT_UPDATE_ID, r->update_id) ||
	    nla_put_u32(skb, TDX_UPDATE_A_RESULT_OUTCOME, r->outcome) ||
	    nla_put_u32(skb, TDX_UPDATE_A_RESULT_ERRNO, r->error) ||
	    nla_put_string(skb, TDX_UPDATE_A_RESULT_MESSAGE, r->message) ||
	    nla_put_u32(skb, TDX_UPDATE_A_RESULT_PHASE, r->phase) ||
	    (r->check && nla_put_string(skb, TDX_UPDATE_A_RESULT_CHECK, r->check)) ||
	    put_busy(skb, r) || put_failure(skb, &r->window) ||
	    put_module(skb, TDX_UPDATE_A_RESULT_FROM, &r->from) ||
	    put_module(skb, TDX_UPDATE_A_RESULT_TO, &r->to) ||
	    put_timings(skb, r) ||
	    put_u64(skb, TDX_UPDATE_A_RESULT_FINISHED, r->finished) || put_changes(skb, r) ||
	    put_patience(skb, &r->window))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int tdxu_report_verdict(struct sk_buff *skb, int attr, const struct tdxu_verdict *v)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest || nla_put_string(skb, TDX_UPDATE_A_CHECK_NAME, v->name) ||
	    nla_put_u32(skb, TDX_UPDATE_A_CHECK_VERDICT, v->kind) ||
	    nla_put_u32(skb, TDX_UPDATE_A_CHECK_ERRNO, v->error) ||
	    nla_put_string(skb, TDX_UPDATE_A_CHECK_MESSAGE, v->message))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* What would keep any image from being installed now. */
static int put_blockers(struct sk_buff *skb, const struct tdxu_status *status)
{
	u32 i, count = tdxu_preflight_count(0);
	struct tdxu_verdict *verdicts;
	int err = 0;

	if (status->lost)
		return tdxu_report_verdict(skb, TDX_UPDATE_A_STATUS_BLOCKER, &tdxu_verdict_lost);
	verdicts = kcalloc(count, sizeof(*verdicts), GFP_KERNEL);
	if (!verdicts)
		return -ENOMEM;
	tdxu_preflight_run(&status->facts, NULL, 0, verdicts);
	for (i = 0; i < count && !err; i++) {
		if (verdicts[i].kind == TDXU_FAIL)
			err = tdxu_report_verdict(skb, TDX_UPDATE_A_STATUS_BLOCKER, &verdicts[i]);
	}
	kfree(verdicts);
	return err;
}

/* With what minimum_version has made of it. */
static int put_minimum(struct sk_buff *skb, const struct tdxu_facts *facts)
{
	char text[TDXU_VERSION_TEXT];
	struct tdxu_version minimum;

	if (!facts->module_answers ||
	    tdxu_gate_check(&facts->running.version, &minimum) == TDXU_GATE_UNKNOWN_SERIES)
		return 0;
	return nla_put_string(skb, TDX_UPDATE_A_STATUS_MINIMUM,
			      tdxu_version_format(&minimum, text));
}

static int put_signer(struct sk_buff *skb)
{
	const u8 *signer = tdxu_signer_taken();

	char text[TDXU_SIGNER_TEXT];

	if (!signer)
		return 0;
	snprintf(text, sizeof(text), "%*phN", TDXU_SHA384_BYTES, signer);
	return nla_put_string(skb, TDX_UPDATE_A_STATUS_SIGNER, text);
}

/* Facts that were never asked for have no age. */
static int put_age(struct sk_buff *skb, const struct tdxu_status *status)
{
	u64 age_ns = ktime_get_boottime_ns() - status->asked_ns;

	if (!status->asked_ns)
		return 0;
	return put_u64(skb, TDX_UPDATE_A_STATUS_FACTS_AGE_MS, div_u64(age_ns, NSEC_PER_MSEC));
}

enum tdx_update_state tdxu_report_state(const struct tdxu_status *status,
					enum tdxu_upload_state upload)
{
	if (status->lost)
		return TDX_UPDATE_STATE_LOST;
	if (status->updating)
		return TDX_UPDATE_STATE_UPDATING;
	switch (upload) {
	case TDXU_UPLOAD_LOADING:
		return TDX_UPDATE_STATE_LOADING;
	case TDXU_UPLOAD_READY:
		return TDX_UPDATE_STATE_READY;
	default:
		return status->asked_ns ? TDX_UPDATE_STATE_IDLE : TDX_UPDATE_STATE_NOT_ASKED;
	}
}

int tdxu_report_status(struct sk_buff *skb, const struct tdxu_status *status,
		       enum tdxu_upload_state upload)
{
	const struct tdxu_facts *f = &status->facts;

	if (nla_put_u32(skb, TDX_UPDATE_A_STATUS_STATE, tdxu_report_state(status, upload)) ||
	    nla_put_u32(skb, TDX_UPDATE_A_STATUS_PHASE, status->phase) ||
	    nla_put_u32(skb, TDX_UPDATE_A_STATUS_UPDATE_ID, status->update_id) ||
	    put_module(skb, TDX_UPDATE_A_STATUS_MODULE, &f->running) ||
	    (f->seamldr_answers && put_seamldr(skb, TDX_UPDATE_A_STATUS_SEAMLDR, &f->seamldr)) ||
	    nla_put_u32(skb, TDX_UPDATE_A_STATUS_CPUS_ONLINE, f->cpus_online) ||
	    nla_put_u32(skb, TDX_UPDATE_A_STATUS_CPUS_PRESENT, f->cpus_present) ||
	    nla_put_u32(skb, TDX_UPDATE_A_STATUS_ERRATUM, f->erratum) ||
	    nla_put_string(skb, TDX_UPDATE_A_STATUS_DRIVER, TDXU_PROJECT_VERSION) ||
	    put_minimum(skb, f) || put_signer(skb) || put_age(skb, status) ||
	    put_blockers(skb, status) ||
	    (status->result.update_id && put_result(skb, &status->result)))
		return -EMSGSIZE;
	return 0;
}
