// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Images are loaded one at a time: of each, only what a list shows is kept. What cannot be used is
 * kept, too, with the reason, so that it does not go unnoticed.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "facts.h"
#include "layout.h"
#include "libcrypto.h"
#include "names.h"

enum { MAX_LOOKS = 3 };

struct scan {
	const char *dir;
	const struct tdxu_host *host;
	const struct tdxu_clock *clock;
	struct tdxu_mapping mapping;
	struct tdxu_catalogue *catalogue;
	struct tdxu_error *error;
	struct tdxu_entry winner; /* of those checked so far; its file is in @catalogue */
	char skipped[64]; /* the first folder that is none of the publisher's */
};

void tdxu_host_from_status(const struct tdxu_ctx *ctx, const struct tdxu_status *status,
			   struct tdxu_host *host)
{
	*host = (struct tdxu_host){ .status = status };
	tdxu_facts_from_status(status, ctx->paths->cpuinfo, &host->facts);
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

/* What can be done about it by hand, where an image is sound. */
static void advise(struct tdxu_entry *e)
{
	const char *fix = "";

	if (!strcmp(e->fit.rule, "mapping"))
		fix = "get that file from the publisher, too, or name this image to `tdxupd apply`";
	else if (!e->identity.source && !strcmp(e->fit.rule, "unlisted"))
		fix = "give the file the name that its publisher has for it, with the version";
	snprintf(e->fix, sizeof(e->fix), "%s", fix);
}

/* Return: false without memory. */
static bool judge_sound(struct scan *s, const struct tdxu_image_file *file, struct tdxu_entry *e)
{
	const struct tdxu_sigstruct *sig = file->content.image.sigstruct;
	static const struct tdxu_release untold = { .untold = true };
	const struct tdxu_release *release = NULL;

	if (s->mapping.absent && file->identity.source)
		release = &untold;
	else if (file->identity.source)
		release = tdxu_mapping_find(&s->mapping, &file->identity.version);
	e->sound = true;
	e->by = tdxu_signer_of(&file->content);
	e->svn = tdxu_svn_of_image(file);
	memcpy(e->seamhash, sig->seamhash, sizeof(e->seamhash));
	tdxu_fit_judge(s->host, file, release, &e->fit);
	advise(e);
	/* libcrypto is loaded: the image is verified. */
	return tdxu_libcrypto.EVP_Digest(sig, sizeof(*sig), e->digest, NULL,
					 tdxu_libcrypto.EVP_sha384(), NULL) == 1;
}

static void refuse(struct tdxu_entry *e, const char *rule, const char *why, const char *fix)
{
	e->identity = tdxu_identify(NULL, e->path);
	e->fit.verdict = TDXU_FIT_REFUSED;
	snprintf(e->fit.rule, sizeof(e->fit.rule), "%s", rule);
	snprintf(e->fit.why, sizeof(e->fit.why), "%s", why);
	snprintf(e->fix, sizeof(e->fix), "%s", fix);
}

/* What has a version before what has none. */
static int known_first(const struct tdxu_entry *x, const struct tdxu_entry *y)
{
	return (y->identity.source != TDXU_VERSION_UNKNOWN) -
	       (x->identity.source != TDXU_VERSION_UNKNOWN);
}

static int newest_first(const void *a, const void *b)
{
	const struct tdxu_entry *x = a, *y = b;
	int order = known_first(x, y);

	if (!order)
		order = tdxu_version_compare(&y->identity.version, &x->identity.version);
	if (!order)
		order = y->sound - x->sound;
	return order ? order : strcmp(x->path, y->path);
}

/* What was checked is what will be applied: it is not read again. */
static void keep_winner(struct scan *s, const struct tdxu_entry *e, struct tdxu_image_file *file)
{
	if (e->fit.verdict != TDXU_FIT_INSTALLABLE ||
	    (s->winner.path && newest_first(e, &s->winner) > 0))
		return;
	s->winner = *e;
	tdxu_image_file_free(&s->catalogue->file);
	s->catalogue->file = *file;
	*file = (struct tdxu_image_file){ 0 };
}

/* What is wrong with this program or its host, and not with the image, ends the search. */
static enum tdxu_exit look(struct scan *s, struct tdxu_entry *e)
{
	struct tdxu_error error = { 0 };
	struct tdxu_image_file file;
	enum tdxu_exit code = tdxu_image_file_load(s->dir, e->path, NULL, &file, &error);

	if (!code)
		code = tdxu_image_file_judge(&file, &error);
	if (code == TDXU_EXIT_UNFORESEEN) {
		*s->error = error;
	} else if (code) {
		refuse(e, *error.check ? error.check : "file", error.why, error.fix);
		code = TDXU_EXIT_OK;
	} else {
		e->identity = file.identity;
		if (!judge_sound(s, &file, e))
			code = fail_read(s, e->path, ENOMEM);
		keep_winner(s, e, &file);
	}
	tdxu_image_file_free(&file);
	return code;
}

static struct tdxu_entry *grow(struct scan *s, const char *path)
{
	struct tdxu_catalogue *c = s->catalogue;
	struct tdxu_entry *grown = realloc(c->entry, (c->nr + 1) * sizeof(*grown));
	char *copy = strdup(path);

	if (grown)
		c->entry = grown;
	if (!copy || !grown) {
		free(copy);
		fail_read(s, path, ENOMEM);
		return NULL;
	}
	grown[c->nr] = (struct tdxu_entry){
		.path = copy, .found = c->nr, .claims = tdxu_layout_claims(copy),
	};
	return &grown[c->nr++];
}

static enum tdxu_exit add(struct scan *s, const char *path)
{
	struct tdxu_entry *e = grow(s, path);

	return e ? look(s, e) : s->error->code;
}

/* A file that can never be an image: it is not opened. */
static enum tdxu_exit add_useless(struct scan *s, const char *path, const char *why,
				  const char *fix)
{
	struct tdxu_entry *e = grow(s, path);

	if (!e)
		return s->error->code;
	e->claims = true;
	refuse(e, "file", why, fix);
	return TDXU_EXIT_OK;
}

static enum tdxu_exit visit_directory(struct scan *s, FTS *fts, FTSENT *f)
{
	if (tdxu_layout_enters(f))
		return TDXU_EXIT_OK;
	fts_set(fts, f, FTS_SKIP);
	if (*f->fts_name != '.' && tdxu_layout_is_image(f->fts_name))
		return add(s, f->fts_path);
	if (!*s->skipped && *f->fts_name != '.')
		snprintf(s->skipped, sizeof(s->skipped), "%s", f->fts_name);
	return TDXU_EXIT_OK;
}

static enum tdxu_exit visit_unread(struct scan *s, const FTSENT *f)
{
	if (!f->fts_level || (f->fts_errno != EACCES && f->fts_errno != EPERM))
		return fail_read(s, f->fts_path, f->fts_errno);
	return add_useless(s, f->fts_path, "the folder may not be read, so what is in it is not known",
			   "run it as a user who may, or let everybody read it");
}

static enum tdxu_exit visit(struct scan *s, FTS *fts, FTSENT *f)
{
	switch (f->fts_info) {
	case FTS_D:
		return visit_directory(s, fts, f);
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return visit_unread(s, f);
	case FTS_DP:
	case FTS_DC:
		return TDXU_EXIT_OK;
	}
	if (!tdxu_layout_wants(f->fts_path))
		return TDXU_EXIT_OK;
	if (tdxu_layout_is_lonely(f->fts_path))
		return add_useless(s, f->fts_path, "the module that it signs is not beside it",
				   "get both from the publisher");
	return add(s, f->fts_path);
}

static enum tdxu_exit walk(struct scan *s)
{
	FTS *fts = tdxu_layout_open(s->dir);
	enum tdxu_exit code = TDXU_EXIT_OK;
	FTSENT *f;

	if (!fts)
		return fail_read(s, s->dir, errno);
	while (!code && (f = fts_read(fts)))
		code = tdxu_stopped(s->clock) ? tdxu_error_stopped(s->error, s->dir) :
						visit(s, fts, f);
	fts_close(fts);
	return code;
}

/* The same file next to itself, and first the one that is to stay: with a version, and a blob. */
static int twins_together(const void *a, const void *b)
{
	const struct tdxu_entry *x = a, *y = b;
	int order = memcmp(x->digest, y->digest, sizeof(x->digest));

	if (!order)
		order = known_first(x, y);
	if (!order)
		order = tdxu_layout_is_blob(y->path) - tdxu_layout_is_blob(x->path);
	return order ? order : (x->found > y->found) - (x->found < y->found);
}

/* The whole sigstruct decides: who else has signed the same module, has made another image. */
static bool same_image(const struct tdxu_entry *a, const struct tdxu_entry *b)
{
	return a->sound && b->sound && !memcmp(a->digest, b->digest, sizeof(a->digest));
}

/* One entry for what is there joined and separate, or as a copy. */
static void drop_twins(struct tdxu_catalogue *c)
{
	u32 kept = 0;

	if (c->nr)
		qsort(c->entry, c->nr, sizeof(*c->entry), twins_together);
	for (u32 i = 0; i < c->nr; i++) {
		if (kept && same_image(&c->entry[i], &c->entry[kept - 1]))
			free(c->entry[i].path);
		else
			c->entry[kept++] = c->entry[i];
	}
	c->nr = kept;
}

/* Only within a series. */
static void raise_version(struct tdxu_version *v, const struct tdxu_version *other)
{
	if (other->major == v->major && other->minor == v->minor && other->update > v->update)
		v->update = other->update;
}

static bool same_version(const struct tdxu_identity *a, const struct tdxu_identity *b)
{
	return a->source && b->source && !tdxu_version_compare(&a->version, &b->version);
}

/* Newest first, and of each version the sound ones. */
static void sort(struct tdxu_catalogue *c)
{
	if (c->nr)
		qsort(c->entry, c->nr, sizeof(*c->entry), newest_first);
	for (u32 i = 1; i < c->nr; i++) {
		const struct tdxu_entry *before = &c->entry[i - 1];

		c->entry[i].replaced = !c->entry[i].sound &&
				       same_version(&before->identity, &c->entry[i].identity) &&
				       (before->sound || before->replaced);
	}
}

/* Of twins, another may have stayed. */
static const struct tdxu_entry *find_newest(const struct scan *s)
{
	const struct tdxu_catalogue *c = s->catalogue;

	for (u32 i = 0; i < c->nr; i++)
		if (same_image(&c->entry[i], &s->winner))
			return &c->entry[i];
	return NULL;
}

static enum tdxu_exit search(struct scan *s)
{
	enum tdxu_exit code = tdxu_mapping_load(s->dir, &s->mapping, s->error);

	if (!code)
		code = walk(s);
	if (code || s->catalogue->nr)
		return code;
	if (*s->skipped)
		return tdxu_error_set(s->error, TDXU_EXIT_IMAGE, s->dir,
				      "put the images into it, or where their publisher has them",
				      "there is no image in it, and its folder %s is none of the publisher's",
				      s->skipped);
	return tdxu_error_set(s->error, TDXU_EXIT_IMAGE, s->dir,
			      "give the directory as its publisher has it, with joined_files and mapping_file.json",
			      "there is no image in it");
}

void tdxu_catalogue_note(struct tdxu_catalogue *c, bool loud, const char *text, ...)
{
	va_list args;

	va_start(args, text);
	c->note[c->nr_notes].loud = loud;
	vsnprintf(c->note[c->nr_notes++].text, sizeof(c->note->text), text, args);
	va_end(args);
}

static void note_mapping(struct scan *s)
{
	if (s->mapping.absent)
		tdxu_catalogue_note(s->catalogue, false,
				    "there is no mapping_file.json in it: what its images ask of a host is known in part");
	else if (s->mapping.nr_bad)
		tdxu_catalogue_note(s->catalogue, false,
				    "mapping_file.json: %u of its entries lack something and are left out: the first is number %u",
				    s->mapping.nr_bad, s->mapping.first_bad);
}

/* A release of the running series that is listed, and newer than all images of it. */
static void note_unseen(struct scan *s)
{
	const struct tdxu_module *running = &s->host->status->module;
	struct tdxu_version newest = tdxu_module_version(running), first;
	struct tdxu_catalogue *c = s->catalogue;
	char version[TDXU_VERSION_TEXT];

	for (u32 i = 0; i < c->nr; i++)
		raise_version(&newest, &c->entry[i].identity.version);
	first = newest;
	for (u32 i = 0; i < s->mapping.nr; i++)
		raise_version(&newest, &s->mapping.release[i].version);
	if (running->present && tdxu_version_compare(&newest, &first))
		tdxu_catalogue_note(c, false, "mapping_file.json lists %s, and there is no image of it",
				    tdxu_version_format(&newest, version));
}

/* Deleted from one layout, an image is still there in the other. */
static void note_other_layout(struct scan *s)
{
	const struct tdxu_catalogue *c = s->catalogue;
	bool joined = false;

	for (u32 i = 0; i < c->nr; i++)
		joined |= strstr(c->entry[i].path, "/joined_files/") != NULL;
	if (joined && c->newest && strstr(c->newest->path, "/separate_files/"))
		tdxu_catalogue_note(s->catalogue, true,
				    "the newest is in separate_files alone: to withdraw an image, remove both");
}

static enum tdxu_exit look_once(struct scan *s)
{
	struct tdxu_catalogue *c = s->catalogue;
	enum tdxu_exit code;

	*c = (struct tdxu_catalogue){ .dir = strdup(s->dir) };
	code = c->dir ? search(s) : fail_read(s, s->dir, ENOMEM);
	drop_twins(c);
	sort(c);
	c->newest = find_newest(s);
	if (!code) {
		note_mapping(s);
		note_unseen(s);
		note_other_layout(s);
	}
	return code;
}

/* Where a mirror works meanwhile, a file may be half of one release and half of another. */
enum tdxu_exit tdxu_catalogue_load(const char *dir, const struct tdxu_host *host,
				   const struct tdxu_clock *clock,
				   struct tdxu_catalogue *catalogue, struct tdxu_error *error)
{
	for (u32 looks = 0; looks < MAX_LOOKS; looks++) {
		struct scan s = { dir, host, clock, .catalogue = catalogue, .error = error };
		u64 before = tdxu_layout_stock(dir, clock);
		enum tdxu_exit code = look_once(&s);

		if (tdxu_stopped(clock) || tdxu_layout_stock(dir, clock) == before)
			return code;
		tdxu_catalogue_free(catalogue);
	}
	return tdxu_error_set(error, TDXU_EXIT_BUSY, dir,
			      "try again later, or let --retry-for do that",
			      "files in it come and go while they are looked at");
}

void tdxu_catalogue_free(struct tdxu_catalogue *catalogue)
{
	for (u32 i = 0; i < catalogue->nr; i++)
		free(catalogue->entry[i].path);
	free(catalogue->entry);
	free(catalogue->dir);
	tdxu_image_file_free(&catalogue->file);
	*catalogue = (struct tdxu_catalogue){ 0 };
}
