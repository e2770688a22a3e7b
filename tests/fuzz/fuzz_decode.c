// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as an answer of the driver: what is taken of them fits, and can be told as text and as
 * JSON. The mutator mends the lengths of attributes most of the time.
 */

#include "../../cli/backend/decode.c"

#include "ctx.h"
#include "fuzz.h"
#include "json.h"
#include "print.h"

static void mend(u8 *data, size_t size)
{
	struct nlattr attr;

	while (size > NLA_HDRLEN) {
		memcpy(&attr, data, sizeof(attr));
		if (attr.nla_len < NLA_HDRLEN || attr.nla_len > size)
			attr.nla_len = (u16)size;
		memcpy(data, &attr, sizeof(attr));
		if (attr.nla_type & NLA_F_NESTED)
			mend(data + NLA_HDRLEN, attr.nla_len - (size_t)NLA_HDRLEN);
		if ((size_t)NLA_ALIGN(attr.nla_len) >= size)
			return;
		data += NLA_ALIGN(attr.nla_len);
		size -= NLA_ALIGN(attr.nla_len);
	}
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed)
{
	size = LLVMFuzzerMutate(data, size, max_size);
	if (seed % 8 && size <= UINT16_MAX)
		mend(data, size);
	return size;
}

#define CHECK_TEXT(text) check(memchr(text, '\0', sizeof(text)))

/* Driver's words are data, and there is JSON of all of them. */
static void look_at_json(json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

	check(text);
	free(text);
	json_decref(json);
}

static void look_at_checks(const struct tdxu_checks *checks)
{
	check(checks->nr <= TDXU_MAX_CHECKS);
	for (u32 i = 0; i < checks->nr; i++) {
		CHECK_TEXT(checks->check[i].name);
		CHECK_TEXT(checks->check[i].message);
	}
	CHECK_TEXT(checks->beyond);
	look_at_json(tdxu_json_checks(checks));
}

static void look_at_result(const struct tdxu_result *result)
{
	check(result->nr_timings <= TDXU_MAX_TIMINGS && result->nr_metadata <= TDXU_MAX_METADATA);
	for (u32 i = 0; i < result->nr_metadata; i++)
		CHECK_TEXT(result->metadata[i]);
	CHECK_TEXT(result->message);
	CHECK_TEXT(result->check);
}

/* As `tdxupd status` prints it, in the part that any driver's text gets into. */
static void look_at_print(const struct tdxu_status *status)
{
	size_t size = 0;
	char *text = NULL;
	struct tdxu_ctx ctx = { .out = open_memstream(&text, &size), .columns = 80 };

	check(ctx.out);
	ctx.err = ctx.out;
	ctx.terminal = status->state & 1;
	tdxu_print_checks(&ctx, &status->blockers);
	if (status->result.present) {
		tdxu_print_outcome(&ctx, "Result", &status->result);
		tdxu_print_details(&ctx, &status->result);
	}
	check(!fclose(ctx.out) && text);
	for (size_t i = 0; i < size; i++)
		check(text[i] == '\n' || (u8)text[i] >= ' ');
	free(text);
}

static void look_at_status(const struct tdxu_status *status)
{
	CHECK_TEXT(status->driver);
	CHECK_TEXT(status->minimum);
	CHECK_TEXT(status->signer);
	CHECK_TEXT(status->beyond);
	look_at_checks(&status->blockers);
	look_at_result(&status->result);
	look_at_json(tdxu_json_status(status));
	look_at_print(status);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct tdxu_status status;
	static struct tdxu_checks checks;
	u32 id = 0;

	if (tdxu_decode_status(data, size, &status))
		look_at_status(&status);
	if (tdxu_decode_checks(data, size, &checks))
		look_at_checks(&checks);
	check(tdxu_decode_update_id(data, size, &id) == !!id);
	return 0;
}
