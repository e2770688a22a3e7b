/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_TESTS_GOOD_HOST_H
#define TDXU_TESTS_GOOD_HOST_H

/* For the preflight's tests: a host and three images that nothing stands against. */

#include "core/checks.h"
#include "core/preflight.h"
#include "runner.h"

enum { MAX_VERDICTS = 64 };

static struct tdxu_facts facts;
static struct tdxu_sigstruct sig[3];
static struct tdxu_candidate candidate[3];
static struct tdxu_verdict verdicts[MAX_VERDICTS];
static u8 module[3][4096];

#define NOBODY "00000000000000000000000000000000" /* a third of a signer */

static void good_image(int i, const char *name)
{
	memset(&sig[i], 0, sizeof(sig[i]));
	sig[i].header_type = TDXU_SIGSTRUCT_HEADER_TYPE;
	sig[i].header_length = TDXU_SIGSTRUCT_HEADER_LENGTH;
	sig[i].header_version = TDXU_SIGSTRUCT_HEADER_VERSION;
	sig[i].vendor = TDXU_SIGSTRUCT_VENDOR_INTEL;
	sig[i].size = TDXU_SIGSTRUCT_SIZE_DWORDS;
	sig[i].key_size = TDXU_SIGSTRUCT_KEY_DWORDS;
	sig[i].modulus_size = TDXU_SIGSTRUCT_KEY_DWORDS;
	sig[i].exponent_size = TDXU_SIGSTRUCT_EXPONENT_DWORDS;
	sig[i].exponent = TDXU_SIGSTRUCT_EXPONENT;
	sig[i].svn_major = 1;
	sig[i].svn_minor = 14;
	sig[i].module_hv = 1;
	sig[i].num_handoff_pages = 13;
	sig[i].cpuid_table_size = 2;
	sig[i].cpuid_table[0] = 0xc06f0;
	sig[i].cpuid_table[1] = 0x806f8;
	memset(module[i], 0, sizeof(module[i]));
	memcpy(module[i], "\177ELF\2\1\1", 7);
	candidate[i] = (struct tdxu_candidate){
		.name = name,
		.image = { .format = 0x200, .module_pages = 1, .sigstruct = &sig[i],
			   .module = module[i] },
		.hash_matches = true,
		.signature_valid = true,
	};
}

static void good_host(void)
{
	u32 i;

	facts = (struct tdxu_facts){
		.seamldr_answers = true,
		.module_answers = true,
		.seamldr = { .major = 1, .minor = 5, .num_remaining_updates = 15,
			     .seamextend.seam_ready = 1 },
		.running = {
			.version = { 1, 5, 24 },
			.features0 = TDXU_FEATURE_TD_PRESERVING,
			.module_hv = 1,
			.handoff_pages = 14,
			.svn_major = 1,
			.svn_minor = 13,
		},
		.cpus_online = 4,
		.cpus_present = 4,
		.nr_cpu_models = 1,
		.cpu_models = { 0x806fa },
		.highest_x2apic_id = 1023,
		.seam_lps = 4,
		.seam_packages = 1,
		.addressable_lps = 8,
		.seam_pages = 7680,
		.system_running = true,
		.readiness = TDXU_READY,
	};
	for (i = 0; i < TDXU_NR_FACTS; i++)
		facts.known[i].is = TDXU_KNOWN;
	good_image(0, "target");
	good_image(1, "fallback");
	good_image(2, "way-out");
	candidate[1].stands_in_for = &candidate[0];
	candidate[2].stands_in_for = &candidate[1];
}

static const struct tdxu_verdict *first_failure(u32 candidates)
{
	int first;

	ck_assert_uint_le(tdxu_preflight_count(candidates), MAX_VERDICTS);
	first = tdxu_preflight_run(&facts, candidates ? candidate : NULL, candidates, verdicts);
	return first < 0 ? NULL : &verdicts[first];
}

#endif
