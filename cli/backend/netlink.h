/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_NETLINK_H
#define TDXU_CLI_NETLINK_H

/* Requests to the driver and their answers, by libnl. */

#include <netlink/netlink.h>

#include "backend.h"

struct tdxu_nl {
	struct nl_sock *commands;
	struct nl_sock *events;
	int family; /* what else comes is not believed */
	int group;
};

/* Return: do these attributes have a sense? See decode.h. */
typedef bool tdxu_nl_decode(const void *attrs, size_t size, void *out);

/** tdxu_nl_fail_libnl() - Fill @fault with an error of libnl. Return: a negative errno. */
int tdxu_nl_fail_libnl(struct tdxu_fault *fault, int nl_error);

/** tdxu_nl_connect() - Open one of the sockets of @s. Return: 0, or a negative errno. */
int tdxu_nl_connect(struct tdxu_nl *s, struct nl_sock **out, struct tdxu_fault *fault);

/** tdxu_nl_request() - A message to the family, or NULL for want of memory. */
struct nl_msg *tdxu_nl_request(struct tdxu_nl *s, u8 command);

/**
 * tdxu_nl_transact() - Send @msg, which may be NULL for want of memory, free it, await the answer.
 * @decode: takes the attributes of the answer to @out; NULL: it has none.
 *
 * Return: 0, or a negative errno; @fault->unsure if it may have been done all the same.
 */
int tdxu_nl_transact(struct tdxu_nl *s, struct nl_msg *msg, tdxu_nl_decode *decode, void *out,
		     struct tdxu_fault *fault);

#endif
