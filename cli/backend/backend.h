/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_BACKEND_H
#define TDXU_CLI_BACKEND_H

/* This folder: who does the update on this host; nothing else talks to an updater. */

/* The updaters behind a few functions. Which one this host has, tdxu_open() finds out. */

#include "status.h"

struct tdxu_ctx;

/*
 * Every function returns 0, or a negative errno with @fault filled. @open comes first; what it
 * leaves in @priv goes to all others, and to @close in the end, which also ends the session.
 */
struct tdxu_backend {
	const char *name;
	/*
	 * It does not ask the module to refuse while a TD is being built or migrated, checks little
	 * beforehand, has no fallback, and takes v2 images only. Its LOST is found by each status.
	 */
	bool unguarded;
	int (*open)(void **priv, struct tdxu_fault *fault);
	void (*close)(void *priv);
	/* @fresh: the driver asks the firmware first; the kernel's own updater always does. */
	int (*status)(void *priv, bool fresh, struct tdxu_status *status,
		      struct tdxu_fault *fault);
	int (*upload)(void *priv, enum tdx_update_slot slot, const void *data, size_t size,
		      struct tdxu_fault *fault);
	int (*drop)(void *priv, int slot, struct tdxu_fault *fault); /* or TDXU_ALL_SLOTS */
	int (*check)(void *priv, struct tdxu_checks *checks, struct tdxu_fault *fault);
	int (*update)(void *priv, u32 *id, struct tdxu_fault *fault);
	/* Until something may have changed, or @stop_fd is readable, or @timeout_ms have passed. */
	int (*watch)(void *priv, int stop_fd, int timeout_ms, struct tdxu_fault *fault);
	/*
	 * Until the update @id has a result; -EINTR as soon as @stop_fd is readable (-1: never),
	 * -ETIMEDOUT after @timeout_ms (-1: never). May be called again after either.
	 */
	int (*wait)(void *priv, u32 id, int stop_fd, int timeout_ms, struct tdxu_status *status,
		    struct tdxu_fault *fault);
};

extern const struct tdxu_backend tdxu_backend_netlink;
extern const struct tdxu_backend tdxu_backend_sysfs;

/**
 * tdxu_open() - Open the backend that this host has; ctx->backend is it from then on.
 *
 * Return: 0, or a negative errno with @fault filled.
 */
int tdxu_open(struct tdxu_ctx *ctx, void **priv, struct tdxu_fault *fault);

/**
 * tdxu_ask() - The status, with the firmware asked just now, if this caller may and it can be.
 * @fault: if it could not, why; filled also if the older facts have come instead.
 *
 * Return: 0, or a negative errno if not even those came.
 */
int tdxu_ask(const struct tdxu_ctx *ctx, void *priv, struct tdxu_status *status,
	     struct tdxu_fault *fault);

/**
 * tdxu_may_have_run() - May tdx_update have been loaded since the boot, and have gone again?
 * @root: what stands before the paths of the host, such as /lib/modules: "", but in tests.
 *
 * It then may have updated the module, which the kernel's own driver does not hear of. Loading a
 * module from outside of the kernel leaves a taint; where there is none, or where modprobe knows of
 * no tdx_update, the answer is no. What cannot be read is a yes.
 */
bool tdxu_may_have_run(const char *root);

#endif
