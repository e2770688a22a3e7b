// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An image is used where it was uploaded: its buffer is page-aligned, as its parts are in the
 * file, so P-SEAMLDR gets the physical addresses of the buffer's own pages.
 */

#include "candidate.h"
#include "crypto.h"

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

void tdxu_upload_free(struct tdxu_upload *upload)
{
	vfree(upload->data);
	*upload = (struct tdxu_upload){};
}

static int look_at(const struct tdxu_upload *upload, struct tdxu_candidate *candidate,
		   const char **what)
{
	const struct tdxu_image *image = &candidate->image;
	const struct tdxu_sigstruct *sig;
	u8 digest[TDXU_SHA384_BYTES];
	int err;

	memset(candidate, 0, sizeof(*candidate));
	candidate->rule = tdxu_image_parse(upload->data, upload->size, &candidate->image);
	if (candidate->rule)
		return 0;
	sig = image->sigstruct;
	*what = "the kernel's SHA-384, crypto algorithm sha384";
	err = tdxu_crypto_sha384(image->module, image->module_pages * TDXU_PAGE_SIZE, digest);
	if (err)
		return err;
	candidate->hash_matches = !memcmp(digest, sig->seamhash, sizeof(digest));
	err = tdxu_crypto_sha384(sig->modulus, sizeof(sig->modulus), candidate->signer);
	if (err)
		return err;
	*what = "the kernel's RSA with SHA-384, crypto algorithms rsa and sha384";
	return tdxu_crypto_signature_valid(sig, &candidate->signature_valid);
}

int tdxu_candidates_look(struct tdxu_upload image[TDXU_NR_IMAGES],
			 struct tdxu_candidate *candidate, u32 *count, const char **what)
{
	static const char *const names[TDXU_NR_IMAGES] = { "target", "fallback", "way-out" };
	int i, err = 0;

	*count = 0;
	for (i = 0; i < TDXU_NR_IMAGES && !err; i++) {
		if (!image[i].data)
			continue;
		if (!image[i].seen)
			err = look_at(&image[i], &image[i].found, what);
		image[i].seen = !err;
		candidate[*count] = image[i].found;
		candidate[*count].name = names[i];
		if (*count)
			candidate[*count].stands_in_for = &candidate[*count - 1];
		++*count;
	}
	return err;
}

bool tdxu_candidate_runs(const struct tdxu_candidate *candidate, const struct tdxu_facts *facts)
{
	return facts->module_answers && facts->seamldr_answers && !candidate->rule &&
	       candidate->hash_matches &&
	       !memcmp(candidate->image.sigstruct->seamhash, facts->running.mrseam,
		       TDXU_SHA384_BYTES);
}

static u64 physical_page(const void *address)
{
	return (u64)vmalloc_to_pfn(address) << PAGE_SHIFT;
}

int tdxu_install_prepare(const struct tdxu_candidate *candidate, struct tdxu_install *install)
{
	const struct tdxu_image *image = &candidate->image;
	struct tdxu_seamldr_params *params = (void *)get_zeroed_page(GFP_KERNEL);
	u32 i;

	if (!params)
		return -ENOMEM;
	params->scenario = TDXU_SCENARIO_UPDATE;
	params->sigstruct_pa = physical_page(image->sigstruct);
	params->num_module_pages = image->module_pages;
	for (i = 0; i < image->module_pages; i++)
		params->module_pa_list[i] = physical_page(image->module + i * TDXU_PAGE_SIZE);

	install->params = params;
	install->params_pa = __pa(params);
	install->svn = image->sigstruct->svn_major << 8 | image->sigstruct->svn_minor;
	install->mrseam = image->sigstruct->seamhash;
	return 0;
}

void tdxu_install_release(struct tdxu_install *install)
{
	free_page((unsigned long)install->params);
	install->params = NULL;
}
