// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A directory that a mirror job works on while it is looked at, or that somebody has laid links in.
 * What happens, happens when a file has been looked at: stat() and fstat() are replaced (Makefile,
 * -Wl,--wrap).
 */
#include <sys/sysmacros.h>

#include "cli_folder.h"

#define NEWEST "joined_files/1.5/tdx_module_1.5.28.blob"
#define OLD "joined_files/1.5/tdx_module_1.5.24.blob"

/* Whenever a file with this name has been looked at, so many times; before that, it is not. */
static struct {
	const char *name;
	void (*act)(void);
	u32 skip, times;
} job;

/* The administrator allows "newer" alone. */
static struct blob other;

extern __typeof__(fstat) __real_fstat, __wrap_fstat;
extern __typeof__(stat) __real_stat, __wrap_stat;

static void happen(const char *path)
{
	if (!job.times || !strstr(path, job.name) || job.skip--)
		return;
	job.skip = 0;
	job.times--;
	job.act();
}

int __wrap_fstat(int fd, struct stat *st)
{
	int err = __real_fstat(fd, st);
	char link[64], path[512];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	happen(path);
	return err;
}

int __wrap_stat(const char *path, struct stat *st)
{
	int err = __real_stat(path, st);

	happen(path);
	return err;
}

static void swap(void)
{
	char to[256];

	snprintf(to, sizeof(to), "%s", place(NEWEST));
	put("next", &other, sizeof(other));
	ck_assert_int_eq(rename(place("next"), to), 0);
}

static void withdraw(void) { unlink(place(NEWEST)); }
static void touch(void) { ck_assert_int_eq(utimensat(AT_FDCWD, place(OLD), NULL, 0), 0); }

static void allow_newer(void)
{
	char hex[2 * TDXU_SHA384_BYTES + 1];
	char command[512];

	tdxu_hex(newer.sig.seamhash, TDXU_SHA384_BYTES, hex);
	snprintf(command, sizeof(command), "mkdir -p '%s/etc/tdxupd' && echo %s >'%s/etc/tdxupd/allowed'",
		 directory, hex, directory);
	ck_assert_int_eq(system(command), 0);
}

static void start(const char *name, void (*act)(void), u32 times)
{
	put(OLD, &runs, sizeof(runs));
	put(NEWEST, &newer, sizeof(newer));
	make(&other, 30);
	allow_newer();
	job.name = name;
	job.act = act;
	job.times = times;
	job.skip = 0;
}

static void swap_once(void) { start("1.5.28.blob", swap, 1); }
static void withdraw_once(void) { start("1.5.24.blob", withdraw, 1); }
static void touch_always(void) { start("1.5.28.blob", touch, 1000); }

static const struct row mirrored[] = {
	/* What took the place of the image that was checked is checked, too, and not allowed. */
	{ swap_once, "apply --newest DIR/tdx", 0,
	  "tdxupd: apply DIR/tdx: 1.5.28 is left out: * not among what /etc/tdxupd/allowed allows" },
	{ withdraw_once, "apply --newest DIR/tdx", 0,
	  "tdxupd: apply DIR/tdx: nothing to do: no image is newer than the running module 1.5.24" },
	{ touch_always, "apply --newest DIR/tdx", 75,
	  "tdxupd: DIR/tdx: files in it come and go while they are looked at; try again later, or let --retry-for do that" },
	{ touch_always, "list DIR/tdx", 75,
	  "tdxupd: DIR/tdx: files in it come and go while they are looked at; try again later, or let --retry-for do that" },
};

START_TEST(while_a_mirror_works)
{
	try_row(&mirrored[_i]);
	ck_assert_int_eq(fake.updates, 0);
	job.times = 0;
}
END_TEST

/* --- a signal, in the midst of it ------------------------------------------------------------- */

static u32 looked_at;
static void interrupt(void) { looked_at++; fake.interrupted = true; }

/* Whatever is looked at, of some hundred. */
static void interrupt_at(u32 nth)
{
	char name[64];

	start("joined_files/1.5/tdx_module_", interrupt, 1000);
	for (u32 i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "joined_files/1.5/tdx_module_1.4.%02u.blob", i);
		put(name, "x", 1);
	}
	job.skip = nth;
}

static void interrupt_first(void) { interrupt_at(0); }
static void interrupt_midway(void) { interrupt_at(70); }

#define STOPPED ": it was interrupted, nothing has changed; run it again"

static const struct row stopped[] = {
	{ interrupt_first, "apply --newest DIR/tdx", 75, "tdxupd: apply DIR/tdx" STOPPED },
	{ interrupt_midway, "apply --newest DIR/tdx --retry-for 1h", 75,
	  "tdxupd: apply DIR/tdx" STOPPED },
	{ interrupt_midway, "apply DIR/tdx/" NEWEST, 75, "tdxupd: apply DIR/tdx/" NEWEST STOPPED },
	{ interrupt_midway, "list DIR/tdx", 75, "tdxupd: DIR/tdx" STOPPED },
};

/* What is being read is read to its end, and nothing else is looked at. */
START_TEST(a_signal_ends_the_search)
{
	try_row(&stopped[_i]);
	ck_assert_uint_le(looked_at, 2); /* of one file, its path and what it is */
	ck_assert_uint_eq(fake.uploaded_bytes[TDX_UPDATE_SLOT_TARGET], 0);
	ck_assert_uint_eq(fake.sleeps, 0);
	job.times = 0;
}
END_TEST

/* Once checked, it is not read again, whatever has its name by then. */
START_TEST(after_it_was_judged)
{
	start(OLD, swap, 1);
	job.skip = 1; /* it is looked at, and then is to be the fallback */
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 0);
	ck_assert_int_eq(memcmp(fake.uploaded[TDX_UPDATE_SLOT_TARGET], &newer, sizeof(newer)), 0);
}
END_TEST

/* --- links and devices ------------------------------------------------------------------------ */

static const char *outside(void) { return put_file("outside.blob", &newer, sizeof(newer)); }
static void link_out(void) { put_runs(); ck_assert_int_eq(symlink(outside(), place(NEWEST)), 0); }

static void link_up(void)
{
	outside();
	put_runs();
	ck_assert_int_eq(symlink("../../../outside.blob", place(NEWEST)), 0);
}

static void link_sigstruct_out(void)
{
	put_runs();
	put("joined_files/1.5/tdx_module_1.5.28.so", newer.module, MODULE_BYTES);
	ck_assert_int_eq(symlink(put_file("outside.sigstruct", &newer.sig, sizeof(newer.sig)),
				 place("joined_files/1.5/tdx_module_1.5.28.sigstruct")), 0);
}

#define LINK ": it is a link out of the directory, and none is followed; put the file itself there"

static const struct row linked[] = {
	{ link_out, "apply --newest DIR/tdx", 65, "tdxupd: DIR/tdx/" NEWEST ": 1.5.28 is there and cannot be used" LINK },
	{ link_up, "apply --newest DIR/tdx", 65, "tdxupd: DIR/tdx/" NEWEST ": 1.5.28 is there and cannot be used" LINK },
	{ link_sigstruct_out, "apply --newest DIR/tdx", 65,
	  "tdxupd: DIR/tdx/joined_files/1.5/tdx_module_1.5.28.so: 1.5.28 is there and cannot be used" LINK },
};

START_TEST(no_link_leads_out)
{
	try_row(&linked[_i]);
	ck_assert_int_eq(fake.updates, 0);
}
END_TEST

START_TEST(links_within_are_followed)
{
	put_runs();
	put("joined_files/newer.blob", &newer, sizeof(newer));
	ck_assert_int_eq(symlink("../newer.blob", place(NEWEST)), 0);
	ck_assert_int_eq(run_line("apply --newest DIR/tdx"), 0);
	ck_assert_int_eq(fake.updates, 1);
}
END_TEST

/* A device has the path when the file has been looked at: it is not opened. */
static void put_fifo(void)
{
	const char *path = path_of("x.blob");

	ck_assert_int_eq(rename(path, path_of("y.blob")), 0);
	ck_assert_int_eq(mkfifo(path, 0644), 0);
}

START_TEST(opened_is_what_was_looked_at)
{
	put_file("x.blob", &newer, sizeof(newer));
	job.name = "x.blob";
	job.act = put_fifo;
	job.times = 1;
	ck_assert_int_eq(run_line("inspect DIR/x.blob"), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("mirror");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, while_a_mirror_works, 0, ARRAY_SIZE(mirrored));
	tcase_add_loop_test(tc, a_signal_ends_the_search, 0, ARRAY_SIZE(stopped));
	tcase_add_test(tc, after_it_was_judged);
	tcase_add_loop_test(tc, no_link_leads_out, 0, ARRAY_SIZE(linked));
	tcase_add_test(tc, links_within_are_followed);
	tcase_add_test(tc, opened_is_what_was_looked_at);
	return run_suite("cli mirror", tc);
}
