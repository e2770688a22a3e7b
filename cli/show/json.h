/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_JSON_H
#define TDXU_CLI_JSON_H

/* What the program knows, as JSON with stable keys: docs/json.md describes them. */

#include <jansson.h>

#include "catalogue.h"
#include "image_file.h"
#include "kept.h"

json_t *tdxu_json_status(const struct tdxu_status *status);
json_t *tdxu_json_module(const struct tdxu_module *module); /* null if none answers */
json_t *tdxu_json_result(const struct tdxu_result *result); /* null if there is none */
json_t *tdxu_json_error(const struct tdxu_error *error);    /* null if there is none */
json_t *tdxu_json_checks(const struct tdxu_checks *checks);
json_t *tdxu_json_image(const struct tdxu_image_file *file);
json_t *tdxu_json_catalogue(const struct tdxu_catalogue *catalogue);
json_t *tdxu_json_kept(const struct tdxu_kept *kept);
json_t *tdxu_json_svn(struct tdxu_svn svn); /* null if it is not known */
json_t *tdxu_json_hash(const u8 *sha384); /* or MRSEAM, which is one: in hexadecimal */

/** tdxu_json_known() - @value, which it takes; null if it is not known: not false, and not 0. */
json_t *tdxu_json_known(bool known, json_t *value);

/** tdxu_json_text() - A string of any bytes: what is not UTF-8 loses its non-ASCII bytes. */
json_t *tdxu_json_text(const char *s);

/** tdxu_json_object() - The one object of a run; see tdxu_json_print(). */
json_t *tdxu_json_object(const char *command, const struct tdxu_error *error, json_t *body);

/**
 * tdxu_json_print() - Print the one object of a run.
 * @error: its code is the exit code; TDXU_EXIT_OK makes "error" null.
 * @body: the command's own keys, or NULL. Taken.
 */
extern bool tdxu_json_failed; /* out of memory: an error was printed in place of a success */
void tdxu_json_print(FILE *stream, const char *command, const struct tdxu_error *error,
		     json_t *body);

#endif
