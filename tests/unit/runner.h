/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_RUNNER_H
#define TESTS_UNIT_RUNNER_H

#include <check.h>
#include <stdlib.h>

enum { TEST_SECONDS = 120 };

/** run_suite_as() - run_suite(); CK_NOFORK where tests leave something for those that follow. */
static inline int run_suite_as(const char *name, TCase *tc, enum fork_status fork_status)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	/* Nothing hangs; but a machine can be slow. */
	tcase_set_timeout(tc, TEST_SECONDS);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_set_fork_status(runner, fork_status);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/** run_suite() - The rest of main(): run one test case as a suite of its name. Return: for exit. */
static inline int run_suite(const char *name, TCase *tc)
{
	return run_suite_as(name, tc, CK_FORK_GETENV);
}

#endif
