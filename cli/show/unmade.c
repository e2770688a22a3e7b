// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "unmade.h"

void tdxu_names_of_checks(const struct tdxu_checks *checks, struct tdxu_check_names *made)
{
	for (made->nr = 0; made->nr < checks->nr; made->nr++)
		memcpy(made->name[made->nr], checks->check[made->nr].name, TDXU_NAME_BYTES);
}

static bool has(const struct tdxu_check_names *names, const char *name)
{
	for (u32 i = 0; i < names->nr; i++)
		if (!strcmp(names->name[i], name))
			return true;
	return false;
}

/* The next one by this version's own tables; NULL after the last. */
static const char *next_unmade(const struct tdxu_check_names *made, u32 *at)
{
	const char *name;

	while ((name = tdxu_preflight_name((*at)++)))
		if (!has(made, name))
			return name;
	return NULL;
}

const char *tdxu_unmade_text(const struct tdxu_check_names *made, char *out)
{
	char names[(TDXU_NR_HOST_CHECKS + TDXU_NR_IMAGE_CHECKS) * (TDXU_NAME_BYTES + 2)];
	const char *name;
	int used = 0;

	for (u32 at = 0; (name = next_unmade(made, &at));)
		used += snprintf(names + used, sizeof(names) - (size_t)used, "%s%s",
				 used ? ", " : "", name);
	*out = '\0';
	if (!made->nr)
		snprintf(out, TDXU_UNMADE_TEXT,
			 "the driver is older than this tdxupd and does not tell which of its checks it makes; install that of its version, or see `tdxupd apply IMAGE --dry-run`");
	else if (used)
		snprintf(out, TDXU_UNMADE_TEXT,
			 "the driver does not make these checks of this tdxupd: %s; install that of its version",
			 names);
	return out;
}

json_t *tdxu_json_unmade(const struct tdxu_check_names *made)
{
	json_t *list = made->nr ? json_array() : json_null();
	const char *name;

	for (u32 at = 0; made->nr && (name = next_unmade(made, &at));)
		json_array_append_new(list, json_string(name));
	return list;
}
