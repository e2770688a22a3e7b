// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a mapping file: what is taken is what is in it, each release once. */

#include "../../cli/select/mapping.c"

#include "fuzz.h"
#include "json.h"

static struct tdxu_mapping mapping;

static void look_at_versions(const struct tdxu_versions *versions)
{
	check(versions->nr <= TDXU_MAX_VERSIONS);
	for (u32 i = 0; i < versions->nr; i++)
		check(tdxu_versions_have(versions, &versions->version[i]));
}

static void look_at_release(const struct tdxu_release *r)
{
	struct tdxu_version again;
	char text[TDXU_VERSION_TEXT];

	check(tdxu_mapping_find(&mapping, &r->version) == r);
	check(tdxu_version_parse(tdxu_version_format(&r->version, text), &again));
	check(!tdxu_version_compare(&r->version, &again));
	look_at_versions(&r->seamldrs);
	look_at_versions(&r->compatible);
}

/* Entries are taken or counted as bad. */
static void look_at_all(const struct tdxu_file *file)
{
	json_t *root = load(file, NULL);
	json_t *list = json_object_get(root, "tdx_module_releases");

	check(mapping.nr <= TDXU_MAX_RELEASES);
	check(json_array_size(list) == mapping.nr + mapping.nr_bad);
	check(!mapping.nr_bad || mapping.first_bad - 1 < json_array_size(list));
	for (u32 i = 0; i < mapping.nr; i++)
		look_at_release(&mapping.release[i]);
	json_decref(root);
}

/* It says what, why and what to do, and can be told as JSON. */
static void look_at_error(const struct tdxu_error *error)
{
	json_t *json = tdxu_json_error(error);

	check(*error->what && *error->why && *error->fix && json);
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct tdxu_file file = { .data = malloc(size + !size), .size = size };
	struct tdxu_error error = { .code = TDXU_EXIT_OK };

	check(file.data);
	memcpy(file.data, data, size);
	if (parse("mapping_file.json", &file, &mapping, &error))
		look_at_error(&error);
	else
		look_at_all(&file);
	free(file.data);
	return 0;
}
