// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How an image gets to the kernel's own updater, and what its end means. Its nodes accept nearly
 * every write and ignore what does not suit them: while a transfer runs, and for good once it was
 * out of memory or IMA said no. So what was written is inspected.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "save.h"
#include "sysfs.h"
#include "sysfs_update.h"

enum { SEEN_TEXT = 160 };

/* --- what it is given ------------------------------------------------------------------------- */

static int open_node(const char *node, int flags)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" TDXU_UPDATER "%s", tdxu_sysfs.root, node);
	return open(path, flags | O_CLOEXEC);
}

static int write_node(const char *node, const void *data, size_t size)
{
	int fd = open_node(node, O_WRONLY);
	int err = fd < 0 || tdxu_write_all(fd, data, size) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/* -EBUSY: another program writes, too. */
static int compare_data(const struct tdxu_file *blob, struct tdxu_fault *fault)
{
	int fd = open_node("data", O_RDONLY);
	size_t at = 0;
	u8 got[4096];
	ssize_t n = 0;

	while (fd >= 0 && (n = read(fd, got, sizeof(got))) > 0) {
		if ((size_t)n > blob->size - at || memcmp(blob->data + at, got, (size_t)n))
			break;
		at += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !n && at == blob->size)
		return 0;
	return tdxu_fault_set(fault, EBUSY,
			       "the kernel's updater holds other bytes than were written: another program writes to it as well; try again when none does");
}

static int fail_at_work(struct tdxu_fault *fault)
{
	return tdxu_fault_set(fault, EBUSY,
			       "the kernel's updater is at work for another program; try again later");
}

static bool says(const char *name, const char *what)
{
	char text[TDXU_ATTRIBUTE_BYTES];

	return !tdxu_sysfs_read(name, text) && !strcmp(text, what);
}

static int begin(struct tdxu_fault *fault)
{
	int err;

	if (!says(TDXU_UPDATER "status", "idle"))
		return fail_at_work(fault);
	if (says(TDXU_UPDATER "loading", "1"))
		return tdxu_fault_set(fault, EBUSY,
				       "another program has begun to load an image into the kernel's updater; try again later, and if that program has died, let `echo -1 > /sys/class/firmware/tdx_module/loading` end it");
	err = write_node("loading", "1", 1);
	if (err)
		return tdxu_fault_set(fault, -err, "");
	if (says(TDXU_UPDATER "loading", "1"))
		return 0;
	if (!says(TDXU_UPDATER "status", "idle"))
		return fail_at_work(fault);
	return tdxu_fault_set(fault, EIO,
			       "the kernel's updater takes no image any more: it was out of memory, or IMA's policy said no when it was given an earlier one; load tdx_update, or reboot the host");
}

static int send(const struct tdxu_file *blob, struct tdxu_fault *fault)
{
	int err = write_node("data", blob->data, blob->size);

	if (!err)
		return compare_data(blob, fault);
	if (err == -ENODEV)
		return fail_at_work(fault);
	if (err == -ENOMEM)
		return tdxu_fault_set(fault, ENOMEM,
				       "the kernel had no memory for the image, and its updater takes none until the next boot; load tdx_update, or free memory and reboot the host");
	return tdxu_fault_set(fault, -err, "");
}

static int commit(struct tdxu_fault *fault)
{
	int err = write_node("loading", "0", 1);

	if (err == -EBUSY)
		return fail_at_work(fault);
	if (err == -EACCES)
		return tdxu_fault_set(fault, EACCES,
				       "IMA's policy forbids what is loaded through the kernel's updater, which takes nothing else until the next boot; load tdx_update, or change that policy and reboot the host");
	return err ? tdxu_fault_set(fault, -err, "") : 0;
}

int tdxu_sysfs_upload(const struct tdxu_file *blob, struct tdxu_fault *fault)
{
	int err = begin(fault);

	if (err)
		return err;
	err = send(blob, fault);
	if (!err)
		err = commit(fault);
	if (err)
		write_node("loading", "-1", 2);
	return err;
}

/* --- what came of it -------------------------------------------------------------------------- */

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
