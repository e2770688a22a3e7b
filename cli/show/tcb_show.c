// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "json.h"
#include "print.h"
#include "tcb_show.h"

const char *const tdxu_tcb_status_names[] = {
	"unknown", "NotSupported", "Revoked", "OutOfDate", "UpToDate",
};

static const char *shortfall(struct tdxu_svn svn, const struct tdxu_tcb_verdict *v, char *text)
{
	int n = sprintf(text, ": SVN %u.%u", svn.major, svn.minor);

	if (v->other_series)
		sprintf(text + n, ", of which the file has no module");
	else if (v->needs)
		sprintf(text + n, ", needs %u.%u", svn.major, v->needs);
	return text;
}

/* The words of the file, and what stands in the way of believing them. */
const char *tdxu_tcb_text(const struct tdxu_tcb_set *set, struct tdxu_svn svn,
			  char text[TDXU_MESSAGE_BYTES])
{
	struct tdxu_tcb_verdict v = tdxu_tcb_judge(set, svn);
	const char *name = v.status == TDXU_TCB_NOT_SUPPORTED ? "not supported" :
							       tdxu_tcb_status_names[v.status];
	char date[TDXU_TIME_TEXT], more[80] = "";

	if (v.status == TDXU_TCB_UNKNOWN)
		name = svn.known ? "unknown: SVN 0.x is judged by the platform's levels" :
				   "unknown: nothing tells the module's SVN";
	else if (v.status != TDXU_TCB_UP_TO_DATE)
		shortfall(svn, &v, more);
	if (v.believed == v.status)
		snprintf(text, TDXU_MESSAGE_BYTES, "module's half %s%s", name, more);
	else
		snprintf(text, TDXU_MESSAGE_BYTES,
			 "module's half unknown: %s%s, by a file that expired on %.10s", name,
			 more, tdxu_utc_text(set->file.info.expires, date));
	return text;
}

static enum tdxu_colour colour_of(const struct tdxu_tcb_set *set, struct tdxu_svn svn)
{
	static const enum tdxu_colour colours[] = { TDXU_WARN, TDXU_BAD, TDXU_BAD, TDXU_BAD,
						    TDXU_GOOD };

	return colours[tdxu_tcb_judge(set, svn).believed];
}

static void print_level(struct tdxu_ctx *ctx, const struct tdxu_tcb_level *level)
{
	char names[TDXU_MESSAGE_BYTES] = "";
	const json_t *name;
	size_t n = 0, i;

	json_array_foreach(level->advisories, i, name)
		if (n < sizeof(names))
			n += (size_t)snprintf(names + n, sizeof(names) - n, "%s %s",
					      i ? "," : ";", json_string_value(name));
	tdxu_print_row(ctx, TDXU_PLAIN, "", "level of %s%s", level->date, names);
}

static void print_set(struct tdxu_ctx *ctx, const struct tdxu_tcb_set *set, const char *label)
{
	const struct tdxu_tcb_info *info = &set->file.info;
	char issued[TDXU_TIME_TEXT], expires[TDXU_TIME_TEXT];
	bool verified = set->trust == TDXU_TCB_VERIFIED;

	tdxu_print_row(ctx, set->expired || !verified ? TDXU_WARN : TDXU_PLAIN, label,
		       "FMSPC %s, issued %.10s, %s %.10s, signature %sverified%s%s", info->fmspc,
		       tdxu_utc_text(info->issued, issued), set->expired ? "EXPIRED" : "expires",
		       tdxu_utc_text(info->expires, expires), verified ? "" : "not ",
		       verified ? "" : ": ", set->why);
}

static const char *label_of(const struct tdxu_tcb_set *set, char label[16])
{
	snprintf(label, 16, "TCB set %u", set->file.info.number);
	return label;
}

static void print_unusable(struct tdxu_ctx *ctx, const struct tdxu_tcb_set *set)
{
	tdxu_print_row(ctx, TDXU_BAD, "TCB info", "not used: %s: %s", set->error.what,
		       set->error.why);
}

void tdxu_tcb_print(struct tdxu_ctx *ctx, struct tdxu_svn svn)
{
	char text[TDXU_MESSAGE_BYTES], label[16];
	const struct tdxu_tcb *tcb = ctx->tcb;
	struct tdxu_tcb_verdict v;

	for (u32 i = 0; i < tcb->nr; i++) {
		const struct tdxu_tcb_set *set = &tcb->set[i];

		if (set->error.code) {
			print_unusable(ctx, set);
			continue;
		}
		tdxu_print_row(ctx, colour_of(set, svn), label_of(set, label), "%s",
			       tdxu_tcb_text(set, svn, text));
		v = tdxu_tcb_judge(set, svn);
		if (v.level)
			print_level(ctx, v.level);
		print_set(ctx, set, "");
	}
}

void tdxu_tcb_print_line(struct tdxu_ctx *ctx, struct tdxu_svn svn)
{
	const struct tdxu_tcb *tcb = ctx->tcb;
	char text[TDXU_MESSAGE_BYTES], label[16];

	for (u32 i = 0; i < tcb->nr; i++)
		if (!tcb->set[i].error.code)
			tdxu_print_row(ctx, colour_of(&tcb->set[i], svn), "", "%s: %s",
				       label_of(&tcb->set[i], label),
				       tdxu_tcb_text(&tcb->set[i], svn, text));
}

void tdxu_tcb_print_sets(struct tdxu_ctx *ctx)
{
	const struct tdxu_tcb *tcb = ctx->tcb;
	char label[16];

	for (u32 i = 0; i < tcb->nr; i++)
		if (tcb->set[i].error.code)
			print_unusable(ctx, &tcb->set[i]);
		else
			print_set(ctx, &tcb->set[i], label_of(&tcb->set[i], label));
}

/* --- JSON ------------------------------------------------------------------------------------- */

static json_t *time_json(time_t t)
{
	char text[TDXU_TIME_TEXT];

	return json_string(tdxu_utc_text(t, text));
}

/* Of a set that cannot be used, what it is is not known. */
static json_t *set_json(const struct tdxu_tcb_set *set, struct tdxu_svn svn)
{
	const struct tdxu_tcb_info *info = &set->file.info;
	const bool usable = !set->error.code;
	const char *why = usable ? set->why : set->error.why;
	struct tdxu_tcb_verdict v = tdxu_tcb_judge(set, svn);
	const json_t *advisories = v.level ? v.level->advisories : NULL;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s?, s:o, s:o}",
			 "set", tdxu_json_known(usable, json_integer(info->number)),
			 "fmspc", tdxu_json_known(usable, json_string(info->fmspc)),
			 "issued", tdxu_json_known(usable, time_json(info->issued)),
			 "expires", tdxu_json_known(usable, time_json(info->expires)),
			 "expired", tdxu_json_known(usable, json_boolean(set->expired)),
			 "verified", tdxu_json_known(usable, json_boolean(set->trust ==
									  TDXU_TCB_VERIFIED)),
			 "path", tdxu_json_text(set->path),
			 "why", tdxu_json_known(*why, tdxu_json_text(why)),
			 "status", tdxu_tcb_status_names[v.believed],
			 "file_status", tdxu_tcb_status_names[v.status],
			 "date", v.level ? v.level->date : NULL,
			 "advisories", advisories ? json_copy((json_t *)advisories) : json_array(),
			 "needs", tdxu_json_svn((struct tdxu_svn){ v.needs, svn.major, v.needs }));
}

json_t *tdxu_json_tcb(const struct tdxu_tcb *tcb, struct tdxu_svn svn)
{
	json_t *list = json_array();

	for (u32 i = 0; i < tcb->nr; i++)
		json_array_append_new(list, set_json(&tcb->set[i], svn));
	return list;
}
