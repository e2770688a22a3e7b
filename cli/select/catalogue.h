/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_CATALOGUE_H
#define TDXU_CLI_CATALOGUE_H

/* The images in a directory, each checked against this host. */

#include "ctx.h"
#include "fit.h"

struct tdxu_entry {
	char *path; /* malloc'ed */
	u32 found;  /* as which of them */
	struct tdxu_identity identity;
	bool claims; /* to be an image, by its name alone */
	bool replaced; /* it is broken, and there is a sound one of its version */
	bool sound; /* the fields below are valid */
	enum tdxu_signer by;
	struct tdxu_svn svn;
	u8 seamhash[TDXU_SHA384_BYTES];
	u8 digest[TDXU_SHA384_BYTES]; /* of the sigstruct, which is too large for each entry */
	struct tdxu_fit fit;
	char fix[TDXU_VERDICT_TEXT]; /* of what cannot be used: what to do about it */
};

enum { TDXU_CATALOGUE_NOTES = 4 };

struct tdxu_catalogue {
	char *dir; /* malloc'ed */
	u32 nr;
	struct tdxu_entry *entry; /* newest first */
	const struct tdxu_entry *newest; /* installable; or NULL */
	struct tdxu_image_file file; /* that one, as it was checked */
	u32 nr_notes; /* of the directory as a whole */
	struct {
		bool loud; /* "apply --newest" must say it */
		char text[TDXU_VERDICT_TEXT];
	} note[TDXU_CATALOGUE_NOTES];
};

/** tdxu_host_from_status() - What the rules of fit.h need of a status. */
void tdxu_host_from_status(const struct tdxu_ctx *ctx, const struct tdxu_status *status,
			   struct tdxu_host *host);

/**
 * tdxu_catalogue_load() - Find the images below @dir and check them.
 * @clock: a signal that it tells of ends the search at the next file.
 *
 * Return: TDXU_EXIT_OK, or the code that is in @error: TDXU_EXIT_BUSY if a signal came, or if each
 * time that they were read, something was changed meanwhile. To be freed in any case.
 */
enum tdxu_exit tdxu_catalogue_load(const char *dir, const struct tdxu_host *host,
				   const struct tdxu_clock *clock,
				   struct tdxu_catalogue *catalogue, struct tdxu_error *error);
/** tdxu_catalogue_note() - Add a sentence. @loud: "apply --newest" must say it. */
__printf(3, 4) void tdxu_catalogue_note(struct tdxu_catalogue *catalogue, bool loud,
					const char *text, ...);
void tdxu_catalogue_free(struct tdxu_catalogue *catalogue);

#endif
