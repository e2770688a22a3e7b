// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tdx_update: replaces the Intel TDX module underneath running TDs.
 *
 * This folder: all that needs the kernel. What can be decided without it belongs in core/, what is
 * agreed with user space in uapi/, what differs between kernels in compat.h. What runs while the
 * machine is stopped (window, steps, session, work, patience) does not allocate, print or sleep.
 */

#include "netlink.h"
#include "platform.h"
#include "seamldr.h"
#include "update.h"
#include "version.h"

#include <linux/module.h>
#include <net/genetlink.h>

static bool restore_vmcs;
module_param(restore_vmcs, bool, 0444);
MODULE_PARM_DESC(restore_vmcs,
		 "On CPUs that clear the current VMCS when P-SEAMLDR returns, put it back after each call instead of making none (default: off)");

static char *minimum_version;
module_param(minimum_version, charp, 0444);
MODULE_PARM_DESC(minimum_version,
		 "Update no running module older than this, 1.5.28 or 1.5.28,2.0.16; can raise what the driver demands by itself, never lower it");

static char *signer;
module_param(signer, charp, 0444);
MODULE_PARM_DESC(signer,
		 "Take images signed with this key, too: SHA-384 of its modulus in hexadecimal, as tdxupd inspect shows it; for pre-production platforms");

module_param_named(highest_handoff_version, tdxu_highest_handoff_version, ushort, 0444);
MODULE_PARM_DESC(highest_handoff_version,
		 "Refuse modules with a higher version of the handoff data (default: 2, the highest that was looked into)");

static int __init take_parameters(void)
{
	char why[TDXU_GATE_WHY];

	if (minimum_version && !tdxu_gate_raise(minimum_version, why)) {
		pr_err("minimum_version: %s\n", why);
		return -EINVAL;
	}
	if (signer && !tdxu_signer_take(signer)) {
		pr_err("signer: not the SHA-384 of a key, which has 96 hexadecimal digits; tdxupd inspect shows that of an image\n");
		return -EINVAL;
	}
	return 0;
}

static int __init tdx_update_init(void)
{
	int err = take_parameters();

	if (!err)
		err = tdxu_seamldr_init(restore_vmcs);
	if (err)
		return err;
	tdxu_platform_init();
	tdxu_update_init(tdxu_netlink_listen);
	err = tdxu_netlink_init();
	if (err) {
		tdxu_update_uninit();
		tdxu_platform_uninit();
		tdxu_seamldr_uninit();
		return err;
	}
	pr_info("version %s loaded\n", TDXU_PROJECT_VERSION);
	return 0;
}

static void __exit tdx_update_exit(void)
{
	/* It can still run: begun when the kernel had looked for users, or rmmod is forced. */
	tdxu_update_uninit();
	tdxu_netlink_uninit();
	tdxu_platform_uninit();
	tdxu_seamldr_uninit();
}

module_init(tdx_update_init);
module_exit(tdx_update_exit);

MODULE_DESCRIPTION("Runtime update of the Intel TDX module underneath running TDs");
MODULE_AUTHOR("The tdx_update authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(TDXU_PROJECT_VERSION);
MODULE_SOFTDEP("pre: sha384");
MODULE_ALIAS_GENL_FAMILY(TDX_UPDATE_FAMILY_NAME);
