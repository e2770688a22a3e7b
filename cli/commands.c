// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "apply.h"
#include "command.h"

#define TCB_USAGE \
	"  --tcb-info FILE     say what a module is worth by this TCB info; may be repeated\n" \
	"  --tcb-chain FILE    the certificates of who has signed it\n"

const struct tdxu_command tdxu_commands[] = {
	{ "status", tdxu_cmd_status, TDXU_OPERAND_NONE, false,
	  "what runs, whether it could be updated now, and how the last update ended",
	  "Usage: tdxupd status [--json | --watch | --prometheus[=FILE]] [OPTION]...\n\n"
	  "  --json              one JSON object on stdout, errors included\n"
	  "  --watch             again whenever something changes, until interrupted\n"
	  "  --prometheus[=FILE] metrics, for the textfile collector\n"
	  "  --nfd FILE          with these, labels for Kubernetes' node-feature-discovery\n"
	  TCB_USAGE },
	{ "apply", tdxu_cmd_apply, TDXU_OPERAND_IMAGE, true, "replace the running TDX module",
	  "Usage: tdxupd apply IMAGE [OPTION]...\n"
	  "       tdxupd apply --newest DIR [OPTION]...\n\n"
	  "IMAGE is a .blob (v1 or v2), or a bare module with its .sigstruct beside it.\n\n"
	  "  --newest DIR        choose the newest image in DIR that fits; see `tdxupd list`\n"
	  "  --sigstruct FILE    the signature of a bare module\n"
	  "  --fallback FILE     install this if IMAGE cannot be, in place of what is found\n"
	  "  --no-fallback       no fallback at all, and no way out\n"
	  "  --retry-for TIME    when busy, try again for so long (90s, 30m, 1h30m)\n"
	  "  --retry-cap TIME    and wait no longer than this in between (3s)\n"
	  "  --hold-builds[=TIME]  when busy, let no TD build begin meanwhile (60s)\n"
	  "  --dry-run           only check whether it would work\n"
	  "  --json              one JSON object on stdout, errors included\n"
	  "  --quiet             nothing, unless a person is needed\n"
	  "  --at-own-risk       use the kernel's own updater, where tdx_update is not loaded\n"
	  "  --require-tcb UpToDate  only an image that every TCB info says is that\n"
	  TCB_USAGE },
	{ "history", tdxu_cmd_history, TDXU_OPERAND_NONE, false,
	  "every attempt to update this host, the newest last",
	  "Usage: tdxupd history [--json]\n" },
	{ "inspect", tdxu_cmd_inspect, TDXU_OPERAND_IMAGE, false, "look into an image, without a driver",
	  "Usage: tdxupd inspect IMAGE [--sigstruct FILE] [--json] [OPTION]...\n\n" TCB_USAGE },
	{ "list", tdxu_cmd_list, TDXU_OPERAND_DIRECTORY, false,
	  "judge the images in a directory with its publisher's mapping file",
	  "Usage: tdxupd list DIR [--json] [OPTION]...\n\n" TCB_USAGE },
	{ "hold", tdxu_cmd_hold, TDXU_OPERAND_RELEASES, false,
	  "let `apply --newest` take nothing but what runs, or what is named",
	  "Usage: tdxupd hold [VERSION | MRSEAM]... [--json]\n"
	  "       tdxupd hold list [--json]\n\n"
	  "Writes /etc/tdxupd/allowed. `hold list` only shows what it allows.\n" },
	{ "unhold", tdxu_cmd_unhold, TDXU_OPERAND_RELEASES, false,
	  "let `apply --newest` take everything again, or not what is named any more",
	  "Usage: tdxupd unhold [VERSION | MRSEAM]... [--json]\n\n"
	  "Without a release, /etc/tdxupd/allowed becomes allowed.old.\n" },
	{ "pack", tdxu_cmd_pack, TDXU_OPERAND_IMAGE, false, "make a blob of a bare module, or of another blob",
	  "Usage: tdxupd pack IMAGE --output FILE [OPTION]...\n\n"
	  "  --output FILE       the blob; it must not exist\n"
	  "  --format v1|v2      its format (v2)\n"
	  "  --sigstruct FILE    the signature of a bare module\n"
	  "  --json              one JSON object on stdout, errors included\n" },
	{ "unpack", tdxu_cmd_unpack, TDXU_OPERAND_IMAGE, false,
	  "split a blob into a bare module and its .sigstruct",
	  "Usage: tdxupd unpack IMAGE --output FILE [--json]\n\n"
	  "  --output FILE       the module; its .sigstruct goes beside it\n" },
};
const u32 tdxu_nr_commands = ARRAY_SIZE(tdxu_commands);

const struct tdxu_command *tdxu_command_find(const char *name)
{
	for (u32 i = 0; i < tdxu_nr_commands; i++)
		if (!strcmp(tdxu_commands[i].name, name))
			return &tdxu_commands[i];
	return NULL;
}
