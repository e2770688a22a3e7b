/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PLATFORM_GUEST_H
#define PLATFORM_GUEST_H

/*
 * SEAMCALL with this in RAX is a command from the guest, at any privilege. RCX: address of a line;
 * RDX, R8: address and size of room for the answer. Back: RAX is 0 if all went well, R8 the size
 * of the answer.
 */
#define GUEST_COMMAND 0x54445853494d0000ULL

#endif
