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

static u32 svn_of(u32 major, u32 minor)
{
	return major << 8 | minor;
}

static u32 svn_of_file(const struct tdxu_image_file *file)
{
	return svn_of(file->image.sigstruct->svn_major, file->image.sigstruct->svn_minor);
}

bool tdxu_apply_replaces_installed(const struct tdxu_apply *a, enum tdx_update_slot slot)
{
	return a->use[slot] && svn_of_file(a->use[slot]) >= svn_of_file(&a->target);
}

bool tdxu_apply_is_found(const struct tdxu_apply *a, enum tdx_update_slot slot)
{
	return slot != TDX_UPDATE_SLOT_TARGET && a->use[slot] &&
	       !(slot == TDX_UPDATE_SLOT_FALLBACK && a->ctx->options->fallback);
}

static bool is_target(const struct tdxu_apply *a, const u8 *seamhash)
{
	return !memcmp(seamhash, a->target.image.sigstruct->seamhash, TDXU_SHA384_BYTES);
}

/* --- choosing --------------------------------------------------------------------------------- */

/* A file that is not there is no news; one that is there and cannot be used is told. */
static bool take(struct tdxu_apply *a, enum tdx_update_slot slot, enum tdxu_exit code,
		 struct tdxu_error error, struct tdxu_image_file *file)
{
	if (!code)
		code = tdxu_image_file_judge(file, &error);
	if (!code)
		code = tdxu_image_file_judge_signer(file, &error);
	if (!code)
		return true;
	tdxu_image_file_free(file);
	if (error.errnum != ENOENT && error.errnum != ENOTDIR)
		tdxu_apply_note(a, false, "%s cannot be the %s: %s", file->path, roles[slot],
				error.why);
	return false;
}

/* Of the directory: it must still be what was checked. */
static bool load_entry(struct tdxu_apply *a, enum tdx_update_slot slot,
		       const struct tdxu_entry *e, struct tdxu_image_file *file)
{
	struct tdxu_error error = { 0 };
	enum tdxu_exit code = tdxu_image_file_load_below(a->images.dir, e->path, file, &error);

	if (!take(a, slot, code, error, file))
		return false;
	if (svn_of_file(file) == svn_of(e->svn_major, e->svn_minor) &&
	    !memcmp(file->image.sigstruct->seamhash, e->seamhash, sizeof(e->seamhash)))
		return true;
	tdxu_image_file_free(file);
	return false;
}

/* What the BIOS may have loaded at boot. */
static bool load_esp(struct tdxu_apply *a, const char *where)
{
	const char *root = a->ctx->paths->root;
	char sigstruct[PATH_MAX + 16];
	struct tdxu_error error = { 0 };
	enum tdxu_exit code;

	snprintf(a->esp, sizeof(a->esp), "%s%s/EFI/TDX/TDX-SEAM.so", root, where);
	snprintf(sigstruct, sizeof(sigstruct), "%s.sigstruct", a->esp);
	code = tdxu_image_file_load(a->esp, sigstruct, &a->fallback, &error);
	if (!take(a, TDX_UPDATE_SLOT_FALLBACK, code, error, &a->fallback))
		return false;
	if (!memcmp(a->fallback.image.sigstruct->seamhash, a->before.module.mrseam,
		    TDXU_MRSEAM_BYTES))
		return true;
	tdxu_image_file_free(&a->fallback);
	return false;
}

static bool load_running(struct tdxu_apply *a)
{
	for (u32 i = 0; i < a->images.nr; i++)
		if (a->images.entry[i].fit.verdict == TDXU_FIT_RUNNING)
			return load_entry(a, TDX_UPDATE_SLOT_FALLBACK, &a->images.entry[i],
					  &a->fallback);
	return false;
}

static void choose_fallback(struct tdxu_apply *a)
{
	const struct tdxu_module *running = &a->before.module;

	if (!TDXU_TOLD(running, MRSEAM) || is_target(a, running->mrseam))
		return;
	if (a->kept.state == TDXU_KEPT_USABLE)
		a->use[TDX_UPDATE_SLOT_FALLBACK] = &a->kept.file;
	else if (load_esp(a, "/boot/efi") || load_esp(a, "/efi") || load_running(a))
		a->use[TDX_UPDATE_SLOT_FALLBACK] = &a->fallback;
	else if (a->kept.state == TDXU_KEPT_UNUSABLE)
		tdxu_apply_note(a, false,
				"there is no fallback: the kept image is not used, because %s",
				a->kept.why);
}

/* Of the newest first, the last: it is the closest to what the TDs run on now. */
static void choose_way_out(struct tdxu_apply *a)
{
	const struct tdxu_entry *found = NULL;

	for (u32 i = 0; i < a->images.nr; i++) {
		const struct tdxu_entry *e = &a->images.entry[i];

		if (e->fit.verdict == TDXU_FIT_INSTALLABLE && !is_target(a, e->seamhash) &&
		    svn_of(e->svn_major, e->svn_minor) >= svn_of_file(&a->target))
			found = e;
	}
	if (found && load_entry(a, TDX_UPDATE_SLOT_WAY_OUT, found, &a->way_out))
		a->use[TDX_UPDATE_SLOT_WAY_OUT] = &a->way_out;
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

	find_publisher(a->path, dir);
	if (!*dir)
		return;
	tdxu_host_from_status(a->ctx, &a->before, &host);
	if (tdxu_catalogue_load(dir, &host, a->ctx->clock, &a->images, &error) &&
	    !tdxu_stopped(a->ctx->clock))
		tdxu_apply_note(a, false, "not all fallbacks were looked for: %s: %s; %s",
				error.what, error.why, error.fix);
}

void tdxu_apply_choose_fallbacks(struct tdxu_apply *a)
{
	const struct tdxu_options *opt = a->ctx->options;

	tdxu_kept_load(a->ctx->paths->state, &a->before.module, &a->kept);
	a->use[TDX_UPDATE_SLOT_TARGET] = &a->target;
	if (a->fallback.path)
		a->use[TDX_UPDATE_SLOT_FALLBACK] = &a->fallback;
	if (opt->no_fallback || a->ctx->backend->unguarded)
		return;
	if (!opt->newest)
		look_around(a);
	if (!opt->fallback)
		choose_fallback(a);
	choose_way_out(a);
}

/* --- uploading -------------------------------------------------------------------------------- */

/* Drivers before 0.2.0 have no third slot. */
static enum tdxu_exit upload(struct tdxu_apply *a, enum tdx_update_slot slot)
{
	enum tdxu_exit code = tdxu_apply_upload(a, slot);

	if (!code || slot != TDX_UPDATE_SLOT_WAY_OUT || a->error.errnum != ERANGE)
		return code;
	a->error = (struct tdxu_error){ 0 };
	a->use[slot] = NULL;
	tdxu_apply_note(a, false, "there is no way out: this driver takes one fallback only");
	return TDXU_EXIT_OK;
}

/* What fails, of all that is uploaded; @failure->name is "" if nothing does. */
static enum tdxu_exit run_checks(struct tdxu_apply *a, struct tdxu_check *failure)
{
	struct tdxu_fault fault = { 0 };
	struct tdxu_checks checks = { 0 };
	const struct tdxu_check *first;

	if (a->ctx->backend->check(a->priv, &checks, &fault))
		return tdxu_apply_fault(a, &fault);
	first = tdxu_checks_failure(&checks);
	*failure = first ? *first : (struct tdxu_check){ 0 };
	return TDXU_EXIT_OK;
}

static void drop(struct tdxu_apply *a, enum tdx_update_slot slot)
{
	struct tdxu_fault ignored = { 0 };

	if (tdxu_apply_is_found(a, slot))
		a->ctx->backend->drop(a->priv, slot, &ignored);
}

/* What is wrong with it, and was not wrong without it, is wrong because of it. */
static enum tdxu_exit try(struct tdxu_apply *a, enum tdx_update_slot slot)
{
	struct tdxu_check failure;
	enum tdxu_exit code;

	if (!tdxu_apply_is_found(a, slot))
		return TDXU_EXIT_OK;
	code = upload(a, slot);
	if (!code)
		code = run_checks(a, &failure);
	if (code || !*failure.name)
		return code;
	drop(a, slot);
	tdxu_apply_note(a, false, "there is no %s: %s cannot be one here: %s", roles[slot],
			a->use[slot]->path, failure.message);
	a->use[slot] = NULL;
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
	if (code || (!tdxu_apply_is_found(a, TDX_UPDATE_SLOT_FALLBACK) &&
		     !tdxu_apply_is_found(a, TDX_UPDATE_SLOT_WAY_OUT)))
		return code;
	code = run_checks(a, &failure);
	return code || !*failure.name ? code : leave_out(a);
}

/* --- keeping ---------------------------------------------------------------------------------- */

/* Which of the images runs now, since this update. The kernel's own updater tells no MRSEAM. */
static const struct tdxu_image_file *find_new(const struct tdxu_apply *a)
{
	const struct tdxu_result *r = &a->status.result;

	if (r->present && r->outcome == TDX_UPDATE_OUTCOME_UPDATED)
		return &a->target;
	if (!r->present || r->outcome != TDX_UPDATE_OUTCOME_ROLLED_BACK ||
	    !TDXU_TOLD(&r->to, MRSEAM))
		return NULL;
	for (u32 slot = TDX_UPDATE_SLOT_FALLBACK; slot < ARRAY_SIZE(a->use); slot++)
		if (a->use[slot] && !memcmp(a->use[slot]->image.sigstruct->seamhash, r->to.mrseam,
					    sizeof(r->to.mrseam)))
			return a->use[slot];
	return NULL;
}

/* The update has ended, whatever becomes of this. */
void tdxu_apply_keep(struct tdxu_apply *a)
{
	const struct tdxu_image_file *new = find_new(a);
	bool changed = a->status.result.present && tdxu_result_changed(&a->status.result);
	const char *dir = a->ctx->paths->state;
	struct tdxu_error error = { 0 };

	if (new && tdxu_kept_save(dir, new, &error)) {
		tdxu_apply_note(a, true, "the image could not be kept as a fallback: %s: %s; %s",
				error.what, error.why, error.fix);
	} else if (new) {
		a->kept_now = true;
		tdxu_kept_prune(dir, new->image.sigstruct->seamhash);
	} else if (a->begun && !changed && TDXU_TOLD(&a->before.module, MRSEAM)) {
		tdxu_kept_prune(dir, a->before.module.mrseam);
	}
}
