// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kept.h"
#include "names.h"
#include "save.h"

static const char only_root[] = "only root may read it";

static void set_path(const char *dir, const u8 *seamhash, char *out)
{
	char name[2 * TDXU_SHA384_BYTES + 1];

	tdxu_hex(seamhash, TDXU_SHA384_BYTES, name);
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
		set(kept, TDXU_KEPT_UNKNOWN, "%s", only_root);
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

typedef enum tdxu_exit load_fn(const char *path, struct tdxu_image_file *file,
			       struct tdxu_error *error);

static enum tdxu_exit verify(const char *path, struct tdxu_image_file *file,
			     struct tdxu_error *error)
{
	enum tdxu_exit code = tdxu_image_file_load(path, NULL, file, error);

	return code ? code : tdxu_image_file_judge(file, error);
}

static int is_image(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".blob");
}

/* The one that runs, or the last that does not. */
static void find(const char *dir, const struct tdxu_module *running, load_fn *load,
		 struct tdxu_kept *kept)
{
	struct dirent **entries = NULL;
	struct tdxu_error error = { 0 };
	int nr = scandir(dir, &entries, is_image, alphasort);

	*kept = (struct tdxu_kept){ 0 };
	if (nr < 0) {
		bool none = errno == ENOENT || errno == ENOTDIR;

		set(kept, none ? TDXU_KEPT_NONE : TDXU_KEPT_UNKNOWN, "%s",
		    none ? "" : errno == EACCES ? only_root : strerror(errno));
	}
	for (int i = 0; i < nr; i++) {
		if (kept->state != TDXU_KEPT_USABLE) {
			tdxu_image_file_free(&kept->file);
			snprintf(kept->path, sizeof(kept->path), "%s/%s", dir, entries[i]->d_name);
			error = (struct tdxu_error){ 0 };
			load(kept->path, &kept->file, &error);
			finish(kept, running, &error);
		}
		free(entries[i]);
	}
	free(entries);
}

void tdxu_kept_load(const char *dir, const struct tdxu_module *running, struct tdxu_kept *kept)
{
	find(dir, running, verify, kept);
}

void tdxu_kept_peek(const char *dir, const struct tdxu_module *running, struct tdxu_kept *kept)
{
	find(dir, running, tdxu_image_file_peek, kept);
}

void tdxu_kept_free(struct tdxu_kept *kept)
{
	tdxu_image_file_free(&kept->file);
}

static bool is_there(const char *path, const struct tdxu_file *blob)
{
	struct tdxu_error ignored;
	struct tdxu_file file = { 0 };
	bool same = !tdxu_file_read(path, TDXU_IMAGE_MAX_BYTES, "", &file, &ignored) &&
		    file.size == blob->size && !memcmp(file.data, blob->data, file.size);

	free(file.data);
	return same;
}

enum tdxu_exit tdxu_kept_save(const char *dir, const struct tdxu_image_file *image,
			      struct tdxu_error *error)
{
	char path[TDXU_WHAT_BYTES];
	struct tdxu_save file = { .path = path, .data = image->blob.data, .size = image->blob.size,
				  .mode = 0600, .replace = true };

	set_path(dir, image->image.sigstruct->seamhash, path);
	/* What is wrong with the directory, writing into it will tell. */
	if (!mkdir(dir, 0700) || errno == EEXIST)
		chmod(dir, 0700);
	else if (errno == EROFS)
		return tdxu_save_fail(dir, errno, error);
	return is_there(path, &image->blob) ? TDXU_EXIT_OK : tdxu_save(&file, error);
}

/* By the name that this version gives, or an earlier one gave; others are an administrator's. */
static int is_own(const struct dirent *entry)
{
	return is_image(entry) &&
	       (strspn(entry->d_name, "0123456789abcdef") == 2 * TDXU_SHA384_BYTES ||
		!strcmp(entry->d_name, "kept.blob"));
}

void tdxu_kept_prune(const char *dir, const u8 *seamhash)
{
	char path[TDXU_WHAT_BYTES], kept[TDXU_WHAT_BYTES];
	struct dirent **entries = NULL;
	int nr = scandir(dir, &entries, is_own, NULL);

	set_path(dir, seamhash, kept);
	for (int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (strcmp(path, kept))
			unlink(path);
		free(entries[i]);
	}
	free(entries);
}

const char *tdxu_kept_state_name(enum tdxu_kept_state state)
{
	static const char *const names[] = { "none", "usable", "unusable", "unknown" };

	return names[state];
}
