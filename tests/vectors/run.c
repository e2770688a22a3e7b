// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs all golden vectors and prints TAP, a line for each.
 *
 *	run_native [-k KEY.pem] FILE.json... [ID...]
 *	run_vm     [-k KEY.pem] FILE.json... [ID...]
 *
 * The first on the firmware model, here; the second on tdx_sim.ko, as root of a VM. Images are
 * signed with KEY.pem, or with a new key, which takes its time. A vector that says what this
 * program does not know, or that needs more than the machine has, has failed.
 */

#include <stdlib.h>
#include <unistd.h>

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
	printf("%sok - %s\n", ok ? "" : "not ", name);
	fflush(stdout);
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

/* How many LPs a vector speaks of; those without a set-up are made up of two. */
static u32 lps_of(const json_t *vector)
{
	const json_t *machine = json_object_get(vector, "platform");

	if (!machine)
		machine = json_object_get(vector, "module");
	return machine ? vec_get(machine, "num_lps") : 2;
}

typedef bool (*execute_t)(struct run *run, const json_t *vector);

static void run_one(struct run *run, const json_t *vector, execute_t execute)
{
	char name[300];
	bool ok;

	snprintf(name, sizeof(name), "%s: %s", vec_text(vector, "id"), vec_text(vector, "title"));
	if (lps_of(vector) > machine_lps()) {
		snprintf(name, sizeof(name), "%s: needs %u CPUs, this machine has %u",
			 vec_text(vector, "id"), lps_of(vector), machine_lps());
		line(false, name);
		return;
	}
	run->why[0] = 0;
	ok = execute(run, vector);
	line(ok, name);
	if (!ok)
		printf("# %s\n", run->why);
}

static void run_vectors(struct run *run, const json_t *file, execute_t (*how)(const json_t *vector))
{
	json_t *vector;
	size_t i;

	run->file = file;
	json_array_foreach(json_object_get(file, "vectors"), i, vector)
		if (wanted(vec_text(vector, "id")))
			run_one(run, vector, how(vector));
}

static execute_t how_seamldr(const json_t *vector)
{
	(void)vector;
	return run_seamldr_vector;
}

static execute_t how_module(const json_t *vector)
{
	return json_object_get(vector, "steps") ? run_module_vector : run_read_vector;
}

static void run_file(struct run *run, const char *path)
{
	json_t *file = vec_load(path);

	if (!tap.num_ids && json_object_get(file, "kat"))
		run_kat(json_object_get(file, "kat"), line);
	if (!strcmp(vec_text(file, "format"), "pseamldr-golden-1")) {
		run_vectors(run, file, how_seamldr);
	} else if (!strcmp(vec_text(file, "format"), "tdxmodule-golden-1")) {
		run_vectors(run, file, how_module);
	} else {
		fprintf(stderr, "%s: an unknown format\n", path);
		exit(1);
	}
	json_decref(file);
}

static bool is_file(const char *argument)
{
	const char *dot = strrchr(argument, '.');

	return dot && !strcmp(dot, ".json");
}

static void run_files(struct run *run, char **paths, int num_paths)
{
	int i;

	for (i = 0; i < num_paths; i++)
		run_file(run, paths[i]);
	printf("1..%u\n", tap.done);
	if (tap.failed)
		printf("# %u of %u failed\n", tap.failed, tap.done);
}

int main(int argc, char **argv)
{
	static struct run run;
	const char *key = NULL;
	int option, files = 0;

	while ((option = getopt(argc, argv, "k:")) != -1)
		key = option == 'k' ? optarg : "";
	while (optind + files < argc && is_file(argv[optind + files]))
		files++;
	if (!files || (key && !*key)) {
		fprintf(stderr, "usage: %s [-k KEY.pem] FILE.json... [ID...]\n", argv[0]);
		return 64;
	}
	tap.ids = argv + optind + files;
	tap.num_ids = argc - optind - files;
	if (key)
		vec_key_read(&run.key, key);
	else
		vec_key_generate(&run.key);

	machine_start();
	run_files(&run, argv + optind, files);
	machine_stop();
	vec_key_free(&run.key);
	vec_key_free(&run.other);
	return tap.failed || !tap.done;
}
