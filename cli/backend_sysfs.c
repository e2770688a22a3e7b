// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's own updater: a fw_upload device named tdx_module, below a device tdx_host with the
 * versions. It asks the module for no protection of TDs that are being built, has no fallback,
 * and answers "firmware-invalid" to whatever goes wrong; so what can be checked, is checked here.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend.h"
#include "checks.h"
#include "container.h"
#include "facts.h"
#include "names.h"
#include "sysfs_result.h"

enum {
	ATTRIBUTE_BYTES = 64,
	POLL_MS = 20, /* nothing tells of an end */
};

struct tdxu_sysfs tdxu_sysfs = {
	.root = "/sys",
	.cpuinfo = "/proc/cpuinfo",
	.patience_ms = 30000, /* an update takes less than a second */
};

struct upload {
	struct tdxu_file blob; /* v2 */
	struct tdxu_module before;
};

static int fail(struct tdxu_fault *fault, int errnum, const char *message)
{
	fault->errnum = errnum;
	snprintf(fault->message, sizeof(fault->message), "%s", message);
	return -errnum;
}

static int open_attribute(const char *name, int flags)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", tdxu_sysfs.root, name);
	return open(path, flags | O_CLOEXEC);
}

/* The first line of an attribute. Return: 0, or a negative errno with @out empty. */
static int read_attribute(const char *name, char *out)
{
	int fd = open_attribute(name, O_RDONLY);
	ssize_t n;
	int err = 0;

	*out = '\0';
	if (fd < 0)
		return -errno;
	n = read(fd, out, ATTRIBUTE_BYTES - 1);
	if (n < 0)
		err = -errno;
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	close(fd);
	return err;
}

static int write_attribute(const char *name, const void *data, size_t size)
{
	int fd = open_attribute(name, O_WRONLY);
	const u8 *p = data;
	int err = fd < 0 ? -errno : 0;

	while (!err && size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno != EINTR)
			err = -errno;
		if (n > 0) {
			p += n;
			size -= (size_t)n;
		}
	}
	if (fd >= 0)
		close(fd);
	return err;
}

#define DEVICE "class/firmware/tdx_module/"

static bool read_version(const char *name, struct tdxu_version *out)
{
	char text[ATTRIBUTE_BYTES];

	return !read_attribute(name, text) && tdxu_version_parse(text, out);
}

static void read_module(struct tdxu_module *m)
{
	struct tdxu_version v = { 0 };

	*m = (struct tdxu_module){ .present = read_version(DEVICE "device/version", &v),
				   .only_version = true };
	m->major = v.major;
	m->minor = v.minor;
	m->update = v.update;
}

static void read_seamldr(struct tdxu_seamldr *s)
{
	struct tdxu_version v = { 0 };
	char text[ATTRIBUTE_BYTES];

	*s = (struct tdxu_seamldr){ .present = read_version(DEVICE "device/seamldr_version", &v),
				    .major = v.major, .minor = v.minor, .update = v.update,
				    .only_version = true };
	if (read_attribute(DEVICE "device/num_remaining_updates", text))
		s->present = false;
	s->updates_left = (u32)strtoul(text, NULL, 10);
}

/* Of a list like "0-3,7", the part at *@list; and on to the next. */
static bool next_cpus(char **list, unsigned long *first, unsigned long *last)
{
	if (!**list)
		return false;
	*first = *last = strtoul(*list, list, 10);
	if (**list == '-')
		*last = strtoul(*list + 1, list, 10);
	*list += **list == ',' ? 1 : strlen(*list);
	return true;
}

static u32 count_cpus(const char *name)
{
	char text[ATTRIBUTE_BYTES], *list = text;
	unsigned long first, last;
	u32 nr = 0;

	read_attribute(name, text);
	while (next_cpus(&list, &first, &last))
		nr += (u32)(last - first + 1);
	return nr;
}

static bool is_online(unsigned long cpu)
{
	char text[ATTRIBUTE_BYTES], *list = text;
	unsigned long first, last;

	read_attribute("devices/system/cpu/online", text);
	while (next_cpus(&list, &first, &last))
		if (cpu >= first && cpu <= last)
			return true;
	return false;
}

/* "3,7": which CPUs are present and not online, as far as there is room. */
static void list_offline(char *out, size_t size)
{
	char text[ATTRIBUTE_BYTES], *list = text;
	unsigned long cpu, last;
	size_t n = 0;

	*out = '\0';
	read_attribute("devices/system/cpu/present", text);
	while (next_cpus(&list, &cpu, &last))
		for (; cpu <= last && n < size; cpu++)
			if (!is_online(cpu))
				n += (size_t)snprintf(out + n, size - n, "%s%lu", n ? "," : "",
						      cpu);
}

static int open_updater(void **priv, struct tdxu_fault *fault)
{
	char text[ATTRIBUTE_BYTES];

	if (read_attribute(DEVICE "status", text))
		return fail(fault, ENODEV, "");
	*priv = calloc(1, sizeof(struct upload));
	return *priv ? 0 : fail(fault, ENOMEM, "");
}

static int drop(void *priv, struct tdxu_fault *fault)
{
	struct upload *u = priv;

	(void)fault;
	free(u->blob.data);
	u->blob = (struct tdxu_file){ 0 };
	return 0;
}

static void close_updater(void *priv)
{
	drop(priv, NULL);
	free(priv);
}

static void host_blockers(const struct tdxu_status *s, struct tdxu_checks *out);

static int get_status(void *priv, struct tdxu_status *s, struct tdxu_fault *fault)
{
	char text[ATTRIBUTE_BYTES];

	(void)priv;
	if (read_attribute(DEVICE "status", text))
		return fail(fault, ENODEV, "");
	*s = (struct tdxu_status){
		.state = strcmp(text, "idle") ? TDX_UPDATE_STATE_UPDATING : TDX_UPDATE_STATE_IDLE,
		.cpus_online = count_cpus("devices/system/cpu/online"),
		.cpus_present = count_cpus("devices/system/cpu/present"),
		.erratum = TDX_UPDATE_ERRATUM_NONE, /* or the kernel would hide its updater */
	};
	read_module(&s->module);
	read_seamldr(&s->seamldr);
	host_blockers(s, &s->blockers);
	return 0;
}

static int upload(void *priv, enum tdx_update_slot slot, const void *data, size_t size,
		  struct tdxu_fault *fault)
{
	struct upload *u = priv;
	struct tdxu_image image;

	if (slot == TDX_UPDATE_SLOT_FALLBACK)
		return fail(fault, EINVAL, "");
	if (tdxu_image_parse(data, size, &image))
		return fail(fault, EINVAL, "");
	drop(priv, NULL);
	if (!tdxu_container_make(TDXU_IMAGE_VERSION_2, image.sigstruct, image.module,
				 image.module_pages, &u->blob))
		return fail(fault, ENOMEM, "");
	return 0;
}

/* What of the driver's checks can be made from here. */
static void facts_of(const struct tdxu_status *s, struct tdxu_facts *f)
{
	tdxu_facts_from_status(s, tdxu_sysfs.cpuinfo, f);
	f->module_answers = s->module.present;
	f->seamldr_answers = s->seamldr.present;
	/* Where the kernel has an updater, the module can preserve TDs. */
	f->running.features0 = TDXU_FEATURE_TD_PRESERVING;
	/* What one series never changes; the kernel does not tell it. */
	f->running.svn_major = s->module.major == 1 ? 1 : 3;
	if (s->cpus_online < s->cpus_present)
		list_offline(f->offline_cpus, sizeof(f->offline_cpus));
}

static bool can_be_told(const char *name)
{
	static const char *const unknowable[] = { "system", "platform", "cpus-ready",
						  "cpus-alike", "handoff", "handoff-room",
						  "memory" };

	for (size_t i = 0; i < ARRAY_SIZE(unknowable); i++)
		if (!strcmp(unknowable[i], name))
			return false;
	return true;
}

static void collect(const struct tdxu_verdict *v, bool only_failures, struct tdxu_checks *out)
{
	static const struct tdxu_verdict untold = {
		.kind = TDXU_UNKNOWN, .message = "the kernel's own updater does not tell",
	};
	/* Of the SVN, only the major number is known, from the series. */
	bool told = can_be_told(v->name) && (strcmp(v->name, "svn") || v->kind == TDXU_FAIL);
	struct tdxu_verdict verdict = told ? *v : untold;

	verdict.name = v->name;
	if (!only_failures || verdict.kind == TDXU_FAIL)
		tdxu_checks_add(out, &verdict);
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
	for (u32 i = 0; i < tdxu_preflight_count(images); i++)
		collect(&verdicts[i], only_failures, out);
}

static void host_blockers(const struct tdxu_status *s, struct tdxu_checks *out)
{
	run_checks(s, NULL, true, out);
}

static int check(void *priv, struct tdxu_checks *checks, struct tdxu_fault *fault)
{
	struct tdxu_candidate candidate;
	struct tdxu_verified verified;
	struct upload *u = priv;
	struct tdxu_image image;
	struct tdxu_status s;
	int err = get_status(priv, &s, fault);

	if (err)
		return err;
	/* It was parsed once, to be made v2. */
	if (tdxu_image_parse(u->blob.data, u->blob.size, &image))
		return fail(fault, ENOENT, "");
	if (!tdxu_verify(&image, &verified))
		return fail(fault, ENOMEM, "");
	candidate = tdxu_candidate(&image, &verified);
	candidate.name = "image";
	run_checks(&s, &candidate, false, checks);
	return 0;
}

/* While it works for somebody else, data has no reader and "loading" no effect. */
static int transfer(const struct tdxu_file *blob)
{
	char text[ATTRIBUTE_BYTES];
	int err = read_attribute(DEVICE "status", text);

	if (!err && strcmp(text, "idle"))
		return -EBUSY;
	if (!err)
		err = write_attribute(DEVICE "loading", "1", 1);
	if (!err)
		err = write_attribute(DEVICE "data", blob->data, blob->size);
	if (!err)
		err = write_attribute(DEVICE "loading", "0", 1);
	return err == -ENODEV ? -EBUSY : err;
}

static int update(void *priv, u32 *id, struct tdxu_fault *fault)
{
	struct upload *u = priv;
	int err;

	if (!u->blob.data)
		return fail(fault, ENOENT, "");
	read_module(&u->before);
	err = transfer(&u->blob);
	if (err == -EBUSY)
		return fail(fault, EBUSY,
			    "the kernel's updater is at work for another program; try again later");
	if (err)
		return fail(fault, -err, "");
	*id = 1;
	return 0;
}

static u64 now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000 + (u64)t.tv_nsec / 1000000;
}

static int pause_for(int stop_fd, int ms)
{
	struct pollfd stop = { .fd = stop_fd, .events = POLLIN };

	return poll(&stop, 1, ms) > 0 ? -EINTR : 0;
}

static int wait_for_idle(int stop_fd, struct tdxu_fault *fault)
{
	u64 deadline = now_ms() + tdxu_sysfs.patience_ms;
	char text[ATTRIBUTE_BYTES];

	for (;;) {
		if (read_attribute(DEVICE "status", text))
			return fail(fault, ENODEV,
				    "the kernel's updater has vanished while it worked; see `dmesg`, and check that TDs run");
		if (!strcmp(text, "idle"))
			return 0;
		if (now_ms() >= deadline)
			break;
		if (pause_for(stop_fd, POLL_MS))
			return fail(fault, EINTR, "");
	}
	fail(fault, ETIMEDOUT, "");
	snprintf(fault->message, sizeof(fault->message),
		 "the kernel's updater does not come to an end: after %u seconds it is still in the state '%s', and it cannot be cancelled; see `dmesg`, and check that TDs run",
		 tdxu_sysfs.patience_ms / 1000, text);
	return -ETIMEDOUT;
}

static int wait_for_result(void *priv, u32 id, int stop_fd, struct tdxu_status *status,
			   struct tdxu_fault *fault)
{
	const struct upload *u = priv;
	char error[ATTRIBUTE_BYTES];
	int err = wait_for_idle(stop_fd, fault);

	if (!err)
		err = get_status(priv, status, fault);
	if (err)
		return err;
	read_attribute(DEVICE "error", error);
	tdxu_sysfs_result(error, &u->before, &status->module, &status->result);
	status->result.id = id;
	status->result.finished = (u64)time(NULL);
	return 0;
}

static int watch(void *priv, int stop_fd, int timeout_ms, struct tdxu_fault *fault)
{
	(void)priv;
	return pause_for(stop_fd, timeout_ms) ? fail(fault, EINTR, "") : 0;
}

const struct tdxu_backend tdxu_backend_sysfs = {
	.name = "tdx_host",
	.blind = true,
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
