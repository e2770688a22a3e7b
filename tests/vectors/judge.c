// SPDX-License-Identifier: GPL-2.0-or-later
/* Expected against observed, both as JSON. */

#include <stdlib.h>

#include "vectors.h"

static bool is_number(const json_t *value)
{
	return json_is_number(value) ||
	       (json_is_string(value) && !strncmp(json_string_value(value), "0x", 2));
}

static bool equal(const json_t *a, const json_t *b)
{
	size_t i;

	if (is_number(a) && is_number(b))
		return vec_number(a) == vec_number(b);
	if (!json_is_array(a) || json_array_size(a) != json_array_size(b))
		return json_equal(a, b);
	for (i = 0; i < json_array_size(a); i++)
		if (!equal(json_array_get(a, i), json_array_get(b, i)))
			return false;
	return true;
}

static void tell(const char *key, const json_t *expected, const json_t *observed, char *what,
		 size_t size)
{
	char *e = json_dumps(expected, JSON_ENCODE_ANY | JSON_COMPACT);
	char *o = observed ? json_dumps(observed, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	snprintf(what, size, "%s: expected %s, got %s", key, e, o ? o : "nothing");
	free(e);
	free(o);
}

static bool member_differs(const char *key, const json_t *expected, const json_t *observed,
			   char *what, size_t size)
{
	char inner[256];

	if (json_is_object(expected) && json_is_object(observed)) {
		if (!vec_differs(expected, observed, inner, sizeof(inner)))
			return false;
		snprintf(what, size, "%s.%s", key, inner);
		return true;
	}
	if (observed && equal(expected, observed))
		return false;
	tell(key, expected, observed, what, size);
	return true;
}

bool vec_differs(const json_t *expected, const json_t *observed, char *what, size_t size)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)expected, key, value)
		if (member_differs(key, value, json_object_get(observed, key), what, size))
			return true;
	return false;
}
