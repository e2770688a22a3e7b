// SPDX-License-Identifier: GPL-2.0-or-later
/* TDX module vectors: pokes and calls on a module that is simply there. */

#include "run.h"

static struct fw *fw_of(struct run *run)
{
	return run->native->fw;
}

static void set_sysinfo(struct fw_sysinfo *s, const json_t *spec)
{
	s->module_hv = vec_get(spec, "module_hv");
	s->min_update_hv = vec_get(spec, "min_update_hv");
	s->no_downgrade = vec_get(spec, "no_downgrade");
	s->num_handoff_pages = vec_get(spec, "num_handoff_pages_plus1") - 1;
}

static void start_module(struct run *run, const json_t *built)
{
	struct fw_desc desc;

	fw_desc_default(&desc);
	desc.module_hv = vec_get(built, "TDX_MODULE_HV");
	desc.min_update_hv = vec_get(built, "TDX_MIN_UPDATE_HV");
	desc.no_downgrade = vec_get(built, "TDX_NO_DOWNGRADE");
	fw_module_start(fw_of(run), &desc);
}

static void set_up(struct run *run, const json_t *spec)
{
	struct fw *fw = fw_of(run);

	fw_platform_defaults(&fw->platform, vec_get(spec, "num_lps"));
	fw->platform.num_packages = vec_get(spec, "sockets");
	fw_reset(fw);
	native_reset_memory(run->native);
	fw->ldr.ext.seam_ready = 1;
	set_sysinfo(&fw->ldr.sysinfo, json_object_get(spec, "sysinfo"));
	start_module(run, json_object_get(spec, "built"));
}

/* The loader has replaced the module: its memory is fresh but for the handoff area. */
static void install_update(struct run *run, const json_t *vector, const json_t *step)
{
	set_sysinfo(&fw_of(run)->ldr.sysinfo, json_object_get(step, "new_sysinfo"));
	start_module(run, json_object_get(json_object_get(vector, "module"), "built"));
}

static void write_header(struct run *run, const json_t *step)
{
	struct tdxu_handoff_header *header = fw_handoff(fw_of(run));

	memset(fw_of(run)->handoff, 0, sizeof(fw_of(run)->handoff));
	header->valid = vec_get(step, "valid");
	header->hv = vec_get(step, "hv");
	header->size = vec_get(step, "size");
}

static bool poke_fault(struct fw_pokes *p, const char *name, u64 value)
{
	if (!strcmp(name, "h_rdrand_fail"))
		p->rdrand_fail = value;
	else if (!strcmp(name, "h_rdseed_fail"))
		p->rdseed_fail = value;
	else if (!strcmp(name, "h_msr_bad_addr"))
		p->msr_bad_addr = value;
	else if (!strcmp(name, "h_msr_bad_lp"))
		p->msr_bad_lp = value;
	else if (!strcmp(name, "h_seamops_caps"))
		p->seam_caps = value;
	else
		return false;
	p->msr_bad_lp_only |= !strcmp(name, "h_msr_bad_lp");
	p->seam_caps_set |= !strcmp(name, "h_seamops_caps");
	return true;
}

static bool poke_state(struct fw *fw, const char *name, u64 value)
{
	struct fw_handoff_payload *live = &fw->mod.live;

	if (!strcmp(name, "sys_state"))
		fw->mod.sys_state = value;
	else if (!strcmp(name, "lock"))
		fw->mod.global_lock = value;
	else if (!strcmp(name, "busy1"))
		fw->lp[1].busy = value;
	else if (!strcmp(name, "hkid"))
		live->global_hkid = value;
	else if (!strcmp(name, "tdmrs"))
		live->num_tdmrs = value;
	else if (!strcmp(name, "kot5"))
		live->kot[5].state = value;
	else if (!strcmp(name, "pkgbitmap"))
		live->pkg_config_bitmap = value;
	else
		return false;
	return true;
}

static bool poke(struct run *run, const json_t *values)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)values, name, value) {
		u64 number = vec_number(value);

		if (poke_fault(&fw_of(run)->pokes, name, number) ||
		    poke_state(fw_of(run), name, number))
			continue;
		snprintf(run->why, sizeof(run->why), "no such poke: %s", name);
		return false;
	}
	return true;
}

static json_t *observe_call(struct run *run, const struct fw_regs *regs, enum fw_outcome outcome)
{
	const json_t *names = json_object_get(run->file, "error_codes");
	json_t *o = json_object();

	if (outcome != FW_RETURN) {
		json_object_set_new(o, "outcome",
				    json_string(outcome == FW_UD2 ? "fatal_ud2" : "vmfail"));
		return o;
	}
	json_object_set_new(o, "outcome", json_string("return"));
	json_object_set_new(o, "rax", run_hex(regs->rax));
	json_object_set_new(o, "rax_name",
			    json_string(run_name_of(names, TDXU_STATUS_CLASS(regs->rax))));
	json_object_set_new(o, "rax_low32", run_hex((u32)regs->rax));
	json_object_set_new(o, "rcx", run_hex(regs->rcx));
	json_object_set_new(o, "rdx", run_hex(regs->rdx));
	json_object_set_new(o, "r8", run_hex(regs->r8));
	json_object_set_new(o, "sys_state_after",
			    json_string(fw_sys_state_name(fw_of(run)->mod.sys_state)));
	return o;
}

static bool do_call(struct run *run, const json_t *step)
{
	struct fw_regs regs = { .rax = vec_get(step, "rax_in"), .rcx = vec_get(step, "rcx_in"),
				.rdx = vec_get(step, "rdx_in"), .r8 = vec_get(step, "r8_in") };
	enum fw_outcome outcome = fw_seamcall(fw_of(run), vec_get(step, "lp"), &regs);
	json_t *observed = observe_call(run, &regs, outcome);
	bool differs = vec_differs(json_object_get(step, "expected"), observed, run->why,
				   sizeof(run->why));

	json_decref(observed);
	return !differs;
}

static bool do_step(struct run *run, const json_t *vector, const json_t *step)
{
	const char *op = vec_text(step, "op");

	if (!strcmp(op, "seamcall"))
		return do_call(run, step);
	if (!strcmp(op, "set"))
		return poke(run, json_object_get(step, "values"));
	if (!strcmp(op, "install_update_success")) {
		install_update(run, vector, step);
		return true;
	}
	if (!strcmp(op, "write_handoff_header")) {
		write_header(run, step);
		return true;
	}
	snprintf(run->why, sizeof(run->why), "no such step: %s", op);
	return false;
}

static json_t *observe_end(const struct fw *fw)
{
	const struct tdxu_handoff_header *h = (const struct tdxu_handoff_header *)fw->handoff;
	json_t *lps = json_array();
	u32 lp;

	for (lp = 0; lp < fw->platform.num_lps; lp++)
		json_array_append_new(lps, json_integer(fw->mod.lp_init[lp]));
	return json_pack("{s:s,s:i,s:o,s:{s:i,s:i,s:i},s:o}", "sys_state",
			 fw_sys_state_name(fw->mod.sys_state), "num_of_init_lps",
			 fw->mod.num_init_lps, "lp_is_init", lps, "handoff", "valid", h->valid,
			 "hv", h->hv, "size", h->size, "global_lock",
			 run_hex(fw->mod.global_lock));
}

static bool end_as_recorded(struct run *run, const json_t *expected)
{
	char what[RUN_WHY / 2];
	json_t *observed;
	bool differs;

	if (json_is_null(expected)) {
		snprintf(run->why, sizeof(run->why), "the platform is not dead");
		return fw_of(run)->dead;
	}
	observed = observe_end(fw_of(run));
	differs = vec_differs(expected, observed, what, sizeof(what));
	if (differs)
		snprintf(run->why, sizeof(run->why), "end state: %s", what);
	json_decref(observed);
	return !differs;
}

/* The bookkeeping that a vector sets before SHUTDOWN "must survive" a whole cycle. */
static bool bookkeeping_survived(struct run *run, const json_t *steps)
{
	struct fw_handoff_payload before = fw_of(run)->mod.live;
	json_t *step;
	size_t i;

	if (fw_of(run)->mod.sys_state != FW_SYS_READY)
		return true;
	json_array_foreach(steps, i, step)
		if (json_object_get(json_object_get(step, "values"), "hkid"))
			poke(run, json_object_get(step, "values"));
	if (!memcmp(&before, &fw_of(run)->mod.live, sizeof(before)))
		return true;
	snprintf(run->why, sizeof(run->why), "bookkeeping did not survive the handoff");
	return false;
}

bool run_module_vector(struct run *run, const json_t *vector)
{
	const json_t *steps = json_object_get(vector, "steps");
	json_t *step;
	size_t i;

	set_up(run, json_object_get(vector, "module"));
	json_array_foreach(steps, i, step) {
		char what[RUN_WHY];

		if (do_step(run, vector, step))
			continue;
		memcpy(what, run->why, sizeof(what));
		snprintf(run->why, sizeof(run->why), "step %zu: %.256s", i + 1, what);
		return false;
	}
	return end_as_recorded(run, json_object_get(vector, "end_state")) &&
	       bookkeeping_survived(run, steps);
}
