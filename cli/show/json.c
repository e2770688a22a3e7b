// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE /* strerrorname_np */
#include <inttypes.h>
#include <string.h>

#include "core/status_text.h"
#include "json.h"
#include "names.h"
#include "print.h"
#include "version.h"

/* Paths may have any bytes, JSON may not. */
json_t *tdxu_json_text(const char *s)
{
	json_t *json = json_string(s);
	char ascii[TDXU_WHAT_BYTES];
	size_t i;

	if (json)
		return json;
	for (i = 0; s[i] && i < sizeof(ascii) - 1; i++)
		ascii[i] = s[i] & 0x80 ? '?' : s[i];
	ascii[i] = '\0';
	return json_string(ascii);
}

static json_t *text_or_null(const char *s)
{
	return *s ? tdxu_json_text(s) : json_null();
}

static json_t *errno_or_null(int errnum)
{
	const char *name = errnum ? strerrorname_np(errnum) : NULL;

	return name ? json_string(name) : json_null();
}

/* 64 bits do not fit every reader's numbers. */
static json_t *hex64(u64 value)
{
	return json_sprintf("0x%" PRIx64, value);
}

static json_t *bytes(const u8 *data, size_t size)
{
	char hex[2 * TDXU_MRSEAM_BYTES + 1];

	return json_string(tdxu_hex(data, size, hex));
}

static json_t *date_or_null(u32 date)
{
	char out[TDXU_DATE_TEXT];

	u32 month, day;
	bool is_one = strspn(tdxu_date_text(date, out), "0123456789-") == 10 &&
		      sscanf(out + 4, "-%2u-%2u", &month, &day) == 2 && month - 1 < 12 && day < 32;

	return is_one ? json_string(out) : json_null();
}

static json_t *svn(u32 major, u32 minor)
{
	return json_pack("{s:i, s:i}", "major", major, "minor", minor);
}

/* What only the driver tdx_update tells, and null elsewhere. */
static json_t *module_details(const struct tdxu_module *m)
{
	return json_pack("{s:i, s:I, s:o, s:o, s:b, s:b, s:{s:i, s:i, s:b, s:i}, s:o, s:o}",
			 "internal", m->internal,
			 "build", (json_int_t)m->build_num,
			 "build_date", date_or_null(m->build_date),
			 "features0", hex64(m->features0),
			 "td_preserving", !!(m->features0 & TDXU_FEATURE_TD_PRESERVING),
			 "race_protection", !!(m->features0 & TDXU_FEATURE_UPDATE_COMPAT),
			 "handoff",
				 "newest", m->hv,
				 "oldest", m->min_update_hv,
				 "no_downgrade", m->no_downgrade != 0,
				 "pages", m->handoff_pages,
			 "svn", svn(m->svn_major, m->svn_minor),
			 "mrseam", bytes(m->mrseam, sizeof(m->mrseam)));
}

/* What could not be read. Of the version, all is always told. */
static void null_untold(const struct tdxu_module *m, json_t *details)
{
	static const struct {
		u8 attr;
		const char *key;
		const char *member;
	} fields[] = {
		{ TDX_UPDATE_A_MODULE_INTERNAL, "internal", NULL },
		{ TDX_UPDATE_A_MODULE_BUILD_NUM, "build", NULL },
		{ TDX_UPDATE_A_MODULE_BUILD_DATE, "build_date", NULL },
		{ TDX_UPDATE_A_MODULE_FEATURES0, "features0", NULL },
		{ TDX_UPDATE_A_MODULE_FEATURES0, "td_preserving", NULL },
		{ TDX_UPDATE_A_MODULE_FEATURES0, "race_protection", NULL },
		{ TDX_UPDATE_A_MODULE_HV, "handoff", "newest" },
		{ TDX_UPDATE_A_MODULE_MIN_UPDATE_HV, "handoff", "oldest" },
		{ TDX_UPDATE_A_MODULE_NO_DOWNGRADE, "handoff", "no_downgrade" },
		{ TDX_UPDATE_A_MODULE_HANDOFF_PAGES, "handoff", "pages" },
		{ TDX_UPDATE_A_MODULE_SVN_MINOR, "svn", NULL },
		{ TDX_UPDATE_A_MODULE_MRSEAM, "mrseam", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		bool whole = !fields[i].member;

		if (m->untold >> fields[i].attr & 1)
			json_object_set_new(whole ? details :
					    json_object_get(details, fields[i].key),
					    whole ? fields[i].key : fields[i].member, json_null());
	}
}

static void set_null(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
		json_object_set_new(object, key, json_null());
}

json_t *tdxu_json_module(const struct tdxu_module *m)
{
	struct tdxu_version version = tdxu_module_version(m);
	char out[TDXU_VERSION_TEXT];
	json_t *details, *module;

	if (!m->present)
		return json_null();
	details = module_details(m);
	null_untold(m, details);
	if (m->only_version)
		set_null(details);
	module = json_pack("{s:s, s:b}", "version", tdxu_version_format(&version, out),
			   "version_sure", !m->unsure);
	json_object_update(module, details);
	json_decref(details);
	return module;
}

static json_t *seamldr_or_null(const struct tdxu_seamldr *s)
{
	char version[TDXU_VERSION_TEXT];

	if (!s->present)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:I}",
			 "version", tdxu_seamldr_version(s, version),
			 "build", s->only_version ? json_null() : json_integer(s->build_num),
			 "build_date", date_or_null(s->build_date),
			 "updates_left", (json_int_t)s->updates_left);
}

static json_t *gate_or_null(const struct tdxu_status *s)
{
	struct tdxu_version minimum = { 0 };
	char out[TDXU_VERSION_TEXT];
	enum tdxu_gate gate;

	if (!s->module.present)
		return json_null();
	gate = tdxu_status_gate(s, &minimum);
	return json_pack("{s:s, s:s?}", "verdict", tdxu_name_gate(gate), "minimum",
			 gate == TDXU_GATE_UNKNOWN_SERIES ? NULL :
							    tdxu_version_format(&minimum, out));
}

json_t *tdxu_json_checks(const struct tdxu_checks *checks)
{
	json_t *list = json_array();

	for (u32 i = 0; i < checks->nr; i++) {
		const struct tdxu_check *c = &checks->check[i];

		json_array_append_new(list, json_pack("{s:o, s:s, s:o, s:o}",
						      "name", tdxu_json_text(c->name),
						      "verdict", tdxu_name_verdict(c->verdict),
						      "errno", errno_or_null((int)c->errnum),
						      "message", tdxu_json_text(c->message)));
	}
	return list;
}

static json_t *timeline(const struct tdxu_result *r)
{
	json_t *list = json_array();

	for (u32 i = 0; i < r->nr_timings; i++) {
		const struct tdxu_timing *t = &r->timing[i];

		json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I}",
						      "phase", tdxu_name_phase(t->phase),
						      "start_ns", (json_int_t)t->start_ns,
						      "end_ns", (json_int_t)t->end_ns,
						      "retries", (json_int_t)t->retries));
	}
	return list;
}

static json_t *metadata(const struct tdxu_result *r)
{
	json_t *list = json_array();

	for (u32 i = 0; i < r->nr_metadata; i++)
		json_array_append_new(list, tdxu_json_text(r->metadata[i]));
	return list;
}

static json_t *busy_or_null(const struct tdxu_result *r)
{
	if (r->outcome != TDX_UPDATE_OUTCOME_BUSY)
		return json_null();
	return json_pack("{s:s, s:I}", "reason", tdxu_name_busy(r->busy_reason), "count",
			 (json_int_t)r->busy_count);
}

static json_t *seamcall_or_null(const struct tdxu_result *r)
{
	char status[TDXU_STATUS_NAME];

	if (!r->leaf)
		return json_null();
	return json_pack("{s:I, s:o, s:o, s:o, s:o}", "cpu", (json_int_t)r->cpu, "leaf",
			 hex64(r->leaf), "rax", hex64(r->rax), "rdx", hex64(r->rdx), "status",
			 text_or_null(tdxu_status_name(r->rax, status)));
}

/* It is not told by the kernel's own updater, by older drivers, and before SHUTDOWN. */
static json_t *waited_or_null(const struct tdxu_result *r)
{
	if (!r->patience_ms)
		return json_null();
	return json_pack("{s:I, s:I}", "ms", (json_int_t)r->waited_ms, "limit_ms",
			 (json_int_t)r->patience_ms);
}

json_t *tdxu_json_result(const struct tdxu_result *r)
{
	if (!r->present)
		return json_null();
	return json_pack("{s:I, s:s, s:b, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}",
			 "update_id", (json_int_t)r->id,
			 "outcome", tdxu_name_outcome(r->outcome),
			 "changed", tdxu_result_changed(r),
			 "message", tdxu_json_text(r->message),
			 "phase", tdxu_name_phase(r->phase),
			 "check", text_or_null(r->check),
			 "errno", errno_or_null((int)r->errnum),
			 "busy", busy_or_null(r),
			 "seamcall", seamcall_or_null(r),
			 "from", tdxu_json_module(&r->from),
			 "to", tdxu_json_module(&r->to),
			 "timeline", timeline(r),
			 "waited", waited_or_null(r),
			 "metadata_changes", metadata(r),
			 "finished", (json_int_t)r->finished);
}

static json_t *tds_or_null(const struct tdxu_tds *t)
{
	if (t->unknown)
		return json_null();
	return json_pack("{s:I, s:I}", "current", (json_int_t)t->current, "capacity",
			 (json_int_t)t->capacity);
}

json_t *tdxu_json_status(const struct tdxu_status *s)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:s, s:I, s:o, s:o, s:o, s:{s:i, s:i}, s:o, s:s, s:o, s:o}",
			 "driver", text_or_null(s->driver),
			 "not_shown", text_or_null(s->beyond),
			 "signer", text_or_null(s->signer),
			 "state", tdxu_name_state(s->state),
			 "phase", tdxu_name_phase(s->phase),
			 "update_id", (json_int_t)s->update_id,
			 "module", tdxu_json_module(&s->module),
			 "gate", gate_or_null(s),
			 "seamldr", seamldr_or_null(&s->seamldr),
			 "cpus",
				 "online", s->cpus_online,
				 "present", s->cpus_present,
			 "tds", tds_or_null(&s->tds),
			 "erratum", tdxu_name_erratum(s->erratum),
			 "blockers", tdxu_json_checks(&s->blockers),
			 "last_result", tdxu_json_result(&s->result));
}

static json_t *cpu_models(const struct tdxu_sigstruct *sig)
{
	json_t *list = json_array();

	for (u32 i = 0; i < sig->cpuid_table_size && i < TDXU_SIGSTRUCT_CPUID_ENTRIES; i++) {
		u32 cpuid = sig->cpuid_table[i];

		json_array_append_new(list, json_pack("{s:o, s:s?}",
						      "cpuid", json_sprintf("0x%08x", cpuid),
						      "name", tdxu_cpu_model_name(cpuid)));
	}
	return list;
}

static json_t *fields(const struct tdxu_sigstruct *sig)
{
	return json_pack("{s:o, s:b, s:o, s:{s:i, s:i, s:b, s:i}, s:o, s:o}",
			 "date", date_or_null(sig->date),
			 "debug_signed", !!(sig->module_type & TDXU_SIGSTRUCT_TYPE_DEBUG),
			 "svn", svn(sig->svn_major, sig->svn_minor),
			 "handoff",
				 "newest", sig->module_hv,
				 "oldest", sig->min_update_hv,
				 "no_downgrade", sig->no_downgrade != 0,
				 "pages", sig->num_handoff_pages + 1,
			 "seamhash", bytes(sig->seamhash, sizeof(sig->seamhash)),
			 "cpu_models", cpu_models(sig));
}

/* What was not computed is neither false nor zero. */
static json_t *verdicts(const struct tdxu_image_file *f)
{
	const struct tdxu_verified *v = &f->verified;

	return json_pack("{s:s, s:s, s:o, s:o, s:s?, s:o}",
			 "sigstruct", tdxu_image_rule_name(f->sigstruct),
			 "elf", tdxu_image_rule_name(f->elf),
			 "hash", v->tried ? json_boolean(v->hash_ok) : json_null(),
			 "signature", v->tried ? json_boolean(v->signature_ok) : json_null(),
			 "signer", v->tried ? tdxu_signer_name(tdxu_signer_of(v)) : NULL,
			 "signer_hash", v->tried ? bytes(v->signer, sizeof(v->signer)) :
						   json_null());
}

static json_t *version_or_null(const struct tdxu_identity *id)
{
	char out[TDXU_VERSION_TEXT];

	return id->source ? json_string(tdxu_version_format(&id->version, out)) : json_null();
}

json_t *tdxu_json_image(const struct tdxu_image_file *f)
{
	json_t *image;

	if (!f->image.sigstruct)
		return json_null();
	image = json_pack("{s:o, s:o, s:s, s:s, s:I, s:i}",
			  "path", tdxu_json_text(f->path),
			  "version", version_or_null(&f->identity),
			  "version_source", tdxu_version_source_name(f->identity.source),
			  "format", tdxu_format_name(f),
			  "bytes", (json_int_t)f->blob.size,
			  "module_pages", f->image.module_pages);
	json_object_update_new(image, fields(f->image.sigstruct));
	json_object_set_new(image, "verdicts", verdicts(f));
	return image;
}

static json_t *entry(const struct tdxu_entry *e, bool newest)
{
	return json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o}",
			 "path", tdxu_json_text(e->path),
			 "version", version_or_null(&e->identity),
			 "version_source", tdxu_version_source_name(e->identity.source),
			 "verdict", tdxu_fit_verdict_name(e->fit.verdict),
			 "rule", text_or_null(e->fit.rule),
			 "why", tdxu_json_text(e->fit.why),
			 "fix", text_or_null(e->fix),
			 "newest", newest,
			 "svn", e->sound ? svn(e->svn_major, e->svn_minor) : json_null(),
			 "seamhash", e->sound ? bytes(e->seamhash, sizeof(e->seamhash)) :
						json_null(),
			 "signer", !e->sound ? json_null() :
				   json_string(tdxu_signer_name(e->by)));
}

json_t *tdxu_json_catalogue(const struct tdxu_catalogue *c)
{
	json_t *list = json_array(), *notes = json_array();

	for (u32 i = 0; i < c->nr; i++)
		json_array_append_new(list, entry(&c->entry[i], &c->entry[i] == c->newest));
	for (u32 i = 0; i < c->nr_notes; i++)
		json_array_append_new(notes, tdxu_json_text(c->note[i].text));
	return json_pack("{s:o, s:o, s:o}", "images", list, "newest",
			 c->newest ? tdxu_json_text(c->newest->path) : json_null(), "notes", notes);
}

json_t *tdxu_json_kept(const struct tdxu_kept *kept)
{
	const struct tdxu_sigstruct *sig = kept->file.image.sigstruct;

	return json_pack("{s:s, s:o, s:o, s:s, s:o}",
			 "state", tdxu_kept_state_name(kept->state),
			 "why", text_or_null(kept->why),
			 "version", version_or_null(&kept->file.identity),
			 "version_source", tdxu_version_source_name(kept->file.identity.source),
			 "seamhash", sig ? bytes(sig->seamhash, sizeof(sig->seamhash)) :
					   json_null());
}

json_t *tdxu_json_error(const struct tdxu_error *e)
{
	if (!e->code)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}",
			 "kind", tdxu_exit_name(e->code),
			 "what", tdxu_json_text(e->what),
			 "why", tdxu_json_text(e->why),
			 "fix", tdxu_json_text(e->fix),
			 "errno", errno_or_null(e->errnum),
			 "check", text_or_null(e->check));
}

bool tdxu_json_failed;

json_t *tdxu_json_object(const char *command, const struct tdxu_error *error, json_t *body)
{
	json_t *object = json_pack("{s:s, s:s, s:s?, s:i, s:o}",
				   "tool", "tdxupd",
				   "version", TDXU_PROJECT_VERSION,
				   "command", command,
				   "exit_code", error->code,
				   "error", tdxu_json_error(error));

	if (body)
		json_object_update_new(object, body);
	return object;
}

void tdxu_json_print(FILE *stream, const char *command, const struct tdxu_error *error,
		     json_t *body)
{
	json_t *object = tdxu_json_object(command, error, body);

	/* Every success has a body. Half of an answer would be a wrong one. */
	if (!object || (!error->code && !body) || json_dumpf(object, stream, JSON_INDENT(2)))
		tdxu_json_failed = true;
	if (tdxu_json_failed)
		fputs("{\"tool\": \"tdxupd\", \"exit_code\": 1, \"error\": {\"kind\": \"unforeseen\", "
		      "\"why\": \"out of memory\", \"fix\": \"free some memory and try again\", \"errno\": \"ENOMEM\"}}",
		      stream);
	fputc('\n', stream);
	json_decref(object);
}
