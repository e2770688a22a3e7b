// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of every kind, good and bad, as `tdxupd apply` and `inspect` meet them. */
#include <sys/socket.h>
#include <sys/un.h>

#include "cli_images.h"
#include "image_file.h"

static struct tdxu_image_file file;
static struct tdxu_error error;

static int load(const char *path, const char *sigstruct)
{
	int code = tdxu_image_file_load(path, sigstruct, &file, &error);

	return code ? code : (int)tdxu_image_file_judge(&file, &error);
}

static void unload(void)
{
	tdxu_image_file_free(&file);
}

static void expect_good(const char *format)
{
	ck_assert_int_eq(file.image.module_pages, PAGES);
	ck_assert(file.verified.hash_ok && file.verified.signature_ok && !file.verified.intel);
	ck_assert_str_eq(format, file.joined ? "separate" :
			 file.image.format == TDXU_IMAGE_VERSION_1 ? "v1" : "v2");
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

/* Sizes */

static const struct {
	const char *name;
	size_t size;
	const char *why;
} sizes[] = {
	{ "empty.blob", 0, "empty" },
	{ "short.blob", 4096, "shorter" },
	{ "truncated.blob", BLOB_BYTES - 4096, "do not add up" },
	{ "odd.blob", BLOB_BYTES - 1, "multiple of 4096" },
};

START_TEST(of_wrong_size)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	expect_bad(load(put_file(sizes[_i].name, &b, sizes[_i].size), NULL), 65, sizes[_i].name,
		   sizes[_i].why);
	unload();
}
END_TEST

START_TEST(oversized)
{
	const char *path = put_file("huge.blob", "x", 1);

	ck_assert_int_eq(truncate(path, TDXU_IMAGE_MAX_BYTES + 1), 0);
	expect_bad(load(path, NULL), 65, "huge.blob", "at most");
	ck_assert_int_eq(truncate(path, 1LL << 40), 0);
	expect_bad(load(path, NULL), 65, "huge.blob", "1099511627776 bytes");
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

/* Things that are no files */

START_TEST(missing)
{
	expect_bad(load(path_of("missing.blob"), NULL), 65, "missing.blob", "no such file");
	expect_bad(load(path_of("missing.blob/x"), NULL), 65, "missing.blob/x", "no such file");
}
END_TEST

START_TEST(a_directory)
{
	ck_assert_int_eq(mkdir(path_of("dir.blob"), 0755), 0);
	expect_bad(load(path_of("dir.blob"), NULL), 65, "dir.blob", "a directory");
}
END_TEST

/* A FIFO with nobody at its other end would block whoever opens it. */
START_TEST(a_fifo)
{
	ck_assert_int_eq(mkfifo(path_of("fifo.blob"), 0644), 0);
	expect_bad(load(path_of("fifo.blob"), NULL), 65, "fifo.blob", "a FIFO");
}
END_TEST

START_TEST(a_socket)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	expect_bad(load(address.sun_path, NULL), 65, "socket", "a socket");
	close(fd);
}
END_TEST

START_TEST(a_device)
{
	expect_bad(load("/dev/zero", NULL), 65, "/dev/zero", "a device");
}
END_TEST

START_TEST(unreadable)
{
	const char *path = put_file("secret.blob", "x", 1);
	uid_t user = geteuid();
	int code;

	ck_assert_int_eq(chmod(path, 0), 0);
	if (!user)
		ck_assert_int_eq(seteuid(65534), 0);
	code = load(path, NULL);
	ck_assert_int_eq(seteuid(user), 0);
	expect_bad(code, 77, "secret.blob", "may not be read");
}
END_TEST

/* Bare modules */

START_TEST(no_sigstruct)
{
	struct blob b;
	const char *path;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	path = put_file("lonely.so", b.module, sizeof(b.module));
	expect_bad(load(path, NULL), 65, "lonely.so", "lonely.sigstruct");
	ck_assert_ptr_nonnull(strstr(error.fix, "--sigstruct"));
	unload();
	expect_bad(load(path, path_of("named")), 65, "named", "no such file");
	unload();
}
END_TEST

START_TEST(another_ones_sigstruct)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	b.module[5000] ^= 1;
	put_file("mixed.sigstruct", &b.sig, sizeof(b.sig));
	expect_bad(load(put_file("mixed.so", b.module, sizeof(b.module)), NULL), 65, "mixed.so",
		   "SEAMHASH");
	ck_assert_str_eq(error.check, "hash");
	unload();
}
END_TEST

static const size_t sigstruct_sizes[] = { 0, 1, 2047, 2049, 4096 };

START_TEST(sigstruct_of_wrong_size)
{
	struct blob b;
	const char *path;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_file("size.sigstruct", b.sigstruct, sigstruct_sizes[_i]);
	path = put_file("size.so", b.module, sizeof(b.module));
	expect_bad(load(path, NULL), 65, "size.sigstruct", sigstruct_sizes[_i] ? "bytes" : "empty");
	unload();
}
END_TEST

START_TEST(module_of_odd_size)
{
	struct blob b;
	const char *path;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_file("odd.sigstruct", &b.sig, sizeof(b.sig));
	path = put_file("odd.so", b.module, sizeof(b.module) - 1);
	expect_bad(load(path, NULL), 65, "odd.so", "whole pages");
	unload();
}
END_TEST

START_TEST(module_of_too_many_pages)
{
	struct blob b;
	const char *path;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	put_file("many.sigstruct", &b.sig, sizeof(b.sig));
	path = put_file("many.so", b.module, sizeof(b.module));
	ck_assert_int_eq(truncate(path, 497 * 4096), 0);
	expect_bad(load(path, NULL), 65, "many.so", "496 module pages");
	unload();
}
END_TEST

START_TEST(a_blob_takes_no_sigstruct)
{
	struct blob b;
	const char *path;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	path = put_file("both.blob", &b, sizeof(b));
	expect_bad(load(path, path), 64, "both.blob", "only a bare module");
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

/* Well signed, and P-SEAMLDR would find out only after it has wiped the old module. */
START_TEST(signed_but_no_elf)
{
	struct blob b;

	make_blob(&b, TDXU_IMAGE_VERSION_2);
	b.module[4] = 1; /* 32 bits */
	fill_sigstruct(&b);
	sign(&b.sig);
	seal(&b);
	expect_bad(load(put_file("elf32.blob", &b, sizeof(b)), NULL), 65, "elf32.blob", "ELF");
	ck_assert_str_eq(error.check, "elf");
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

static void add_bad_files(TCase *tc)
{
	tcase_add_loop_test(tc, of_wrong_size, 0, ARRAY_SIZE(sizes));
	tcase_add_test(tc, oversized);
	tcase_add_loop_test(tc, random_content, 0, 4);
	tcase_add_test(tc, missing);
	tcase_add_test(tc, a_directory);
	tcase_add_test(tc, a_fifo);
	tcase_add_test(tc, a_socket);
	tcase_add_test(tc, a_device);
	tcase_add_test(tc, unreadable);
}

static void add_bad_modules(TCase *tc)
{
	tcase_add_test(tc, no_sigstruct);
	tcase_add_test(tc, another_ones_sigstruct);
	tcase_add_loop_test(tc, sigstruct_of_wrong_size, 0, ARRAY_SIZE(sigstruct_sizes));
	tcase_add_test(tc, module_of_odd_size);
	tcase_add_test(tc, module_of_too_many_pages);
	tcase_add_test(tc, a_blob_takes_no_sigstruct);
	tcase_add_loop_test(tc, damaged, 0, ARRAY_SIZE(damages));
	tcase_add_test(tc, signed_but_no_elf);
	tcase_add_loop_test(tc, a_key_that_is_none, 0, 3);
}

int main(void)
{
	TCase *tc = tcase_create("image_file");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, v1_and_v2);
	tcase_add_loop_test(tc, bare_modules, 0, ARRAY_SIZE(pairs));
	tcase_add_test(tc, in_the_current_directory);
	add_bad_files(tc);
	add_bad_modules(tc);
	tcase_add_loop_test(tc, cpu_models, 0, ARRAY_SIZE(models));
	return run_suite("cli image files", tc);
}
