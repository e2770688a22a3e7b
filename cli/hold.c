// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shows and edits /etc/tdxupd/allowed: what `apply --newest` may take. Builds of TDs are held
 * elsewhere, by apply/lock.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allowed.h"
#include "backend.h"
#include "command.h"
#include "json.h"
#include "names.h"
#include "print.h"
#include "save.h"

struct edit {
	struct tdxu_ctx *ctx;
	struct tdxu_error *error;
	bool hold; /* nothing but @name; otherwise: not @name any more */
	u32 nr;
	char name[TDXU_MAX_NAMED][TDXU_RELEASE_TEXT];
	bool there[TDXU_MAX_NAMED];
	char path[TDXU_WHAT_BYTES];
	FILE *out;
};

/* Which of the names a line, or what is left of one, has; @nr if none. */
static u32 find(const struct edit *e, const char *line)
{
	char name[TDXU_RELEASE_TEXT];
	char *copy = strdup(line), *word = copy ? tdxu_allowed_word(copy) : NULL;
	u32 i = e->nr;

	if (word && tdxu_release_parse(word, name))
		for (i = 0; i < e->nr && strcmp(e->name[i], name); i++)
			;
	free(copy);
	return i;
}

/* A line that does not count any more becomes a comment, and one that was one counts again. */
static void edit_line(struct edit *e, char *line)
{
	char *bare = line + strspn(line, " \t");
	bool entry = *bare && !strchr("#\n\r", *bare);
	u32 i;

	line[strcspn(line, "\n")] = '\0';
	if (*bare == '#')
		bare += strspn(bare, " \t#");
	i = find(e, bare);
	if (entry && (i < e->nr) != e->hold)
		fprintf(e->out, "# %s\n", bare);
	else
		fprintf(e->out, "%s\n", i < e->nr && e->hold ? bare : line);
	if (i < e->nr)
		e->there[i] = true;
}

static enum tdxu_exit fail(struct edit *e, int errnum)
{
	return tdxu_save_fail(e->path, errnum, e->error);
}

static enum tdxu_exit write_edited(struct edit *e, FILE *in, mode_t mode)
{
	struct tdxu_save save = { .path = e->path, .mode = mode, .replace = true };
	char *text = NULL, *line = NULL;
	size_t room = 0;

	e->out = open_memstream(&text, &save.size);
	if (!e->out)
		return fail(e, ENOMEM);
	while (in && getline(&line, &room, in) >= 0)
		edit_line(e, line);
	free(line);
	if (in && ferror(in)) {
		fclose(e->out);
		free(text);
		return fail(e, EIO);
	}
	for (u32 i = 0; e->hold && i < e->nr; i++)
		if (!e->there[i])
			fprintf(e->out, "%s\n", e->name[i]);
	return tdxu_save_stream(&save, e->out, &text, e->error);
}

/* A link is refused: the new file would replace the link, and not what it points to. */
static enum tdxu_exit edit_file(struct edit *e)
{
	struct stat st = { .st_mode = 0644 };
	enum tdxu_exit code;
	FILE *in;

	if (!lstat(e->path, &st) && !S_ISREG(st.st_mode))
		return tdxu_error_set(e->error, TDXU_EXIT_HOST, e->path, "edit it by hand",
				      "it is no regular file, and would be replaced");
	in = fopen(e->path, "re");
	if (!in && errno != ENOENT)
		return fail(e, errno);
	code = write_edited(e, in, st.st_mode & 0777);
	if (in)
		fclose(in);
	return code;
}

static enum tdxu_exit remove_file(struct edit *e)
{
	char old[TDXU_WHAT_BYTES + 4];

	snprintf(old, sizeof(old), "%s.old", e->path);
	return rename(e->path, old) && errno != ENOENT ? fail(e, errno) : TDXU_EXIT_OK;
}

static enum tdxu_exit edit_locked(struct edit *e)
{
	struct tdxu_allowed allowed;

	if (tdxu_allowed_load(e->ctx->paths->root, &allowed, e->error))
		return e->error->code;
	if (!e->hold && !e->nr)
		return remove_file(e);
	if (!e->hold && !allowed.present)
		return tdxu_error_set(e->error, TDXU_EXIT_USAGE, e->path,
				      "see `tdxupd help hold` for how only some are",
				      "it is not there, so all releases are allowed");
	return edit_file(e);
}

/* Two that read, change and write at the same time would lose the change of one. */
static enum tdxu_exit edit(struct edit *e)
{
	char dir[TDXU_WHAT_BYTES];
	enum tdxu_exit code;
	int fd;

	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(e->path, '/') - e->path), e->path);
	if (mkdir(dir, 0755) && errno != EEXIST)
		return fail(e, errno);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(e, errno);
	code = flock(fd, LOCK_EX) ? fail(e, errno) : edit_locked(e);
	close(fd);
	return code;
}

/* The version that runs, where that is certain. */
static enum tdxu_exit name_running(struct edit *e)
{
	struct tdxu_status status = { 0 };
	struct tdxu_fault fault = { 0 };
	bool known = false;
	void *priv = NULL;

	if (!tdxu_open(e->ctx, &priv, &fault)) {
		known = !tdxu_ask(e->ctx, priv, &status, &fault) &&
			fault.errnum != EBUSY && status.module.present &&
			!status.module.unsure;
		e->ctx->backend->close(priv);
	}
	if (!known)
		return tdxu_error_set(e->error, TDXU_EXIT_PLATFORM, "hold",
				      "name it, as in `tdxupd hold 1.5.28`",
				      "which TDX module runs here is not known");
	tdxu_module_text(&status.module, e->name[0]);
	e->nr = 1;
	return TDXU_EXIT_OK;
}

static enum tdxu_exit read_names(struct edit *e)
{
	const struct tdxu_options *o = e->ctx->options;

	for (; e->nr < o->nr_releases; e->nr++)
		if (!tdxu_release_parse(o->release[e->nr], e->name[e->nr]))
			return tdxu_error_set(e->error, TDXU_EXIT_USAGE, o->release[e->nr],
					      "give one that `tdxupd list` shows, such as 1.5.28",
					      "it is neither a version nor an MRSEAM");
	return e->hold && !e->nr ? name_running(e) : TDXU_EXIT_OK;
}

static json_t *json_of(const struct edit *e, const struct tdxu_allowed *allowed)
{
	json_t *list = allowed->present ? json_array() : json_null();

	for (u32 i = 0; i < allowed->nr; i++)
		json_array_append_new(list, json_string(allowed->name[i]));
	return json_pack("{s:o, s:o}", "path", tdxu_json_text(e->path), "allowed", list);
}

static void print_allowed(struct edit *e, const struct tdxu_allowed *allowed)
{
	struct tdxu_ctx *ctx = e->ctx;

	if (!allowed->present)
		tdxu_print_row(ctx, TDXU_PLAIN, "Allowed", "whatever fits: there is no %s", e->path);
	else if (!allowed->nr)
		tdxu_print_row(ctx, TDXU_WARN, "Allowed", "nothing, says %s", e->path);
	for (u32 i = 0; i < allowed->nr; i++)
		tdxu_print_row(ctx, TDXU_PLAIN, i ? "" : "Allowed", "%s", allowed->name[i]);
	if (allowed->nr)
		tdxu_print_row(ctx, TDXU_PLAIN, "", "and nothing else, says %s", e->path);
}

static enum tdxu_exit run(struct tdxu_ctx *ctx, const char *command, bool hold)
{
	const struct tdxu_options *o = ctx->options;
	struct tdxu_allowed allowed = { 0 };
	struct tdxu_error error = { 0 };
	struct edit e = { .ctx = ctx, .error = &error, .hold = hold };
	bool list = hold && o->nr_releases == 1 && !strcmp(o->release[0], "list");

	tdxu_allowed_path(ctx->paths->root, e.path);
	if (!list && !read_names(&e))
		edit(&e);
	if (!error.code)
		tdxu_allowed_load(ctx->paths->root, &allowed, &error);
	if (o->json)
		tdxu_json_print(ctx->out, command, &error,
				error.code ? NULL : json_of(&e, &allowed));
	else if (error.code)
		tdxu_error_print(ctx->err, &error);
	else
		print_allowed(&e, &allowed);
	return error.code;
}

enum tdxu_exit tdxu_cmd_hold(struct tdxu_ctx *ctx)
{
	return run(ctx, "hold", true);
}

enum tdxu_exit tdxu_cmd_unhold(struct tdxu_ctx *ctx)
{
	return run(ctx, "unhold", false);
}
