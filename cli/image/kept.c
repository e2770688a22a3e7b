// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kept.h"
#include "names.h"
#include "save.h"

static void set_path(const char *dir, const char *name, char *out)
{
	snprintf(out, TDXU_WHAT_BYTES, "%s/%s.blob", dir, name);
}

__printf(3, 4) static void set(struct tdxu_kept *kept, enum tdxu_kept_state state,
			       const char *why, ...)
{
	va_list args;

	kept->state = state;
	va_start(args, why);
	vsnprintf(kept->why, sizeof(kept->why), why, args);
	va_end(args);
}

static void judge_error(struct tdxu_kept *kept, const struct tdxu_error *error)
{
	if (error->errnum == ENOENT || error->errnum == ENOTDIR)
		set(kept, TDXU_KEPT_NONE, "%s", "");
	else if (error->code == TDXU_EXIT_PERMISSION)
		set(kept, TDXU_KEPT_UNKNOWN, "only root may read it");
	else
		set(kept, TDXU_KEPT_UNUSABLE, "%s", error->why);
}

static bool same_version(const struct tdxu_module *running, const struct tdxu_identity *id)
{
	struct tdxu_version version = tdxu_module_version(running);

	return id->source == TDXU_VERSION_UNKNOWN || id->source == TDXU_VERSION_FILE_NAME ||
	       !tdxu_version_compare(&version, &id->version);
}

static void judge(struct tdxu_kept *kept, const struct tdxu_module *running)
{
	const struct tdxu_sigstruct *sig = kept->file.image.sigstruct;
	struct tdxu_version version = tdxu_module_version(running);
	char text[TDXU_VERSION_TEXT];

	tdxu_version_format(&version, text);
	if (!TDXU_TOLD(running, MRSEAM))
		set(kept, TDXU_KEPT_UNKNOWN, "nothing tells the hash of the running module");
	else if (memcmp(sig->seamhash, running->mrseam, sizeof(running->mrseam)))
		set(kept, TDXU_KEPT_UNUSABLE,
		    "its SEAMHASH is not the MRSEAM of the running module %s", text);
	else if (!same_version(running, &kept->file.identity))
		set(kept, TDXU_KEPT_UNUSABLE, "it has another version than the running module %s",
		    text);
	else
		set(kept, TDXU_KEPT_USABLE, "%s", "");
}

static void finish(struct tdxu_kept *kept, const struct tdxu_module *running,
		   const struct tdxu_error *error)
{
	if (!error->code) {
		judge(kept, running);
		return;
	}
	judge_error(kept, error);
	tdxu_image_file_free(&kept->file);
}

static void load(const char *dir, const char *name, const struct tdxu_module *running,
		 struct tdxu_kept *kept)
{
	struct tdxu_error error = { 0 };

	*kept = (struct tdxu_kept){ 0 };
	set_path(dir, name, kept->path);
	if (!tdxu_image_file_load(kept->path, NULL, &kept->file, &error))
		tdxu_image_file_judge(&kept->file, &error);
	finish(kept, running, &error);
}

void tdxu_kept_load(const char *dir, const struct tdxu_module *running, struct tdxu_kept *kept)
{
	load(dir, "kept", running, kept);
}

void tdxu_kept_peek(const char *dir, const struct tdxu_module *running, struct tdxu_kept *kept)
{
	struct tdxu_error error = { 0 };

	*kept = (struct tdxu_kept){ 0 };
	set_path(dir, "kept", kept->path);
	tdxu_image_file_peek(kept->path, &kept->file, &error);
	finish(kept, running, &error);
}

void tdxu_kept_free(struct tdxu_kept *kept)
{
	tdxu_image_file_free(&kept->file);
}

static enum tdxu_exit save(const char *dir, const char *name, const struct tdxu_file *blob,
			   struct tdxu_error *error)
{
	char path[TDXU_WHAT_BYTES];
	struct tdxu_save file = { .path = path, .data = blob->data, .size = blob->size,
				  .mode = 0600, .replace = true };

	set_path(dir, name, path);
	/* What is wrong with the directory, writing into it will tell. */
	if (!mkdir(dir, 0700) || errno == EEXIST)
		chmod(dir, 0700);
	else if (errno == EROFS)
		return tdxu_save_fail(dir, errno, error);
	return tdxu_save(&file, error);
}

enum tdxu_exit tdxu_kept_save(const char *dir, const struct tdxu_file *blob,
			      struct tdxu_error *error)
{
	return save(dir, "kept", blob, error);
}

enum tdxu_exit tdxu_kept_begin(const char *dir, const struct tdxu_file *blob,
			       struct tdxu_error *error)
{
	return save(dir, "begun", blob, error);
}

bool tdxu_kept_take(const char *dir)
{
	char from[TDXU_WHAT_BYTES], to[TDXU_WHAT_BYTES];

	set_path(dir, "begun", from);
	set_path(dir, "kept", to);
	return !rename(from, to);
}

void tdxu_kept_forget(const char *dir)
{
	char path[TDXU_WHAT_BYTES];

	set_path(dir, "begun", path);
	unlink(path);
}

void tdxu_kept_end(const char *dir, const struct tdxu_module *running)
{
	struct tdxu_kept begun;

	load(dir, "begun", running, &begun);
	if (begun.state != TDXU_KEPT_USABLE || !tdxu_kept_take(dir))
		tdxu_kept_forget(dir);
	tdxu_kept_free(&begun);
}

const char *tdxu_kept_state_name(enum tdxu_kept_state state)
{
	static const char *const names[] = { "none", "usable", "unusable", "unknown" };

	return names[state];
}
