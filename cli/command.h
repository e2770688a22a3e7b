/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_COMMAND_H
#define TDXU_CLI_COMMAND_H

/* What a command is given, and the commands. */

#include "backend.h"
#include "clock.h"
#include "exits.h"
#include "options.h"

/* Places outside of the program, which a test may move. */
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

struct tdxu_command {
	const char *name;
	enum tdxu_exit (*run)(struct tdxu_ctx *ctx);
	u32 options;
	enum tdxu_operand operand;
	bool changes; /* the host: signals are taken care of, output comes second */
	const char *summary;
	const char *usage;
};

/* The first is what a bare call means. */
extern const struct tdxu_command tdxu_commands[];
extern const u32 tdxu_nr_commands;

/** tdxu_command_find() - The command of this name, or NULL. */
const struct tdxu_command *tdxu_command_find(const char *name);

/* Each prints its outcome, text or JSON, and returns the exit code. */
enum tdxu_exit tdxu_cmd_status(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_apply(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_inspect(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_history(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_list(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_pack(struct tdxu_ctx *ctx);
enum tdxu_exit tdxu_cmd_unpack(struct tdxu_ctx *ctx);

/**
 * tdxu_open() - Open the backend that this host has; ctx->backend is it from then on.
 *
 * Return: 0, or a negative errno with @fault filled.
 */
int tdxu_open(struct tdxu_ctx *ctx, void **priv, struct tdxu_fault *fault);

#endif
