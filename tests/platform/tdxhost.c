// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In the guest: a command for the plugin, and its answer. It goes by the instruction SEAMCALL with
 * a number in RAX that no firmware knows; see plugin/guest.c.
 *
 *	tdxhost show platform|tds|faults|log
 *	tdxhost mark TEXT...		a line in the trace
 *	tdxhost msr NUMBER CPU [VALUE]	another value of an MSR on one CPU
 *	tdxhost COMMAND...		of the simulator's control language
 */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plugin/guest.h"

enum {
	LINE_BYTES = 512,
	ANSWER_BYTES = 1 << 20,
};

static char answer[ANSWER_BYTES];

static void join(char *line, char **words)
{
	size_t used = 0;

	for (; *words; words++) {
		size_t length = strlen(*words);

		if (used + length + 2 > LINE_BYTES)
			errx(64, "the line is longer than %d characters", LINE_BYTES - 2);
		memcpy(line + used, *words, length);
		used += length;
		line[used++] = words[1] ? ' ' : 0;
	}
}

int main(int argc, char **argv)
{
	register uint64_t size asm("r8") = sizeof(answer);
	uint64_t status = GUEST_COMMAND;
	char line[LINE_BYTES];

	if (argc < 2)
		errx(64, "usage: tdxhost COMMAND...");
	join(line, argv + 1);
	/* The plugin cannot bring a page in. */
	memset(answer, 1, sizeof(answer));
	asm volatile(".byte 0x66, 0x0f, 0x01, 0xcf"
		     : "+a"(status), "+r"(size)
		     : "c"(line), "d"(answer)
		     : "memory", "cc");
	if (write(status ? STDERR_FILENO : STDOUT_FILENO, answer, size) != (ssize_t)size)
		return 1;
	return !!status;
}
