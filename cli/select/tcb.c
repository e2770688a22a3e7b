// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "tcb.h"

enum {
	MAX_BYTES = 1 << 20,
	MAX_CHAIN_BYTES = 1 << 16,
};

static const char again[] = "get the file again, byte for byte as its publisher's service sends it";

/* X.chain.pem for X.json, if that is there. */
static bool find_chain(const char *path, char *chain)
{
	size_t n = strlen(path);

	if (n < 6 || n > PATH_MAX - 8 || strcmp(path + n - 5, ".json"))
		return false;
	sprintf(chain, "%.*s.chain.pem", (int)n - 5, path);
	return !access(chain, F_OK);
}

static enum tdxu_exit read_chain(struct tdxu_tcb_set *set, const char *named,
				 struct tdxu_file *chain)
{
	const char *own = set->file.chain;
	char beside[PATH_MAX];

	if (!named && own) {
		chain->data = (u8 *)strdup(own);
		chain->size = chain->data ? strlen(own) : 0;
	} else if (named || find_chain(set->path, beside)) {
		return tdxu_file_read(named ? named : beside, MAX_CHAIN_BYTES,
				      "a chain of certificates", chain, &set->error);
	}
	return TDXU_EXIT_OK;
}

static void verify(const struct tdxu_ctx *ctx, struct tdxu_tcb_set *set)
{
	struct tdxu_file chain = { 0 };
	enum tdxu_exit code = read_chain(set, ctx->options->tcb_chain, &chain);

	if (!code && !chain.data)
		snprintf(set->why, sizeof(set->why), "no chain of certificates");
	else if (!code)
		tdxu_tcb_verify(set, (char *)chain.data, chain.size, ctx->paths->tcb_root,
				time(NULL));
	free(chain.data);
	if (set->trust == TDXU_TCB_FORGED)
		tdxu_error_set(&set->error, TDXU_EXIT_IMAGE, set->path, again,
			       "its signature is not the publisher's: %s", set->why);
}

static void load(const struct tdxu_ctx *ctx, struct tdxu_tcb_set *set)
{
	struct tdxu_file file = { 0 };
	const char *why;

	if (tdxu_file_read(set->path, MAX_BYTES, "a TCB info", &file, &set->error))
		return;
	set->data = file.data;
	why = tdxu_tcb_parse(file.data, file.size, &set->file);
	if (why) {
		tdxu_error_set(&set->error, TDXU_EXIT_IMAGE, set->path, again, "%s", why);
		return;
	}
	set->expired = set->file.info.expires <= time(NULL);
	verify(ctx, set);
}

static enum tdxu_exit add(const struct tdxu_ctx *ctx, struct tdxu_tcb *tcb, const char *path,
			  struct tdxu_error *error)
{
	struct tdxu_tcb_set *set = realloc(tcb->set, (tcb->nr + 1) * sizeof(*set));
	char *copy = strdup(path);

	if (set)
		tcb->set = set;
	if (!set || !copy) {
		free(copy);
		return tdxu_error_set(error, TDXU_EXIT_UNFORESEEN, path,
				      "free some memory and try again", "out of memory");
	}
	set += tcb->nr++;
	*set = (struct tdxu_tcb_set){ .path = copy };
	load(ctx, set);
	return TDXU_EXIT_OK;
}

static int is_json(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 5 && !strcmp(entry->d_name + n - 5, ".json");
}

static enum tdxu_exit load_directory(const struct tdxu_ctx *ctx, struct tdxu_tcb *tcb,
				     struct tdxu_error *error)
{
	const char *dir = ctx->paths->tcb;
	struct dirent **entries = NULL;
	enum tdxu_exit code = TDXU_EXIT_OK;
	int nr = scandir(dir, &entries, is_json, alphasort);
	char path[PATH_MAX];

	/* A missing file says nothing; one that cannot be read says why. */
	if (nr < 0)
		return errno == ENOENT ? code : add(ctx, tcb, dir, error);
	for (int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (!code)
			code = add(ctx, tcb, path, error);
		free(entries[i]);
	}
	free(entries);
	return code;
}

enum tdxu_exit tdxu_tcb_load(struct tdxu_ctx *ctx, struct tdxu_tcb *tcb,
			     struct tdxu_error *error)
{
	const struct tdxu_options *opt = ctx->options;

	*tcb = (struct tdxu_tcb){ 0 };
	ctx->tcb = tcb;
	error->code = TDXU_EXIT_OK;
	if (!opt->nr_tcb_infos)
		return load_directory(ctx, tcb, error);
	for (u32 i = 0; !error->code && i < opt->nr_tcb_infos; i++)
		if (!add(ctx, tcb, opt->tcb_info[i], error))
			*error = tcb->set[i].error;
	return error->code;
}

void tdxu_tcb_free(struct tdxu_tcb *tcb)
{
	for (u32 i = 0; i < tcb->nr; i++) {
		tdxu_tcb_file_free(&tcb->set[i].file);
		free(tcb->set[i].data);
		free(tcb->set[i].path);
	}
	free(tcb->set);
	*tcb = (struct tdxu_tcb){ 0 };
}

struct tdxu_tcb_verdict tdxu_tcb_judge(const struct tdxu_tcb_set *set, struct tdxu_svn svn)
{
	struct tdxu_tcb_verdict v = { .believed = TDXU_TCB_UNKNOWN };

	if (set->error.code || !svn.known)
		return v;
	tdxu_tcb_match(&set->file.info, svn.major, svn.minor, &v);
	v.believed = v.status;
	/* The bar is only ever raised, and modules that are newer than the file are not in it. */
	if (set->expired && (v.status == TDXU_TCB_UP_TO_DATE || v.status == TDXU_TCB_NOT_SUPPORTED))
		v.believed = TDXU_TCB_UNKNOWN;
	return v;
}
