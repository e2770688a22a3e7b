/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CORE_VERSION_H
#define TDXU_CORE_VERSION_H

/* TDX module versions and the gate that early modules do not pass. Pure C, any context. */

#include "types.h"

struct tdxu_version {
	u16 major;
	u16 minor;
	u16 update;
};

enum {
	/* "65535.65535.65535" and the terminating NUL */
	TDXU_VERSION_TEXT = 18,
};

/**
 * tdxu_version_compare() - Order two versions.
 *
 * Return: negative, zero or positive as @a is older than, equal to or newer than @b.
 */
int tdxu_version_compare(const struct tdxu_version *a, const struct tdxu_version *b);

/**
 * tdxu_version_format() - Write a version the way its publisher does ("1.5.05", "2.0.14").
 * @out: TDXU_VERSION_TEXT bytes.
 *
 * Return: @out.
 */
const char *tdxu_version_format(const struct tdxu_version *v, char *out);

/**
 * tdxu_version_parse() - Read "MAJOR.MINOR.UPDATE".
 *
 * Return: false, with @out untouched, if @text is anything else.
 */
bool tdxu_version_parse(const char *text, struct tdxu_version *out);

enum tdxu_gate {
	TDXU_GATE_OPEN,
	TDXU_GATE_TOO_OLD,	  /* the running module lacks the protection of TDs being built */
	TDXU_GATE_UNKNOWN_SERIES, /* the minimum of that series is not known */
};

/**
 * tdxu_gate_check() - May a running module of this version be replaced under its TDs?
 * @running: the version that runs now.
 * @minimum: set to the minimum of its series, unless the series is unknown. May be NULL.
 *
 * The minimum is the first release of a series whose TDH.SYS.SHUTDOWN can refuse while a TD is
 * being built or migrated (1.5.24, 2.0.14), or a newer one if tdxu_gate_raise() has named it.
 * There is no override.
 */
enum tdxu_gate tdxu_gate_check(const struct tdxu_version *running, struct tdxu_version *minimum);

/**
 * tdxu_gate_protects() - Can a module of this version refuse while a TD is built or migrated?
 *
 * What the gate demands at least; tells a module that cannot from one that is merely not new
 * enough for the administrator.
 */
bool tdxu_gate_protects(const struct tdxu_version *running);

enum {
	TDXU_GATE_WHY = 160,
};

/**
 * tdxu_gate_raise() - Demand newer modules than the gate does by itself.
 * @text: the new minimum, "1.5.28"; for several series with commas between, "1.5.28,2.0.16".
 * @why: TDXU_GATE_WHY bytes; on failure, what is wrong with @text and what to do.
 *
 * Context: once, before any check is made: there is no lock.
 *
 * Return: false, with nothing changed, if a version cannot be read, belongs to no known series or
 * is below what is demanded already.
 */
bool tdxu_gate_raise(const char *text, char *why);

#endif
