/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_IMAGE_FILE_H
#define TDXU_CLI_IMAGE_FILE_H

/* This folder: image files, wherever they lie, and what can be said of one by itself. */

/* Module images from files: a v1 or v2 blob, or a bare module with its sigstruct beside it. */

#include "error.h"
#include "file.h"
#include "identify.h"
#include "checks.h"

struct tdxu_image_file {
	const char *path;
	const char *below; /* NULL, or the directory that no link may lead out of */
	bool joined; /* made here from a bare module and a .sigstruct */
	struct tdxu_file blob; /* v1 or v2, as read or as made */
	struct tdxu_candidate content; /* its image points into @blob */
	bool verified; /* or else nothing is known of its hash, signature and signer */
	struct tdxu_identity identity;
};

/* Of a module or an image. */
struct tdxu_svn {
	bool known;
	u32 major, minor;
};

/** tdxu_svn_of_module() - Known, if the back end has told it. */
struct tdxu_svn tdxu_svn_of_module(const struct tdxu_module *module);

/** tdxu_svn_of_image() - Known, if its signature is that of the key in it. */
struct tdxu_svn tdxu_svn_of_image(const struct tdxu_image_file *file);

/**
 * tdxu_image_file_load() - Read an image, take it apart and verify it.
 * @below: NULL, or a directory: no link leads out of that. Kept, not copied, as is @path.
 * @sigstruct: for a bare module, or NULL for the one with the same stem.
 * @file: filled on success; give it back with tdxu_image_file_free() in any case.
 *
 * Return: TDXU_EXIT_OK if the container is sound. tdxu_image_file_judge() checks what is inside.
 */
enum tdxu_exit tdxu_image_file_load(const char *below, const char *path, const char *sigstruct,
				    struct tdxu_image_file *file, struct tdxu_error *error);

/**
 * tdxu_image_file_peek() - Like tdxu_image_file_load(), for a file that is our own: its checksum
 * stands for its hash and signature, which take time and the whole of libcrypto. Of a sound one the
 * module is not there, only its sum (struct tdxu_file).
 */
enum tdxu_exit tdxu_image_file_peek(const char *path, struct tdxu_image_file *file,
				    struct tdxu_error *error);

/** tdxu_image_file_checks() - The driver's checks of an image that was loaded, for no host. */
void tdxu_image_file_checks(const struct tdxu_image_file *file, struct tdxu_checks *checks);

/**
 * tdxu_image_file_judge() - Could it be installed anywhere, by those checks but that of the signer?
 * tdxu_image_file_judge_signer() - By that one, which may need a driver's word first: which other
 * signer it takes.
 *
 * Return: exit code.
 */
enum tdxu_exit tdxu_image_file_judge(const struct tdxu_image_file *file, struct tdxu_error *error);
enum tdxu_exit tdxu_image_file_judge_signer(const struct tdxu_image_file *file,
					    struct tdxu_error *error);

/** tdxu_sigstruct_beside() - "dir/module.so" -> "dir/module.sigstruct", if that fits @size. */
bool tdxu_sigstruct_beside(const char *path, char *out, size_t size);

/**
 * tdxu_image_file_make() - Put an image into one file of its format.
 * @blob: filled with malloc'ed memory.
 *
 * There is one way to write each format, so that taking apart and making is byte-exact.
 *
 * Return: false without memory.
 */
bool tdxu_image_file_make(const struct tdxu_image *image, struct tdxu_file *blob);

void tdxu_image_file_free(struct tdxu_image_file *file);

/** tdxu_cpu_model_name() - Name of the CPUs with this CPUID.1.EAX, stepping aside, or NULL. */
const char *tdxu_cpu_model_name(u32 cpuid);

#endif
