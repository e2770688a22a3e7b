// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Images are loaded one at a time: of each, only what a list shows is kept.
 */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "facts.h"

enum {
	MAX_ENTRIES = 1024,
	MAX_DEPTH = 8,
};

struct scan {
	const struct tdxu_host *host;
	struct tdxu_mapping mapping;
	struct tdxu_catalogue *catalogue;
	struct tdxu_error *error;
};

void tdxu_host_from_status(const struct tdxu_ctx *ctx, const struct tdxu_status *status,
			   struct tdxu_host *host)
{
	host->module = status->module;
	host->seamldr = status->seamldr;
	tdxu_facts_from_status(status, ctx->paths->cpuinfo, &host->facts);
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end);
}

static bool is_blob(const char *name)
{
	return ends_with(name, ".blob");
}

static bool is_bare(const char *name)
{
	return ends_with(name, ".so") || ends_with(name, ".bin");
}

static struct tdxu_entry *find_hash(struct tdxu_catalogue *c, const u8 *seamhash)
{
	for (u32 i = 0; i < c->nr; i++)
		if (c->entry[i].sound &&
		    !memcmp(c->entry[i].seamhash, seamhash, TDXU_SHA384_BYTES))
			return &c->entry[i];
	return NULL;
}

static void judge_sound(struct scan *s, const struct tdxu_image_file *file, struct tdxu_entry *e)
{
	const struct tdxu_sigstruct *sig = file->image.sigstruct;
	const struct tdxu_release *release = NULL;

	if (file->identity.source)
		release = tdxu_mapping_find(&s->mapping, &file->identity.version);
	e->sound = true;
	e->intel = file->verified.intel;
	e->svn_major = sig->svn_major;
	e->svn_minor = sig->svn_minor;
	memcpy(e->seamhash, sig->seamhash, sizeof(e->seamhash));
	tdxu_fit_judge(s->host, file, release, &e->fit);
}

static void judge_broken(const struct tdxu_error *error, struct tdxu_entry *e)
{
	e->code = error->code;
	e->fit.verdict = TDXU_FIT_REFUSED;
	snprintf(e->fit.rule, sizeof(e->fit.rule), "%s", *error->check ? error->check : "file");
	snprintf(e->fit.why, sizeof(e->fit.why), "%.200s", error->why);
}

/* The same image, joined and separate, is one entry: the first that was found. */
static void look(struct scan *s, struct tdxu_entry *e, bool *again)
{
	struct tdxu_error error = { 0 };
	struct tdxu_image_file file;

	if (tdxu_image_file_load(e->path, NULL, &file, &error) ||
	    tdxu_image_file_judge(&file, &error)) {
		e->identity = file.identity;
		judge_broken(&error, e);
	} else if (find_hash(s->catalogue, file.image.sigstruct->seamhash)) {
		*again = true;
	} else {
		e->identity = file.identity;
		judge_sound(s, &file, e);
	}
	tdxu_image_file_free(&file);
}

static enum tdxu_exit fail_read(struct scan *s, const char *path, int errnum)
{
	bool denied = errnum == EACCES || errnum == EPERM;

	tdxu_error_set(s->error, denied ? TDXU_EXIT_PERMISSION : TDXU_EXIT_UNFORESEEN, path,
		       denied ? "run it as a user who may read the directory" :
				"check the directory, and free some memory",
		       "it could not be looked at (%s)", strerror(errnum));
	s->error->errnum = errnum;
	return s->error->code;
}

static enum tdxu_exit add(struct scan *s, const char *path)
{
	struct tdxu_catalogue *c = s->catalogue;
	struct tdxu_entry e = { .path = strdup(path) };
	struct tdxu_entry *grown = realloc(c->entry, (c->nr + 1) * sizeof(*grown));
	bool again = false;

	if (grown)
		c->entry = grown;
	if (!grown || !e.path) {
		free(e.path);
		return fail_read(s, path, ENOMEM);
	}
	look(s, &e, &again);
	if (again)
		free(e.path);
	else
		c->entry[c->nr++] = e;
	return TDXU_EXIT_OK;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static enum tdxu_exit visit(struct scan *s, FTS *fts, FTSENT *f, bool (*wanted)(const char *name))
{
	switch (f->fts_info) {
	case FTS_D:
		if (f->fts_level > MAX_DEPTH)
			fts_set(fts, f, FTS_SKIP);
		return TDXU_EXIT_OK;
	case FTS_DNR:
	case FTS_ERR:
		return fail_read(s, f->fts_path, f->fts_errno);
	case FTS_F:
	case FTS_SL:
		return wanted(f->fts_name) ? add(s, f->fts_path) : TDXU_EXIT_OK;
	}
	return TDXU_EXIT_OK;
}

/* Blobs before bare modules, in the order of their names; no directory behind a link. */
static enum tdxu_exit walk(struct scan *s, const char *dir, bool (*wanted)(const char *name))
{
	char *const roots[] = { (char *)dir, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	enum tdxu_exit code = TDXU_EXIT_OK;
	FTSENT *f;

	if (!fts)
		return fail_read(s, dir, errno);
	while (!code && s->catalogue->nr < MAX_ENTRIES && (f = fts_read(fts)))
		code = visit(s, fts, f, wanted);
	fts_close(fts);
	return code;
}

static int newest_first(const void *a, const void *b)
{
	const struct tdxu_entry *x = a, *y = b;
	int order = (y->identity.source != TDXU_VERSION_UNKNOWN) -
		    (x->identity.source != TDXU_VERSION_UNKNOWN);

	if (!order)
		order = tdxu_version_compare(&y->identity.version, &x->identity.version);
	return order ? order : strcmp(x->path, y->path);
}

static const struct tdxu_entry *find_newest(const struct tdxu_catalogue *c)
{
	for (u32 i = 0; i < c->nr; i++)
		if (c->entry[i].fit.verdict == TDXU_FIT_INSTALLABLE)
			return &c->entry[i];
	return NULL;
}

static enum tdxu_exit search(struct scan *s, const char *dir)
{
	enum tdxu_exit code = tdxu_mapping_load(dir, &s->mapping, s->error);

	if (!code)
		code = walk(s, dir, is_blob);
	if (!code)
		code = walk(s, dir, is_bare);
	if (!code && !s->catalogue->nr)
		code = tdxu_error_set(s->error, TDXU_EXIT_IMAGE, dir,
				      "give the directory as its publisher has it, with joined_files and mapping_file.json",
				      "there is no image in it");
	return code;
}

enum tdxu_exit tdxu_catalogue_load(const char *dir, const struct tdxu_host *host,
				   struct tdxu_catalogue *catalogue, struct tdxu_error *error)
{
	struct scan s = { .host = host, .catalogue = catalogue, .error = error };
	enum tdxu_exit code;

	*catalogue = (struct tdxu_catalogue){ 0 };
	code = search(&s, dir);
	if (catalogue->nr)
		qsort(catalogue->entry, catalogue->nr, sizeof(*catalogue->entry), newest_first);
	catalogue->newest = find_newest(catalogue);
	return code;
}

void tdxu_catalogue_free(struct tdxu_catalogue *catalogue)
{
	for (u32 i = 0; i < catalogue->nr; i++)
		free(catalogue->entry[i].path);
	free(catalogue->entry);
	*catalogue = (struct tdxu_catalogue){ 0 };
}
