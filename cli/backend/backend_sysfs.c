// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's own updater: a fw_upload device named tdx_module, below a device tdx_host with the
 * versions. It asks the module for no protection of TDs that are being built, has no fallback,
 * and answers "firmware-invalid" to whatever goes wrong; so what can be checked, is checked here.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend.h"
#include "checks.h"
#include "clock.h"
#include "facts.h"
#include "image_file.h"
#include "sysfs.h"
#include "sysfs_update.h"

enum { POLL_MS = 20 }; /* nothing tells of an end */

#define COUNTER TDXU_UPDATER "device/num_remaining_updates"

struct upload {
	struct tdxu_file blob; /* v2 */
	struct tdxu_identity identity;
	struct tdxu_status before;
};

static int read_version(const char *name, struct tdxu_version *out)
{
	char text[TDXU_ATTRIBUTE_BYTES];
	int err = tdxu_sysfs_read(name, text);

	if (!err && !tdxu_version_parse(text, out))
		err = -EBADMSG;
	return err;
}

/* Return: -ENXIO if the kernel knows of no module any more, which it did when this came up. */
static int read_module(struct tdxu_module *m)
{
	struct tdxu_version v = { 0 };
	int err = read_version(TDXU_UPDATER "device/version", &v);

	*m = (struct tdxu_module){ .present = !err, .only_version = true, .major = v.major,
				   .minor = v.minor, .update = v.update,
				   .unsure = tdxu_may_have_run(tdxu_sysfs.host) };
	return err;
}

static int read_counter(u32 *left)
{
	char text[TDXU_ATTRIBUTE_BYTES], *end;
	int err = tdxu_sysfs_read(COUNTER, text);

	*left = (u32)strtoul(text, &end, 10);
	return err || (*text && !*end) ? err : -EBADMSG;
}

static void read_seamldr(struct tdxu_seamldr *s)
{
	struct tdxu_version v = { 0 };
	bool told = !read_version(TDXU_UPDATER "device/seamldr_version", &v);

	*s = (struct tdxu_seamldr){ .major = v.major, .minor = v.minor, .update = v.update,
				    .only_version = true };
	s->present = !read_counter(&s->updates_left) && told;
}

static int open_updater(void **priv, struct tdxu_fault *fault)
{
	char text[TDXU_ATTRIBUTE_BYTES];

	if (tdxu_sysfs_read(TDXU_UPDATER "status", text))
		return tdxu_fault_set(fault, ENODEV, "");
	*priv = calloc(1, sizeof(struct upload));
	return *priv ? 0 : tdxu_fault_set(fault, ENOMEM, "");
}

/* It has one slot. */
static int drop(void *priv, int slot, struct tdxu_fault *fault)
{
	struct upload *u = priv;

	(void)slot;
	(void)fault;
	free(u->blob.data);
	u->blob = (struct tdxu_file){ 0 };
	return 0;
}

static void close_updater(void *priv)
{
	drop(priv, TDXU_ALL_SLOTS, NULL);
	free(priv);
}

static int upload(void *priv, enum tdx_update_slot slot, const void *data, size_t size,
		  struct tdxu_fault *fault)
{
	struct tdxu_candidate candidate = { 0 };
	struct tdxu_image *image = &candidate.image;
	struct upload *u = priv;

	if (slot != TDX_UPDATE_SLOT_TARGET || tdxu_image_parse(data, size, image))
		return tdxu_fault_set(fault, EINVAL, "");
	drop(priv, TDXU_ALL_SLOTS, NULL);
	image->format = TDXU_IMAGE_VERSION_2;
	if (!tdxu_verify(&candidate) || !tdxu_image_file_make(image, &u->blob))
		return tdxu_fault_set(fault, ENOMEM, "");
	u->identity = tdxu_identify(tdxu_genuine(&candidate), "");
	return 0;
}

/* What of the driver's checks can be made from here. */
static void facts_of(const struct tdxu_status *s, struct tdxu_facts *f)
{
	tdxu_facts_from_status(s, tdxu_sysfs.cpuinfo, f);
	f->module_answers = s->module.present;
	if (s->module.present) {
		tdxu_know(f, TDXU_FACT_VERSION, 0);
		tdxu_know(f, TDXU_FACT_FEATURES0, 0);
	}
	f->seamldr_answers = s->seamldr.present;
	if (s->seamldr.present)
		tdxu_know(f, TDXU_FACT_INFO, 0);
	/* Where the kernel has an updater, the module can preserve TDs. */
	f->running.features0 = TDXU_FEATURE_TD_PRESERVING;
	/* What one series never changes; the kernel does not tell it. */
	f->running.svn_major = s->module.major == 1 ? 1 : 3;
	if (s->cpus_online < s->cpus_present)
		tdxu_sysfs_offline(f->offline_cpus, sizeof(f->offline_cpus));
}

/*
 * The others: "cpus-online", "gate", "updates-left", "format", "sigstruct", "debug-signed", "hash",
 * "signature", "signer", "cpu-model", "elf"; and of the SVN, only the major number is known, from
 * the series.
 */
static bool can_be_told(const struct tdxu_verdict *v)
{
	static const char *const unknowable[] = { "system", "platform", "cpus-ready",
						  "features", "cpus-alike", "handoff",
						  "handoff-room", "memory" };

	for (size_t i = 0; i < ARRAY_SIZE(unknowable); i++)
		if (!strcmp(unknowable[i], v->name))
			return false;
	return strcmp(v->name, "svn") || v->kind == TDXU_FAIL;
}

/* What must be known before an update. A user who asks for the status may be unable to read it. */
static int missing(const struct tdxu_status *s, const char *name)
{
	u32 nr;

	if (!strcmp(name, "gate") && !s->module.present)
		return ENODATA;
	if (!strcmp(name, "updates-left") && !s->seamldr.present)
		return -read_counter(&nr) ?: ENODATA;
	if (!strcmp(name, "cpus-online") && (!s->cpus_online || !s->cpus_present))
		return ENODATA;
	return 0;
}

static void judge(const struct tdxu_status *s, bool only_failures, struct tdxu_verdict *v)
{
	int err = missing(s, v->name);

	if (err && !(err == EACCES && only_failures)) {
		v->kind = TDXU_FAIL;
		v->error = ENODATA; /* as the driver has it of what it could not be told */
		snprintf(v->message, sizeof(v->message),
			 "the kernel does not tell what this check needs (%s), and its own updater would not ask; see `dmesg`, or load tdx_update",
			 strerror(err));
	} else if (!can_be_told(v)) {
		v->kind = TDXU_UNKNOWN;
		v->error = 0;
		snprintf(v->message, sizeof(v->message),
			 "the kernel's own updater does not tell");
	}
}

static void run_checks(const struct tdxu_status *s, const struct tdxu_candidate *candidate,
		       bool only_failures, struct tdxu_checks *out)
{
	struct tdxu_verdict verdicts[TDXU_MAX_CHECKS];
	u32 images = candidate ? 1 : 0;
	struct tdxu_facts facts;

	out->nr = 0;
	facts_of(s, &facts);
	tdxu_preflight_run(&facts, candidate, images, verdicts);
	for (u32 i = 0; i < tdxu_preflight_count(images); i++) {
		judge(s, only_failures, &verdicts[i]);
		if (!only_failures || verdicts[i].kind == TDXU_FAIL)
			tdxu_checks_add(out, &verdicts[i]);
	}
}

static int get_status(void *priv, bool fresh, struct tdxu_status *s, struct tdxu_fault *fault)
{
	char text[TDXU_ATTRIBUTE_BYTES];
	int err;

	(void)priv;
	(void)fresh;
	if (tdxu_sysfs_read(TDXU_UPDATER "status", text))
		return tdxu_fault_set(fault, ENODEV, "");
	/* Where there is an erratum, the kernel hides its updater. */
	*s = (struct tdxu_status){
		.erratum = TDX_UPDATE_ERRATUM_NONE,
		.state = strcmp(text, "idle") ? TDX_UPDATE_STATE_UPDATING : TDX_UPDATE_STATE_IDLE,
		.cpus_online = tdxu_sysfs_cpus("online"),
		.cpus_present = tdxu_sysfs_cpus("present"),
	};
	err = read_module(&s->module);
	read_seamldr(&s->seamldr);
	if (err == -ENXIO && s->state == TDX_UPDATE_STATE_IDLE) {
		s->state = TDX_UPDATE_STATE_LOST;
		tdxu_checks_add(&s->blockers, &tdxu_verdict_lost);
	} else {
		run_checks(s, NULL, true, &s->blockers);
	}
	return 0;
}

static int check(void *priv, struct tdxu_checks *checks, struct tdxu_fault *fault)
{
	struct tdxu_candidate candidate = { .name = "image" };
	struct upload *u = priv;
	struct tdxu_status s;
	int err = get_status(priv, true, &s, fault);

	if (err)
		return err;
	/* It was parsed once, to be made v2. */
	if (tdxu_image_parse(u->blob.data, u->blob.size, &candidate.image))
		return tdxu_fault_set(fault, ENOENT, "");
	if (!tdxu_verify(&candidate))
		return tdxu_fault_set(fault, ENOMEM, "");
	run_checks(&s, &candidate, false, checks);
	return 0;
}

static int update(void *priv, u32 *id, struct tdxu_fault *fault)
{
	struct upload *u = priv;
	int err;

	if (!u->blob.data)
		return tdxu_fault_set(fault, ENOENT, "");
	err = get_status(priv, true, &u->before, fault);
	if (!err && u->before.state == TDX_UPDATE_STATE_LOST)
		err = tdxu_fault_set(fault, ENOTRECOVERABLE, "");
	if (!err)
		err = tdxu_sysfs_upload(&u->blob, fault);
	*id = 1;
	return err;
}

static int pause_for(int stop_fd, int ms)
{
	struct pollfd stop = { .fd = stop_fd, .events = POLLIN };

	return poll(&stop, 1, ms) > 0 ? -EINTR : 0;
}

static int wait_for_idle(int stop_fd, u32 patience_ms, struct tdxu_fault *fault)
{
	u64 deadline = tdxu_now_ms() + patience_ms;
	char text[TDXU_ATTRIBUTE_BYTES];

	for (;;) {
		if (tdxu_sysfs_read(TDXU_UPDATER "status", text))
			return tdxu_fault_set(fault, ENODEV,
				    "the kernel's updater has vanished while it worked; see `dmesg`, and check that TDs run");
		if (!strcmp(text, "idle"))
			return 0;
		if (tdxu_now_ms() >= deadline)
			break;
		if (pause_for(stop_fd, POLL_MS))
			return tdxu_fault_set(fault, EINTR, "");
	}
	tdxu_fault_set(fault, ETIMEDOUT, "");
	snprintf(fault->message, sizeof(fault->message),
		 "the kernel's updater does not come to an end: after %u seconds it is still in the state '%.32s', and it cannot be cancelled; see `dmesg`, and check that TDs run",
		 patience_ms / 1000, text);
	return -ETIMEDOUT;
}

static int wait_for_result(void *priv, u32 id, int stop_fd, int timeout_ms,
			   struct tdxu_status *status, struct tdxu_fault *fault)
{
	const struct upload *u = priv;
	u32 patience_ms = timeout_ms < 0 ? tdxu_sysfs.patience_ms : (u32)timeout_ms;
	char error[TDXU_ATTRIBUTE_BYTES];
	int unread, err;

	/* EBUSY: another transfer has begun already. */
	do {
		err = wait_for_idle(stop_fd, patience_ms, fault);
		unread = err ? 0 : tdxu_sysfs_read(TDXU_UPDATER "error", error);
	} while (unread == -EBUSY);
	if (!err)
		err = get_status(priv, true, status, fault);
	if (err)
		return err;
	tdxu_sysfs_result(&(struct tdxu_sysfs_evidence){ error, -unread, u->identity, &u->before,
							  status }, &status->result);
	status->result.id = id;
	status->result.finished = (u64)time(NULL);
	return 0;
}

static int watch(void *priv, int stop_fd, int timeout_ms, struct tdxu_fault *fault)
{
	(void)priv;
	return pause_for(stop_fd, timeout_ms) ? tdxu_fault_set(fault, EINTR, "") : 0;
}

const struct tdxu_backend tdxu_backend_sysfs = {
	.name = "tdx_host",
	.unguarded = true,
	.open = open_updater,
	.close = close_updater,
	.status = get_status,
	.upload = upload,
	.drop = drop,
	.check = check,
	.update = update,
	.watch = watch,
	.wait = wait_for_result,
};
