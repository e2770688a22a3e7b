// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What SEAMLDR.INSTALL checks while the old module is still whole: parameters, sigstruct, SVN,
 * CPUs, signature. Fact sheet, section 3, steps 7 to 25, in that order.
 */

#include "model.h"

enum {
	FAULT_WRAPPER_BYTES = 512,
	CPUID_STEPPING = 0xf,
	SEAMLDR_WITH_RESERVED3 = 2, /* major version */
};

static bool all_zero(const u8 *bytes, size_t size)
{
	while (size--)
		if (*bytes++)
			return false;
	return true;
}

/* Parameters: 7 to 14 */

static bool page_list_ok(const struct fw *fw, const struct tdxu_seamldr_params *p)
{
	u64 i;

	for (i = 0; i < p->num_module_pages; i++)
		if (!fw_shared_pa(fw, p->module_pa_list[i], FW_PAGE))
			return false;
	return true;
}

static bool params_ok(const struct fw *fw)
{
	const struct tdxu_seamldr_params *p = &fw->ldr.params;

	return p->version == 0 && all_zero(p->reserved, sizeof(p->reserved)) &&
	       p->scenario <= TDXU_SCENARIO_UPDATE &&
	       p->num_module_pages - 1 < TDXU_MAX_MODULE_PAGES && page_list_ok(fw, p) &&
	       fw_shared_pa(fw, p->sigstruct_pa, FW_PAGE);
}

u64 fw_verify_params(struct fw *fw, u64 params_pa)
{
	struct fw_seamldr *ldr = &fw->ldr;

	if (!fw_shared_pa(fw, params_pa, FW_PAGE))
		return TDXU_SEAMLDR_EBADPARAM;
	fw_read(fw, params_pa, &ldr->params, sizeof(ldr->params));
	if (!params_ok(fw) || (fw_is_update(fw) && !ldr->ext_saved.seam_ready))
		return TDXU_SEAMLDR_EBADPARAM;
	fw_read(fw, ldr->params.sigstruct_pa, &ldr->sig, sizeof(ldr->sig));
	return 0;
}

static bool any_dirty(const struct fw *fw)
{
	return fw->ldr.key_dirty || fw->ldr.cache_dirty;
}

/* Sigstruct: 15 to 25 */

static bool sig_header_ok(const struct tdxu_sigstruct *s)
{
	return s->header_type == TDXU_SIGSTRUCT_HEADER_TYPE &&
	       s->header_length == TDXU_SIGSTRUCT_HEADER_LENGTH &&
	       s->header_version == TDXU_SIGSTRUCT_HEADER_VERSION &&
	       !(s->module_type & ~TDXU_SIGSTRUCT_TYPE_DEBUG) &&
	       s->vendor == TDXU_SIGSTRUCT_VENDOR_INTEL && s->attributes == 0 &&
	       s->size == TDXU_SIGSTRUCT_SIZE_DWORDS &&
	       s->key_size == TDXU_SIGSTRUCT_KEY_DWORDS &&
	       s->modulus_size == TDXU_SIGSTRUCT_KEY_DWORDS &&
	       s->exponent_size == TDXU_SIGSTRUCT_EXPONENT_DWORDS &&
	       s->exponent == TDXU_SIGSTRUCT_EXPONENT;
}

/*
 * Genuine 2.0 modules carry their version in the last reserved area. P-SEAMLDR 1.5 refuses them
 * for it; they are made for P-SEAMLDR 2.0, which is not published: taken to let them pass.
 */
static bool sig_reserved_ok(const struct fw *fw)
{
	const struct tdxu_sigstruct *s = &fw->ldr.sig;

	return all_zero(s->reserved0, sizeof(s->reserved0)) &&
	       all_zero(s->reserved1, sizeof(s->reserved1)) && s->reserved2 == 0 &&
	       (fw->platform.seamldr_major >= SEAMLDR_WITH_RESERVED3 ||
		all_zero(s->reserved3, sizeof(s->reserved3)));
}

static bool sig_fields_ok(const struct fw *fw)
{
	const struct tdxu_sigstruct *s = &fw->ldr.sig;

	return sig_reserved_ok(fw) && sig_header_ok(s) &&
	       s->cpuid_table_size <= TDXU_SIGSTRUCT_CPUID_ENTRIES &&
	       s->min_update_hv <= s->module_hv && s->gdt_idt_offset % FW_PAGE == 0 &&
	       !s->gdt_idt_offset == !s->fault_wrapper_offset;
}

static void sha384(struct fw *fw, const void *data, size_t size, u8 *digest)
{
	fw->hooks.sha384_init(fw->hooks.ctx);
	fw->hooks.sha384_update(fw->hooks.ctx, data, size);
	fw->hooks.sha384_final(fw->hooks.ctx, digest);
}

static bool signer_known(struct fw *fw)
{
	u8 hash[TDXU_SHA384_BYTES];
	u32 i;

	sha384(fw, fw->ldr.sig.modulus, sizeof(fw->ldr.sig.modulus), hash);
	for (i = 0; i < fw->platform.num_signers; i++)
		if (!memcmp(fw->platform.signer[i], hash, sizeof(hash)))
			return true;
	return false;
}

static bool svn_lower_or_other(const struct fw *fw)
{
	const struct tdxu_seamextend *now = &fw->ldr.ext_saved;
	const struct tdxu_sigstruct *s = &fw->ldr.sig;

	return s->svn_major != now->tcb_svn_major || s->svn_minor < now->tcb_svn_minor;
}

static u64 check_svn(const struct fw *fw)
{
	const struct tdxu_sigstruct *s = &fw->ldr.sig;

	if (s->svn_major == 0)
		return TDXU_SEAMLDR_EUNSUPPORTED;
	if (fw_is_update(fw) && s->svn_major != fw->ldr.ext_saved.tcb_svn_major)
		return TDXU_SEAMLDR_EUNSUPPORTED;
	if (fw_is_update(fw) && s->svn_minor < fw->ldr.ext_saved.tcb_svn_minor)
		return TDXU_SEAMLDR_EBADSIG;
	if (!fw_is_update(fw) && any_dirty(fw) && svn_lower_or_other(fw))
		return TDXU_SEAMLDR_ECLEANUPREQ;
	return 0;
}

static bool cpu_in_table(const struct tdxu_sigstruct *s, u32 fms)
{
	u32 i;

	for (i = 0; i < s->cpuid_table_size; i++)
		if (!((s->cpuid_table[i] ^ fms) & ~(u32)CPUID_STEPPING))
			return true;
	return false;
}

static u64 check_cpus(const struct fw *fw)
{
	const struct tdxu_sigstruct *s = &fw->ldr.sig;
	u32 i;

	if (!s->cpuid_table_size)
		return s->module_type & TDXU_SIGSTRUCT_TYPE_DEBUG ? 0 : TDXU_SEAMLDR_EBADSIG;
	for (i = 0; i < fw->platform.num_packages; i++)
		if (!cpu_in_table(s, fw->platform.cpuid_fms[i]))
			return TDXU_SEAMLDR_EUNSUPCPU;
	return 0;
}

static bool offsets_in_image(const struct fw *fw)
{
	u64 bytes = fw->ldr.params.num_module_pages * FW_PAGE;

	return fw->ldr.sig.gdt_idt_offset <= bytes - FW_PAGE &&
	       fw->ldr.sig.fault_wrapper_offset <= bytes - FAULT_WRAPPER_BYTES;
}

static bool signature_ok(struct fw *fw)
{
	const u8 *bytes = (const u8 *)&fw->ldr.sig;
	u8 digest[TDXU_SHA384_BYTES];

	fw->hooks.sha384_init(fw->hooks.ctx);
	fw->hooks.sha384_update(fw->hooks.ctx, bytes, TDXU_SIGNED_HEAD_END);
	fw->hooks.sha384_update(fw->hooks.ctx, bytes + TDXU_SIGNED_TAIL_START,
				TDXU_SIGSTRUCT_BYTES - TDXU_SIGNED_TAIL_START);
	fw->hooks.sha384_final(fw->hooks.ctx, digest);
	return fw_rsa_verify(&fw->rsa, fw->ldr.sig.modulus, fw->ldr.sig.signature, digest);
}

u64 fw_verify_sigstruct(struct fw *fw)
{
	u64 rax;

	if (!sig_fields_ok(fw) || !signer_known(fw))
		return TDXU_SEAMLDR_EBADSIG;
	if (fw->ldr.sig.module_type & TDXU_SIGSTRUCT_TYPE_DEBUG && !fw->platform.debug_unlocked)
		return TDXU_SEAMLDR_EBADSIG;
	rax = check_svn(fw);
	if (rax)
		return rax;
	if (!offsets_in_image(fw))
		return TDXU_SEAMLDR_EBADSIG;
	rax = check_cpus(fw);
	if (rax)
		return rax;
	/* Last, so that all of the above can be answered for an unsigned image. */
	return signature_ok(fw) ? 0 : TDXU_SEAMLDR_EBADSIG;
}
