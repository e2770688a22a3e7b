/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_CTX_H
#define TDXU_CLI_CTX_H

/* What a command is given. */

#include <stdio.h>

#include "clock.h"

struct tdxu_backend;

enum { TDXU_MAX_TCB_INFOS = 8, TDXU_MAX_NAMED = 16 };

/* As they were on the command line: options.c. */
struct tdxu_options {
	bool json;
	bool quiet;
	bool dry_run;
	bool help;
	u64 retry_ms;
	u64 hold_ms; /* 0: builds are not held */
	u64 retry_cap_ms; /* 0: as it is by itself */
	const char *sigstruct;
	bool no_fallback;
	bool at_own_risk;
	bool watch;
	const char *metrics; /* the file for them, "" for stdout, or NULL: none */
	const char *nfd; /* a file for labels beside the metrics, or NULL */
	u16 format; /* TDXU_IMAGE_VERSION_*, or 0 */
	const char *fallback;
	const char *newest; /* a directory, in place of the operand */
	const char *output;
	u32 nr_tcb_infos;
	const char *tcb_info[TDXU_MAX_TCB_INFOS];
	const char *tcb_chain;
	bool require_tcb; /* UpToDate, that is */
	u32 nr_releases;
	const char *release[TDXU_MAX_NAMED];
	const char *image; /* the operand, which may be a directory */
};

/* Paths outside of the program, which a test may change. */
struct tdxu_paths {
	const char *lock;    /* directory of the lock */
	const char *state;   /* directory of the kept image and the history */
	const char *cpuinfo; /* what CPUs there are */
	const char *cgroup;  /* root of the cgroups, which count TDs */
	const char *root;    /* before all other paths of the host */
	const char *tcb;     /* directory of TCB infos */
	const u8 *tcb_root;  /* who has signed them, or NULL: see tdxu_tcb_verify() */
};

struct tdxu_tcb;

struct tdxu_ctx {
	const struct tdxu_options *options;
	const struct tdxu_backend *backend;
	const struct tdxu_backend *second; /* where the driver of the first is not there, or NULL */
	const struct tdxu_paths *paths;
	const struct tdxu_clock *clock;
	const struct tdxu_tcb *tcb; /* tdxu_tcb_load() sets it */
	FILE *out;
	FILE *err;
	bool terminal; /* @out is one: live lines and bars */
	int columns;   /* its width */
	bool colour;
};

#endif
