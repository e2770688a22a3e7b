// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* strptime, timegm */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/image.h"
#include "tcb_info.h"

static const char no_signature[] = "it has no signature of 64 bytes behind its TCB info";

/* --- values ----------------------------------------------------------------------------------- */

static bool read_time(const char *text, time_t *out)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	*out = timegm(&tm);
	return end && !*end && strlen(text) == sizeof("YYYY-MM-DDThh:mm:ssZ") - 1;
}

static bool read_fmspc(const char *text, char *out)
{
	if (strlen(text) != 12 || strspn(text, "0123456789abcdefABCDEF") != 12)
		return false;
	for (; *text; text++)
		*out++ = (char)toupper((unsigned char)*text);
	*out = '\0';
	return true;
}

/* "TDX_03", in any case. */
static bool read_id(const char *id, u8 *major)
{
	return !strncasecmp(id, "TDX_", 4) && tdxu_unhex(id + 4, 1, major);
}

static enum tdxu_tcb_status read_status(const char *text)
{
	if (!strcmp(text, "UpToDate"))
		return TDXU_TCB_UP_TO_DATE;
	if (!strcmp(text, "OutOfDate"))
		return TDXU_TCB_OUT_OF_DATE;
	return strcmp(text, "Revoked") ? TDXU_TCB_UNKNOWN : TDXU_TCB_REVOKED;
}

/* Names that can be printed as they are, like INTEL-SA-01245. */
static bool are_names(const json_t *list)
{
	const json_t *name;
	size_t i;

	json_array_foreach(list, i, name) {
		const char *text = json_string_value(name);

		for (; text && (isalnum((unsigned char)*text) || *text == '-'); text++)
			;
		if (!text || *text)
			return false;
	}
	return !list || json_is_array(list);
}

/* --- lists ------------------------------------------------------------------------------------ */

static const struct tdxu_tcb_identity *find_identity(const struct tdxu_tcb_info *info, u32 major)
{
	for (u32 i = 0; i < info->nr; i++)
		if (info->identity[i].svn_major == major)
			return &info->identity[i];
	return NULL;
}

/* Rule 2: the highest of those that the module reaches. Nothing promises an order in the file. */
static const struct tdxu_tcb_level *find_level(const struct tdxu_tcb_identity *identity, u32 minor)
{
	const struct tdxu_tcb_level *best = NULL;

	for (u32 i = 0; i < identity->nr; i++) {
		const struct tdxu_tcb_level *level = &identity->level[i];

		if (level->isvsvn <= minor && (!best || level->isvsvn > best->isvsvn))
			best = level;
	}
	return best;
}

/* --- what is signed --------------------------------------------------------------------------- */

static bool read_level(json_t *json, struct tdxu_tcb_level *level)
{
	json_t *advisories = NULL;
	const char *status, *date;
	json_int_t isvsvn;
	time_t ignored;

	if (json_unpack(json, "{s:{s:I}, s:s, s:s, s?o}", "tcb", "isvsvn", &isvsvn, "tcbStatus",
			&status, "tcbDate", &date, "advisoryIDs", &advisories) ||
	    isvsvn < 0 || isvsvn > TDXU_TCB_MAX_SVN || !read_time(date, &ignored))
		return false;
	level->isvsvn = (u32)isvsvn;
	level->status = read_status(status);
	level->advisories = advisories;
	memcpy(level->date, date, sizeof(level->date) - 1);
	return level->status && are_names(advisories);
}

static const char *read_levels(json_t *list, struct tdxu_tcb_identity *identity)
{
	const struct tdxu_tcb_level *reached;
	json_t *level;
	size_t i;

	if (!json_array_size(list))
		return "a module in it has no levels";
	json_array_foreach(list, i, level) {
		if (i == TDXU_TCB_LEVELS)
			return "a module in it has more than 32 levels";
		if (!read_level(level, &identity->level[i]))
			return "a level of a module in it has no SVN, date or known status";
		reached = find_level(identity, identity->level[i].isvsvn);
		if (reached && reached->isvsvn == identity->level[i].isvsvn)
			return "two levels of a module in it have the same SVN";
		identity->nr++;
	}
	return NULL;
}

/* What has another kind of name is for another kind of reader. */
static const char *read_identities(json_t *list, struct tdxu_tcb_info *info)
{
	const char *id, *why;
	json_t *json;
	size_t i;
	u8 major;

	if (list && !json_is_array(list))
		return "its tdxModuleIdentities are no list";
	json_array_foreach(list, i, json) {
		struct tdxu_tcb_identity *identity = &info->identity[info->nr];

		if (json_unpack(json, "{s:s}", "id", &id) || !read_id(id, &major))
			continue;
		if (info->nr == TDXU_TCB_IDENTITIES || find_identity(info, major))
			return "it has a module twice, or more than 16";
		identity->svn_major = major;
		why = read_levels(json_object_get(json, "tcbLevels"), identity);
		if (why)
			return why;
		info->nr++;
	}
	return NULL;
}

static const char *read_info(json_t *body, struct tdxu_tcb_info *info)
{
	const char *id, *issued, *expires, *fmspc;
	json_int_t version, number;

	if (json_unpack(body, "{s:s}", "id", &id) || strcmp(id, "TDX"))
		return "its id is not TDX; that of SGX is another file";
	if (json_unpack(body, "{s:I}", "version", &version) || version != 3)
		return "its version is not 3, the only one that is known";
	if (json_unpack(body, "{s:I, s:s, s:s, s:s}", "tcbEvaluationDataNumber", &number,
			"issueDate", &issued, "nextUpdate", &expires, "fmspc", &fmspc) ||
	    number < 0 || number > INT32_MAX || !read_time(issued, &info->issued) ||
	    !read_time(expires, &info->expires) || !read_fmspc(fmspc, info->fmspc))
		return "it lacks its number, a date or its FMSPC";
	info->number = (u32)number;
	return read_identities(json_object_get(body, "tdxModuleIdentities"), info);
}

/* --- the shapes ------------------------------------------------------------------------------- */

static bool read_signature(const json_t *json, u8 *out)
{
	const json_t *byte;
	size_t i;

	if (json_is_string(json))
		return tdxu_unhex(json_string_value(json), TDXU_TCB_SIGNATURE_BYTES, out);
	if (json_array_size(json) != TDXU_TCB_SIGNATURE_BYTES)
		return false;
	json_array_foreach(json, i, byte) {
		json_int_t value = json_integer_value(byte);

		if (!json_is_integer(byte) || value < 0 || value > 255)
			return false;
		out[i] = (u8)value;
	}
	return true;
}

/* The comma behind what is signed becomes a bracket: so the rest is an object, too. */
static const char *read_answer(u8 *data, size_t size, size_t head, struct tdxu_tcb_file *file)
{
	json_error_t end;
	bool fine = false;
	json_t *rest;

	file->body = json_loadb((char *)data + head, size - head,
				JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &end);
	if (!file->body)
		return NULL;
	file->bytes = data + head;
	file->size = (size_t)end.position;
	head += file->size;
	if (head < size && data[head] == ',') {
		data[head] = '{';
		rest = json_loadb((char *)data + head, size - head, JSON_REJECT_DUPLICATES, &end);
		fine = json_object_size(rest) == 1 &&
		       read_signature(json_object_get(rest, "signature"), file->signature);
		json_decref(rest);
	}
	return fine ? NULL : no_signature;
}

static const char *read_collateral(const u8 *data, size_t size, struct tdxu_tcb_file *file)
{
	json_t *info;

	file->outer = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	if (!file->outer)
		return NULL;
	info = json_object_get(file->outer, "tcb_info");
	if (!json_is_string(info))
		return "it is neither TCB info as its publisher sends it, byte for byte, nor a collateral with tcb_info in it";
	file->bytes = (const u8 *)json_string_value(info);
	file->size = json_string_length(info);
	file->chain = json_string_value(json_object_get(file->outer, "tcb_info_issuer_chain"));
	file->body = json_loadb((const char *)file->bytes, file->size, JSON_REJECT_DUPLICATES,
				NULL);
	return read_signature(json_object_get(file->outer, "tcb_info_signature"),
			      file->signature) ? NULL : no_signature;
}

const char *tdxu_tcb_parse(u8 *data, size_t size, struct tdxu_tcb_file *file)
{
	static const char head[] = "{\"tcbInfo\":";
	size_t n = sizeof(head) - 1;
	const char *why;

	memset(file, 0, sizeof(*file));
	why = size > n && !memcmp(data, head, n) ? read_answer(data, size, n, file) :
						   read_collateral(data, size, file);
	if (!why && !file->body)
		why = "it is cut short, no JSON, or has a key twice";
	return why ? why : read_info(file->body, &file->info);
}

void tdxu_tcb_file_free(struct tdxu_tcb_file *file)
{
	json_decref(file->body);
	json_decref(file->outer);
	memset(file, 0, sizeof(*file));
}

/* --- what it says of a module ----------------------------------------------------------------- */

static u32 find_needs(const struct tdxu_tcb_identity *identity, u32 minor)
{
	u32 needs = 0;

	for (u32 i = 0; i < identity->nr; i++) {
		const struct tdxu_tcb_level *level = &identity->level[i];

		if (level->status == TDXU_TCB_UP_TO_DATE && level->isvsvn > minor &&
		    (!needs || level->isvsvn < needs))
			needs = level->isvsvn;
	}
	return needs;
}

/*
 * 1. TEE_TCB_SVN[1] > 0 names the identity. None of that name: not supported. Where it is 0, there
 *    is no identity to look for: the platform's levels judge bytes 0 and 1, too.
 * 2. Of its levels, the highest with isvsvn <= TEE_TCB_SVN[0] has the status.
 * 3. Below the lowest: not supported, which is not OutOfDate.
 */
void tdxu_tcb_match(const struct tdxu_tcb_info *info, u32 svn_major, u32 svn_minor,
		    struct tdxu_tcb_verdict *out)
{
	const struct tdxu_tcb_identity *identity;

	*out = (struct tdxu_tcb_verdict){ .status = TDXU_TCB_UNKNOWN };
	if (!svn_major)
		return;
	out->status = TDXU_TCB_NOT_SUPPORTED;
	identity = find_identity(info, svn_major);
	out->other_series = !identity;
	if (!identity)
		return;
	out->level = find_level(identity, svn_minor);
	out->needs = find_needs(identity, svn_minor);
	if (out->level)
		out->status = out->level->status;
}
