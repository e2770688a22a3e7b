// SPDX-License-Identifier: GPL-2.0-or-later
/* How a check gives its verdict. */

#include "checks.h"

static __printf(2, 0) void add(struct tdxu_verdict *v, const char *format, va_list args)
{
	size_t used = strlen(v->message);

	vsnprintf(v->message + used, sizeof(v->message) - used, format, args);
}

void tdxu_pass(struct tdxu_verdict *v, const char *format, ...)
{
	va_list args;

	v->kind = TDXU_PASS;
	va_start(args, format);
	add(v, format, args);
	va_end(args);
}

void tdxu_unknown(struct tdxu_verdict *v, const char *format, ...)
{
	va_list args;

	v->kind = TDXU_UNKNOWN;
	va_start(args, format);
	add(v, format, args);
	va_end(args);
}

void tdxu_fail(struct tdxu_verdict *v, int error, const char *format, ...)
{
	va_list args;

	v->kind = TDXU_FAIL;
	v->error = error;
	va_start(args, format);
	add(v, format, args);
	va_end(args);
}
