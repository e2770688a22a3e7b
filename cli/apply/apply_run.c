// SPDX-License-Identifier: GPL-2.0-or-later
/* What the steps of a run share: its notes, its error, the signal that ends it, an upload. */
#include <stdarg.h>

#include "apply.h"

void tdxu_apply_note(struct tdxu_apply *a, bool loud, const char *text, ...)
{
	struct tdxu_note *note = &a->note[a->nr_notes];
	va_list args;

	if (a->nr_notes == TDXU_MAX_NOTES)
		return;
	a->nr_notes++;
	note->loud = loud;
	va_start(args, text);
	vsnprintf(note->text, sizeof(note->text), text, args);
	va_end(args);
}

enum tdxu_exit tdxu_apply_fault(struct tdxu_apply *a, const struct tdxu_fault *fault)
{
	return tdxu_error_from_fault(&a->error, a->what, fault);
}

enum tdxu_exit tdxu_apply_stopped(struct tdxu_apply *a)
{
	a->interrupted = true;
	return tdxu_error_stopped(&a->error, a->what);
}

enum tdxu_exit tdxu_apply_upload(struct tdxu_apply *a, enum tdx_update_slot slot)
{
	const struct tdxu_image_file *file = a->use[slot];
	struct tdxu_fault fault = { 0 };

	if (!file)
		return TDXU_EXIT_OK;
	if (a->ctx->backend->upload(a->priv, slot, file->blob.data, file->blob.size, &fault))
		return tdxu_apply_fault(a, &fault);
	return tdxu_stopped(a->ctx->clock) ? tdxu_apply_stopped(a) : TDXU_EXIT_OK;
}
