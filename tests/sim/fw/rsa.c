// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RSA-3072 verification for the P-SEAMLDR model: e = 65537, PKCS#1 v1.5, SHA-384. Montgomery
 * multiplication on 64-bit limbs, least significant first. All data is public: nothing here needs
 * to be constant-time.
 */

#include "model.h"

enum {
	LIMBS = TDXU_RSA_BYTES / 8,
	BITS = TDXU_RSA_BYTES * 8,
	/* 2^96 squared five times is 2^3072. */
	SHIFT_START = 96,
	SHIFT_SQUARINGS = 5,
	EXPONENT_SQUARINGS = 16, /* 65537 = 2^16 + 1 */
};
static_assert(SHIFT_START << SHIFT_SQUARINGS == BITS);
static_assert(sizeof(((struct fw_rsa_work *)NULL)->n) == TDXU_RSA_BYTES);

/* DER of DigestInfo { sha384, NULL } up to the digest itself (RFC 8017, 9.2). */
static const u8 digest_info[] = {
	0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30,
};

static bool below(const u64 *a, const u64 *b)
{
	int i;

	for (i = LIMBS - 1; i >= 0; i--)
		if (a[i] != b[i])
			return a[i] < b[i];
	return false;
}

static void subtract(u64 *a, const u64 *b)
{
	u64 borrow = 0;
	int i;

	for (i = 0; i < LIMBS; i++) {
		unsigned __int128 d = (unsigned __int128)a[i] - b[i] - borrow;

		a[i] = (u64)d;
		borrow = (u64)(d >> 64) & 1;
	}
}

/* a = 2 a mod n, for a < n. */
static void double_mod(u64 *a, const u64 *n)
{
	u64 carry = 0;
	int i;

	for (i = 0; i < LIMBS; i++) {
		u64 top = a[i] >> 63;

		a[i] = a[i] << 1 | carry;
		carry = top;
	}
	if (carry || !below(a, n))
		subtract(a, n);
}

/* -1 / n mod 2^64 by Newton's iteration; each step doubles the number of right bits. */
static u64 negative_inverse(u64 n)
{
	u64 x = n; /* right to 3 bits for odd n */
	int i;

	for (i = 0; i < 5; i++)
		x *= 2 - n * x;
	return -x;
}

/* t[] += a * b over LIMBS limbs, carry into the two limbs above. */
static void multiply_add(u64 *t, const u64 *a, u64 b)
{
	unsigned __int128 c = 0;
	int i;

	for (i = 0; i < LIMBS; i++) {
		c += (unsigned __int128)a[i] * b + t[i];
		t[i] = (u64)c;
		c >>= 64;
	}
	c += t[LIMBS];
	t[LIMBS] = (u64)c;
	t[LIMBS + 1] += (u64)(c >> 64);
}

/* w->acc = w->acc * b / R mod n. @b may be w->acc. */
static void montgomery(struct fw_rsa_work *w, const u64 *b, u64 n_inv)
{
	u64 *t = w->tmp;
	int i;

	memset(t, 0, sizeof(w->tmp));
	for (i = 0; i < LIMBS; i++) {
		multiply_add(t, w->acc, b[i]);
		multiply_add(t, w->n, t[0] * n_inv);
		/* t[0] is 0 now: divide by 2^64 */
		memmove(t, t + 1, (LIMBS + 1) * sizeof(*t));
		t[LIMBS + 1] = 0;
	}
	if (t[LIMBS] || !below(t, w->n))
		subtract(t, w->n);
	memcpy(w->acc, t, sizeof(w->acc));
}

/* w->acc = R^2 mod n, where R = 2^3072. n has its top bit set, so R mod n = R - n. */
static void square_of_r(struct fw_rsa_work *w, u64 n_inv)
{
	int i;

	memset(w->acc, 0, sizeof(w->acc));
	subtract(w->acc, w->n);
	for (i = 0; i < SHIFT_START; i++)
		double_mod(w->acc, w->n);
	for (i = 0; i < SHIFT_SQUARINGS; i++)
		montgomery(w, w->acc, n_inv);
}

/* w->acc = w->base ^ 65537 mod n */
static void power(struct fw_rsa_work *w)
{
	u64 n_inv = negative_inverse(w->n[0]);
	int i;

	square_of_r(w, n_inv);
	montgomery(w, w->base, n_inv);
	memcpy(w->base, w->acc, sizeof(w->base));
	for (i = 0; i < EXPONENT_SQUARINGS; i++)
		montgomery(w, w->acc, n_inv);
	montgomery(w, w->base, n_inv);
	/* out of Montgomery form: times 1 */
	memset(w->base, 0, sizeof(w->base));
	w->base[0] = 1;
	montgomery(w, w->base, n_inv);
}

/* The padded message, most significant byte first, is 00 01 FF .. FF 00 DigestInfo digest. */
static u8 expected_byte(size_t i, const u8 *digest)
{
	size_t digest_at = TDXU_RSA_BYTES - TDXU_SHA384_BYTES;
	size_t info_at = digest_at - sizeof(digest_info);

	if (i >= digest_at)
		return digest[i - digest_at];
	if (i >= info_at)
		return digest_info[i - info_at];
	if (i == 0 || i == info_at - 1)
		return 0;
	return i == 1 ? 1 : 0xff;
}

bool fw_rsa_verify(struct fw_rsa_work *w, const u8 modulus[TDXU_RSA_BYTES],
		   const u8 signature[TDXU_RSA_BYTES], const u8 digest[TDXU_SHA384_BYTES])
{
	size_t i;

	memcpy(w->n, modulus, sizeof(w->n));
	memcpy(w->base, signature, sizeof(w->base));
	if (!(w->n[0] & 1) || !(w->n[LIMBS - 1] >> 63) || !below(w->base, w->n))
		return false;
	power(w);
	for (i = 0; i < TDXU_RSA_BYTES; i++) {
		const u8 *bytes = (const u8 *)w->acc;

		if (bytes[TDXU_RSA_BYTES - 1 - i] != expected_byte(i, digest))
			return false;
	}
	return true;
}
