// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "checks.h"
#include "fit.h"
#include "names.h"

struct judge {
	const struct tdxu_host *host;
	const struct tdxu_image_file *file;
	const struct tdxu_release *release;
	struct tdxu_version running;
	char running_text[TDXU_VERSION_TEXT];
	struct tdxu_fit *fit;
	const struct tdxu_sigstruct *sig; /* of @file */
};

/* Each rule returns true if it has decided. */
__printf(4, 5) static bool decide(struct judge *j, enum tdxu_fit_verdict verdict,
				  const char *rule, const char *why, ...)
{
	va_list args;

	j->fit->verdict = verdict;
	snprintf(j->fit->rule, sizeof(j->fit->rule), "%s", rule);
	va_start(args, why);
	vsnprintf(j->fit->why, sizeof(j->fit->why), why, args);
	va_end(args);
	return true;
}

static bool is_running(struct judge *j)
{
	const struct tdxu_module *m = &j->host->status->module;
	const struct tdxu_identity *id = &j->file->identity;
	bool same;

	if (!m->present)
		return decide(j, TDXU_FIT_UNKNOWN, "", "nothing tells which TDX module runs here");
	if (m->only_version)
		same = id->source && !tdxu_version_compare(&id->version, &j->running);
	else if (TDXU_TOLD(m, MRSEAM) && TDXU_TOLD(m, SVN_MINOR))
		same = !memcmp(j->sig->seamhash, m->mrseam, sizeof(m->mrseam));
	else
		return decide(j, TDXU_FIT_UNKNOWN, "",
			      "MRSEAM and SVN of the running module could not be read, so whether it can be followed by this one is not known");
	if (same && m->unsure)
		return decide(j, TDXU_FIT_UNKNOWN, "",
			      "it is the running module%s", tdxu_unsure);
	return same && decide(j, TDXU_FIT_RUNNING, "", "it is the running module");
}

/* A site's own wish: that something else is newer is no failure. */
static bool is_not_allowed(struct judge *j)
{
	const struct tdxu_identity *id = &j->file->identity;

	if (!j->host->allowed ||
	    tdxu_allowed_has(j->host->allowed, id->source ? &id->version : NULL,
			     j->sig->seamhash))
		return false;
	j->fit->elsewhere = true;
	return decide(j, TDXU_FIT_REFUSED, "allowed",
		      "not among what /etc/tdxupd/allowed allows");
}

static bool is_debug(struct judge *j)
{
	if (!(j->sig->module_type & TDXU_SIGSTRUCT_TYPE_DEBUG))
		return false;
	j->fit->errnum = EKEYREJECTED;
	return decide(j, TDXU_FIT_REFUSED, "debug-signed",
		      "signed for debugging: production platforms refuse it");
}

static bool is_unlisted(struct judge *j)
{
	if (!j->file->identity.source)
		return decide(j, TDXU_FIT_REFUSED, "unlisted",
			      "its version is not known, and so not whether it is newer");
	if (!j->release)
		return decide(j, TDXU_FIT_REFUSED, "unlisted",
			      "the mapping file does not list its version");
	return false;
}

static bool is_of_other_series(struct judge *j)
{
	const struct tdxu_version *v = &j->file->identity.version;

	if (!j->file->identity.source ||
	    (v->major == j->running.major && v->minor == j->running.minor))
		return false;
	j->fit->elsewhere = true;
	return decide(j, TDXU_FIT_REFUSED, "series",
		      "of series %u.%u, and the running module %s can only be followed by its own series",
		      v->major, v->minor, j->running_text);
}

/* What the firmware would say: the checks that the driver makes of an image, too. */
static bool fails_preflight(struct judge *j)
{
	const struct tdxu_check *failure;
	struct tdxu_checks checks;

	tdxu_checks_of_image(&j->file->content, &j->host->facts, &checks);
	failure = tdxu_checks_failure(&checks);
	if (!failure)
		return false;
	j->fit->errnum = failure->errnum;
	j->fit->elsewhere = !strcmp(failure->name, "cpu-model");
	return decide(j, failure->errnum == ENODATA ? TDXU_FIT_UNKNOWN : TDXU_FIT_REFUSED,
		      failure->name, "%s", failure->message);
}

/* What it needs of the series of this host's P-SEAMLDR, or NULL if it is for others. */
static const struct tdxu_version *of_series(const struct tdxu_versions *versions,
					    const struct tdxu_seamldr *s)
{
	for (const struct tdxu_version *v = versions->version; v < versions->version + versions->nr;
	     v++)
		if (v->major == s->major && v->minor == s->minor)
			return v;
	return NULL;
}

static bool is_above_seamldr(struct judge *j)
{
	const struct tdxu_seamldr *s = &j->host->status->seamldr;
	const struct tdxu_version *v = of_series(&j->release->seamldrs, s);
	char needed[TDXU_VERSION_TEXT], has[TDXU_VERSION_TEXT];

	if (j->release->untold || !s->present || (v && v->update <= s->update))
		return false;
	j->fit->elsewhere = !v;
	if (!v)
		return decide(j, TDXU_FIT_REFUSED, "seamldr",
			      "not for hosts with P-SEAMLDR %u.%u, as this one is", s->major,
			      s->minor);
	tdxu_version_format(v, needed);
	tdxu_seamldr_version(s, has);
	if (!tdxu_seamldr_tells_update(s))
		return decide(j, TDXU_FIT_UNKNOWN, "seamldr",
			      "needs P-SEAMLDR %s, and which update of %s this host has is not told by a tdx_update older than tdxupd",
			      needed, has);
	return decide(j, TDXU_FIT_REFUSED, "seamldr", "needs P-SEAMLDR %s, and this host has %s",
		      needed, has);
}

static bool is_too_far(struct judge *j)
{
	char minimum[TDXU_VERSION_TEXT];

	if (tdxu_version_compare(&j->release->minimum, &j->running) <= 0)
		return false;
	return decide(j, TDXU_FIT_REFUSED, "minimum-version",
		      "keeps TDs alive from %s on, and %s runs here",
		      tdxu_version_format(&j->release->minimum, minimum), j->running_text);
}

static bool is_not_newer(struct judge *j)
{
	if (tdxu_version_compare(&j->file->identity.version, &j->running) > 0)
		return false;
	return decide(j, TDXU_FIT_REFUSED, "not-newer", "not newer than the running module %s",
		      j->running_text);
}

static bool is_behind_gate(struct judge *j)
{
	struct tdxu_version minimum;
	char text[TDXU_VERSION_TEXT];
	enum tdxu_gate gate = tdxu_status_gate(j->host->status, &minimum);

	if (gate == TDXU_GATE_OPEN)
		return false;
	if (gate == TDXU_GATE_TOO_OLD)
		return decide(j, TDXU_FIT_REFUSED, "gate",
			      "the running module %s is older than %s and cannot be updated under TDs",
			      j->running_text, tdxu_version_format(&minimum, text));
	return decide(j, TDXU_FIT_REFUSED, "gate",
		      "the running module %s is of a series that tdx_update does not know",
		      j->running_text);
}

/* Last, so that what the images and the host tell is told without a mapping file, too. */
static bool is_unmapped(struct judge *j)
{
	return j->release->untold &&
	       decide(j, TDXU_FIT_REFUSED, "mapping",
		      "only mapping_file.json, which is not there, tells whether it can follow the running module %s",
		      j->running_text);
}

static const char surprise[] =
	"; not all that kernel and KVM have read at boot will hold then: reboot before new TDs start";

/* As far as the publisher tells. The driver finds out afterwards what has changed. */
static bool changes_metadata(const struct judge *j)
{
	const struct tdxu_release *r = j->release;

	return r->compatible_told && !tdxu_versions_have(&r->compatible, &j->running);
}

void tdxu_fit_judge(const struct tdxu_host *host, const struct tdxu_image_file *file,
		    const struct tdxu_release *release, struct tdxu_fit *fit)
{
	/* In the order in which a person would ask. */
	static bool (*const rules[])(struct judge *) = {
		is_running,	 is_not_allowed,  is_debug,	    is_of_other_series,
		fails_preflight, is_unlisted,	  is_above_seamldr, is_too_far,
		is_not_newer,	 is_behind_gate,  is_unmapped,
	};
	struct judge j = { host, file, release, tdxu_module_version(&host->status->module), "", fit,
			   file->content.image.sigstruct };

	tdxu_version_format(&j.running, j.running_text);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i](&j))
			return;
	decide(&j, TDXU_FIT_INSTALLABLE, "", "it can follow the running module %s%s",
	       j.running_text, changes_metadata(&j) ? surprise : "");
}

const char *const tdxu_fit_verdict_names[] = { "installable", "running", "refused", "unknown" };
