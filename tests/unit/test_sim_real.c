// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the simulator refuses to load: no VM of ours can be made to look like such machines. */

#include <string.h>

#include "../sim/real.h"
#include "runner.h"

/* "IntelTDX    " as CPUID gives it. */
#define TD { 0x65746e49, 0x5844546c, 0x20202020 }

static const struct {
	struct sim_signs signs;
	const char *real; /* a word of the reason */
} machines[] = {
	{ { 0 }, NULL },
	/* memory encryption without TDX: shared key ids only; MTRRs of any CPU */
	{ { .keyid_partitioning = 0x3f, .mtrr_capabilities = 0x508 }, NULL },
	{ { .keyid_partitioning = 0x400000003fULL }, "private key ids" },
	{ { .keyid_partitioning = 1ULL << 32 }, "private key ids" },
	{ { .keyid_partitioning = 1ULL << 63 }, "private key ids" },
	{ { .mtrr_capabilities = 0x8508 }, "SEAM" },
	{ { .host_platform = 1 }, "TDX host" },
	{ { .td = TD }, "hypervisor" },
	{ { .td = { 0x65746e49, 0x5844546c, 0x20202021 } }, NULL },
	{ { .td = { 0x65746e49, 0x20202020, 0x5844546c } }, NULL },
	{ { .keyid_partitioning = 1ULL << 32, .td = TD }, "private key ids" },
};

START_TEST(machine)
{
	const char *real = sim_real(&machines[_i].signs);

	if (machines[_i].real)
		ck_assert(real && strstr(real, machines[_i].real));
	else
		ck_assert_ptr_null(real);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("sim_real");

	tcase_add_loop_test(tc, machine, 0, sizeof(machines) / sizeof(machines[0]));
	return run_suite("sim_real", tc);
}
