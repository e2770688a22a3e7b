// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a TCB info: every level of one that is taken is found by its SVN. */

#define _GNU_SOURCE /* as tcb_info.c has it */

#include "../../cli/select/tcb_info.c"

#include "fuzz.h"

#include <ctype.h>

static void try_level(const struct tdxu_tcb_info *info, u32 major,
		      const struct tdxu_tcb_level *level)
{
	struct tdxu_tcb_verdict v;

	check(strlen(level->date) == 10);
	tdxu_tcb_match(info, major, level->isvsvn, &v);
	check(!major || (v.level == level && v.status == level->status));
	check(!v.needs || v.needs > level->isvsvn);
}

static void try_info(const struct tdxu_tcb_info *info)
{
	struct tdxu_tcb_verdict v;

	check(strlen(info->fmspc) == 12);
	for (u32 i = 0; i < info->nr; i++)
		for (u32 j = 0; j < info->identity[i].nr; j++)
			try_level(info, info->identity[i].svn_major,
				  &info->identity[i].level[j]);
	tdxu_tcb_match(info, 256, 255, &v);
	check(v.status == TDXU_TCB_NOT_SUPPORTED && v.other_series);
}

/* Blanks around it are taken for a part of what was signed: they are told by the signature. */
static bool is_object(const u8 *bytes, size_t size)
{
	while (size && isspace(bytes[size - 1]))
		size--;
	for (; size && isspace(*bytes); size--)
		bytes++;
	return size > 2 && bytes[0] == '{' && bytes[size - 1] == '}';
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct tdxu_tcb_file file;
	u8 *copy = malloc(size + !size);

	check(copy);
	memcpy(copy, data, size);
	if (!tdxu_tcb_parse(copy, size, &file)) {
		check(is_object(file.bytes, file.size));
		try_info(&file.info);
	}
	tdxu_tcb_file_free(&file);
	free(copy);
	return 0;
}
