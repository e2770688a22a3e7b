/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CANDIDATE_H
#define TDXU_CANDIDATE_H

/* From an uploaded image to what the preflight checks and what P-SEAMLDR takes. */

#include "core/preflight.h"
#include "window.h"

/* An uploaded image. The buffer is vmalloc memory: page-aligned. */
struct tdxu_upload {
	void *data; /* NULL: none */
	u32 size;
	/* What was found out about these bytes. */
	bool seen;
	struct tdxu_candidate found; /* if @seen */
	u64 logged_ns; /* when the log last told of an update to it; 0: not yet */
};

/** tdxu_upload_free() - Forget it. Context: may sleep. */
void tdxu_upload_free(struct tdxu_upload *upload);

/**
 * tdxu_candidates_look() - Parse images, hash modules and keys, try signatures.
 * @image: uploads by slot; those without data are left out. Each is inspected once: what was found
 *	is kept in the upload.
 * @candidate: room for TDXU_NR_IMAGES; each stands in for the one before it.
 * @count: set to how many there are.
 * @what: on an error, set to what could not be had.
 *
 * Return: 0, or an errno if there is no SHA-384 or RSA to be had. A bad image is no error.
 * Context: may sleep.
 */
int tdxu_candidates_look(struct tdxu_upload image[TDXU_NR_IMAGES],
			 struct tdxu_candidate *candidate, u32 *count, const char **what);

/** tdxu_candidate_runs() - Is it known to be the very module that runs already? */
bool tdxu_candidate_runs(const struct tdxu_candidate *candidate, const struct tdxu_facts *facts);

/**
 * tdxu_install_prepare() - Build the SEAMLDR_PARAMS of an image that has passed the preflight.
 * @install: points into the upload, which must outlive it.
 *
 * Return: 0 or -ENOMEM. Context: may sleep.
 */
int tdxu_install_prepare(const struct tdxu_candidate *candidate, struct tdxu_install *install);
void tdxu_install_release(struct tdxu_install *install);

#endif
