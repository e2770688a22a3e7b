// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What else to install, should the target fail. The fallback is an image of the running module: the
 * kept one, that on the EFI system partition, or that in the publisher's directory; they are the
 * same. Its SVN is nearly always below the target's, which is the least that P-SEAMLDR takes once
 * the target was installed. So there is a way out, too: an image of the directory that can follow
 * the running module and has no lower SVN than the target. This file decides what is uploaded; what
 * is installed after a failure, and in which order, tdxu_recovery_choose() decides in the driver
 * (kmod/core/sequence.c).
 *
 * The driver refuses an update if one of its images fails its checks. That is right for an image
 * that the user has named; what was found is only a convenience, and must not keep a host from an
 * update that is safe enough without.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "checks.h"
#include "names.h"

/* joined_files/M.N/X and separate_files/M.N/M.N.Z/X are below the publisher's directory. */
enum { PUBLISHERS_DEPTH = 4 };

static const char *const roles[] = { "target", "fallback", "way out" };

/* Known of each image here: none is taken before its signature was judged. */
static u32 number_of(struct tdxu_svn svn)
{
	return svn.major << 8 | svn.minor;
}

static u32 svn_of_file(const struct tdxu_image_file *file)
{
	return number_of(tdxu_svn_of_image(file));
}

bool tdxu_replaces_installed(const struct tdxu_selection *images, enum tdx_update_slot slot)
{
	return images->use[slot] && svn_of_file(images->use[slot]) >= svn_of_file(&images->target);
}

bool tdxu_is_found(const struct tdxu_selection *images, enum tdx_update_slot slot)
{
	return slot != TDX_UPDATE_SLOT_TARGET && images->use[slot] &&
	       !(slot == TDX_UPDATE_SLOT_FALLBACK && images->named);
}

static bool has_hash(const struct tdxu_image_file *file, const u8 *seamhash)
{
	return !memcmp(file->content.image.sigstruct->seamhash, seamhash, TDXU_SHA384_BYTES);
}

/* --- choosing --------------------------------------------------------------------------------- */

/*
 * Can it be used, and is it the image with this @seamhash? A file that is not there is no news; one
 * that is there and cannot be used is told.
 */
static bool take(enum tdx_update_slot slot, enum tdxu_exit code, struct tdxu_error error,
		 const u8 *seamhash, struct tdxu_image_file *file, struct tdxu_report *report)
{
	if (!code)
		code = tdxu_image_file_judge(file, &error);
	if (!code)
		code = tdxu_image_file_judge_signer(file, &error);
	if (!code && has_hash(file, seamhash))
		return true;
	tdxu_image_file_free(file);
	if (code && error.errnum != ENOENT && error.errnum != ENOTDIR)
		tdxu_note(report, false, "%s cannot be the %s: %s", file->path, roles[slot],
			  error.why);
	return false;
}

/* Of the directory: it must still be what was checked. */
static bool load_entry(const struct tdxu_catalogue *catalogue, const struct tdxu_entry *e,
		       enum tdx_update_slot slot, struct tdxu_image_file *file,
		       struct tdxu_report *report)
{
	struct tdxu_error error = { 0 };
	enum tdxu_exit code = tdxu_image_file_load(catalogue->dir, e->path, NULL, file, &error);

	if (!take(slot, code, error, e->seamhash, file, report))
		return false;
	if (svn_of_file(file) == number_of(e->svn))
		return true;
	tdxu_image_file_free(file);
	return false;
}

/* What the BIOS may have loaded at boot. */
static bool load_esp(struct tdxu_apply *a, const char *where)
{
	struct tdxu_selection *images = &a->images;
	char sigstruct[PATH_MAX + 16];
	struct tdxu_error error = { 0 };
	enum tdxu_exit code;

	snprintf(images->esp, sizeof(images->esp), "%s%s/EFI/TDX/TDX-SEAM.so", a->ctx->paths->root,
		 where);
	snprintf(sigstruct, sizeof(sigstruct), "%s.sigstruct", images->esp);
	code = tdxu_image_file_load(NULL, images->esp, sigstruct, &images->fallback, &error);
	return take(TDX_UPDATE_SLOT_FALLBACK, code, error, a->before.module.mrseam,
		    &images->fallback, &a->report);
}

static bool load_running(struct tdxu_selection *images, struct tdxu_report *report)
{
	const struct tdxu_catalogue *c = &images->catalogue;

	for (u32 i = 0; i < c->nr; i++)
		if (c->entry[i].fit.verdict == TDXU_FIT_RUNNING)
			return load_entry(c, &c->entry[i], TDX_UPDATE_SLOT_FALLBACK,
					  &images->fallback, report);
	return false;
}

static void choose_fallback(struct tdxu_apply *a)
{
	const struct tdxu_module *running = &a->before.module;
	struct tdxu_selection *images = &a->images;

	if (!TDXU_TOLD(running, MRSEAM) || has_hash(&images->target, running->mrseam))
		return;
	if (images->kept.state == TDXU_KEPT_USABLE)
		images->use[TDX_UPDATE_SLOT_FALLBACK] = &images->kept.file;
	else if (load_esp(a, "/boot/efi") || load_esp(a, "/efi") ||
		 load_running(images, &a->report))
		images->use[TDX_UPDATE_SLOT_FALLBACK] = &images->fallback;
	else if (images->kept.state == TDXU_KEPT_UNUSABLE)
		tdxu_note(&a->report, false,
			  "there is no fallback: the kept image is not used, because %s",
			  images->kept.why);
}

/* Of the newest first, the last: it is the closest to what the TDs run on now. */
static void choose_way_out(struct tdxu_selection *images, struct tdxu_report *report)
{
	const struct tdxu_entry *found = NULL;

	for (u32 i = 0; i < images->catalogue.nr; i++) {
		const struct tdxu_entry *e = &images->catalogue.entry[i];

		if (e->fit.verdict == TDXU_FIT_INSTALLABLE &&
		    !has_hash(&images->target, e->seamhash) &&
		    number_of(e->svn) >= svn_of_file(&images->target))
			found = e;
	}
	if (found && load_entry(&images->catalogue, found, TDX_UPDATE_SLOT_WAY_OUT,
				&images->way_out, report))
		images->use[TDX_UPDATE_SLOT_WAY_OUT] = &images->way_out;
}

/* The directory above the image with the publisher's mapping file; "" if there is none. */
static void find_publisher(const char *image, char *dir)
{
	char path[PATH_MAX + 32];
	char *slash;

	if (!realpath(image, dir))
		*dir = '\0';
	for (int i = 0; i < PUBLISHERS_DEPTH && (slash = strrchr(dir, '/')); i++) {
		*slash = '\0';
		snprintf(path, sizeof(path), "%s/mapping_file.json", dir);
		if (!access(path, F_OK))
			return;
	}
	*dir = '\0';
}

static void look_around(struct tdxu_apply *a)
{
	struct tdxu_error error = { 0 };
	struct tdxu_host host;
	char dir[PATH_MAX];

	find_publisher(a->images.target.path, dir);
	if (!*dir)
		return;
	tdxu_host_from_status(a->ctx, &a->before, &host);
	if (tdxu_catalogue_load(dir, &host, a->ctx->clock, &a->images.catalogue, &error) &&
	    !tdxu_stopped(a->ctx->clock))
		tdxu_note(&a->report, false, "not all fallbacks were looked for: %s: %s; %s",
			  error.what, error.why, error.fix);
}

enum tdxu_exit tdxu_apply_choose_fallbacks(struct tdxu_apply *a)
{
	const struct tdxu_options *opt = a->ctx->options;

	tdxu_kept_load(a->ctx->paths->state, &a->before.module, &a->images.kept);
	if (!opt->no_fallback && !a->ctx->backend->unguarded) {
		if (!opt->newest)
			look_around(a);
		if (!a->images.named)
			choose_fallback(a);
		choose_way_out(&a->images, &a->report);
	}
	return tdxu_stopped(a->ctx->clock) ? tdxu_apply_stopped(a) : TDXU_EXIT_OK;
}

/* --- uploading -------------------------------------------------------------------------------- */

static enum tdxu_exit upload(struct tdxu_apply *a, enum tdx_update_slot slot)
{
	const struct tdxu_image_file *file = a->images.use[slot];
	struct tdxu_fault fault = { 0 };

	if (!file)
		return TDXU_EXIT_OK;
	if (!a->ctx->backend->upload(a->updater, slot, file->blob.data, file->blob.size, &fault))
		return tdxu_stopped(a->ctx->clock) ? tdxu_apply_stopped(a) : TDXU_EXIT_OK;
	/* Drivers before 0.2.0 have no third slot. */
	if (slot != TDX_UPDATE_SLOT_WAY_OUT || fault.errnum != ERANGE)
		return tdxu_report_fault(&a->report, &fault);
	a->images.use[slot] = NULL;
	tdxu_note(&a->report, false, "there is no way out: this driver takes one fallback only");
	return TDXU_EXIT_OK;
}

/* What fails, of all that is uploaded; @failure->name is "" if nothing does. */
static enum tdxu_exit run_checks(struct tdxu_apply *a, struct tdxu_check *failure)
{
	struct tdxu_fault fault = { 0 };
	struct tdxu_checks checks = { 0 };
	const struct tdxu_check *first;

	if (a->ctx->backend->check(a->updater, &checks, &fault))
		return tdxu_report_fault(&a->report, &fault);
	first = tdxu_checks_failure(&checks);
	*failure = first ? *first : (struct tdxu_check){ 0 };
	return TDXU_EXIT_OK;
}

static void drop(struct tdxu_apply *a, enum tdx_update_slot slot)
{
	struct tdxu_fault ignored = { 0 };

	if (tdxu_is_found(&a->images, slot))
		a->ctx->backend->drop(a->updater, slot, &ignored);
}

/* What is wrong with it, and was not wrong without it, is wrong because of it. */
static enum tdxu_exit try(struct tdxu_apply *a, enum tdx_update_slot slot)
{
	struct tdxu_check failure;
	enum tdxu_exit code;

	if (!tdxu_is_found(&a->images, slot))
		return TDXU_EXIT_OK;
	code = upload(a, slot);
	if (!code)
		code = run_checks(a, &failure);
	if (code || !*failure.name)
		return code;
	drop(a, slot);
	tdxu_note(&a->report, false, "there is no %s: %s cannot be one here: %s", roles[slot],
		  a->images.use[slot]->path, failure.message);
	a->images.use[slot] = NULL;
	return TDXU_EXIT_OK;
}

/* What is wrong without any of them, the update will tell. */
static enum tdxu_exit leave_out(struct tdxu_apply *a)
{
	struct tdxu_check failure;
	enum tdxu_exit code;

	drop(a, TDX_UPDATE_SLOT_FALLBACK);
	drop(a, TDX_UPDATE_SLOT_WAY_OUT);
	code = run_checks(a, &failure);
	if (code || *failure.name)
		return code;
	code = try(a, TDX_UPDATE_SLOT_FALLBACK);
	return code ? code : try(a, TDX_UPDATE_SLOT_WAY_OUT);
}

enum tdxu_exit tdxu_apply_upload_all(struct tdxu_apply *a)
{
	enum tdx_update_slot slot;
	struct tdxu_check failure;
	enum tdxu_exit code = TDXU_EXIT_OK;

	for (slot = TDX_UPDATE_SLOT_TARGET; !code && slot <= TDX_UPDATE_SLOT_WAY_OUT; slot++)
		code = upload(a, slot);
	if (code || (!tdxu_is_found(&a->images, TDX_UPDATE_SLOT_FALLBACK) &&
		     !tdxu_is_found(&a->images, TDX_UPDATE_SLOT_WAY_OUT)))
		return code;
	code = run_checks(a, &failure);
	return code || !*failure.name ? code : leave_out(a);
}

/* --- keeping ---------------------------------------------------------------------------------- */

/* Which of the images runs now, since this update. The kernel's own updater tells no MRSEAM. */
static const struct tdxu_image_file *find_new(const struct tdxu_selection *images,
					      const struct tdxu_result *r)
{
	if (r->present && r->outcome == TDX_UPDATE_OUTCOME_UPDATED)
		return &images->target;
	if (!r->present || r->outcome != TDX_UPDATE_OUTCOME_ROLLED_BACK ||
	    !TDXU_TOLD(&r->to, MRSEAM))
		return NULL;
	for (u32 slot = TDX_UPDATE_SLOT_FALLBACK; slot < ARRAY_SIZE(images->use); slot++)
		if (images->use[slot] && has_hash(images->use[slot], r->to.mrseam))
			return images->use[slot];
	return NULL;
}

/* The update has ended, whatever becomes of this. */
void tdxu_apply_keep(struct tdxu_apply *a)
{
	const struct tdxu_result *r = &a->status.result;
	const struct tdxu_image_file *new = find_new(&a->images, r);
	const char *dir = a->ctx->paths->state;
	struct tdxu_error error = { 0 };

	if (new && tdxu_kept_save(dir, new, &error)) {
		tdxu_note(&a->report, true,
			  "the image could not be kept as a fallback: %s: %s; %s", error.what,
			  error.why, error.fix);
	} else if (new) {
		a->kept_now = true;
		tdxu_kept_prune(dir, new->content.image.sigstruct->seamhash);
	} else if (a->begun && !(r->present && tdxu_result_changed(r)) &&
		   TDXU_TOLD(&a->before.module, MRSEAM)) {
		tdxu_kept_prune(dir, a->before.module.mrseam);
	}
}
