// SPDX-License-Identifier: GPL-2.0-or-later
#include <netlink/attr.h>

#include "decode.h"
#include "sysfs.h"

enum kind {
	EXACT, /* a number or bytes: as long as the member */
	TEXT,
	NEST, /* if it is not repeated, its first member is "bool present" */
};

/* Where one attribute goes. */
struct field {
	u8 kind;
	u16 size; /* of the member, or of one element */
	u16 max;  /* elements of one that is repeated, for which there is an array; or 0 */
	size_t offset;
	size_t count; /* offset of the number of elements */
	const struct layout *layout;
};

struct layout {
	const char *name;
	const struct field *field; /* by attribute; of one that is not known, @size is 0 */
	size_t nr;
	size_t untold; /* offset of a mask of the attributes that did not come; 0: there is none */
};

#define SIZE(s, m) sizeof(((struct s *)0)->m)
#define ONE(s, m, a, k) \
	[a] = { .kind = k, .size = SIZE(s, m), .offset = offsetof(struct s, m) }
#define NESTED(s, m, a, l)                                                        \
	[a] = { .kind = NEST, .size = SIZE(s, m), .offset = offsetof(struct s, m), \
		.layout = l }
#define MANY(s, m, n, a, k, l)                                                             \
	[a] = { .kind = k, .size = SIZE(s, m[0]), .max = SIZE(s, m) / SIZE(s, m[0]),       \
		.offset = offsetof(struct s, m), .count = offsetof(struct s, n), .layout = l }
#define LAYOUT(set, untold)                                                                \
	static const struct layout set##_layout = { #set, set##_fields,                    \
						    ARRAY_SIZE(set##_fields), untold }

static const struct field module_fields[] = {
	ONE(tdxu_module, major, TDX_UPDATE_A_MODULE_MAJOR, EXACT),
	ONE(tdxu_module, minor, TDX_UPDATE_A_MODULE_MINOR, EXACT),
	ONE(tdxu_module, update, TDX_UPDATE_A_MODULE_UPDATE, EXACT),
	ONE(tdxu_module, internal, TDX_UPDATE_A_MODULE_INTERNAL, EXACT),
	ONE(tdxu_module, build_num, TDX_UPDATE_A_MODULE_BUILD_NUM, EXACT),
	ONE(tdxu_module, build_date, TDX_UPDATE_A_MODULE_BUILD_DATE, EXACT),
	ONE(tdxu_module, features0, TDX_UPDATE_A_MODULE_FEATURES0, EXACT),
	ONE(tdxu_module, hv, TDX_UPDATE_A_MODULE_HV, EXACT),
	ONE(tdxu_module, min_update_hv, TDX_UPDATE_A_MODULE_MIN_UPDATE_HV, EXACT),
	ONE(tdxu_module, no_downgrade, TDX_UPDATE_A_MODULE_NO_DOWNGRADE, EXACT),
	ONE(tdxu_module, handoff_pages, TDX_UPDATE_A_MODULE_HANDOFF_PAGES, EXACT),
	ONE(tdxu_module, mrseam, TDX_UPDATE_A_MODULE_MRSEAM, EXACT),
	ONE(tdxu_module, svn_major, TDX_UPDATE_A_MODULE_SVN_MAJOR, EXACT),
	ONE(tdxu_module, svn_minor, TDX_UPDATE_A_MODULE_SVN_MINOR, EXACT),
};
LAYOUT(module, offsetof(struct tdxu_module, untold));

static const struct field seamldr_fields[] = {
	ONE(tdxu_seamldr, major, TDX_UPDATE_A_SEAMLDR_MAJOR, EXACT),
	ONE(tdxu_seamldr, minor, TDX_UPDATE_A_SEAMLDR_MINOR, EXACT),
	ONE(tdxu_seamldr, build_num, TDX_UPDATE_A_SEAMLDR_BUILD_NUM, EXACT),
	ONE(tdxu_seamldr, build_date, TDX_UPDATE_A_SEAMLDR_BUILD_DATE, EXACT),
	ONE(tdxu_seamldr, updates_left, TDX_UPDATE_A_SEAMLDR_UPDATES_LEFT, EXACT),
	ONE(tdxu_seamldr, update, TDX_UPDATE_A_SEAMLDR_UPDATE, EXACT),
};
LAYOUT(seamldr, offsetof(struct tdxu_seamldr, untold));

static const struct field timing_fields[] = {
	ONE(tdxu_timing, phase, TDX_UPDATE_A_TIMING_PHASE, EXACT),
	ONE(tdxu_timing, start_ns, TDX_UPDATE_A_TIMING_START_NS, EXACT),
	ONE(tdxu_timing, end_ns, TDX_UPDATE_A_TIMING_END_NS, EXACT),
	ONE(tdxu_timing, retries, TDX_UPDATE_A_TIMING_RETRIES, EXACT),
};
LAYOUT(timing, 0);

static const struct field check_fields[] = {
	ONE(tdxu_check, name, TDX_UPDATE_A_CHECK_NAME, TEXT),
	ONE(tdxu_check, verdict, TDX_UPDATE_A_CHECK_VERDICT, EXACT),
	ONE(tdxu_check, errnum, TDX_UPDATE_A_CHECK_ERRNO, EXACT),
	ONE(tdxu_check, message, TDX_UPDATE_A_CHECK_MESSAGE, TEXT),
};
LAYOUT(check, 0);

static const struct field result_fields[] = {
	ONE(tdxu_result, id, TDX_UPDATE_A_RESULT_UPDATE_ID, EXACT),
	ONE(tdxu_result, outcome, TDX_UPDATE_A_RESULT_OUTCOME, EXACT),
	ONE(tdxu_result, errnum, TDX_UPDATE_A_RESULT_ERRNO, EXACT),
	ONE(tdxu_result, message, TDX_UPDATE_A_RESULT_MESSAGE, TEXT),
	ONE(tdxu_result, phase, TDX_UPDATE_A_RESULT_PHASE, EXACT),
	ONE(tdxu_result, check, TDX_UPDATE_A_RESULT_CHECK, TEXT),
	ONE(tdxu_result, busy_reason, TDX_UPDATE_A_RESULT_BUSY_REASON, EXACT),
	ONE(tdxu_result, busy_count, TDX_UPDATE_A_RESULT_BUSY_COUNT, EXACT),
	ONE(tdxu_result, cpu, TDX_UPDATE_A_RESULT_CPU, EXACT),
	ONE(tdxu_result, leaf, TDX_UPDATE_A_RESULT_LEAF, EXACT),
	ONE(tdxu_result, rax, TDX_UPDATE_A_RESULT_RAX, EXACT),
	ONE(tdxu_result, rdx, TDX_UPDATE_A_RESULT_RDX, EXACT),
	NESTED(tdxu_result, from, TDX_UPDATE_A_RESULT_FROM, &module_layout),
	NESTED(tdxu_result, to, TDX_UPDATE_A_RESULT_TO, &module_layout),
	MANY(tdxu_result, timing, nr_timings, TDX_UPDATE_A_RESULT_TIMING, NEST, &timing_layout),
	ONE(tdxu_result, finished, TDX_UPDATE_A_RESULT_FINISHED, EXACT),
	ONE(tdxu_result, waited_ms, TDX_UPDATE_A_RESULT_WAITED_MS, EXACT),
	ONE(tdxu_result, patience_ms, TDX_UPDATE_A_RESULT_PATIENCE_MS, EXACT),
	MANY(tdxu_result, metadata, nr_metadata, TDX_UPDATE_A_RESULT_METADATA, TEXT, NULL),
};
LAYOUT(result, 0);

static const struct field status_fields[] = {
	ONE(tdxu_status, state, TDX_UPDATE_A_STATUS_STATE, EXACT),
	ONE(tdxu_status, phase, TDX_UPDATE_A_STATUS_PHASE, EXACT),
	ONE(tdxu_status, update_id, TDX_UPDATE_A_STATUS_UPDATE_ID, EXACT),
	NESTED(tdxu_status, module, TDX_UPDATE_A_STATUS_MODULE, &module_layout),
	NESTED(tdxu_status, seamldr, TDX_UPDATE_A_STATUS_SEAMLDR, &seamldr_layout),
	ONE(tdxu_status, cpus_online, TDX_UPDATE_A_STATUS_CPUS_ONLINE, EXACT),
	ONE(tdxu_status, cpus_present, TDX_UPDATE_A_STATUS_CPUS_PRESENT, EXACT),
	ONE(tdxu_status, erratum, TDX_UPDATE_A_STATUS_ERRATUM, EXACT),
	ONE(tdxu_status, driver, TDX_UPDATE_A_STATUS_DRIVER, TEXT),
	ONE(tdxu_status, minimum, TDX_UPDATE_A_STATUS_MINIMUM, TEXT),
	ONE(tdxu_status, signer, TDX_UPDATE_A_STATUS_SIGNER, TEXT),
	ONE(tdxu_status, facts_age_ms, TDX_UPDATE_A_STATUS_FACTS_AGE_MS, EXACT),
	MANY(tdxu_status, blockers.check, blockers.nr, TDX_UPDATE_A_STATUS_BLOCKER, NEST,
	     &check_layout),
	NESTED(tdxu_status, result, TDX_UPDATE_A_STATUS_RESULT, &result_layout),
	MANY(tdxu_status, made.name, made.nr, TDX_UPDATE_A_STATUS_CHECK, TEXT, NULL),
};
LAYOUT(status, offsetof(struct tdxu_status, untold));

static const struct field checks_fields[] = {
	MANY(tdxu_checks, check, nr, TDX_UPDATE_A_VERDICTS_CHECK, NEST, &check_layout),
};
LAYOUT(checks, 0);

/* @beyond: TDXU_BEYOND_TEXT bytes for the names of attributes that no layout has. */
static bool decode(const struct layout *layout, const void *attrs, int size, void *out,
		   char *beyond);

static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += len)
		if (!at[len] || at[len] == ',')
			return true;
	return false;
}

/* "result 21": once, however often it comes. */
static void note_beyond(const struct layout *layout, u16 attr, char *beyond)
{
	size_t used = strlen(beyond);
	char name[24];

	snprintf(name, sizeof(name), "%s %u", layout->name, attr);
	if (is_listed(beyond, name))
		return;
	if (used + strlen(name) + sizeof(", , ...") > TDXU_BEYOND_TEXT)
		snprintf(name, sizeof(name), "...");
	if (!strstr(beyond, "..."))
		snprintf(beyond + used, TDXU_BEYOND_TEXT - used, "%s%s", used ? ", " : "", name);
}

/* Text that was cut off ends in dots. */
static void take_text(const struct nlattr *attr, char *to, size_t room)
{
	int len = snprintf(to, room, "%.*s", nla_len(attr), (const char *)nla_data(attr));

	if (len >= (int)room)
		memcpy(to + room - sizeof("..."), "...", sizeof("..."));
}

/* Room for one more element; NULL when the array is full, which spoils the message. */
static void *next_element(const struct field *field, void *out)
{
	u32 *nr = out + field->count;

	if (*nr == field->max)
		return NULL;
	return out + field->offset + (size_t)(*nr)++ * field->size;
}

static bool take(const struct field *field, const struct nlattr *attr, void *out, char *beyond)
{
	void *to = field->max ? next_element(field, out) : out + field->offset;

	if (!to)
		return false;

	switch (field->kind) {
	case EXACT:
		if (nla_len(attr) != field->size)
			return false;
		memcpy(to, nla_data(attr), field->size);
		return true;
	case TEXT:
		take_text(attr, to, field->size);
		return true;
	case NEST:
		if (!field->max)
			*(bool *)to = true;
		return decode(field->layout, nla_data(attr), nla_len(attr), to, beyond);
	}
	return false;
}

static bool decode(const struct layout *layout, const void *attrs, int size, void *out,
		   char *beyond)
{
	const struct nlattr *attr;
	u32 told = 0;
	int left;

	nla_for_each_attr(attr, attrs, size, left) {
		u16 type = (u16)nla_type(attr);

		if (type >= layout->nr || !layout->field[type].size)
			note_beyond(layout, type, beyond);
		else if (take(&layout->field[type], attr, out, beyond))
			told |= 1u << type;
		else
			return false;
	}
	if (layout->untold)
		*(u32 *)(out + layout->untold) = ~told;
	/* The last one may have no padding behind it. */
	return left <= 0;
}

static void remedy_checks(struct tdxu_checks *checks)
{
	for (u32 i = 0; i < checks->nr; i++)
		if (checks->check[i].verdict == TDX_UPDATE_VERDICT_FAIL)
			tdxu_remedy(checks->check[i].name, checks->check[i].message,
				    sizeof(checks->check[i].message));
}

/* With the advice for this host, which the driver does not know. */
bool tdxu_decode_status(const void *attrs, size_t size, void *out)
{
	struct tdxu_status *status = out;

	memset(status, 0, sizeof(*status));
	if (!decode(&status_layout, attrs, (int)size, status, status->beyond))
		return false;
	remedy_checks(&status->blockers);
	tdxu_remedy(status->result.check, status->result.message, sizeof(status->result.message));
	return true;
}

bool tdxu_decode_checks(const void *attrs, size_t size, void *out)
{
	struct tdxu_checks *checks = out;

	memset(checks, 0, sizeof(*checks));
	if (!decode(&checks_layout, attrs, (int)size, checks, checks->beyond))
		return false;
	remedy_checks(checks);
	return true;
}

bool tdxu_decode_update_id(const void *attrs, size_t size, void *out)
{
	const struct nlattr *attr = nla_find(attrs, (int)size, TDX_UPDATE_A_UPDATE_ID);
	u32 *id = out;

	*id = attr && nla_len(attr) == sizeof(*id) ? nla_get_u32(attr) : 0;
	return *id;
}
