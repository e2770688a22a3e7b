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

/* A request and what came of it. */
struct tdxu_nl_exchange {
	bool (*decode)(const void *attrs, size_t size, void *out);
	void *out;
	bool done;
	bool decoded;
	struct tdxu_fault *fault;
};

/* Each fills @fault. Return: a negative errno. */
int tdxu_nl_fail(struct tdxu_fault *fault, int errnum, const char *message);
int tdxu_nl_fail_libnl(struct tdxu_fault *fault, int nl_error);

/** tdxu_nl_connect() - Open one of the sockets of @s. Return: 0, or a negative errno. */
int tdxu_nl_connect(struct tdxu_nl *s, struct nl_sock **out, struct tdxu_fault *fault);

/** tdxu_nl_request() - A message to the family, or NULL for want of memory. */
struct nl_msg *tdxu_nl_request(struct tdxu_nl *s, u8 command);

/**
 * tdxu_nl_transact() - Send @msg, which may be NULL for want of memory, free it, await the answer.
 *
 * Return: 0, or a negative errno; @x->fault->unsure if it may have been done all the same.
 */
int tdxu_nl_transact(struct tdxu_nl *s, struct nl_msg *msg, struct tdxu_nl_exchange *x);

#endif
