// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the last LP of a SEAMLDR.INSTALL session does: verify (verify.c) without touching anything,
 * then, past the point of no return, lay out the module range (memory.c), copy the image, verify
 * its hash and format, and put it into service. Numbers in comments are the steps of the fact
 * sheet, section 3.
 */

#include "model.h"

enum {
	SEAMDB_INSERT_TRIES = 5,
	CODE_PLACES = 1 << 16,
};

/* Where the code is mapped: in the upper half, at a random place, aligned to 2 MiB. */
#define CODE_BASE	 0xffff800000000000ULL
#define CODE_PLACE_BYTES 0x200000ULL

/* Handoff: 29 */
static bool handoff_ok(struct fw *fw)
{
	const struct fw_handoff_header *h = fw_handoff(fw);

	return h->valid && (u64)h->size + sizeof(*h) <= fw_handoff_area(fw) &&
	       h->hv >= fw->ldr.sig.min_update_hv && h->hv <= fw->ldr.sig.module_hv;
}

/* The last checks that leave everything as it was: 26 to 29 */
static u64 check_room(struct fw *fw, const struct fw_layout *layout)
{
	u64 random;

	if (!fw_rdrand(fw, &random))
		return TDXU_SEAMLDR_ENOENTROPY;
	fw->ldr.code_base = CODE_BASE + random % CODE_PLACES * CODE_PLACE_BYTES;
	if (!fw_layout_estimate_fits(fw, layout))
		return TDXU_SEAMLDR_ENOMEM;
	if (!fw_is_update(fw))
		return 0;
	if (!fw->ldr.updates_left)
		return TDXU_SEAMLDR_EBADCALL;
	return handoff_ok(fw) ? 0 : TDXU_SEAMLDR_EBADHANDOFF;
}

/* The point of no return. An UPDATE leaves the handoff header and its payload, nothing else. */
static void wipe_range(struct fw *fw)
{
	size_t keep = 0;

	if (fw_is_update(fw))
		keep = sizeof(struct fw_handoff_header) + fw_handoff(fw)->size;
	if (keep < sizeof(fw->handoff))
		memset(fw->handoff + keep, 0, sizeof(fw->handoff) - keep);
	memset(fw->code, 0, sizeof(fw->code));
	memset(&fw->mod, 0, sizeof(fw->mod));
	memset(&fw->ldr.sysinfo, 0, sizeof(fw->ldr.sysinfo));
	/* up to the state bytes; SEAM_READY is 0 since the session began */
	memset(&fw->ldr.ext, 0, offsetof(struct tdxu_seamextend, seam_ready));
	fw->ldr.range_initialized = true;
	if (fw_is_update(fw))
		return;
	fw->ldr.seamdb_entries = 0;
	fw->ldr.updates_left = fw->platform.seamdb_size;
	fw_td_tell(fw, FW_TD_RELOADED, 0);
}

static bool copy_image(struct fw *fw)
{
	const struct tdxu_seamldr_params *p = &fw->ldr.params;
	u8 hash[TDXU_SHA384_BYTES];
	u32 i;

	fw->hooks.sha384_init(fw->hooks.ctx);
	for (i = 0; i < p->num_module_pages; i++) {
		u8 *page = fw->code + (size_t)i * FW_PAGE;

		fw_read(fw, p->module_pa_list[i], page, FW_PAGE);
		fw->hooks.sha384_update(fw->hooks.ctx, page, FW_PAGE);
	}
	fw->hooks.sha384_final(fw->hooks.ctx, hash);
	return !memcmp(hash, fw->ldr.sig.seamhash, sizeof(hash));
}

static void describe_in_seamextend(struct fw *fw)
{
	struct tdxu_seamextend *ext = &fw->ldr.ext;
	const struct tdxu_sigstruct *s = &fw->ldr.sig;

	ext->valid = 0x1ff;
	ext->tcb_svn_minor = s->svn_minor;
	ext->tcb_svn_major = s->svn_major;
	memcpy(ext->mrseam, s->seamhash, sizeof(ext->mrseam));
}

static bool seamdb_insert(struct fw *fw)
{
	int i;

	for (i = 0; i < SEAMDB_INSERT_TRIES; i++) {
		if (!fw->pokes.seamdb_insert_failures)
			return true;
		fw->pokes.seamdb_insert_failures--;
	}
	return false;
}

/* What the image is: its own word, else the registry's, else defaults that its INIT accepts. */
static void identify(struct fw *fw, struct fw_desc *desc)
{
	u32 i;

	memcpy(desc, fw->code + FW_DESC_OFFSET, sizeof(*desc));
	if (!memcmp(desc->magic, FW_DESC_MAGIC, sizeof(desc->magic)))
		return;
	for (i = 0; i < fw->num_registry; i++) {
		if (memcmp(fw->registry[i].seamhash, fw->ldr.sig.seamhash, TDXU_SHA384_BYTES))
			continue;
		*desc = fw->registry[i].desc;
		return;
	}
	fw_desc_default(desc);
	desc->module_hv = fw->ldr.sig.module_hv;
	desc->min_update_hv = fw->ldr.sig.min_update_hv;
	desc->no_downgrade = fw->ldr.sig.no_downgrade;
}

/* 35: SYS_INFO is written here and not before. */
static void put_into_service(struct fw *fw)
{
	struct fw_seamldr *ldr = &fw->ldr;
	struct fw_desc desc;

	ldr->sysinfo.module_hv = ldr->sig.module_hv;
	ldr->sysinfo.min_update_hv = ldr->sig.min_update_hv;
	ldr->sysinfo.no_downgrade = ldr->sig.no_downgrade;
	ldr->sysinfo.num_handoff_pages = ldr->sig.num_handoff_pages;
	identify(fw, &desc);
	fw_module_start(fw, &desc);
	/* INFO may have claimed more than there is: a full database stays as it is. */
	if (ldr->seamdb_entries < fw->platform.seamdb_size)
		ldr->seamdb_entries++;
	ldr->updates_left--;
	fw_mark_dirty(fw);
	ldr->ext.seam_ready = 1;
}

/* 30 to 35: nothing of the old module is left. */
static u64 replace(struct fw *fw, const struct fw_layout *layout)
{
	u64 rax;

	wipe_range(fw);
	rax = fw_layout_map(fw, layout);
	if (rax || fw->dead)
		return rax;
	if (!copy_image(fw))
		return TDXU_SEAMLDR_EBADHASH;
	if (!fw_elf_relocate(fw->code, fw->ldr.params.num_module_pages * FW_PAGE,
			     fw->ldr.code_base))
		return TDXU_SEAMLDR_EBADPARAM;
	describe_in_seamextend(fw);
	if (!seamdb_insert(fw))
		return TDXU_SEAMLDR_ENOENTROPY;
	if (fw_package_beyond(fw)) {
		fw_die(fw, "INSTALL marks a package dirty whose id P-SEAMLDR has no place for");
		return 0;
	}
	put_into_service(fw);
	return FW_SUCCESS;
}

u64 fw_install_last(struct fw *fw, u64 params_pa, u64 *unrecoverable)
{
	struct fw_layout layout;
	u64 rax = fw_verify_params(fw, params_pa);

	if (!rax)
		rax = fw_verify_sigstruct(fw);
	if (rax)
		return rax;
	fw_layout(fw, &layout);
	rax = check_room(fw, &layout);
	if (rax)
		return rax;
	rax = replace(fw, &layout);
	if (rax) {
		*unrecoverable = TDXU_INSTALL_UNRECOVERABLE;
		fw_td_tell(fw, FW_TD_WIPED, 0);
	}
	return rax;
}
