// SPDX-License-Identifier: GPL-2.0-or-later
/* The firmware model's RSA: what it must refuse, and genuine signatures. */

#include "fw_fixture.h"
#include "genuine.h"

static bool verifies(const u8 *modulus, const u8 *signature)
{
	u8 digest[TDXU_SHA384_BYTES];

	vec_signed_digest(&image.sig, digest);
	return fw_rsa_verify(&fw->rsa, modulus, signature, digest);
}

/* sum = a + b, little-endian. Returns the carry. */
static int add(const u8 *a, const u8 *b, u8 *sum)
{
	int carry = 0;
	size_t i;

	for (i = 0; i < TDXU_RSA_BYTES; i++) {
		carry += a[i] + b[i];
		sum[i] = carry;
		carry >>= 8;
	}
	return carry;
}

/*
 * The signature plus the modulus is the same number mod N: only its size gives it away. Not every
 * signature leaves room for that in 3072 bits, so try some.
 */
START_TEST(signature_beyond_modulus)
{
	struct fw_desc desc;
	u8 sum[TDXU_RSA_BYTES];
	u32 i;

	accept_key();
	fw_desc_default(&desc);
	for (i = 0; i < 200; i++) {
		desc.build_num = i;
		build_image(&desc);
		ck_assert(verifies(key.modulus, image.sig.signature));
		if (!add(image.sig.signature, key.modulus, sum))
			break;
	}
	if (i < 200)
		ck_assert(!verifies(key.modulus, sum));
}
END_TEST

/* Montgomery's method wants an odd modulus, the initial value a full-size one. */
START_TEST(useless_modulus)
{
	u8 modulus[TDXU_RSA_BYTES];

	accept_key();
	build_image(NULL);
	memcpy(modulus, key.modulus, sizeof(modulus));
	modulus[0] &= ~1;
	ck_assert(!verifies(modulus, image.sig.signature));
	modulus[0] |= 1;
	modulus[TDXU_RSA_BYTES - 1] &= 0x7f;
	ck_assert(!verifies(modulus, image.sig.signature));
	memset(modulus, 0, sizeof(modulus));
	ck_assert(!verifies(modulus, modulus));
}
END_TEST

static void check_genuine(const struct tdxu_sigstruct *sig)
{
	u8 signer[TDXU_SHA384_BYTES], expected[TDXU_SHA384_BYTES], digest[TDXU_SHA384_BYTES];
	struct tdxu_sigstruct other = *sig;

	vec_unhex(PRODUCTION_SIGNER, expected, sizeof(expected));
	vec_sha384(sig->modulus, sizeof(sig->modulus), signer);
	ck_assert_mem_eq(signer, expected, sizeof(expected));
	vec_signed_digest(sig, digest);
	ck_assert(fw_rsa_verify(&fw->rsa, sig->modulus, sig->signature, digest));
	other.svn_minor ^= 1;
	vec_signed_digest(&other, digest);
	ck_assert(!fw_rsa_verify(&fw->rsa, sig->modulus, sig->signature, digest));
}

START_TEST(genuine_signatures)
{
	struct tdxu_sigstruct sig;

	if (read_genuine(genuine[_i].version, &sig))
		check_genuine(&sig);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("fw_rsa");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, signature_beyond_modulus);
	tcase_add_test(tc, useless_modulus);
	tcase_add_loop_test(tc, genuine_signatures, 0, ARRAY_SIZE(genuine));
	return run_suite("fw_rsa", tc);
}
