// SPDX-License-Identifier: GPL-2.0-or-later
/* `tdxupd status --prometheus --nfd`: labels, for Kubernetes. */
#define _GNU_SOURCE /* strptime */
#include <regex.h>
#include <sys/stat.h>

#include "cli_fake.h"
#include "tcb_files.h"

static void setup(void)
{
	paths_setup();
	fake.status = (struct tdxu_status){ .cpus_online = 4, .cpus_present = 4,
					    .state = TDX_UPDATE_STATE_IDLE };
	fill_module(&fake.status.module, 28);
}

static void put_tcb(const char *name, const char *text)
{
	put_file(name, text, strlen(text));
}

static void expect(const char *line)
{
	ck_assert_msg(strstr(out, line) != NULL, "no '%s' in:\n%s", line, out);
}

static char labels[1024];

/* What Kubernetes takes as a label: the name behind the prefix that NFD gives it, and the value. */
static bool is_label(const char *line)
{
	static const char part[] = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
	char pattern[128];
	regex_t regex;
	bool is;

	snprintf(pattern, sizeof(pattern), "^%s=%s$", part, part);
	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	is = !regexec(&regex, line, 0, NULL, 0);
	regfree(&regex);
	return is;
}

/* They are written, all of them valid, and expire in an hour; all but the expiry is in labels. */
static u32 write_labels(int code)
{
	const struct tdxu_options both = { .metrics = "", .nfd = path_of("tdx") };
	struct tm expiry = { 0 };
	char text[1024] = "";
	struct stat st;
	u32 nr = 0;
	char *line;
	FILE *f;

	labels[0] = '\0';
	ck_assert_int_eq(run(tdxu_cmd_status, &both, false), code);
	ck_assert_int_eq(stat(both.nfd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
	f = fopen(both.nfd, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	ck_assert_str_eq(strptime(text, "# +expiry-time=%Y-%m-%dT%H:%M:%SZ", &expiry), "\n");
	ck_assert_int_ge(timegm(&expiry), time(NULL) + 3500);
	ck_assert_int_le(timegm(&expiry), time(NULL) + 3600);
	while (fgets(text, sizeof(text), f)) {
		line = strtok(text, "\n");
		ck_assert_msg(line && is_label(line), "no label: %s", text);
		strcat(strcat(labels, line), "\n");
		nr++;
	}
	fclose(f);
	return nr;
}

START_TEST(labelled)
{
	ck_assert_uint_eq(write_labels(0), 3);
	ck_assert_str_eq(labels, "tdx-module.version=1.5.28\ntdx-module.svn=1.14\n"
				 "tdx-module.mrseam=1c000000000000000000000000000000\n");
	expect("tdx_update_up 1\n");
}
END_TEST

/* As long as they can be. */
START_TEST(long_labels)
{
	struct tdxu_module *m = &fake.status.module;

	m->major = m->minor = m->update = m->internal = UINT32_MAX;
	m->svn_major = m->svn_minor = UINT32_MAX;
	memset(m->mrseam, 0xff, sizeof(m->mrseam));
	ck_assert_uint_eq(write_labels(0), 3);
	ck_assert_ptr_nonnull(strstr(labels, "svn=4294967295.4294967295\n"));
	ck_assert(!is_label("x=") && !is_label("x=.1") && !is_label("x=a b"));
	ck_assert(!is_label("x=0123456789012345678901234567890123456789012345678901234567890123"));
}
END_TEST

/* Neither old values nor zeros stand for what is not known. */
START_TEST(unknown_labels)
{
	struct tdxu_module *m = &fake.status.module;

	ck_assert_uint_eq(write_labels(0), 3);
	m->untold = 1 << TDX_UPDATE_A_MODULE_SVN_MINOR | 1 << TDX_UPDATE_A_MODULE_MRSEAM;
	ck_assert_uint_eq(write_labels(0), 1);
	ck_assert_str_eq(labels, "tdx-module.version=1.5.28\n");
	m->unsure = true;
	ck_assert_uint_eq(write_labels(0), 0);
	m->unsure = false;
	fake.status.state = TDX_UPDATE_STATE_LOST;
	ck_assert_uint_eq(write_labels(0), 0);
	fake.status.state = TDX_UPDATE_STATE_IDLE;
	m->present = false;
	ck_assert_uint_eq(write_labels(0), 0);
	m->present = true;
	fake.open_error = ENODEV;
	ck_assert_uint_eq(write_labels(69), 0);
}
END_TEST

START_TEST(tcb_label)
{
	mkdir(fake_paths.tcb, 0755);
	put_tcb("tcb/early.json", TCB_ANSWER(TCB_BODY("22", TCB_FUTURE)));
	ck_assert_uint_eq(write_labels(0), 4);
	ck_assert_ptr_nonnull(strstr(labels, "tdx-module.tcb-status=UpToDate\n"));
	fake.status.module.svn_minor = 6;
	ck_assert_uint_eq(write_labels(0), 4);
	ck_assert_ptr_nonnull(strstr(labels, "tdx-module.tcb-status=OutOfDate\n"));
	put_tcb("tcb/none.json", "x");
	ck_assert_uint_eq(write_labels(0), 4);
	ck_assert_ptr_nonnull(strstr(labels, "tdx-module.tcb-status=unknown\n"));
}
END_TEST

/* The metrics are printed all the same, and both are said: that nobody answers, and the file. */
START_TEST(no_place_for_labels)
{
	const struct tdxu_options both = { .metrics = "", .nfd = path_of("none/tdx") };

	ck_assert_int_eq(run(tdxu_cmd_status, &both, false), TDXU_EXIT_UNFORESEEN);
	expect("tdx_update_up 1\n");
	ck_assert_ptr_nonnull(strstr(err, "none/tdx: it could not be written"));
	fake.open_error = ENODEV;
	ck_assert_int_eq(run(tdxu_cmd_status, &both, false), 69);
	expect("tdx_update_up 0\n");
	ck_assert_ptr_nonnull(strstr(err, "none/tdx: it could not be written"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("labels");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_test(tc, labelled);
	tcase_add_test(tc, long_labels);
	tcase_add_test(tc, unknown_labels);
	tcase_add_test(tc, tcb_label);
	tcase_add_test(tc, no_place_for_labels);
	return run_suite("cli labels", tc);
}
