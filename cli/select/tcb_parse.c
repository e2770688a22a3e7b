// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* strptime, timegm */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "tcb_parse.h"

static const char no_signature[] = "it has no signature of 64 bytes behind its TCB info";
static const char bad_level[] = "a level of a module in it has no SVN, date or known status";

/* --- values ----------------------------------------------------------------------------------- */

static bool read_number(const json_t *json, u32 max, u32 *out)
{
	json_int_t value = json_integer_value(json);

	*out = (u32)value;
	return json_is_integer(json) && value >= 0 && value <= max;
}

static bool read_time(const json_t *json, time_t *out)
{
	const char *text = json_string_value(json);
	struct tm tm = { 0 };
	const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm) : NULL;

	*out = end ? timegm(&tm) : 0;
	return end && !*end && strlen(text) == sizeof("YYYY-MM-DDThh:mm:ssZ") - 1;
}

static bool read_fmspc(const json_t *json, char *out)
{
	const char *text = json_string_value(json);

	if (!text || strlen(text) != 12 || strspn(text, "0123456789abcdefABCDEF") != 12)
		return false;
	for (; *text; text++)
		*out++ = (char)toupper((unsigned char)*text);
	*out = '\0';
	return true;
}

/* "TDX_03", in any case. */
static bool read_id(const json_t *json, u32 *major)
{
	const char *id = json_string_value(json);

	if (!id || strlen(id) != 6 || strncasecmp(id, "TDX_", 4) ||
	    !isxdigit((unsigned char)id[4]) || !isxdigit((unsigned char)id[5]))
		return false;
	*major = (u32)strtoul(id + 4, NULL, 16);
	return true;
}

static enum tdxu_tcb_status read_status(const json_t *json)
{
	const char *text = json_string_value(json);

	if (text && !strcmp(text, "UpToDate"))
		return TDXU_TCB_UP_TO_DATE;
	if (text && !strcmp(text, "OutOfDate"))
		return TDXU_TCB_OUT_OF_DATE;
	return text && !strcmp(text, "Revoked") ? TDXU_TCB_REVOKED : TDXU_TCB_UNKNOWN;
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

/* --- what is signed --------------------------------------------------------------------------- */

static bool read_level(const json_t *json, struct tdxu_tcb_level *level)
{
	const json_t *tcb = json_object_get(json, "tcb"), *date = json_object_get(json, "tcbDate");
	time_t ignored;

	level->status = read_status(json_object_get(json, "tcbStatus"));
	level->advisories = json_object_get(json, "advisoryIDs");
	if (!level->status || !are_names(level->advisories) || !read_time(date, &ignored) ||
	    !read_number(json_object_get(tcb, "isvsvn"), TDXU_TCB_MAX_SVN, &level->isvsvn))
		return false;
	memcpy(level->date, json_string_value(date), sizeof(level->date) - 1);
	return true;
}

static bool has_twice(const struct tdxu_tcb_identity *identity)
{
	const struct tdxu_tcb_level *last = &identity->level[identity->nr - 1];

	for (u32 i = 0; i + 1 < identity->nr; i++)
		if (identity->level[i].isvsvn == last->isvsvn)
			return true;
	return false;
}

static const char *read_levels(const json_t *list, struct tdxu_tcb_identity *identity)
{
	const json_t *level;
	size_t i;

	if (!json_array_size(list))
		return "a module in it has no levels";
	json_array_foreach(list, i, level) {
		if (i == TDXU_TCB_LEVELS)
			return "a module in it has more than 32 levels";
		if (!read_level(level, &identity->level[identity->nr++]))
			return bad_level;
		if (has_twice(identity))
			return "two levels of a module in it have the same SVN";
	}
	return NULL;
}

static bool is_known(const struct tdxu_tcb_info *info, u32 major)
{
	for (u32 i = 0; i < info->nr; i++)
		if (info->identity[i].svn_major == major)
			return true;
	return false;
}

/* What has another kind of name is for another kind of reader. */
static const char *read_identities(const json_t *list, struct tdxu_tcb_info *info)
{
	const char *why = NULL;
	const json_t *json;
	size_t i;
	u32 major;

	if (list && !json_is_array(list))
		return "its tdxModuleIdentities are no list";
	json_array_foreach(list, i, json) {
		struct tdxu_tcb_identity *identity = &info->identity[info->nr];

		if (!read_id(json_object_get(json, "id"), &major))
			continue;
		if (info->nr == TDXU_TCB_IDENTITIES || is_known(info, major))
			return "it has a module twice, or more than 16";
		identity->svn_major = major;
		why = read_levels(json_object_get(json, "tcbLevels"), identity);
		if (why)
			return why;
		info->nr++;
	}
	return NULL;
}

static const char *read_info(const json_t *body, struct tdxu_tcb_info *info)
{
	const char *id = json_string_value(json_object_get(body, "id"));
	u32 version;

	if (!id || strcmp(id, "TDX"))
		return "its id is not TDX; that of SGX is another file";
	if (!read_number(json_object_get(body, "version"), 3, &version) || version != 3)
		return "its version is not 3, the only one that is known";
	if (!read_number(json_object_get(body, "tcbEvaluationDataNumber"), INT32_MAX,
			 &info->number) ||
	    !read_time(json_object_get(body, "issueDate"), &info->issued) ||
	    !read_time(json_object_get(body, "nextUpdate"), &info->expires) ||
	    !read_fmspc(json_object_get(body, "fmspc"), info->fmspc))
		return "it lacks its number, a date or its FMSPC";
	return read_identities(json_object_get(body, "tdxModuleIdentities"), info);
}

/* --- the shapes ------------------------------------------------------------------------------- */

static bool read_hex(const char *text, u8 *out)
{
	static const char digits[] = "0123456789abcdef";

	if (!text || strlen(text) != 2 * TDXU_TCB_SIGNATURE_BYTES)
		return false;
	for (size_t i = 0; text[i]; i++) {
		const char *digit = strchr(digits, tolower((unsigned char)text[i]));

		if (!digit)
			return false;
		out[i / 2] = (u8)(out[i / 2] << 4 | (digit - digits));
	}
	return true;
}

static bool read_signature(const json_t *json, u8 *out)
{
	const json_t *byte;
	size_t i;
	u32 value;

	if (!json_is_array(json))
		return read_hex(json_string_value(json), out);
	if (json_array_size(json) != TDXU_TCB_SIGNATURE_BYTES)
		return false;
	json_array_foreach(json, i, byte) {
		if (!read_number(byte, 255, &value))
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
