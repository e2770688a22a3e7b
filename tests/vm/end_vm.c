// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ends a test VM: QEMU exits with status 2 * BYTE + 1. By the port itself and not /dev/port, which
 * Debian's cloud kernels do not have.
 *
 *	end_vm BYTE
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>

#define PORT 0xf4 /* of isa-debug-exit, as tests/vm/boot.sh sets it */

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: end_vm BYTE\n", stderr);
		return 64;
	}
	if (ioperm(PORT, 1, 1)) {
		perror("end_vm: no access to the port");
		return 1;
	}
	outb(strtoul(argv[1], NULL, 0), PORT);
	return 1; /* the machine has gone on */
}
