// SPDX-License-Identifier: GPL-2.0-or-later
/* What tdxupd says of a command line, of files, and of what is in them. */
#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "libcrypto.h"
#include "messages.h"

static struct blob blob;

/* A good image as DIR/x.blob, and its parts as DIR/x.so and DIR/x.sigstruct. */
static void setup(void)
{
	paths_setup();
	make_blob(&blob, TDXU_IMAGE_VERSION_2);
	put_file("x.blob", &blob, sizeof(blob));
	put_file("x.so", blob.module, sizeof(blob.module));
	put_file("x.sigstruct", &blob.sig, sizeof(blob.sig));
}

/* --- what the linker puts in the place of functions: Makefile, -Wl,--wrap --------------------- */

extern __typeof__(malloc) __real_malloc, __wrap_malloc;
extern __typeof__(calloc) __real_calloc, __wrap_calloc;
extern __typeof__(read) __real_read, __wrap_read;
extern __typeof__(fsync) __real_fsync, __wrap_fsync;
extern __typeof__(dlopen) __real_dlopen, __wrap_dlopen;
extern __typeof__(dlsym) __real_dlsym, __wrap_dlsym;

/* So large that it is not the test's own. */
void *__wrap_malloc(size_t size)
{
	return broken == NO_MALLOC && size >= sizeof(blob) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t nr, size_t size)
{
	return broken == NO_CALLOC ? NULL : __real_calloc(nr, size);
}

ssize_t __wrap_read(int fd, void *data, size_t size)
{
	return broken == NO_READ ? 0 : __real_read(fd, data, size);
}

int __wrap_fsync(int fd)
{
	errno = ENOSPC;
	return broken == NO_FSYNC ? -1 : __real_fsync(fd);
}

void *__wrap_dlopen(const char *name, int flags)
{
	return __real_dlopen(broken == NO_LIBRARY ? path_of("none") : name, flags);
}

/* Of the type that it is called by, which sanitizers compare. */
static int digest_nothing(const void *data, size_t size, unsigned char *digest,
			  unsigned int *digest_size, const EVP_MD *type, ENGINE *engine)
{
	(void)data, (void)size, (void)digest, (void)digest_size, (void)type, (void)engine;
	return 0;
}
static_assert(__builtin_types_compatible_p(__typeof__(digest_nothing), __typeof__(EVP_Digest)),
	      "it takes the place of EVP_Digest");

void *__wrap_dlsym(void *library, const char *name)
{
	if (broken == NO_DIGEST && !strcmp(name, "EVP_Digest"))
		return digest_nothing;
	return __real_dlsym(library, broken == NO_SYMBOL ? "EVP_none" : name);
}

static void no_malloc(void) { broken = NO_MALLOC; }
static void no_calloc(void) { broken = NO_CALLOC; }
static void no_read(void) { broken = NO_READ; }
static void no_fsync(void) { broken = NO_FSYNC; }
static void no_library(void) { broken = NO_LIBRARY; }
static void no_symbol(void) { broken = NO_SYMBOL; }
static void no_digest(void) { broken = NO_DIGEST; }

/* --- files ------------------------------------------------------------------------------------ */

static void make_directory(void) { mkdir(path_of("dir"), 0755); }
static void make_fifo(void) { mkfifo(path_of("fifo"), 0644); }
static void make_empty(void) { put_file("empty", "", 0); }
static void make_link(void) { ck_assert_int_eq(symlink("loop", path_of("loop")), 0); }
static void make_text(void) { put_file("text", blob.header + 64, 3 * 4096); }
static void make_there(void) { put_file("there", "x", 1); }
static void make_short(void) { put_file("short.sigstruct", &blob.sig, 2047); }
static void make_lonely(void) { put_file("lonely.so", blob.module, sizeof(blob.module)); }
static void make_odd(void) { put_file("x.so", blob.module, sizeof(blob.module) - 1); }

static void make_secret(void)
{
	put_file("secret", "x", 1);
	ck_assert_int_eq(chmod(path_of("secret"), 0), 0);
	be_nobody();
}

static void make_closed(void)
{
	mkdir(path_of("closed"), 0555);
	be_nobody();
}

static void make_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path_of("socket"));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

/* Without any data in it. */
static void make_long(const char *name, off_t size)
{
	ck_assert_int_eq(truncate(put_file(name, "\177ELF", 4), size), 0);
}

static void make_huge(void) { make_long("huge", 1LL << 40); }
static void make_many(void) { make_long("x.so", 497 * 4096); }
static void make_many_blob(void) { make_long("many", (2 + 497) * 4096); }

#define PUBLISHER "; get the file again from its publisher"
#define NEED "the hash and signature of an image need libcrypto, which cannot be loaded "
#define OPENSSL "; install OpenSSL's libcrypto of the version that tdxupd was built for"

static const struct row file_rows[] = {
	{ NULL, "inspect DIR/none", 65, "tdxupd: DIR/none: there is no such file; check the path" },
	{ NULL, "inspect DIR/x.so/y", 65,
	  "tdxupd: DIR/x.so/y: there is no such file; check the path" },
	{ make_secret, "inspect DIR/secret", 77,
	  "tdxupd: DIR/secret: it may not be read: it belongs to user *, and has mode 0000; run it as a user who may read the file, or let everybody read it: root in the unit of systemd has no CAP_DAC_OVERRIDE" },
	{ make_link, "inspect DIR/loop", 65,
	  "tdxupd: DIR/loop: it cannot be read (Too many levels of symbolic links); check the path and the file system" },
	{ make_directory, "inspect DIR/dir", 65,
	  "tdxupd: DIR/dir: it is a directory, not a TDX module image; give the path of a file" },
	{ make_fifo, "inspect DIR/fifo", 65,
	  "tdxupd: DIR/fifo: it is a FIFO, not a TDX module image; give the path of a file" },
	{ make_socket, "inspect DIR/socket", 65,
	  "tdxupd: DIR/socket: it is a socket, not a TDX module image; give the path of a file" },
	{ NULL, "inspect /dev/zero", 65,
	  "tdxupd: /dev/zero: it is a device, not a TDX module image; give the path of a file" },
	{ make_empty, "inspect DIR/empty", 65, "tdxupd: DIR/empty: it is empty" PUBLISHER },
	{ make_huge, "inspect DIR/huge", 65,
	  "tdxupd: DIR/huge: it has 1099511627776 bytes, and a TDX module image has at most 2039808; check that it is the right file" },
	{ make_many_blob, "inspect DIR/many", 65,
	  "tdxupd: DIR/many: it has 2043904 bytes, and a TDX module image has at most 2039808; check that it is the right file" },
	{ no_malloc, "inspect DIR/x.blob", 1,
	  "tdxupd: DIR/x.blob: out of memory; free some memory and try again" },
	{ no_read, "inspect DIR/x.blob", 65,
	  "tdxupd: DIR/x.blob: it became shorter while it was read; try again when nobody writes to it" },
	{ no_library, "inspect DIR/x.blob", 1,
	  "tdxupd: DIR/x.blob: " NEED "(DIR/none: cannot open shared object file: No such file or directory)" OPENSSL },
	{ no_symbol, "inspect DIR/x.blob", 1,
	  "tdxupd: DIR/x.blob: " NEED "(*libcrypto*: undefined symbol: EVP_none)" OPENSSL },
	{ no_library, "apply DIR/x.blob", 1, "tdxupd: DIR/x.blob: " NEED "(*)" OPENSSL },
	{ no_digest, "inspect DIR/x.blob", 1,
	  "tdxupd: DIR/x.blob: memory was short, so its hash and signature could not be tried; free memory and try again; with enough of it, check OpenSSL's configuration" },
	{ make_text, "inspect DIR/text", 65,
	  "tdxupd: DIR/text: it does not carry the mark of a TDX module image; give a .blob, or a .so or .bin with its .sigstruct beside it" },

	/* bare modules */
	{ make_lonely, "inspect DIR/lonely.so", 65,
	  "tdxupd: DIR/lonely.so: a bare module needs its signature, and there is no DIR/lonely.sigstruct; put it there, or name it with --sigstruct" },
	{ NULL, "inspect DIR/x.sigstruct", 65,
	  "tdxupd: DIR/x.sigstruct: it is the signature of a bare module; give the module, which should be beside it" },
	{ NULL, "inspect DIR/x.so --sigstruct DIR/none", 65,
	  "tdxupd: DIR/none: there is no such file; check the path" },
	{ NULL, "inspect DIR/x.so --sigstruct DIR/x.blob", 65,
	  "tdxupd: DIR/x.blob: it has 20480 bytes, and a .sigstruct file has at most 2048; check that it is the right file" },
	{ make_short, "inspect DIR/x.so --sigstruct DIR/short.sigstruct", 65,
	  "tdxupd: DIR/short.sigstruct: it has 2047 bytes, and a .sigstruct file has 2048" PUBLISHER },
	{ make_odd, "inspect DIR/x.so", 65,
	  "tdxupd: DIR/x.so: a bare module has whole pages of 4096 bytes, and this one has 12287 bytes" PUBLISHER },
	{ make_many, "inspect DIR/x.so", 65,
	  "tdxupd: DIR/x.so: it is longer than P-SEAMLDR's limit of 496 module pages allows" PUBLISHER },
	{ no_calloc, "inspect DIR/x.so", 1,
	  "tdxupd: DIR/x.so: out of memory; free some memory and try again" },
	{ NULL, "inspect DIR/x.blob --sigstruct DIR/x.sigstruct", 64,
	  "tdxupd: DIR/x.blob: only a bare module takes a .sigstruct, and this is none; leave out --sigstruct" },

	/* what is written */
	{ make_there, "pack DIR/x.so --output DIR/there", 64,
	  "tdxupd: DIR/there: there is such a file already; remove it, or give another name" },
	{ NULL, "pack DIR/x.so --output DIR/none/y", 1,
	  "tdxupd: DIR/none/y: it could not be written (No such file or directory); check the directory and the file system" },
	{ make_closed, "pack DIR/x.so --output DIR/closed/y", 77,
	  "tdxupd: DIR/closed/y: it could not be written (Permission denied); run it as a user who may write there" },
	{ no_fsync, "pack DIR/x.so --output DIR/y", 1,
	  "tdxupd: DIR/y: it could not be written (No space left on device); make room on the file system" },
	{ no_calloc, "pack DIR/x.blob --output DIR/y", 1,
	  "tdxupd: DIR/y: out of memory; free some memory and try again" },
	{ NULL, "pack DIR/x.so", 64,
	  "tdxupd: pack: it needs the file that it is to write; name it with --output FILE" },
	{ NULL, "unpack DIR/x.blob", 64,
	  "tdxupd: unpack: it needs the file that it is to write; name it with --output FILE" },
	{ NULL, "unpack DIR/x.blob --output DIR/y.sigstruct", 64,
	  "tdxupd: DIR/y.sigstruct: the signature goes there, and the module needs another ending; give another name with --output" },
};

START_TEST(of_files)
{
	try_row(&file_rows[_i]);
	/* What could not be written, is not there, nor a half of it. */
	ck_assert_int_ne(access(path_of("y"), F_OK), 0);
}
END_TEST

/* It is not given up: what has appeared meanwhile is found. */
START_TEST(of_a_library_that_comes)
{
	static void (*const missing[])(void) = { no_library, no_symbol };

	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		missing[i]();
		ck_assert_ptr_nonnull(tdxu_libcrypto_load());
		ck_assert_ptr_nonnull(tdxu_libcrypto_load());
	}
	broken = ALL_WORKS;
	ck_assert_ptr_null(tdxu_libcrypto_load());
	ck_assert(tdxu_libcrypto.EVP_PKEY_free == EVP_PKEY_free);
	broken = NO_LIBRARY;
	ck_assert_ptr_null(tdxu_libcrypto_load());
	broken = ALL_WORKS;
}
END_TEST

/* A path that just fits, and with another ending would not. */
START_TEST(of_long_paths)
{
	static char path[4096];
	static const struct row rows[] = {
		{ NULL, "inspect", 65,
		  "tdxupd: *: the path of its .sigstruct is too long; give a shorter path" },
		{ NULL, "unpack", 64,
		  "tdxupd: *: the path of its .sigstruct is too long; give another name with --output" },
	};
	const struct tdxu_command *command = tdxu_command_find(rows[_i].args);
	int n = snprintf(path, sizeof(path), "%s", directory);

	while (n < 4086)
		n += snprintf(path + n, sizeof(path) - (size_t)n, n % 2 ? "/." : "//");
	snprintf(path + n, sizeof(path) - (size_t)n, "/x.so");
	options = (struct tdxu_options){ .image = _i ? path_of("x.blob") : path, .output = path };
	expect_row(&rows[_i], run(command->run, &options, false));
}
END_TEST

/* --- images: one field changed, and what would notice that first made right again ------------- */

enum { HEADER = 0, SIG = 4096, MODULE = 8192 };
#define AT(field) (SIG + offsetof(struct tdxu_sigstruct, field))

static const struct {
	size_t offset;
	u64 value;
	size_t bytes;
	const char *why;
} fields[] = {
	{ HEADER + 0, 0x300, 2, "its header's version and layout are those of no known format" },
	{ HEADER + 20, 1, 1, "a reserved byte of its header is not zero" },
	{ HEADER + 16, 2, 4, "the sizes in its header do not add up to the file's" },
	{ HEADER + 12, 2, 4, "its header does not say that the sigstruct has one page" },
	{ HEADER + 16, 497, 4, "it does not have 1 to 496 module pages" },
	/* sums and products of these wrap to what is right in 32 bits */
	{ HEADER + 12, 0x00100001, 4, "its header does not say that the sigstruct has one page" },
	{ HEADER + 16, 0x00100000 + PAGES, 4, "it does not have 1 to 496 module pages" },
	{ HEADER + 16, 0xffffffff, 4, "it does not have 1 to 496 module pages" },
	{ SIG + 2048, 1, 1, "there is data behind the sigstruct in its page" },
	{ AT(header_type), 1, 1, "its sigstruct's header type, length or version is wrong" },
	{ AT(module_type), 1, 1, "reserved bits of its sigstruct's module type are set" },
	{ AT(vendor), 1, 1, "its sigstruct's vendor is not Intel" },
	{ AT(key_size), 1, 1,
	  "a size field of its sigstruct is wrong (sigstruct, key, modulus or exponent)" },
	{ AT(exponent), 3, 4, "its sigstruct's RSA exponent is not 65537" },
	{ AT(attributes), 1, 1, "its sigstruct's attributes are not zero" },
	{ AT(reserved1), 1, 1, "a reserved byte of its sigstruct is not zero" },
	{ AT(cpuid_table_size), 0, 4,
	  "its sigstruct's CPU table is too long, or empty in a production image" },
	{ AT(min_update_hv), 9, 2, "its oldest handoff version is above its newest" },
	{ AT(gdt_idt_offset), 1, 4,
	  "its GDT/IDT or fault wrapper offset is misaligned, alone, or outside the module" },
	{ MODULE + 4, 1, 1, "its module is not a 64-bit little-endian ELF file" },
	{ MODULE + 60, 1, 2, "its module's ELF section headers are not inside the module" },
	{ AT(svn_major), 0, 1, "image has SVN 0.14, and P-SEAMLDR takes no major number 0" },
};

/* What the container breaks is said of the file, what is inside by the driver's check. */
static const char *lead_of(size_t offset)
{
	if (offset >= MODULE)
		return "P-SEAMLDR could not load it: ";
	if (offset < SIG || offset >= SIG + 2048 || offset == AT(svn_major))
		return "";
	return "P-SEAMLDR would refuse it: ";
}

START_TEST(of_fields)
{
	char line[512];
	const struct row row = { NULL, "inspect DIR/x.blob", 65, line };

	memcpy((u8 *)&blob + fields[_i].offset, &fields[_i].value, fields[_i].bytes);
	if (fields[_i].offset >= MODULE)
		ck_assert(EVP_Digest(blob.module, sizeof(blob.module), blob.sig.seamhash, NULL,
				     EVP_sha384(), NULL));
	sign(&blob.sig);
	seal(&blob);
	put_file("x.blob", &blob, sizeof(blob));
	snprintf(line, sizeof(line), "tdxupd: DIR/x.blob: %s%s" PUBLISHER,
		 lead_of(fields[_i].offset), fields[_i].why);
	try_row(&row);
}
END_TEST

/* Cut, damaged, or put together of parts that are not one image's. */
static void cut(size_t size) { put_file("x.blob", &blob, size); }
static void cut_short(void) { cut(4096); }
static void cut_odd(void) { cut(sizeof(blob) - 1); }
static void damage(void) { blob.module[9] ^= 1; cut(sizeof(blob)); }
static void exchange(void) { blob.module[9] ^= 1; put_file("x.so", blob.module, MODULE_BYTES); }
static void forge(void) { blob.sig.svn_minor++; put_file("x.sigstruct", &blob.sig, 2048); }

/* The header of one format with the version of the other. */
static void mix(u16 format, u16 version)
{
	fill_header(&blob, format);
	memcpy(blob.header, &version, sizeof(version));
	seal(&blob);
	cut(sizeof(blob));
}

static void mix_v1(void) { mix(TDXU_IMAGE_VERSION_1, TDXU_IMAGE_VERSION_2); }
static void mix_v2(void) { mix(TDXU_IMAGE_VERSION_2, TDXU_IMAGE_VERSION_1); }

static void extend_v1(void)
{
	static const u32 wraps = (u32)-2 * 4096;

	fill_header(&blob, TDXU_IMAGE_VERSION_1);
	memcpy(blob.header + 4, &wraps, sizeof(wraps));
	seal(&blob);
	cut(sizeof(blob));
}

static void relocate(void)
{
	memcpy(blob.module + 40, &(u64){ 64 }, 8);
	memcpy(blob.module + 58, &(u16){ 64 }, 2);
	memcpy(blob.module + 60, &(u16){ 1 }, 2);
	memcpy(blob.module + 64 + 4, &(u32){ 4 }, 4); /* RELA, with entries of no bytes */
	ck_assert(EVP_Digest(blob.module, sizeof(blob.module), blob.sig.seamhash, NULL,
			     EVP_sha384(), NULL));
	sign(&blob.sig);
	seal(&blob);
	cut(sizeof(blob));
}

static const struct row image_rows[] = {
	{ cut_short, "inspect DIR/x.blob", 65,
	  "tdxupd: DIR/x.blob: it is truncated: 16384 of its 20480 bytes are missing" PUBLISHER },
	{ cut_odd, "inspect DIR/x.blob", 65,
	  "tdxupd: DIR/x.blob: it is truncated: 1 of its 20480 bytes are missing" PUBLISHER },
	{ mix_v1, "inspect DIR/x.blob", 65,
	  "tdxupd: DIR/x.blob: its header's version and layout are those of no known format" PUBLISHER },
	{ mix_v2, "inspect DIR/x.blob", 65,
	  "tdxupd: DIR/x.blob: its header's version and layout are those of no known format" PUBLISHER },
	{ extend_v1, "inspect DIR/x.blob", 65,
	  "tdxupd: DIR/x.blob: its header does not say that the sigstruct has one page" PUBLISHER },
	{ damage, "inspect DIR/x.blob", 65, "tdxupd: DIR/x.blob: its checksum is wrong" PUBLISHER },
	{ exchange, "inspect DIR/x.so", 65,
	  "tdxupd: DIR/x.so: SHA-384 of the module is not the SEAMHASH in its sigstruct: the file is damaged or the two do not belong together; get it again" },
	{ forge, "inspect DIR/x.so", 65,
	  "tdxupd: DIR/x.so: the signature over the sigstruct is not valid: the file is damaged or forged; get it again from its publisher" },
	{ relocate, "inspect DIR/x.blob", 65,
	  "tdxupd: DIR/x.blob: P-SEAMLDR could not load it: its module's relocations are not all relative and inside the module, or change its headers" PUBLISHER },
};

START_TEST(of_images)
{
	try_row(&image_rows[_i]);
}
END_TEST

/* --- command lines ---------------------------------------------------------------------------- */

#define SEE(command) "; see `tdxupd help " command "`"

static const struct row usage_rows[] = {
	{ NULL, "apply x --retry-for=", 64,
	  "tdxupd: apply: the value of --retry-for is empty" SEE("apply") },
	{ NULL, "apply x --fallback ''", 64,
	  "tdxupd: apply: the value of --fallback is empty" SEE("apply") },
	{ NULL, "apply x --retry-for soon", 64,
	  "tdxupd: apply: 'soon' is not a duration like 90s, 30m or 1h30m, of at most 720h" SEE("apply") },
	{ NULL, "pack x --format v3", 64,
	  "tdxupd: pack: 'v3' is no format of images: there are v1 and v2" SEE("pack") },
	{ NULL, "status --quiet", 64, "tdxupd: status: it has no option '--quiet'" SEE("status") },
	{ NULL, "apply x --nonsense=1", 64,
	  "tdxupd: apply: it has no option '--nonsense=1'" SEE("apply") },
	{ NULL, "status --js", 64, "tdxupd: status: it has no option '--js'" SEE("status") },
	{ NULL, "status --json=yes", 64, "tdxupd: status: --json takes no value" SEE("status") },
	{ NULL, "apply x --retry-for", 64,
	  "tdxupd: apply: --retry-for needs a value" SEE("apply") },
	{ NULL, "status x", 64, "tdxupd: status: unexpected argument 'x'" SEE("status") },
	{ NULL, "apply x y", 64, "tdxupd: apply: unexpected argument 'y'" SEE("apply") },
	{ NULL, "apply ''", 64, "tdxupd: apply: the path that it was given is empty" SEE("apply") },
	{ NULL, "list ''", 64, "tdxupd: list: the path that it was given is empty" SEE("list") },
	{ NULL, "apply x --newest y", 64,
	  "tdxupd: apply: --newest chooses the image: unexpected argument 'x'" SEE("apply") },
	{ NULL, "apply --newest y --sigstruct=z", 64,
	  "tdxupd: apply: --newest chooses the image: unexpected argument --sigstruct" SEE("apply") },
	{ NULL, "apply x --fallback=y --no-fallback", 64,
	  "tdxupd: apply: --fallback and --no-fallback contradict each other" SEE("apply") },
	{ NULL, "status --watch --json", 64,
	  "tdxupd: status: only one of --json, --watch and --prometheus makes sense" SEE("status") },
	{ NULL, "status --watch --prometheus", 64,
	  "tdxupd: status: only one of --json, --watch and --prometheus makes sense" SEE("status") },
	{ NULL, "status --nfd=x", 64, "tdxupd: status: --nfd goes with --prometheus" SEE("status") },
	{ NULL, "apply", 64, "tdxupd: apply: it needs the path of an image" SEE("apply") },
	{ NULL, "list", 64,
	  "tdxupd: list: it needs the path of a directory with images" SEE("list") },
};

START_TEST(of_usage)
{
	try_row(&usage_rows[_i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("messages");

	tcase_add_unchecked_fixture(tc, images_setup, images_teardown);
	tcase_add_checked_fixture(tc, setup, command_teardown);
	tcase_add_loop_test(tc, of_files, 0, ARRAY_SIZE(file_rows));
	tcase_add_test(tc, of_a_library_that_comes);
	tcase_add_loop_test(tc, of_long_paths, 0, 2);
	tcase_add_loop_test(tc, of_fields, 0, ARRAY_SIZE(fields));
	tcase_add_loop_test(tc, of_images, 0, ARRAY_SIZE(image_rows));
	tcase_add_loop_test(tc, of_usage, 0, ARRAY_SIZE(usage_rows));
	return run_suite("cli messages", tc);
}
