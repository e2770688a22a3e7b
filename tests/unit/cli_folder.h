/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_CLI_FOLDER_H
#define TESTS_UNIT_CLI_FOLDER_H

/* DIR/tdx, as operators have it: a mapping file, and what a test puts there. 1.5.24 runs. */

#include <linux/capability.h>
#include <sys/syscall.h>

#include "messages.h"

static struct blob runs, newer;
static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED };

#define RELEASE(v, ldr) "{ \"version\": \"" v "\", \"min_module_version_for_td_preserving\": " \
	"\"1.5.01\", \"strict_compat_versions\": [\"1.5.24\"], \"min_seamldr_versions\": [" ldr "] }"
static const char mapping[] = "{ \"tdx_module_releases\": ["
	RELEASE("1.5.24", "\"1.5.00\"") "," RELEASE("1.5.25", "\"2.0.00\"") ","
	RELEASE("1.5.28", "\"1.5.00\"") "," RELEASE("1.5.30", "\"1.5.00\"") "] }";

/* In DIR/tdx, with all folders on the way to it. */
static const char *place(const char *name)
{
	static char path[256];
	const char *root = path_of("tdx");

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *p = path + strlen(root); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	return path;
}

static void put(const char *name, const void *data, size_t size)
{
	FILE *f = fopen(place(name), "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, size, f), size);
	fclose(f);
}

static void put_text(const char *name, const char *text) { put(name, text, strlen(text)); }

/* An image like no other. */
static void make(struct blob *b, u32 number)
{
	make_blob(b, TDXU_IMAGE_VERSION_2);
	memcpy(b->module + 4096, &number, sizeof(number));
	ck_assert_int_eq(EVP_Digest(b->module, MODULE_BYTES, b->sig.seamhash, NULL, EVP_sha384(),
				    NULL), 1);
	sign(&b->sig);
	seal(b);
}

/* 1.5.24 runs. */
static void setup(void)
{
	paths_setup();
	put_text("mapping_file.json", mapping);
	make(&runs, 24);
	make(&newer, 28);
	fake.status = (struct tdxu_status){ .cpus_online = 1, .cpus_present = 1 };
	fill_module(&fake.status.module, 24);
	memcpy(fake.status.module.mrseam, runs.sig.seamhash, TDXU_SHA384_BYTES);
	fake.status.seamldr = (struct tdxu_seamldr){ .present = true, .major = 1, .minor = 5,
						     .updates_left = 9 };
	fake.attempts = &updated;
	fake.nr = 1;
}

static void teardown(void)
{
	char command[192];

	snprintf(command, sizeof(command), "rm -rf '%s'", path_of("tdx"));
	ck_assert_int_eq(system(command), 0);
	command_teardown();
}

/* Root, as in the unit of systemd: until the end of this test's process. */
static inline void be_confined(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2];

	ck_assert_int_eq(syscall(SYS_capget, &head, caps), 0);
	caps[0].effective &= ~(1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH);
	ck_assert_int_eq(syscall(SYS_capset, &head, caps), 0);
}

#define JOINED "joined_files/1.5/tdx_module_1.5.30.blob"
#define PUBLISHER "; get the file again from its publisher"

static inline void put_runs(void)
{
	put("joined_files/1.5/tdx_module_1.5.24.blob", &runs, sizeof(runs));
}

static inline int count(const char *what)
{
	int nr = 0;

	for (const char *p = out; (p = strstr(p, what)); p++)
		nr++;
	return nr;
}

#endif
