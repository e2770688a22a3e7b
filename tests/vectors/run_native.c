// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs all golden vectors against the firmware model and prints TAP.
 *
 *	run_native PSEAMLDR_JSON TDXMODULE_JSON [ID...]
 */

#include <stdlib.h>

#include "run.h"

static struct {
	unsigned int done;
	unsigned int failed;
	int num_ids;
	char **ids;
} tap;

static void line(bool ok, const char *name)
{
	tap.done++;
	tap.failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", tap.done, name);
}

static bool wanted(const char *id)
{
	int i;

	for (i = 0; i < tap.num_ids; i++)
		if (!strcmp(tap.ids[i], id))
			return true;
	return !tap.num_ids;
}

const char *run_name_of(const json_t *codes, u64 code)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)codes, name, value)
		if (vec_number(value) == code)
			return name;
	return "unknown";
}

json_t *run_hex(u64 value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	return json_string(text);
}

static void run_one(struct run *run, const json_t *vector,
		    bool (*execute)(struct run *run, const json_t *vector))
{
	char name[300];
	bool ok;

	if (!wanted(vec_text(vector, "id")))
		return;
	run->why[0] = 0;
	ok = execute(run, vector);
	snprintf(name, sizeof(name), "%s: %s", vec_text(vector, "id"), vec_text(vector, "title"));
	line(ok, name);
	if (!ok)
		printf("# %s\n", run->why);
}

static void run_seamldr_file(struct run *run, const char *path)
{
	json_t *file = vec_load(path, "pseamldr-golden-1");
	json_t *vector;
	size_t i;

	run->file = file;
	if (!tap.num_ids)
		run_kat(run, json_object_get(file, "kat"), line);
	json_array_foreach(json_object_get(file, "vectors"), i, vector)
		run_one(run, vector, run_seamldr_vector);
	json_decref(file);
}

static void run_module_file(struct run *run, const char *path)
{
	json_t *file = vec_load(path, "tdxmodule-golden-1");
	json_t *vector;
	size_t i;

	run->file = file;
	json_array_foreach(json_object_get(file, "vectors"), i, vector)
		run_one(run, vector,
			json_object_get(vector, "steps") ? run_module_vector : run_read_vector);
	json_decref(file);
}

int main(int argc, char **argv)
{
	static struct run run;

	if (argc < 3) {
		fprintf(stderr, "usage: %s PSEAMLDR_JSON TDXMODULE_JSON [ID...]\n", argv[0]);
		return 64;
	}
	tap.ids = argv + 3;
	tap.num_ids = argc - 3;
	run.native = native_new();
	vec_key_generate(&run.key);

	printf("TAP version 13\n");
	run_seamldr_file(&run, argv[1]);
	run_module_file(&run, argv[2]);
	printf("1..%u\n", tap.done);
	if (tap.failed)
		printf("# %u of %u failed\n", tap.failed, tap.done);

	EVP_PKEY_free(run.key.pkey);
	native_free(run.native);
	return tap.failed || !tap.done;
}
