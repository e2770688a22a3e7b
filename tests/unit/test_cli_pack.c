// SPDX-License-Identifier: GPL-2.0-or-later
/* `tdxupd pack` and `unpack`: there and back again, byte for byte. */
#include "cli_fake.h"
#include "image_file.h"

static struct tdxu_options options;
static struct blob v1, v2;

static void setup(void)
{
	make_blob(&v1, TDXU_IMAGE_VERSION_1);
	v2 = v1;
	fill_header(&v2, TDXU_IMAGE_VERSION_2);
	seal(&v2);
	options = (struct tdxu_options){ 0 };
	paths_setup();
}

static int pack(const char *from, u16 format, const char *to)
{
	options.image = from;
	options.format = format;
	options.output = to;
	return run(tdxu_cmd_pack, &options, false);
}

static int unpack(const char *from, const char *to)
{
	options.image = from;
	options.output = to;
	return run(tdxu_cmd_unpack, &options, false);
}

static void expect_file(const char *path, const void *data, size_t size)
{
	struct tdxu_error error;
	struct tdxu_file file = { 0 };

	ck_assert_int_eq(tdxu_file_read(path, TDXU_IMAGE_MAX_BYTES, "a file", &file, &error), 0);
	ck_assert_uint_eq(file.size, size);
	ck_assert_mem_eq(file.data, data, size);
	free(file.data);
}

static const char *fresh(const char *name)
{
	const char *path = path_of(name);

	unlink(path);
	return path;
}

/* v1 -> v2 -> separate -> v1, and the other way about. */
START_TEST(round_trip)
{
	const struct blob *first = _i ? &v2 : &v1, *second = _i ? &v1 : &v2;
	u16 formats[] = { TDXU_IMAGE_VERSION_1, TDXU_IMAGE_VERSION_2 };
	const char *source = put_file("source.blob", first, sizeof(*first));
	const char *other = fresh("other.blob"), *module = fresh("module.so");
	const char *sigstruct = fresh("module.sigstruct"), *back = fresh("back.blob");

	ck_assert_int_eq(pack(source, formats[!_i], other), 0);
	expect_file(other, second, sizeof(*second));
	ck_assert_int_eq(unpack(other, module), 0);
	expect_file(module, first->module, MODULE_BYTES);
	expect_file(sigstruct, &first->sig, TDXU_SIGSTRUCT_BYTES);
	ck_assert_int_eq(pack(module, formats[_i], back), 0);
	expect_file(back, first, sizeof(*first));
}
END_TEST

START_TEST(v2_by_default)
{
	const char *source = put_file("source.blob", &v1, sizeof(v1));
	const char *to = fresh("default.blob");

	ck_assert_int_eq(pack(source, 0, to), 0);
	expect_file(to, &v2, sizeof(v2));
	ck_assert_ptr_nonnull(strstr(out, "default.blob"));
}
END_TEST

START_TEST(as_json)
{
	const char *source = put_file("source.blob", &v1, sizeof(v1));
	const char *to = fresh("json.so");

	fresh("json.sigstruct");
	options.json = true;
	ck_assert_int_eq(unpack(source, to), 0);
	take_json("unpack", 0, " image written");
	ck_assert_uint_eq(json_array_size(at("written", NULL)), 2);
	ck_assert_str_eq(json_string_value(json_array_get(at("written", NULL), 0)), to);
	ck_assert_int_eq(unpack(source, to), 64);
	take_json("unpack", 64, " image written");
	ck_assert_uint_eq(json_array_size(at("written", NULL)), 0);
}
END_TEST

/* Nothing is overwritten, and nothing damaged is passed on. */
START_TEST(refuses)
{
	const char *source = put_file("source.blob", &v1, sizeof(v1));
	const char *there = put_file("there.blob", "x", 1);

	ck_assert_int_eq(pack(source, 0, there), 64);
	ck_assert_ptr_nonnull(strstr(err, "there is such a file already"));
	expect_file(there, "x", 1);
	ck_assert_int_eq(unpack(source, path_of("x.sigstruct")), 64);
	ck_assert_ptr_nonnull(strstr(err, "another ending"));
	ck_assert_int_eq(pack(source, 0, NULL), 64);
	ck_assert_ptr_nonnull(strstr(err, "--output FILE"));
	ck_assert_int_eq(unpack(source, NULL), 64);
	v1.module[9] ^= 1;
	source = put_file("source.blob", &v1, sizeof(v1));
	ck_assert_int_eq(pack(source, 0, fresh("bad.blob")), 65);
	ck_assert_int_ne(access(path_of("bad.blob"), F_OK), 0);
}
END_TEST

/* Both files, or none; and what is told is what is there. */
START_TEST(unpacks_whole_or_not_at_all)
{
	const char *source = put_file("source.blob", &v1, sizeof(v1));
	const char *module = put_file("half.so", "x", 1), *sigstruct = fresh("half.sigstruct");

	options.json = true;
	ck_assert_int_eq(unpack(source, module), 64);
	take_json("unpack", 64, " image written");
	ck_assert_uint_eq(json_array_size(at("written", NULL)), 0);
	ck_assert_int_ne(access(sigstruct, F_OK), 0);
	expect_file(module, "x", 1);
}
END_TEST

/* Whatever is in an image, what is told of it keeps to the schema. */
START_TEST(mutated_images_keep_to_the_schema)
{
	u32 random = (u32)_i * 2654435761u + 1;
	struct blob b = v1;

	for (u32 i = 0; i < 8; i++) {
		random = random * 1664525 + 1013904223;
		b.sigstruct[random % TDXU_SIGSTRUCT_BYTES] ^= (u8)(random >> 24 | 1);
	}
	/* Dates that are none, and some that are. */
	b.sig.date = _i % 2 ? random : 0x20261301 + (u32)_i;
	seal(&b);
	options = (struct tdxu_options){ .json = true, .image = put_file("m.blob", &b, sizeof(b)) };
	run(tdxu_cmd_inspect, &options, false);
	json = json_loads(out, 0, NULL);
	ck_assert_ptr_nonnull(json);
	expect_schema(json);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("pack");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, round_trip, 0, 2);
	tcase_add_test(tc, v2_by_default);
	tcase_add_test(tc, as_json);
	tcase_add_test(tc, refuses);
	tcase_add_test(tc, unpacks_whole_or_not_at_all);
	tcase_add_loop_test(tc, mutated_images_keep_to_the_schema, 0, 100);
	return run_suite("cli pack", tc);
}
