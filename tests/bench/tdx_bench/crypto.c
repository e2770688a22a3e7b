// SPDX-License-Identifier: GPL-2.0-or-later
/* What the checks of an image cannot do without: the least that they can cost. */

#include "bench.h"

#include "../../../kmod/core/abi.h"

#include <crypto/akcipher.h>
#include <crypto/hash.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

/* RSAPublicKey in DER, with the modulus from the sigstruct and the exponent 65537. */
static const u8 key_head[] = { 0x30, 0x82, 0x01, 0x8a, 0x02, 0x82, 0x01, 0x81, 0x00 };
static const u8 key_tail[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };

struct rsa {
	u8 key[sizeof(key_head) + TDXU_RSA_BYTES + sizeof(key_tail)];
	u8 signature[TDXU_RSA_BYTES];
	u8 opened[TDXU_RSA_BYTES];
};

static int hash(const void *data, size_t bytes)
{
	struct crypto_shash *tfm = crypto_alloc_shash("sha384", 0, 0);
	u8 digest[TDXU_SHA384_BYTES];
	int err;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	err = crypto_shash_tfm_digest(tfm, data, bytes, digest);
	crypto_free_shash(tfm);
	return err;
}

static void big_endian(u8 *to, const u8 *from)
{
	int i;

	for (i = 0; i < TDXU_RSA_BYTES; i++)
		to[i] = from[TDXU_RSA_BYTES - 1 - i];
}

static int open_with(struct crypto_akcipher *tfm, struct rsa *rsa)
{
	struct akcipher_request *request;
	struct scatterlist in, out;
	DECLARE_CRYPTO_WAIT(wait);
	int err = crypto_akcipher_set_pub_key(tfm, rsa->key, sizeof(rsa->key));

	if (err)
		return err;
	request = akcipher_request_alloc(tfm, GFP_KERNEL);
	if (!request)
		return -ENOMEM;
	sg_init_one(&in, rsa->signature, TDXU_RSA_BYTES);
	sg_init_one(&out, rsa->opened, TDXU_RSA_BYTES);
	akcipher_request_set_crypt(request, &in, &out, TDXU_RSA_BYTES, TDXU_RSA_BYTES);
	akcipher_request_set_callback(request, CRYPTO_TFM_REQ_MAY_SLEEP, crypto_req_done, &wait);
	err = crypto_wait_req(crypto_akcipher_encrypt(request), &wait);
	akcipher_request_free(request);
	return err;
}

static int verify(const struct tdxu_sigstruct *sig)
{
	struct rsa *rsa = kzalloc(sizeof(*rsa), GFP_KERNEL);
	struct crypto_akcipher *tfm;
	int err = -ENOMEM;

	if (!rsa)
		return err;
	memcpy(rsa->key, key_head, sizeof(key_head));
	big_endian(rsa->key + sizeof(key_head), sig->modulus);
	memcpy(rsa->key + sizeof(key_head) + TDXU_RSA_BYTES, key_tail, sizeof(key_tail));
	big_endian(rsa->signature, sig->signature);
	tfm = crypto_alloc_akcipher("rsa", 0, 0);
	err = PTR_ERR_OR_ZERO(tfm);
	if (!err) {
		err = open_with(tfm, rsa);
		crypto_free_akcipher(tfm);
	}
	kfree(rsa);
	return err;
}

/* Called directly, so that it can be seen where it returns to. */
static noinline int hash_and_verify(const struct bench_image *image)
{
	int err = hash(image->module, image->module_bytes);

	return err ? err : verify(image->sigstruct);
}

int bench_crypto(const struct bench_image *image)
{
	int err = hash_and_verify(image);

	if (err)
		pr_err("tdx_bench: the crypto of this kernel says %d\n", err);
	return err;
}
