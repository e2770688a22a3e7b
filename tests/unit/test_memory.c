// SPDX-License-Identifier: GPL-2.0-or-later
/* What a module takes of the SEAM range: the recorded edges, and the model at random. */

#include "core/image.h"

#include "../sim/fw/model.h"
#include "runner.h"

/* The sigstruct of the golden vectors. */
static struct tdxu_sigstruct vector_sigstruct(void)
{
	return (struct tdxu_sigstruct){
		.num_stack_pages = 3,
		.num_tls_pages = 7,
		.num_keyhole_pages = 127,
		.num_global_data_pages = 7,
		.num_handoff_pages = 1,
	};
}

enum {
	VECTOR_IMAGE_PAGES = 8,
	VECTOR_LPS = 8,
	VECTOR_RANGE = 7680, /* 32 MiB less the P-SEAMLDR's 2 MiB */
};

/* As recorded: 7023 loads, 7024 to 7029 end in UD2, 7030 is refused by the estimate. */
static const struct {
	u16 global_data, keyholes;
	bool fits;
} edges[] = {
	{ 7, 127, true },	{ 7022, 127, true },  { 7023, 127, true }, { 7024, 127, false },
	{ 7029, 127, false },	{ 7030, 127, false }, { 7030, 0, false },  { 65535, 127, false },
	{ 7023, 65535, false },
};

START_TEST(recorded_edges)
{
	struct tdxu_sigstruct sig = vector_sigstruct();
	u64 pages;

	sig.num_global_data_pages = edges[_i].global_data;
	sig.num_keyhole_pages = edges[_i].keyholes;
	pages = tdxu_memory_pages(&sig, VECTOR_IMAGE_PAGES, VECTOR_LPS, 1);
	ck_assert_msg((pages <= VECTOR_RANGE) == edges[_i].fits, "row %d: %llu pages", _i,
		      (unsigned long long)pages);
}
END_TEST

START_TEST(counts_of_cpus_are_rounded_up)
{
	struct tdxu_sigstruct sig = vector_sigstruct();

	ck_assert_uint_eq(tdxu_memory_pages(&sig, 8, 5, 1), tdxu_memory_pages(&sig, 8, 8, 1));
	ck_assert_uint_lt(tdxu_memory_pages(&sig, 8, 4, 1), tdxu_memory_pages(&sig, 8, 5, 1));
	ck_assert_uint_lt(tdxu_memory_pages(&sig, 8, 8, 1), tdxu_memory_pages(&sig, 8, 8, 2));
}
END_TEST

START_TEST(extremes_do_not_wrap)
{
	struct tdxu_sigstruct sig;

	memset(&sig, 0xff, sizeof(sig));
	ck_assert_uint_gt(tdxu_memory_pages(&sig, TDXU_MAX_MODULE_PAGES, 4096, 4096),
			  65536ULL * 4096 * 4096 / 512);
}
END_TEST

/* The model counts in its own way. */

static struct fw *fw;

static void setup(void)
{
	fw = calloc(1, sizeof(*fw));
	ck_assert_ptr_nonnull(fw);
}

static void teardown(void)
{
	free(fw);
}

static u32 below(u32 limit)
{
	static u64 state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (u32)(state >> 32) % limit;
}

static void random_case(void)
{
	struct tdxu_sigstruct *sig = &fw->ldr.sig;
	u32 lps = 1 + below(300);

	fw_platform_defaults(&fw->platform, 1);
	fw->platform.addressable_lps = lps;
	fw->platform.num_packages = 1 + below(FW_MAX_PACKAGES);
	fw->ldr.params.num_module_pages = 1 + below(TDXU_MAX_MODULE_PAGES);
	sig->num_stack_pages = (u8)below(256);
	sig->num_tls_pages = (u8)below(256);
	sig->num_keyhole_pages = (u16)below(1024);
	sig->num_global_data_pages = (u16)below(65536);
	sig->num_handoff_pages = (u16)below(64);
	fw->dead = false;
}

static bool model_fits(u64 pages)
{
	struct fw_layout layout;

	fw->platform.seamrr_size = fw->platform.seamldr_range_size + pages * FW_PAGE;
	fw_layout(fw, &layout);
	return fw_layout_estimate_fits(fw, &layout) && !fw_layout_map(fw, &layout) && !fw->dead;
}

START_TEST(agrees_with_the_model)
{
	int i;

	for (i = 0; i < 20000; i++) {
		u64 pages;

		random_case();
		pages = tdxu_memory_pages(&fw->ldr.sig, (u32)fw->ldr.params.num_module_pages,
					  fw->platform.addressable_lps, fw->platform.num_packages);
		ck_assert_msg(model_fits(pages), "case %d: %llu pages are not enough", i,
			      (unsigned long long)pages);
		ck_assert_msg(!model_fits(pages - 1), "case %d: %llu pages are too many", i,
			      (unsigned long long)pages);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("memory");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, recorded_edges, 0, ARRAY_SIZE(edges));
	tcase_add_test(tc, counts_of_cpus_are_rounded_up);
	tcase_add_test(tc, extremes_do_not_wrap);
	tcase_add_test(tc, agrees_with_the_model);
	return run_suite("memory", tc);
}
