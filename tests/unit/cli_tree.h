/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_CLI_TREE_H
#define TESTS_UNIT_CLI_TREE_H

/* A directory as the publisher lays it out, of images with versions in their names; and 1.5.24. */

#include "catalogue.h"
#include "cli_fake.h"

static struct tdxu_options options;
static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED };
static char root[128];

static void make_directories(void)
{
	static const char *const below[] = { "", "/joined_files", "/joined_files/1.5",
					     "/joined_files/2.0", "/separate_files",
					     "/separate_files/1.5" };
	char path[192];

	snprintf(root, sizeof(root), "%s/tdx", directory);
	for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
		snprintf(path, sizeof(path), "%s%s", root, below[i]);
		ck_assert_int_eq(mkdir(path, 0755), 0);
	}
}

static void put(const char *name, const void *data, size_t size)
{
	char path[192];

	snprintf(path, sizeof(path), "tdx/%s", name);
	put_file(path, data, size);
}

/* An image like no other, with what a test has changed of @b. */
static void put_image(const char *name, struct blob *b, u32 number)
{
	fill_header(b, TDXU_IMAGE_VERSION_2);
	memcpy(b->module + 4096, &number, sizeof(number));
	ck_assert_int_eq(EVP_Digest(b->module, MODULE_BYTES, b->sig.seamhash, NULL, EVP_sha384(),
				    NULL), 1);
	sign(&b->sig);
	seal(b);
	put(name, b, sizeof(*b));
}

static const char mapping[] =
	"{ \"Header\": { \"Version\": \"1.0\" }, \"tdx_module_releases\": ["
#define RELEASE(v, min, ldr) COMPATIBLE(v, min, ldr, "\"1.5.24\"")
#define COMPATIBLE(v, min, ldr, compat) "{ \"version\": \"" v "\", " \
	"\"min_module_version_for_td_preserving\": \"" min "\", \"strict_compat_versions\": [" compat "], \"min_seamldr_versions\": [" ldr "], " \
	"\"tdx_feature0\": \"0x1\" }"
	RELEASE("1.5.20", "1.5.01", "\"1.5.00\", \"2.0.00\"") ","
	RELEASE("1.5.24", "1.5.01", "\"1.5.00\"") ","
	RELEASE("1.5.25", "1.5.01", "\"2.0.00\"") ","
	RELEASE("1.5.28", "1.5.01", "\"1.5.00\", \"2.0.00\"") ","
	RELEASE("1.5.30", "1.5.01", "\"1.5.00\"") ","
	COMPATIBLE("1.5.31", "1.5.01", "\"1.5.00\"", "\"1.5.28\"") ","
	RELEASE("1.5.32", "1.5.01", "\"1.5.00\"") ","
	RELEASE("1.5.33", "1.5.01", "\"1.5.00\"") ","
	RELEASE("1.5.34", "1.5.28", "\"1.5.00\"") ","
	RELEASE("1.5.35", "1.5.01", "\"1.5.01\", \"2.0.00\"") ","
	RELEASE("3.5.30", "3.5.01", "\"1.5.00\"") ","
	RELEASE("2.0.14", "2.0.04", "\"2.0.00\"") ","
	"{ \"version\": \"1.5.36\" } ] }";

/* 1.5.24 runs. */
static void setup(void)
{
	struct blob b;

	paths_setup();
	make_directories();
	put("mapping_file.json", mapping, sizeof(mapping) - 1);
	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_image("joined_files/1.5/tdx_module_1.5.24.blob", &b, 24);
	fake.status = (struct tdxu_status){ .cpus_online = 1, .cpus_present = 1 };
	fill_module(&fake.status.module, 24);
	memcpy(fake.status.module.mrseam, b.sig.seamhash, TDXU_SHA384_BYTES);
	fake.status.seamldr = (struct tdxu_seamldr){ .present = true, .major = 1, .minor = 5,
						     .updates_left = 9 };
	fake.attempts = &updated;
	fake.nr = 1;
	options = (struct tdxu_options){ .image = root };
}

static void teardown(void)
{
	char command[192];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	ck_assert_int_eq(system(command), 0);
	command_teardown();
}

static int list(void)
{
	int code;

	options.json = true;
	code = run(tdxu_cmd_list, &options, false);
	take_json("list", code, code ? "" : " images newest notes");
	return code;
}

static json_t *image(const char *name)
{
	json_t *entry;
	size_t i;

	json_array_foreach(at("images", NULL), i, entry) {
		const char *path = json_string_value(json_object_get(entry, "path"));

		if (strstr(path, name))
			return entry;
	}
	ck_abort_msg("no %s in %s", name, out);
	return NULL;
}

static const char *field(const char *name, const char *key)
{
	const char *value = json_string_value(json_object_get(image(name), key));

	return value ? value : "null";
}

#endif
