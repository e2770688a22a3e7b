// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What must hold of an image, by itself and on this host.
 */

#include "checks.h"

enum {
	SEAMLDR_WITH_RESERVED3 = 2, /* major version */
};

static void check_format(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			 struct tdxu_verdict *v)
{
	(void)f;
	if (c->rule)
		tdxu_fail(v, EINVAL,
			  "not a usable image: %s; get the file again from its publisher",
			  tdxu_image_rule_text(c->rule));
	else
		tdxu_pass(v, "format v%u, %u module pages", c->image.format >> 8,
			  c->image.module_pages);
}

/* 2.0 modules carry their version where P-SEAMLDR 1.5 wants zeros; 2.0 takes them. */
static bool seamldr_too_old(const struct tdxu_facts *f, const struct tdxu_sigstruct *sig)
{
	static const u8 zeros[sizeof(sig->reserved3)];

	return f->seamldr_answers && f->seamldr.major < SEAMLDR_WITH_RESERVED3 &&
	       memcmp(sig->reserved3, zeros, sizeof(zeros));
}

static void check_sigstruct(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			    struct tdxu_verdict *v)
{
	const struct tdxu_sigstruct *sig = c->image.sigstruct;
	enum tdxu_image_rule rule = tdxu_sigstruct_check(sig, c->image.module_pages);

	if (rule)
		tdxu_fail(v, EBADMSG,
			  "P-SEAMLDR would refuse it: %s; get the file again from its publisher",
			  tdxu_image_rule_text(rule));
	else if (seamldr_too_old(f, sig))
		tdxu_fail(v, EBADMSG,
			  "P-SEAMLDR %u.%u would refuse it: the sigstruct uses its last reserved area, which P-SEAMLDR %u.0 and newer take; take a module of the running series",
			  f->seamldr.major, f->seamldr.minor, SEAMLDR_WITH_RESERVED3);
	else
		tdxu_pass(v, "the sigstruct is as P-SEAMLDR demands");
}

static void check_debug_signed(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			       struct tdxu_verdict *v)
{
	bool debug = c->image.sigstruct->module_type & TDXU_SIGSTRUCT_TYPE_DEBUG;

	if (!debug)
		tdxu_pass(v, "signed for production");
	else if (!f->seamldr_answers)
		tdxu_unknown(v,
			     "signed for debugging, and it is not known whether this platform takes that");
	else if (f->seamldr.seamextend.system_under_debug)
		tdxu_pass(v, "signed for debugging, on a platform that is unlocked for it");
	else
		tdxu_fail(v, EKEYREJECTED,
			  "signed for debugging, and this platform takes production images only; use the production image");
}

static void check_hash(const struct tdxu_facts *f, const struct tdxu_candidate *c,
		       struct tdxu_verdict *v)
{
	(void)f;
	if (c->hash_matches)
		tdxu_pass(v, "SHA-384 of the module equals the SEAMHASH in its sigstruct");
	else
		tdxu_fail(v, EBADMSG,
			  "SHA-384 of the module is not the SEAMHASH in its sigstruct: the file is damaged or the two do not belong together; get it again");
}

static void check_signature(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			    struct tdxu_verdict *v)
{
	(void)f;
	if (c->signature_valid)
		tdxu_pass(v, "the sigstruct is signed with the key that it carries");
	else
		tdxu_fail(v, EKEYREJECTED,
			  "the signature over the sigstruct is not valid: the file is damaged or forged; get it again from its publisher");
}

/*
 * P-SEAMLDR compares the key with those built into it, and does not tell which. Every production
 * one has the same.
 */
static void check_signer(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			 struct tdxu_verdict *v)
{
	const u8 *second = tdxu_signer_taken();

	(void)f;
	if (tdxu_signer_is_production(c->signer))
		tdxu_pass(v, "signed with Intel's production key");
	else if (second && !memcmp(c->signer, second, TDXU_SHA384_BYTES))
		tdxu_pass(v, "signed with the key that signer= names");
	else
		tdxu_fail(v, EKEYREJECTED,
			  "P-SEAMLDR would refuse it: its key is not Intel's production key; get the image from Intel, or on a pre-production platform load tdx_update with signer= and the signer hash that tdxupd inspect shows");
}

static bool model_in_table(u32 model, const struct tdxu_sigstruct *sig)
{
	u32 i;

	for (i = 0; i < sig->cpuid_table_size && i < TDXU_SIGSTRUCT_CPUID_ENTRIES; i++) {
		/* P-SEAMLDR ignores the stepping. */
		if (!((sig->cpuid_table[i] ^ model) & ~0xfu))
			return true;
	}
	return false;
}

static void check_cpu_model(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			    struct tdxu_verdict *v)
{
	const struct tdxu_sigstruct *sig = c->image.sigstruct;
	u32 i;

	if (!f->nr_cpu_models) {
		tdxu_unknown(v, "the CPU models of this host are not known");
		return;
	}
	for (i = 0; sig->cpuid_table_size && i < f->nr_cpu_models; i++) {
		if (model_in_table(f->cpu_models[i], sig))
			continue;
		tdxu_fail(v, EXDEV,
			  "made for other CPUs: CPUID signature 0x%x is not among the %u it supports; take the module series for this CPU",
			  f->cpu_models[i], sig->cpuid_table_size);
		return;
	}
	tdxu_pass(v, "made for this CPU model");
}

static u32 svn_of(const struct tdxu_candidate *c)
{
	return c->image.sigstruct->svn_major << 8 | c->image.sigstruct->svn_minor;
}

/* After an INSTALL that succeeded P-SEAMLDR compares with what it installed. */
static const char *what_it_replaces(const struct tdxu_candidate *c)
{
	const struct tdxu_candidate *target = c;

	while (target->stands_in_for)
		target = target->stands_in_for;
	if (target == c || target->rule)
		return "";
	return svn_of(c) < svn_of(target) ?
		       ": it can replace a target that P-SEAMLDR refuses, but none that it has installed, whose SVN is higher" :
		       ": it can replace the target whether P-SEAMLDR refuses it or has installed it";
}

static void check_svn(const struct tdxu_facts *f, const struct tdxu_candidate *c,
		      struct tdxu_verdict *v)
{
	const struct tdxu_sigstruct *sig = c->image.sigstruct;
	const struct tdxu_module_info *r = &f->running;

	if (!sig->svn_major)
		tdxu_fail(v, ESTALE,
			  "image has SVN 0.%u, and P-SEAMLDR takes no major number 0; get the file again from its publisher",
			  sig->svn_minor);
	else if (!f->seamldr_answers)
		tdxu_unknown(v, "no P-SEAMLDR answers, so the platform's SVN is not known");
	else if (sig->svn_major != r->svn_major)
		tdxu_fail(v, ESTALE,
			  "image has SVN %u.%u, the platform is at %u.%u, and the major number may not change while TDs run; take a module of the running series",
			  sig->svn_major, sig->svn_minor, r->svn_major, r->svn_minor);
	else if (sig->svn_minor < r->svn_minor)
		tdxu_fail(v, ESTALE,
			  "image has SVN %u.%u, the platform is at %u.%u and does not go back; take a newer module",
			  sig->svn_major, sig->svn_minor, r->svn_major, r->svn_minor);
	else
		tdxu_pass(v, "image has SVN %u.%u, the platform is at %u.%u%s", sig->svn_major,
			  sig->svn_minor, r->svn_major, r->svn_minor, what_it_replaces(c));
}

/* Above module_hv where its range is empty: SHUTDOWN would refuse each version. */
static u16 lowest_written(const struct tdxu_module_info *running)
{
	if (running->no_downgrade && running->min_update_hv < running->module_hv)
		return running->module_hv;
	return running->min_update_hv;
}

int tdxu_handoff_version(const struct tdxu_module_info *running, const struct tdxu_candidate *last)
{
	u16 low = lowest_written(running), high = running->module_hv;
	const struct tdxu_sigstruct *sig;

	for (; last; last = last->stands_in_for) {
		if (last->rule)
			continue;
		sig = last->image.sigstruct;
		if (sig->min_update_hv > low)
			low = sig->min_update_hv;
		if (sig->module_hv < high)
			high = sig->module_hv;
	}
	return low <= high ? high : -1;
}

static void check_handoff(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			  struct tdxu_verdict *v)
{
	const struct tdxu_sigstruct *sig = c->image.sigstruct;
	const struct tdxu_module_info *r = &f->running;
	int hv;

	if (!tdxu_knows(f, TDXU_FACT_MODULE_HV) || !tdxu_knows(f, TDXU_FACT_MIN_UPDATE_HV) ||
	    !tdxu_knows(f, TDXU_FACT_NO_DOWNGRADE)) {
		tdxu_unknown(v, "no module answers, so what it can hand over is not known");
		return;
	}
	hv = tdxu_handoff_version(r, c);
	if (hv < 0)
		tdxu_fail(v, EPROTO,
			  "no common handoff version: the image reads %u to %u, the running module writes %u to %u%s; take a module that is closer to the running one",
			  sig->min_update_hv, sig->module_hv,
			  lowest_written(r), r->module_hv,
			  c->stands_in_for ? ", and the target must read the same" : "");
	else if (sig->module_hv > tdxu_highest_handoff_version)
		tdxu_fail(v, EOPNOTSUPP,
			  "the image is of handoff version %u, and %u is the highest that this tdx_update knows; use a newer tdx_update, or the kernel's own updater",
			  sig->module_hv, tdxu_highest_handoff_version);
	else
		tdxu_pass(v, "handoff version %d", hv);
}

static void check_handoff_room(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			       struct tdxu_verdict *v)
{
	u32 pages = c->image.sigstruct->num_handoff_pages + 1u;

	if (!tdxu_knows(f, TDXU_FACT_HANDOFF_PAGES))
		tdxu_unknown(v,
			     "no module answers, so the size of its handoff area is not known");
	else if (pages < f->running.handoff_pages)
		tdxu_fail(v, EPROTO,
			  "image has %u handoff pages, the running module %u: its handoff data may not fit; take a module that is closer to the running one",
			  pages, f->running.handoff_pages);
	else
		tdxu_pass(v, "image has %u handoff pages, the running module %u", pages,
			  f->running.handoff_pages);
}

static void check_elf(const struct tdxu_facts *f, const struct tdxu_candidate *c,
		      struct tdxu_verdict *v)
{
	/* Tables that no signature vouches for could be made to take long. */
	bool genuine = c->hash_matches && c->signature_valid;
	enum tdxu_image_rule rule = genuine ? tdxu_elf_check(&c->image) : TDXU_IMAGE_OK;

	(void)f;
	if (!genuine)
		tdxu_unknown(v, "not looked into, because its hash or signature is wrong");
	else if (rule)
		tdxu_fail(v, ENOEXEC,
			  "P-SEAMLDR could not load it: %s; get the file again from its publisher",
			  tdxu_image_rule_text(rule));
	else
		tdxu_pass(v, "P-SEAMLDR can load and relocate the module");
}

static void check_memory(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			 struct tdxu_verdict *v)
{
	unsigned long long room = f->seam_pages, need;

	if (!tdxu_knows(f, TDXU_FACT_SEAM_RANGE) || !tdxu_knows(f, TDXU_FACT_SEAMINFO) ||
	    !tdxu_knows(f, TDXU_FACT_ADDRESSABLE_LPS)) {
		tdxu_unknown(v, "the size of this host's SEAM range could not be read");
		return;
	}
	need = tdxu_memory_pages(c->image.sigstruct, c->image.module_pages, f->addressable_lps,
				 f->seam_packages);
	if (need > room)
		tdxu_fail(v, ENOMEM,
			  "image takes %llu pages of the SEAM range, which has %llu for a module; take a smaller module, or enlarge the SEAM range in the BIOS",
			  need, room);
	else
		tdxu_pass(v, "image takes %llu pages of the SEAM range, which has %llu for a module",
			  need, room);
}

const struct tdxu_image_check tdxu_image_checks[] = {
	{ "format", true, 0, check_format },
	{ "sigstruct", false, 0, check_sigstruct },
	{ "debug-signed", false, 0, check_debug_signed },
	{ "hash", false, 0, check_hash },
	{ "signature", false, 0, check_signature },
	{ "signer", false, 0, check_signer },
	{ "cpu-model", false, TDXU_MUST(CPU_MODELS), check_cpu_model },
	{ "svn", false, TDXU_MUST(INFO), check_svn },
	{ "handoff", false,
	  TDXU_MUST(MODULE_HV) | TDXU_MUST(MIN_UPDATE_HV) | TDXU_MUST(NO_DOWNGRADE),
	  check_handoff },
	{ "handoff-room", false, TDXU_MUST(HANDOFF_PAGES), check_handoff_room },
	{ "elf", false, 0, check_elf },
	{ "memory", false, 0, check_memory },
};
