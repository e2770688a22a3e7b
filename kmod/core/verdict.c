// SPDX-License-Identifier: GPL-2.0-or-later
/* How a check gives its verdict. */

#include "checks.h"

void tdxu_judge(struct tdxu_verdict *v, enum tdxu_verdict_kind kind, int error, const char *format,
		...)
{
	size_t used = strlen(v->message);
	va_list args;

	v->kind = kind;
	v->error = error;
	va_start(args, format);
	vsnprintf(v->message + used, sizeof(v->message) - used, format, args);
	va_end(args);
}
