// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The preflight checks, in the order in which an update stops at the first that fails.
 */

#include "preflight.h"

struct check {
	const char *name;
	void (*host)(const struct tdxu_facts *facts, struct tdxu_verdict *v);
	void (*image)(const struct tdxu_facts *facts, const struct tdxu_candidate *c,
		      struct tdxu_verdict *v);
};

static __printf(3, 4) void fail(struct tdxu_verdict *v, int error, const char *format, ...)
{
	size_t used = strlen(v->message);
	va_list args;

	v->kind = TDXU_FAIL;
	v->error = error;
	va_start(args, format);
	vsnprintf(v->message + used, sizeof(v->message) - used, format, args);
	va_end(args);
}

static __printf(2, 3) void pass(struct tdxu_verdict *v, const char *format, ...)
{
	size_t used = strlen(v->message);
	va_list args;

	va_start(args, format);
	vsnprintf(v->message + used, sizeof(v->message) - used, format, args);
	va_end(args);
}

static __printf(2, 3) void unknown(struct tdxu_verdict *v, const char *format, ...)
{
	size_t used = strlen(v->message);
	va_list args;

	v->kind = TDXU_UNKNOWN;
	va_start(args, format);
	vsnprintf(v->message + used, sizeof(v->message) - used, format, args);
	va_end(args);
}

/* Checks of the host */

static void check_platform(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	if (f->erratum == TDXU_ERRATUM_BLOCKED)
		fail(v, EOPNOTSUPP,
		     "this CPU clears the current VMCS on every return from P-SEAMLDR (IA32_VMX_BASIC bit 60 is 0), so P-SEAMLDR is not called; load tdx_update with restore_vmcs=1 to have the VMCS put back after each call");
	else if (!f->seamldr_answers)
		fail(v, ENODEV,
		     "no P-SEAMLDR answers: TDX is not supported by this machine, switched off in its BIOS, or VMX is off; enable TDX in the BIOS and load kvm_intel");
	else
		pass(v, "P-SEAMLDR %u.%u answers%s", f->seamldr.major, f->seamldr.minor,
		     f->erratum == TDXU_ERRATUM_HANDLED ? "; the VMCS is put back after each call" :
							  "");
}

static void check_cpus_ready(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	switch (f->readiness) {
	case TDXU_READY:
		pass(v, "the TDX module answers on all %u online CPUs", f->cpus_online);
		break;
	case TDXU_NOT_READY_NO_VMX:
		fail(v, EOPNOTSUPP, "CPU %u is not in VMX operation; load kvm_intel",
		     f->unready_cpu);
		break;
	case TDXU_NOT_READY_NO_SEAM:
		fail(v, ENODEV,
		     "no TDX module answers on CPU %u; check in the kernel log that TDX was initialised at boot",
		     f->unready_cpu);
		break;
	case TDXU_NOT_READY_STATUS:
		fail(v, ENODEV,
		     "the TDX module answers TDH.SYS.RD on CPU %u with status 0x%llx: it is not initialised there; reboot with TDX enabled in the kernel",
		     f->unready_cpu, (unsigned long long)f->unready_status);
		break;
	}
}

static void check_gate(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	char running[TDXU_VERSION_TEXT], minimum[TDXU_VERSION_TEXT];
	struct tdxu_version min;

	if (!f->module_answers) {
		unknown(v, "no module answers, so its version is not known");
		return;
	}
	tdxu_version_format(&f->running.version, running);
	switch (tdxu_gate_check(&f->running.version, &min)) {
	case TDXU_GATE_TOO_OLD:
		fail(v, EPERM,
		     "the running module %s cannot refuse to be replaced while a TD is built or migrated, %s is the first of its series that can; move to it by a reboot",
		     running, tdxu_version_format(&min, minimum));
		return;
	case TDXU_GATE_UNKNOWN_SERIES:
		fail(v, EPERM,
		     "the running module %s is of a series that tdx_update does not know; use a newer tdx_update, or a reboot",
		     running);
		return;
	case TDXU_GATE_OPEN:
		break;
	}
	if (!(f->running.features0 & TDXU_FEATURE_TD_PRESERVING))
		fail(v, EPERM,
		     "the running module %s does not support TD-preserving update (TDX_FEATURES0 bit 1); update it by a reboot",
		     running);
	else
		pass(v, "the running module %s can protect TDs that are built or migrated", running);
}

static void check_cpus_online(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	if (f->cpus_online == f->cpus_present)
		pass(v, "all %u present CPUs are online", f->cpus_present);
	else
		fail(v, EHOSTDOWN,
		     "%u of %u present CPUs are offline (CPU %s), and P-SEAMLDR installs only when every CPU has called it; bring them online: echo 1 > /sys/devices/system/cpu/cpuN/online",
		     f->cpus_present - f->cpus_online, f->cpus_present, f->offline_cpus);
}

static void check_cpus_alike(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	const struct tdxu_msr_difference *d = &f->msr_difference;

	if (!d->found)
		pass(v, "the CPUs agree in the MSRs that TDH.SYS.LP.INIT compares");
	else if (!d->exists)
		fail(v, EUCLEAN,
		     "MSR 0x%x is on CPU %u and not on CPU %u, and TDH.SYS.LP.INIT would refuse that; a late microcode load can be the cause, reboot",
		     d->msr, d->reference_cpu, d->cpu);
	else
		fail(v, EUCLEAN,
		     "MSR 0x%x is 0x%llx on CPU %u and 0x%llx on CPU %u, and TDH.SYS.LP.INIT would refuse that; a late microcode load or a TSC fix-up can be the cause, reboot",
		     d->msr, (unsigned long long)d->reference, d->reference_cpu,
		     (unsigned long long)d->value, d->cpu);
}

static void check_updates_left(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	if (!f->seamldr_answers)
		unknown(v, "no P-SEAMLDR answers, so its counter is not known");
	else if (!f->seamldr.updates_left)
		fail(v, ENOSPC,
		     "P-SEAMLDR has no TD-preserving update left since the last boot; reboot to get a new module");
	else if (f->seamldr.updates_left == 1)
		pass(v,
		     "1 update left: a fallback can replace a target that P-SEAMLDR refuses, but not one that it has installed");
	else
		pass(v, "%u updates left", f->seamldr.updates_left);
}

static void check_system(const struct tdxu_facts *f, struct tdxu_verdict *v)
{
	if (f->system_running)
		pass(v, "the system is running");
	else
		fail(v, ESHUTDOWN,
		     "the system is suspending, shutting down or rebooting; try again when it is up");
}

/* Checks of an image against itself and against the host */

static void check_format(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			 struct tdxu_verdict *v)
{
	(void)f;
	if (c->rule)
		fail(v, EINVAL, "not a usable image: %s; get the file again from its publisher",
		     tdxu_image_rule_text(c->rule));
	else
		pass(v, "format v%u, %u module pages", c->image.format >> 8, c->image.module_pages);
}

static void check_sigstruct(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			    struct tdxu_verdict *v)
{
	enum tdxu_image_rule rule = tdxu_sigstruct_check(c->image.sigstruct, c->image.module_pages);

	(void)f;
	if (rule)
		fail(v, EBADMSG, "P-SEAMLDR would refuse it: %s; get the file again from its publisher",
		     tdxu_image_rule_text(rule));
	else
		pass(v, "the sigstruct is as P-SEAMLDR demands");
}

static void check_debug_signed(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			       struct tdxu_verdict *v)
{
	bool debug = c->image.sigstruct->module_type & TDXU_SIGSTRUCT_TYPE_DEBUG;

	if (!debug)
		pass(v, "signed for production");
	else if (!f->seamldr_answers)
		unknown(v, "signed for debugging, and it is not known whether this platform takes that");
	else if (f->seamldr.debug_unlocked)
		pass(v, "signed for debugging, on a platform that is unlocked for it");
	else
		fail(v, EKEYREJECTED,
		     "signed for debugging, and this platform takes production images only; use the production image");
}

static void check_hash(const struct tdxu_facts *f, const struct tdxu_candidate *c,
		       struct tdxu_verdict *v)
{
	(void)f;
	if (c->hash_matches)
		pass(v, "SHA-384 of the module equals the SEAMHASH in its sigstruct");
	else
		fail(v, EBADMSG,
		     "SHA-384 of the module is not the SEAMHASH in its sigstruct: the file is damaged or the two do not belong together; get it again");
}

static void check_signature(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			    struct tdxu_verdict *v)
{
	(void)f;
	if (c->signature_valid)
		pass(v, "the sigstruct is signed with the key that it carries");
	else
		fail(v, EKEYREJECTED,
		     "the signature over the sigstruct is not valid: the file is damaged or forged; get it again from its publisher");
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
		unknown(v, "the CPU models of this host are not known");
		return;
	}
	for (i = 0; sig->cpuid_table_size && i < f->nr_cpu_models; i++) {
		if (model_in_table(f->cpu_models[i], sig))
			continue;
		fail(v, EXDEV,
		     "made for other CPUs: CPUID signature 0x%x is not among the %u it supports; take the module series for this CPU",
		     f->cpu_models[i], sig->cpuid_table_size);
		return;
	}
	pass(v, "made for this CPU model");
}

static void check_svn(const struct tdxu_facts *f, const struct tdxu_candidate *c,
		      struct tdxu_verdict *v)
{
	const struct tdxu_sigstruct *sig = c->image.sigstruct;
	const struct tdxu_module_info *r = &f->running;

	if (!f->seamldr_answers)
		unknown(v, "no P-SEAMLDR answers, so the platform's SVN is not known");
	else if (!sig->svn_major || sig->svn_major != r->svn_major)
		fail(v, ESTALE,
		     "image has SVN %u.%u, the platform is at %u.%u, and the major number may not change while TDs run; take a module of the running series",
		     sig->svn_major, sig->svn_minor, r->svn_major, r->svn_minor);
	else if (sig->svn_minor < r->svn_minor)
		fail(v, ESTALE,
		     "image has SVN %u.%u, the platform is at %u.%u and does not go back; take a newer module",
		     sig->svn_major, sig->svn_minor, r->svn_major, r->svn_minor);
	else
		pass(v, "image has SVN %u.%u, the platform is at %u.%u", sig->svn_major,
		     sig->svn_minor, r->svn_major, r->svn_minor);
}

struct hv_range {
	u16 low;
	u16 high;
};

static void intersect(struct hv_range *range, const struct tdxu_sigstruct *sig)
{
	if (sig->min_update_hv > range->low)
		range->low = sig->min_update_hv;
	if (sig->module_hv < range->high)
		range->high = sig->module_hv;
}

int tdxu_handoff_version(const struct tdxu_module_info *running, const struct tdxu_sigstruct *sig,
			 const struct tdxu_sigstruct *fallback)
{
	struct hv_range range = { running->min_update_hv, running->module_hv };

	if (running->no_downgrade)
		range.low = range.high;
	intersect(&range, sig);
	if (fallback)
		intersect(&range, fallback);
	return range.low <= range.high ? range.high : -1;
}

static void check_handoff(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			  struct tdxu_verdict *v)
{
	const struct tdxu_sigstruct *sig = c->image.sigstruct;
	const struct tdxu_candidate *target = c->stands_in_for;
	const struct tdxu_module_info *r = &f->running;
	int hv;

	if (target && target->rule)
		target = NULL;
	if (!f->module_answers) {
		unknown(v, "no module answers, so what it can hand over is not known");
		return;
	}
	hv = tdxu_handoff_version(r, sig, target ? target->image.sigstruct : NULL);
	if (hv < 0)
		fail(v, EPROTO,
		     "no common handoff version: the image reads %u to %u, the running module writes %u to %u%s; take a module that is closer to the running one",
		     sig->min_update_hv, sig->module_hv,
		     r->no_downgrade ? r->module_hv : r->min_update_hv, r->module_hv,
		     target ? ", and the target must read the same" : "");
	else
		pass(v, "handoff version %d", hv);
}

static void check_handoff_room(const struct tdxu_facts *f, const struct tdxu_candidate *c,
			       struct tdxu_verdict *v)
{
	u32 pages = c->image.sigstruct->num_handoff_pages + 1u;

	if (!f->module_answers)
		unknown(v, "no module answers, so the size of its handoff area is not known");
	else if (pages < f->running.handoff_pages)
		fail(v, EPROTO,
		     "image has %u handoff pages, the running module %u: its handoff data may not fit; take a module that is closer to the running one",
		     pages, f->running.handoff_pages);
	else
		pass(v, "image has %u handoff pages, the running module %u", pages,
		     f->running.handoff_pages);
}

static void check_elf(const struct tdxu_facts *f, const struct tdxu_candidate *c,
		      struct tdxu_verdict *v)
{
	enum tdxu_image_rule rule = tdxu_elf_check(&c->image);

	(void)f;
	if (rule)
		fail(v, ENOEXEC, "P-SEAMLDR could not load it: %s; get the file again from its publisher",
		     tdxu_image_rule_text(rule));
	else
		pass(v, "P-SEAMLDR can load and relocate the module");
}

static const struct check checks[] = {
	{ .name = "system", .host = check_system },
	{ .name = "platform", .host = check_platform },
	{ .name = "cpus-online", .host = check_cpus_online },
	{ .name = "cpus-ready", .host = check_cpus_ready },
	{ .name = "gate", .host = check_gate },
	{ .name = "cpus-alike", .host = check_cpus_alike },
	{ .name = "updates-left", .host = check_updates_left },
	{ .name = "format", .image = check_format },
	{ .name = "sigstruct", .image = check_sigstruct },
	{ .name = "debug-signed", .image = check_debug_signed },
	{ .name = "hash", .image = check_hash },
	{ .name = "signature", .image = check_signature },
	{ .name = "cpu-model", .image = check_cpu_model },
	{ .name = "svn", .image = check_svn },
	{ .name = "handoff", .image = check_handoff },
	{ .name = "handoff-room", .image = check_handoff_room },
	{ .name = "elf", .image = check_elf },
};

static void judge_image(const struct check *check, const struct tdxu_facts *facts,
			const struct tdxu_candidate *c, struct tdxu_verdict *v)
{
	snprintf(v->message, sizeof(v->message), "%s: ", c->name);
	if (c->rule && check->image != check_format)
		unknown(v, "not a usable image, so this could not be looked at");
	else
		check->image(facts, c, v);
}

u32 tdxu_preflight_count(u32 candidates)
{
	u32 i, count = 0;

	for (i = 0; i < ARRAY_SIZE(checks); i++)
		count += checks[i].host ? 1 : candidates;
	return count;
}

static int first_failure(const struct tdxu_verdict *verdicts, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (verdicts[i].kind == TDXU_FAIL)
			return (int)i;
	}
	return -1;
}

/* Each candidate gets through the whole table of image checks before the next one's turn. */
int tdxu_preflight_run(const struct tdxu_facts *facts, const struct tdxu_candidate *candidates,
		       u32 nr_candidates, struct tdxu_verdict *verdicts)
{
	struct tdxu_verdict *v = verdicts;
	u32 i, c;

	memset(verdicts, 0, tdxu_preflight_count(nr_candidates) * sizeof(*verdicts));
	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		if (!checks[i].host)
			continue;
		v->name = checks[i].name;
		checks[i].host(facts, v++);
	}
	for (c = 0; c < nr_candidates; c++) {
		for (i = 0; i < ARRAY_SIZE(checks); i++) {
			if (!checks[i].image)
				continue;
			v->name = checks[i].name;
			judge_image(&checks[i], facts, &candidates[c], v++);
		}
	}
	return first_failure(verdicts, (u32)(v - verdicts));
}
