// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fields are those of the kernel's tdx_sys_info (arch/x86/include/asm/tdx_global_metadata.h);
 * the numbers are from the Intel TDX Module ABI specification.
 */

#include "metadata.h"
#include "abi.h"
#include "preflight.h"

enum {
	NUM_CPUID_CONFIG, /* the first of TDXU_METADATA_FIELDS */
	VALUE_TEXT = 24,
};

#define ROW(name, number) { number, #name },

static const struct {
	u64 field;
	const char *name;
} fields[TDXU_NR_METADATA_FIELDS] = { TDXU_METADATA_FIELDS(ROW) };

/* As many entries as NUM_CPUID_CONFIG says. */
static const struct {
	u64 field;
	const char *name;
	u32 values_per_entry;
} lists[TDXU_NR_METADATA_LISTS] = {
	{ TDXU_FIELD_CPUID_CONFIG_LEAVES, "CPUID_CONFIG_LEAVES", 1 },
	{ TDXU_FIELD_CPUID_CONFIG_VALUES, "CPUID_CONFIG_VALUES", 2 },
};

static void snapshot_list(struct tdxu_metadata *metadata, u32 index,
			  u64 (*read)(u64 field, u64 *value, u32 *retries))
{
	struct tdxu_metadata_list *list = &metadata->list[index];
	u64 entries = metadata->value[NUM_CPUID_CONFIG];
	u32 i;

	list->rax = metadata->rax[NUM_CPUID_CONFIG];
	if (!list->rax && entries > TDXU_MAX_CPUID_CONFIG)
		list->rax = TDXU_TOO_MANY;
	if (list->rax)
		return;
	list->count = (u32)entries * lists[index].values_per_entry;
	for (i = 0; i < list->count && !list->rax; i++)
		list->rax = read(lists[index].field + i, &list->value[i], &metadata->retries);
}

void tdxu_metadata_snapshot(struct tdxu_metadata *metadata,
			    u64 (*read)(u64 field, u64 *value, u32 *retries))
{
	u32 i;

	memset(metadata, 0, sizeof(*metadata));
	for (i = 0; i < TDXU_NR_METADATA_FIELDS; i++)
		metadata->rax[i] = read(fields[i].field, &metadata->value[i], &metadata->retries);
	for (i = 0; i < TDXU_NR_METADATA_LISTS; i++)
		snapshot_list(metadata, i, read);
}

/* What the module does not have is known, what it does not tell is not. */
static bool is_unknown(u64 rax)
{
	return rax && rax != TDXU_TDX_METADATA_FIELD_ID_INCORRECT;
}

bool tdxu_metadata_any_told(const struct tdxu_metadata *metadata)
{
	u32 i;

	for (i = 0; i < TDXU_NR_METADATA_FIELDS; i++) {
		if (!is_unknown(metadata->rax[i]))
			return true;
	}
	return false;
}

static const char *known_or(u64 rax, const char *known)
{
	if (is_unknown(rax))
		return "unknown";
	return rax ? "none" : known;
}

static const char *value_text(u64 rax, u64 value, char *out)
{
	snprintf(out, VALUE_TEXT, "0x%llx", (unsigned long long)value);
	return known_or(rax, out);
}

static bool field_changed(const struct tdxu_metadata *before, const struct tdxu_metadata *after,
			  u32 i, char *out)
{
	char old[VALUE_TEXT], new[VALUE_TEXT];

	if (!is_unknown(before->rax[i]) && before->rax[i] == after->rax[i] &&
	    before->value[i] == after->value[i])
		return false;
	snprintf(out, TDXU_CHANGE_TEXT, "%s %s -> %s", fields[i].name,
		 value_text(before->rax[i], before->value[i], old),
		 value_text(after->rax[i], after->value[i], new));
	return true;
}

/* What is beyond the end of the shorter list differs, too. */
static bool differs_at(const struct tdxu_metadata_list *a, const struct tdxu_metadata_list *b,
		       u32 i)
{
	return i >= a->count || i >= b->count || a->value[i] != b->value[i];
}

static const char *element_text(const struct tdxu_metadata_list *list, u32 i, char *out)
{
	u64 rax = i < list->count ? 0 : TDXU_TDX_METADATA_FIELD_ID_INCORRECT;

	return value_text(rax, rax ? 0 : list->value[i], out);
}

/* The first that differs, and how many more. */
static bool elements_changed(const struct tdxu_metadata_list *before,
			     const struct tdxu_metadata_list *after, const char *name, char *out)
{
	u32 i = before->count > after->count ? before->count : after->count;
	char old[VALUE_TEXT], new[VALUE_TEXT];
	u32 first = 0, differ = 0;

	while (i--) {
		if (!differs_at(before, after, i))
			continue;
		first = i;
		differ++;
	}
	if (!differ)
		return false;
	snprintf(out, TDXU_CHANGE_TEXT, "%s[%u] %s -> %s, %u more differ", name, first,
		 element_text(before, first, old), element_text(after, first, new), differ - 1);
	return true;
}

static bool list_changed(const struct tdxu_metadata_list *before,
			 const struct tdxu_metadata_list *after, const char *name, char *out)
{
	if (!before->rax && !after->rax)
		return elements_changed(before, after, name, out);
	if (before->rax == after->rax && !is_unknown(before->rax))
		return false;
	snprintf(out, TDXU_CHANGE_TEXT, "%s %s -> %s", name, known_or(before->rax, "known"),
		 known_or(after->rax, "known"));
	return true;
}

bool tdxu_metadata_describe_change(const struct tdxu_metadata *before,
				   const struct tdxu_metadata *after, u32 index, char *out)
{
	u32 list = index - TDXU_NR_METADATA_FIELDS;

	if (index < TDXU_NR_METADATA_FIELDS)
		return field_changed(before, after, index, out);
	return list_changed(&before->list[list], &after->list[list], lists[list].name, out);
}
