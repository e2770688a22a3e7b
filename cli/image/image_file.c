// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image_file.h"
#include "kind.h"
#include "libcrypto.h"

enum { FRONT_BYTES = 2 * TDXU_PAGE_SIZE }; /* header and sigstruct */

static const char fetch_again[] = "get the file again from its publisher";
static const char image_kind[] = "a TDX module image";

/* CPUID.1.EAX without stepping (families and models as in the kernel's intel-family.h). */
static const struct {
	u32 cpuid;
	const char *name;
} models[] = {
	{ 0x000806f0, "Sapphire Rapids" }, { 0x000c06f0, "Emerald Rapids" },
	{ 0x000a06f0, "Sierra Forest" },   { 0x000a06d0, "Granite Rapids" },
	{ 0x000a06e0, "Granite Rapids-D" }, { 0x000d06d0, "Clearwater Forest" },
};

const char *tdxu_cpu_model_name(u32 cpuid)
{
	for (size_t i = 0; i < ARRAY_SIZE(models); i++)
		if (models[i].cpuid == (cpuid & ~0xfu))
			return models[i].name;
	return NULL;
}

static enum tdxu_exit fail_rule(const char *path, enum tdxu_image_rule rule, const char *fix,
				struct tdxu_error *error)
{
	tdxu_error_set(error, TDXU_EXIT_IMAGE, path, fix, "%s", tdxu_image_rule_text(rule));
	snprintf(error->check, sizeof(error->check), "%s", tdxu_image_rule_name(rule));
	return error->code;
}

static bool is_sigstruct(const struct tdxu_file *file)
{
	const u32 type = TDXU_SIGSTRUCT_HEADER_TYPE;

	return file->size == TDXU_SIGSTRUCT_BYTES && !memcmp(file->data, &type, sizeof(type));
}

bool tdxu_sigstruct_beside(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash + 1 : path, '.');
	int stem = dot ? (int)(dot - path) : (int)strlen(path);

	return (size_t)snprintf(out, size, "%.*s.sigstruct", stem, path) < size;
}

/* Both spellings are the publisher's: that of its folders, and that of its release archives. */
static bool find_beside(const char *path, char *out, size_t size)
{
	if (!tdxu_sigstruct_beside(path, out, size))
		return false;
	if (access(out, F_OK) && (size_t)snprintf(out, size, "%s.sigstruct", path) < size &&
	    !access(out, F_OK))
		return true;
	return tdxu_sigstruct_beside(path, out, size);
}

/* Neither text, nor what was copied as text. */
static enum tdxu_exit read_binary(const char *below, const char *path, size_t max,
				  const char *type, struct tdxu_file *file,
				  struct tdxu_error *error)
{
	enum tdxu_exit code = tdxu_file_read_below(below, path, max, type, file, error);
	const struct tdxu_kind *kind = code ? NULL : tdxu_kind_of_binary(file->data, file->size);

	return kind ? tdxu_error_set(error, TDXU_EXIT_IMAGE, path, kind->fix, "%s", kind->why) :
		      code;
}

static enum tdxu_exit read_sigstruct(const struct tdxu_image_file *module, const char *given,
				     struct tdxu_file *file, struct tdxu_error *error)
{
	const char *path = given;
	char beside[PATH_MAX];
	enum tdxu_exit code;

	if (!given) {
		path = beside;
		if (!find_beside(module->path, beside, sizeof(beside)))
			return tdxu_error_set(error, TDXU_EXIT_IMAGE, module->path,
					      "give a shorter path",
					      "the path of its .sigstruct is too long");
	}
	code = read_binary(module->below, path, TDXU_SIGSTRUCT_BYTES, "a .sigstruct file", file,
			   error);
	if (!code && file->size != TDXU_SIGSTRUCT_BYTES)
		return tdxu_error_set(error, TDXU_EXIT_IMAGE, path, fetch_again,
				      "it has %zu bytes, and a .sigstruct file has %d", file->size,
				      TDXU_SIGSTRUCT_BYTES);
	if (code && !given && error->errnum == ENOENT)
		tdxu_error_set(error, code, module->path,
			       "put it there, or name it with --sigstruct",
			       "a bare module needs its signature, and there is no %s", beside);
	return code;
}

static void fill_v1(struct tdxu_image_header_v1 *header, size_t size)
{
	header->version = TDXU_IMAGE_VERSION_1;
	header->offset_of_module = FRONT_BYTES;
	memcpy(header->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES);
	header->length = (u32)size;
}

static void fill_v2(struct tdxu_image_header_v2 *header, u32 module_pages)
{
	header->version = TDXU_IMAGE_VERSION_2;
	memcpy(header->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES);
	header->sigstruct_nr_pages = 1;
	header->module_nr_pages = module_pages;
}

bool tdxu_image_file_make(const struct tdxu_image *image, struct tdxu_file *blob)
{
	size_t bytes = (size_t)image->module_pages * TDXU_PAGE_SIZE;
	size_t size = FRONT_BYTES + bytes;
	u8 *data = calloc(1, size);

	if (!data)
		return false;
	if (image->format == TDXU_IMAGE_VERSION_1)
		fill_v1((void *)data, size);
	else
		fill_v2((void *)data, image->module_pages);
	memcpy(data + TDXU_PAGE_SIZE, image->sigstruct, sizeof(*image->sigstruct));
	memcpy(data + FRONT_BYTES, image->module, bytes);
	/* Both headers have it in the same place. */
	((struct tdxu_image_header_v2 *)data)->checksum = (u16)-tdxu_image_checksum(data, size);
	*blob = (struct tdxu_file){ .data = data, .size = size };
	return true;
}

/* Bare modules become v2 blobs, so that everything behind this point knows blobs only. */
static enum tdxu_exit join(const char *path, struct tdxu_file *module,
			   const struct tdxu_file *sigstruct, struct tdxu_error *error)
{
	const struct tdxu_image image = {
		TDXU_IMAGE_VERSION_2, (u32)(module->size / TDXU_PAGE_SIZE),
		(void *)sigstruct->data, module->data,
	};
	struct tdxu_file blob;

	if (module->size % TDXU_PAGE_SIZE)
		return tdxu_error_set(error, TDXU_EXIT_IMAGE, path, fetch_again,
				      "a bare module has whole pages of %u bytes, and this one has %zu bytes",
				      TDXU_PAGE_SIZE, module->size);
	if (image.module_pages > TDXU_MAX_MODULE_PAGES)
		return fail_rule(path, TDXU_IMAGE_TOO_LONG, fetch_again, error);
	if (!tdxu_image_file_make(&image, &blob))
		return tdxu_error_set(error, TDXU_EXIT_UNFORESEEN, path,
				      "free some memory and try again", "out of memory");
	free(module->data);
	*module = blob;
	return TDXU_EXIT_OK;
}

static enum tdxu_exit join_with_sigstruct(struct tdxu_image_file *module, const char *given,
					  struct tdxu_error *error)
{
	struct tdxu_file sigstruct = { 0 };
	enum tdxu_exit code = read_sigstruct(module, given, &sigstruct, error);

	if (!code)
		code = join(module->path, &module->blob, &sigstruct, error);
	free(sigstruct.data);
	return code;
}

static enum tdxu_exit read_blob(struct tdxu_image_file *file, const char *sigstruct,
				struct tdxu_error *error)
{
	const char *path = file->path;
	enum tdxu_exit code = read_binary(file->below, path, TDXU_IMAGE_MAX_BYTES, image_kind,
					  &file->blob, error);

	if (code)
		return code;
	file->joined = file->blob.size >= 4 && !memcmp(file->blob.data, "\177ELF", 4);
	if (file->joined)
		return join_with_sigstruct(file, sigstruct, error);
	if (is_sigstruct(&file->blob))
		return tdxu_error_set(error, TDXU_EXIT_IMAGE, path,
				      "give the module, which should be beside it",
				      "it is the signature of a bare module");
	if (sigstruct)
		return tdxu_error_set(error, TDXU_EXIT_USAGE, path, "leave out --sigstruct",
				      "only a bare module takes a .sigstruct, and this is none");
	return TDXU_EXIT_OK;
}

/* The size that its header names, for an error; 0: none. Is the header right? See core/image.c. */
static size_t told_size(const struct tdxu_file *blob)
{
	const struct tdxu_image_header_v1 *v1 = (const void *)blob->data;
	const struct tdxu_image_header_v2 *v2 = (const void *)blob->data;

	if (blob->size < offsetof(struct tdxu_image_header_v1, reserved))
		return 0;
	if (v1->version == TDXU_IMAGE_VERSION_1 &&
	    !memcmp(v1->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES))
		return v1->length;
	if (v2->version == TDXU_IMAGE_VERSION_2 &&
	    !memcmp(v2->magic, TDXU_IMAGE_MAGIC, TDXU_IMAGE_MAGIC_BYTES))
		return (2 + (size_t)v2->module_nr_pages) * TDXU_PAGE_SIZE;
	return 0;
}

static enum tdxu_exit fail_parse(struct tdxu_image_file *file, enum tdxu_image_rule rule,
				 struct tdxu_error *error)
{
	size_t size = file->blob.size, told = told_size(&file->blob);
	const char *fix = fetch_again;

	if (rule == TDXU_IMAGE_NO_MAGIC)
		fix = "give a .blob, or a .so or .bin with its .sigstruct beside it";
	fail_rule(file->path, rule, fix, error);
	if (rule != TDXU_IMAGE_MODULE_PAGES && size < told && told <= TDXU_IMAGE_MAX_BYTES)
		snprintf(error->why, sizeof(error->why),
			 "it is truncated: %zu of its %zu bytes are missing", told - size, told);
	return error->code;
}

static enum tdxu_exit parse(struct tdxu_image_file *file, struct tdxu_error *error)
{
	enum tdxu_image_rule rule =
		tdxu_image_parse(file->blob.data, file->blob.size, &file->content.image);

	return rule ? fail_parse(file, rule, error) : TDXU_EXIT_OK;
}

static enum tdxu_exit verify(struct tdxu_image_file *file, struct tdxu_error *error)
{
	const char *missing;

	file->verified = tdxu_verify(&file->content);
	if (file->verified) {
		file->identity = tdxu_identify(tdxu_genuine(&file->content), file->path);
		return TDXU_EXIT_OK;
	}
	missing = tdxu_libcrypto_load();
	if (missing)
		return tdxu_error_set(error, TDXU_EXIT_UNFORESEEN, file->path,
				      "install OpenSSL's libcrypto of the version that tdxupd was built for",
				      "the hash and signature of an image need libcrypto, which cannot be loaded (%s)",
				      missing);
	return tdxu_error_set(error, TDXU_EXIT_UNFORESEEN, file->path,
			      "free memory and try again; with enough of it, check OpenSSL's configuration",
			      "memory was short, so its hash and signature could not be tried");
}

enum tdxu_exit tdxu_image_file_load(const char *below, const char *path, const char *sigstruct,
				    struct tdxu_image_file *file, struct tdxu_error *error)
{
	enum tdxu_exit code;

	*file = (struct tdxu_image_file){ .path = path, .below = below };
	code = read_blob(file, sigstruct, error);
	if (!code)
		code = parse(file, error);
	return code ? code : verify(file, error);
}

enum tdxu_exit tdxu_image_file_peek(const char *path, struct tdxu_image_file *file,
				    struct tdxu_error *error)
{
	struct tdxu_error ignored;

	*file = (struct tdxu_image_file){ .path = path, .blob.head = FRONT_BYTES };
	if (!tdxu_file_read(path, TDXU_IMAGE_MAX_BYTES, image_kind, &file->blob, &ignored) &&
	    !tdxu_image_parse(file->blob.data, file->blob.size, &file->content.image)) {
		file->identity = tdxu_identify(file->content.image.sigstruct, path);
		return TDXU_EXIT_OK;
	}
	/* Only the whole file tells what is wrong with it. */
	tdxu_image_file_free(file);
	return tdxu_image_file_load(NULL, path, NULL, file, error);
}

void tdxu_image_file_checks(const struct tdxu_image_file *file, struct tdxu_checks *checks)
{
	struct tdxu_facts of_no_host;

	tdxu_facts_not_asked(&of_no_host);
	tdxu_checks_of_image(&file->content, &of_no_host, checks);
	for (u32 i = 0; i < checks->nr; i++)
		if (checks->check[i].verdict == TDX_UPDATE_VERDICT_UNKNOWN)
			snprintf(checks->check[i].message, sizeof(checks->check[i].message),
				 "depends on the host, which was not looked at");
}

/* The first failure of the checks: of the one for the signer, or of all others. */
static enum tdxu_exit judge(const struct tdxu_image_file *file, bool signer,
			    struct tdxu_error *error)
{
	struct tdxu_checks checks;

	tdxu_image_file_checks(file, &checks);
	for (u32 i = 0; i < checks.nr; i++)
		if (checks.check[i].verdict == TDX_UPDATE_VERDICT_FAIL &&
		    signer == !strcmp(checks.check[i].name, "signer"))
			return tdxu_error_from_check(error, file->path, &checks.check[i]);
	return TDXU_EXIT_OK;
}

enum tdxu_exit tdxu_image_file_judge(const struct tdxu_image_file *file, struct tdxu_error *error)
{
	return judge(file, false, error);
}

enum tdxu_exit tdxu_image_file_judge_signer(const struct tdxu_image_file *file,
					    struct tdxu_error *error)
{
	return judge(file, true, error);
}

struct tdxu_svn tdxu_svn_of_module(const struct tdxu_module *m)
{
	return (struct tdxu_svn){ TDXU_TOLD(m, SVN_MINOR), m->svn_major, m->svn_minor };
}

struct tdxu_svn tdxu_svn_of_image(const struct tdxu_image_file *file)
{
	const struct tdxu_sigstruct *sig = file->content.image.sigstruct;

	return sig && file->content.signature_valid ?
		     (struct tdxu_svn){ true, sig->svn_major, sig->svn_minor } :
		     (struct tdxu_svn){ 0 };
}

void tdxu_image_file_free(struct tdxu_image_file *file)
{
	free(file->blob.data);
	file->blob = (struct tdxu_file){ 0 };
	file->content.image.sigstruct = NULL;
}
