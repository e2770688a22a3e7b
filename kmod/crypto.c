// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SHA-384 and RSA-3072.
 *
 * The signature is opened by the plain "rsa" cipher and compared with the only padded message that
 * PKCS#1 v1.5 allows, built from the digest. So nothing has to be parsed, and the interface used is
 * the same in all supported kernels, which that for whole signatures is not.
 */

#include "crypto.h"

#include <crypto/akcipher.h>
#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

/* PKCS#1 v1.5: what stands before the digest of a SHA-384 signature (RFC 8017, 9.2, note 1). */
static const u8 digest_info[] = {
	0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30,
};

/* RSAPublicKey in DER: a sequence of two integers, the modulus with a leading zero byte. */
static const u8 key_head[] = { 0x30, 0x82, 0x01, 0x8a, 0x02, 0x82, 0x01, 0x81, 0x00 };
static const u8 key_tail[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };

struct public_key {
	u8 head[sizeof(key_head)];
	u8 modulus[TDXU_RSA_BYTES];
	u8 tail[sizeof(key_tail)];
} __packed;
static_assert(sizeof(struct public_key) == 4 + 0x18a);

/* One block of memory for everything: the cipher takes no buffers on the stack. */
struct rsa_work {
	struct public_key key;
	u8 signature[TDXU_RSA_BYTES];
	u8 opened[TDXU_RSA_BYTES];
	u8 expected[TDXU_RSA_BYTES];
	u8 message[TDXU_SIGNED_HEAD_END + TDXU_SIGSTRUCT_BYTES - TDXU_SIGNED_TAIL_START];
};

/* ENOENT is what a caller who has no image gets. */
static int lacks(int err)
{
	return err == -ENOENT ? -ENOPKG : err;
}

int tdxu_crypto_sha384(const void *data, u32 bytes, u8 *digest)
{
	struct crypto_shash *tfm = crypto_alloc_shash("sha384", 0, 0);
	int err;

	if (IS_ERR(tfm))
		return lacks(PTR_ERR(tfm));
	err = crypto_shash_tfm_digest(tfm, data, bytes, digest);
	crypto_free_shash(tfm);
	return err;
}

/* The sigstruct's numbers are little-endian, those of the cipher big-endian. */
static void reverse(u8 *to, const u8 *from)
{
	int i;

	for (i = 0; i < TDXU_RSA_BYTES; i++)
		to[i] = from[TDXU_RSA_BYTES - 1 - i];
}

static int prepare(struct rsa_work *work, const struct tdxu_sigstruct *sig)
{
	u8 *digest = work->expected + TDXU_RSA_BYTES - TDXU_SHA384_BYTES;
	u8 *info = digest - sizeof(digest_info);

	memcpy(work->key.head, key_head, sizeof(key_head));
	memcpy(work->key.tail, key_tail, sizeof(key_tail));
	reverse(work->key.modulus, sig->modulus);
	reverse(work->signature, sig->signature);

	memset(work->expected, 0xff, sizeof(work->expected));
	work->expected[0] = 0;
	work->expected[1] = 1;
	info[-1] = 0;
	memcpy(info, digest_info, sizeof(digest_info));

	memcpy(work->message, sig, TDXU_SIGNED_HEAD_END);
	memcpy(work->message + TDXU_SIGNED_HEAD_END, (const u8 *)sig + TDXU_SIGNED_TAIL_START,
	       TDXU_SIGSTRUCT_BYTES - TDXU_SIGNED_TAIL_START);
	return tdxu_crypto_sha384(work->message, sizeof(work->message), digest);
}

/* signature ^ exponent mod modulus */
static int open_signature(struct crypto_akcipher *tfm, struct rsa_work *work)
{
	struct akcipher_request *request = akcipher_request_alloc(tfm, GFP_KERNEL);
	struct scatterlist in, out;
	DECLARE_CRYPTO_WAIT(wait);
	int err;

	if (!request)
		return -ENOMEM;
	sg_init_one(&in, work->signature, sizeof(work->signature));
	sg_init_one(&out, work->opened, sizeof(work->opened));
	akcipher_request_set_crypt(request, &in, &out, sizeof(work->signature),
				   sizeof(work->opened));
	akcipher_request_set_callback(request,
				      CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP,
				      crypto_req_done, &wait);
	err = crypto_wait_req(crypto_akcipher_encrypt(request), &wait);
	akcipher_request_free(request);
	return err;
}

/*
 * A modulus of other than 3072 bits, or a signature that is not below it, is refused here and not
 * by the cipher: so an error of the cipher says nothing about the image. The kernel's own returns
 * EINVAL for both; newer ones also when out of memory, which is what remains.
 */
static bool can_be_opened(const struct rsa_work *work)
{
	return work->key.modulus[0] & 0x80 &&
	       memcmp(work->signature, work->key.modulus, sizeof(work->signature)) < 0;
}

static bool opens_to_expected(struct crypto_akcipher *tfm, struct rsa_work *work, int *err)
{
	if (!can_be_opened(work))
		return false;
	*err = crypto_akcipher_set_pub_key(tfm, &work->key, sizeof(work->key));
	if (!*err)
		*err = open_signature(tfm, work);
	if (*err == -EINVAL)
		*err = -ENOMEM;
	return !*err && !memcmp(work->opened, work->expected, sizeof(work->opened));
}

int tdxu_crypto_signature_valid(const struct tdxu_sigstruct *sig, bool *valid)
{
	struct rsa_work *work = kzalloc(sizeof(*work), GFP_KERNEL);
	struct crypto_akcipher *tfm;
	int err;

	if (!work)
		return -ENOMEM;
	err = prepare(work, sig);
	if (err)
		goto free_work;
	tfm = crypto_alloc_akcipher("rsa", 0, 0);
	err = lacks(PTR_ERR_OR_ZERO(tfm));
	if (err)
		goto free_work;
	*valid = opens_to_expected(tfm, work, &err);
	crypto_free_akcipher(tfm);
free_work:
	kfree(work);
	return err;
}
