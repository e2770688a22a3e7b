// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The publisher's own sigstructs, where they are at hand (they are not the project's to carry):
 * whatever can be checked of them without their modules must pass, on a host that is made for them.
 */

#include "parity.h"

#include "genuine.h"
#include "checks.h"

u32 parity_genuine_seen;

static u8 module[146 * TDXU_PAGE_SIZE];

/* A host of its series on which it could be installed. */
static void make_host(const struct genuine *g, const struct tdxu_sigstruct *sig, u16 seamldr)
{
	struct fw_boot_module *m = &bench.running;

	parity_good_host();
	bench.fw->platform.seamldr_major = seamldr;
	bench.fw->platform.cpuid_fms[0] = g->cpu;
	m->svn_major = sig->svn_major;
	m->svn_minor = sig->svn_minor;
	m->num_handoff_pages = sig->num_handoff_pages;
	m->desc.major = g->version[0] - '0';
	m->desc.minor = g->version[2] - '0';
	parity_boot();
	parity_ask();
}

static void look(const struct genuine *g, const struct tdxu_sigstruct *sig)
{
	static const u8 elf64[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	struct tdxu_candidate *c = &bench.candidate;

	memcpy(module, elf64, sizeof(elf64));
	*c = (struct tdxu_candidate){
		.name = g->version,
		.image = { TDXU_IMAGE_VERSION_1, g->module_pages, sig, module },
	};
	ck_assert(tdxu_verify(c));
	ck_assert_int_eq(tdxu_signer_of(c), TDXU_SIGNER_INTEL);
	c->hash_matches = true; /* the module is not here: taken on trust */
}

START_TEST(genuine_sigstructs)
{
	static struct tdxu_verdict verdicts[64];
	static struct tdxu_sigstruct sig;
	const struct genuine *g = &genuine[_i];
	int first;

	if (!read_genuine(g->version, &sig))
		return;
	parity_genuine_seen++;
	ck_assert_int_eq(tdxu_sigstruct_check(&sig, g->module_pages), TDXU_IMAGE_OK);
	look(g, &sig);

	make_host(g, &sig, g->version[0] == '2' ? 2 : 1);
	first = tdxu_preflight_run(&bench.facts, &bench.candidate, 1, verdicts);
	ck_assert_msg(first < 0, "%s", first < 0 ? "" : verdicts[first].message);

	/* A 2.0 module on P-SEAMLDR 1.5, which would refuse it. */
	make_host(g, &sig, 1);
	first = tdxu_preflight_run(&bench.facts, &bench.candidate, 1, verdicts);
	ck_assert_int_eq(first >= 0, g->version[0] == '2');
	if (first >= 0)
		ck_assert_str_eq(verdicts[first].name, "sigstruct");
}
END_TEST

void parity_add_genuine(TCase *tc)
{
	tcase_add_loop_test(tc, genuine_sigstructs, 0, ARRAY_SIZE(genuine));
}
