// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Joins and splits images. What comes out of one and goes into the other is the same, byte for
 * byte. An image is not passed on unless its container is sound; its content may be damaged.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "image_file.h"
#include "json.h"
#include "print.h"
#include "save.h"

enum { FILE_MODE = 0644 };

static const char in_the_way[] = "give another name with --output";

static enum tdxu_exit save_new(const char *path, const void *data, size_t size,
			       struct tdxu_error *error)
{
	const struct tdxu_save save = { path, data, size, FILE_MODE, false, false };

	return tdxu_save(&save, error);
}

static enum tdxu_exit pack(const struct tdxu_options *opt, const struct tdxu_image *image,
			   char *beside, struct tdxu_error *error)
{
	struct tdxu_image as = *image;
	struct tdxu_file blob;
	enum tdxu_exit code;

	(void)beside;
	as.format = opt->format ? opt->format : TDXU_IMAGE_VERSION_2;
	if (!tdxu_image_file_make(&as, &blob))
		return tdxu_error_set(error, TDXU_EXIT_UNFORESEEN, opt->output,
				      "free some memory and try again", "out of memory");
	code = save_new(opt->output, blob.data, blob.size, error);
	free(blob.data);
	return code;
}

static enum tdxu_exit unpack(const struct tdxu_options *opt, const struct tdxu_image *image,
			     char *beside, struct tdxu_error *error)
{
	if (!tdxu_sigstruct_beside(opt->output, beside, PATH_MAX))
		return tdxu_error_set(error, TDXU_EXIT_USAGE, opt->output, in_the_way,
				      "the path of its .sigstruct is too long");
	if (!strcmp(opt->output, beside))
		return tdxu_error_set(error, TDXU_EXIT_USAGE, opt->output, in_the_way,
				      "the signature goes there, and the module needs another ending");
	if (save_new(beside, image->sigstruct, TDXU_SIGSTRUCT_BYTES, error))
		return error->code;
	/* Half an image is useless, and would be in the way of the next attempt. */
	if (save_new(opt->output, image->module, (size_t)image->module_pages * TDXU_PAGE_SIZE,
		     error))
		unlink(beside);
	return error->code;
}

static void report(struct tdxu_ctx *ctx, const char *command, const struct tdxu_image_file *file,
		   const char *beside, const struct tdxu_error *error)
{
	const char *const paths[] = { ctx->options->output, beside };
	json_t *written = json_array();

	for (int i = 0; !error->code && i < 2 && *paths[i]; i++) {
		json_array_append_new(written, tdxu_json_text(paths[i]));
		if (!ctx->options->json)
			tdxu_print_row(ctx, TDXU_PLAIN, "Written", "%s", paths[i]);
	}
	if (ctx->options->json)
		tdxu_json_print(ctx->out, command, error,
				json_pack("{s:o, s:O}", "image", tdxu_json_image(file),
					  "written", written));
	else if (error->code)
		tdxu_error_print(ctx->err, error);
	json_decref(written);
}

/* @make: what writes the output, and another file of the path that it puts into @beside. */
static enum tdxu_exit run(struct tdxu_ctx *ctx, const char *command,
			  enum tdxu_exit (*make)(const struct tdxu_options *opt,
						 const struct tdxu_image *image, char *beside,
						 struct tdxu_error *error))
{
	const struct tdxu_options *opt = ctx->options;
	struct tdxu_image_file file = { 0 };
	struct tdxu_error error = { 0 };
	char beside[PATH_MAX] = "";

	if (!opt->output)
		tdxu_error_set(&error, TDXU_EXIT_USAGE, command, "name it with --output FILE",
			       "it needs the file that it is to write");
	else if (!tdxu_image_file_load(NULL, opt->image, opt->sigstruct, &file, &error))
		make(opt, &file.content.image, beside, &error);
	report(ctx, command, &file, beside, &error);
	tdxu_image_file_free(&file);
	return error.code;
}

enum tdxu_exit tdxu_cmd_pack(struct tdxu_ctx *ctx)
{
	return run(ctx, "pack", pack);
}

enum tdxu_exit tdxu_cmd_unpack(struct tdxu_ctx *ctx)
{
	return run(ctx, "unpack", unpack);
}
