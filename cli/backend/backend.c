// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "backend.h"
#include "ctx.h"
#include "sysfs.h"

__printf(2, 3) static bool exists(const char *root, const char *format, ...)
{
	char name[256], path[512];
	glob_t found = { 0 };
	va_list args;
	bool is;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	snprintf(path, sizeof(path), "%s%s", root, name);
	is = !glob(path, GLOB_BRACE, NULL, &found);
	globfree(&found);
	return is;
}

/* -1: it cannot be told. */
static int holds(const char *root, const char *name, const char *text)
{
	char path[512], line[512];
	int found = -1;
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", root, name);
	f = fopen(path, "re");
	if (!f)
		return -1;
	while (found < 1 && fgets(line, sizeof(line), f))
		found = strstr(line, text) != NULL;
	fclose(f);
	return found;
}

/* What modprobe finds is in this index. */
static int is_known(const char *root)
{
	struct utsname kernel;
	char name[256];

	uname(&kernel);
	snprintf(name, sizeof(name), "/lib/modules/%s/modules.dep", kernel.release);
	return holds(root, name, "/tdx_update.ko");
}

static void say_not_built(const char *root, char *message, size_t size)
{
	struct utsname host;
	const char *kernel = host.release;

	uname(&host);
	if (exists(root, "/lib/modules/%s/{updates,updates/dkms,extra}/tdx_update.ko*", kernel))
		snprintf(message, size,
			 "the driver tdx_update is there for this kernel, but modprobe does not know of it; run `depmod`, and then `modprobe tdx_update`");
	else if (!exists(root, "/usr/src/tdx_update-*"))
		snprintf(message, size,
			 "the driver tdx_update is not installed for this kernel (%s); install the packages tdx-update-dkms and linux-headers-%s, or from Linux 7.2 on load the kernel's own updater with `modprobe tdx-host`",
			 kernel, kernel);
	else if (!exists(root, "/lib/modules/%s/build/include", kernel))
		snprintf(message, size,
			 "the driver tdx_update was not built for this kernel, because the kernel's headers are missing; install the package linux-headers-%s, and DKMS builds it",
			 kernel);
	else
		snprintf(message, size,
			 "the driver tdx_update was not built for this kernel, although its headers are there; run `dkms autoinstall -k %s`, which builds it or says what is in the way",
			 kernel);
}

bool tdxu_may_have_run(const char *root)
{
	enum { TAINT_OUT_OF_TREE = 1 << 12 };
	char path[512], text[32];
	unsigned long long taints;

	snprintf(path, sizeof(path), "%s/proc/sys/kernel/tainted", root);
	if (tdxu_first_line(path, text, sizeof(text)) || sscanf(text, "%llu", &taints) != 1)
		taints = ~0ULL;
	return taints & TAINT_OUT_OF_TREE && is_known(root) != 0;
}

/*
 * Is the driver loaded, although it does not answer here? It answers in the host's network
 * namespace only. Another updater would be told from outside what that driver knows better, so none
 * is to be taken instead.
 */
static bool out_of_reach(const char *root, struct tdxu_fault *fault)
{
	if (holds(root, "/sys/module/tdx_update/initstate", "live") != 1)
		return false;
	snprintf(fault->message, sizeof(fault->message),
		 "the driver tdx_update is loaded and does not answer in this network namespace, only in the host's; run it there by `nsenter -t 1 -n tdxupd`, or in a pod with `hostNetwork: true`");
	return true;
}

/*
 * Why the driver is not loaded, and what to do about it, as "REASON; ADVICE". It stays empty where
 * nothing is found that modprobe would not find, too.
 */
static void say_absent(const char *root, struct tdxu_fault *fault)
{
	if (exists(root, "/sys/module/tdx_update"))
		return;
	if (is_known(root) == 0)
		say_not_built(root, fault->message, sizeof(fault->message));
	else if (holds(root, "/proc/sys/kernel/modules_disabled", "1") == 1)
		snprintf(fault->message, sizeof(fault->message),
			 "the driver tdx_update is not loaded, and this kernel loads no module any more until the next boot (kernel.modules_disabled is 1); have it loaded at boot by `echo tdx_update >/etc/modules-load.d/tdx_update.conf`, and reboot the host");
}

int tdxu_open(struct tdxu_ctx *ctx, void **priv, struct tdxu_fault *fault)
{
	struct tdxu_fault ignored = { 0 };
	int err = ctx->backend->open(priv, fault);

	if (err != -ENODEV || out_of_reach(ctx->paths->root, fault))
		return err;
	if (!ctx->second || ctx->second->open(priv, &ignored)) {
		if (!*fault->message)
			say_absent(ctx->paths->root, fault);
		return err;
	}
	ctx->backend = ctx->second;
	return 0;
}

/* Of these, none is a reason not to tell what is known: no right, an update, lost, the end. */
static bool leaves_status(int errnum)
{
	return errnum == EPERM || errnum == EBUSY || errnum == ENOTRECOVERABLE ||
	       errnum == ESHUTDOWN;
}

int tdxu_ask(const struct tdxu_ctx *ctx, void *priv, struct tdxu_status *status,
	     struct tdxu_fault *fault)
{
	struct tdxu_fault of_status = { 0 };
	int err = ctx->backend->status(priv, true, status, fault);

	if (!err || !leaves_status(fault->errnum))
		return err;
	err = ctx->backend->status(priv, false, status, &of_status);
	if (err)
		*fault = of_status;
	return err;
}
