// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "names.h"
#include "sysfs_result.h"

enum { SEEN_TEXT = 160 };

/* Documentation/ABI/testing/sysfs-class-firmware names them. */
static const struct meaning {
	const char *error;
	u32 outcome;
	int errnum;
	const char *why; /* it runs on */
} meanings[] = {
	{ "device-busy", TDX_UPDATE_OUTCOME_BUSY, EBUSY, "try again later" },
	/* All that the updater in Linux 7.2 and 7.3 says, whatever has gone wrong. */
	{ "firmware-invalid", TDX_UPDATE_OUTCOME_FAILED, EIO,
	  "the kernel refused the image's form, or had no memory, or the module would not shut down, being busy: see `dmesg` for a SEAMCALL, and try again" },
};

static const struct meaning *find(const struct tdxu_sysfs_evidence *e)
{
	static const struct meaning other = {
		.outcome = TDX_UPDATE_OUTCOME_FAILED, .errnum = EIO,
		.why = "see `dmesg` before you try again",
	};
	const char *colon = strchr(e->error, ':');

	for (size_t i = 0; !e->error_unread && colon && i < ARRAY_SIZE(meanings); i++)
		if (!strcmp(meanings[i].error, colon + 1))
			return &meanings[i];
	return &other;
}

static const char *version_text(const struct tdxu_module *m, char *out)
{
	return m->present ? tdxu_module_text(m, out) : "unreadable";
}

/* -1: it cannot be read. */
static int updates_left(const struct tdxu_status *s)
{
	return s->seamldr.present ? (int)s->seamldr.updates_left : -1;
}

static void set(struct tdxu_result *r, u32 outcome, int errnum)
{
	r->outcome = outcome;
	r->errnum = (u32)errnum;
}

static void say_end(const struct tdxu_sysfs_evidence *e, char *out)
{
	if (e->error_unread)
		snprintf(out, SEEN_TEXT, "what it met cannot be read (%s)",
			 strerror(e->error_unread));
	else
		snprintf(out, SEEN_TEXT, "it says %s", e->error);
}

static void judge_failure(const struct tdxu_sysfs_evidence *e, struct tdxu_result *r)
{
	const struct meaning *m = find(e);
	char said[SEEN_TEXT], version[TDXU_VERSION_TEXT];

	say_end(e, said);
	set(r, TDX_UPDATE_OUTCOME_FAILED, EIO);
	if (e->after->state == TDX_UPDATE_STATE_LOST) {
		set(r, TDX_UPDATE_OUTCOME_LOST, ENOTRECOVERABLE);
		snprintf(r->message, sizeof(r->message),
			 "the kernel's updater has lost the TDX module (%s, and the kernel knows no version any more), and all TDs are gone; reboot the host",
			 *e->error || e->error_unread ? said : "it says nothing");
	} else if (r->to.unsure) {
		snprintf(r->message, sizeof(r->message),
			 "the kernel's updater has failed (%s), and whether a TDX module runs is not known: tdx_update may have replaced or lost it since the kernel read the version; load tdx_update, and see `tdxupd status`",
			 said);
	} else if (!r->to.present) {
		snprintf(r->message, sizeof(r->message),
			 "the kernel's updater has failed (%s), and whether a TDX module runs cannot be read; see `dmesg`, and check that TDs run",
			 said);
	} else {
		set(r, m->outcome, m->errnum);
		snprintf(r->message, sizeof(r->message),
			 "the kernel's updater has failed (%s), nothing has changed, and the module %s runs on with all TDs; %s",
			 said, version_text(&r->to, version), m->why);
	}
}

static bool is_image(const struct tdxu_sysfs_evidence *e, const struct tdxu_module *m)
{
	struct tdxu_version version = tdxu_module_version(m);

	/* What only a file's name says is no evidence. */
	if (!e->image.source || e->image.source == TDXU_VERSION_FILE_NAME)
		return true;
	return !tdxu_version_compare(&version, &e->image.version);
}

static bool is_proved(const struct tdxu_sysfs_evidence *e)
{
	int before = updates_left(e->before), after = updates_left(e->after);
	struct tdxu_version was = tdxu_module_version(&e->before->module);
	struct tdxu_version is = tdxu_module_version(&e->after->module);

	if (!e->after->module.present || !is_image(e, &e->after->module))
		return false;
	if (before >= 0 && after >= 0)
		return after == before - 1;
	return e->before->module.present && tdxu_version_compare(&was, &is);
}

static const char *count_text(int count, char *out, size_t size)
{
	snprintf(out, size, count < 0 ? "unreadable" : "%d", count);
	return out;
}

static void say_unproved(const struct tdxu_sysfs_evidence *e, struct tdxu_result *r)
{
	char was[TDXU_VERSION_TEXT], is[TDXU_VERSION_TEXT], before[16], after[16];
	char image[TDXU_IDENTITY_TEXT];

	set(r, TDX_UPDATE_OUTCOME_FAILED, EIO);
	snprintf(r->message, sizeof(r->message),
		 "the kernel's updater reports no error, but nothing proves an update: version %s, %s before, of the image %s, updates left %s, %s before; see `dmesg`, and check that TDs run",
		 version_text(&r->to, is), version_text(&r->from, was),
		 tdxu_identity_text(&e->image, image),
		 count_text(updates_left(e->after), after, sizeof(after)),
		 count_text(updates_left(e->before), before, sizeof(before)));
}

void tdxu_sysfs_result(const struct tdxu_sysfs_evidence *e, struct tdxu_result *result)
{
	*result = (struct tdxu_result){
		.present = true, .from = e->before->module, .to = e->after->module,
	};
	if (e->error_unread || *e->error || e->after->state == TDX_UPDATE_STATE_LOST)
		judge_failure(e, result);
	else if (is_proved(e))
		set(result, TDX_UPDATE_OUTCOME_UPDATED, 0);
	else
		say_unproved(e, result);
}
