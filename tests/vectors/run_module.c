// SPDX-License-Identifier: GPL-2.0-or-later
/* TDX module vectors: pokes and calls on a module that is simply there. */

#include "run.h"

static bool set_sysinfo(struct run *run, const json_t *spec)
{
	return run_tell(run, "poke sysinfo_hv=%lu sysinfo_min_hv=%lu sysinfo_no_downgrade=%lu "
			"sysinfo_handoff_pages=%lu", vec_get(spec, "module_hv"),
			vec_get(spec, "min_update_hv"), vec_get(spec, "no_downgrade"),
			vec_get(spec, "num_handoff_pages_plus1") - 1);
}

/* A module 1.5.01, as P-SEAMLDR leaves it after a LOAD. */
static bool set_up(struct run *run, const json_t *spec)
{
	const json_t *built = json_object_get(spec, "built");

	machine_forget_memory();
	return run_tell(run, "platform boot=module lps=%lu packages=%lu x2apic=0,1,2,3 "
			"pkg_shift=3 last_shared_hkid=31 hkids=32", vec_get(spec, "num_lps"),
			vec_get(spec, "sockets")) &&
	       run_tell(run, "platform version=1.5.1 features0=0x2 handoff_size=53386 hv=%lu "
			"min_hv=%lu no_downgrade=%lu", vec_get(built, "TDX_MODULE_HV"),
			vec_get(built, "TDX_MIN_UPDATE_HV"), vec_get(built, "TDX_NO_DOWNGRADE")) &&
	       run_tell(run, "reset") && run_tell(run, "poke restart=1") &&
	       set_sysinfo(run, json_object_get(spec, "sysinfo"));
}

/* The loader has replaced the module: its memory is fresh but for the handoff area. */
static bool install_update(struct run *run, const json_t *step)
{
	return run_tell(run, "poke restart=1") &&
	       set_sysinfo(run, json_object_get(step, "new_sysinfo"));
}

static bool write_header(struct run *run, const json_t *step)
{
	return run_tell(run, "poke handoff=%lu:%lu:%lu:%lu payload=0:0", vec_get(step, "valid"),
			vec_get(step, "hv"), vec_get(step, "size"), vec_get(step, "reserved"));
}

/* What the recording's harness poked, in the simulator's words. */
static bool poke(struct run *run, const char *name, u64 value)
{
	static const struct {
		const char *name, *format;
	} pokes[] = {
		{ "h_rdrand_fail", "poke rdrand_fail=%lu" },
		{ "h_rdseed_fail", "poke rdseed_fail=%lu" },
		{ "h_msr_bad_addr", "poke msr_bad_addr=%lu" },
		{ "h_msr_bad_lp", "poke msr_bad_lp_only=1 msr_bad_lp=%lu" },
		{ "h_seamops_caps", "poke seam_caps_set=1 seam_caps=%lu" },
		{ "sys_state", "poke sys_state=%lu" },
		{ "lock", "poke lock=%lu" },
		{ "busy1", "poke busy=1:%lu" },
		{ "hkid", "poke hkid=%lu" },
		{ "tdmrs", "poke tdmrs=%lu" },
		{ "kot5", "poke kot=5:%lu" },
		{ "pkgbitmap", "poke pkgbitmap=%lu" },
	};
	char line[RUN_WORD];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pokes); i++) {
		if (strcmp(name, pokes[i].name))
			continue;
		snprintf(line, sizeof(line), pokes[i].format, value);
		return run_tell(run, "%s", line);
	}
	snprintf(run->why, sizeof(run->why), "no such poke: %s", name);
	return false;
}

static bool set(struct run *run, const json_t *values)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)values, name, value)
		if (!poke(run, name, vec_number(value)))
			return false;
	return true;
}

static json_t *observe_call(struct run *run, const struct fw_regs *regs, enum fw_outcome outcome)
{
	const json_t *names = json_object_get(run->file, "error_codes");

	if (outcome != FW_RETURN)
		return json_pack("{s:s}", "outcome",
				 run_state_number(run, "dead") ? "fatal_ud2" : "vmfail");
	return json_pack("{s:s,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:s}", "outcome", "return", "rax",
			 run_hex(regs->rax), "rax_name",
			 run_name_of(names, TDXU_STATUS_CLASS(regs->rax)), "rax_low32",
			 run_hex((u32)regs->rax), "rcx", run_hex(regs->rcx), "rdx",
			 run_hex(regs->rdx), "r8", run_hex(regs->r8), "r9", run_hex(regs->r9),
			 "r10", run_hex(regs->r10), "r11", run_hex(regs->r11), "sys_state_after",
			 run_state(run, "sys_state"));
}

static bool do_call(struct run *run, const json_t *step)
{
	struct fw_regs regs = { .rax = vec_get(step, "rax_in"), .rcx = vec_get(step, "rcx_in"),
				.rdx = vec_get(step, "rdx_in"), .r8 = vec_get(step, "r8_in"),
				.r9 = vec_get(step, "r9_in"), .r10 = vec_get(step, "r10_in"),
				.r11 = vec_get(step, "r11_in") };
	enum fw_outcome outcome;
	json_t *observed;
	bool differs;

	if (regs.rax >> 63)
		regs.rcx = machine_address(regs.rcx);
	outcome = machine_seamcall(vec_get(step, "lp"), &regs);
	run_look(run);
	observed = observe_call(run, &regs, outcome);
	differs = vec_differs(json_object_get(step, "expected"), observed, run->why,
			      sizeof(run->why));
	json_decref(observed);
	return !differs;
}

static bool do_step(struct run *run, const json_t *step)
{
	const char *op = vec_text(step, "op");

	if (!strcmp(op, "seamcall"))
		return do_call(run, step);
	if (!strcmp(op, "set"))
		return set(run, json_object_get(step, "values"));
	if (!strcmp(op, "install_update_success"))
		return install_update(run, step);
	if (!strcmp(op, "write_handoff_header"))
		return write_header(run, step);
	if (!strcmp(op, "control"))
		return run_tell(run, "%s", vec_text(step, "line")) !=
		       json_is_true(json_object_get(step, "refused"));
	if (!strcmp(op, "image"))
		return run_store_image(run, json_object_get(step, "image"));
	snprintf(run->why, sizeof(run->why), "no such step: %s", op);
	return false;
}

static json_t *observe_handoff(struct fw_handoff_payload *payload)
{
	static struct {
		struct fw_handoff_header header;
		struct fw_handoff_payload payload;
	} __packed area;

	machine_handoff((u8 *)&area, sizeof(area));
	*payload = area.payload;
	return json_pack("{s:i,s:i,s:I,s:i}", "valid", area.header.valid, "hv", area.header.hv,
			 "size", (json_int_t)area.header.size, "reserved", area.header.reserved);
}

static json_t *observe_end(struct run *run)
{
	static struct fw_handoff_payload unused;
	u32 count = run_state_number(run, "lps");
	json_t *lps = json_array();
	u32 lp;

	for (lp = 0; lp < count; lp++)
		json_array_append_new(lps, json_integer(run_state_lists(run, "lps_initialized",
									lp)));
	return json_pack("{s:s,s:i,s:o,s:o,s:o}", "sys_state", run_state(run, "sys_state"),
			 "num_of_init_lps", (int)run_state_number(run, "poke.init_lps"),
			 "lp_is_init", lps, "handoff", observe_handoff(&unused), "global_lock",
			 run_hex(run_state_number(run, "poke.lock")));
}

static bool end_as_recorded(struct run *run, const json_t *expected)
{
	char what[RUN_WHY / 2];
	json_t *observed;
	bool differs;

	run_look(run);
	if (json_is_null(expected))
		return run_is_dead(run);
	observed = observe_end(run);
	differs = vec_differs(expected, observed, what, sizeof(what));
	if (differs)
		snprintf(run->why, sizeof(run->why), "end state: %s", what);
	json_decref(observed);
	return !differs;
}

static bool bookkeeping_is(struct run *run, const json_t *values)
{
	static struct fw_handoff_payload payload;

	json_decref(observe_handoff(&payload));
	if (payload.kot[5].state == vec_get(values, "kot5") &&
	    payload.num_tdmrs == vec_get(values, "tdmrs") &&
	    payload.global_hkid == vec_get(values, "hkid") &&
	    payload.pkg_config_bitmap == vec_get(values, "pkgbitmap"))
		return true;
	snprintf(run->why, sizeof(run->why), "bookkeeping did not survive the handoff");
	return false;
}

/*
 * The bookkeeping that a vector sets before SHUTDOWN "must survive" a whole cycle: another
 * SHUTDOWN shows it.
 */
static bool bookkeeping_survived(struct run *run, const json_t *vector)
{
	const json_t *sysinfo = json_object_get(json_object_get(vector, "module"), "sysinfo");
	struct fw_regs regs = { .rax = TDXU_TDH_SYS_SHUTDOWN,
				.rcx = vec_get(sysinfo, "module_hv") };
	json_t *step, *values = NULL;
	size_t i;

	json_array_foreach(json_object_get(vector, "steps"), i, step)
		if (json_object_get(json_object_get(step, "values"), "hkid"))
			values = json_object_get(step, "values");
	if (!values || strcmp(run_state(run, "sys_state"), "SYS_READY"))
		return true;
	if (machine_seamcall(0, &regs) == FW_RETURN && regs.rax == FW_SUCCESS)
		return bookkeeping_is(run, values);
	snprintf(run->why, sizeof(run->why), "another SHUTDOWN: RAX 0x%lx",
		 regs.rax);
	return false;
}

bool run_module_vector(struct run *run, const json_t *vector)
{
	const json_t *steps = json_object_get(vector, "steps");
	json_t *step;
	size_t i;

	if (!run_knows(run, "module", vector) ||
	    !set_up(run, json_object_get(vector, "module")))
		return false;
	json_array_foreach(steps, i, step) {
		char what[RUN_WHY];

		if (do_step(run, step))
			continue;
		memcpy(what, run->why, sizeof(what));
		snprintf(run->why, sizeof(run->why), "step %zu: %.256s", i + 1, what);
		return false;
	}
	if (!json_object_get(vector, "end_state"))
		return true;
	return end_as_recorded(run, json_object_get(vector, "end_state")) &&
	       bookkeeping_survived(run, vector);
}
