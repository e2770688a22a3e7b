// SPDX-License-Identifier: GPL-2.0-or-later
/* Any text of up to 20 characters as a version, and the gate for it. */

#include "core/version.c"

enum { LENGTH = 20 };

char nondet_char(void);

void main(void)
{
	struct tdxu_version v = { 1, 2, 3 }, minimum;
	char text[LENGTH + 1];
	size_t i;

	for (i = 0; i < LENGTH; i++)
		text[i] = nondet_char();
	text[LENGTH] = 0;
	if (!tdxu_version_parse(text, &v)) {
		__CPROVER_assert(v.major == 1 && v.minor == 2 && v.update == 3, "untouched");
		return;
	}
	if (tdxu_gate_check(&v, &minimum) != TDXU_GATE_OPEN)
		return;
	__CPROVER_assert(tdxu_gate_protects(&v), "open only where the module can refuse");
	__CPROVER_assert(v.update >= minimum.update, "open only from the minimum on");
}
