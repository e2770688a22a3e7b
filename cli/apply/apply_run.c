// SPDX-License-Identifier: GPL-2.0-or-later
/* What the steps of a run share: its notes, its error, the signal that ends it. */
#include <stdarg.h>

#include "apply.h"
#include "checks.h"

void tdxu_note(struct tdxu_report *report, bool loud, const char *text, ...)
{
	struct tdxu_note *note = &report->note[report->nr_notes];
	va_list args;

	if (report->nr_notes == TDXU_MAX_NOTES)
		return;
	report->nr_notes++;
	note->loud = loud;
	va_start(args, text);
	vsnprintf(note->text, sizeof(note->text), text, args);
	va_end(args);
}

enum tdxu_exit tdxu_report_fault(struct tdxu_report *report, const struct tdxu_fault *fault)
{
	return tdxu_error_from_fault(&report->error, report->what, fault);
}

enum tdxu_exit tdxu_report_failure(struct tdxu_report *report, const struct tdxu_checks *checks)
{
	const struct tdxu_check *failure = tdxu_checks_failure(checks);

	return failure ? tdxu_error_from_check(&report->error, report->what, failure) :
			 TDXU_EXIT_OK;
}

enum tdxu_exit tdxu_report_unsure(struct tdxu_report *report, const char *version)
{
	return tdxu_error_set(&report->error, TDXU_EXIT_HOST, report->what,
			      "load tdx_update, which asks the module itself, and run it again",
			      "whether there is anything to do is not known: the kernel tells %s, and does not hear of an update by tdx_update, which may have been loaded since the boot",
			      version);
}

void tdxu_report_name(struct tdxu_report *report, const char *path)
{
	snprintf(report->what, sizeof(report->what), "apply %.*s",
		 (int)sizeof(report->what) - 7, path);
}

enum tdxu_exit tdxu_apply_stopped(struct tdxu_apply *a)
{
	a->interrupted = true;
	return tdxu_error_stopped(&a->report.error, a->report.what);
}
