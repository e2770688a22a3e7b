// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <glob.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "kind.h"
#include "mapping.h"

enum { MAX_BYTES = 1 << 20 };

static const char fetch[] = "get the file again from its publisher";

static bool read_version(const json_t *json, struct tdxu_version *out)
{
	const char *text = json_string_value(json);

	return text && tdxu_version_parse(text, out);
}

static bool read_versions(const json_t *list, struct tdxu_versions *out)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry) {
		if (i == TDXU_MAX_VERSIONS || !read_version(entry, &out->version[i]))
			return false;
		out->nr++;
	}
	return json_is_array(list);
}

static bool read_release(const json_t *json, struct tdxu_release *r)
{
	*r = (struct tdxu_release){ 0 };
	r->compatible_told = read_versions(json_object_get(json, "strict_compat_versions"),
					   &r->compatible);
	return read_version(json_object_get(json, "version"), &r->version) &&
	       read_version(json_object_get(json, "min_module_version_for_td_preserving"),
			    &r->minimum) &&
	       read_versions(json_object_get(json, "min_seamldr_versions"), &r->seamldrs);
}

/* One bad entry does not take the others along; which it is, is told. */
static void read_all(const char *path, const json_t *list, struct tdxu_mapping *mapping,
		     struct tdxu_error *error)
{
	char version[TDXU_VERSION_TEXT];
	struct tdxu_release release;
	const json_t *entry;
	size_t i;

	mapping->nr = mapping->nr_bad = 0;
	json_array_foreach(list, i, entry) {
		if (mapping->nr == TDXU_MAX_RELEASES || !read_release(entry, &release)) {
			if (!mapping->nr_bad++)
				mapping->first_bad = (u32)i + 1;
			continue;
		}
		if (tdxu_mapping_find(mapping, &release.version)) {
			tdxu_error_set(error, TDXU_EXIT_IMAGE, path, fetch, "it lists %s twice",
				       tdxu_version_format(&release.version, version));
			return;
		}
		mapping->release[mapping->nr++] = release;
	}
}

/* Not every reader of JSON takes the mark that some editors put before it. */
static json_t *load(const struct tdxu_file *file, json_error_t *syntax)
{
	size_t mark = file->size >= 3 && !memcmp(file->data, "\xef\xbb\xbf", 3) ? 3 : 0;

	return json_loadb((const char *)file->data + mark, file->size - mark, 0, syntax);
}

static enum tdxu_exit parse(const char *path, const struct tdxu_file *file,
			    struct tdxu_mapping *mapping, struct tdxu_error *error)
{
	const struct tdxu_kind *kind = tdxu_kind_of(file->data, file->size);
	json_error_t syntax;
	json_t *root = load(file, &syntax);
	json_t *list = json_object_get(root, "tdx_module_releases");

	if (root && json_is_array(list))
		read_all(path, list, mapping, error);
	else if (root)
		tdxu_error_set(error, TDXU_EXIT_IMAGE, path, fetch,
			       "it has no list tdx_module_releases");
	else if (kind)
		tdxu_error_set(error, TDXU_EXIT_IMAGE, path, kind->fix, "%s", kind->why);
	else
		tdxu_error_set(error, TDXU_EXIT_IMAGE, path, fetch,
			       "it is not JSON: %s in line %d", syntax.text, syntax.line);
	json_decref(root);
	return error->code;
}

/*
 * One folder too high: a clone, or an archive's contents, lies in a folder of its own. Else the
 * images are alone, and can be listed at least.
 */
static enum tdxu_exit do_without(const char *dir, struct tdxu_mapping *mapping,
				 struct tdxu_error *error)
{
	char pattern[PATH_MAX];
	glob_t found = { 0 };
	struct stat st;

	snprintf(pattern, sizeof(pattern), "%s/*/mapping_file.json", dir);
	if (!glob(pattern, 0, NULL, &found))
		tdxu_error_set(error, TDXU_EXIT_IMAGE, dir, "give that directory",
			       "there is no mapping_file.json in it, but %s",
			       found.gl_pathv[0]);
	else if (stat(dir, &st) || !S_ISDIR(st.st_mode))
		tdxu_error_set(error, TDXU_EXIT_IMAGE, dir, "check the path",
			       "there is no such directory");
	else
		*error = (struct tdxu_error){ 0 };
	mapping->absent = !error->code;
	globfree(&found);
	return error->code;
}

enum tdxu_exit tdxu_mapping_load(const char *dir, struct tdxu_mapping *mapping,
				 struct tdxu_error *error)
{
	struct tdxu_file file = { 0 };
	char path[PATH_MAX];
	enum tdxu_exit code;
	struct stat st;

	error->code = TDXU_EXIT_OK;
	mapping->absent = false;
	snprintf(path, sizeof(path), "%s/mapping_file.json", dir);
	code = tdxu_file_read_below(dir, path, MAX_BYTES, "a mapping file", &file, error);
	/* A link that leads nowhere is there, and says so. */
	if (code && (error->errnum == ENOENT || error->errnum == ENOTDIR) && lstat(path, &st))
		code = do_without(dir, mapping, error);
	else if (!code)
		code = parse(path, &file, mapping, error);
	free(file.data);
	return code;
}

bool tdxu_versions_have(const struct tdxu_versions *versions, const struct tdxu_version *version)
{
	for (u32 i = 0; i < versions->nr; i++)
		if (!tdxu_version_compare(&versions->version[i], version))
			return true;
	return false;
}

const struct tdxu_release *tdxu_mapping_find(const struct tdxu_mapping *mapping,
					     const struct tdxu_version *version)
{
	for (u32 i = 0; i < mapping->nr; i++)
		if (!tdxu_version_compare(&mapping->release[i].version, version))
			return &mapping->release[i];
	return NULL;
}
