/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_CLI_HISTORY_H
#define TESTS_UNIT_CLI_HISTORY_H

/* For tests of the history: runs of `tdxupd apply`, and what `tdxupd history` tells of them. */

#include "cli_fake.h"
#include "history.h"

#define ATTEMPT_KEYS "time uid boot updater update_id outcome from target to phase check errno " \
		     "busy seamcall message retries waited stopped_ns"

static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED };
static struct tdxu_options options;
static struct blob old, new;

/* "old" runs. */
static void setup(void)
{
	make_blob(&new, TDXU_IMAGE_VERSION_2);
	make_blob(&old, TDXU_IMAGE_VERSION_2);
	old.module[4096] ^= 1;
	fill_sigstruct(&old);
	sign(&old.sig);
	seal(&old);
	memset(&fake, 0, sizeof(fake));
	fake.attempts = &updated;
	fake.nr = 1;
	paths_setup();
	options = (struct tdxu_options){ .image = put_file("new.blob", &new, sizeof(new)) };
	fill_module(&fake.status.module, 24);
	memcpy(fake.status.module.mrseam, old.sig.seamhash, TDXU_SHA384_BYTES);
	tdxu_history_bytes = 1 << 20;
}

static const char *state_path(const char *name)
{
	static char path[4][160];
	static u32 next;

	snprintf(path[next % 4], sizeof(path[0]), "%s/%s", fake_paths.state, name);
	return path[next++ % 4];
}

static inline bool exists(const char *name)
{
	return !access(state_path(name), F_OK);
}

static inline void apply(const struct attempt *attempts, size_t nr, int code)
{
	fake.attempts = attempts;
	fake.nr = nr;
	fake.at = 0;
	ck_assert_msg(run(tdxu_cmd_apply, &options, false) == code, "%s", err);
}

/* What `tdxupd history --json` tells. */
static json_t *attempts(void)
{
	const struct tdxu_options as_json = { .json = true };
	int code = run(tdxu_cmd_history, &as_json, false);

	take_json("history", code, code ? "" : " attempts dropped unreadable");
	return at("attempts", NULL);
}

static inline json_t *only_attempt(void)
{
	json_t *list = attempts();

	ck_assert_uint_eq(json_array_size(list), 1);
	return json_array_get(list, 0);
}

static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static inline json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

#endif
