/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_NETLINK_H
#define TDXU_NETLINK_H

#include "update.h"

/* The generic netlink family; see uapi/tdx_update.h. */

/**
 * tdxu_netlink_init() - Register the family. tdxu_update_init() must have been called.
 *
 * Return: 0 or an errno. Context: may sleep.
 */
int tdxu_netlink_init(void);

/**
 * tdxu_netlink_uninit() - Take no more requests; forget what was uploaded.
 *
 * tdxu_update_uninit() must have been called: a running update works with what was uploaded, and
 * tells of its end. Context: may sleep.
 */
void tdxu_netlink_uninit(void);

/** tdxu_netlink_listen() - Tell subscribers of an update. For tdxu_update_init(). */
tdxu_update_listener tdxu_netlink_listen;

#endif
