/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_ATTRIBUTES_H
#define TESTS_UNIT_ATTRIBUTES_H

/* Netlink attributes, one after the other, in a buffer; a nest is open until unnest(). */

#include <linux/netlink.h>
#include <string.h>

#include "core/types.h"

static u8 buffer[65536];
static size_t used;

static void put(u16 type, const void *data, size_t size)
{
	struct nlattr attr = { (u16)(NLA_HDRLEN + size), type };

	memcpy(buffer + used, &attr, sizeof(attr));
	memcpy(buffer + used + NLA_HDRLEN, data, size);
	used += NLA_ALIGN(NLA_HDRLEN + size);
}

static void put_u32(u16 type, u32 value)
{
	put(type, &value, sizeof(value));
}

static void put_u64(u16 type, u64 value)
{
	put(type, &value, sizeof(value));
}

static void put_text(u16 type, const char *text)
{
	put(type, text, strlen(text) + 1);
}

static size_t nest(u16 type)
{
	size_t at = used;

	put(type | NLA_F_NESTED, "", 0);
	return at;
}

static void unnest(size_t at)
{
	u16 size = (u16)(used - at);

	memcpy(buffer + at, &size, sizeof(size));
}

#endif
