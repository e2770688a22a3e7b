// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* strerrorname_np */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/preflight.h"
#include "exits.h"
#include "runner.h"

static const struct {
	enum tdx_update_outcome outcome;
	int errnum;
	const char *check;
	int code;
} cases[] = {
	/* outcomes decide alone */
	{ TDX_UPDATE_OUTCOME_UPDATED, 0, "", 0 },
	{ TDX_UPDATE_OUTCOME_BUSY, EBUSY, "", 75 },
	{ TDX_UPDATE_OUTCOME_BUSY, 0, NULL, 75 },
	{ TDX_UPDATE_OUTCOME_FAILED, EIO, "", 74 },
	{ TDX_UPDATE_OUTCOME_ROLLED_BACK, ECANCELED, "", 74 },
	{ TDX_UPDATE_OUTCOME_LOST, ENOTRECOVERABLE, "", 70 },
	/* a refusal goes by its errno, but for a few checks */
	{ TDX_UPDATE_OUTCOME_REFUSED, ENODEV, "platform", 69 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EOPNOTSUPP, "platform", 69 },
	{ TDX_UPDATE_OUTCOME_REFUSED, ENODEV, "cpus-ready", 69 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EPERM, "gate", 78 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EOPNOTSUPP, "features", 69 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EUCLEAN, "cpus-alike", 78 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EHOSTDOWN, "cpus-online", 78 },
	{ TDX_UPDATE_OUTCOME_REFUSED, ENOSPC, "updates-left", 78 },
	{ TDX_UPDATE_OUTCOME_REFUSED, ENODATA, "cpus-online", 78 },
	{ TDX_UPDATE_OUTCOME_REFUSED, ENODATA, "handoff", 78 },
	{ TDX_UPDATE_OUTCOME_REFUSED, ENODATA, "cpu-model", 78 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EINVAL, "format", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EBADMSG, "sigstruct", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EKEYREJECTED, "debug-signed", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EBADMSG, "hash", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EKEYREJECTED, "signature", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EXDEV, "cpu-model", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, ESTALE, "svn", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EPROTO, "handoff", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EOPNOTSUPP, "handoff", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EPROTO, "handoff-room", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, ENOEXEC, "elf", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, ENOMEM, "memory", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, ESHUTDOWN, "system", 78 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EALREADY, "alone", 75 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EBUSY, "alone", 75 },
	/* a check of a newer driver goes by its errno */
	{ TDX_UPDATE_OUTCOME_REFUSED, EHOSTDOWN, "new-check", 78 },
	{ TDX_UPDATE_OUTCOME_REFUSED, EBADMSG, "new-check", 65 },
	{ TDX_UPDATE_OUTCOME_REFUSED, 9999, "new-check", 1 },
	/* requests that were not accepted */
	{ TDX_UPDATE_OUTCOME_NONE, EPERM, NULL, 77 },
	{ TDX_UPDATE_OUTCOME_NONE, EACCES, NULL, 77 },
	{ TDX_UPDATE_OUTCOME_NONE, EBUSY, NULL, 75 },
	{ TDX_UPDATE_OUTCOME_NONE, EALREADY, NULL, 75 },
	{ TDX_UPDATE_OUTCOME_NONE, ENODEV, NULL, 69 },
	{ TDX_UPDATE_OUTCOME_NONE, EOPNOTSUPP, NULL, 69 },
	{ TDX_UPDATE_OUTCOME_NONE, EPROTONOSUPPORT, NULL, 69 },
	{ TDX_UPDATE_OUTCOME_NONE, EFBIG, NULL, 65 },
	{ TDX_UPDATE_OUTCOME_NONE, EINVAL, NULL, 65 },
	{ TDX_UPDATE_OUTCOME_NONE, EIO, NULL, 74 },
	{ TDX_UPDATE_OUTCOME_NONE, ENOTRECOVERABLE, NULL, 70 },
	{ TDX_UPDATE_OUTCOME_NONE, ECOMM, NULL, 1 },
	{ TDX_UPDATE_OUTCOME_NONE, 0, NULL, 1 },
	/* an outcome of a newer driver */
	{ (enum tdx_update_outcome)99, 0, "", 71 },
};

START_TEST(maps)
{
	ck_assert_msg((int)tdxu_exit_code(cases[_i].outcome, cases[_i].errnum, cases[_i].check) ==
		      cases[_i].code, "case %d", _i);
}
END_TEST

static const struct {
	int code;
	const char *name;
} names[] = {
	{ 0, "ok" }, { 1, "unforeseen" }, { 64, "usage" }, { 65, "image" }, { 69, "platform" },
	{ 70, "lost" }, { 71, "begun" }, { 74, "failed" }, { 75, "busy" }, { 77, "permission" }, { 78, "host" },
};

START_TEST(is_named)
{
	ck_assert_str_eq(tdxu_exit_name((enum tdxu_exit)names[_i].code), names[_i].name);
}
END_TEST

static int errno_named(const char *name)
{
	for (int errnum = 1; errnum < 200; errnum++)
		if (strerrorname_np(errnum) && !strcmp(strerrorname_np(errnum), name))
			return errnum;
	return 0;
}

/* docs/checks.md: "| handoff | EPROTO, EOPNOTSUPP | 65 |". */
START_TEST(checks_have_the_documented_code)
{
	FILE *f = fopen(TOP_DIRECTORY "/docs/checks.md", "re");
	char line[4096], check[32], errnos[64], *name, *rest;
	int code, nr = 0;

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "| %31[a-z-] | %63[A-Z, ]| %d |", check, errnos, &code) != 3)
			continue;
		nr++;
		for (name = strtok_r(errnos, ", ", &rest); name; name = strtok_r(NULL, ", ", &rest))
			ck_assert_msg((int)tdxu_exit_code(TDX_UPDATE_OUTCOME_REFUSED,
							  errno_named(name), check) == code,
				      "%s, %s: not %d", check, name, code);
	}
	fclose(f);
	ck_assert_int_eq(nr, TDXU_NR_HOST_CHECKS + TDXU_NR_IMAGE_CHECKS);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("exits");

	tcase_add_loop_test(tc, maps, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, is_named, 0, ARRAY_SIZE(names));
	tcase_add_test(tc, checks_have_the_documented_code);
	return run_suite("cli exit codes", tc);
}
