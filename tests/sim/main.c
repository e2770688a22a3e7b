// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tdx_sim: a TDX host platform in software, for kernels that run where there is none. For tests;
 * docs/simulator.md says what it models.
 */

#include "host.h"

#include <linux/module.h>
#include <linux/vmalloc.h>

struct fw_sim *tdx_sim;

/* Each is a parameter of the control language's "platform" command, or of "signer". */
static char *version, *features0, *hv, *min_hv, *no_downgrade, *svn, *erratum, *lps, *signer;

#define SIM_PARAM(name, text)            \
	module_param(name, charp, 0400); \
	MODULE_PARM_DESC(name, text)

SIM_PARAM(version, "running TDX module at load (1.5.24)");
SIM_PARAM(features0, "its TDX_FEATURES0 (0xD1326F3F0FBF)");
SIM_PARAM(hv, "its handoff version (1)");
SIM_PARAM(min_hv, "the oldest handoff version it takes (0)");
SIM_PARAM(no_downgrade, "1: it writes only its own handoff version (0)");
SIM_PARAM(svn, "its security version, MAJOR.MINOR (1.13)");
SIM_PARAM(erratum, "1: returning from the P-SEAMLDR clears the current VMCS (0)");
SIM_PARAM(lps, "logical processors of the platform (the present CPUs)");
SIM_PARAM(signer, "SHA-384 of a key that may sign modules, beside the production key");

static int apply_param(const char *command, const char *value)
{
	char line[FW_LINE_TEXT];

	if (!value)
		return 0;
	if (snprintf(line, sizeof(line), "%s%s", command, value) >= sizeof(line)) {
		pr_err("A module parameter is too long: \"%s%.20s...\"\n", command, value);
		return -EINVAL;
	}
	return sim_control(line);
}

static int apply_params(void)
{
	const struct {
		const char *command, *value;
	} params[] = {
		{ "platform version=", version },
		{ "platform features0=", features0 },
		{ "platform hv=", hv },
		{ "platform min_hv=", min_hv },
		{ "platform no_downgrade=", no_downgrade },
		{ "platform svn=", svn },
		{ "platform erratum=", erratum },
		{ "platform lps=", lps },
		{ "signer ", signer },
		{ "reset", "" },
	};
	int result = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(params) && !result; i++)
		result = apply_param(params[i].command, params[i].value);
	return result;
}

static int __init sim_init(void)
{
	int result = sim_machine_check();

	if (result)
		return result;
	tdx_sim = vzalloc(sizeof(*tdx_sim));
	if (!tdx_sim)
		return -ENOMEM;
	fw_sim_init(tdx_sim, &sim_hooks, num_present_cpus());
	sim_machine_describe(&tdx_sim->next);
	result = sim_hooks_init();
	if (result)
		goto free_sim;
	result = apply_params();
	if (result)
		goto exit_hooks;
	result = sim_activity_init();
	if (result)
		goto exit_hooks;
	result = sim_hold_init();
	if (result)
		goto exit_activity;
	result = sim_fixup_init();
	if (result)
		goto exit_hold;
	result = sim_trap_init();
	if (result)
		goto exit_fixup;
	sim_debugfs_init();
	pr_info("Simulating a TDX host with %u logical processors\n",
		tdx_sim->fw.platform.num_lps);
	return 0;

exit_fixup:
	sim_fixup_exit();
exit_hold:
	sim_hold_exit();
exit_activity:
	sim_activity_exit();
exit_hooks:
	sim_machine_show_vmx(false);
	sim_hooks_exit();
free_sim:
	vfree(tdx_sim);
	return result;
}

static void __exit sim_exit(void)
{
	sim_debugfs_exit();
	sim_trap_exit();
	sim_fixup_exit();
	sim_hold_exit();
	sim_activity_exit();
	sim_machine_show_vmx(false);
	sim_hooks_exit();
	vfree(tdx_sim);
}

module_init(sim_init);
module_exit(sim_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Simulated TDX host platform (for tests)");
MODULE_SOFTDEP("pre: crypto-sha384");
