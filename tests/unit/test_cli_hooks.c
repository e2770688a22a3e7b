// SPDX-License-Identifier: GPL-2.0-or-later
/* What engines for many hosts need: programs before and after an update, and one key. */
#include <sys/resource.h>

#include "cli_fake.h"
#include "hooks.h"

static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED };
static const struct attempt busy = {
	.outcome = TDX_UPDATE_OUTCOME_BUSY, .errnum = EBUSY, .message = "a TD is being built",
};
static struct tdxu_options options;
static struct blob blob;

static void shell(const char *text, ...)
{
	char command[1024];
	va_list args;

	va_start(args, text);
	vsnprintf(command, sizeof(command), text, args);
	va_end(args);
	ck_assert_msg(!system(command), "%s", command);
}

static void setup(void)
{
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	memset(&fake, 0, sizeof(fake));
	fake.attempts = &updated;
	fake.nr = 1;
	fill_module(&fake.status.module, 24);
	options = (struct tdxu_options){ .image = put_file("new.blob", &blob, sizeof(blob)) };
	paths_setup();
	tdxu_hook_ms = TDXU_HOOK_MS;
	shell("rm -rf '%s/etc' && mkdir -p '%s/etc/tdxupd/pre.d' '%s/etc/tdxupd/post.d'", directory,
	      directory, directory);
}

static void teardown(void)
{
	shell("rm -rf '%s/etc'", directory);
	command_teardown();
}

/* put("pre.d/10-x", BODY): a shell script. $d in it is the directory of both. */
static void put(const char *name, const char *body)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/etc/tdxupd/%s", directory, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\nd='%s/etc/tdxupd'\n%s\n", directory, body);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

static int apply(void)
{
	options.json = false;
	return run(tdxu_cmd_apply, &options, false);
}

static json_t *given_to(const char *hook)
{
	char path[512];
	json_t *given;

	snprintf(path, sizeof(path), "%s/etc/tdxupd/given-to-%s", directory, hook);
	given = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(given);
	expect_schema(given);
	return given;
}

START_TEST(are_told_what_apply_tells)
{
	json_t *pre, *post, *result;

	put("pre.d/10-tell", "cat >$d/given-to-pre");
	put("post.d/10-tell", "cat >$d/given-to-post");
	ck_assert_int_eq(apply(), 0);
	pre = given_to("pre");
	post = given_to("post");
	ck_assert(json_is_null(json_object_get(pre, "result")));
	ck_assert(json_is_object(json_object_get(pre, "image")));
	result = json_object_get(post, "result");
	ck_assert_str_eq(json_string_value(json_object_get(result, "outcome")), "updated");
	json_decref(pre);
	json_decref(post);
}
END_TEST

START_TEST(run_in_the_order_of_their_names)
{
	put("pre.d/20-second", "echo second >>$d/order");
	put("pre.d/10-first", "echo first >>$d/order");
	put("pre.d/.hidden", "echo hidden >>$d/order");
	put("pre.d/10-first~", "echo backup >>$d/order");
	put("post.d/10-last", "echo last >>$d/order; tail -n 9 $d/order >&2");
	ck_assert_int_eq(apply(), 0);
	shell("test \"$(echo $(cat '%s/etc/tdxupd/order'))\" = 'first second last'", directory);
}
END_TEST

/* Each before a sound one, which must not be run; with the host as it was. */
static const struct {
	const char *make; /* in the directory of both */
	const char *said;
} refusals[] = {
	{ "printf '#!/bin/sh\\necho the node is not drained; echo more; exit 3\\n' >pre.d/10-no;"
	  "chmod 755 pre.d/10-no",
	  "/pre.d/10-no said no: exit code 3, the node is not drained; " },
	{ "printf '#!/bin/sh\\nexit 1\\n' >pre.d/10-no; chmod 755 pre.d/10-no",
	  "/pre.d/10-no said no: exit code 1; " },
	{ "printf '#!/bin/sh\\nprintf \"\\\\033[31mred\"; exit 1\\n' >pre.d/10-no;"
	  "chmod 755 pre.d/10-no", "exit code 1, ?[31mred; " },
	{ "printf '#!/bin/sh\\nkill -SEGV $$\\n' >pre.d/10-no; chmod 755 pre.d/10-no",
	  "/pre.d/10-no was ended by signal 11; " },
	{ "printf '#!/no/such/shell\\n' >pre.d/10-no; chmod 755 pre.d/10-no",
	  "exit code 127, No such file or directory; " },
	{ "printf '#!/bin/sh\\n' >pre.d/10-no; chmod 644 pre.d/10-no",
	  "/pre.d/10-no is not executable; chmod +x it if it is to be run, or remove it" },
	{ "printf '#!/bin/sh\\n' >pre.d/10-no; chmod 757 pre.d/10-no",
	  "/pre.d/10-no can be written by others than root; " },
	{ "printf '#!/bin/sh\\n' >pre.d/10-no; chmod 775 pre.d/10-no",
	  "/pre.d/10-no can be written by others than root; " },
	{ "ln -s /bin/true pre.d/10-no", "/pre.d/10-no is no file; " },
	{ "mkfifo pre.d/10-no", "/pre.d/10-no is no file; " },
	{ "mkdir pre.d/10-no", "/pre.d/10-no is no file; " },
	{ "chmod 777 pre.d", "/pre.d can be written by others than root; " },
	{ "rm -r pre.d; touch pre.d", "/pre.d Not a directory; see why it cannot be read" },
};

START_TEST(one_that_says_no_or_is_not_sound_refuses)
{
	put("pre.d/99-sound", "touch $d/was-run");
	shell("cd '%s/etc/tdxupd' && %s", directory, refusals[_i].make);
	ck_assert_int_eq(apply(), 78);
	ck_assert_msg(strstr(err, refusals[_i].said) != NULL, "%s", err);
	ck_assert_int_eq(fake.updates, 0);
	shell("! test -e '%s/etc/tdxupd/was-run'", directory);
	ck_assert_int_eq(apply_json(&options), 78);
}
END_TEST

START_TEST(one_that_hangs_is_killed)
{
	static const char *const bodies[] = {
		"sleep 1000", "sleep 1000 & wait", "trap '' TERM INT HUP; while :; do echo garbage; done",
	};

	tdxu_hook_ms = 1000;
	put("pre.d/10-hang", bodies[_i]);
	ck_assert_int_eq(apply(), 78);
	ck_assert_ptr_nonnull(strstr(err, "/pre.d/10-hang had not ended after 1 s, and was killed"));
	ck_assert_int_eq(fake.updates, 0);
}
END_TEST

START_TEST(what_is_left_behind_holds_nobody_up)
{
	put("pre.d/10-behind", "sleep 1000 & echo $! >$d/left; exit 0");
	ck_assert_int_eq(apply(), 0);
	shell("! kill -0 $(cat '%s/etc/tdxupd/left') 2>/dev/null || "
	      "grep -q '^State:.*Z' /proc/$(cat '%s/etc/tdxupd/left')/status", directory, directory);
}
END_TEST

START_TEST(one_that_cannot_be_started_refuses)
{
	struct rlimit was, few = { 0 };
	int fd = open("/dev/null", O_RDONLY), code;
	struct tdxu_error error = { 0 };
	struct tdxu_ctx ctx = { .clock = &fake_clock, .paths = &fake_paths };
	json_t *input = json_object();

	put("pre.d/10-run", "touch $d/was-run");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	few.rlim_max = was.rlim_max;
	/* The directory is open only while it is read; the input stays open. */
	few.rlim_cur = (rlim_t)fd + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	close(fd);
	code = tdxu_hooks_run(&ctx, "pre.d", "apply x", input, &error);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
	json_decref(input);
	ck_assert_int_eq(code, 78);
	ck_assert_ptr_nonnull(strstr(error.why, "/pre.d/10-run could not be run (Too many open files)"));
	out = strdup("");
	err = strdup(error.why);
	record();
	shell("! test -e '%s/etc/tdxupd/was-run'", directory);
}
END_TEST

/* However it ends: what one before has begun, one after undoes. */
START_TEST(those_after_change_nothing)
{
	put("post.d/10-no", "echo it is still cordoned; exit 7");
	ck_assert_int_eq(apply(), 0);
	ck_assert_ptr_nonnull(strstr(err, "after the update: "));
	ck_assert_ptr_nonnull(strstr(err, "/post.d/10-no said no: exit code 7, it is still cordoned; "));
	fake.attempts = &busy;
	ck_assert_int_eq(apply(), 75);
	ck_assert_ptr_nonnull(strstr(err, "/post.d/10-no said no: "));
	fake.attempts = &updated;
	fake.updates = 0;
	put("pre.d/10-no", "exit 1");
	ck_assert_int_eq(apply(), 78);
	ck_assert_ptr_nonnull(strstr(err, "/post.d/10-no said no: "));
	ck_assert_int_eq(fake.updates, 0);
}
END_TEST

START_TEST(none_is_run_where_nothing_is_changed)
{
	put("pre.d/10-run", "touch $d/was-run");
	put("post.d/10-run", "touch $d/was-run");
	options.dry_run = true;
	ck_assert_int_eq(apply(), 0);
	shell("! test -e '%s/etc/tdxupd/was-run'", directory);
	shell("rm -r '%s/etc'", directory);
	options.dry_run = false;
	ck_assert_int_eq(apply(), 0);
}
END_TEST

/* What an engine for many hosts asks first. */
START_TEST(dry_run_tells_whether_anything_would_change)
{
	options.dry_run = true;
	ck_assert_int_eq(apply_json(&options), 0);
	ck_assert(json_is_true(at("would_change", NULL)));
	ck_assert(json_is_false(at("changed", NULL)));
	memcpy(fake.status.module.mrseam, blob.sig.seamhash, TDXU_SHA384_BYTES);
	ck_assert_int_eq(apply_json(&options), 0);
	ck_assert(json_is_false(at("would_change", NULL)));
	options.dry_run = false;
	ck_assert_int_eq(apply_json(&options), 0);
	ck_assert(json_is_null(at("would_change", NULL)));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("hooks");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, are_told_what_apply_tells);
	tcase_add_test(tc, run_in_the_order_of_their_names);
	tcase_add_loop_test(tc, one_that_says_no_or_is_not_sound_refuses, 0,
			    sizeof(refusals) / sizeof(*refusals));
	tcase_add_loop_test(tc, one_that_hangs_is_killed, 0, 3);
	tcase_add_test(tc, what_is_left_behind_holds_nobody_up);
	tcase_add_test(tc, one_that_cannot_be_started_refuses);
	tcase_add_test(tc, those_after_change_nothing);
	tcase_add_test(tc, dry_run_tells_whether_anything_would_change);
	tcase_add_test(tc, none_is_run_where_nothing_is_changed);
	return run_suite("cli hooks", tc);
}
