// SPDX-License-Identifier: GPL-2.0-or-later
/* An older driver, which does not make all checks of this tdxupd: silence is no pass. */
#include "cli_fake.h"

#define LACKS "the driver does not make these checks of this tdxupd: features, signer; install that of its version"
#define TELLS_NONE "the driver is older than this tdxupd and does not tell which of its checks it makes; install that of its version, or see `tdxupd apply IMAGE --dry-run`"

static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED };
static struct blob blob;
static struct tdxu_options options;
static char all[1024];

static void setup(void)
{
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	options = (struct tdxu_options){ .image = put_file("new.blob", &blob, sizeof(blob)) };
	fake.attempts = &updated;
	fake.nr = 1;
	fill_module(&fake.status.module, 24);
	paths_setup();
}

/* It names the checks in making them, but not in a status. */
static void name_none(void)
{
	struct tdxu_checks *made = &fake.checks;
	const char *name;

	*all = '\0';
	for (u32 i = 0; (name = tdxu_preflight_name(i)); i++) {
		strcat(strcat(all, name), " ");
		if (strcmp(name, "features") && strcmp(name, "signer"))
			strcpy(made->check[made->nr++].name, name);
	}
	fake.unmade = all;
}

static void lack_two(void) { fake.unmade = "features signer"; }
static void lack_none(void) { fake.unmade = NULL; }

#define NAMES "\"missing_checks\": [\n    \"features\",\n    \"signer\"\n  ],"

static const struct {
	void (*driver)(void);
	const char *status, *status_json; /* what they say of it */
	const char *apply, *apply_json;
} rows[] = {
	{ lack_none, "", "\"missing_checks\": [],", "", "\"missing_checks\": []," },
	{ lack_two, LACKS, NAMES, LACKS, NAMES },
	{ name_none, TELLS_NONE, "\"missing_checks\": null,", LACKS, NAMES },
};

static void expect(enum tdxu_exit (*command)(struct tdxu_ctx *ctx), const char *said,
		   const char *json)
{
	options.json = true;
	ck_assert_int_eq(run(command, &options, false), 0);
	ck_assert_msg(strstr(out, json) != NULL, "%s", out);
	options.json = false;
	ck_assert_int_eq(run(command, &options, false), 0);
	ck_assert_msg(strstr(command == tdxu_cmd_apply ? err : out, said) != NULL, "%s%s", out, err);
	ck_assert(*said || !strstr(out, "Not checked"));
}

/* Of both, the dry run and the update; with --quiet, too. */
START_TEST(what_is_not_made)
{
	rows[_i].driver();
	expect(tdxu_cmd_status, rows[_i].status, rows[_i].status_json);
	options.quiet = true;
	for (int dry_run = 0; dry_run < 2; dry_run++) {
		options.dry_run = dry_run;
		expect(tdxu_cmd_apply, rows[_i].apply, rows[_i].apply_json);
	}
	ck_assert(*rows[_i].apply || !*err);
}
END_TEST

/* The kernel's own updater makes none of them: tdxupd does, where it can. */
START_TEST(by_another_updater)
{
	name_none();
	fake_backend.unguarded = true;
	expect(tdxu_cmd_status, "", "\"missing_checks\": null,");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("skew");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, what_is_not_made, 0, ARRAY_SIZE(rows));
	tcase_add_test(tc, by_another_updater);
	return run_suite("cli skew", tc);
}
