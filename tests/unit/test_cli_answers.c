// SPDX-License-Identifier: GPL-2.0-or-later
/* What tdxupd says of the driver's answers, and of what an apply meets on its way. */
#include <sys/file.h>
#include <sys/stat.h>

#include "kept.h"
#include "lock.h"
#include "messages.h"

static struct blob blob;
static struct attempt attempt;

/* 1.5.24 runs; DIR/x.blob is another module. */
static void setup(void)
{
	paths_setup();
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	put_file("x.blob", &blob, sizeof(blob));
	fill_module(&fake.status.module, 24);
	attempt = (struct attempt){ .outcome = TDX_UPDATE_OUTCOME_UPDATED };
	fake.attempts = &attempt;
	fake.nr = 1;
}

/* --- errors without the driver's own words ---------------------------------------------------- */

static const struct {
	int errnum;
	struct row row;
} faults[] = {
#define FAULT(errnum, code, text) \
	{ errnum, { NULL, "apply DIR/x.blob", code, "tdxupd: apply DIR/x.blob: " text } }
	FAULT(EPERM, 77, "only the administrator may replace the TDX module; run it as root, in the initial user namespace"),
	FAULT(EACCES, 77, "permission denied; run it as root"),
	FAULT(ENODEV, 69, "neither the driver tdx_update is loaded nor the kernel's own updater; load one with `modprobe tdx_update`, or from Linux 7.2 on `modprobe tdx-host`, and see `dmesg` if that fails"),
	FAULT(EOPNOTSUPP, 69, "this host cannot update its TDX module; see the blockers that `tdxupd status` lists"),
	FAULT(EPROTONOSUPPORT, 69, "the driver's answer has an unknown form; install tdxupd and tdx_update of the same version"),
	FAULT(EBUSY, 75, "another program is uploading an image, or an update is running; try again later, or let --retry-for do that"),
	FAULT(EALREADY, 75, "an update is already running; wait for its result in `tdxupd status`"),
	FAULT(ENOENT, 1, "the driver does not have the image any more; try again, and see `dmesg` if the driver was reloaded meanwhile"),
	FAULT(ENOMEM, 1, "out of memory; free some memory and try again"),
	FAULT(ENOTRECOVERABLE, 70, "the TDX module was lost in an earlier update; reboot the host"),
	FAULT(ENOSPC, 78, "P-SEAMLDR takes no more updates until the next boot; reboot the host"),
	FAULT(EDOM, 1, "the driver answered EDOM (Numerical argument out of domain); see `dmesg` and `tdxupd status` for more"),
	FAULT(9999, 1, "the driver answered an unknown error (Unknown error 9999); see `dmesg` and `tdxupd status` for more"),
};

START_TEST(of_faults)
{
	attempt.update = faults[_i].errnum;
	try_row(&faults[_i].row);
}
END_TEST

static const struct {
	u32 outcome;
	struct row row;
} outcomes[] = {
#define OUTCOME(outcome, code, text) \
	{ TDX_UPDATE_OUTCOME_##outcome, \
	  { NULL, "apply DIR/x.blob", code, "tdxupd: apply DIR/x.blob: " text } }
	OUTCOME(BUSY, 75, "the update would have hurt a TD and was not begun; try again later, or let --retry-for do that"),
	OUTCOME(REFUSED, 1, "the preflight check refused, nothing has changed; see the blockers that `tdxupd status` lists"),
	OUTCOME(FAILED, 74, "the TDX module would not shut down; it still runs, and so do all TDs; see `tdxupd status` for the SEAMCALL status, and report it"),
	OUTCOME(ROLLED_BACK, 74, "the image could not be installed; the fallback image runs now, and so do all TDs; see `tdxupd status` for the SEAMCALL status, and try another image"),
	OUTCOME(LOST, 70, "the TDX module is lost and its TDs are gone; reboot the host"),
	OUTCOME(LOST + 1, 71, "it ended in a way that this version of tdxupd does not know; see `tdxupd status` and `dmesg` for what runs now, and install tdxupd and tdx_update of the same version"),
	OUTCOME(NONE, 71, "it ended in a way that this version of tdxupd does not know; see `tdxupd status` and `dmesg` for what runs now, and install tdxupd and tdx_update of the same version"),
};

START_TEST(of_outcomes)
{
	attempt.outcome = outcomes[_i].outcome;
	try_row(&outcomes[_i].row);
}
END_TEST

/* --- apply ------------------------------------------------------------------------------------ */

static void interrupt(void) { fake.interrupted = true; }
static void interrupt_twice(void) { attempt.wait = attempt.second_wait = EINTR; }
static void interrupt_in_vain(void) { attempt.wait = EINTR; attempt.second_wait = ETIMEDOUT; }
static void lose_result(void) { attempt.wait = ENOMEM; }
static void lose_answer(void) { attempt.update = EPROTONOSUPPORT; attempt.unsure = true; }
static void fail_keep(void) { fclose(fopen(fake_paths.state, "w")); }
static void no_module(void) { fake.status.module.present = false; }
static void metadata_changes(void) { attempt.metadata = "TDCS_BASE_SIZE 16384 -> 20480"; }

static void newer_driver(void) { strcpy(fake.checks.beyond, "check 5"); }

static void make_state(void) { ck_assert_int_eq(mkdir(fake_paths.state, 0700), 0); }

static void no_history(void)
{
	make_state();
	ck_assert_int_eq(mkdir(expand("DIR/state/history.jsonl"), 0700), 0);
}

static void no_history_for_others(void)
{
	no_history();
	fill_result(&fake.status.result, &attempt, 1);
}

static void secret_history(void) { make_state(); be_nobody(); }

static void odd_history(void)
{
	make_state();
	put_file("state/history.jsonl", "odd\n", 4);
}

static void be_busy(void)
{
	attempt = (struct attempt){ .outcome = TDX_UPDATE_OUTCOME_BUSY,
				    .message = "2 TDs are being built" };
}

/* What is in the place of the lock for builds, cannot be locked. */
static void be_busy_unheld(void)
{
	char path[512];

	be_busy();
	attempt.busy_reason = TDX_UPDATE_BUSY_TD_BUILD;
	mkdir(fake_paths.lock, 0700);
	snprintf(path, sizeof(path), "%s/hold", fake_paths.lock);
	mkdir(path, 0700);
}

static void no_lock(void)
{
	free((char *)fake_paths.lock);
	fake_paths.lock = strdup(expand("DIR/none/run"));
}

static void lock_denied(void)
{
	ck_assert_int_eq(chmod(directory, 0555), 0);
	be_nobody();
}

static void lock_held(void)
{
	struct tdxu_error ignored;
	int fd;

	ck_assert_int_eq(tdxu_lock_take(fake_paths.lock, "x", &fd, &ignored), 0);
}

/* Held by nobody, and not to be had either. */
static void lock_in_vain(void) { broken = NO_LOCK; }

extern __typeof__(flock) __real_flock, __wrap_flock;
int __wrap_flock(int fd, int operation)
{
	if (broken != NO_LOCK)
		return __real_flock(fd, operation);
	errno = ENOLCK;
	return -1;
}

extern __typeof__(realloc) __real_realloc, __wrap_realloc;
void *__wrap_realloc(void *memory, size_t size)
{
	return broken == NO_MALLOC ? NULL : __real_realloc(memory, size);
}

/* The module that runs, as an image that was kept. */
static void keep(void)
{
	blob.module[4096]++;
	fill_sigstruct(&blob);
	blob.sig.reserved3[0] = 14; /* it says that it is 2.0.14 */
	blob.sig.reserved3[3] = 2;
	sign(&blob.sig);
	seal(&blob);
	keep_blob(fake_paths.state, &blob);
	memcpy(fake.status.module.mrseam, blob.sig.seamhash, TDXU_SHA384_BYTES);
	fake.status.module.major = 2;
	fake.status.module.minor = 0;
	fake.status.module.update = 14;
}

static void keep_unfit(void) { keep(); fake.unfit = 1 << TDX_UPDATE_SLOT_FALLBACK; }
static void keep_other(void) { keep(); fake.status.module.mrseam[0]++; }
static void keep_older(void) { keep(); fake.status.module.update++; }
static void keep_unknown(void) { keep(); fake.status.module.present = false; }
static void keep_secret(void) { keep(); be_nobody(); }

static const struct row apply_rows[] = {
	{ interrupt, "apply DIR/x.blob", 75,
	  "tdxupd: apply DIR/x.blob: it was interrupted, nothing has changed; run it again" },
#define SEE "; see `tdxupd status` for how it has ended, and `dmesg` if that does not tell"
	{ interrupt_twice, "apply DIR/x.blob", 71,
	  "tdxupd: apply DIR/x.blob: update #1 was begun, and its result is not known: it was interrupted once more" SEE },
	{ interrupt_in_vain, "apply DIR/x.blob", 71,
	  "tdxupd: apply DIR/x.blob: update #1 was begun, and its result is not known: none has come for a minute since it was interrupted" SEE },
	{ lose_result, "apply DIR/x.blob", 71,
	  "tdxupd: apply DIR/x.blob: update #1 was begun, and its result is not known: out of memory" SEE },
	{ lose_answer, "apply DIR/x.blob", 71,
	  "tdxupd: apply DIR/x.blob: whether update #1 was begun is not known: the driver's answer has an unknown form" SEE },
	{ be_busy_unheld, "apply DIR/x.blob --hold-builds=1s --quiet", 75,
	  "tdxupd: apply DIR/x.blob: builds of TDs could not be held: */hold cannot be locked (Is a directory); it is tried without: see who has it (lslocks), or what is in its place" },
	{ be_busy, "apply DIR/x.blob --retry-for 2s", 75,
	  "tdxupd: apply DIR/x.blob: 2 TDs are being built, after 7 attempts in 2s; try again later, or with a longer --retry-for" },
	{ no_lock, "apply DIR/x.blob", 1,
	  "tdxupd: apply DIR/x.blob: the lock file DIR/none/run/lock cannot be locked (No such file or directory); check that /run is there and writable" },
	{ lock_denied, "apply DIR/x.blob", 77,
	  "tdxupd: apply DIR/x.blob: the lock file DIR/run/lock cannot be locked (Permission denied); run it as root" },
	{ lock_in_vain, "apply DIR/x.blob", 1,
	  "tdxupd: apply DIR/x.blob: the lock file DIR/run/lock cannot be locked (No locks available); check that /run is there and writable" },
	{ lock_held, "apply DIR/x.blob", 75,
	  "tdxupd: apply DIR/x.blob: another tdxupd is already applying an image; wait until it has ended (`lslocks` names its process), or let --retry-for do that" },
	{ fail_keep, "apply DIR/x.blob", 0,
	  "tdxupd: apply DIR/x.blob: the image could not be kept as a fallback: DIR/state/*.blob: it could not be written (Not a directory); check the directory and the file system" },
	{ keep_unfit, "apply DIR/x.blob", 0,
	  "tdxupd: apply DIR/x.blob: there is no fallback: DIR/state/*.blob cannot be one here: it goes back" },
	{ keep_other, "apply DIR/x.blob", 0,
	  "tdxupd: apply DIR/x.blob: there is no fallback: the kept image is not used, because its SEAMHASH is not the MRSEAM of the running module 2.0.14" },
	{ no_history, "apply DIR/x.blob --quiet", 0,
	  "tdxupd: apply DIR/x.blob: the history is not complete: DIR/state/history.jsonl: the history cannot be read or written (Is a directory); check the file and the file system" },
	{ no_history, "history", 1,
	  "tdxupd: DIR/state/history.jsonl: the history cannot be read or written (Is a directory); check the file and the file system" },
	{ secret_history, "history", 77,
	  "tdxupd: DIR/state/history.jsonl: the history cannot be read or written (Permission denied); run it as root" },
	{ odd_history, "history", 0,
	  "tdxupd: history: 1 lines of DIR/state/history.jsonl are not readable as attempts; look at them, and remove them if nobody misses them" },
	{ no_history_for_others, "apply DIR/x.blob --quiet", 0,
	  "tdxupd: apply DIR/x.blob: an earlier attempt could not be recorded: DIR/state/history.jsonl: the history cannot be read or written (Is a directory); check the file and the file system" },
	{ metadata_changes, "apply DIR/x.blob --quiet", 0,
	  "tdxupd: apply DIR/x.blob: TDCS_BASE_SIZE 16384 -> 20480 changed, but kernel and KVM keep the old value; reboot before new TDs start" },

	{ newer_driver, "apply DIR/x.blob --dry-run --quiet", 0,
	  "tdxupd: apply DIR/x.blob: check 5: the driver tells more of its checks than this tdxupd knows; install that of its version" },

	{ keep_older, "status", 0,
	  "Kept image      not used as fallback: it has another version than the running module 2.0.15 *" },
	{ keep_unknown, "status", 0,
	  "Kept image      not known: nothing tells the hash of the running module" },
	{ keep_secret, "status", 0, "Kept image      not known: only root may read it" },
};

START_TEST(of_apply)
{
	try_row(&apply_rows[_i]);
	chmod(directory, 0755);
}
END_TEST

/* --- the kernel's own updater ----------------------------------------------------------------- */

static void unguarded(void) { fake_backend.unguarded = true; }

/* It tells the version, and no more. */
static void unguarded_with(u32 major, u32 minor, u32 update)
{
	unguarded();
	fake.status.module = (struct tdxu_module){ .present = true, .only_version = true,
						   .major = major, .minor = minor,
						   .update = update };
}

static void unguarded_2_0(void)
{
	unguarded_with(2, 0, 14);
	put_file("tdx_module_1.5.28.blob", &blob, sizeof(blob));
}

static void unguarded_same(void)
{
	keep();
	put_file("x.blob", &blob, sizeof(blob));
	unguarded_with(2, 0, 14);
}

#define BLIND "the kernel's own updater cannot see a TD that is being built or migrated, and would corrupt it"

static void unguarded_unsure(void) { unguarded_same(); fake.status.module.unsure = true; }

#define UNSURE "whether there is anything to do is not known: the kernel tells "
#define LOAD ", and does not hear of an update by tdx_update, which may have been loaded since the boot; load tdx_update, which asks the module itself, and run it again"

enum { UNGUARDED_SAME = 4 };

static const struct row unguarded_rows[] = {
	{ unguarded, "apply DIR/x.blob", 78,
	  "tdxupd: apply DIR/x.blob: " BLIND "; load tdx_update, or make sure that no TD is being built and add --at-own-risk" },
	{ unguarded, "apply DIR/x.blob --at-own-risk --fallback DIR/x.blob", 64,
	  "tdxupd: apply DIR/x.blob: the kernel's own updater has no fallback; leave out --fallback, or load tdx_update" },
	{ unguarded_2_0, "apply DIR/tdx_module_1.5.28.blob --at-own-risk", 65,
	  "tdxupd: apply DIR/tdx_module_1.5.28.blob: the running module 2.0.14 cannot be followed by this one under TDs, and the kernel's own updater would find out too late; take a newer module of the running series" },
	{ unguarded_unsure, "apply DIR/x.blob --at-own-risk", 78,
	  "tdxupd: apply DIR/x.blob: " UNSURE "2.0.14" LOAD },
	[UNGUARDED_SAME] = { unguarded_same, "apply DIR/x.blob --at-own-risk", 0,
	  "tdxupd: apply DIR/x.blob: nothing to do: 2.0.14 runs already" },
	{ unguarded_same, "apply DIR/x.blob --at-own-risk", 0,
	  "tdxupd: apply DIR/x.blob: " BLIND "; there is no fallback either" },
};

/* A program before an update would refuse this one, if it were run. */
START_TEST(of_an_unguarded_updater_with_nothing_to_do)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command),
		 "cd %s && mkdir -p etc/tdxupd/pre.d && ln -s /bin/false etc/tdxupd/pre.d/10-no",
		 directory);
	ck_assert_int_eq(system(command), 0);
	try_row(&unguarded_rows[UNGUARDED_SAME]);
	snprintf(command, sizeof(command), "rm -r %s/etc", directory);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(of_an_unguarded_updater)
{
	try_row(&unguarded_rows[_i]);
}
END_TEST

/* --- directories: test_cli_list has the verdicts ---------------------------------------------- */

static void make_tree(const char *mapping)
{
	ck_assert_int_eq(mkdir(path_of("tdx"), 0755), 0);
	put_file("tdx/mapping_file.json", mapping, strlen(mapping));
}

#define NO_RELEASES "{ \"tdx_module_releases\": [] }"

static void make_nothing(void) { mkdir(path_of("tdx"), 0755); }
static void make_half(void) { make_tree("{ \"x\": ["); }
static void make_other(void) { make_tree("{}"); }
static void make_bare(void) { make_tree(NO_RELEASES); }

static void make_one(void)
{
	make_tree(NO_RELEASES);
	put_file("tdx/x.blob", &blob, sizeof(blob));
}

static void make_newer(void)
{
	make_tree(NO_RELEASES);
	put_file("tdx/tdx_module_1.5.28.blob", &blob, sizeof(blob));
}

static void make_unread(void)
{
	make_one();
	ck_assert_int_eq(chmod(path_of("tdx"), 0311), 0);
	be_nobody();
}

static void make_one_in_vain(void) { make_one(); broken = NO_MALLOC; }

static void make_running(void)
{
	make_tree(NO_RELEASES);
	put_file("tdx/x_1.5.24.blob", &blob, sizeof(blob));
}

static void make_one_unguarded(void) { make_running(); no_module(); }

static void make_one_unsure(void)
{
	make_running();
	fake.status.module.only_version = fake.status.module.unsure = true;
}

static const struct row tree_rows[] = {
	{ make_nothing, "list DIR/tdx", 65,
	  "tdxupd: DIR/tdx: there is no image in it; give the directory as its publisher has it, with joined_files and mapping_file.json" },
	{ make_half, "list DIR/tdx", 65,
	  "tdxupd: DIR/tdx/mapping_file.json: it is not JSON: * in line 1; get the file again from its publisher" },
	{ make_other, "list DIR/tdx", 65,
	  "tdxupd: DIR/tdx/mapping_file.json: it has no list tdx_module_releases; get the file again from its publisher" },
	{ make_bare, "list DIR/tdx", 65,
	  "tdxupd: DIR/tdx: there is no image in it; give the directory as its publisher has it, with joined_files and mapping_file.json" },
	{ make_unread, "list DIR/tdx", 77,
	  "tdxupd: DIR/tdx: it could not be looked at (Permission denied); run it as a user who may read the directory" },
	{ make_one_in_vain, "list DIR/tdx", 1,
	  "tdxupd: DIR/tdx/x.blob: it could not be looked at (Cannot allocate memory); check the directory, and free some memory" },
	{ make_newer, "apply --newest DIR/tdx", 78,
	  "tdxupd: apply DIR/tdx: 1.5.28 is newer than what runs and cannot be taken: the mapping file does not list its version; see `tdxupd list` for all of them" },
	{ make_one_unguarded, "apply --newest DIR/tdx", 69,
	  "tdxupd: apply DIR/tdx: nothing tells which TDX module runs here; see the blockers that `tdxupd status` lists" },
	{ make_one_unsure, "apply --newest DIR/tdx", 78,
	  "tdxupd: apply DIR/tdx: " UNSURE "1.5.24" LOAD },
	{ make_running, "apply --newest DIR/tdx", 0,
	  "tdxupd: apply DIR/tdx: nothing to do: no image is newer than the running module 1.5.24" },
};

START_TEST(of_directories)
{
	char command[128];

	try_row(&tree_rows[_i]);
	snprintf(command, sizeof(command), "rm -rf '%s/tdx'", directory);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

/* --- on a busy host -------------------------------------------------------------------------- */

#define HELP "; see `tdxupd help apply`"

static const struct row busy_rows[] = {
	{ NULL, "apply x --retry-for 1m --retry-cap 0s", 64,
	  "tdxupd: apply: '0s' is not a wait like 1s or 30s, of 1s to 1h" HELP },
	{ NULL, "apply x --retry-for 1m --retry-cap 61m", 64,
	  "tdxupd: apply: '61m' is not a wait like 1s or 30s, of 1s to 1h" HELP },
	{ NULL, "apply x --retry-for 1m --retry-cap=soon", 64,
	  "tdxupd: apply: 'soon' is not a wait like 1s or 30s, of 1s to 1h" HELP },
	{ NULL, "apply x --hold-builds=0s", 64,
	  "tdxupd: apply: '0s' is not a time to hold builds, like 30s or 2m, of 1s to 10m" HELP },
	{ NULL, "apply x --hold-builds=601s", 64,
	  "tdxupd: apply: '601s' is not a time to hold builds, like 30s or 2m, of 1s to 10m" HELP },
	{ NULL, "apply x --hold-builds=yes", 64,
	  "tdxupd: apply: 'yes' is not a time to hold builds, like 30s or 2m, of 1s to 10m" HELP },
	{ NULL, "apply x --hold-builds=", 64,
	  "tdxupd: apply: the value of --hold-builds is empty" HELP },
	{ NULL, "apply x --retry-cap 5s", 64,
	  "tdxupd: apply: --retry-cap is of the waits that --retry-for allows" HELP },
};

START_TEST(of_a_busy_host)
{
	try_row(&busy_rows[_i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("answers");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, of_faults, 0, ARRAY_SIZE(faults));
	tcase_add_loop_test(tc, of_outcomes, 0, ARRAY_SIZE(outcomes));
	tcase_add_loop_test(tc, of_apply, 0, ARRAY_SIZE(apply_rows));
	tcase_add_test(tc, of_an_unguarded_updater_with_nothing_to_do);
	tcase_add_loop_test(tc, of_an_unguarded_updater, 0, ARRAY_SIZE(unguarded_rows));
	tcase_add_loop_test(tc, of_directories, 0, ARRAY_SIZE(tree_rows));
	tcase_add_loop_test(tc, of_a_busy_host, 0, ARRAY_SIZE(busy_rows));
	return run_suite("cli answers", tc);
}
