// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>

#include "file.h"
#include "mapping.h"

enum { MAX_BYTES = 1 << 20 };

static bool read_version(const json_t *json, struct tdxu_version *out)
{
	const char *text = json_string_value(json);

	return text && tdxu_version_parse(text, out);
}

static bool read_versions(const json_t *list, struct tdxu_versions *out)
{
	const json_t *entry;
	size_t i;

	if (!json_is_array(list))
		return false;
	json_array_foreach(list, i, entry) {
		if (out->nr == TDXU_MAX_VERSIONS)
			break;
		if (!read_version(entry, &out->version[out->nr]))
			return false;
		out->nr++;
	}
	return true;
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

static void read_all(const json_t *list, struct tdxu_mapping *mapping)
{
	const json_t *entry;
	size_t i;

	mapping->nr = 0;
	json_array_foreach(list, i, entry) {
		if (mapping->nr < TDXU_MAX_RELEASES &&
		    read_release(entry, &mapping->release[mapping->nr]))
			mapping->nr++;
	}
}

static enum tdxu_exit parse(const char *path, const struct tdxu_file *file,
			    struct tdxu_mapping *mapping, struct tdxu_error *error)
{
	json_error_t syntax;
	json_t *root = json_loadb((const char *)file->data, file->size, 0, &syntax);
	json_t *list = json_object_get(root, "tdx_module_releases");

	if (root && json_is_array(list))
		read_all(list, mapping);
	else if (root)
		tdxu_error_set(error, TDXU_EXIT_IMAGE, path,
			       "get the file again from its publisher",
			       "it has no list tdx_module_releases");
	else
		tdxu_error_set(error, TDXU_EXIT_IMAGE, path,
			       "get the file again from its publisher",
			       "it is not JSON: %s in line %d", syntax.text, syntax.line);
	json_decref(root);
	return error->code;
}

enum tdxu_exit tdxu_mapping_load(const char *dir, struct tdxu_mapping *mapping,
				 struct tdxu_error *error)
{
	struct tdxu_file file = { 0 };
	char path[PATH_MAX];
	enum tdxu_exit code;

	error->code = TDXU_EXIT_OK;
	snprintf(path, sizeof(path), "%s/mapping_file.json", dir);
	code = tdxu_file_read(path, MAX_BYTES, "a mapping file", &file, error);
	if (code && error->errnum == ENOENT)
		tdxu_error_set(error, code, dir,
			       "give the directory as its publisher has it, with joined_files and mapping_file.json",
			       "there is no mapping_file.json in it, or no such directory");
	if (!code)
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
