// SPDX-License-Identifier: GPL-2.0-or-later
/* A host and an image on the bench: asked, looked at and updated as the driver does it. */

#include "parity.h"

#include <stdlib.h>

#include "../tools/blob.h"
#include "checks.h"

enum {
	LPS = 4,
	HANDOFF_PAGES = 14,
	IMAGE_PAGES = 4,
};

#define INFO_PA	   0x80000ULL
#define PARAMS_PA  0x100000ULL
#define PAGES_PA   0x400000ULL
#define FEATURES   (TDXU_FEATURE_TD_PRESERVING | TDXU_FEATURE_UPDATE_COMPAT)

struct parity_bench bench;

/* The file as it would be uploaded. */
static u8 file[TDXU_PAGE_SIZE * (2 + VEC_MAX_PAGES)];

void parity_open(void)
{
	u8 signer[TDXU_SHA384_BYTES];
	char text[TDXU_SIGNER_TEXT];
	size_t i;

	bench.native = native_new();
	bench.fw = bench.native->fw;
	vec_key_generate(&bench.key);
	vec_key_generate(&bench.other_key);
	vec_sha384(bench.key.modulus, sizeof(bench.key.modulus), signer);
	for (i = 0; i < sizeof(signer); i++)
		sprintf(text + 2 * i, "%02x", signer[i]);
	tdxu_signer_take(text);
}

void parity_close(void)
{
	native_free(bench.native);
	EVP_PKEY_free(bench.key.pkey);
	EVP_PKEY_free(bench.other_key.pkey);
}

u32 parity_random(u32 limit)
{
	static u64 state = 0x9e3779b97f4a7c15ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (u32)(state >> 32) % limit;
}

/* Hosts */

void parity_good_host(void)
{
	struct fw_platform *p = &bench.fw->platform;
	struct fw_boot_module *m = &bench.running;

	fw_platform_defaults(p, LPS);
	vec_sha384(bench.key.modulus, sizeof(bench.key.modulus), p->signer[0]);
	p->num_signers = 1;
	bench.fw->num_registry = 0;

	memset(m, 0, sizeof(*m));
	fw_desc_default(&m->desc);
	m->desc.update = 24;
	m->desc.features0 = FEATURES;
	m->desc.module_hv = 1;
	m->desc.min_update_hv = 0;
	m->svn_major = 1;
	m->svn_minor = 13;
	m->num_handoff_pages = HANDOFF_PAGES - 1;
	bench.updates_left = p->seamdb_size - 1;
	bench.unknown_lps = 0;
	bench.file_pages = 0;
	bench.silent = 0;
	memset(&bench.fail, 0, sizeof(bench.fail));
}

void parity_boot(void)
{
	fw_reset(bench.fw);
	native_reset_memory(bench.native);
	fw_boot_module(bench.fw, &bench.running);
	bench.fw->ldr.updates_left = bench.updates_left;
	bench.fw->ldr.seamdb_entries = bench.fw->platform.seamdb_size - bench.updates_left;
}

/* Images */

static void describe_image(const struct tdxu_sigstruct *sig)
{
	struct fw_desc desc = bench.running.desc;

	desc.update = 28;
	desc.module_hv = sig->module_hv;
	desc.min_update_hv = sig->min_update_hv;
	desc.no_downgrade = sig->no_downgrade;
	memcpy(bench.image.page[FW_DESC_OFFSET / TDXU_PAGE_SIZE], &desc, sizeof(desc));
}

static void good_sigstruct(struct tdxu_sigstruct *sig)
{
	*sig = (struct tdxu_sigstruct){
		.date = 0x20260101,
		.svn_minor = 14,
		.svn_major = 1,
		.rip_offset = 0x100,
		.num_stack_pages = 1,
		.num_tls_pages = 1,
		.num_keyhole_pages = 127,
		.num_global_data_pages = 21,
		.max_tdmrs = 64,
		.module_hv = 1,
		.no_downgrade = 1,
		.num_handoff_pages = HANDOFF_PAGES - 1,
		.gdt_idt_offset = (IMAGE_PAGES - 1) * TDXU_PAGE_SIZE,
		.fault_wrapper_offset = IMAGE_PAGES * TDXU_PAGE_SIZE - 512,
		.cpuid_table_size = 3,
		.cpuid_table = { 0xc06f0, 0x806f0, 0xa06f0 },
	};
	blob_sigstruct(sig);
	memcpy(sig->modulus, bench.key.modulus, sizeof(sig->modulus));
}

void parity_good_image(void)
{
	struct vec_image *image = &bench.image;
	u32 i;

	vec_image_clear(image);
	image->name = "image";
	image->num_pages = IMAGE_PAGES;
	image->params_pa = PARAMS_PA;
	image->pages_base = PAGES_PA;
	good_sigstruct(&image->sig);
	for (i = 0; i < IMAGE_PAGES; i++)
		vec_page("parity", i, image->page[i]);
	describe_image(&image->sig);
	parity_hash();
	parity_sign();
}

void parity_hash(void)
{
	vec_sha384(bench.image.page, (size_t)bench.image.num_pages * TDXU_PAGE_SIZE,
		   bench.image.sig.seamhash);
}

/* Signing takes most of a case's time, and most cases begin with the same few images. */
static struct signed_before {
	u8 digest[TDXU_SHA384_BYTES];
	u8 signature[TDXU_RSA_BYTES];
} signed_before[8];

void parity_sign(void)
{
	static u32 next;
	u8 digest[TDXU_SHA384_BYTES];
	struct signed_before *s;

	vec_signed_digest(&bench.image.sig, digest);
	for (s = signed_before; s < signed_before + ARRAY_SIZE(signed_before); s++) {
		if (memcmp(s->digest, digest, sizeof(digest)))
			continue;
		memcpy(bench.image.sig.signature, s->signature, sizeof(s->signature));
		return;
	}
	vec_sign(&bench.image.sig, &bench.key);
	s = &signed_before[next++ % ARRAY_SIZE(signed_before)];
	memcpy(s->digest, digest, sizeof(digest));
	memcpy(s->signature, bench.image.sig.signature, sizeof(s->signature));
}

/* Asking */

static enum fw_outcome call(u32 lp, struct fw_regs *regs)
{
	return fw_seamcall(bench.fw, lp, regs);
}

static bool read_field(u32 lp, u64 field, u64 *value, u64 *rax)
{
	struct fw_regs regs = { .rax = TDXU_TDH_SYS_RD, .rdx = field };
	bool answered = call(lp, &regs) == FW_RETURN;

	*rax = regs.rax;
	*value = regs.r8;
	return answered && !regs.rax;
}

static bool ask_seamldr(u64 leaf, void *out, size_t bytes)
{
	static const u8 zeros[TDXU_PAGE_SIZE];
	struct fw_regs regs = { .rax = leaf, .rcx = INFO_PA };

	native_store(bench.native, INFO_PA, zeros, sizeof(zeros));
	if (call(0, &regs) != FW_RETURN || regs.rax)
		return false;
	native_load(bench.native, INFO_PA, out, bytes);
	return true;
}

static void ask_info(struct tdxu_facts *f)
{
	struct tdxu_seamldr_info info;

	if (ask_seamldr(TDXU_SEAMLDR_INFO, &info, sizeof(info)))
		tdxu_facts_from_info(f, &info);
}

/* The registers that hold the range are the platform's. */
static void ask_seaminfo(struct tdxu_facts *f)
{
	struct tdxu_seaminfo info;

	f->addressable_lps = bench.fw->platform.addressable_lps;
	tdxu_know(f, TDXU_FACT_ADDRESSABLE_LPS, !f->addressable_lps);
	if (ask_seamldr(TDXU_SEAMLDR_SEAMINFO, &info, sizeof(info)))
		tdxu_facts_from_seaminfo(f, &info, bench.fw->platform.seamrr_base);
}

static void ask_module(struct tdxu_facts *f)
{
	struct tdxu_module_info *r = &f->running;
	u64 major, minor, update, features0, hv, min_hv, no_downgrade, pages, rax;
	u32 i;

	f->module_answers = read_field(0, TDXU_FIELD_MAJOR_VERSION, &major, &rax) &&
			    read_field(0, TDXU_FIELD_MINOR_VERSION, &minor, &rax) &&
			    read_field(0, TDXU_FIELD_UPDATE_VERSION, &update, &rax) &&
			    read_field(0, TDXU_FIELD_TDX_FEATURES0, &features0, &rax) &&
			    read_field(0, TDXU_FIELD_MODULE_HV, &hv, &rax) &&
			    read_field(0, TDXU_FIELD_MIN_UPDATE_HV, &min_hv, &rax) &&
			    read_field(0, TDXU_FIELD_NO_DOWNGRADE, &no_downgrade, &rax) &&
			    read_field(0, TDXU_FIELD_NUM_HANDOFF_PAGES, &pages, &rax);
	if (!f->module_answers)
		return;
	for (i = TDXU_FACT_VERSION; i <= TDXU_FACT_HANDOFF_PAGES; i++)
		tdxu_know(f, i, 0);
	r->version = (struct tdxu_version){ (u16)major, (u16)minor, (u16)update };
	r->features0 = features0;
	r->module_hv = (u16)hv;
	r->min_update_hv = (u16)min_hv;
	r->no_downgrade = no_downgrade;
	r->handoff_pages = (u16)(pages + 1);
}

static void compare_msrs(struct tdxu_facts *f, u32 lp)
{
	const struct fw_pokes *pokes = &bench.fw->pokes;

	if (!pokes->msr_bad_addr || !pokes->msr_bad_lp_only || lp != pokes->msr_bad_lp)
		return;
	f->cpu_difference = (struct tdxu_cpu_difference){
		.is = TDXU_CPU_DIFFERS, .number = pokes->msr_bad_addr, .cpu = lp, .value = 1,
	};
}

static void ask_cpu(struct tdxu_facts *f, u32 lp)
{
	const struct fw_platform *p = &bench.fw->platform;
	struct fw_regs regs = { .rax = TDXU_TDH_SYS_RD, .rdx = TDXU_FIELD_MAJOR_VERSION };
	enum fw_outcome outcome = call(lp, &regs);

	if (p->x2apic_id[lp] > f->highest_x2apic_id)
		f->highest_x2apic_id = p->x2apic_id[lp];
	compare_msrs(f, lp);
	if (outcome == FW_RETURN && !regs.rax) {
		if (!f->readiness)
			f->readiness = TDXU_READY;
		return;
	}
	f->unready_cpu = lp;
	f->unready_status = regs.rax;
	f->readiness = TDXU_NOT_READY_NO_SEAM;
	if (outcome == FW_UD)
		f->readiness = TDXU_NOT_READY_NO_VMX;
	else if (outcome == FW_RETURN)
		f->readiness = TDXU_NOT_READY_STATUS;
}

void parity_ask(void)
{
	struct tdxu_facts *f = &bench.facts;
	u32 lp, fact;

	memset(f, 0, sizeof(*f));
	f->system_running = true;
	f->cpus_present = bench.fw->platform.num_lps - bench.unknown_lps;
	f->cpus_online = f->cpus_present;
	f->nr_cpu_models = bench.fw->platform.num_packages;
	memcpy(f->cpu_models, bench.fw->platform.cpuid_fms, sizeof(f->cpu_models));
	tdxu_know(f, TDXU_FACT_CPUS, 0);
	tdxu_know(f, TDXU_FACT_CPU_MODELS, 0);
	ask_info(f);
	ask_seaminfo(f);
	ask_module(f);
	for (lp = 0; lp < f->cpus_online; lp++)
		ask_cpu(f, lp);
	for (fact = 0; fact < TDXU_NR_FACTS; fact++) {
		if (bench.silent >> fact & 1)
			tdxu_know(f, fact, TDXU_OUT_OF_MEMORY);
	}
}

/* Looking */

static u32 pages_of_file(void)
{
	return bench.file_pages ? bench.file_pages : bench.image.num_pages;
}

static void build_file(void)
{
	u32 pages = pages_of_file();

	memset(file, 0, blob_bytes(pages));
	memcpy(file + TDXU_PAGE_SIZE, &bench.image.sig, sizeof(bench.image.sig));
	memcpy(file + BLOB_FRONT_BYTES, bench.image.page, (size_t)pages * TDXU_PAGE_SIZE);
	blob_header(file, TDXU_IMAGE_VERSION_2, pages);
	blob_seal(file, blob_bytes(pages));
}

void parity_look(void)
{
	struct tdxu_candidate *c = &bench.candidate;

	build_file();
	memset(c, 0, sizeof(*c));
	c->name = "target";
	c->rule = tdxu_image_parse(file, blob_bytes(pages_of_file()), &c->image);
	ck_assert_int_eq(c->rule, TDXU_IMAGE_OK);
	ck_assert(tdxu_verify(c));
}

/* Installing */

/* As kmod/candidate.c fills it: nothing of the parameters comes from the file. */
static void build_params(void)
{
	struct vec_image *image = &bench.image;
	u32 i;

	memset(&image->params, 0, sizeof(image->params));
	image->params.scenario = TDXU_SCENARIO_UPDATE;
	image->params.sigstruct_pa = image->params_pa + TDXU_PAGE_SIZE;
	image->params.num_module_pages = pages_of_file();
	for (i = 0; i < pages_of_file(); i++)
		image->params.module_pa_list[i] = image->pages_base + (u64)i * TDXU_PAGE_SIZE;
}

static bool succeeds(u32 lp, u64 leaf, u64 rcx, u64 *rax)
{
	struct fw_regs regs = { .rax = leaf, .rcx = rcx };
	enum fw_outcome outcome = call(lp, &regs);

	*rax = outcome == FW_RETURN ? regs.rax : PARITY_NO_STATUS;
	return !*rax;
}

static u64 shutdown_operand(void)
{
	int hv = tdxu_handoff_version(&bench.facts.running, &bench.candidate);

	/* Where there is none the driver does not get so far: try with what the module likes. */
	if (hv < 0)
		hv = bench.facts.running.module_hv;
	return (u64)hv | TDXU_SHUTDOWN_AVOID_COMPAT_SENSITIVE;
}

static bool install_on_all(u64 *rax)
{
	u32 lp, last = bench.facts.cpus_online - 1;

	build_params();
	vec_image_store(&bench.image, native_store, bench.native);
	for (lp = 0; lp <= last; lp++) {
		if (lp == last) {
			bench.fw->pokes.rdrand_fail_index = bench.fail.rdrand_fail_index;
			bench.fw->pokes.seamdb_insert_failures = bench.fail.seamdb_insert_failures;
		}
		if (!succeeds(lp, TDXU_SEAMLDR_INSTALL, bench.image.params_pa, rax))
			return false;
	}
	return true;
}

static bool lp_init_on_all(u64 *rax)
{
	u32 lp;

	for (lp = 0; lp < bench.facts.cpus_online; lp++) {
		if (!succeeds(lp, TDXU_TDH_SYS_LP_INIT, 0, rax))
			return false;
	}
	return true;
}

/* On every LP, and it is the image's module that answers. */
static bool runs(void)
{
	u32 lp;

	for (lp = 0; lp < bench.fw->platform.num_lps; lp++) {
		u64 value, rax;

		if (!read_field(lp, TDXU_FIELD_MAJOR_VERSION, &value, &rax))
			return false;
	}
	return bench.fw->mod.sys_state == FW_SYS_READY &&
	       !memcmp(bench.fw->ldr.ext.mrseam, bench.image.sig.seamhash, TDXU_SHA384_BYTES);
}

enum parity_step parity_install(u64 *rax)
{
	if (!succeeds(0, TDXU_TDH_SYS_SHUTDOWN, shutdown_operand(), rax))
		return PARITY_SHUTDOWN;
	if (!install_on_all(rax))
		return PARITY_INSTALL;
	if (!succeeds(0, TDXU_TDH_SYS_INIT, 0, rax))
		return PARITY_INIT;
	if (!lp_init_on_all(rax))
		return PARITY_LP_INIT;
	if (!succeeds(0, TDXU_TDH_SYS_UPDATE, 0, rax))
		return PARITY_UPDATE;
	return runs() ? PARITY_TAKEN : PARITY_VERIFY;
}
