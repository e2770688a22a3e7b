// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of every kind, good and bad, as `tdxupd apply` and `inspect` meet them. */
#include "cli_images.h"
#include "image_file.h"

static struct tdxu_image_file file;
static struct tdxu_error error;

static int load(const char *path, const char *sigstruct)
{
	int code = tdxu_image_file_load(NULL, path, sigstruct, &file, &error);

	return code ? code : (int)tdxu_image_file_judge(&file, &error);
}

static void unload(void)
{
	tdxu_image_file_free(&file);
}

static void expect_good(const char *format)
{
	ck_assert_int_eq(file.content.image.module_pages, PAGES);
	ck_assert(file.content.hash_matches && file.content.signature_valid);
	ck_assert_int_eq(tdxu_signer_of(&file.content), TDXU_SIGNER_NAMED);
	ck_assert_str_eq(format, file.joined ? "separate" :
			 file.content.image.format == TDXU_IMAGE_VERSION_1 ? "v1" : "v2");
}

/* Every error is a whole sentence, and names the file that is wrong. */
static void expect_bad(int code, int want, const char *name, const char *why)
{
	ck_assert_int_eq(code, want);
	ck_assert_int_eq(error.code, want);
	ck_assert_msg(strstr(error.what, name) != NULL, "%s", error.what);
	ck_assert_msg(strstr(error.why, why) != NULL, "%s", error.why);
	ck_assert_str_ne(error.fix, "");
	ck_assert_ptr_null(strchr(error.why, '\n'));
}

START_TEST(v1_and_v2)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_1);
	ck_assert_int_eq(load(put_file("good1.blob", &b, sizeof(b)), NULL), 0);
	expect_good("v1");
	unload();
	make_blob(&b, TDXU_IMAGE_VERSION_2);
	ck_assert_int_eq(load(put_file("good2.blob", &b, sizeof(b)), NULL), 0);
	expect_good("v2");
	unload();
}
END_TEST

static const struct {
	const char *module, *sigstruct;
	bool named;
} pairs[] = {
	{ "a.so", "a.sigstruct", false },
	{ "b.bin", "b.sigstruct", false },
	{ "tdx_module_1.5.28.so", "tdx_module_1.5.28.sigstruct", false },
	{ "nosuffix", "nosuffix.sigstruct", false },
	{ "c.so", "elsewhere", true },
};

START_TEST(bare_modules)
{
	struct blob b, *made;
	const char *path, *sigstruct;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	path = put_file(pairs[_i].module, b.module, sizeof(b.module));
	sigstruct = put_file(pairs[_i].sigstruct, &b.sig, sizeof(b.sig));
	ck_assert_int_eq(load(path, pairs[_i].named ? sigstruct : NULL), 0);
	expect_good("separate");

	/* What is uploaded then is the same v2 blob, byte for byte. */
	ck_assert_uint_eq(file.blob.size, sizeof(b));
	made = (struct blob *)file.blob.data;
	ck_assert_mem_eq(made, &b, sizeof(b));
	unload();
}
END_TEST

START_TEST(in_the_current_directory)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_file("here.so", b.module, sizeof(b.module));
	put_file("here.sigstruct", &b.sig, sizeof(b.sig));
	ck_assert_int_eq(chdir(directory), 0);
	ck_assert_int_eq(load("here.so", NULL), 0);
	unload();
}
END_TEST

/* One more is in test_cli_messages. */
START_TEST(of_most_pages)
{
	const size_t bytes = 496 * 4096;
	u8 *module = calloc(1, bytes);
	const char *path;
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	memcpy(module, b.module, sizeof(b.module));
	ck_assert(EVP_Digest(module, bytes, b.sig.seamhash, NULL, EVP_sha384(), NULL));
	sign(&b.sig);
	put_file("most.sigstruct", &b.sig, sizeof(b.sig));
	path = put_file("most.so", module, bytes);
	ck_assert_int_eq(load(path, NULL), 0);
	ck_assert_uint_eq(file.content.image.module_pages, 496);
	unload();
	free(module);
}
END_TEST

START_TEST(random_content)
{
	u8 *noise = malloc(BLOB_BYTES);
	u32 seed = (u32)_i + 1;

	for (size_t i = 0; i < BLOB_BYTES; i++) {
		seed = seed * 1664525 + 1013904223;
		noise[i] = (u8)(seed >> 24);
	}
	expect_bad(load(put_file("noise.blob", noise, BLOB_BYTES), NULL), 65, "noise.blob",
		   "mark of a TDX module");
	free(noise);
	unload();
}
END_TEST

/* What is inside */

static const struct {
	size_t offset;
	bool seal; /* the checksum is made right again, and something else must notice */
	const char *check;
} damages[] = {
	{ 2, false, "checksum" },
	{ BLOB_BYTES - 1, false, "checksum" },
	{ BLOB_BYTES - 1, true, "hash" },
	{ 2 * 4096 + 100, true, "hash" },
	{ 100, true, "header-reserved" },
	{ 4096 + 2048, true, "sigstruct-page-tail" },
	{ 4096 + 0, true, "sigstruct" },
	{ 4096 + offsetof(struct tdxu_sigstruct, vendor), true, "sigstruct" },
	{ 4096 + offsetof(struct tdxu_sigstruct, exponent), true, "sigstruct" },
	{ 4096 + offsetof(struct tdxu_sigstruct, date), true, "signature" },
	{ 4096 + offsetof(struct tdxu_sigstruct, modulus), true, "signature" },
	{ 4096 + offsetof(struct tdxu_sigstruct, modulus) + 383, true, "signature" },
	{ 4096 + offsetof(struct tdxu_sigstruct, signature), true, "signature" },
	{ 4096 + offsetof(struct tdxu_sigstruct, signature) + 383, true, "signature" },
	{ 4096 + offsetof(struct tdxu_sigstruct, svn_minor), true, "signature" },
	{ 4096 + offsetof(struct tdxu_sigstruct, cpuid_table) + 1019, true, "signature" },
};

START_TEST(damaged)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	((u8 *)&b)[damages[_i].offset] ^= 1;
	if (damages[_i].seal)
		seal(&b);
	expect_bad(load(put_file("damaged.blob", &b, sizeof(b)), NULL), 65, "damaged.blob", "");
	ck_assert_str_eq(error.check, damages[_i].check);
	unload();
}
END_TEST

START_TEST(a_key_that_is_none)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	memset(b.sig.modulus, _i, sizeof(b.sig.modulus));
	seal(&b);
	expect_bad(load(put_file("nokey.blob", &b, sizeof(b)), NULL), 65, "nokey.blob",
		   "signature");
	unload();
}
END_TEST

static const struct {
	u32 cpuid;
	const char *name;
} models[] = {
	{ 0x000806f8, "Sapphire Rapids" }, { 0x000806f0, "Sapphire Rapids" },
	{ 0x000c06f2, "Emerald Rapids" },  { 0x000a06d1, "Granite Rapids" },
	{ 0x000a06e0, "Granite Rapids-D" }, { 0x000a06f3, "Sierra Forest" },
	{ 0x00012340, NULL },		   { 0, NULL },
};

START_TEST(cpu_models)
{
	const char *name = tdxu_cpu_model_name(models[_i].cpuid);

	if (models[_i].name)
		ck_assert_str_eq(name, models[_i].name);
	else
		ck_assert_ptr_null(name);
}
END_TEST

/* The driver checks with 65537 and 3072 bits, whatever the sigstruct says. */
static const struct {
	u32 bits, exponent;
	bool good;
} keys[] = {
	{ 3072, 65537, true }, { 3072, 3, false }, { 3071, 65537, false },
};

START_TEST(keys_of_another_kind)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *exponent = BN_new();
	EVP_PKEY *own = NULL;
	struct blob b;

	BN_set_word(exponent, keys[_i].exponent);
	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)keys[_i].bits), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, exponent), 1);
	ck_assert_int_eq(EVP_PKEY_keygen(ctx, &own), 1);
	make_blob(&b, TDXU_IMAGE_VERSION_2);
	b.sig.exponent = keys[_i].exponent;
	sign_by(&b.sig, own);
	seal(&b);
	tdxu_image_file_load(NULL, put_file("key.blob", &b, sizeof(b)), NULL, &file, &error);
	ck_assert(file.verified);
	ck_assert_int_eq(file.content.signature_valid, keys[_i].good);
	unload();
	EVP_PKEY_free(own);
	BN_free(exponent);
	EVP_PKEY_CTX_free(ctx);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("image_file");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_test(tc, v1_and_v2);
	tcase_add_loop_test(tc, bare_modules, 0, ARRAY_SIZE(pairs));
	tcase_add_test(tc, in_the_current_directory);
	tcase_add_test(tc, of_most_pages);
	tcase_add_loop_test(tc, random_content, 0, 4);
	tcase_add_loop_test(tc, damaged, 0, ARRAY_SIZE(damages));
	tcase_add_loop_test(tc, a_key_that_is_none, 0, 3);
	tcase_add_loop_test(tc, keys_of_another_kind, 0, ARRAY_SIZE(keys));
	tcase_add_loop_test(tc, cpu_models, 0, ARRAY_SIZE(models));
	return run_suite("cli image files", tc);
}
