// SPDX-License-Identifier: GPL-2.0-or-later
/* What tdxupd says of the TCB status: of the running module, of images, and of the files. */
#include <dlfcn.h>

#include "genuine.h"
#include "messages.h"
#include "tcb_chain.h"

static struct blob blob;

/* 1.5.24 runs, of SVN 1.12; images are of 1.14. It is 2030. */
static void setup(void)
{
	paths_setup();
	fake_paths.tcb_root = tcb_root_hash;
	now = TCB_NOW;
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	put_file("x.blob", &blob, sizeof(blob));
	put_tcb("t.json", TCB_BODY("20", TCB_FUTURE));
	put_tcb("past.json", TCB_BODY("18", "2029-02-02T03:04:05Z"));
	put_text("chain", tcb_chain);
	fake.status = (struct tdxu_status){ .cpus_online = 1, .cpus_present = 1 };
	fill_module(&fake.status.module, 24);
}

extern __typeof__(dlopen) __real_dlopen, __wrap_dlopen;

void *__wrap_dlopen(const char *name, int flags)
{
	return __real_dlopen(broken == NO_LIBRARY ? path_of("none") : name, flags);
}

static BIO *no_memory(const void *data, int size)
{
	(void)data, (void)size;
	return NULL;
}

extern __typeof__(dlsym) __real_dlsym, __wrap_dlsym;

void *__wrap_dlsym(void *library, const char *name)
{
	if (broken == NO_MALLOC && !strcmp(name, "BIO_new_mem_buf"))
		return no_memory;
	return __real_dlsym(library, name);
}

static void changed_svn(void)
{
	blob.sig.svn_minor++;
	seal(&blob);
	put_file("x.blob", &blob, sizeof(blob));
}

static void no_library(void) { broken = NO_LIBRARY; }
static void short_of_memory(void) { broken = NO_MALLOC; }
static void other_series(void) { fake.status.module.svn_major = 4; }
static void platform_only(void) { fake.status.module.svn_major = 0; }
static void only_version(void) { fake.status.module.only_version = true; }
static void revoked(void) { fill_module(&fake.status.module, 7); }
static void new_module(void) { fill_module(&fake.status.module, 28); }
static void below(void)
{
	fill_module(&fake.status.module, 3);
	fake.status.module.svn_minor = 1;
}

/* --- files that are not what they should be --------------------------------------------------- */

static void changed(void)
{
	put_text("t.json", TCB_ANSWER(TCB_BODY("20", TCB_FUTURE)));
}

/* As many programs print it again. */
static void sorted(void)
{
	json_t *body = json_loads(TCB_BODY("20", TCB_FUTURE), 0, NULL);
	char *text = json_dumps(body, JSON_SORT_KEYS | JSON_COMPACT), all[4096];

	snprintf(all, sizeof(all), "{\"tcbInfo\":%s,\"signature\":\"%s\"}", text,
		 tcb_sign(TCB_BODY("20", TCB_FUTURE)));
	put_text("t.json", all);
	free(text);
	json_decref(body);
}

static void large(void)
{
	ck_assert_int_eq(truncate(path_of("t.json"), 10 << 20), 0);
}

static void url_encoded(void) { put_url_encoded("chain", tcb_chain); }
static void another_root(void) { fake_paths.tcb_root = NULL; }
static void no_root(void) { put_text("chain", tcb_signer_only); }
static void expired_chain(void) { put_text("chain", tcb_expired_chain); }
static void platform_chain(void) { put_text("chain", tcb_platform_chain); }
static void no_chain(void) { put_text("chain", "nothing"); }
static void chain_beside(void) { put_text("t.chain.pem", tcb_chain); }

static void collateral(void)
{
	json_t *all = json_pack("{s:s, s:s, s:s}", "tcb_info", TCB_BODY("20", TCB_FUTURE),
				"tcb_info_signature", tcb_sign(TCB_BODY("20", TCB_FUTURE)),
				"tcb_info_issuer_chain", tcb_chain);

	ck_assert_int_eq(json_dump_file(all, path_of("t.json"), 0), 0);
	json_decref(all);
}

static void collateral_of_other(void)
{
	collateral();
	fake_paths.tcb_root = NULL;
}

static void in_default(void)
{
	mkdir(fake_paths.tcb, 0755);
	put_tcb("tcb/standard.json", TCB_BODY("20", TCB_FUTURE));
	put_tcb("tcb/early.json", TCB_BODY("22", TCB_FUTURE));
	put_text("tcb/early.chain.pem", tcb_chain);
	put_text("tcb/other", "x");
}

static void broken_in_default(void)
{
	in_default();
	put_text("tcb/standard.json", "x");
}

static void default_is_file(void) { put_text("tcb", "x"); }

/* One is of the usual SVN, one of 1.6, and one is none. */
static void directory_of_images(void)
{
	struct blob old = blob;

	mkdir(path_of("l"), 0755);
	put_text("l/mapping_file.json", "{ \"tdx_module_releases\": [] }");
	put_file("l/tdx_module_1.5.28.blob", &blob, sizeof(blob));
	old.module[5000] ^= 1;
	fill_sigstruct(&old);
	old.sig.svn_minor = 6;
	sign(&old.sig);
	seal(&old);
	put_file("l/tdx_module_1.5.08.blob", &old, sizeof(old));
	put_text("l/none.blob", "x");
}

#define T "--tcb-info DIR/t.json"
#define C T " --tcb-chain DIR/chain"
#define WRONG "tdxupd: DIR/t.json: its signature is not the publisher's: "
#define AGAIN "; get the file again, byte for byte as its publisher's service sends it"
#define SET "FMSPC B0C06F000000, issued 2030-01-02, "

static const struct row rows[] = {
	{ NULL, "status " T, 0, "TCB set 20      module's half OutOfDate: SVN 1.12, needs 1.13" },
	{ NULL, "status " T, 0, "                level of 2025-05-14; INTEL-SA-01192, INTEL-SA-01245" },
	{ NULL, "status " T, 0, "                " SET
	  "expires 2099-01-02, signature not verified: no chain of certificates" },
	{ NULL, "status " C, 0, "                " SET "expires 2099-01-02, signature verified" },
	{ new_module, "status " C, 0, "TCB set 20      module's half UpToDate" },
	{ revoked, "status " C, 0, "TCB set 20      module's half Revoked: SVN 1.3, needs 1.13" },
	{ below, "status " C, 0, "TCB set 20      module's half not supported: SVN 1.1, needs 1.13" },
	{ other_series, "status " C, 0,
	  "TCB set 20      module's half not supported: SVN 4.12, of which the file has no module" },
	{ platform_only, "status " C, 0,
	  "TCB set 20      module's half unknown: SVN 0.x is judged by the platform's levels" },
	{ only_version, "status " C, 0,
	  "TCB set 20      module's half unknown: nothing tells the module's SVN" },
	/* Of one that has expired, what is good is not believed. */
	{ new_module, "status --tcb-info=DIR/past.json", 0,
	  "TCB set 18      module's half unknown: UpToDate, by a file that expired on 2029-02-02" },
	{ NULL, "status --tcb-info=DIR/past.json", 0,
	  "TCB set 18      module's half OutOfDate: SVN 1.12, needs 1.13" },
	{ NULL, "status --tcb-info=DIR/past.json", 0, "                " SET
	  "EXPIRED 2029-02-02, signature not verified: no chain of certificates" },
	{ other_series, "status --tcb-info=DIR/past.json", 0,
	  "TCB set 18      module's half unknown: not supported: SVN 4.12, of which the file has no module, by a file that expired on 2029-02-02" },
	{ NULL, "status --tcb-info=DIR/past.json " T, 0,
	  "TCB set 20      module's half OutOfDate: SVN 1.12, needs 1.13" },
	{ NULL, "inspect DIR/x.blob " C, 0, "TCB set 20      module's half UpToDate" },
	{ changed_svn, "inspect DIR/x.blob " C, 65,
	  "TCB set 20      module's half unknown: nothing tells the module's SVN" },
	/* Who has signed it. */
	{ url_encoded, "status " C, 0, "                *signature verified" },
	{ chain_beside, "status " T, 0, "                *signature verified" },
	{ collateral, "status " T, 0, "                *signature verified" },
	{ collateral_of_other, "status " T, 65,
	  WRONG "its chain has no certificate of Intel's root key" AGAIN },
	{ no_library, "status " C, 0, "                *signature not verified: no libcrypto (*)" },
	{ short_of_memory, "status " C, 0, "                *signature not verified: out of memory" },
	{ changed, "status " C, 65, WRONG "its bytes are not those that were signed" AGAIN },
	{ changed, "inspect DIR/x.blob " C, 65,
	  WRONG "its bytes are not those that were signed" AGAIN },
	{ sorted, "status " C, 65, WRONG "its bytes are not those that were signed" AGAIN },
	{ another_root, "status " C, 65, WRONG "its chain has no certificate of Intel's root key" AGAIN },
	{ no_root, "status " C, 65, WRONG "its chain has no certificate of Intel's root key" AGAIN },
	{ no_chain, "status " C, 65, WRONG "its chain has no certificate of Intel's root key" AGAIN },
	{ platform_chain, "status " C, 65, WRONG "its chain has no certificate of TCB Signing" AGAIN },
	{ expired_chain, "status " C, 65,
	  WRONG "its chain is not valid: certificate has expired" AGAIN },
	{ NULL, "status " T " --tcb-chain=DIR/none", 65,
	  "tdxupd: DIR/none: there is no such file; check the path" },
	{ large, "status " T, 65,
	  "tdxupd: DIR/t.json: it has 10485760 bytes, and a TCB info has at most 1048576; check that it is the right file" },
	{ NULL, "status --tcb-info=DIR/x.blob", 65,
	  "tdxupd: DIR/x.blob: it is cut short, no JSON, or has a key twice" AGAIN },
	/* Of each image, and of none that is no image. */
	{ directory_of_images, "list DIR/l " C, 0,
	  "                TCB set 20: module's half UpToDate" },
	{ directory_of_images, "list DIR/l " C, 0,
	  "                TCB set 20: module's half OutOfDate: SVN 1.6, needs 1.13" },
	{ directory_of_images, "list DIR/l " C, 0,
	  "TCB set 20      " SET "expires 2099-01-02, signature verified" },
	{ NULL, "list DIR/l --tcb-info=DIR/x.blob", 65,
	  "tdxupd: DIR/x.blob: it is cut short, no JSON, or has a key twice" AGAIN },
	/* Without options. */
	{ in_default, "status", 0, "TCB set 20      module's half OutOfDate: SVN 1.12, needs 1.13" },
	{ in_default, "status", 0, "TCB set 22      module's half OutOfDate: SVN 1.12, needs 1.13" },
	{ in_default, "status", 0, "                *signature verified" },
	{ broken_in_default, "status", 0,
	  "TCB info        not used: DIR/tcb/standard.json: it is cut short, no JSON, or has a key twice" },
	{ broken_in_default, "status", 0,
	  "TCB set 22      module's half OutOfDate: SVN 1.12, needs 1.13" },
	{ default_is_file, "status", 0, "TCB info        not used: DIR/tcb: *" },
	{ NULL, "status --tcb-chain DIR/chain", 64,
	  "tdxupd: status: --tcb-chain is of the files that --tcb-info names; see `tdxupd help status`" },
	{ NULL, "status " T " " T " " T " " T " --tcb-info=a --tcb-info=b --tcb-info=c --tcb-info=d --tcb-info=e", 64,
	  "tdxupd: status: there are more than 8 --tcb-info; see `tdxupd help status`" },
};

START_TEST(row)
{
	try_row(&rows[_i]);
}
END_TEST

START_TEST(as_json)
{
	json_t *one;

	broken_in_default();
	options = (struct tdxu_options){ .json = true };
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	json = json_loads(out, 0, NULL);
	expect_schema(json);
	ck_assert_uint_eq(json_array_size(at("tcb", NULL)), 2);
	one = json_array_get(at("tcb", NULL), 0);
	ck_assert_str_eq(json_string_value(json_object_get(one, "status")), "OutOfDate");
	ck_assert_str_eq(json_string_value(json_object_get(one, "expires")), TCB_FUTURE);
	ck_assert(json_is_true(json_object_get(one, "verified")));
	ck_assert_uint_eq(json_array_size(json_object_get(one, "advisories")), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(one, "needs"),
							    "minor")), 13);
	one = json_array_get(at("tcb", NULL), 1);
	ck_assert_str_eq(json_string_value(json_object_get(one, "status")), "unknown");
	ck_assert(json_is_null(json_object_get(one, "verified")));
	ck_assert(json_is_null(json_object_get(one, "set")));
	ck_assert(json_is_string(json_object_get(one, "why")));
}
END_TEST

/* What a path that is too long begins with may be another file. */
START_TEST(too_long_a_path_is_not_cut)
{
	char path[PATH_MAX + 64], *end = path + sprintf(path, "%s", directory);

	while (end < path + PATH_MAX - sizeof("/t.json"))
		*end++ = '/';
	strcpy(end, "/t.json");
	ck_assert_uint_eq(strlen(path), PATH_MAX - 1);
	options = (struct tdxu_options){ .nr_tcb_infos = 1, .tcb_info = { path } };
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	strcat(path, ".of-another-day");
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 65);
	ck_assert_msg(strstr(err, "(File name too long)") != NULL, "%s", err);
}
END_TEST

/* The publisher's own, with its own root, on a day when they were valid. */
START_TEST(published)
{
	const char *dir = genuine_dir();
	char path[2][512];

	if (!dir)
		return;
	now = 1786752000; /* 2026-08-15 */
	fake_paths.tcb_root = NULL;
	options = (struct tdxu_options){ .nr_tcb_infos = 1, .tcb_info = { path[0] } };
	snprintf(path[0], sizeof(path[0]), "%s/tcb/tcb-info-20.json", dir);
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	ck_assert_ptr_nonnull(strstr(out, "module's half UpToDate\n"));
	ck_assert_ptr_nonnull(strstr(out, "issued 2026-08-13, expires 2026-09-12, signature verified"));
	/* The chain of both is the same. */
	options.tcb_chain = path[1];
	snprintf(path[0], sizeof(path[0]), "%s/tcb/tcb-info-18.json", dir);
	snprintf(path[1], sizeof(path[1]), "%s/tcb/tcb-info-20.chain.pem", dir);
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 0);
	ck_assert_ptr_nonnull(strstr(out, "EXPIRED 2026-03-20, signature verified"));
	fake_paths.tcb_root = tcb_root_hash;
	ck_assert_int_eq(run(tdxu_cmd_status, &options, false), 65);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("tcb status");

	tcase_add_unchecked_fixture(tc, tcb_setup, tcb_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, row, 0, ARRAY_SIZE(rows));
	tcase_add_test(tc, as_json);
	tcase_add_test(tc, too_long_a_path_is_not_cut);
	tcase_add_test(tc, published);
	return run_suite("cli tcb status", tc);
}
