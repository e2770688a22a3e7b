// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is drawn: machines, settings, calls. Calls by chance alone would hardly ever get through an
 * update; so there is a plan, the steps of one, or of what is done after a failed one, and most
 * calls are its next step.
 */

#include <stdlib.h>

#include "../sim/fw/sim.h"
#include "random.h"

struct machine machine;

/* Two that are good, one whose hash is wrong, one that is not ELF; each to load and to update. */
static const struct {
	const char *seed;
	u32 pages;
	bool bad_hash, bad_elf;
} recipe[] = {
	{ "new", 2, false, false },
	{ "newer", 3, false, false },
	{ "torn", 2, true, false },
	{ "text", 2, false, true },
};

enum { IMAGES = 2 * ARRAY_SIZE(recipe) };

static json_t *spec[IMAGES];
static struct vec_key key;

static u64 params_pa(u32 i)
{
	return 0x100000 + 0x20000ULL * i;
}

static json_t *describe(u32 i)
{
	u32 kind = i / 2;
	json_t *before = recipe[kind].bad_elf ?
		json_pack("[{s:i,s:i,s:s}]", "page", 0, "offset", 0, "bytes", "00") : json_array();
	json_t *after = recipe[kind].bad_hash ?
		json_pack("[{s:i,s:i,s:s}]", "page", 1, "offset", 9, "bytes", "00ff00ff") :
		json_array();

	return json_pack("{s:s,s:i,s:s,s:b,s:o,s:o,s:{s:I,s:I},s:{s:i,s:i,s:I,s:i},s:{"
			 "s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:[i]}}",
			 "seed", recipe[kind].seed, "pages", recipe[kind].pages, "key", "test",
			 "signed", 1, "page_patch_before_hash", before, "page_patch_after_hash",
			 after, "pa", "params", (json_int_t)params_pa(i), "pages_base",
			 (json_int_t)params_pa(i) + 0x2000, "params", "version", 0, "scenario",
			 i % 2, "sigstruct_pa", (json_int_t)params_pa(i) + 0x1000,
			 "num_module_pages", recipe[kind].pages, "sigstruct", "header_type", 6,
			 "header_length", 225, "header_version", 65536, "module_vendor", 32902,
			 "size", 512, "key_size", 96, "modulus_size", 96, "exponent_size", 1,
			 "exponent", 65537, "seamsvn_minor", 13, "seamsvn_major", 1,
			 "num_keyhole_pages", 127, "num_handoff_pages", 13, "module_hv", 1,
			 "min_update_hv", 0, "no_downgrade", 0, "cpuid_table_size", 1,
			 "cpuid_table", 0x806f0);
}

/* A spec has its hash in it, as a vector has. */
static void build(u32 i)
{
	static struct vec_image image;
	char hex[2 * TDXU_SHA384_BYTES + 1];
	u32 byte;

	spec[i] = describe(i);
	vec_image_build(&image, "image", spec[i], &key); /* for the hash */
	for (byte = 0; byte < TDXU_SHA384_BYTES; byte++)
		sprintf(hex + 2 * byte, "%02x", image.sig.seamhash[byte]);
	json_object_set_new(spec[i], "seamhash", json_string(hex));
	if (vec_image_build(&image, "image", spec[i], &key)) {
		fprintf(stderr, "cannot build image %u\n", i);
		exit(1);
	}
	vec_image_store(&image, native_store, machine.native);
}

void random_open(void)
{
	struct fw_hooks hooks;
	u32 i;

	machine.native = native_new();
	machine.sim = calloc(1, sizeof(*machine.sim));
	if (!machine.sim)
		exit(1);
	hooks = machine.native->fw->hooks;
	fw_sim_init(machine.sim, &hooks, RANDOM_LPS);
	/* Without faults and log: neither is wanted. */
	machine.sim->fw.hooks = hooks;
	vec_key_generate(&key);
	vec_sha384(key.modulus, sizeof(key.modulus), machine.sim->next.signer[0]);
	for (i = 0; i < IMAGES; i++)
		build(i);
}

void random_print_images(void)
{
	u32 i;

	for (i = 0; i < IMAGES; i++) {
		char *text = json_dumps(spec[i], JSON_COMPACT);

		printf("%s{\"op\": \"image\", \"image\": %s}", i ? ",\n" : "", text);
		free(text);
	}
}

/* Machines */

static void tell(const char *format, ...)
{
	char line[RANDOM_LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (!random_tell(line)) {
		fprintf(stderr, "refused: %s\n", line);
		exit(1);
	}
}

static struct {
	bool recovery; /* CLEANUP, LOAD; else an update */
	u32 next;      /* step */
	u32 steps;
	u32 image;     /* that it installs */
} plan;
static u32 noise; /* of 16 calls, how many are not of the plan */

/* What the good images are: modules that count. Nothing in them says so. */
static void tell_registry(void)
{
	static const char *const versions[] = { "1.5.24", "1.5.28", "1.5.34", "2.0.14", "2.0.18" };
	u32 kind;

	for (kind = 0; kind < 2; kind++)
		tell("registry %s version=%s features0=0xd1326f3f0fbf hv=1 min_hv=0",
		     vec_text(spec[2 * kind], "seamhash"),
		     versions[random_below(ARRAY_SIZE(versions))]);
}

void random_machine(void)
{
	tell("platform lps=%lu x2apic=0,1,8,9 packages=2 pkg_shift=3 addressable_lps=8",
	     1 + random_below(RANDOM_LPS));
	tell("platform seamdb=%lu acm_x2apic=0 cpuid=0x806f8 hkids=8 last_shared_hkid=31",
	     1 + random_below(16));
	tell("platform maxpa=46 keyid_bits=6 seam_base=0x7e000000 seam_size=0x2000000"
	     " seamldr_size=0x200000 cache_blocks=4 erratum=%lu", random_below(2));
	tell("platform boot=%s version=1.5.24 features0=%s hv=1 min_hv=0 no_downgrade=0"
	     " handoff_size=0 svn=1.13", random_below(8) ? "module" : "fresh",
	     random_below(3) ? "0xd1326f3f0fbf" : "0x2");
	tell_registry();
	tell("reset");
	if (random_below(2))
		random_tell("td build 2");
	if (random_below(2))
		random_tell("td migrate 1");
	memset(&plan, 0, sizeof(plan));
	noise = random_below(4) ? random_below(6) : random_below(17);
}

void random_setting(void)
{
	static const char *const lines[] = {
		"td build 1", "td run 1", "td migrate 1", "td extend all", "td finish all",
		"td resume all", "td enter all", "td destroy all", "poke rdrand_fail_index=1",
		"poke seamdb_insert_failures=5", "poke interrupt_after_polls=3",
		"poke pconfig_fail_index=2", "poke seamdb_read_fails=1",
		"poke seamdb_read_fails=0",
	};

	/* Where no module takes a TD, the line is refused. */
	random_tell(lines[random_below(ARRAY_SIZE(lines))]);
}

/* Calls */

static u64 operand(void)
{
	static const u64 values[] = {
		0, 1, 2, 3, 0x10000, 0x10001, 0x80000, 0x80800, 0x100800, 1ULL << 63, ~0ULL,
		TDXU_FIELD_MODULE_HV, TDXU_FIELD_TDX_FEATURES0, FW_FIELD_HANDOFF_SIZE,
	};
	u64 any = random_below(ARRAY_SIZE(values) + 2 + IMAGES);

	if (any < ARRAY_SIZE(values))
		return values[any];
	any -= ARRAY_SIZE(values);
	if (any == 0)
		return fw_td_tdr(1 + random_below(4));
	return any == 1 ? fw_td_tdvpr(1 + random_below(4)) : params_pa((u32)any - 2);
}

static u64 leaf(void)
{
	static const u64 leaves[] = {
		TDXU_SEAMLDR_INFO, TDXU_SEAMLDR_INSTALL, TDXU_SEAMLDR_INSTALL,
		TDXU_SEAMLDR_SEAMINFO, FW_SEAMLDR_CLEANUP,
		FW_SEAMLDR_CLEANUP, 0x8000000000000005, FW_TDH_SYS_KEY_CONFIG,
		FW_TDH_SYS_INFO, TDXU_TDH_SYS_INIT, TDXU_TDH_SYS_RD, TDXU_TDH_SYS_LP_INIT,
		FW_TDH_SYS_RDALL, FW_TDH_SYS_LP_SHUTDOWN, FW_TDH_SYS_CONFIG,
		TDXU_TDH_SYS_SHUTDOWN, TDXU_TDH_SYS_UPDATE, FW_TDH_VP_ENTER,
		FW_TDH_MNG_CREATE, FW_TDH_MNG_INIT, FW_TDH_MR_EXTEND, FW_TDH_MR_FINALIZE,
		FW_TDH_EXPORT_STATE_TD, FW_TDH_MNG_KEY_FREEID, FW_TDH_MNG_VPFLUSHDONE,
		FW_TDH_SYS_DISABLE, 99,
	};
	u64 rax = leaves[random_below(ARRAY_SIZE(leaves))];

	if (!random_below(100))
		return FW_SEAMLDR_SHUTDOWN; /* after which there is not much to come */
	return random_below(16) ? rax : rax ^ 1ULL << random_below(64);
}

static bool ready(void)
{
	const struct fw *fw = &machine.sim->fw;

	return fw->ldr.ext.seam_ready && fw->mod.sys_state == FW_SYS_READY;
}

/* After a recovery, the TDs of before are dead. */
static void new_tds(void)
{
	static const char *const lines[] = { "td destroy all", "td run 1", "td build 2",
					     "td migrate 1" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		random_tell(lines[i]);
}

static void make_plan(u32 lps)
{
	if (plan.recovery && ready())
		new_tds();
	plan.recovery = !ready();
	plan.next = 0;
	plan.steps = plan.recovery ? 4 * lps + 2 : 2 * lps + 3;
	/* Of the good ones, the odd are for an UPDATE. */
	plan.image = random_below(4) ? !plan.recovery + 2 * random_below(2) : random_below(IMAGES);
}

/* INIT, LP.INIT on each LP; then more. */
static void bring_up(u32 n, u32 lps, u32 *lp, struct fw_regs *regs)
{
	*lp = n ? (n - 1) % lps : random_below(lps);
	if (n == 0) {
		regs->rax = TDXU_TDH_SYS_INIT;
	} else if (n <= lps) {
		regs->rax = TDXU_TDH_SYS_LP_INIT;
	} else if (!plan.recovery) {
		regs->rax = TDXU_TDH_SYS_UPDATE;
		if (!random_below(4)) {
			regs->rax |= 1 << 16;
			regs->r9 = TDXU_FEATURE_UPDATE_COMPAT;
		}
	} else if (n == lps + 1) {
		*regs = (struct fw_regs){ .rax = FW_TDH_SYS_CONFIG, .rcx = 0x1000, .rdx = 1,
					  .r8 = 32 };
	} else {
		regs->rax = FW_TDH_SYS_KEY_CONFIG;
		*lp = n - lps - 2;
	}
}

/* SHUTDOWN on one LP, or CLEANUP on each; INSTALL on each; and so on. */
static void next_step(u32 *lp, struct fw_regs *regs)
{
	u32 lps = machine.sim->fw.platform.num_lps, first, n;

	first = plan.recovery ? lps : 1;
	if (plan.next == plan.steps ||
	    (plan.next >= first + lps && !machine.sim->fw.ldr.ext.seam_ready))
		make_plan(lps);
	first = plan.recovery ? lps : 1;
	n = plan.next++;
	*lp = plan.recovery ? n % lps : random_below(lps);
	if (n >= first + lps) {
		bring_up(n - first - lps, lps, lp, regs);
	} else if (n >= first) {
		*lp = n - first;
		regs->rax = TDXU_SEAMLDR_INSTALL;
		regs->rcx = params_pa(plan.image);
	} else if (plan.recovery) {
		regs->rax = FW_SEAMLDR_CLEANUP;
	} else {
		regs->rax = TDXU_TDH_SYS_SHUTDOWN;
		regs->rcx = (random_below(4) ? 1 : 0) |
			    (random_below(2) ? TDXU_SHUTDOWN_AVOID_COMPAT_SENSITIVE : 0);
	}
}

/* For one of the TDs that there are. */
static void td_call(u32 *lp, struct fw_regs *regs)
{
	static const u64 leaves[] = {
		FW_TDH_VP_ENTER, FW_TDH_VP_ENTER, FW_TDH_MR_EXTEND, FW_TDH_MR_EXTEND,
		FW_TDH_MR_FINALIZE, FW_TDH_EXPORT_STATE_TD, FW_TDH_EXPORT_STATE_TD,
		FW_TDH_MNG_KEY_FREEID, FW_TDH_MNG_INIT, FW_TDH_MNG_CREATE,
	};
	u32 td = machine.sim->td[random_below(4)].id;

	*lp = random_below(machine.sim->fw.platform.num_lps);
	regs->rax = leaves[random_below(ARRAY_SIZE(leaves))];
	regs->rcx = regs->rax == FW_TDH_VP_ENTER ? fw_td_tdvpr(td) : fw_td_tdr(td);
	regs->rdx = regs->rax == FW_TDH_MR_EXTEND ? fw_td_tdr(td) : 32 + random_below(8);
	regs->r10 = random_below(2) ? FW_EXPORT_RESUME : 0;
}

/* The images stay what they are: nothing else is told where they lie. */
static u64 harmless(u64 pa)
{
	return pa >= params_pa(0) && pa < params_pa(IMAGES) ? 0x80000 : pa;
}

void random_call(u32 *lp, struct fw_regs *regs)
{
	regs->rdx = operand();
	if (ready() && random_below(4)) {
		td_call(lp, regs);
		return;
	}
	if (random_below(16) >= noise) {
		next_step(lp, regs);
		return;
	}
	*lp = random_below(machine.sim->fw.platform.num_lps);
	regs->rax = leaf();
	regs->rcx = operand();
	regs->r8 = operand();
	regs->r9 = random_below(2) ? operand() : 0;
	regs->r10 = random_below(2) ? FW_EXPORT_RESUME : 0;
	regs->r11 = operand();
	if (regs->rax == TDXU_SEAMLDR_INSTALL)
		return;
	regs->rcx = harmless(regs->rcx);
	regs->r8 = harmless(regs->r8);
}
