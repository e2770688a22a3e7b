/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TDXU_CLI_ABSENT_H
#define TDXU_CLI_ABSENT_H

/* Why the driver is not there. */

#include "backend.h"

/**
 * tdxu_absent() - Say why the driver tdx_update is not loaded, and what to do about it.
 * @root: what stands before the paths of the host, such as /lib/modules: "", but in tests.
 * @fault: its message is filled as "REASON; ADVICE". It stays empty where nothing is found that
 *	   modprobe would not find, too.
 */
void tdxu_absent(const char *root, struct tdxu_fault *fault);

/**
 * tdxu_may_have_run() - May tdx_update have been loaded since the boot, and have gone again?
 * @root: as above.
 *
 * It then may have updated the module, which the kernel's own driver does not hear of. Loading a
 * module from outside of the kernel leaves a taint; where there is none, or where modprobe knows of
 * no tdx_update, the answer is no. What cannot be read is a yes.
 */
bool tdxu_may_have_run(const char *root);

/**
 * tdxu_out_of_reach() - Is the driver loaded, although it does not answer here?
 *
 * It answers in the host's network namespace only. Another updater would be told from outside what
 * that driver knows better, so none is to be taken instead. @root and @fault: as above.
 */
bool tdxu_out_of_reach(const char *root, struct tdxu_fault *fault);

#endif
