// SPDX-License-Identifier: GPL-2.0-or-later
/* The known-answer block: page generator, hashes, sigstruct layout, and the model's own RSA. */

#include <stdlib.h>

#include "../sim/fw/model.h"
#include "run.h"

enum { KAT_PAGES = 8 };

struct kat {
	struct tdxu_sigstruct sig;
	u8 pages[KAT_PAGES][TDXU_PAGE_SIZE];
	u8 digest[TDXU_SHA384_BYTES];
};

static bool bytes_are(const json_t *kat, const char *key, const void *data, size_t size)
{
	u8 *expected = malloc(size);
	bool same = expected && vec_unhex(vec_text(kat, key), expected, size) == size &&
		    strlen(vec_text(kat, key)) == 2 * size && !memcmp(expected, data, size);

	free(expected);
	return same;
}

static bool hash_is(const json_t *kat, const char *key, const void *data, size_t size)
{
	u8 digest[TDXU_SHA384_BYTES];

	vec_sha384(data, size, digest);
	return bytes_are(kat, key, digest, sizeof(digest));
}

static bool verifies(const struct kat *k)
{
	static struct fw_rsa_work work;

	return fw_rsa_verify(&work, k->sig.modulus, k->sig.signature, k->digest);
}

/* A different digest, and each of the first and last bits of the signature. */
static bool refuses_changes(struct kat *k)
{
	static const u32 at[] = { 0, TDXU_RSA_BYTES / 2, TDXU_RSA_BYTES - 1 };
	bool refused = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		k->sig.signature[at[i]] ^= 1;
		refused &= !verifies(k);
		k->sig.signature[at[i]] ^= 1;
	}
	k->digest[0] ^= 1;
	refused &= !verifies(k);
	k->digest[0] ^= 1;
	return refused && verifies(k);
}

void run_kat(const json_t *kat, void (*line)(bool ok, const char *name))
{
	static struct kat k;
	u32 i;

	for (i = 0; i < KAT_PAGES; i++)
		vec_page("new", i, k.pages[i]);
	vec_unhex(vec_text(kat, "sigstruct_hex"), (u8 *)&k.sig, sizeof(k.sig));
	vec_signed_digest(&k.sig, k.digest);

	line(hash_is(kat, "page0_sha384", k.pages[0], TDXU_PAGE_SIZE), "kat page 0");
	line(hash_is(kat, "page1_sha384", k.pages[1], TDXU_PAGE_SIZE), "kat page 1");
	line(hash_is(kat, "seamhash", k.pages, KAT_PAGES * TDXU_PAGE_SIZE), "kat seamhash");
	line(bytes_are(kat, "seamhash", k.sig.seamhash, sizeof(k.sig.seamhash)) &&
	     bytes_are(kat, "modulus_le", k.sig.modulus, sizeof(k.sig.modulus)) &&
	     bytes_are(kat, "signature_le", k.sig.signature, sizeof(k.sig.signature)),
	     "kat sigstruct layout");
	line(hash_is(kat, "modulus_sha384", k.sig.modulus, sizeof(k.sig.modulus)),
	     "kat modulus hash");
	line(bytes_are(kat, "signed_message_sha384", k.digest, sizeof(k.digest)),
	     "kat signed message");
	line(verifies(&k), "kat signature verifies");
	line(refuses_changes(&k), "kat changed signature or message is refused");
}
