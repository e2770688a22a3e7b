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

static const char *errno_name(u32 errnum)
{
	return errnum ? strerrorname_np((int)errnum) : NULL;
}

/* 64 bits do not fit every reader's numbers. */
static json_t *hex64(u64 value)
{
	return json_sprintf("0x%" PRIx64, value);
}

json_t *tdxu_json_hash(const u8 *sha384)
{
	char hex[2 * TDXU_SHA384_BYTES + 1];

	return json_string(tdxu_hex(sha384, TDXU_SHA384_BYTES, hex));
}

static json_t *date_or_null(u32 date)
{
	char out[TDXU_DATE_TEXT];

	u32 month, day;
	bool is_one = strspn(tdxu_date_text(date, out), "0123456789-") == 10 &&
		      sscanf(out + 4, "-%2u-%2u", &month, &day) == 2 && month - 1 < 12 && day < 32;

	return is_one ? json_string(out) : json_null();
}

json_t *tdxu_json_svn(struct tdxu_svn svn)
{
	return tdxu_json_known(svn.known, json_pack("{s:i, s:i}", "major", svn.major, "minor",
						    svn.minor));
}

json_t *tdxu_json_known(bool known, json_t *value)
{
	if (known)
		return value;
	json_decref(value);
	return json_null();
}

/* What could not be read, or only the driver tdx_update tells. */
#define TOLD(m, attr, value) tdxu_json_known(TDXU_TOLD(m, attr), value)

static json_t *handoff_or_null(const struct tdxu_module *m)
{
	if (m->only_version)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}",
			 "newest", TOLD(m, HV, json_integer(m->hv)),
			 "oldest", TOLD(m, MIN_UPDATE_HV, json_integer(m->min_update_hv)),
			 "no_downgrade", TOLD(m, NO_DOWNGRADE, json_boolean(m->no_downgrade)),
			 "pages", TOLD(m, HANDOFF_PAGES, json_integer(m->handoff_pages)));
}

static json_t *feature(const struct tdxu_module *m, u64 bit)
{
	return TOLD(m, FEATURES0, json_boolean(m->features0 & bit));
}

json_t *tdxu_json_module(const struct tdxu_module *m)
{
	char out[TDXU_VERSION_TEXT];

	if (!m->present)
		return json_null();
	return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "version", tdxu_module_text(m, out),
			 "version_sure", !m->unsure,
			 "internal", TOLD(m, INTERNAL, json_integer(m->internal)),
			 "build", TOLD(m, BUILD_NUM, json_integer(m->build_num)),
			 "build_date", TOLD(m, BUILD_DATE, date_or_null(m->build_date)),
			 "features0", TOLD(m, FEATURES0, hex64(m->features0)),
			 "td_preserving", feature(m, TDXU_FEATURE_TD_PRESERVING),
			 "race_protection", feature(m, TDXU_FEATURE_UPDATE_COMPAT),
			 "handoff", handoff_or_null(m),
			 "svn", tdxu_json_svn(tdxu_svn_of_module(m)),
			 "mrseam", TOLD(m, MRSEAM, tdxu_json_hash(m->mrseam)));
}

static json_t *seamldr_or_null(const struct tdxu_seamldr *s)
{
	char version[TDXU_VERSION_TEXT];

	if (!s->present)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:I}",
			 "version", tdxu_seamldr_version(s, version),
			 "build", tdxu_json_known(!s->only_version, json_integer(s->build_num)),
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

		json_array_append_new(list, json_pack("{s:o, s:s, s:s?, s:o}",
						      "name", tdxu_json_text(c->name),
						      "verdict", tdxu_name_verdict(c->verdict),
						      "errno", errno_name(c->errnum),
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

json_t *tdxu_json_result(const struct tdxu_result *r)
{
	char status[TDXU_STATUS_NAME];

	if (!r->present)
		return json_null();
	return json_pack("{s:I, s:s, s:b, s:o, s:s, s:o, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}",
			 "update_id", (json_int_t)r->id,
			 "outcome", tdxu_name_outcome(r->outcome),
			 "changed", tdxu_result_changed(r),
			 "message", tdxu_json_text(r->message),
			 "phase", tdxu_name_phase(r->phase),
			 "check", text_or_null(r->check),
			 "errno", errno_name(r->errnum),
			 "busy", tdxu_json_known(r->outcome == TDX_UPDATE_OUTCOME_BUSY,
				json_pack("{s:s, s:I}", "reason", tdxu_name_busy(r->busy_reason),
					  "count", (json_int_t)r->busy_count)),
			 "seamcall", tdxu_json_known(r->leaf,
				json_pack("{s:I, s:o, s:o, s:o, s:o}", "cpu", (json_int_t)r->cpu,
					  "leaf", hex64(r->leaf), "rax", hex64(r->rax),
					  "rdx", hex64(r->rdx), "status",
					  text_or_null(tdxu_status_name(r->rax, status)))),
			 "from", tdxu_json_module(&r->from),
			 "to", tdxu_json_module(&r->to),
			 "timeline", timeline(r),
			 /* Not by the kernel's own updater, older drivers, and before SHUTDOWN. */
			 "waited", tdxu_json_known(r->patience_ms,
				json_pack("{s:I, s:I}", "ms", (json_int_t)r->waited_ms,
					  "limit_ms", (json_int_t)r->patience_ms)),
			 "metadata_changes", metadata(r),
			 "finished", (json_int_t)r->finished);
}

json_t *tdxu_json_status(const struct tdxu_status *s)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:s, s:I, s:o, s:o, s:o, s:{s:i, s:i}, s:o, s:s, s:o, s:o, s:o}",
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
			 "tds", tdxu_json_known(!s->tds.unknown,
				json_pack("{s:I, s:I}", "current", (json_int_t)s->tds.current,
					  "capacity", (json_int_t)s->tds.capacity)),
			 "erratum", tdxu_name_erratum(s->erratum),
			 /* An empty list would say that there are none. */
			 "blockers", tdxu_json_known(tdxu_status_asked(s) || s->blockers.nr,
						     tdxu_json_checks(&s->blockers)),
			 "last_result", tdxu_json_result(&s->result),
			 "facts_age_ms", tdxu_json_known(TDXU_AGE_TOLD(s),
						       json_integer((json_int_t)s->facts_age_ms)));
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

/* What P-SEAMLDR would say of its fields and, too late, of the module as an ELF file. */
static json_t *verdicts(const struct tdxu_image_file *f)
{
	const struct tdxu_candidate *c = &f->content;
	const bool known = f->verified;

	return json_pack("{s:s, s:s, s:o, s:o, s:s?, s:o}",
			 "sigstruct", tdxu_image_rule_name(tdxu_sigstruct_check(
					c->image.sigstruct, c->image.module_pages)),
			 "elf", tdxu_image_rule_name(tdxu_elf_check(&c->image)),
			 "hash", tdxu_json_known(known, json_boolean(c->hash_matches)),
			 "signature", tdxu_json_known(known, json_boolean(c->signature_valid)),
			 "signer", known ? tdxu_signer_names[tdxu_signer_of(c)] : NULL,
			 "signer_hash", tdxu_json_known(known, tdxu_json_hash(c->signer)));
}

static json_t *version_or_null(const struct tdxu_identity *id)
{
	char out[TDXU_VERSION_TEXT];

	return id->source ? json_string(tdxu_version_format(&id->version, out)) : json_null();
}

json_t *tdxu_json_image(const struct tdxu_image_file *f)
{
	const struct tdxu_sigstruct *sig = f->content.image.sigstruct;

	if (!sig)
		return json_null();
	return json_pack("{s:o, s:o, s:s, s:s, s:I, s:i, s:o, s:b, s:o, s:{s:i, s:i, s:b, s:i}, s:o, s:o, s:o}",
			 "path", tdxu_json_text(f->path),
			 "version", version_or_null(&f->identity),
			 "version_source", tdxu_version_source_names[f->identity.source],
			 "format", tdxu_format_name(f),
			 "bytes", (json_int_t)f->blob.size,
			 "module_pages", f->content.image.module_pages,
			 "date", date_or_null(sig->date),
			 "debug_signed", !!(sig->module_type & TDXU_SIGSTRUCT_TYPE_DEBUG),
			 "svn", tdxu_json_svn((struct tdxu_svn){ true, sig->svn_major, sig->svn_minor }),
			 "handoff",
				 "newest", sig->module_hv,
				 "oldest", sig->min_update_hv,
				 "no_downgrade", sig->no_downgrade != 0,
				 "pages", sig->num_handoff_pages + 1,
			 "seamhash", tdxu_json_hash(sig->seamhash),
			 "cpu_models", cpu_models(sig),
			 "verdicts", verdicts(f));
}

static json_t *entry(const struct tdxu_entry *e, bool newest)
{
	return json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o}",
			 "path", tdxu_json_text(e->path),
			 "version", version_or_null(&e->identity),
			 "version_source", tdxu_version_source_names[e->identity.source],
			 "verdict", tdxu_fit_verdict_names[e->fit.verdict],
			 "rule", text_or_null(e->fit.rule),
			 "why", tdxu_json_text(e->fit.why),
			 "fix", text_or_null(e->fix),
			 "newest", newest,
			 "svn", tdxu_json_svn(e->svn),
			 "seamhash", tdxu_json_known(e->sound, tdxu_json_hash(e->seamhash)),
			 "signer", tdxu_json_known(e->sound, json_string(tdxu_signer_names[e->by])));
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
	const struct tdxu_sigstruct *sig = kept->file.content.image.sigstruct;

	return json_pack("{s:s, s:o, s:o, s:s, s:o}",
			 "state", tdxu_kept_state_names[kept->state],
			 "why", text_or_null(kept->why),
			 "version", version_or_null(&kept->file.identity),
			 "version_source", tdxu_version_source_names[kept->file.identity.source],
			 "seamhash", sig ? tdxu_json_hash(sig->seamhash) : json_null());
}

json_t *tdxu_json_error(const struct tdxu_error *e)
{
	if (!e->code)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:s?, s:o}",
			 "kind", tdxu_exit_name(e->code),
			 "what", tdxu_json_text(e->what),
			 "why", tdxu_json_text(e->why),
			 "fix", tdxu_json_text(e->fix),
			 "errno", errno_name((u32)e->errnum),
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
