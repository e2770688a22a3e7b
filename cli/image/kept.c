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

static void fail(struct tdxu_kept *kept, int errnum, enum tdxu_kept_state state, const char *why)
{
	if (errnum == ENOENT || errnum == ENOTDIR)
		set(kept, TDXU_KEPT_NONE, "%s", "");
	else if (errnum == EACCES || errnum == EPERM)
		set(kept, TDXU_KEPT_UNKNOWN, "only root may read it");
	else
		set(kept, state, "%s", why);
}

static void judge(struct tdxu_kept *kept, const struct tdxu_module *running)
{
	const struct tdxu_sigstruct *sig = kept->file.content.image.sigstruct;
	const struct tdxu_identity *id = &kept->file.identity;
	bool tells_version = id->source && id->source != TDXU_VERSION_FILE_NAME;
	struct tdxu_version version = tdxu_module_version(running);
	char text[TDXU_VERSION_TEXT];

	tdxu_version_format(&version, text);
	if (!TDXU_TOLD(running, MRSEAM))
		set(kept, TDXU_KEPT_UNKNOWN, "nothing tells the hash of the running module");
	else if (memcmp(sig->seamhash, running->mrseam, sizeof(running->mrseam)))
		set(kept, TDXU_KEPT_UNUSABLE,
		    "its SEAMHASH is not the MRSEAM of the running module %s", text);
	else if (tells_version && tdxu_version_compare(&version, &id->version))
		set(kept, TDXU_KEPT_UNUSABLE, "it has another version than the running module %s",
		    text);
	else
		set(kept, TDXU_KEPT_USABLE, "%s", "");
}

static void load(struct tdxu_kept *kept, const struct tdxu_module *running, bool peek)
{
	struct tdxu_error error = { 0 };
	enum tdxu_exit code;

	tdxu_image_file_free(&kept->file);
	code = peek ? tdxu_image_file_peek(kept->path, &kept->file, &error) :
		      tdxu_image_file_load(NULL, kept->path, NULL, &kept->file, &error);
	if (!code && !peek)
		code = tdxu_image_file_judge(&kept->file, &error);
	if (!code) {
		judge(kept, running);
		return;
	}
	fail(kept, error.errnum, TDXU_KEPT_UNUSABLE, error.why);
	tdxu_image_file_free(&kept->file);
}

static int is_image(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".blob");
}

/* The one that runs, or the last that does not. */
static void find(const char *dir, const struct tdxu_module *running, bool peek,
		 struct tdxu_kept *kept)
{
	struct dirent **entries = NULL;
	int nr = scandir(dir, &entries, is_image, alphasort);

	*kept = (struct tdxu_kept){ 0 };
	if (nr < 0)
		fail(kept, errno, TDXU_KEPT_UNKNOWN, strerror(errno));
	for (int i = 0; i < nr; i++) {
		if (kept->state != TDXU_KEPT_USABLE) {
			snprintf(kept->path, sizeof(kept->path), "%s/%s", dir, entries[i]->d_name);
			load(kept, running, peek);
		}
		free(entries[i]);
	}
	free(entries);
}

void tdxu_kept_load(const char *dir, const struct tdxu_module *running, struct tdxu_kept *kept)
{
	find(dir, running, false, kept);
}

void tdxu_kept_peek(const char *dir, const struct tdxu_module *running, struct tdxu_kept *kept)
{
	find(dir, running, true, kept);
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

	set_path(dir, image->content.image.sigstruct->seamhash, path);
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

const char *const tdxu_kept_state_names[] = { "none", "usable", "unusable", "unknown" };
