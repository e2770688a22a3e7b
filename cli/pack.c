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
#include "container.h"
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

static enum tdxu_exit need_output(const struct tdxu_ctx *ctx, const char *command,
				  struct tdxu_error *error)
{
	if (ctx->options->output)
		return TDXU_EXIT_OK;
	return tdxu_error_set(error, TDXU_EXIT_USAGE, command, "name it with --output FILE",
			      "it needs the file that it is to write");
}

static enum tdxu_exit pack(const struct tdxu_ctx *ctx, struct tdxu_image_file *file,
			   struct tdxu_error *error)
{
	const struct tdxu_options *opt = ctx->options;
	u16 format = opt->format ? opt->format : TDXU_IMAGE_VERSION_2;
	struct tdxu_file blob;
	enum tdxu_exit code = need_output(ctx, "pack", error);

	if (!code)
		code = tdxu_image_file_load(opt->image, opt->sigstruct, file, error);
	if (code)
		return code;
	if (!tdxu_container_make(format, file->image.sigstruct, file->image.module,
				 file->image.module_pages, &blob))
		return tdxu_error_set(error, TDXU_EXIT_UNFORESEEN, opt->output,
				      "free some memory and try again", "out of memory");
	code = save_new(opt->output, blob.data, blob.size, error);
	free(blob.data);
	return code;
}

static enum tdxu_exit save_module(const char *path, const struct tdxu_image *image,
				  struct tdxu_error *error)
{
	return save_new(path, image->module, (size_t)image->module_pages * TDXU_PAGE_SIZE, error);
}

static enum tdxu_exit unpack(const struct tdxu_ctx *ctx, struct tdxu_image_file *file, char *beside,
			     size_t size, struct tdxu_error *error)
{
	const struct tdxu_options *opt = ctx->options;
	enum tdxu_exit code = need_output(ctx, "unpack", error);

	if (!code)
		code = tdxu_image_file_load(opt->image, opt->sigstruct, file, error);
	if (code)
		return code;
	if (!tdxu_sigstruct_beside(opt->output, beside, size))
		return tdxu_error_set(error, TDXU_EXIT_USAGE, opt->output, in_the_way,
				      "the path of its .sigstruct is too long");
	if (!strcmp(opt->output, beside))
		return tdxu_error_set(error, TDXU_EXIT_USAGE, opt->output, in_the_way,
				      "the signature goes there, and the module needs another ending");
	code = save_new(beside, file->image.sigstruct, TDXU_SIGSTRUCT_BYTES, error);
	if (code)
		return code;
	/* Half an image is useless, and would be in the way of the next attempt. */
	code = save_module(opt->output, &file->image, error);
	if (code)
		unlink(beside);
	return code;
}

static enum tdxu_exit report(struct tdxu_ctx *ctx, const char *command,
			     struct tdxu_image_file *file, const struct tdxu_error *error,
			     const char *const *written)
{
	json_t *list = json_array();

	for (int i = 0; !error->code && i < 2 && written[i]; i++) {
		json_array_append_new(list, tdxu_json_text(written[i]));
		if (!ctx->options->json)
			tdxu_print_row(ctx, TDXU_PLAIN, "Written", "%s", written[i]);
	}
	if (ctx->options->json)
		tdxu_json_print(ctx->out, command, error,
				json_pack("{s:o, s:o}", "image", tdxu_json_image(file),
					  "written", list));
	else
		json_decref(list);
	if (error->code && !ctx->options->json)
		tdxu_error_print(ctx->err, error);
	tdxu_image_file_free(file);
	return error->code;
}

enum tdxu_exit tdxu_cmd_pack(struct tdxu_ctx *ctx)
{
	struct tdxu_error error = { 0 };
	struct tdxu_image_file file = { 0 };

	error.code = pack(ctx, &file, &error);
	return report(ctx, "pack", &file, &error,
		      (const char *const[]){ ctx->options->output, NULL });
}

enum tdxu_exit tdxu_cmd_unpack(struct tdxu_ctx *ctx)
{
	char beside[PATH_MAX];
	struct tdxu_error error = { 0 };
	struct tdxu_image_file file = { 0 };

	error.code = unpack(ctx, &file, beside, sizeof(beside), &error);
	return report(ctx, "unpack", &file, &error,
		      (const char *const[]){ ctx->options->output, beside });
}
