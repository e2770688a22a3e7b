/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_CLI_FAKE_H
#define TESTS_UNIT_CLI_FAKE_H

/* A driver and a clock that do as they are told, and what a command says to them. */

#include <errno.h>
#include <jansson.h>

#include "apply.h"
#include "backend.h"
#include "cli_images.h"
#include "command.h"
#include "json_schema.h"
#include "names.h"

/* What happens to one attempt. */
struct attempt {
	int upload; /* errno, or 0 */
	int update;
	u32 outcome;
	u32 errnum;
	u32 busy_reason;
	u32 busy_count;
	const char *check;
	const char *message;
	const char *metadata; /* a change of it, or NULL */
	int wait; /* errno of the wait, or 0; of EINTR, a second one follows */
	int second_wait;
	bool unsure; /* the answer to the update was lost */
	bool same; /* the image ran before, too */
	u32 waited_ms;
};

static struct {
	const struct attempt *attempts; /* the last one repeats */
	size_t nr;
	size_t at;
	int open_error;
	int refresh_error; /* why the firmware is not asked, or 0 */
	const struct tdxu_status *refreshed; /* what it says, where @status is old; or NULL */
	struct tdxu_status status;
	struct tdxu_checks checks;
	const char *unmade; /* the checks that the driver does not make; or NULL */
	u8 uploaded[3][BLOB_BYTES];
	size_t uploaded_bytes[3];
	int opened, closed, uploads, drops, updates, waits;
	bool forgets; /* the images, after each attempt */

	const u8 *fell_back_to; /* its SEAMHASH */
	int watches, changes; /* after so many changes, a signal comes */
	u32 unfit; /* bits by slot: while one of these is uploaded, the checks say no */
	u32 slots; /* that the driver has; 0: all */

	u64 now_ms;
	u32 sleeps, interrupt_at; /* the sleep during which a signal comes; 0: none */
	bool interrupted;
} fake;

static int fault_of(struct tdxu_fault *fault, int errnum)
{
	fault->errnum = errnum;
	fault->message[0] = '\0';
	return -errnum;
}

static const struct attempt *current(void)
{
	return &fake.attempts[fake.at < fake.nr ? fake.at : fake.nr - 1];
}

/* The name of what is kept, in the state directory. */
static inline const char *kept_name(const struct blob *b)
{
	static char name[2 * TDXU_SHA384_BYTES + 8];

	tdxu_hex(b->sig.seamhash, sizeof(b->sig.seamhash), name);
	return strcat(name, ".blob");
}

static inline void keep_blob(const char *dir, struct blob *b)
{
	struct tdxu_image_file file = { .blob = { (u8 *)b, sizeof(*b) } };
	struct tdxu_error error;

	file.content.image.sigstruct = &b->sig;
	ck_assert_int_eq(tdxu_kept_save(dir, &file, &error), 0);
}

static int fake_open(void **priv, struct tdxu_fault *fault)
{
	if (fake.open_error)
		return fault_of(fault, fake.open_error);
	fake.opened++;
	*priv = &fake;
	return 0;
}

static void fake_close(void *priv)
{
	ck_assert_ptr_eq(priv, &fake);
	fake.closed++;
}

static int fake_status(void *priv, bool fresh, struct tdxu_status *status,
		       struct tdxu_fault *fault)
{
	const char *name;

	(void)priv;
	if (fresh && fake.refresh_error)
		return fault_of(fault, fake.refresh_error);
	if (fresh && fake.refreshed)
		fake.status = *fake.refreshed;
	*status = fake.status;
	for (u32 i = 0; (name = tdxu_preflight_name(i)); i++)
		if (!fake.unmade || !strstr(fake.unmade, name))
			strcpy(status->made.name[status->made.nr++], name);
	return 0;
}

static int fake_upload(void *priv, enum tdx_update_slot slot, const void *data, size_t size,
		       struct tdxu_fault *fault)
{
	int error = current()->upload;

	(void)priv;
	if (error) {
		fake.at++;
		return fault_of(fault, error);
	}
	if (fake.slots && slot >= fake.slots)
		return fault_of(fault, ERANGE);
	ck_assert_uint_eq(size, BLOB_BYTES);
	fake.uploads += slot == TDX_UPDATE_SLOT_TARGET;
	memcpy(fake.uploaded[slot], data, size);
	fake.uploaded_bytes[slot] = size;
	return 0;
}

static int fake_drop(void *priv, int slot, struct tdxu_fault *fault)
{
	(void)priv;
	fake.drops++;
	for (int i = 0; i < (int)ARRAY_SIZE(fake.uploaded_bytes); i++)
		if (slot == TDXU_ALL_SLOTS || slot == i)
			fake.uploaded_bytes[i] = 0;
	return fault_of(fault, EPERM);
}

static int fake_check(void *priv, struct tdxu_checks *checks, struct tdxu_fault *fault)
{
	(void)priv;
	(void)fault;
	*checks = fake.checks;
	for (u32 i = 0; i < ARRAY_SIZE(fake.uploaded_bytes); i++)
		if (fake.uploaded_bytes[i] && (fake.unfit & 1u << i))
			*checks = (struct tdxu_checks){ .nr = 1, .check = {
				{ "svn", TDX_UPDATE_VERDICT_FAIL, ESTALE, "it goes back" },
			} };
	return 0;
}

/* Like the driver, it keeps the images as long as nothing has happened. */
static int fake_update(void *priv, u32 *id, struct tdxu_fault *fault)
{
	bool keeps = current()->outcome == TDX_UPDATE_OUTCOME_BUSY && !fake.forgets;

	(void)priv;
	if (fake.forgets && !fake.uploaded_bytes[TDX_UPDATE_SLOT_TARGET])
		return fault_of(fault, ENOENT);
	ck_assert_uint_eq(fake.uploaded_bytes[TDX_UPDATE_SLOT_TARGET], BLOB_BYTES);
	if (current()->update) {
		int error = current()->update;

		fault->unsure = current()->unsure;
		fake.at++;
		return fault_of(fault, error);
	}
	if (!keeps)
		memset(fake.uploaded_bytes, 0, sizeof(fake.uploaded_bytes));
	*id = (u32)++fake.updates;
	return 0;
}

static void fill_module(struct tdxu_module *m, u32 update)
{
	*m = (struct tdxu_module){
		.present = true, .major = 1, .minor = 5, .update = update, .build_num = 900,
		.build_date = 20260131, .features0 = 0xd1326f3f0fbf, .hv = 1, .handoff_pages = 14,
		.svn_major = 1, .svn_minor = update / 2, .mrseam = { (u8)update },
	};
}

static void fill_result(struct tdxu_result *r, const struct attempt *a, u32 id)
{
	bool runs_new = a->outcome == TDX_UPDATE_OUTCOME_UPDATED;

	*r = (struct tdxu_result){
		.present = true, .id = id, .outcome = a->outcome, .errnum = a->errnum,
		.busy_reason = a->busy_reason, .busy_count = a->busy_count, .finished = 1700000000,
		.waited_ms = a->waited_ms, .patience_ms = a->waited_ms ? 5000 : 0,
		.nr_timings = 2,
		.timing = { { TDX_UPDATE_PHASE_PREFLIGHT, 0, 0, 5000000 },
			    { TDX_UPDATE_PHASE_SHUTDOWN, 1, 5000000, 7000000 } },
	};
	snprintf(r->message, sizeof(r->message), "%s", a->message ? a->message : "");
	snprintf(r->check, sizeof(r->check), "%s", a->check ? a->check : "");
	r->nr_metadata = a->metadata != NULL;
	snprintf(r->metadata[0], sizeof(r->metadata[0]), "%s", a->metadata ? a->metadata : "");
	fill_module(&r->from, a->same ? 28 : 24);
	fill_module(&r->to, runs_new ? 28 : 24);
	if (fake.fell_back_to)
		memcpy(r->to.mrseam, fake.fell_back_to, sizeof(r->to.mrseam));
}

/* Nobody waits for ever once a signal has come. */
static int fake_wait(void *priv, u32 id, int stop_fd, int timeout_ms, struct tdxu_status *status,
		     struct tdxu_fault *fault)
{
	const struct attempt *a = current();
	bool second = fake.waits++ && a->wait == EINTR;
	int error = second ? a->second_wait : a->wait;

	(void)priv;
	(void)stop_fd;
	ck_assert_uint_eq(id, (u32)fake.updates);
	ck_assert_int_eq(timeout_ms, second ? 60000 : -1);
	ck_assert(!second || !fake.interrupted);
	fake.interrupted = error == EINTR;
	if (fake.interrupted && !second)
		return fault_of(fault, EINTR);
	fake.at++;
	fake.waits = 0;
	if (error)
		return fault_of(fault, error);
	*status = fake.status;
	fill_result(&status->result, a, id);
	return 0;
}

static int fake_watch(void *priv, int stop_fd, int timeout_ms, struct tdxu_fault *fault)
{
	(void)priv;
	(void)stop_fd;
	ck_assert_int_gt(timeout_ms, 0);
	if (fake.watches++ == fake.changes)
		return fault_of(fault, EINTR);
	fake.status.module.update = 28;
	return 0;
}

static struct tdxu_backend fake_backend = {
	.name = "tdx_update", .open = fake_open, .close = fake_close, .status = fake_status,
	.upload = fake_upload, .drop = fake_drop, .check = fake_check,
	.update = fake_update, .watch = fake_watch, .wait = fake_wait,
};

static u64 fake_now(void *priv)
{
	(void)priv;
	return fake.now_ms;
}

static u32 fake_random(void *priv)
{
	(void)priv;
	return 0;
}

static bool fake_sleep(void *priv, u32 ms)
{
	(void)priv;
	if (ms && ++fake.sleeps == fake.interrupt_at)
		fake.interrupted = true;
	if (!fake.interrupted)
		fake.now_ms += ms;
	return !fake.interrupted;
}

static void fake_heed(void *priv)
{
	(void)priv;
	ck_assert(fake.interrupted);
	fake.interrupted = false;
}

/* In place of fake_sleep(), for a test that looks around meanwhile. */
static bool (*sleep_hook)(void *priv, u32 ms);

static bool any_sleep(void *priv, u32 ms)
{
	return sleep_hook ? sleep_hook(priv, ms) : fake_sleep(priv, ms);
}

static const struct tdxu_clock fake_clock = {
	.now_ms = fake_now, .random = fake_random, .sleep_ms = any_sleep, .stop_fd = -1,
	.heed_stop = fake_heed,
};

/* What the last command has printed. */
static char *out, *err;
static size_t out_size, err_size;

/* In the directory of the test's images; empty at the start of each test. */
static struct tdxu_paths fake_paths;
static const char fake_cpuinfo[] =
	"processor\t: 0\ncpu family\t: 6\nmodel\t\t: 143\nmodel name\t: x\nstepping\t: 8\n";

/* As the kernel tells it. */
#define BOOT "6dfd0c1f-6c1c-4b53-a1cf-3c1d2a1b0c9e"

static void put_boot(const char *boot)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "mkdir -p '%s/proc/sys/kernel/random' && echo %s >'%s/proc/sys/kernel/random/boot_id'",
		 directory, boot, directory);
	ck_assert_int_eq(system(command), 0);
}

static void paths_setup(void)
{
	put_boot(BOOT);
	fake_paths = (struct tdxu_paths){ path_of("run"), path_of("state"),
					  put_file("cpuinfo", fake_cpuinfo,
						   sizeof(fake_cpuinfo) - 1),
					  path_of("cgroup"), directory, path_of("tcb"), NULL };
	/* What path_of() gives is not for long. */
	fake_paths.lock = strdup(fake_paths.lock);
	fake_paths.state = strdup(fake_paths.state);
	fake_paths.cpuinfo = strdup(fake_paths.cpuinfo);
	fake_paths.cgroup = strdup(fake_paths.cgroup);
	fake_paths.tcb = strdup(fake_paths.tcb);
}

static void paths_teardown(void)
{
	char command[384];

	snprintf(command, sizeof(command), "rm -rf '%s' '%s' '%s'", fake_paths.lock, fake_paths.state,
		 fake_paths.tcb);
	ck_assert_int_eq(system(command), 0);
	free((char *)fake_paths.lock);
	free((char *)fake_paths.state);
	free((char *)fake_paths.cpuinfo);
	free((char *)fake_paths.cgroup);
	free((char *)fake_paths.tcb);
}

/* JSON, with what is true of every command's. */

static json_t *json;

static void forget_output(void)
{
	json_decref(json);
	free(out);
	free(err);
	json = NULL;
	out = err = NULL;
}

static inline void command_teardown(void)
{
	forget_output();
	paths_teardown();
}

/* All that is printed, for tests/messages.t to compare with what the sources can print. */
static void record(void)
{
	const char *path = getenv("TDXUPD_SAID");
	FILE *f = path && *path ? fopen(path, "a") : NULL;

	if (f) {
		fprintf(f, "%s%s", out, err);
		fclose(f);
	}
}

static const struct tdxu_backend *used_backend = &fake_backend, *used_second;

static int run(enum tdxu_exit (*command)(struct tdxu_ctx *), const struct tdxu_options *options,
	       bool terminal)
{
	struct tdxu_ctx ctx = {
		.options = options, .backend = used_backend, .second = used_second,
		.clock = &fake_clock, .paths = &fake_paths,
		.terminal = terminal, .columns = 80,
	};
	int code;

	forget_output();
	ctx.out = open_memstream(&out, &out_size);
	ctx.err = open_memstream(&err, &err_size);
	code = command(&ctx);
	fclose(ctx.out);
	fclose(ctx.err);
	record();
	ck_assert_int_eq(fake.opened, fake.closed);
	return code;
}

static inline void take_json(const char *command, int code, const char *own_keys)
{
	char keys[256];
	json_t *error;

	json = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(json != NULL, "%s", out);
	ck_assert_str_eq(err, "");
	expect_schema(json);
	snprintf(keys, sizeof(keys), "tool version command exit_code error%s", own_keys);
	expect_keys(json, keys);
	ck_assert_str_eq(json_string_value(json_object_get(json, "command")), command);
	ck_assert_int_eq(json_integer_value(json_object_get(json, "exit_code")), code);
	error = json_object_get(json, "error");
	if (code)
		expect_keys(error, "kind what why fix errno check");
	else
		ck_assert(json_is_null(error));
}

#define APPLY_KEYS " changed would_change dry_run interrupted attempts update_id image fallback way_out replaces checks missing_checks result kept notes tcb attestation"

static inline int apply_json(struct tdxu_options *options)
{
	int code;

	options->json = true;
	code = run(tdxu_cmd_apply, options, false);
	take_json("apply", code, APPLY_KEYS);
	return code;
}

static inline json_t *at(const char *a, const char *b)
{
	json_t *value = json_object_get(json, a);

	return b ? json_object_get(value, b) : value;
}

#endif
