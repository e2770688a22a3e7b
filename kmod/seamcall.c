// SPDX-License-Identifier: GPL-2.0-or-later
/* Which calls are worth another attempt. */

#include "seamcall.h"
#include "core/abi.h"

#include <asm/processor.h>

bool tdxu_seamcall_can_pass(u64 rax)
{
	u64 class = TDXU_STATUS_CLASS(rax);

	return rax == TDXU_SEAMCALL_VMFAILINVALID || rax == TDXU_SEAMLDR_EUNSPECERR ||
	       class == TDXU_TDX_SYS_BUSY || class == TDXU_TDX_RND_NO_ENTROPY;
}

bool tdxu_seamcall_again(bool can_pass, u32 *tries)
{
	if (!can_pass || ++*tries > TDXU_MAX_RETRIES)
		return false;
	cpu_relax();
	return true;
}
