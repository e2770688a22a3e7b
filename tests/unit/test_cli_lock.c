// SPDX-License-Identifier: GPL-2.0-or-later
/* One `tdxupd apply` at a time; and files that are there whole or not at all. */
#include <signal.h>
#include <sys/wait.h>

#include "cli_fake.h"
#include "file.h"
#include "lock.h"
#include "save.h"

static const struct attempt updated = { .outcome = TDX_UPDATE_OUTCOME_UPDATED };
static struct tdxu_options options;
static struct tdxu_error error;

static void setup(void)
{
	struct blob blob;

	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	options = (struct tdxu_options){ .image = put_file("new.blob", &blob, sizeof(blob)) };
	fake.attempts = &updated;
	fake.nr = 1;
	fill_module(&fake.status.module, 24);
	paths_setup();
}

static int apply(void)
{
	return apply_json(&options);
}

static pid_t hold_lock(int *done)
{
	int ready[2], end[2];
	char c;
	pid_t pid;
	int fd;

	ck_assert_int_eq(pipe(ready) | pipe(end), 0);
	pid = fork();
	if (!pid) {
		c = tdxu_lock_take(fake_paths.lock, "x", &fd, &error) == TDXU_EXIT_OK;
		close(end[1]);
		if (write(ready[1], &c, 1) == 1 && read(end[0], &c, 1) == 0)
			_exit(0);
		_exit(1);
	}
	close(ready[1]);
	close(end[0]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_int_eq(c, 1);
	close(ready[0]);
	*done = end[1];
	return pid;
}

START_TEST(one_at_a_time)
{
	int status, done;
	pid_t pid = hold_lock(&done);

	ck_assert_int_eq(apply(), 75);
	ck_assert_str_eq(json_string_value(at("error", "why")),
			 "another tdxupd is already applying an image");
	ck_assert_int_eq(fake.updates, 0);
	close(done);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(apply(), 0);
}
END_TEST

START_TEST(the_lock_dies_with_its_holder)
{
	int done;
	pid_t pid = hold_lock(&done);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(apply(), 0);
	close(done);
}
END_TEST

START_TEST(the_lock_is_waited_for)
{
	int done;
	pid_t pid = hold_lock(&done);

	options.retry_ms = 3000;
	options.quiet = true;
	ck_assert_int_eq(apply(), 75);
	ck_assert_uint_eq(fake.now_ms, 3000);
	ck_assert_int_gt(json_integer_value(at("attempts", NULL)), 2);
	close(done);
	waitpid(pid, NULL, 0);
}
END_TEST

/* What is newest, is asked when nobody else can change the answer any more. */
START_TEST(the_lock_comes_before_the_choice)
{
	int done;
	pid_t pid = hold_lock(&done);

	options = (struct tdxu_options){ .newest = "/nonexistent" };
	ck_assert_int_eq(apply(), 75);
	close(done);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(apply(), 65);
}
END_TEST

START_TEST(nobody_else_may_hold_it)
{
	char path[256];
	struct stat st;

	ck_assert_int_eq(apply(), 0);
	ck_assert_int_eq(stat(fake_paths.lock, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0700);
	snprintf(path, sizeof(path), "%s/lock", fake_paths.lock);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(no_place_for_the_lock)
{
	const char *lock = fake_paths.lock;

	fake_paths.lock = "/nonexistent/tdxupd";
	ck_assert_int_eq(apply(), 1);
	ck_assert_ptr_nonnull(strstr(json_string_value(at("error", "fix")), "/run"));
	fake_paths.lock = lock;
}
END_TEST

/* Saving */

START_TEST(does_not_replace_unless_told)
{
	const char *path = path_of("there");
	struct tdxu_save save = { path, "one", 3, 0644, false, false };
	struct tdxu_file file = { 0 };

	ck_assert_int_eq(tdxu_save(&save, &error), 0);
	save.data = "two";
	ck_assert_int_eq(tdxu_save(&save, &error), TDXU_EXIT_USAGE);
	ck_assert_int_eq(tdxu_file_read(path, 9, "a file", &file, &error), 0);
	ck_assert_mem_eq(file.data, "one", 3);
	free(file.data);
	save.replace = true;
	ck_assert_int_eq(tdxu_save(&save, &error), 0);
	ck_assert_int_eq(tdxu_file_read(path, 9, "a file", &file, &error), 0);
	ck_assert_mem_eq(file.data, "two", 3);
	free(file.data);
}
END_TEST

/* A full disk: nothing of it stays, and what was there does. */
START_TEST(disk_full)
{
	char link[128];
	struct tdxu_save save = { "/dev/full/x", "one", 3, 0644, false, false };

	ck_assert_int_ne(tdxu_save(&save, &error), 0);
	snprintf(link, sizeof(link), "%s/nowhere/x", directory);
	save.path = link;
	ck_assert_int_ne(tdxu_save(&save, &error), 0);
	ck_assert_str_ne(error.fix, "");
}
END_TEST

/* What killed runs have left goes; what may be another run's stays, and what is a person's. */
START_TEST(leftovers)
{
	static const struct timespec old[2];
	struct tdxu_save save = { path_of("list"), "x", 1, 0600, true, false };

	put_file("list.new.0a1b2c", "x", 1);
	put_file("list.new.3d4e5f", "x", 1);
	put_file("list.backup", "x", 1);
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of("list.new.0a1b2c"), old, 0), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, path_of("list.backup"), old, 0), 0);
	ck_assert_int_eq(tdxu_save(&save, &error), 0);
	ck_assert_int_ne(access(path_of("list.new.0a1b2c"), F_OK), 0);
	ck_assert_int_eq(access(path_of("list.new.3d4e5f"), F_OK), 0);
	ck_assert_int_eq(access(path_of("list.backup"), F_OK), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("lock");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_test(tc, one_at_a_time);
	tcase_add_test(tc, the_lock_dies_with_its_holder);
	tcase_add_test(tc, the_lock_is_waited_for);
	tcase_add_test(tc, the_lock_comes_before_the_choice);
	tcase_add_test(tc, nobody_else_may_hold_it);
	tcase_add_test(tc, no_place_for_the_lock);
	tcase_add_test(tc, does_not_replace_unless_told);
	tcase_add_test(tc, disk_full);
	tcase_add_test(tc, leftovers);
	return run_suite("cli lock", tc);
}
