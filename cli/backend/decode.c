// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/netlink.h>

#include "decode.h"
#include "remedy.h"

enum kind {
	NUMBER,	 /* u32 or u64: exactly as long as the member */
	BYTES,	 /* exactly as long as the member */
	TEXT,
	NEST,	 /* its first member is "bool present" */
	NESTS,	 /* repeated: an array and a count */
	TEXTS,
};

/* Where one attribute goes. */
struct field {
	u16 attr;
	u8 kind;
	u16 size; /* of the member, or of one element */
	u16 max;  /* elements */
	size_t offset;
	size_t count; /* offset of the number of elements */
	const struct layout *layout;
};

struct layout {
	const char *name;
	const struct field *field;
	size_t nr;
	size_t untold; /* offset of a mask of the attributes that did not come; 0: there is none */
};

#define SIZE(s, m) sizeof(((struct s *)0)->m)
#define ONE(s, m, a, k) \
	{ .attr = a, .kind = k, .size = SIZE(s, m), .offset = offsetof(struct s, m) }
#define NESTED(s, m, a, l) \
	{ .attr = a, .kind = NEST, .size = SIZE(s, m), .offset = offsetof(struct s, m), \
	  .layout = l }
#define MANY(s, m, n, a, k, l)                                                             \
	{ .attr = a, .kind = k, .size = SIZE(s, m[0]), .max = SIZE(s, m) / SIZE(s, m[0]),  \
	  .offset = offsetof(struct s, m), .count = offsetof(struct s, n), .layout = l }
#define LAYOUT_TELLING(set, untold)                                                       \
	static const struct layout set##_layout = { #set, set##_fields, ARRAY_SIZE(set##_fields), \
						    untold }
#define LAYOUT(set) LAYOUT_TELLING(set, 0)

static const struct field module_fields[] = {
	ONE(tdxu_module, major, TDX_UPDATE_A_MODULE_MAJOR, NUMBER),
	ONE(tdxu_module, minor, TDX_UPDATE_A_MODULE_MINOR, NUMBER),
	ONE(tdxu_module, update, TDX_UPDATE_A_MODULE_UPDATE, NUMBER),
	ONE(tdxu_module, internal, TDX_UPDATE_A_MODULE_INTERNAL, NUMBER),
	ONE(tdxu_module, build_num, TDX_UPDATE_A_MODULE_BUILD_NUM, NUMBER),
	ONE(tdxu_module, build_date, TDX_UPDATE_A_MODULE_BUILD_DATE, NUMBER),
	ONE(tdxu_module, features0, TDX_UPDATE_A_MODULE_FEATURES0, NUMBER),
	ONE(tdxu_module, hv, TDX_UPDATE_A_MODULE_HV, NUMBER),
	ONE(tdxu_module, min_update_hv, TDX_UPDATE_A_MODULE_MIN_UPDATE_HV, NUMBER),
	ONE(tdxu_module, no_downgrade, TDX_UPDATE_A_MODULE_NO_DOWNGRADE, NUMBER),
	ONE(tdxu_module, handoff_pages, TDX_UPDATE_A_MODULE_HANDOFF_PAGES, NUMBER),
	ONE(tdxu_module, mrseam, TDX_UPDATE_A_MODULE_MRSEAM, BYTES),
	ONE(tdxu_module, svn_major, TDX_UPDATE_A_MODULE_SVN_MAJOR, NUMBER),
	ONE(tdxu_module, svn_minor, TDX_UPDATE_A_MODULE_SVN_MINOR, NUMBER),
};
LAYOUT_TELLING(module, offsetof(struct tdxu_module, untold));

static const struct field seamldr_fields[] = {
	ONE(tdxu_seamldr, major, TDX_UPDATE_A_SEAMLDR_MAJOR, NUMBER),
	ONE(tdxu_seamldr, minor, TDX_UPDATE_A_SEAMLDR_MINOR, NUMBER),
	ONE(tdxu_seamldr, build_num, TDX_UPDATE_A_SEAMLDR_BUILD_NUM, NUMBER),
	ONE(tdxu_seamldr, build_date, TDX_UPDATE_A_SEAMLDR_BUILD_DATE, NUMBER),
	ONE(tdxu_seamldr, updates_left, TDX_UPDATE_A_SEAMLDR_UPDATES_LEFT, NUMBER),
	ONE(tdxu_seamldr, update, TDX_UPDATE_A_SEAMLDR_UPDATE, NUMBER),
};
LAYOUT_TELLING(seamldr, offsetof(struct tdxu_seamldr, untold));

static const struct field timing_fields[] = {
	ONE(tdxu_timing, phase, TDX_UPDATE_A_TIMING_PHASE, NUMBER),
	ONE(tdxu_timing, start_ns, TDX_UPDATE_A_TIMING_START_NS, NUMBER),
	ONE(tdxu_timing, end_ns, TDX_UPDATE_A_TIMING_END_NS, NUMBER),
	ONE(tdxu_timing, retries, TDX_UPDATE_A_TIMING_RETRIES, NUMBER),
};
LAYOUT(timing);

static const struct field check_fields[] = {
	ONE(tdxu_check, name, TDX_UPDATE_A_CHECK_NAME, TEXT),
	ONE(tdxu_check, verdict, TDX_UPDATE_A_CHECK_VERDICT, NUMBER),
	ONE(tdxu_check, errnum, TDX_UPDATE_A_CHECK_ERRNO, NUMBER),
	ONE(tdxu_check, message, TDX_UPDATE_A_CHECK_MESSAGE, TEXT),
};
LAYOUT(check);

static const struct field result_fields[] = {
	ONE(tdxu_result, id, TDX_UPDATE_A_RESULT_UPDATE_ID, NUMBER),
	ONE(tdxu_result, outcome, TDX_UPDATE_A_RESULT_OUTCOME, NUMBER),
	ONE(tdxu_result, errnum, TDX_UPDATE_A_RESULT_ERRNO, NUMBER),
	ONE(tdxu_result, message, TDX_UPDATE_A_RESULT_MESSAGE, TEXT),
	ONE(tdxu_result, phase, TDX_UPDATE_A_RESULT_PHASE, NUMBER),
	ONE(tdxu_result, check, TDX_UPDATE_A_RESULT_CHECK, TEXT),
	ONE(tdxu_result, busy_reason, TDX_UPDATE_A_RESULT_BUSY_REASON, NUMBER),
	ONE(tdxu_result, busy_count, TDX_UPDATE_A_RESULT_BUSY_COUNT, NUMBER),
	ONE(tdxu_result, cpu, TDX_UPDATE_A_RESULT_CPU, NUMBER),
	ONE(tdxu_result, leaf, TDX_UPDATE_A_RESULT_LEAF, NUMBER),
	ONE(tdxu_result, rax, TDX_UPDATE_A_RESULT_RAX, NUMBER),
	ONE(tdxu_result, rdx, TDX_UPDATE_A_RESULT_RDX, NUMBER),
	NESTED(tdxu_result, from, TDX_UPDATE_A_RESULT_FROM, &module_layout),
	NESTED(tdxu_result, to, TDX_UPDATE_A_RESULT_TO, &module_layout),
	MANY(tdxu_result, timing, nr_timings, TDX_UPDATE_A_RESULT_TIMING, NESTS, &timing_layout),
	ONE(tdxu_result, finished, TDX_UPDATE_A_RESULT_FINISHED, NUMBER),
	ONE(tdxu_result, waited_ms, TDX_UPDATE_A_RESULT_WAITED_MS, NUMBER),
	ONE(tdxu_result, patience_ms, TDX_UPDATE_A_RESULT_PATIENCE_MS, NUMBER),
	MANY(tdxu_result, metadata, nr_metadata, TDX_UPDATE_A_RESULT_METADATA, TEXTS, NULL),
};
LAYOUT(result);

static const struct field status_fields[] = {
	ONE(tdxu_status, state, TDX_UPDATE_A_STATUS_STATE, NUMBER),
	ONE(tdxu_status, phase, TDX_UPDATE_A_STATUS_PHASE, NUMBER),
	ONE(tdxu_status, update_id, TDX_UPDATE_A_STATUS_UPDATE_ID, NUMBER),
	NESTED(tdxu_status, module, TDX_UPDATE_A_STATUS_MODULE, &module_layout),
	NESTED(tdxu_status, seamldr, TDX_UPDATE_A_STATUS_SEAMLDR, &seamldr_layout),
	ONE(tdxu_status, cpus_online, TDX_UPDATE_A_STATUS_CPUS_ONLINE, NUMBER),
	ONE(tdxu_status, cpus_present, TDX_UPDATE_A_STATUS_CPUS_PRESENT, NUMBER),
	ONE(tdxu_status, erratum, TDX_UPDATE_A_STATUS_ERRATUM, NUMBER),
	ONE(tdxu_status, driver, TDX_UPDATE_A_STATUS_DRIVER, TEXT),
	ONE(tdxu_status, minimum, TDX_UPDATE_A_STATUS_MINIMUM, TEXT),
	ONE(tdxu_status, signer, TDX_UPDATE_A_STATUS_SIGNER, TEXT),
	ONE(tdxu_status, facts_age_ms, TDX_UPDATE_A_STATUS_FACTS_AGE_MS, NUMBER),
	MANY(tdxu_status, blockers.check, blockers.nr, TDX_UPDATE_A_STATUS_BLOCKER, NESTS,
	     &check_layout),
	NESTED(tdxu_status, result, TDX_UPDATE_A_STATUS_RESULT, &result_layout),
};
LAYOUT_TELLING(status, offsetof(struct tdxu_status, untold));

static const struct field checks_fields[] = {
	MANY(tdxu_checks, check, nr, TDX_UPDATE_A_VERDICTS_CHECK, NESTS, &check_layout),
};
LAYOUT(checks);

/* A message that carries one number. */
struct tdxu_number {
	u32 value;
};

static const struct field update_fields[] = {
	ONE(tdxu_number, value, TDX_UPDATE_A_UPDATE_ID, NUMBER),
};
LAYOUT(update);

/* @beyond: TDXU_BEYOND_TEXT bytes for the names of attributes that no layout has. */
static bool decode(const struct layout *layout, const u8 *attrs, size_t size, u8 *out,
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

/* That something was cut off is seen by its end. */
static void take_text(const u8 *data, size_t size, char *to, size_t room)
{
	size_t len = strnlen((const char *)data, size);

	snprintf(to, room, "%.*s", (int)len, (const char *)data);
	if (len >= room)
		memcpy(to + room - sizeof("..."), "...", sizeof("..."));
}

/* Room for one more element; NULL when the array is full, which spoils the message. */
static u8 *next_element(const struct field *field, u8 *out)
{
	u32 *nr = (u32 *)(out + field->count);

	if (*nr == field->max)
		return NULL;
	return out + field->offset + (size_t)(*nr)++ * field->size;
}

static bool take(const struct field *field, const u8 *data, size_t size, u8 *out, char *beyond)
{
	u8 *to = out + field->offset;

	if (field->kind == NESTS || field->kind == TEXTS)
		to = next_element(field, out);
	if (!to)
		return false;

	switch (field->kind) {
	case NUMBER:
	case BYTES:
		if (size != field->size)
			return false;
		memcpy(to, data, size);
		return true;
	case TEXT:
	case TEXTS:
		take_text(data, size, (char *)to, field->size);
		return true;
	case NEST:
		*(bool *)to = true;
		return decode(field->layout, data, size, to, beyond);
	case NESTS:
		return decode(field->layout, data, size, to, beyond);
	}
	return false;
}

static const struct field *find(const struct layout *layout, u16 attr)
{
	for (size_t i = 0; i < layout->nr; i++)
		if (layout->field[i].attr == attr)
			return &layout->field[i];
	return NULL;
}

static void note_told(const struct layout *layout, u16 attr, u8 *out)
{
	if (layout->untold)
		*(u32 *)(out + layout->untold) &= ~(1u << attr);
}

static bool decode(const struct layout *layout, const u8 *attrs, size_t size, u8 *out,
		   char *beyond)
{
	if (layout->untold)
		*(u32 *)(out + layout->untold) = ~0u;
	while (size >= NLA_HDRLEN) {
		const struct field *field;
		struct nlattr attr;
		size_t step;

		memcpy(&attr, attrs, sizeof(attr));
		if (attr.nla_len < NLA_HDRLEN || attr.nla_len > size)
			return false;
		field = find(layout, attr.nla_type & NLA_TYPE_MASK);
		if (!field)
			note_beyond(layout, attr.nla_type & NLA_TYPE_MASK, beyond);
		else if (!take(field, attrs + NLA_HDRLEN, attr.nla_len - NLA_HDRLEN, out, beyond))
			return false;
		if (field)
			note_told(layout, field->attr, out);
		step = NLA_ALIGN(attr.nla_len);
		if (step >= size)
			return true;
		attrs += step;
		size -= step;
	}
	return !size;
}

static void remedy_checks(struct tdxu_checks *checks)
{
	for (u32 i = 0; i < checks->nr; i++)
		if (checks->check[i].verdict == TDX_UPDATE_VERDICT_FAIL)
			tdxu_remedy(checks->check[i].name, checks->check[i].message,
				    sizeof(checks->check[i].message));
}

/* With the advice for this host, which the driver does not know. */
bool tdxu_decode_status(const void *attrs, size_t size, struct tdxu_status *out)
{
	memset(out, 0, sizeof(*out));
	if (!decode(&status_layout, attrs, size, (u8 *)out, out->beyond))
		return false;
	remedy_checks(&out->blockers);
	tdxu_remedy(out->result.check, out->result.message, sizeof(out->result.message));
	return true;
}

bool tdxu_decode_checks(const void *attrs, size_t size, struct tdxu_checks *out)
{
	memset(out, 0, sizeof(*out));
	if (!decode(&checks_layout, attrs, size, (u8 *)out, out->beyond))
		return false;
	remedy_checks(out);
	return true;
}

bool tdxu_decode_update_id(const void *attrs, size_t size, u32 *out)
{
	struct tdxu_number number = { 0 };
	char beyond[TDXU_BEYOND_TEXT] = "";

	if (!decode(&update_layout, attrs, size, (u8 *)&number, beyond) || !number.value)
		return false;
	*out = number.value;
	return true;
}
