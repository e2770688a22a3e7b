// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs all golden vectors and prints TAP, a line for each.
 *
 *	run_native [-k KEY.pem] PSEAMLDR_JSON TDXMODULE_JSON [ID...]
 *	run_vm     [-k KEY.pem] PSEAMLDR_JSON TDXMODULE_JSON [ID...]
 *
 * The first on the firmware model, here; the second on tdx_sim.ko, as root of a VM. Images are
 * signed with KEY.pem, or with a new key, which takes its time.
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
		snprintf(name, sizeof(name), "%s # SKIP needs %u CPUs, this machine has %u",
			 vec_text(vector, "id"), lps_of(vector), machine_lps());
		line(true, name);
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

static void run_files(struct run *run, char **paths)
{
	json_t *seamldr = vec_load(paths[0], "pseamldr-golden-1");
	json_t *module = vec_load(paths[1], "tdxmodule-golden-1");

	if (!tap.num_ids)
		run_kat(json_object_get(seamldr, "kat"), line);
	run_vectors(run, seamldr, how_seamldr);
	run_vectors(run, module, how_module);
	printf("1..%u\n", tap.done);
	if (tap.failed)
		printf("# %u of %u failed\n", tap.failed, tap.done);
	json_decref(seamldr);
	json_decref(module);
}

int main(int argc, char **argv)
{
	static struct run run;
	const char *key = NULL;
	int option;

	while ((option = getopt(argc, argv, "k:")) != -1)
		key = option == 'k' ? optarg : "";
	if (argc - optind < 2 || (key && !*key)) {
		fprintf(stderr, "usage: %s [-k KEY.pem] PSEAMLDR_JSON TDXMODULE_JSON [ID...]\n",
			argv[0]);
		return 64;
	}
	tap.ids = argv + optind + 2;
	tap.num_ids = argc - optind - 2;
	if (key)
		vec_key_read(&run.key, key);
	else
		vec_key_generate(&run.key);

	machine_start();
	run_files(&run, argv + optind);
	machine_stop();
	vec_key_free(&run.key);
	return tap.failed || !tap.done;
}
