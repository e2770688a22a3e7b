// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "backend.h"
#include "catalogue.h"
#include "checks.h"
#include "command.h"
#include "json.h"
#include "names.h"
#include "print.h"
#include "tcb_show.h"

/* @old: why @status is what was known before, if it is. */
static enum tdxu_exit ask(struct tdxu_ctx *ctx, struct tdxu_status *status,
			  struct tdxu_error *old, struct tdxu_error *error)
{
	struct tdxu_fault fault = { 0 };
	void *priv = NULL;
	int err;

	/* Without a driver the images can still be listed; of each it is not known if it fits. */
	err = tdxu_open(ctx, &priv, &fault);
	if (err == -ENODEV)
		return TDXU_EXIT_OK;
	if (!err) {
		err = tdxu_ask(ctx, priv, status, &fault);
		ctx->backend->close(priv);
	}
	if (err)
		return tdxu_error_from_fault(error, "list", &fault);
	if (fault.errnum)
		tdxu_error_from_fault(old, "list", &fault);
	return TDXU_EXIT_OK;
}

static enum tdxu_colour colour_of(const struct tdxu_catalogue *c, const struct tdxu_entry *e)
{
	if (e == c->newest || e->fit.verdict == TDXU_FIT_RUNNING)
		return TDXU_GOOD;
	return e->fit.verdict == TDXU_FIT_REFUSED ? TDXU_WARN : TDXU_PLAIN;
}

/* Paths below the directory, as its reader knows that. */
static const char *relative(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	if (strncmp(dir, path, n))
		return path;
	path += n;
	return path + strspn(path, "/");
}

static void print_entry(struct tdxu_ctx *ctx, const struct tdxu_catalogue *c,
			const struct tdxu_entry *e)
{
	const char *path = relative(ctx->options->image, e->path);
	bool runs = e->fit.verdict == TDXU_FIT_RUNNING;
	char version[TDXU_VERSION_TEXT] = "?", label[TDXU_VERSION_TEXT + 2];
	char source[TDXU_IDENTITY_TEXT], hex[2 * TDXU_SHA384_BYTES + 1];

	if (e->identity.source)
		tdxu_version_format(&e->identity.version, version);
	snprintf(label, sizeof(label), "%s %s", e == c->newest ? "*" : " ", version);
	tdxu_print_row(ctx, colour_of(c, e), label, "%s%s%s%s%s",
		       tdxu_fit_verdict_names[e->fit.verdict], runs ? "" : ": ",
		       runs ? "" : e->fit.why, *e->fix ? "; " : "", e->fix);
	tdxu_print_row(ctx, TDXU_PLAIN, "", "%s, version %s", path,
		       tdxu_identity_text(&e->identity, source));
	if (e->fit.verdict == TDXU_FIT_INSTALLABLE)
		tdxu_print_row(ctx, TDXU_PLAIN, "", "MRSEAM %s",
			       tdxu_hex(e->seamhash, sizeof(e->seamhash), hex));
	if (e->sound)
		tdxu_print_other_signer(ctx, e->by);
	if (e->sound)
		tdxu_tcb_print_line(ctx, e->svn);
}

/* What is not known is not "none", and with the host in the way no image is the next one. */
static void print_end(struct tdxu_ctx *ctx, const struct tdxu_catalogue *c,
		      const struct tdxu_status *status)
{
	const struct tdxu_check *blocker = tdxu_checks_failure(&status->blockers);

	fputc('\n', ctx->out);
	if (!status->module.present)
		tdxu_say(ctx->out,
			 "Which of them fits is not known: nothing tells which TDX module runs here.");
	else if (blocker)
		tdxu_say(ctx->out, "No image can be taken now: %s", blocker->message);
	else if (c->newest)
		tdxu_say(ctx->out,
			 "* the newest that fits: `tdxupd apply --newest` would take it");
	else
		tdxu_say(ctx->out, "None of them is newer than the running module and fits.");
}

static void print_all(struct tdxu_ctx *ctx, const struct tdxu_catalogue *c,
		      const struct tdxu_status *status)
{
	for (u32 i = 0; i < c->nr; i++)
		print_entry(ctx, c, &c->entry[i]);
	for (u32 i = 0; i < c->nr_notes; i++)
		tdxu_print_row(ctx, TDXU_WARN, "Note", "%s", c->note[i].text);
	if (ctx->tcb->nr)
		fputc('\n', ctx->out);
	tdxu_tcb_print_sets(ctx);
	print_end(ctx, c, status);
}

static json_t *json_of(const struct tdxu_catalogue *c, const struct tdxu_tcb *tcb)
{
	json_t *body = tdxu_json_catalogue(c), *image;
	size_t i;

	json_array_foreach(json_object_get(body, "images"), i, image)
		json_object_set_new(image, "tcb", tdxu_json_tcb(tcb, c->entry[i].svn));
	return body;
}

enum tdxu_exit tdxu_cmd_list(struct tdxu_ctx *ctx)
{
	struct tdxu_status status = { 0 };
	struct tdxu_error error = { 0 }, old = { 0 };
	struct tdxu_catalogue catalogue = { 0 };
	struct tdxu_tcb tcb;
	struct tdxu_host host;
	struct tdxu_allowed allowed;

	if (!tdxu_tcb_load(ctx, &tcb, &error) &&
	    !tdxu_allowed_load(ctx->paths->root, &allowed, &error) &&
	    !ask(ctx, &status, &old, &error)) {
		tdxu_host_from_status(ctx, &status, &host);
		host.allowed = &allowed;
		tdxu_catalogue_load(ctx->options->image, &host, ctx->clock, &catalogue, &error);
		if (tdxu_checks_failure(&status.blockers))
			catalogue.newest = NULL;
		if (old.code)
			tdxu_catalogue_note(&catalogue, false,
					    "what runs here was not asked anew (%s; %s)", old.why,
					    old.fix);
	}
	if (ctx->options->json)
		tdxu_json_print(ctx->out, "list", &error,
				error.code ? NULL : json_of(&catalogue, &tcb));
	else if (error.code)
		tdxu_error_print(ctx->err, &error);
	else
		print_all(ctx, &catalogue, &status);
	tdxu_catalogue_free(&catalogue);
	tdxu_tcb_free(&tcb);
	return error.code;
}
